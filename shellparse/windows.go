package shellparse

import "strings"

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
