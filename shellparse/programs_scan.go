package shellparse

import (
	"slices"
	"strings"
)

// codeScan goes through the calls of a program in another language.
type codeScan struct {
	a      *analyzer
	cmd    *command
	lang   string
	toks   []token
	vars   map[string]str
	reads  *source // files it opens
	peers  []peer
	evals  bool // it runs text: eval, exec, system
	method bool // the call under way is one of an object
}

// codeCalls says what the calls of the common languages do with their literal
// arguments, by the last part of their name.
var codeCalls = map[string]string{}

func init() {
	for role, names := range map[string]string{
		"sh": `system popen popen2 popen3 popen2e execSync exec shell_exec passthru proc_open getoutput getstatusoutput check_output check_call call run
			Popen spawn spawnSync execFile execFileSync execl execlp execle execv execvp execve execvpe spawnl spawnlp spawnv spawnvp spawnve posix_spawn
			posix_spawnp execute capture2 capture2e capture3 pipeline create_subprocess_shell create_subprocess_exec fork_exec start Command ProcessBuilder shell pcntl_exec syscall shell-command call-process-shell-command start-process-shell-command call-process start-process async-shell-command Exec ForkExec StartProcess`,
		"open": `open fopen File.open io.open open_text sysopen openSync OpenFile`,
		"r": `insert-file-contents find-file load-file readFile readFileSync createReadStream file_get_contents readfile file read_text read_bytes slurp File.read IO.read IO.readlines readlines foreach
			File.readlines io.lines lines copyFileSync copyfile copy2 Path fopen ReadFile readlink FileReader Scanner loadtxt read_csv IO.binread binread dofile require_once include include_once`,
		"w": `write-region write-file append-to-file writeFile writeFileSync appendFile appendFileSync createWriteStream file_put_contents write_text write_bytes File.write IO.write binwrite WriteFile
			Create FileWriter truncate truncateSync chmod chmodSync chown lchown makedirs mkdir_p symlink symlinkSync link mkfifo`,
		"d": `unlink unlinkSync rmSync rmdirSync rmtree remove removeSync rmdir removedirs rm_rf rm_r rm_f rm remove_dir_all remove_file
			remove_tree delete delete-file delete-directory File.delete emptyDirSync RemoveAll Remove remove_entry_secure`,
		"mv":   `rename renameSync move copy cp cpSync copyFile copy_file copytree cp_r File.rename mv copy_stream`,
		"u":    `urlopen urlretrieve get post put request fetch Request connect create_connection createConnection fsockopen URI.open open-uri curl_init getstore TCPSocket socket_connect Dial httpGet createServer bind inet_aton sockaddr_in sockaddr pfsockopen stream_socket_client socket_create getServerSocket IO::Socket::INET Net.HTTP download urlget Socket ServerSocket TcpClient TCPServer HTTPConnection`,
		"eval": `eval exec compile Function runInThisContext runInNewContext loadstring load instance_eval class_eval assert create_function runpy`,
	} {
		for _, n := range strings.Fields(names) {
			if codeCalls[n] == "" || role == "sh" {
				codeCalls[n] = role
			}
		}
	}
}

func (s *codeScan) scan() {
	for i := 0; i < len(s.toks) && !s.a.over; i++ {
		t := s.toks[i]
		if t.kind == 's' && t.exec {
			s.evals = true
			s.shell([]str{t.val})
			continue
		}
		if t.kind != 'i' || !s.a.tick(1) {
			continue
		}
		if s.assignment(i) {
			continue
		}
		s.method = i > 0 && (s.toks[i-1].text == "." || s.toks[i-1].text == ">")
		role := s.roleOf(t.text)
		if role == "" {
			continue
		}
		s.evals = s.evals || role == "eval"
		if args, ok := s.arguments(i + 1); ok {
			s.call(role, t.text, args)
		}
	}
	s.finish()
}

// roleOf is what a call of this name does.
func (s *codeScan) roleOf(name string) string {
	if r := codeCalls[name]; r != "" {
		return r
	}
	name = strings.ReplaceAll(strings.ReplaceAll(name, "::", "."), "->", ".")
	parts := strings.Split(name, ".")
	last := parts[len(parts)-1]
	if len(parts) > 1 {
		if r := codeCalls[parts[len(parts)-2]+"."+last]; r != "" {
			return r
		}
	}
	r := codeCalls[last]
	if len(parts) == 1 && s.lang == "python" && (last == "exec" || last == "compile") {
		return "eval"
	}
	if r == "" && len(parts) > 1 && (last == "new" || last == "open" || last == "connect") {
		r = codeCalls[parts[len(parts)-2]]
	}
	if r == "u" && len(parts) == 1 && !s.method && last != "urlopen" && last != "urlretrieve" && last != "fetch" && last != "fsockopen" && last != "get" && last != "getstore" && last != "TCPSocket" && last != "curl_init" {
		return ""
	}
	return r
}

// assignment takes note of NAME = "literal".
func (s *codeScan) assignment(i int) bool {
	t := s.toks
	if i+2 >= len(t) || t[i+1].text != "=" || t[i+2].kind != 's' || t[i+2].exec {
		return false
	}
	v, _ := s.expression(i + 2)
	s.vars[t[i].text] = v
	return true
}

// arguments collects the values in a call's parentheses, lists flattened.
func (s *codeScan) arguments(i int) ([]str, bool) {
	t := s.toks
	if i >= len(t) {
		return nil, false
	}
	bare := false
	if t[i].text != "(" {
		if t[i].kind == 's' && s.lang != "python" && s.lang != "js" || t[i].text == "[" && s.lang == "ruby" {
			bare = true // perl, ruby, php, lua: no parentheses needed
		} else {
			return nil, false
		}
	} else {
		i++
	}
	var out []str
	depth := 0
	for n := 0; i < len(t) && n < 200; n++ {
		k := t[i]
		switch {
		case k.kind == 's' || k.kind == 'i':
			v, next := s.expression(i)
			out = append(out, v)
			i = next
			continue
		case k.text == "(" || k.text == "[" || k.text == "{":
			depth++
		case k.text == ")" || k.text == "]" || k.text == "}":
			if depth == 0 {
				return out, true
			}
			depth--
		case bare && (k.text == ";" || k.text == "\n"):
			return out, true
		}
		i++
	}
	return out, true
}

// expression reads literals and names joined by + or . and returns where it
// ends.
func (s *codeScan) expression(i int) (str, int) {
	t := s.toks
	var b builder
	for i < len(t) {
		switch t[i].kind {
		case 's':
			b.add(t[i].val)
		case 'i':
			b.add(s.name(i))
		default:
			return b.str(), i
		}
		i++
		if i < len(t) && t[i-1].kind == 'i' {
			// what follows a name: a call's or index's brackets are looked
			// into by the scan itself
			if t[i].text == "(" || t[i].text == "[" {
				inner, known := s.wrapped(i - 1)
				if known {
					b = builder{}
					b.add(inner)
				}
				i = s.skip(i)
			}
		}
		if i < len(t) && (t[i].text == "+" || t[i].text == "." || t[i].text == "/" && s.lang == "python") {
			if t[i].text == "/" {
				b.lit("/")
			}
			i++
			continue
		}
		if i < len(t) && t[i].kind == 's' && t[i-1].kind == 's' {
			continue // "a" "b"
		}
		break
	}
	return b.str(), i
}

// name is the value of a name in an expression.
func (s *codeScan) name(i int) str {
	n := s.toks[i].text
	if v, ok := s.vars[n]; ok {
		return v
	}
	if n == "f" || n == "r" || n == "b" || n == "rb" || n == "u" {
		if i+1 < len(s.toks) && s.toks[i+1].kind == 's' {
			return str{}
		}
	}
	switch n {
	case "process.env.HOME", "Dir.home", "os.homedir":
		return s.a.homeOf(s.cmd.st, "")
	}
	return unknown(nil)
}

// wrapped is the value of calls that keep their argument: expanduser("~/x"),
// join(home, "x"), environ["HOME"].
func (s *codeScan) wrapped(i int) (str, bool) {
	name := s.toks[i].text
	last := name[strings.LastIndexAny(name, ".:>")+1:]
	switch last {
	case "environ", "getenv", "ENV", "env":
		args := s.inner(i + 1)
		if len(args) > 0 && args[0].known() {
			return s.a.scalar(s.cmd.st, args[0].t), true
		}
	case "homedir", "home":
		return s.a.homeOf(s.cmd.st, ""), true
	case "expanduser", "expand_path", "Path", "abspath", "realpath", "resolve", "str", "String", "encode", "normpath", "pathlib", "expandvars", "File", "URI":
		args := s.inner(i + 1)
		if len(args) > 0 {
			return args[0], true
		}
	case "join":
		args := s.inner(i + 1)
		var b builder
		for k, v := range args {
			if k > 0 {
				b.lit("/")
			}
			b.add(v)
		}
		if len(args) > 0 {
			return b.str(), true
		}
	}
	return str{}, false
}

func (s *codeScan) inner(i int) []str {
	if s.cmd == nil || !s.a.enter() {
		return nil
	}
	defer s.a.leave()
	var out []str
	end := s.skip(i)
	for i++; i < end-1; {
		if k := s.toks[i]; k.kind == 's' || k.kind == 'i' {
			v, next := s.expression(i)
			out = append(out, v)
			i = max(next, i+1)
			continue
		}
		i++
	}
	return out
}

// skip returns the index after the brackets that start at i.
func (s *codeScan) skip(i int) int {
	depth := 0
	for ; i < len(s.toks); i++ {
		switch s.toks[i].text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return i
}

// path makes a code string a path: ~ counts, for expanduser may be near.
func (s *codeScan) path(v str) str {
	if p := v.prefix(); p == "~" || strings.HasPrefix(p, "~/") {
		return concat(s.a.homeOf(s.cmd.st, ""), v.cutPrefix(1))
	}
	return v
}

func (s *codeScan) call(role, name string, args []str) {
	if len(args) == 0 {
		if role == "eval" || role == "sh" {
			s.evals = true
		}
		return
	}
	a, st, sp := s.a, s.cmd.st, s.cmd.span
	first := args[0]
	if role == "open" && strings.HasSuffix(name, "OpenFile") {
		role = "w" // Go's, whose flags are names
	}
	if role == "open" {
		role = "r"
		mode := ""
		if len(args) > 1 {
			mode = args[len(args)-1].prefix()
			if k := args[1].prefix(); k != "" && len(k) < 5 {
				mode = k
			}
		}
		if s.lang == "perl" {
			role, first = s.perlOpen(args)
		} else if strings.ContainsAny(mode, "wax+") && len(mode) < 5 {
			role = "w"
		}
	}
	if role == "u" {
		s.contact(name, args)
		return
	}
	if first.opaque() && (role == "r" || role == "w") {
		for _, v := range args[1:] {
			if looksLikePath(s.path(v)) {
				first = v // open(f -> read(f), "/x")
				break
			}
		}
	}
	if first.opaque() && role != "sh" && role != "eval" && role != "mv" {
		return
	}
	switch role {
	case "sh":
		s.evals = true
		s.shell(args)
	case "eval":
		s.evals = true
		if first.known() && s.lang != "" {
			a.runCode(s.cmd, s.lang, first)
		}
	case "r":
		if strings.Contains(first.prefix(), "://") {
			s.peer(first)
			return
		}
		v := a.readPath(st, s.path(first), false, sp)
		s.reads = join(s.reads, v.src)
	case "w":
		c := call{cmd: s.cmd, p: &program{}}
		a.writeArg(&c, s.path(first))
	case "mv":
		c := call{cmd: s.cmd, p: &program{}}
		if !first.opaque() {
			v := a.readPath(st, s.path(first), false, sp)
			s.reads = join(s.reads, v.src)
		}
		if len(args) > 1 && !args[1].opaque() {
			a.writeArg(&c, s.path(args[1]))
		}
	case "d":
		for _, v := range args {
			if v.opaque() || v.t == "" {
				continue
			}
			p, cert := a.resolve(st, s.path(v), false)
			if cert == Unknown {
				continue
			}
			rec := strings.Contains(name, "tree") || strings.Contains(name, "rm_r") || strings.Contains(lower(name), "all") || strings.HasSuffix(name, "rmSync") || strings.HasSuffix(name, ".rm")
			a.emit(Effect{Kind: Delete, Path: p, Certainty: cert, Recursive: rec, Span: sp})
		}
	}
}

// contact is a call that opens a connection: the host is the argument that
// looks like one.
func (s *codeScan) contact(name string, args []str) {
	found := false
	for i, v := range args {
		if v.opaque() || v.t == "" {
			continue
		}
		p := v.prefix()
		if i > 0 && looksLikePath(s.path(v)) {
			c := call{cmd: s.cmd, p: &program{}}
			a := s.a
			a.writeArg(&c, s.path(v)) // urlretrieve(URL, FILE)
			continue
		}
		if strings.Contains(p, "://") || strings.Contains(p, ".") && !strings.ContainsAny(p, " /\n") || p == "localhost" {
			s.peer(v)
			found = true
		}
	}
	if !found && (s.method || strings.ContainsAny(name, ".:>")) {
		s.peers = append(s.peers, peer{cert: Unknown})
	}
}

func (s *codeScan) peer(u str) {
	host, cert := hostOf(u)
	if cert == Exact && host == "" {
		return
	}
	s.peers = append(s.peers, peer{host, u.value().Text, max(cert, u.value().Certainty)})
}

// perlOpen is open(F, "<", "path"), open(F, ">path"), open(F, "cmd|").
func (s *codeScan) perlOpen(args []str) (string, str) {
	args = slices.DeleteFunc(slices.Clone(args), func(v str) bool { return v.opaque() })
	if len(args) == 0 {
		return "r", unknown(nil)
	}
	mode := strings.TrimSpace(args[0].prefix())
	if strings.HasPrefix(strings.TrimLeft(mode, "<>+"), "&") {
		return "r", unknown(nil) // a descriptor
	}
	if len(args) > 1 {
		if strings.HasPrefix(mode, ">") || strings.HasPrefix(mode, "+") {
			return "w", args[1]
		}
		if strings.Contains(mode, "|") {
			s.shell(args[1:])
			return "r", unknown(nil)
		}
		return "r", args[1]
	}
	switch {
	case strings.HasPrefix(mode, ">"):
		return "w", lit(strings.TrimLeft(mode, "> "))
	case strings.HasPrefix(mode, "|"):
		s.shell([]str{lit(mode[1:])})
		return "r", unknown(nil)
	case strings.HasSuffix(mode, "|"):
		s.shell([]str{lit(strings.TrimSuffix(mode, "|"))})
		return "r", unknown(nil)
	}
	return "r", lit(strings.TrimLeft(mode, "< "))
}

// shell runs the arguments of a call that starts programs: one string is a
// command line, several are an argv.
func (s *codeScan) shell(args []str) {
	cmd := *s.cmd
	none := str{}
	cmd.io = stdio{in: &none}
	var lits []str
	for _, v := range args {
		if v.t != "" || v.glob {
			lits = append(lits, v)
		}
	}
	if len(lits) == 0 || lits[0].opaque() {
		s.a.emit(Effect{Kind: Exec, Certainty: Unknown, Span: cmd.span})
		return
	}
	if !lits[0].known() || (len(lits) > 1 && lits[1].known() && !strings.ContainsAny(lits[0].t, " \t\n;|&")) {
		cmd.argv = nil
		for _, v := range lits {
			cmd.argv = append(cmd.argv, field{str: v})
		}
		if len(lits) > 1 && baseOf(lits[0]).t == lits[1].t {
			cmd.argv = cmd.argv[1:] // execl("/bin/rm", "rm", ...)
			cmd.argv[0] = field{str: lits[0]}
		}
		cmd.assigns = nil
		if !lits[0].known() {
			s.a.runPartText(&cmd, lits[0], POSIX)
			return
		}
		s.a.dispatchProgram(&cmd)
		return
	}
	s.a.runText(s.a.exported(cmd.st), lits[0], POSIX, cmd.span, cmd.io)
}

// finish records what the program as a whole may carry from where to where.
func (s *codeScan) finish() {
	for _, p := range s.peers {
		s.a.emit(Effect{Kind: Fetch, Host: p.host, URL: p.url, Certainty: p.cert, Sends: s.reads != nil, Span: s.cmd.span})
		s.a.flowOut(s.cmd.name, s.reads, p.host, p.url, s.cmd.span)
		src := &source{from: Network, host: p.host, url: p.url, cert: p.cert}
		if s.evals {
			s.a.flowInto(s.cmd.name, src, s.cmd.span)
		}
		s.cmd.io.write(unknown(src))
	}
	s.cmd.io.write(unknown(s.reads))
}
