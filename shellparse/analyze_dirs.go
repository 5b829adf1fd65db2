package shellparse

import (
	"strconv"
	"strings"
)

func (a *analyzer) cd(c *command) {
	ops, before := operandsOf(c.argv), c.st.cwd()
	switch {
	case len(ops) == 0:
		c.st.assign("OLDPWD", &variable{vals: []str{c.st.cwd()}})
		c.st.setCwd(a.homeOf(c.st, ""))
	case ops[0].known() && ops[0].t == "-":
		to, set := a.scalarOr(c.st, "OLDPWD")
		old := c.st.cwd()
		c.st.setCwd(to)
		if !set {
			c.st.alsoIn(old) // where some stay without a word when there was none
		}
		c.st.assign("OLDPWD", &variable{vals: []str{old}})
	case a.dialect == Zsh && isStackRef(ops[0].str):
		c.st.setCwd(a.stackEntry(c.st, ops[0].t))
	case len(ops) == 2 && a.dialect == Zsh && ops[0].known() && ops[1].known() && c.st.cwd().known():
		a.changeDirTo(c.st, lit(strings.Replace(c.st.cwd().t, ops[0].t, ops[1].t, 1)))
	default:
		if len(ops) > 1 || ops[0].several() {
			a.stays = append(a.stays, c.st.cwd()) // too many
		}
		a.changeDir(c.st, ops[0].str)
	}
	for _, f := range c.argv[1:] {
		if f.known() && f.t == "-P" {
			c.st.setCwd(a.physical(c.st.cwd()))
		}
		if p := f.prefix(); len(p) > 1 && p[0] == '-' && strings.Trim(p[1:], "LPe@-") != "" && !isStackRef(f.str) {
			a.stays = addValue(a.stays, before) // an error, to some
		}
	}
	if len(a.stays) == 0 && len(ops) < 2 && a.hasDir(c.st.cwd()) {
		a.status, a.assumed = success, a.in.FS == nil
	}
	a.moved(c)
}

// moved runs what goes off when the working directory has changed.
func (a *analyzer) moved(c *command) {
	a.trapsHere(c.st)
	if a.dialect == Zsh && a.hooks(c.st, "chpwd") {
		a.runHook(c.st, "chpwd", c.span)
	}
}

// unclearStack is pushd and popd where it is not known what is on the stack. The
// shell is somewhere on it then, or stays.
func (a *analyzer) unclearStack(c *command) bool {
	switch {
	case c.st.options().oddDirs:
		c.st.setCwd(unknown(nil))
	case a.dirsUnsure:
		c.st.alsoIn(a.dirStack...)
	default:
		a.dirsUnsure = a.branches+a.ands > 0
		return false
	}
	a.moved(c)
	return true
}

// hasDir reports whether there is a directory. Where there are no files to ask,
// there is.
func (a *analyzer) hasDir(dir str) bool {
	if a.in.FS == nil || !dir.known() {
		return dir.known()
	}
	fi, err := a.in.FS.Lstat(a.walk(dir.t, dir.t, true))
	return err == nil && fi.IsDir() && !a.touched
}

// isStackRef reports whether s is +N or -N.
func isStackRef(s str) bool {
	if !s.known() || len(s.t) < 2 || s.t[0] != '+' && s.t[0] != '-' {
		return false
	}
	return isNumber(s.t[1:])
}

// stackIndex is the place in the directory stack that +N or -N names, the
// working directory being the first.
func (a *analyzer) stackIndex(ref string) (int, bool) {
	n, err := strconv.Atoi(ref[1:])
	if err != nil || n > len(a.dirStack) {
		return 0, false
	}
	if ref[0] == '-' {
		n = len(a.dirStack) - n
	}
	return n, true
}

// stack is the directory stack, the working directory first.
func (a *analyzer) stack(st *state) []str {
	out := []str{st.cwd()}
	for i := len(a.dirStack) - 1; i >= 0; i-- {
		out = append(out, a.dirStack[i])
	}
	return out
}

func (a *analyzer) setStack(st *state, dirs []str) {
	st.setCwd(dirs[0])
	a.dirStack = a.dirStack[:0:0]
	for i := len(dirs) - 1; i > 0; i-- {
		a.dirStack = append(a.dirStack, dirs[i])
	}
}

func (a *analyzer) stackEntry(st *state, ref string) str {
	if n, ok := a.stackIndex(ref); ok && !a.dirsUnsure && !st.options().oddDirs {
		return a.stack(st)[n]
	}
	return unknown(nil)
}

// maxDirStack bounds the directory stack, which is walked at each change.
const maxDirStack = 64

// push puts a directory on the stack. One too many makes an unknown of all.
func (a *analyzer) push(dir str) {
	if len(a.dirStack) >= maxDirStack {
		a.dirStack = []str{unknown(nil)}
	}
	a.dirStack = append(a.dirStack, dir)
}

func (a *analyzer) pushd(c *command) {
	var ops []field
	stay := false
	for _, f := range c.argv[1:] {
		switch {
		case f.known() && f.t == "-n":
			stay = true
		case f.known() && (f.t == "--" || f.t == "-q" || f.t == "-L" || f.t == "-P"):
		default:
			ops = append(ops, f)
		}
	}
	if (len(ops) == 0 || isStackRef(ops[0].str)) && a.unclearStack(c) {
		return
	}
	dirs, stays := a.stack(c.st), len(a.stays)
	switch {
	case len(ops) == 0 && len(dirs) > 1:
		dirs[0], dirs[1] = dirs[1], dirs[0]
		a.setStack(c.st, dirs)
	case len(ops) == 0 && a.dialect != Zsh:
		return // an error
	case len(ops) == 0:
		c.st.setCwd(unknown(nil))
	case isStackRef(ops[0].str):
		n, ok := a.stackIndex(ops[0].t)
		if !ok {
			c.st.setCwd(unknown(nil))
			return
		}
		a.setStack(c.st, append(append([]str(nil), dirs[n:]...), dirs[:n]...))
	case stay:
		sub := c.st.fork()
		a.changeDir(sub, ops[0].str)
		a.push(sub.cwd())
	default:
		a.push(c.st.cwd())
		sub := *c
		sub.argv = append([]field{{str: lit("cd")}}, ops[0])
		a.cd(&sub)
		a.dirsUnsure = a.dirsUnsure || a.branches+a.ands > 0 || len(a.stays) > stays
		return
	}
	a.moved(c)
}

func (a *analyzer) popd(c *command) {
	ref := "+0"
	stay := false
	for _, f := range c.argv[1:] {
		if isStackRef(f.str) {
			ref = f.t
		}
		stay = stay || f.known() && f.t == "-n"
	}
	if a.unclearStack(c) {
		return
	}
	dirs := a.stack(c.st)
	n, ok := a.stackIndex(ref)
	if stay && n == 0 {
		n = 1
	}
	if len(dirs) < 2 {
		return // an error
	}
	if !ok || n >= len(dirs) {
		c.st.setCwd(unknown(nil))
		return
	}
	a.setStack(c.st, append(append([]str(nil), dirs[:n]...), dirs[n+1:]...))
	a.moved(c)
}

// dirs prints the stack, or one entry of it.
func (a *analyzer) dirs(c *command) {
	sep := " "
	if a.dirsUnsure || c.st.options().oddDirs {
		c.io.write(unknown(nil))
		return
	}
	for _, f := range c.argv[1:] {
		switch p := f.prefix(); {
		case isStackRef(f.str):
			c.io.write(concat(a.stackEntry(c.st, f.t), lit("\n")))
			return
		case p == "-c":
			a.dirStack = nil
			return
		case strings.HasPrefix(p, "-") && strings.ContainsAny(p, "pv"):
			sep = "\n"
		}
	}
	for i, d := range a.stack(c.st) {
		if i > 0 {
			c.io.write(lit(sep))
		}
		c.io.write(d)
	}
	c.io.write(lit("\n"))
}

// searched are the directories that cd NAME may lead to by way of CDPATH.
func (a *analyzer) searched(st *state, dir str) []str {
	v := st.lookup("CDPATH")
	if v == nil {
		v = a.inherited(st, "CDPATH")
	}
	if a.dialect == Zsh {
		if p := st.lookup("cdpath"); p != nil && p.array {
			var all []string
			for _, e := range p.elems {
				all = append(all, e.val.prefix())
			}
			v = &variable{vals: []str{lit(strings.Join(all, ":"))}}
		}
	}
	if len(v.vals) != 1 || !v.vals[0].known() || v.vals[0].t == "" || !dir.known() {
		return nil
	}
	first, _, _ := strings.Cut(dir.t, "/")
	if first == "" || first == "." || first == ".." {
		return nil
	}
	var out []str
	for d := range strings.SplitSeq(v.vals[0].t, ":") {
		if d == "" || d == "." {
			continue
		}
		sub := st.fork()
		a.changeDirTo(sub, concat(lit(d), lit("/"), dir))
		if d := sub.cwd(); d.known() {
			out = append(out, d)
		}
		if len(out) == maxValues-1 {
			break
		}
	}
	return out
}

// changeDir is cd to a name: one of several directories, when CDPATH is set.
func (a *analyzer) changeDir(st *state, dir str) {
	also := a.searched(st, dir)
	a.changeDirTo(st, dir)
	if len(also) == 0 {
		return
	}
	t := st
	for t.call && t.parent != nil {
		t = t.parent
	}
	cwds := t.cwds
	for _, d := range also {
		cwds = addValue(cwds, d)
	}
	t.cwds = cwds
	for u := st; u != nil; u = u.parent {
		u.multi = u.multi || len(cwds) > 1
	}
}
