package shellparse

import "strings"

// apt takes settings by option, of which some are commands that it runs.
func (a *analyzer) apt(c *call) {
	for i := range c.args {
		g := &c.args[i]
		if g.role != "setting" {
			a.carry(c, g)
			continue
		}
		key, val, _ := g.val.cut('=')
		k := strings.TrimRight(lower(key.prefix()), ":")
		switch {
		case strings.HasSuffix(k, "-invoke") || strings.HasSuffix(k, "-invoke-success") || strings.HasSuffix(k, "install-pkgs") || strings.HasSuffix(k, "pager") ||
			strings.HasPrefix(k, "dir::bin::") || strings.HasSuffix(k, "proxy-auto-detect") || strings.HasSuffix(k, "proxyautodetect"):
			a.shellArg(c, val)
		case strings.HasPrefix(k, "dir::log") || strings.HasPrefix(k, "dir::cache") || strings.HasPrefix(k, "dir::state"):
			a.writeArg(c, val)
		case strings.HasPrefix(k, "dir::etc"):
			a.readArg(c, val)
		}
	}
	a.finishCall(c)
}
