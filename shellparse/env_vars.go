package shellparse

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// variable returns what is known of a variable: as set in the text, else as
// the shell itself or the caller's environment gives it.
func (a *analyzer) variable(st *state, name string) *variable {
	if name == unknownName {
		return &variable{vals: []str{unknown(nil)}}
	}
	for range 8 {
		v := st.lookup(name)
		if v == nil {
			return a.inherited(st, name)
		}
		if v.nameTo == "" {
			return v
		}
		name = v.nameTo
	}
	return &variable{vals: []str{unknown(nil)}}
}

// inherited is a variable that the text has not set.
func (a *analyzer) inherited(st *state, name string) *variable {
	one := func(s str) *variable { return &variable{vals: []str{s}} }
	switch name {
	case "IFS":
		return one(lit(" \t\n"))
	case "PWD":
		return one(st.cwd())
	case "HOME":
		if a.in.Home != "" {
			return one(lit(a.in.Home))
		}
	case "USER", "LOGNAME", "USERNAME":
		if name == "USERNAME" && a.dialect == Zsh {
			return one(unknown(nil)) // of the one who runs it
		}
		if a.in.User != "" {
			return one(lit(a.in.User))
		}
	case "DIRSTACK":
		v := &variable{array: true}
		for i, d := range a.stack(st) {
			v.elems = append(v.elems, element{strconv.Itoa(i), d})
		}
		return v
	case "OPTIND":
		return one(lit("1"))
	case "OSTYPE":
		if a.in.OS == "" || a.in.OS == "linux" {
			return one(lit("linux-gnu"))
		}
	case "BASH":
		if a.dialect == Bash {
			return one(lit("/bin/bash"))
		}
	case "SHELL":
		if a.in.Env != nil {
			if _, ok := a.in.Env(name); !ok {
				return one(lit("/bin/sh")) // bash sets it by itself
			}
		}
	case "TMPDIR", "TMP", "TEMP":
		if a.in.Env == nil {
			return one(lit("/tmp")) // what they are where they are set at all
		}
	case "XDG_RUNTIME_DIR":
		if a.in.Env == nil {
			return one(str{t: "/run/user/*", glob: true})
		}
	case "PPID":
		if len(a.in.Parents) == 0 {
			return one(unknown(nil))
		}
		v := &variable{}
		for _, pid := range a.in.Parents {
			v.vals = append(v.vals, lit(strconv.Itoa(pid)))
		}
		return v
	case "path", "fpath", "cdpath", "manpath", "module_path", "mailpath", "fignore", "psvar", "argv", "status", "pipestatus":
		if a.dialect == Zsh { // sets them by itself
			return one(unknown(nil))
		}
	case "MATCH", "match", "MBEGIN", "mbegin", "MEND", "mend", "ZSH_NAME", "ZSH_VERSION", "ZSH_ARGZERO", "ZSH_PATCHLEVEL", "CPUTYPE", "VENDOR", "HISTCMD", "NULLCMD", "READNULLCMD", "WORDCHARS", "TTYIDLE", "ARGC", "ERRNO", "TRY_BLOCK_ERROR", "dirstack", "funcstack", "options", "commands", "aliases", "functions":
		if a.dialect == Zsh {
			return one(unknown(nil))
		}
	case "KSH_VERSION", "USER_ID", "KSHUID", "KSHGID", "KSHEGID", "PGRP", "EPOCH", "KSH_MATCH", "CTRL":
		if a.dialect == Korn {
			return one(unknown(nil))
		}
	case "RANDOM", "SRANDOM", "SECONDS", "EPOCHSECONDS", "EPOCHREALTIME", "LINENO", "UID",
		"EUID", "BASHPID", "HOSTNAME", "HOSTTYPE", "MACHTYPE", "BASH_VERSION", "BASH_SOURCE", "FUNCNAME",
		"BASH_COMMAND", "BASH_REMATCH", "REPLY", "GROUPS", "PIPESTATUS", "SHLVL", "COLUMNS", "LINES", "TTY", "HOST":
		return one(unknown(nil))
	}
	src := &source{from: Environment, name: name}
	if a.in.Env == nil {
		return &variable{vals: []str{unknown(src)}, open: true, export: true}
	}
	v, ok := a.in.Env(name)
	if !ok {
		return &variable{unset: true, from: src}
	}
	return &variable{vals: []str{{t: strings.ReplaceAll(v, hole, ""), src: src}}, export: true}
}

// scalar is the value of $name.
func (a *analyzer) scalar(st *state, name string) str {
	s, _ := a.scalarOr(st, name)
	return s
}

// scalarOr tells apart a variable that is not set, or that nothing is known of.
func (a *analyzer) scalarOr(st *state, name string) (str, bool) {
	v := a.variable(st, name)
	if v.array {
		if len(v.elems) == 0 {
			if v.open {
				return unknown(nil), true
			}
			return str{}, false
		}
		if a.dialect == Zsh {
			return v.elems[0].val, true
		}
		for _, e := range v.elems {
			if e.key == "0" {
				return e.val, true
			}
		}
		if v.open {
			return unknown(nil), true
		}
		return str{}, false
	}
	switch {
	case v.maybe && len(v.vals) == 1 && v.vals[0].t == "":
		return str{src: v.vals[0].src}, false
	case len(v.vals) == 1 && !v.maybe:
		return v.vals[0], !(v.open && v.vals[0].opaque())
	case len(v.vals) == 0:
		return str{src: v.from}, !v.unset
	}
	var src *source
	for _, x := range v.vals {
		src = join(src, x.src)
	}
	return unknown(src), true
}

// keepInherited makes a variable of the environment one that the outermost
// state knows, before a branch sets it: the other branch still has it as it was.
func (a *analyzer) keepInherited(st *state, name string) {
	if a.branches+a.ands == 0 || a.in.Env == nil || name == "IFS" || name == "PWD" {
		return
	}
	if v := a.inherited(st, name); !v.unset {
		v.export = v.export || a.fromEnv(name)
		for st.parent != nil {
			st = st.parent
		}
		st.assign(name, v)
	}
}

// setVar assigns a scalar, with the attributes that the name already has.
func (a *analyzer) setVar(st *state, name string, s str) {
	if a.dialect == Zsh && (isNumber(name) || name == "argv" || name == "*" || name == "@") {
		st.setParams(nil, true) // a parameter, there, or all of them
		return
	}
	o := st.options()
	n := variable{vals: []str{s}, export: o.allexport, mayExport: o.mayExport || o.allexport && a.dialect == Korn} // mksh exports what a plain assignment sets
	for range 8 {
		old := st.lookup(name)
		if old == nil {
			a.keepInherited(st, name)
			n.export = n.export || a.fromEnv(name)
			break
		}
		if old.nameTo != "" {
			name = old.nameTo
			continue
		}
		n.mayExport = n.mayExport && !old.export || old.mayExport
		n.export, n.lower, n.upper, n.number = n.export || old.export, old.lower, old.upper, old.number
		if old.fixed {
			a.mayAbort(st)
		}
		if old.array && a.dialect != Zsh {
			a.putElement(st, name, lit("0"), s)
			return
		}
		break
	}
	if i := strings.IndexByte(name, '['); i > 0 {
		a.subscriptCode(st, lit(name))
		a.setElement(st, name[:i], lit(strings.TrimSuffix(name[i+1:], "]")), s)
		return
	}
	if n.number {
		n.vals[0] = unknown(s.src)
		if v, ok := a.arithWord(st, s); ok {
			n.vals[0] = lit(strconv.FormatInt(v, 10))
		}
		if (a.dialect == Korn || a.dialect == Zsh) && (!s.known() || a.based) {
			n.free, n.vals[0] = true, unknown(s.src) // it is shown in the base in which it was given
		}
	}
	if n.lower && s.known() {
		n.vals[0].t = strings.ToLower(n.vals[0].t)
	}
	if n.upper && s.known() {
		n.vals[0].t = strings.ToUpper(n.vals[0].t)
	}
	st.assign(name, &n)
}

// elementIndex is where the element of a subscript is kept: from 0, also where
// zsh counts from 1 and a negative one from the end.
func (a *analyzer) elementIndex(v *variable, subscript string) (int64, bool) {
	n, ok := parseInt(subscript)
	switch {
	case !ok:
		return 0, false
	case n < 0 && a.dialect == Korn:
		return 0, false // a large number to some of them
	case n < 0:
		n += v.end()
		return n, n >= 0 && !v.open
	case a.dialect == Zsh:
		return n - 1, n > 0
	}
	return n, true
}

// setElement assigns to NAME[KEY].
func (a *analyzer) setElement(st *state, name string, key, val str) {
	name = a.referent(st, name)
	v := st.lookup(name)
	if name == "argv" && a.dialect == Zsh {
		st.setParams(nil, true)
	}
	if a.dialect == Zsh && v != nil && !v.array && !v.unset {
		st.assign(name, &variable{vals: []str{unknown(join(a.scalar(st, name).src, val.src))}, export: v.export}) // a character of a string
		return
	}
	if key.known() && (v == nil || !v.assoc) {
		if v == nil {
			v = &variable{}
		}
		n, ok := a.elementIndex(v, key.t)
		if !ok {
			key = unknown(nil)
		} else if a.dialect == Zsh && n > v.end() {
			st.assign(name, &variable{array: true, open: true, export: v.export}) // with empty ones up to there
			return
		} else {
			key = lit(strconv.FormatInt(n, 10))
		}
	}
	a.putElement(st, name, key, val)
}

// putElement sets an element by the index at which it is kept.
func (a *analyzer) putElement(st *state, name string, key, val str) {
	n := &variable{array: true}
	if old := st.lookup(name); old != nil {
		c := *old
		n = &c
		if !old.array {
			n.array, n.unset = true, false
			if len(old.vals) > 0 {
				n.elems = []element{{"0", old.vals[0]}}
			}
			n.vals = nil
		}
	}
	if !key.known() {
		n.open = true
		st.assign(name, n)
		return
	}
	if !a.tick(len(n.elems) / 2) {
		return
	}
	if n.open && !n.assoc { // which one it is, is not known
		st.assign(name, &variable{array: true, open: true, export: n.export})
		return
	}
	n.elems = append([]element(nil), n.elems...)
	n.put(key.t, val)
	st.assign(name, n)
}

// subscript evaluates the index of an array element to its key.
func (a *analyzer) subscript(st *state, name string, x syntax.ArithmExpr) str {
	if v := st.lookup(name); v != nil && v.array && v.assoc {
		if w, ok := x.(*syntax.Word); ok {
			return a.text(st, w)
		}
	}
	return a.arithText(st, x)
}

// ifs returns the characters that split fields, and whether they are known.
func (a *analyzer) ifs(st *state) (string, bool) {
	v := st.lookup("IFS")
	if v == nil {
		return " \t\n", true
	}
	if v.unset {
		return " \t\n", true
	}
	if len(v.vals) == 1 && v.vals[0].known() && !v.maybe {
		return v.vals[0].t, true
	}
	return "", false
}

// homeOf is what ~name stands for.
func (a *analyzer) homeOf(st *state, name string) str {
	switch name {
	case "":
		if v := st.lookup("HOME"); v != nil {
			return a.scalar(st, "HOME")
		}
		if a.in.Home == "" {
			return a.scalar(st, "HOME")
		}
		return lit(a.in.Home)
	case "+", "-":
		if a.dialect == POSIX {
			return unknown(nil) // not in every sh
		}
		if name == "+" {
			return st.cwd()
		}
		if old, set := a.scalarOr(st, "OLDPWD"); set {
			return old
		}
		if a.dialect == Zsh {
			return st.cwd()
		}
		return lit("~-")
	}
	if a.dialect == Zsh {
		if dir, ok := a.homes[name]; ok {
			return dir
		}
		if v := st.lookup(name); v != nil && !v.array && !v.unset {
			if dir := a.scalar(st, name); !dir.known() || strings.HasPrefix(dir.t, "/") {
				return dir
			}
		}
	}
	if ref := name; isNumber(ref) || isStackRef(lit(ref)) {
		if isNumber(ref) && ref[0] != '+' {
			ref = "+" + ref
		}
		return a.stackEntry(st, ref)
	}
	if name == a.in.User && a.in.Home != "" {
		return lit(a.in.Home)
	}
	if name == "root" {
		if a.in.OS == "darwin" {
			return lit("/var/root")
		}
		return lit("/root")
	}
	if !plainName(name) {
		return lit("~" + name)
	}
	if home, ok := a.passwd(name); ok {
		if home == "" {
			return lit("~" + name)
		}
		return lit(home)
	}
	if a.in.OS == "darwin" {
		return lit("/Users/" + name)
	}
	return lit("/home/" + name)
}

func plainName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') && s[i] != '_' && s[i] != '-' && s[i] != '.' {
			return false
		}
	}
	return s != ""
}

// passwd looks a user's home up in the user database. ok is false when that
// may not be read.
func (a *analyzer) passwd(name string) (home string, ok bool) {
	if a.in.FS == nil {
		return "", false
	}
	b, err := a.in.FS.ReadFile("/etc/passwd", 1<<20)
	if err != nil {
		return "", false
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		f := strings.Split(line, ":")
		if len(f) >= 6 && f[0] == name {
			return f[5], true
		}
	}
	return "", true
}
