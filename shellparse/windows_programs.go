package shellparse

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
)

// winBase is the last part of a path, in lower case as Windows compares it.
func winBase(p string) string { return lower(path0(strings.ReplaceAll(p, `\`, "/"))) }

// programOf is the name of a program of Windows: no directory, no ending.
func programOf(word string) string {
	name := winBase(word)
	for _, ending := range [...]string{".exe", ".com", ".cmd", ".bat"} {
		name = strings.TrimSuffix(name, ending)
	}
	if full := winAliases[name]; full != "" {
		return full
	}
	return name
}

// winAliases are PowerShell's short names, and cmd's for the same.
var winAliases = map[string]string{
	"iex": "invoke-expression", "iwr": "invoke-webrequest", "irm": "invoke-restmethod", "icm": "invoke-command", "saps": "start-process",
	"ri": "remove-item", "rm": "remove-item", "del": "remove-item", "erase": "remove-item", "rd": "remove-item", "rmdir": "remove-item",
	"gc": "get-content", "cat": "get-content", "type": "get-content", "sc": "sc", "sp": "set-itemproperty", "ni": "new-item", "md": "mkdir",
	"cp": "copy-item", "cpi": "copy-item", "copy": "copy-item", "xcopy": "copy-item", "robocopy": "copy-item", "mv": "move-item", "mi": "move-item", "move": "move-item", "ren": "move-item", "rename": "move-item", "rename-item": "move-item",
	"sls": "select-string", "findstr": "select-string", "find": "select-string", "more": "get-content", "pwsh": "powershell", "spps": "stop-process", "kill": "stop-process",
}

// fetchRunners run what an address names when they are given one.
var fetchRunners = map[string]bool{
	"mshta": true, "regsvr32": true, "rundll32": true, "msiexec": true, "wmic": true, "hh": true, "presentationhost": true, "installutil": true, "cmstp": true,
	"msxsl": true, "odbcconf": true, "ieexec": true, "cscript": true, "wscript": true, "msdt": true, "winget": true, "appinstaller": true, "squirrel": true, "update": true, "wsl": true,
}

// program is a command of known words.
func (w *windows) program(words []string) {
	name := programOf(words[0])
	args := words[1:]
	argv := []Value{{Text: name}}
	for _, x := range args {
		if len(x) <= 40 && !strings.ContainsAny(x, `\`) { // these programs don't mind the case
			x = lower(x)
		}
		argv = append(argv, Value{Text: x})
	}
	w.a.emit(Effect{Kind: Exec, Program: name, Argv: argv, Span: w.sp})
	if w.fetched[winBase(words[0])] {
		w.flow(Network)
	}
	for _, x := range args {
		if fetchRunners[name] && (strings.Contains(x, "://") && !strings.Contains(x, "://localhost") || strings.Contains(lower(x), "javascript:") || strings.Contains(lower(x), "vbscript:")) {
			w.runs = true
			if i := strings.Index(x, "http"); i >= 0 {
				w.contact(x[i:])
			}
			w.fetches = true
		}
		if w.fetched[winBase(x)] && name != "remove-item" && name != "get-content" && name != "certutil" {
			w.flow(Network) // start-process, rundll32, cscript of what was fetched
		}
	}
	switch name {
	case "cmd":
		w.nested(args, "/c", "/k", "/r")
	case "powershell":
		w.powershell(args)
	case "forfiles":
		w.nested(args, "/c")
	case "bash", "wsl", "sh":
		w.posix(args)
	case "invoke-expression":
		w.runs = true
		if len(args) > 0 && !strings.HasPrefix(args[0], "$") && !strings.HasPrefix(args[0], "-") {
			w.a.windowsText(w.st, strings.Join(args, " "), w.sp)
		}
	case "invoke-webrequest", "invoke-restmethod", "curl", "wget", "start-bitstransfer", "bitsadmin", "certutil":
		w.download(name, args)
	case "remove-item":
		for _, x := range operandsOfWindows(args, "-exclude", "-include", "-filter", "-erroraction", "-ea") {
			w.emit(Delete, x, hasSwitch(args, "/s", "-recurse", "-r", "-rec", "-recu", "-recur"))
		}
	case "get-content", "select-string", "esentutl", "import-csv", "get-filehash", "format-hex":
		for _, x := range operandsOfWindows(args, "-pattern", "-encoding", "-totalcount", "-tail") {
			w.emit(Read, x, hasSwitch(args, "/s", "-recurse"))
		}
	case "copy-item", "move-item", "mklink":
		w.copy(name, args)
	case "set-content", "add-content", "out-file", "new-item", "tee-object", "export-csv", "clear-content", "set-acl", "attrib", "icacls", "takeown", "cacls":
		for i, x := range operandsOfWindows(args, "-value", "-itemtype", "-encoding", "-name") {
			if i == 0 {
				w.emit(Write, strings.TrimPrefix(x, "/f"), false)
				w.key(Write, x)
			}
		}
	case "reg":
		w.registry(args)
	case "set-itemproperty", "new-itemproperty", "remove-itemproperty", "clear-itemproperty":
		for _, x := range operandsOfWindows(args, "-name", "-value", "-propertytype") {
			w.key(Write, x)
		}
	default:
		w.known(name, words)
	}
}

// known hands a program that is not Windows' own to the table of programs.
func (w *windows) known(name string, words []string) {
	if p := lookupProgram(name); p == nil || builtins[name].run != nil {
		return
	}
	in := unknown(nil)
	cmd := &command{st: w.st, io: stdio{in: &in}, span: w.sp, name: name, noFunc: true}
	cmd.argv = append(cmd.argv, field{str: lit(name)})
	for _, x := range words[1:] {
		if strings.Contains(x, `\`) && !strings.Contains(x, " ") {
			x = strings.ReplaceAll(x, `\`, "/")
			if len(x) > 2 && x[1] == ':' {
				x = "/" + x
			}
		}
		cmd.argv = append(cmd.argv, field{str: lit(x)})
	}
	w.a.runProgram(cmd, lookupProgram(name))
}

// nested is the command line that follows a switch.
func (w *windows) nested(args []string, switches ...string) {
	for i, x := range args {
		for _, s := range switches {
			if l := lower(x); l == s || strings.HasPrefix(l, s) && len(l) > len(s) && s != "/r" {
				w.a.windowsText(w.st, strings.Join(append([]string{x[len(s):]}, args[i+1:]...), " "), w.sp)
				return
			}
		}
	}
}

// powershell is what its options give it to run. An option may be cut short.
func (w *windows) powershell(args []string) {
	w.runs = true // if it is at the end of a pipe
	for i := 0; i < len(args); i++ {
		l := lower(strings.Replace(args[i], "/", "-", 1))
		switch {
		case len(l) > 1 && (strings.HasPrefix("-encodedcommand", l) || l == "-ec" || l == "-enc"):
			if i+1 < len(args) {
				w.flow(Decoded)
				w.a.windowsText(w.st, decodeUTF16(args[i+1]), w.sp)
			}
			return
		case len(l) > 1 && strings.HasPrefix("-command", l):
			w.a.windowsText(w.st, strings.Join(args[i+1:], " "), w.sp)
			return
		case len(l) > 1 && strings.HasPrefix("-file", l):
			if i+1 < len(args) {
				w.emit(Read, args[i+1], false)
			}
			return
		case l == "-ep" || l == "-ex" || l == "-exec" || strings.HasPrefix("-executionpolicy", l) && len(l) > 2 || strings.HasPrefix("-windowstyle", l) && len(l) > 1 || strings.HasPrefix("-version", l) && len(l) > 1:
			i++
		case strings.HasPrefix(l, "-"):
		default:
			w.a.windowsText(w.st, strings.Join(args[i:], " "), w.sp)
			return
		}
	}
}

func decodeUTF16(s string) string {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s))
	if err != nil || len(b)%2 != 0 {
		return ""
	}
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
	}
	return string(utf16.Decode(u))
}

// posix is a command for a shell of the other kind.
func (w *windows) posix(args []string) {
	in := unknown(nil)
	for i, x := range args {
		if x == "-c" && i+1 < len(args) {
			w.a.runText(w.a.exported(w.st), lit(args[i+1]), Bash, w.sp, stdio{in: &in})
			return
		}
	}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		args = args[1:]
	}
	w.a.runText(w.a.exported(w.st), lit(strings.Join(args, " ")), Bash, w.sp, stdio{in: &in})
}

// download fetches an address, into a file if one is named.
func (w *windows) download(name string, args []string) {
	if name == "certutil" {
		if hasSwitch(args, "-decode", "/decode", "-decodehex", "/decodehex") {
			w.decodes = true
		}
	}
	last := ""
	for i, x := range args {
		switch l := lower(x); {
		case strings.Contains(x, "://"):
			w.contact(x)
		case l == "-outfile" || l == "-o" || l == "-destination" || l == "--output":
			if i+1 < len(args) {
				last = args[i+1]
			}
		case !strings.HasPrefix(x, "-") && !windowsSwitch(x) && w.fetches && name != "curl" && name != "wget":
			last = x
		}
	}
	for i, x := range args { // what is sent
		if l := lower(x); (l == "-infile" || l == "-body" || l == "-d" || l == "-t" || l == "-f") && i+1 < len(args) && (l == "-infile" || strings.Contains(args[i+1], "@") || l == "-t") {
			file := strings.TrimPrefix(args[i+1][strings.IndexByte(args[i+1], '@')+1:], "@")
			w.emit(Read, file, false)
			if p, cert := w.path(file); cert != Unknown {
				w.a.emit(Effect{Kind: Flow, From: File, To: Network, Path: p, Certainty: cert, Host: w.peer.host, URL: w.peer.url, Program: name, Span: w.sp})
			}
		}
	}
	if last != "" && w.fetches {
		w.emit(Write, last, false)
		w.fetched[winBase(last)] = true
	}
}

func (w *windows) copy(name string, args []string) {
	ops := operandsOfWindows(args, "-filter", "-include", "-exclude")
	if len(ops) == 0 {
		return
	}
	recursive := hasSwitch(args, "/s", "/e", "-recurse", "/mir")
	for _, x := range ops[:max(1, len(ops)-1)] {
		w.emit(Read, x, recursive)
		if name == "move-item" {
			w.emit(Delete, x, true)
		}
	}
	if len(ops) > 1 {
		w.emit(Write, ops[len(ops)-1], recursive)
	}
}

// registry is reg: what it does to keys, and to files.
func (w *windows) registry(args []string) {
	if len(args) < 2 {
		return
	}
	switch lower(args[0]) {
	case "add", "delete", "import", "restore", "load", "copy":
		w.key(Write, args[1])
		if lower(args[0]) == "delete" {
			w.key(Delete, args[1])
		}
	case "save", "export", "query":
		w.key(Read, args[1])
		if len(args) > 2 && lower(args[0]) != "query" {
			w.emit(Write, args[2], false)
		}
	}
}

// operandsOfWindows are the words that are neither switches nor the values of
// the options named.
func operandsOfWindows(args []string, valued ...string) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		x := args[i]
		switch {
		case strings.HasPrefix(x, "-"):
			for _, v := range valued {
				if strings.EqualFold(x, v) {
					i++
					break
				}
			}
		case windowsSwitch(x):
		default:
			for part := range strings.SplitSeq(x, ",") {
				if part != "" {
					out = append(out, part)
				}
			}
		}
	}
	return out
}

// windowsSwitch tells /s from a path.
func windowsSwitch(x string) bool {
	return strings.HasPrefix(x, "/") && strings.Count(x, "/") == 1 && len(x) < 12 && !strings.HasPrefix(x, "/home")
}

func hasSwitch(args []string, names ...string) bool {
	for _, x := range args {
		for _, n := range names {
			if strings.EqualFold(x, n) {
				return true
			}
		}
	}
	return false
}
