package shellparse

import (
	"encoding/csv"
	"path"
	"slices"
	"strings"
)

// bubble is bwrap, which gives a command a root of its own, put together out of
// parts of this one. The preload library does not watch what it does to files
// meanwhile: that is what its command line says.
func (a *analyzer) bubble(c *call) {
	argv := c.cmd.argv
	var root bubbleRoot
	i := 1
	for i < len(argv) && strings.HasPrefix(argv[i].prefix(), "--") {
		opt := argv[i].t
		i++
		if opt == "--" {
			break
		}
		n := bubbleOperands(opt)
		args := argv[i:min(i+n, len(argv))]
		i += len(args)
		if len(args) < n || n == 0 {
			continue
		}
		a.bubbleOption(c, &root, opt, fieldStrs(args))
	}
	sub := *c.cmd
	sub.argv, sub.assigns = argv[min(i, len(argv)):], nil
	a.dispatchProgram(&sub)
}

// bubbleOperands is how many words follow an option of bwrap's.
func bubbleOperands(opt string) int {
	switch name := strings.TrimPrefix(opt, "--"); {
	case strings.HasPrefix(name, "unshare"), strings.HasPrefix(name, "share"):
		return 0
	case slices.Contains([]string{
		"die-with-parent", "new-session", "clearenv", "as-pid-1", "disable-userns", "assert-userns-disabled", "level-prefix", "help", "version",
	}, name):
		return 0
	case name == "overlay":
		return 3
	case strings.HasSuffix(name, "bind"), strings.HasSuffix(name, "bind-try"), strings.HasSuffix(name, "bind-fd"), strings.HasSuffix(name, "-data"):
		return 2
	case slices.Contains([]string{"symlink", "setenv", "file", "chmod"}, name):
		return 2
	}
	return 1
}

func (a *analyzer) bubbleOption(c *call, root *bubbleRoot, opt string, args []str) {
	switch name := strings.TrimPrefix(opt, "--"); name {
	case "args", "bind-fd", "ro-bind-fd":
		a.renamed(c, unknown(nil), name == "ro-bind-fd")
		root.put(args[len(args)-1], unknown(nil))
	case "file", "symlink", "chmod", "bind-data", "ro-bind-data":
		if p, ok := root.leadsTo(args[1]); ok {
			a.writeArg(c, p)
		}
	case "overlay-src":
		a.renamed(c, args[0], true)
	case "overlay":
		a.renamed(c, args[0], false)
		root.put(args[2], args[0])
	case "tmpfs", "dev", "proc", "mqueue", "tmp-overlay", "ro-overlay":
		root.hide(args[0])
	case "bind", "bind-try", "dev-bind", "dev-bind-try", "ro-bind", "ro-bind-try":
		readonly := strings.HasPrefix(name, "ro-")
		if args[0].t != args[1].t {
			a.renamed(c, args[0], readonly)
		}
		if root.put(args[1], args[0]); readonly {
			root.hide(args[1])
		}
	}
}

// bubbleRoot is what the new root is put together from, in that order. What
// nothing was put to is a file system in memory.
type bubbleRoot []bubblePart

type bubblePart struct {
	at   string
	from str
	gone bool // nothing here is to be changed by it
}

func (r *bubbleRoot) put(at, from str) { *r = append(*r, bubblePart{at: at.prefix(), from: from}) }
func (r *bubbleRoot) hide(at str)      { *r = append(*r, bubblePart{at: at.prefix(), gone: true}) }

// leadsTo is the file that bwrap changes for a name in the new root; false if it
// is none of this one's.
func (r *bubbleRoot) leadsTo(name str) (str, bool) {
	p := path.Clean("/" + name.prefix())
	for _, part := range slices.Backward(*r) {
		rest, below := strings.CutPrefix(p, strings.TrimSuffix(path.Clean("/"+part.at), "/"))
		switch {
		case !below || rest != "" && rest[0] != '/':
		case part.gone:
			return str{}, false
		case !part.from.known() || !name.known():
			return unknown(nil), true
		default:
			return lit(path.Join(part.from.t, rest)), true
		}
	}
	return str{}, false
}

// renamed is a directory that the command will see by another name than the
// rules know it by: all below it may be read.
func (a *analyzer) renamed(c *call, dir str, readonly bool) {
	saved := a.doubt
	a.doubt = max(a.doubt, Pattern)
	modes := c.modes
	c.modes = append(slices.Clip(modes), "rec")
	a.readArg(c, dir)
	if !readonly {
		a.writeArg(c, dir)
	}
	a.doubt, c.modes = saved, modes
}

// mountArg is a directory of this machine that a container is given:
// SOURCE:TARGET[:OPTIONS], or fields in the manner of CSV.
func (a *analyzer) mountArg(c *call, v str) {
	from, rest, ok := v.cut(':')
	readonly := strings.HasSuffix(rest.prefix(), ":ro")
	if key, _, is := strings.Cut(v.prefix(), "="); is && !strings.ContainsAny(key, "/.~:") {
		from, ok = str{}, true
		fields, err := csv.NewReader(strings.NewReader(v.prefix())).Read()
		if err != nil {
			fields = strings.Split(v.prefix(), ",")
		}
		for _, field := range fields {
			switch key, value, _ := strings.Cut(field, "="); lower(key) {
			case "source", "src":
				from = lit(value)
			case "readonly", "ro":
				readonly = value == "" || value == "true" || value == "1"
			}
		}
	}
	// What is no path names a volume.
	if ok && (strings.ContainsAny(from.prefix(), "/~") || strings.HasPrefix(from.prefix(), ".") || from.startsOpen()) {
		a.renamed(c, from, readonly)
	}
}
