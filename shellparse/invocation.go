package shellparse

import "strings"

// invocationMode says where a shell gets its commands from.
type invocationMode uint8

const (
	invocationUnknown     invocationMode = iota // an argument that decides it is not known
	invocationText                              // -c TEXT
	invocationScript                            // a file
	invocationStdin                             // standard input
	invocationInteractive                       // the terminal, or standard input with -i
	invocationInfo                              // --version and the like: nothing runs
)

// invocation is what the argv of a shell means.
type invocation struct {
	mode    invocationMode
	dialect Dialect // grammar of what it reads
	posix   bool    // bash as sh or with --posix: aliases are live in scripts too
	index   int     // of the text or the script in argv; when mode is unknown, of what would tell, or 0
	params  []Value // $0, $1 and so on, as far as argv gives them

	login       bool
	interactive bool
	// startup are the files read first: "$NAME" is a variable that names
	// one, "~/" the home directory, "$ZDOTDIR/" that directory or home.
	startup []string
}

// parseInvocation reads the argv of a shell: bash, dash, busybox sh and so on.
// It reports false if argv[0] is no shell. Where an argument that matters is
// not known exactly, or is no option of that shell, mode is unknown.
func parseInvocation(argv []Value) (invocation, bool) { return parseInvocationOf("", argv) }

// parseInvocationOf is parseInvocation for a caller who knows the shell's real
// program, for sh may be bash. "" is argv[0].
func parseInvocationOf(program string, argv []Value) (invocation, bool) {
	if len(argv) == 0 || argv[0].Certainty != Exact {
		return invocation{}, false
	}
	name, skip := invocationName(argv[0].Text), 0
	if name == "busybox" {
		if len(argv) < 2 || argv[1].Certainty != Exact {
			return invocation{}, false
		}
		if name = argv[1].Text; name != "sh" && name != "ash" && name != "hush" && name != "bash" {
			return invocation{}, false
		}
		program, skip = "ash", 1
	}
	real := name
	if program != "" {
		real = invocationName(program)
	}
	d, ok := DialectOf(real)
	if !ok {
		return invocation{}, false
	}
	inv := invocation{dialect: d, posix: d == Bash && name == "sh", login: strings.HasPrefix(argv[skip].Text, "-")}
	r := invocationReader{inv: &inv, argv: argv, at: skip + 1, syntax: invocationSyntaxes[d], busybox: real == "ash"}
	if d == Foreign {
		r.foreign()
	} else {
		r.read()
	}
	inv.startup = r.startup()
	return inv, true
}

func invocationName(path string) string {
	return strings.TrimPrefix(path[strings.LastIndexByte(path, '/')+1:], "-")
}

// invocationSyntax is how a kind of shell reads its options.
type invocationSyntax struct {
	letters  string          // options without an argument, but for c, i, l and s
	long     map[string]bool // long options; true: the next word is its argument
	anyLong  bool            // --NAME is an option by name, anywhere
	attached bool            // -oNAME: the rest of the word is the name
	plusC    bool            // +c is as good as -c
	info     string          // long options that print and exit
	shopt    bool            // -O NAME
}

var invocationSyntaxes = map[Dialect]invocationSyntax{
	Bash: {
		letters: "abefhkmnptuvxBCEHPTr", plusC: true, shopt: true, info: "--version --help --dump-strings --dump-po-strings",
		long: map[string]bool{
			"dump-po-strings": false, "dump-strings": false, "help": false,
			"init-file": true, "login": false, "noediting": false, "noprofile": false, "norc": false, "posix": false,
			"pretty-print": false, "protected": false, "rcfile": true, "restricted": false, "verbose": false, "version": false, "wordexp": false,
		},
	},
	POSIX: {letters: "abCefhImnpquvVxEX", plusC: true},
	Zsh: {
		letters: "0123456789aABCdDeEfFgGhHIjJkKLmMnNpPqQrRSTuUvVwWxXyYzZ", plusC: true,
		anyLong: true, attached: true, info: "--version --help",
	},
	Korn: {letters: "abCefhkmnprUuvXx", attached: true},
}

// invocationReader reads one argv.
type invocationReader struct {
	inv     *invocation
	argv    []Value
	at      int
	syntax  invocationSyntax
	busybox bool

	command, stdin          bool
	noRC, noProfile, noRead bool
	rcfile                  string
}

func (r *invocationReader) read() {
	info, ok := r.options()
	inv := r.inv
	switch {
	case !ok:
		inv.mode = invocationUnknown
	case info:
		inv.mode = invocationInfo
	case r.command && r.at >= len(r.argv):
		inv.mode = invocationInfo // complains and exits
	case r.command:
		inv.mode, inv.index = invocationText, r.at
		inv.params = r.argv[r.at+1:]
		if len(inv.params) == 0 || r.stdin && inv.dialect == Zsh {
			inv.params = append([]Value{r.argv[0]}, inv.params...)
		}
	case r.at < len(r.argv) && !r.stdin:
		inv.mode, inv.index = invocationScript, r.at
		inv.params = r.argv[r.at:]
	default:
		inv.mode = invocationStdin
		if inv.interactive {
			inv.mode = invocationInteractive
		}
		inv.params = append([]Value{r.argv[0]}, r.argv[r.at:]...)
	}
}

// options passes over all options. ok is false when one is not known.
func (r *invocationReader) options() (info, ok bool) {
	short := false // bash reads no long option behind a short one
	for ; r.at < len(r.argv); r.at++ {
		v := r.argv[r.at]
		if v.Certainty != Exact {
			if invocationOperand(v) {
				return false, true
			}
			// It may be an option, the text or the script.
			r.inv.index = r.at
			return false, false
		}
		w := v.Text
		if w == "" || w[0] != '-' && w[0] != '+' {
			return false, true
		}
		if w == "-" || w == "--" {
			r.at++
			return false, true
		}
		if w[0] == '-' && r.syntax.info != "" && strings.Contains(" "+r.syntax.info+" ", " "+w+" ") {
			return true, true
		}
		if done, ok := r.longOption(w, short); !ok {
			return false, false
		} else if done {
			continue
		}
		short = true
		if end, ok := r.letters(w); !ok || end {
			r.at++
			return false, ok
		}
	}
	return false, true
}

// invocationOperand reports whether a value that is known in part is no option.
func invocationOperand(v Value) bool {
	if v.Certainty != Pattern {
		return false
	}
	first := strings.TrimPrefix(v.Text, "\\")
	return first != "" && strings.IndexByte("-+", first[0]) < 0 && (first != v.Text || strings.IndexByte("*?[", first[0]) < 0)
}

// longOption reads --name and, in bash, -name.
func (r *invocationReader) longOption(w string, short bool) (done, ok bool) {
	name := strings.TrimPrefix(strings.TrimPrefix(w, "-"), "-")
	if !short && w[0] == '-' {
		if arg, known := r.syntax.long[name]; known {
			switch name {
			case "login":
				r.inv.login = true
			case "noprofile":
				r.noProfile = true
			case "norc":
				r.noRC = true
			case "posix":
				r.inv.posix = true
			case "help", "version", "dump-strings", "dump-po-strings":
				return true, false
			}
			if arg {
				r.at++
				if r.at >= len(r.argv) || r.argv[r.at].Certainty != Exact {
					return true, false
				}
				r.rcfile = r.argv[r.at].Text
			}
			return true, true
		}
	}
	if !strings.HasPrefix(w, "--") && !strings.HasPrefix(w, "+-") {
		return false, true
	}
	switch {
	case r.busybox && w == "--login":
		r.inv.login = true
		return true, true
	case r.syntax.anyLong:
		return true, r.named(w[2:], w[0] == '-')
	}
	return true, false
}

// letters reads a word of short options. end means no option follows it.
func (r *invocationReader) letters(w string) (end, ok bool) {
	on := w[0] == '-'
	for i := 1; i < len(w); i++ {
		switch c := w[i]; {
		case c == 'c':
			if on || r.syntax.plusC {
				r.command = true
			} else {
				r.command = false
			}
		case c == 's':
			r.stdin = on
		case c == 'i':
			r.inv.interactive = on
		case c == 'l':
			r.inv.login = on
		case c == 'o' || c == 'O' && r.syntax.shopt:
			name := ""
			if r.syntax.attached && i+1 < len(w) {
				name, i = w[i+1:], len(w)
			} else {
				// Each takes the next word that none has taken yet.
				if r.at+1 >= len(r.argv) || r.argv[r.at+1].Certainty != Exact {
					return false, false
				}
				r.at++
				name = r.argv[r.at].Text
			}
			if c == 'O' && on && name == "extdebug" || c == 'o' && !r.named(name, on) {
				return false, false
			}
		case c == 'b' && r.inv.dialect == Zsh:
			end = true
		case strings.IndexByte(r.syntax.letters, c) < 0:
			return false, false
		case c == 'f' && r.inv.dialect == Zsh:
			r.noRead = on
		case c == 'p' && r.inv.dialect == Bash:
			r.noRead = on
		}
	}
	return end, true
}

// named sets an option by name.
func (r *invocationReader) named(name string, on bool) bool {
	if name == "" {
		return false
	}
	name = strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
	if r.inv.dialect == Zsh && strings.HasPrefix(name, "no") && name != "notify" && name != "nomatch" {
		name, on = name[2:], !on
	}
	switch name {
	case "posix":
		r.inv.posix = on
	case "login":
		r.inv.login = on
	case "interactive":
		r.inv.interactive = on
	case "rcs":
		r.noRead = !on
	case "stdin", "shinstdin":
		r.stdin = on
	case "privileged":
		r.noRead = r.noRead || on && r.inv.dialect == Bash
	case "emulate", "restricted", "singlecommand":
		return false
	}
	return true
}

// foreign reads what is common to fish, csh and the like.
func (r *invocationReader) foreign() {
	inv := r.inv
	for ; r.at < len(r.argv); r.at++ {
		v := r.argv[r.at]
		switch {
		case v.Certainty != Exact:
			return
		case v.Text == "--version" || v.Text == "--help" || v.Text == "-v" && len(r.argv) == 2:
			inv.mode = invocationInfo
			return
		case v.Text == "-c" || v.Text == "--command" || v.Text == "-lc" || v.Text == "-ic" || v.Text == "-lic":
			if r.at+1 < len(r.argv) {
				inv.mode, inv.index, inv.params = invocationText, r.at+1, r.argv[r.at+2:]
			}
			return
		case v.Text == "-l" || v.Text == "--login":
			inv.login = true
		case v.Text == "-i" || v.Text == "--interactive":
			inv.interactive = true
		case strings.HasPrefix(v.Text, "-"):
			return // of unknown meaning
		default:
			inv.mode, inv.index, inv.params = invocationScript, r.at, r.argv[r.at:]
			return
		}
	}
	inv.mode = invocationStdin
	if inv.interactive {
		inv.mode = invocationInteractive
	}
}

// startup lists the files that the shell reads before anything else. Where it
// depends on more than argv (a terminal as standard input makes a shell
// interactive), a file that may be read is listed.
func (r *invocationReader) startup() (files []string) {
	inv := r.inv
	if inv.mode == invocationInfo {
		return nil
	}
	terminal := inv.interactive || inv.mode == invocationStdin || inv.mode == invocationUnknown
	add := func(names ...string) { files = append(files, names...) }
	switch inv.dialect {
	case Bash:
		if inv.login && !r.noProfile {
			add("/etc/profile")
			if !inv.posix {
				add("~/.bash_profile", "~/.bash_login")
			}
			add("~/.profile")
		}
		if inv.posix {
			if terminal && !r.noRead {
				add("$ENV")
			}
			return files
		}
		if terminal && !r.noRC {
			if r.rcfile != "" {
				add(r.rcfile)
			} else {
				add("/etc/bash.bashrc", "~/.bashrc")
			}
		}
		if !inv.interactive && !r.noRead {
			add("$BASH_ENV")
		}
	case Zsh:
		add("/etc/zshenv", "/etc/zsh/zshenv")
		if r.noRead {
			return files
		}
		add("$ZDOTDIR/.zshenv")
		if inv.login {
			add("/etc/zprofile", "/etc/zsh/zprofile", "$ZDOTDIR/.zprofile")
		}
		if terminal {
			add("/etc/zshrc", "/etc/zsh/zshrc", "$ZDOTDIR/.zshrc")
		}
		if inv.login {
			add("/etc/zlogin", "/etc/zsh/zlogin", "$ZDOTDIR/.zlogin")
		}
	case POSIX, Korn:
		if inv.login {
			add("/etc/profile", "~/.profile")
		}
		if terminal {
			add("$ENV")
			if inv.dialect == Korn {
				add("~/.mkshrc", "~/.kshrc")
			}
		}
	}
	return files
}
