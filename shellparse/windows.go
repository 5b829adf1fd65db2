package shellparse

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
)

// The shells of Windows have no grammar here. Their text is cut into commands
// at the signs that both of them end a command with, and into words at blanks;
// what the words do is in a table. So what runs is a guess, always marked as
// not fully known, and nothing is refused for not being understood.

// windowsText analyses a text for cmd or PowerShell.
func (a *analyzer) windowsText(st *state, text string, sp Span) {
	if !a.enter() {
		return
	}
	defer a.leave()
	w := &windows{a: a, st: st, sp: sp, vars: map[string]winValue{}, fetched: map[string]bool{}}
	w.run(text)
}

// windows is the walk over one text.
type windows struct {
	a       *analyzer
	st      *state
	sp      Span
	vars    map[string]winValue
	fetched map[string]bool // files that came from the network, by base name

	// of the statement under way
	fetches, decodes, runs bool
	peer                   peer
	target                 string // the variable that it is assigned to
}

// winValue is what a variable holds.
type winValue struct {
	text             string
	known            bool
	fetched, decoded bool
}

// winStop ends a command: a bar or a bracket goes on with the same statement.
const winStop = "|(){}"

func (w *windows) run(text string) {
	text = unescapeWindows(text)
	w.savedFiles(text)
	for i := 0; i < len(text) && !w.a.over; {
		end, next, statement := cutWindows(text[i:])
		w.command(text[i : i+end])
		i += next
		if statement {
			w.end()
		}
	}
	w.end()
}

// unescapeWindows takes out the marks that keep a character from being read as
// anything else, and joins strings that are added up.
func unescapeWindows(s string) string {
	var b strings.Builder
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
			if j := joinedWindows(s[i+1:]); j > 0 { // 'I'+'EX'
				quote = s[i+j]
				i += j
				continue
			}
		case c == '^' && quote == 0, c == '`' && quote != '\'':
			continue
		case c == '^' && quote == '"' && i+1 < len(s) && s[i+1] == '"':
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// joinedWindows is how many bytes lie between a string's end and the next one's
// beginning, that one included, if a plus is all there is; else 0.
func joinedWindows(s string) int {
	t := strings.TrimLeft(s, " ")
	if !strings.HasPrefix(t, "+") {
		return 0
	}
	t = strings.TrimLeft(t[1:], " ")
	if t == "" || t[0] != '\'' && t[0] != '"' {
		return 0
	}
	return len(s) - len(t) + 1
}

// cutWindows returns where the first command ends, where the next one begins,
// and whether a new statement begins there.
func cutWindows(s string) (end, next int, statement bool) {
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"', c == '\'' && (i == 0 || strings.IndexByte(" \t(,=+&|;", s[i-1]) >= 0):
			quote = c
		case c == ';' || c == '\n' || c == '\r':
			return i, i + 1, true
		case c == '&' || c == '|' && i+1 < len(s) && s[i+1] == '|':
			if c == '&' && i > 0 && s[i-1] == '>' {
				continue // 2>&1
			}
			n := i + 1
			if n < len(s) && s[n] == c {
				n++
			} else if t := strings.TrimSpace(s[:i]); c == '&' && (t == "" || t[len(t)-1] == '=') {
				continue // PowerShell's call operator
			}
			return i, n, true
		case strings.IndexByte(winStop, c) >= 0:
			return i, i + 1, false
		}
	}
	return len(s), len(s), false
}

// wordsOf splits a command into words, quotes taken off.
func wordsOf(s string) []string {
	var out []string
	var b strings.Builder
	quote := byte(0)
	open := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			b.WriteByte(c)
		case c == '"', c == '\'' && !open:
			quote, open = c, true
		case c == ' ' || c == '\t':
			if open {
				out = append(out, b.String())
				b.Reset()
			}
			open = false
		default:
			b.WriteByte(c)
			open = true
		}
	}
	if open {
		out = append(out, b.String())
	}
	return out
}

// end closes a statement: what it fetched or decoded may have been run by it.
func (w *windows) end() {
	if w.target != "" {
		v := w.vars[w.target]
		v.fetched, v.decoded = v.fetched || w.fetches, v.decoded || w.decodes
		w.vars[w.target] = v
	}
	if w.runs {
		if w.fetches {
			w.flow(Network)
		}
		if w.decodes {
			w.flow(Decoded)
		}
	}
	w.fetches, w.decodes, w.runs, w.peer, w.target = false, false, false, peer{}, ""
}

func (w *windows) flow(from Endpoint) {
	w.a.emit(Effect{Kind: Flow, From: from, To: Interpreter, Program: "powershell", Host: w.peer.host, URL: w.peer.url, Span: w.sp})
}

// path is a Windows path as effects have it: with slashes, from the root.
func (w *windows) path(s string) (string, Certainty) {
	s = strings.ReplaceAll(strings.TrimRight(s, ","), `\`, "/")
	switch {
	case s == "":
		return "", Unknown
	case strings.HasPrefix(s, "~"):
		s = w.a.in.Home + s[1:]
	case len(s) > 1 && s[1] == ':' && (len(s) == 2 || s[2] == '/'):
		s = "/" + s
	}
	if strings.ContainsAny(s, "%$") {
		return "", Unknown
	}
	if i := strings.IndexByte(s, ':'); i > 2 {
		s = s[:i] // an alternate stream of the file
	}
	v := lit(s)
	if strings.ContainsAny(s, "*?") {
		v = rawGlob(s, nil)
	}
	return w.a.resolve(w.st, v, false)
}

func (w *windows) emit(k Kind, file string, recursive bool) {
	p, cert := w.path(file)
	if cert != Unknown {
		w.a.emit(Effect{Kind: k, Path: p, Certainty: cert, Recursive: recursive, Span: w.sp})
	}
}

// key is a key of the registry as a path: HKCU/Software/Run.
func (w *windows) key(k Kind, name string) {
	name = strings.ReplaceAll(strings.ReplaceAll(name, `\`, "/"), ":", "")
	up := strings.ToUpper(name)
	up = strings.TrimPrefix(up, "REGISTRY/")
	for long, short := range map[string]string{"HKEY_CURRENT_USER": "HKCU", "HKEY_LOCAL_MACHINE": "HKLM", "HKEY_USERS": "HKU", "HKEY_CLASSES_ROOT": "HKCR"} {
		up = strings.Replace(up, long, short, 1)
	}
	if strings.HasPrefix(up, "HK") {
		w.a.emit(Effect{Kind: k, Path: "/" + strings.Trim(up, "/"), Span: w.sp})
	}
}

// expand puts in the variables that are known.
func (w *windows) expand(s string) string {
	home := w.a.in.Home
	known := map[string]string{
		"userprofile": home, "home": home, "appdata": home + "/AppData/Roaming", "localappdata": home + "/AppData/Local",
		"temp": home + "/AppData/Local/Temp", "tmp": home + "/AppData/Local/Temp", "comspec": "cmd.exe",
		"systemroot": "C:/Windows", "windir": "C:/Windows", "systemdrive": "C:", "programdata": "C:/ProgramData", "programfiles": "C:/Program Files",
	}
	value := func(name string) (string, bool) {
		name = lower(name)
		if v, ok := w.vars[name]; ok {
			return v.text, v.known
		}
		v, ok := known[name]
		return v, ok
	}
	for i := 0; i < len(s); i++ {
		name, whole := "", 0
		switch {
		case s[i] == '%':
			if end := strings.IndexByte(s[i+1:], '%'); end > 0 {
				name, whole = s[i+1:i+1+end], end+2
			}
		case s[i] == '$':
			rest := s[i+1:]
			skip := 1
			if len(rest) >= 4 && strings.EqualFold(rest[:4], "env:") {
				rest, skip = rest[4:], 5
			}
			n := 0
			for n < len(rest) && isNameByte(rest[n]) {
				n++
			}
			name, whole = rest[:n], skip+n
		}
		if name == "" {
			continue
		}
		if v, ok := value(name); ok && len(s)+len(v) < 1<<14 {
			s = s[:i] + v + s[i+whole:]
			i += len(v) - 1
		}
	}
	return s
}

func isNameByte(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// command is one command between the signs.
func (w *windows) command(s string) {
	if !w.a.tick(1 + len(s)/64) {
		return
	}
	s = strings.TrimSpace(s)
	if name, rest, ok := strings.Cut(s, "="); ok && strings.HasPrefix(name, "$") && !strings.ContainsAny(strings.TrimSpace(name), " .[") {
		w.target = lower(strings.TrimSpace(name)[1:])
		s = strings.TrimSpace(rest)
		v := w.vars[w.target]
		v.text, v.known = strings.Trim(s, `'"`), len(s) > 1 && (s[0] == '\'' || s[0] == '"') && strings.Count(s, s[:1]) == 2
		w.vars[w.target] = v
	}
	for {
		t := strings.TrimLeft(s, " @&.!")
		if t == s {
			break
		}
		s = t
	}
	w.expressions(s)
	words := wordsOf(s)
	for len(words) > 0 && (lower(words[0]) == "call" || lower(words[0]) == "do" || lower(words[0]) == "else" || lower(words[0]) == "start" || lower(words[0]) == "try") {
		words = words[1:]
		for len(words) > 1 && strings.HasPrefix(words[0], "/") { // start /b
			words = words[1:]
		}
	}
	if len(words) == 0 {
		return
	}
	if name, val, ok := strings.Cut(strings.Join(words[min(1, len(words)-1):], " "), "="); ok && lower(words[0]) == "set" {
		w.vars[lower(strings.TrimSpace(name))] = winValue{text: val, known: true}
	}
	first := words[0]
	for i := range words {
		words[i] = w.expand(words[i])
	}
	if words[0] != first && strings.ContainsAny(words[0], " ") { // a variable that holds a command
		words = append(wordsOf(words[0]), words[1:]...)
	}
	if len(words) > 0 {
		words = w.redirect(words)
	}
	if len(words) > 0 {
		w.program(words)
	}
}

// expressions finds what objects of .NET are asked to do.
func (w *windows) expressions(s string) {
	l := lower(s)
	for _, mark := range [...]string{"downloadstring", "downloadfile", "downloaddata", "openread", "net.webclient", "net.http", "msxml2.xmlhttp", "winhttp.winhttprequest"} {
		if strings.Contains(l, mark) {
			w.fetches = true
		}
	}
	for _, mark := range [...]string{"frombase64string", "gzipstream", "deflatestream", "convertto-securestring"} {
		w.decodes = w.decodes || strings.Contains(l, mark)
	}
	for _, mark := range [...]string{".invoke", "[scriptblock]", "reflection.assembly", ".invokescript", "invoke-command"} {
		w.runs = w.runs || strings.Contains(l, mark)
	}
	for name, v := range w.vars { // a variable that came from there
		if (v.fetched || v.decoded) && strings.Contains(l, "$"+name) {
			w.fetches, w.decodes = w.fetches || v.fetched, w.decodes || v.decoded
		}
	}
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(` '"(),`, r) }) {
		if i := strings.Index(word, "://"); i > 0 && w.fetches {
			w.contact(word)
		}
	}
	if strings.Contains(l, "net.sockets.tcpclient") {
		w.fetches, w.runs = true, true
	}
}

// savedFiles takes note of DownloadFile(URL, FILE).
func (w *windows) savedFiles(text string) {
	l := lower(text)
	for from := 0; ; {
		i := strings.Index(l[from:], "downloadfile(")
		if i < 0 {
			return
		}
		from += i + len("downloadfile(")
		call, _, _ := strings.Cut(text[from:], ")")
		if _, file, ok := strings.Cut(call, ","); ok {
			file = strings.Trim(w.expand(file), ` '"`)
			w.emit(Write, file, false)
			w.fetched[winBase(file)] = true
		}
	}
}

func (w *windows) contact(u string) {
	h, cert := hostOf(lit(u))
	w.fetches = true
	w.peer = peer{h, u, cert}
	w.a.emit(Effect{Kind: Fetch, Host: h, URL: u, Certainty: cert, Span: w.sp})
}

// redirect takes redirections off.
func (w *windows) redirect(words []string) []string {
	var out []string
	for i := 0; i < len(words); i++ {
		x := strings.TrimLeft(words[i], "012")
		if x == "" || x[0] != '>' && x[0] != '<' || strings.HasPrefix(x, ">&") {
			out = append(out, words[i])
			continue
		}
		file := strings.TrimLeft(x, "><")
		if file == "" && i+1 < len(words) {
			i++
			file = words[i]
		}
		switch {
		case file == "" || strings.EqualFold(file, "nul") || file == "$null":
		case x[0] == '>':
			w.emit(Write, file, false)
			if w.fetches {
				w.fetched[winBase(file)] = true
			}
		default:
			w.emit(Read, file, false)
		}
	}
	return out
}

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
