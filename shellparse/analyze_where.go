package shellparse

import (
	"path/filepath"
	"slices"
	"strings"
)

// reservedWords are those that `command -v` and its kin name as they stand.
var reservedWords = strings.Fields("if then else elif fi for while until do done case esac in function select time coproc repeat foreach end { } ! [[")

// tellWhere is `command -v`, `type -p`, `which` and `whence`: where programs are,
// a line each, and nothing of what is none.
func (a *analyzer) tellWhere(c *command, names []field) {
	for _, f := range names {
		if f.known() && strings.HasPrefix(f.t, "-") && strings.Trim(f.t[1:], "-pPv") == "" {
			continue
		}
		if !f.known() || strings.HasPrefix(f.t, "-") || len(c.st.aliasOf(f.t)) > 0 || c.st.function(f.t) != nil ||
			builtins[f.t].run != nil || slices.Contains(reservedWords, f.t) || a.hashed[f.t].t != "" {
			c.io.write(unknown(f.src)) // what it stands for, in the words of each shell
			continue
		}
		s, sure := a.whereIs(c.st, f.t)
		found, none := &output{}, &output{}
		found.add(concat(s, lit("\n")))
		switch {
		case sure:
			c.io.write(concat(s, lit("\n")))
		case a.dialect == Zsh && c.argv[0].t == "which":
			none.add(unknown(nil)) // it says so
			fallthrough
		default:
			c.io.out.choose(found, none)
		}
	}
}

// whereIs is the file of a program, as PATH leads to it. Without files to ask, it
// is there, in one of the system's directories if there are no others.
func (a *analyzer) whereIs(st *state, name string) (file str, sure bool) {
	if strings.IndexByte(name, '/') >= 0 {
		return lit(name), a.in.FS == nil
	}
	dirs := a.scalar(st, "PATH")
	if !dirs.known() {
		return rawGlob(hole+"/"+escape(name), dirs.src), false
	}
	systemOnly := true
	for dir := range strings.SplitSeq(dirs.t, ":") {
		systemOnly = systemOnly && systemDir(dir+"/")
		if a.in.FS == nil {
			continue
		}
		p, _ := a.resolve(st, lit(dir+"/"+name), true)
		info, err := a.in.FS.Lstat(p)
		switch there := err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0; {
		case a.files[p] != nil || there && !filepath.IsAbs(dir):
			return rawGlob(hole+"/"+escape(name), dirs.src), false
		case there:
			return lit(dir + "/" + name), true
		}
	}
	if systemOnly {
		return str{t: "/usr/*/" + escape(name), glob: true}, a.in.FS == nil
	}
	return rawGlob(hole+"/"+escape(name), dirs.src), a.in.FS == nil
}
