package shellparse

import (
	"maps"
	"slices"
	"strings"
)

// codeVariable says what a variable that is code to somebody holds.
type codeVariable uint8

const (
	codeName   codeVariable = iota + 1 // a name or path of something to load
	codeText                           // shell text, run by the program it is for
	codePrompt                         // text in which substitutions run
	codeFile                           // a file of shell text, run at the start of a shell
)

// codeVariables are the variables that change what programs run. A name that
// ends in * is a prefix.
var codeVariables = map[string]codeVariable{
	"BASH_ENV": codeFile, "ENV": codeFile, "ZDOTDIR": codeName, "PATH": codeName, "CDPATH": codeName,
	"SHELL": codeName, "IFS": codeName, "PS4": codePrompt, "PS0": codePrompt, "PS1": codePrompt, "PS2": codePrompt, "PROMPT": codePrompt, "PROMPT_COMMAND": codeText, "SHELLOPTS": codeName, "BASHOPTS": codeName,
	"HOME": codeName, "XDG_CONFIG_HOME": codeName, "FPATH": codeName, "MANPAGER": codeText,
	"GIT_SSH_COMMAND": codeText, "GIT_SSH": codeText, "GIT_EXTERNAL_DIFF": codeText, "GIT_PAGER": codeText,
	"GIT_EDITOR": codeText, "GIT_SEQUENCE_EDITOR": codeText, "GIT_ASKPASS": codeText, "GIT_PROXY_COMMAND": codeText,
	"GIT_EXEC_PATH": codeName, "GIT_DIR": codeName, "GIT_TEMPLATE_DIR": codeName, "GIT_CONFIG": codeName,
	"GIT_CONFIG_GLOBAL": codeName, "GIT_CONFIG_SYSTEM": codeName, "GIT_CONFIG_COUNT": codeName, "GIT_CONFIG_PARAMETERS": codeName,
	"SSH_ASKPASS": codeText, "SUDO_ASKPASS": codeText, "SUDO_EDITOR": codeText,
	"NODE_OPTIONS": codeName, "NODE_PATH": codeName, "PYTHONPATH": codeName, "PYTHONSTARTUP": codeName, "PYTHONHOME": codeName,
	"PYTHONINSPECT": codeName, "PYTHONUSERBASE": codeName, "PYTHONBREAKPOINT": codeName, "PYTHONWARNINGS": codeName, "BROWSER": codeText,
	"PERL5OPT": codeName, "PERL5LIB": codeName, "PERLLIB": codeName, "PERL5DB": codeName, "RUBYOPT": codeName, "RUBYLIB": codeName,
	"LUA_INIT": codeName, "LUA_PATH": codeName, "LUA_CPATH": codeName, "PHPRC": codeName, "PHP_INI_SCAN_DIR": codeName,
	"JAVA_TOOL_OPTIONS": codeName, "_JAVA_OPTIONS": codeName, "JDK_JAVA_OPTIONS": codeName, "CLASSPATH": codeName,
	"PAGER": codeText, "EDITOR": codeText, "VISUAL": codeText, "FCEDIT": codeText, "LESSOPEN": codeText, "LESSCLOSE": codeText,
	"LESS": codeName, "LESSEDIT": codeText, "MAKEFLAGS": codeName, "MAKEFILES": codeName, "RUSTC_WRAPPER": codeText, "RUSTC": codeText,
	"CARGO_BUILD_RUSTC_WRAPPER": codeText, "GOFLAGS": codeName, "CC": codeText, "CXX": codeText, "LD": codeText,
	"GCONV_PATH": codeName, "LOCPATH": codeName, "TERMINFO": codeName, "VIMINIT": codeName, "EXINIT": codeName,
	"OPENSSL_CONF": codeName, "TAR_OPTIONS": codeName, "RSYNC_RSH": codeText, "CVS_RSH": codeText, "HOSTALIASES": codeName,
	"npm_config_script_shell": codeName, "npm_config_node_options": codeName, "npm_config_registry": codeName,
	"PIP_INDEX_URL": codeName, "PIP_EXTRA_INDEX_URL": codeName, "BASH_LOADABLES_PATH": codeName,
	"CLAUDE_CONFIG_DIR": codeName, "CODEX_HOME": codeName, "COPILOT_HOME": codeName, "GEMINI_CLI_HOME": codeName, // where an agent's hooks are
	"HTTP_PROXY": codeName, "HTTPS_PROXY": codeName, "ALL_PROXY": codeName, "http_proxy": codeName, "https_proxy": codeName, "all_proxy": codeName,
}

var codePrefixes = []string{"LD_", "DYLD_", "BASH_FUNC_", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "RAMPART_"}

// CodeVariables returns the names of the variables whose setting is an effect,
// sorted, without those that are known by their beginning.
func CodeVariables() []string {
	names := slices.Concat(slices.Collect(maps.Keys(codeVariables)), []string{"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "DYLD_INSERT_LIBRARIES"})
	slices.Sort(names)
	return names
}

func codeKind(name string) codeVariable {
	if k := codeVariables[name]; k != 0 {
		return k
	}
	for _, p := range codePrefixes {
		if strings.HasPrefix(name, p) {
			return codeName
		}
	}
	return 0
}

// setEnv records that a variable that is code is given to a program, and
// follows the code in it.
func (a *analyzer) setEnv(st *state, name string, val str, sp Span, once bool) {
	if writtenVariables[name] {
		a.writesByName(st, name, val, sp)
		return
	}
	if readVariables[name] && looksLikePath(val) {
		a.readPath(st, val, false, sp)
		return
	}
	k := codeKind(name)
	if k == 0 {
		return
	}
	if val.known() && val.t == "" && k == codeFile {
		return // names no file
	}
	a.emit(Effect{Kind: SetEnv, Name: name, Value: val.value(), Span: sp})
	if prog := optionVariables[name]; prog != "" {
		a.moreOptions(st, prog, val, sp)
		return
	}
	switch {
	case k == codeText && (!val.known() || strings.ContainsAny(val.t, " |;&$`<>")):
		text := val
		if name == "LESSOPEN" && val.known() {
			text.t = strings.ReplaceAll(strings.TrimLeft(val.t, "|-"), "%s", `"$`+unknownName+`"`)
		}
		in := unknown(nil)
		if val.opaque() && val.src == nil {
			return
		}
		a.flowInto(name, val.src, sp)
		a.runText(a.exported(st), text, POSIX, sp, stdio{in: &in})
	case k == codePrompt:
		a.evalDocument(a.exported(st), val)
	case k == codeFile && val.known() && val.t != "" && once:
		in := unknown(nil)
		sub := a.exported(st)
		if strings.ContainsAny(val.t, "$`") {
			val = a.evalDocument(sub, val)
		}
		a.runFile(&command{st: sub, io: stdio{in: &in}, span: sp, name: "sh"}, val, a.dialect, true)
	}
}

// optionVariables hold options that a program takes as if they stood on its
// command line.
var optionVariables = map[string]string{
	"NODE_OPTIONS": "node", "PERL5OPT": "perl", "RUBYOPT": "ruby", "TAR_OPTIONS": "tar", "MAKEFLAGS": "make", "GOFLAGS": "go run",
	"JAVA_TOOL_OPTIONS": "java", "_JAVA_OPTIONS": "java", "JDK_JAVA_OPTIONS": "java", "npm_config_node_options": "node",
	"VIMINIT": "vim -c", "EXINIT": "vim -c", "LUA_INIT": "lua -e",
}

// moreOptions follows what options from a variable make their program do.
func (a *analyzer) moreOptions(st *state, prog string, val str, sp Span) {
	if !val.known() || val.t == "" {
		return
	}
	name, rest, fixed := strings.Cut(prog, " ")
	p := lookupProgram(name)
	if p == nil {
		return
	}
	argv := []field{{str: lit(name)}}
	words := strings.Fields(val.t)
	if strings.ContainsAny(val.t, `'"`) || name == "make" {
		words = quotedWords(val.t)
	}
	if fixed {
		argv = append(argv, field{str: lit(rest)})
	}
	switch {
	case fixed && strings.HasPrefix(rest, "-"):
		argv = append(argv, field{str: val})
	default:
		for _, w := range words {
			argv = append(argv, field{str: str{t: w, src: val.src}})
		}
	}
	in := str{}
	saved := a.doubt
	a.doubt = max(a.doubt, Pattern)
	a.runProgram(&command{st: a.exported(st), argv: argv, io: stdio{in: &in}, span: sp, name: name}, p)
	a.doubt = saved
}

// filled records that a command (read, printf -v, for) has given an exported
// variable its value.
func (a *analyzer) filled(st *state, name string, sp Span) {
	if codeKind(name) == 0 {
		return
	}
	if v := st.lookup(name); v != nil && v.export || a.wasExported(name) {
		a.setEnv(st, name, a.scalar(st, name), sp, false)
	}
}

// wasExported reports whether the caller's environment has a variable, so that
// a plain assignment reaches child processes.
func (a *analyzer) wasExported(name string) bool {
	if name == "PATH" || name == "HOME" {
		return true
	}
	if a.in.Env == nil {
		return codeKind(name) != 0 && name != "IFS" && name != "PS4" && name != "CC" && name != "CXX"
	}
	return a.fromEnv(name)
}

// fromEnv reports whether a variable is known to be in the caller's environment.
func (a *analyzer) fromEnv(name string) bool {
	switch {
	case name == "HOME" && a.in.Home != "", (name == "USER" || name == "LOGNAME") && a.in.User != "":
		return true
	case a.in.Env == nil:
		return false
	}
	_, ok := a.in.Env(name)
	return ok
}

// inherit takes over from the caller's environment what is code by itself:
// the functions that bash exports as variables.
func (a *analyzer) inherit(st *state) {
	for _, kv := range a.in.Environ {
		if !strings.HasPrefix(kv, "BASH_FUNC_") {
			continue
		}
		name, body, _ := strings.Cut(kv, "=")
		name = strings.TrimPrefix(name, "BASH_FUNC_")
		name, _, _ = strings.Cut(name, "%%")
		name = strings.TrimSuffix(name, "()")
		if name == "" || !strings.HasPrefix(body, "() {") {
			continue
		}
		a.defineText(st, name+" "+body)
	}
}

// defineText defines a function from its text.
func (a *analyzer) defineText(st *state, text string) {
	in := unknown(nil)
	c, ref := a.canonical(text, Bash)
	if c == nil || ref != nil {
		return // bash does not import what it can't parse
	}
	saved := a.unit
	a.unit = &unit{c: c, fixed: &Span{}}
	a.stmts(st, c.file.Stmts, stdio{in: &in})
	a.unit = saved
}
