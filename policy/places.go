package policy

import (
	"path"
	"strings"
)

// places are the directories of a Call that path globs start from, in the
// spelling that is compared (lower case where the file system folds case).
type places struct {
	home, cwd string
	fold      bool
}

func placesOf(c *Call) places {
	p := places{home: c.Home, cwd: c.Cwd, fold: c.OS == "windows" || c.OS == "darwin"}
	p.home, p.cwd = p.spell(p.home), p.spell(p.cwd)
	return p
}

// spell brings a path into the form that globs are matched against: slashes,
// no trailing one, lower case if the file system folds case.
func (p *places) spell(path string) string {
	if p.fold {
		path = strings.ToLower(strings.ReplaceAll(path, `\`, "/"))
	}
	for _, alias := range aliases {
		if alias.fold != p.fold {
			continue
		}
		if rest, ok := strings.CutPrefix(path, alias.prefix); ok && strings.HasPrefix(rest, alias.below) {
			path = rest
		}
	}
	if len(path) > 1 && strings.HasSuffix(path, "/") {
		path = strings.TrimRight(path, "/")
	}
	return path
}

// aliases are second names of the root, for paths that go on with below: of
// Linux's own process, and of macOS in the lower case that its paths are
// spelled in.
var aliases = []struct {
	prefix, below string
	fold          bool
}{
	{"/proc/self/root", "/", false}, {"/proc/thread-self/root", "/", false}, {"/proc/1/root", "/", false},
	{"/system/volumes/data", "/", true}, {"/private", "/etc/", true}, {"/private", "/var/", true}, {"/private", "/tmp/", true},
}

// base returns the directory of an anchor, "" for the root or an unknown one.
func (p *places) base(a anchor) string {
	switch a {
	case anchorHome:
		return p.home
	case anchorCwd:
		return p.cwd
	}
	return ""
}

// below returns path relative to the anchor's directory.
func (p *places) below(a anchor, path string) (string, bool) {
	dir := p.base(a)
	if a != anchorRoot && dir == "" {
		return "", false
	}
	if dir == "/" {
		dir = ""
	}
	if !strings.HasPrefix(path, dir) {
		return "", false
	}
	rest := path[len(dir):]
	switch {
	case rest == "":
		return "", true
	case rest[0] == '/':
		return strings.TrimLeft(rest, "/"), true
	case dir == "": // C:/x
		return rest, true
	}
	return "", false
}

// holds reports whether dir is other, or an ancestor of it.
func holds(dir, other string) bool {
	if other == "" || !strings.HasPrefix(other, dir) {
		return false
	}
	return len(other) == len(dir) || dir == "/" || other[len(dir)] == '/'
}

// absolute makes a path of a Call absolute and clean; "" stays.
func absolute(c *Call, name string) string {
	switch {
	case name == "":
		return ""
	case name == "~", strings.HasPrefix(name, "~/"):
		name = c.Home + name[1:]
	case len(name) > 1 && name[1] == ':', strings.HasPrefix(name, `\\`):
		name = strings.ReplaceAll(name, `\`, "/")
	case name[0] != '/':
		name = c.Cwd + "/" + name
	}
	return path.Clean(name)
}
