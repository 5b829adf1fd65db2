package shellparse

import "strings"

// peerArg records a URL argument as a peer. file: URLs are files.
func (a *analyzer) peerArg(c *call, s str) {
	pre := s.prefix()
	if rest, ok := strings.CutPrefix(pre, "file://"); ok && s.known() {
		a.readArg(c, lit(strings.TrimPrefix(rest, "localhost")))
		return
	}
	if looksLikePath(s) {
		a.readArg(c, s)
		return
	}
	s = unglob(s)
	host, cert := hostOf(s)
	if cert != Unknown && host == "" {
		return
	}
	v := s.value()
	c.peers = append(c.peers, peer{host, v.Text, max(cert, v.Certainty)})
}

// unglob takes wildcards for what they are in a URL: no file is named like one.
func unglob(s str) str {
	if s.glob && !s.hasHole() {
		return str{t: unescape(s.t), src: s.src}
	}
	return s
}

// hostOf is the host in a URL, or in HOST:PORT, in lower case.
func hostOf(s str) (string, Certainty) {
	t := s.prefix()
	whole := s.known()
	if _, rest, ok := strings.Cut(t, "://"); ok {
		t = rest
	} else if !whole && t == "" {
		return "", Unknown
	}
	end := strings.IndexAny(t, "/?#")
	if end >= 0 {
		t, whole = t[:end], true
	}
	if i := strings.LastIndexByte(t, '@'); i >= 0 {
		t = t[i+1:]
	}
	if strings.HasPrefix(t, "[") {
		if i := strings.IndexByte(t, ']'); i > 0 {
			return lower(t[1:i]), Exact
		}
	}
	if host, _, ok := strings.Cut(t, ":"); ok {
		t, whole = host, true
	}
	t = strings.TrimSuffix(t, ".")
	if !whole {
		if t == "" {
			return "", Unknown
		}
		return lower(t) + "*", Pattern
	}
	return lower(t), Exact
}

// dataArg is curl's way to name data: @FILE, @-, NAME=VALUE, NAME@FILE.
func (a *analyzer) dataArg(c *call, s str) {
	_, file, ok := s.cut('@')
	if !ok {
		if _, f, has := s.cut('<'); has && c.p.name == "curl" && strings.IndexByte(s.prefix(), '=') > 0 {
			file, ok = f, true
		}
	}
	if !ok {
		return // where it came from counts as that of any argument
	}
	if name, rest, more := file.cut(';'); more {
		file = name
		for part := range strings.SplitSeq(rest.prefix(), ";") {
			if h, is := strings.CutPrefix(part, "headers="); is && h != "" && (h[0] == '@' || h[0] == '<') {
				a.readArg(c, lit(h[1:]))
			}
		}
	}
	if file.known() && file.t == "-" {
		c.sent = join(c.sent, c.cmd.io.in.src)
		return
	}
	before := c.src
	c.src = nil
	a.readArg(c, file)
	c.sent = join(c.sent, c.src)
	c.src = before
}

// remotePath takes HOST:PATH and USER@HOST:PATH apart, as scp and rsync do.
func remotePath(s str) (host str, ok bool) {
	p := s.prefix()
	if strings.HasPrefix(p, "scp://") || strings.HasPrefix(p, "rsync://") || strings.HasPrefix(p, "sftp://") {
		return s, true
	}
	i := strings.IndexByte(p, ':')
	if i <= 0 || strings.IndexByte(p[:i], '/') >= 0 {
		return str{}, false
	}
	h := p[:i]
	if j := strings.LastIndexByte(h, '@'); j >= 0 {
		h = h[j+1:]
	}
	return lit(h), true
}

// copyRemote is scp and rsync: paths on either side of the network.
func (a *analyzer) copyRemote(c *call) {
	var local []str
	for i := range c.args {
		if c.args[i].role != "path" {
			a.carry(c, &c.args[i])
		}
	}
	paths := c.all("path")
	for i, s := range paths {
		last := i == len(paths)-1 && len(paths) > 1
		if host, ok := remotePath(s); ok {
			h, cert := hostOf(host)
			c.peers = append(c.peers, peer{h, "", cert})
			if !last && len(paths) > 1 {
				a.received(c, s, paths[len(paths)-1], h)
			}
			if last {
				c.sends = true
			}
			continue
		}
		if last {
			c.out = append(c.out, s)
			a.writeArg(c, s)
			continue
		}
		local = append(local, s)
	}
	for _, s := range local {
		a.readArg(c, s)
		if c.on("move") {
			p, cert := a.resolve(c.cmd.st, s, false)
			a.emit(Effect{Kind: Delete, Path: p, Certainty: cert, Recursive: true, Span: c.cmd.span})
		}
	}
	if c.sends {
		c.sent = join(c.sent, c.src)
	}
	if c.on("del") && len(paths) > 1 {
		p, cert := a.resolve(c.cmd.st, paths[len(paths)-1], true)
		if _, remote := remotePath(paths[len(paths)-1]); !remote {
			a.emit(Effect{Kind: Delete, Path: p, Certainty: max(cert, Pattern), Recursive: true, Span: c.cmd.span})
		}
	}
	a.finishCall(c)
}

// received records what a file is copied to that comes from a host.
func (a *analyzer) received(c *call, from, dest str, host string) {
	v := unknown(&source{from: Network, host: host})
	if _, remote := remotePath(dest); remote {
		return
	}
	if dir, _ := a.isDir(c.cmd.st, dest); dir {
		if _, name, ok := from.cut(':'); ok {
			a.storeAt(c.cmd.st, concat(dest, lit("/"), baseOf(name)), v)
		}
	}
}

// curl writes to files of its own naming, too.
func (a *analyzer) curl(c *call) {
	a.listedURLs(c)
	for i := range c.args {
		g := &c.args[i]
		if g.role == "w" && g.val.known() && g.val.t == "-" {
			continue
		}
		if g.role == "config" {
			a.readArg(c, g.val)
			a.curlConfig(c, g.val)
			continue
		}
		if g.role == "header" {
			if strings.HasPrefix(g.val.prefix(), "@") {
				a.dataArg(c, g.val)
			}
			continue
		}
		a.carry(c, g)
	}
	if c.on("tree") && !c.on("nofile") {
		a.mirrored(c)
	} else if c.on("remote") {
		for _, u := range c.all("u") {
			name := baseOf(unglob(u))
			if i := strings.IndexByte(name.prefix(), '?'); i >= 0 && name.known() {
				name.t = name.t[:i]
			}
			if name.t == "" && !strings.HasPrefix(c.cmd.name, "wget") {
				continue
			}
			if host := u.prefix(); name.t == "" || strings.HasSuffix(host, "://"+name.t) {
				name = lit("index.html")
			}
			if dirs := c.all("dirprefix"); len(dirs) > 0 {
				name = concat(dirs[len(dirs)-1], lit("/"), name)
			}
			c.out = append(c.out, name)
			a.writeArg(c, name)
		}
	}
	method := c.all("method")
	if len(method) > 0 && method[0].known() {
		switch strings.ToUpper(method[0].t) {
		case "POST", "PUT", "PATCH":
			c.sends = true
		}
	}
	a.finishCall(c)
}

// serves is a server of files: whoever asks can read all below its directory.
func (a *analyzer) serves(c *call) {
	dirs := c.all("serves")
	if len(dirs) == 0 {
		dirs = []str{lit(".")}
	}
	for _, d := range dirs {
		a.readPath(c.cmd.st, d, true, c.cmd.span)
	}
	for i := range c.args {
		a.carry(c, &c.args[i])
	}
	a.finishCall(c)
}

// curlConfig reads a file of options, and does what curl does with them.
func (a *analyzer) curlConfig(c *call, file str) {
	text := a.stdinText(c)
	if !file.known() || file.t != "-" {
		text = a.fileText(c.cmd.st, file)
	}
	if !text.known() || text.t == "" || !a.tick(20) {
		a.anything(c, text.src)
		return
	}
	cmd := *c.cmd
	cmd.argv = c.cmd.argv[:1:1]
	for line := range strings.Lines(text.t) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		end := strings.IndexAny(line, " \t=:")
		name, value := line, ""
		if end >= 0 {
			name, value = line[:end], strings.Trim(line[end:], " \t=:")
		}
		if !strings.HasPrefix(name, "-") {
			name = "--" + name
		}
		if name == "-K" || name == "--config" {
			continue // one is enough
		}
		cmd.argv = append(cmd.argv, field{str: lit(name)})
		if value != "" {
			cmd.argv = append(cmd.argv, field{str: lit(strings.Trim(value, `"`))})
		}
	}
	a.curl(parseArgs(&cmd, c.p))
}

// listedURLs adds the addresses that a file lists to those on the command line.
func (a *analyzer) listedURLs(c *call) {
	for _, list := range c.all("urls") {
		text := a.listed(c, list)
		if !text.known() || text.t == "" {
			a.anything(c, text.src)
			continue
		}
		for _, f := range a.inputItems(text, true, false) {
			if p := f.prefix(); strings.Contains(p, "://") || strings.Contains(p, ".") {
				c.args = append(c.args, given{role: "u", val: f.str})
			}
		}
	}
}

// anything is what a list of addresses that is not known makes a program do:
// it talks to any host, and leaves files of any name where it runs.
func (a *analyzer) anything(c *call, src *source) {
	c.peers = append(c.peers, peer{cert: Unknown})
	dir := lit(".")
	if dirs := c.all("dirprefix"); len(dirs) > 0 {
		dir = dirs[len(dirs)-1]
	}
	a.downloads(c, dir, join(src, &source{from: Network, cert: Unknown}))
}

// mirrored are the trees of files that wget makes of what a page leads to: one
// of each host's name, if not told otherwise.
func (a *analyzer) mirrored(c *call) {
	top := lit(".")
	if dirs := c.all("dirprefix"); len(dirs) > 0 {
		top = dirs[len(dirs)-1]
	}
	for _, p := range c.peers {
		src := &source{from: Network, host: p.host, url: p.url, cert: p.cert}
		dir := top
		if _, rest, ok := strings.Cut(p.url, "://"); ok && p.cert == Exact && !c.on("flat") {
			host, _, _ := strings.Cut(rest, "/")
			if _, h, ok := strings.Cut(host, "@"); ok {
				host = h
			}
			a.downloads(c, concat(top, lit("/"+host)), src)
			dir = concat(top, lit("/"+p.host)) // with a port, the versions differ
		}
		a.downloads(c, dir, src)
	}
}

// downloads records that files come to be below a directory whose names are
// not known.
func (a *analyzer) downloads(c *call, dir str, src *source) {
	p, cert := a.resolve(c.cmd.st, dir, true)
	a.touched = true
	a.emit(Effect{Kind: Write, Path: p, Certainty: cert, Span: c.cmd.span})
	if cert == Exact {
		if a.loose == nil {
			a.loose = map[string]bool{}
		}
		a.loose[p] = true
	}
	a.unpacked(p, cert, src)
}

// wget without -O writes a file named after the URL.
func (a *analyzer) wget(c *call) {
	a.wgetSettled(c)
	if len(c.all("w")) == 0 && !c.on("nofile") {
		c.modes = append(c.modes, "remote")
	}
	a.curl(c)
}

// sshOption carries out an option that names a program.
func (a *analyzer) sshOption(c *call, opt str) {
	key, val, ok := opt.cut('=')
	if !ok {
		key, val, _ = opt.cut(' ')
	}
	switch lower(key.prefix()) {
	case "proxycommand", "localcommand", "knownhostscommand":
		a.runText(a.exported(c.cmd.st), val, POSIX, c.cmd.span, c.cmd.io)
	}
}

// ssh runs its command on another machine.
func (a *analyzer) ssh(c *call) {
	for i := range c.args {
		a.carry(c, &c.args[i])
	}
	c.sends = true
	c.sent = join(c.sent, c.cmd.io.in.src)
	rest := c.rest
	c.rest = nil
	a.finishCall(c)
	if len(rest) > 0 && len(c.peers) > 0 && loopback(c.peers[0].host) {
		a.shellArg(c, joinFields(rest)) // this machine, by another door
	} else if len(c.peers) > 0 {
		if text := joinFields(rest); len(rest) == 0 { // the shell there reads
			a.elsewhere(c, *c.cmd.io.in, c.peers[0].host)
		} else {
			a.elsewhereWith(c, text, c.peers[0].host, *c.cmd.io.in)
		}
	}
}

// sshKeygen makes a key in the place of the one that is there, changes it, or
// only looks at it.
func (a *analyzer) sshKeygen(c *call) {
	for i := range c.args {
		g := &c.args[i]
		if g.role != "keyfile" {
			a.carry(c, g)
			continue
		}
		a.readArg(c, g.val)
		if c.on("looks") {
			continue
		}
		a.writeArg(c, g.val)
		if p, cert := a.resolve(c.cmd.st, g.val, true); cert == Exact && !c.on("edits") && a.in.FS != nil {
			if _, err := a.in.FS.Lstat(p); err == nil {
				a.emit(Effect{Kind: Delete, Path: p, Span: c.cmd.span})
			}
		}
	}
	a.finishCall(c)
}

// socat and its like: addresses that are files, programs, or peers.
func (a *analyzer) socat(c *call) {
	var stdio *str
	for _, g := range c.args {
		if g.role != "addr" {
			a.carry(c, &g)
			continue
		}
		for addr := range strings.SplitSeq(g.val.prefix(), "!!") {
			a.socatAddress(c, addr, g.val)
		}
	}
	_ = stdio
	c.sends = true
	c.sent = join(c.sent, join(c.src, c.cmd.io.in.src))
	a.finishCall(c)
}

func (a *analyzer) socatAddress(c *call, addr string, whole str) {
	kind, rest, ok := strings.Cut(addr, ":")
	target := rest
	if i := strings.IndexByte(target, ','); i >= 0 {
		target = target[:i]
	}
	switch k := lower(kind); k {
	case "exec", "system", "shell":
		a.flowInto("sh", unknownPeer(c), c.cmd.span)
		a.runText(a.exported(c.cmd.st), lit(target), POSIX, c.cmd.span, c.cmd.io)
	case "open", "file", "create", "gopen", "rename":
		a.readArg(c, lit(target))
		if k == "create" || strings.Contains(rest, "creat") || strings.Contains(rest, "append") || strings.Contains(rest, "trunc") {
			a.writeArg(c, lit(target))
		}
	case "unix", "unix-connect", "unix-listen", "unix-client", "unix-sendto", "unix-recv", "unix-recvfrom":
		a.writeArg(c, lit(target)) // whoever talks to a socket changes what is behind it
	case "stdio", "stdin", "stdout", "-", "fd", "pty", "pipe":
	default:
		if ok && (strings.Contains(k, "tcp") || strings.Contains(k, "udp") || strings.Contains(k, "ssl") || strings.Contains(k, "openssl") || strings.Contains(k, "socks") || strings.Contains(k, "proxy")) {
			host, cert := hostOf(lit(target))
			if strings.Contains(k, "listen") {
				host = ""
			}
			c.peers = append(c.peers, peer{host, "", max(cert, whole.value().Certainty)})
		}
	}
}

// unknownPeer stands for the other side of a connection that a program opens.
func unknownPeer(c *call) *source {
	s := &source{from: Network}
	if len(c.peers) > 0 {
		s.host, s.url = c.peers[0].host, c.peers[0].url
	}
	return s
}

// netcat sends its standard input; with -e it hands a peer to a program.
func (a *analyzer) netcat(c *call) {
	for i := range c.args {
		if c.args[i].role != "sh" {
			a.carry(c, &c.args[i])
		}
	}
	c.sends = true
	c.sent = join(c.sent, c.cmd.io.in.src)
	if len(c.peers) == 0 && c.on("listen") {
		c.peers = append(c.peers, peer{})
	}
	for _, s := range c.all("sh") {
		a.flowInto(baseOf(s).prefix(), unknownPeer(c), c.cmd.span)
		a.runText(a.exported(c.cmd.st), s, POSIX, c.cmd.span, c.cmd.io)
	}
	a.finishCall(c)
}
