package shellparse

import "strings"

// runWords is a call that starts a program: by a command line, by a list, or by
// one argument a word.
func (s *codeScan) runWords(role string, f val, pos []val, kw map[string]val) val {
	if dir, ok := kw["cwd"]; ok && dir.isText() {
		saved := s.cmd
		sub := *s.cmd
		sub.st = s.cmd.st.fork()
		s.a.changeDir(sub.st, s.path(dir.s))
		s.cmd = &sub
		defer func() { s.cmd = saved }()
	}
	var words []val
	list := false
	if strings.HasSuffix(f.name, "CommandContext") && len(pos) > 1 {
		pos = pos[1:]
	}
	if s.lang == "ruby" && strings.HasSuffix(f.name, "popen") && len(pos) == 2 && in(" r w r+ w+ rb wb ", pos[1].s.prefix()) {
		pos = pos[:1] // what follows is the mode
	}
	for i, p := range pos {
		switch {
		case p.list && role == "sh" && i > 0, p.name == "function":
		case p.list:
			list = true
			words = append(words, p.items...)
		case p.isText() && !(p.num && i == 0):
			words = append(words, p)
		case len(words) == 0 && i == 0 && !p.num && (p.name == "" || p.src() != nil || len(pos) == 1):
			words = append(words, p)
		case len(words) > 0 && i < 4 && p.class == "" && p.name == "" && role == "run":
			words = append(words, p)
		}
	}
	if args, ok := kw["args"]; ok && args.list && s.lang == "js" && len(words) == 1 { // new Deno.Command(PROGRAM, {args: [..]})
		list = true
		words = append(words, args.items...)
	}
	if sh, ok := kw["shell"]; ok && list && len(words) > 0 && (sh.name == "true" || sh.isText()) && s.lang == "python" {
		words = words[:1]
		list = false
	}
	if in, ok := kw["input"]; ok {
		s.input = &in
		defer func() { s.input = nil }()
	}
	name := lastPart(f.name)
	argv0 := s.lang == "python" && (strings.HasPrefix(name, "exec") || strings.HasPrefix(name, "spawn") && strings.HasPrefix(f.name, "os.") || strings.HasPrefix(name, "posix_spawn")) || f.name == "syscall.Exec" || f.name == "os.StartProcess" || f.name == "process_execve"
	if argv0 && len(words) > 1 {
		words = append(words[:1:1], words[2:]...)
		list = true
	} else if !argv0 && len(words) > 1 && words[0].isText() && words[1].isText() && baseOf(words[0].s).t == words[1].s.t && strings.Contains(words[0].s.t, "/") {
		words = append(words[:1:1], words[2:]...) // execl("/bin/rm", "rm", ...)
	}
	plain := len(words) == 1 && !list
	if role == "sh" && !list && len(words) > 1 {
		words, plain = words[:1], true
	}
	return s.runs(words, plain)
}

// runs starts a program: a shell's with its text, or argv.
func (s *codeScan) runs(words []val, shell bool) val {
	s.acts = true
	if len(words) == 0 || words[0].s.opaque() && !words[0].list {
		var src *source
		for i := range words {
			src = join(src, words[i].src())
		}
		s.flow(src, true)
		s.a.emit(Effect{Kind: Exec, Certainty: Unknown, Span: s.cmd.span})
		return nothing(src)
	}
	cmd := *s.cmd
	in, out := str{}, &output{}
	if s.input != nil {
		in = s.input.s
	}
	cmd.io, cmd.assigns = stdio{in: &in, out: out, piped: true}, nil
	for _, first := range words[0].all() {
		if shell {
			s.flow(first.src, first.opaque())
			s.interactive(strings.Fields(first.prefix()))
			s.a.inFileDo(cmd.span, func() {
				sub := cmd
				sub.st = s.a.exported(cmd.st)
				s.a.runPartText(&sub, first, POSIX)
			})
			continue
		}
		cmd.argv = []field{{str: first}}
		shown := []string{first.prefix()}
		for _, w := range words[1:] {
			cmd.argv = append(cmd.argv, field{str: w.s, loose: w.s.opaque()})
			shown = append(shown, w.s.prefix())
		}
		s.interactive(shown)
		for _, w := range words[1:] {
			s.flowArg(shown[0], w)
		}
		s.a.dispatchProgram(&cmd)
	}
	v := val{s: out.str()}
	s.outs = join(s.outs, v.s.src)
	if !v.s.known() || v.s.t == "" {
		v = nothing(v.s.src)
	}
	return v
}

// flowArg is an argument of a shell, which may be text from elsewhere.
func (s *codeScan) flowArg(program string, w val) {
	if _, ok := DialectOf(program); ok && !w.s.known() {
		s.flow(w.src(), false)
	}
}

// interactive takes note of a shell that is given no text: whoever holds the
// other end of the connection types into it.
func (s *codeScan) interactive(argv []string) {
	if len(argv) == 0 {
		return
	}
	if _, ok := DialectOf(argv[0]); !ok && lower(path0(argv[0])) != "cmd.exe" {
		return
	}
	for _, w := range argv[1:] {
		if strings.HasPrefix(w, "-") && w != "-i" && w != "-l" && w != "-li" && w != "-il" && w != "-p" && w != "--login" && w != "--noprofile" && w != "--norc" {
			return
		}
		if !strings.HasPrefix(w, "-") && !strings.ContainsAny(w, "<>&|;") {
			return
		}
	}
	s.flow(s.network(), false)
}

// network is a source that stands for whatever the program is connected to.
func (s *codeScan) network() *source { return &source{from: Network, name: peerName} }

// peerName marks a source whose host is only known when all is read.
const peerName = "\x00peer"

// flow takes note that data of these sources runs. blind: it may be anything.
func (s *codeScan) flow(src *source, blind bool) {
	if src == nil && blind && s.given {
		src = s.network()
	}
	if src != nil && len(s.flows) < 32 {
		s.flows = append(s.flows, src)
	}
}

// sends takes note that data of these sources goes to the peers.
func (s *codeScan) sends(src *source) {
	s.sending = true
	s.sent = join(s.sent, src)
}

// peer is a URL or a host that is contacted.
func (s *codeScan) peer(u str, sends bool, sent *source) {
	p := peer{cert: Unknown}
	if !u.opaque() {
		host, cert := hostOf(unglob(u))
		p = peer{host, u.value().Text, max(cert, u.value().Certainty)}
	}
	s.peers = append(s.peers, p)
	s.a.emit(Effect{Kind: Fetch, Host: p.host, URL: p.url, Certainty: p.cert, Sends: sends, Span: s.cmd.span})
	s.a.flowOut(s.cmd.name, sent, p.host, p.url, s.cmd.span)
}

// fetches is a call with a URL.
func (s *codeScan) fetches(role string, f val, pos, args []val) val {
	url := nothing(nil)
	k := -1
	for i, p := range pos {
		if p.class == "Response" {
			return p // a request that was made before
		}
		if t := p.s.prefix(); p.isText() && (strings.Contains(t, "://") || k < 0 && !in(" GET POST PUT PATCH DELETE HEAD ", t) && !p.list && p.class == "") {
			url, k = p, i
			if strings.Contains(t, "://") {
				break
			}
		}
	}
	if k < 0 {
		for _, p := range pos {
			if p.class == "" && !p.list {
				url = p
				break
			}
		}
	}
	var sent *source
	sends := in(" post put patch Post Put post_form request POST ", lower(lastPart(f.name))) || lastPart(f.name) == "POST"
	for i := range args {
		sent = join(sent, args[i].src())
		switch args[i].kw {
		case "data", "json", "files", "body", "content":
			sends = true
		}
		for _, it := range args[i].items {
			if it.kw == "body" || it.kw == "data" || it.kw == "method" && it.s.t != "GET" {
				sends = true
			}
		}
	}
	for i, p := range pos {
		if in(" POST PUT PATCH ", p.s.t) || i > k && k >= 0 && p.isText() && role == "u" && s.lang == "python" {
			sends = true
		}
	}
	if url.isText() && strings.HasPrefix(url.s.prefix(), "file:") {
		return s.readsFile(val{s: url.s.cutPrefix(len("file:"))})
	}
	for _, u := range url.all() {
		s.peer(u, sends, sent)
	}
	p := s.peers[len(s.peers)-1]
	got := &source{from: Network, host: p.host, url: p.url, cert: p.cert}
	s.shown = join(s.shown, got)
	if role == "getfile" || strings.HasSuffix(f.name, "getstore") || strings.HasSuffix(f.name, "mirror") {
		for _, v := range pos[min(k+1, len(pos)):] {
			if v.isText() {
				s.writesFile(v)
				s.holds(v, nothing(got), false)
				break
			}
		}
	}
	return val{s: unknown(got), class: "Response"}
}

// contacts is a call with a host.
func (s *codeScan) contacts(pos, args []val) val {
	host := nothing(nil)
	found := false
	var look func([]val)
	look = func(vs []val) {
		for _, v := range vs {
			if found {
				return
			}
			if v.list {
				look(v.items)
				continue
			}
			t := v.s.prefix()
			if v.kw == "PeerAddr" || v.kw == "host" || v.kw == "PeerHost" || v.isText() && !v.num && v.kw == "" && t != "" && !in(" tcp udp tcp4 udp4 unix ", t) {
				host, found = v, true
			}
		}
	}
	look(pos)
	look(args)
	if !found {
		for _, v := range args {
			if v.class == "Socket" && len(pos) <= 1 {
				return v
			}
		}
	}
	for _, h := range host.all() {
		s.peer(h, true, nil)
	}
	p := s.peers[len(s.peers)-1]
	return val{s: unknown(&source{from: Network, host: p.host, url: p.url, cert: p.cert}), class: "Socket"}
}

// loopback tells the names of this machine.
func loopback(host string) bool {
	return host == "localhost" || strings.HasPrefix(host, "127.") || host == "::1" || host == "0.0.0.0"
}

// finish records what came from where to where, now that all peers are known.
func (s *codeScan) finish() {
	s.keep()
	s.deletesWalked()
	if v, ok := s.vars["@ARGV"]; ok && s.lang == "perl" { // what <> reads
		for _, it := range argsOf(v) {
			s.readsFile(it)
		}
	}
	for _, src := range s.flows {
		for ; src != nil; src = src.next {
			one := *src
			one.next = nil
			switch {
			case one.from == Network && one.name == peerName:
				s.flowFromPeers()
			case one.from == Network && loopback(one.host) && !s.given:
			case one.from == Network || one.from == Decoded:
				s.a.flowInto(s.cmd.name, &one, s.cmd.span)
			}
		}
	}
	sent := s.sent
	if s.given && (s.sending || len(s.peers) > 0) {
		sent = join(sent, s.reads) // by ways that are not followed
	}
	for _, p := range s.peers {
		s.a.flowOut(s.cmd.name, sent, p.host, p.url, s.cmd.span)
	}
	out := join(join(s.reads, s.outs), s.shown)
	if v := s.printed.str(); s.prints > 0 && !s.acts && !s.branches && v.known() {
		v.src = join(v.src, out)
		s.cmd.io.write(v)
		return
	}
	for _, p := range s.peers {
		out = join(out, &source{from: Network, host: p.host, url: p.url, cert: p.cert})
	}
	s.cmd.io.write(unknown(out))
}

// flowFromPeers is code that comes over a connection of the program.
func (s *codeScan) flowFromPeers() {
	if s.listens && len(s.peers) == 0 {
		s.a.emit(Effect{Kind: Fetch, Sends: true, Span: s.cmd.span})
		s.a.flowInto(s.cmd.name, &source{from: Network}, s.cmd.span)
	}
	for _, p := range s.peers {
		if !loopback(p.host) {
			s.a.flowInto(s.cmd.name, &source{from: Network, host: p.host, url: p.url, cert: p.cert}, s.cmd.span)
		}
	}
}
