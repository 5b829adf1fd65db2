package shellparse

import "strings"

// carry gives one argument its effect.
func (a *analyzer) carry(c *call, g *given) {
	st, sp := c.cmd.st, c.cmd.span
	switch g.role {
	case "", "_":
	case "r":
		a.readArg(c, g.val)
		if c.on("remove") {
			p, cert := a.resolve(st, g.val, false)
			a.emit(Effect{Kind: Delete, Path: p, Certainty: cert, Recursive: c.on("rec"), Span: sp})
		}
	case "list":
		a.readListed(c, a.listed(c, g.val), true)
	case "tree":
		p, cert := a.resolve(st, g.val, true)
		a.emit(Effect{Kind: Write, Path: p, Certainty: cert, Recursive: true, Span: sp})
	case "rabs": // a file if it is named like one, else something of the program's own
		if looksLikePath(g.val) {
			a.readArg(c, g.val)
		}
	case "dirabs":
		if looksLikePath(g.val) {
			a.writeArg(c, g.val)
		}
	case "loads":
		a.loads(c, g.val)
	case "cookie": // NAME=VALUE, or a file of them
		if _, _, ok := g.val.cut('='); !ok {
			a.readArg(c, g.val)
		}
	case "sshopt":
		a.sshOption(c, g.val)
	case "below":
		a.below(c, g.val)
	case "envfile": // what it holds is seen by code on the command line, else by a program whose files they are
		if c.on("given") {
			a.readArg(c, g.val)
		}
	case "buildfile": // NAME=DIR, or id=NAME,src=FILE
		for part := range strings.SplitSeq(g.val.prefix(), ",") {
			if k, v, ok := strings.Cut(part, "="); ok && k != "id" && k != "type" && k != "env" && !strings.Contains(v, "://") {
				a.readArg(c, lit(v))
			}
		}
	case "fromfile": // NAME=FILE
		if _, f, ok := g.val.cut('='); ok {
			a.readArg(c, f)
		} else {
			a.readArg(c, g.val)
		}
	case "mount":
		a.mountArg(c, g.val)
	case "device": // KEY=VALUE, of a volume that is a directory of this machine
		if key, dir, ok := g.val.cut('='); ok && key.prefix() == "device" {
			a.renamed(c, dir, false)
		}
	case "hostdev":
		dev, _, _ := g.val.cut(':')
		a.writeArg(c, dev)
	case "jars":
		for part := range strings.SplitSeq(g.val.prefix(), ":") {
			a.ranIfLeft(c.cmd, lit(part))
		}
	case "jarabs":
		if looksLikePath(g.val) || strings.HasSuffix(g.val.prefix(), ".java") {
			a.loads(c, g.val)
		}
	case "rsend":
		if looksLikePath(g.val) {
			a.readArg(c, g.val)
			c.sent, c.sends = c.src, true
		}
	case "rw":
		a.readArg(c, g.val)
		a.writeArg(c, g.val)
	case "w":
		c.out = append(c.out, g.val)
		a.writeArg(c, g.val)
	case "meta": // mode, owner, times: a write that keeps the content
		a.writeArg(c, g.val)
	case "dir":
		a.writeArg(c, g.val)
	case "d":
		a.touched = true
		p, cert := a.resolve(st, g.val, false)
		a.emit(Effect{Kind: Delete, Path: p, Certainty: cert, Recursive: c.on("rec"), Span: sp})
	case "dtree":
		a.touched = true
		p, cert := a.resolve(st, g.val, false)
		a.emit(Effect{Kind: Delete, Path: p, Certainty: cert, Recursive: true, Span: sp})
	case "cwd":
		sub := st.fork()
		a.changeDir(sub, g.val)
		c.cmd.st = sub
	case "u":
		a.peerArg(c, g.val)
	case "host":
		h := g.val
		if _, host, ok := h.cut('@'); ok {
			h = host
		}
		host, cert := hostOf(h)
		c.peers = append(c.peers, peer{host, "", cert})
	case "send", "sendtree":
		if g.role == "sendtree" {
			c.modes = append(c.modes, "rec")
		}
		c.sends = true
		if g.val.known() && g.val.t == "-" {
			c.sent = join(c.sent, c.cmd.io.in.src)
			break
		}
		before := c.src
		c.src = nil
		a.readArg(c, g.val)
		c.sent = join(c.sent, c.src)
		c.src = before
	case "rawdata":
		c.sends = true
	case "data": // curl's @FILE
		c.sends = true
		a.dataArg(c, g.val)
	case "sh":
		a.flowInto(c.cmd.name, g.val.src, sp)
		a.runText(a.exported(st), g.val, POSIX, sp, c.cmd.io)
	case "far": // shell text for another machine
		a.elsewhere(c, g.val, "")
	case "code":
		lang, _ := c.p.trait("lang")
		a.flowInto(c.cmd.name, g.val.src, sp)
		a.runCode(c.cmd, lang, g.val)
	case "script":
		lang, _ := c.p.trait("lang")
		a.runScriptArg(c, lang, g.val)
	}
}

func (a *analyzer) readArg(c *call, s str) {
	if s.known() && s.t == "-" {
		c.src = join(c.src, c.cmd.io.in.src)
		return
	}
	v := a.readPath(c.cmd.st, s, c.on("rec"), c.cmd.span)
	c.src = join(c.src, v.src)
}

func (a *analyzer) writeArg(c *call, s str) {
	if s.known() && s.t == "-" {
		return
	}
	p, cert := a.resolve(c.cmd.st, s, true)
	if cert == Exact && deviceSink(p) {
		return
	}
	a.touched = true
	a.emit(Effect{Kind: Write, Path: p, Certainty: cert, Recursive: c.on("rec"), Span: c.cmd.span})
}

// copiesInput tells the programs that print what they read as it is.
func copiesInput(c *call) bool {
	switch c.cmd.name {
	case "cat", "tee":
		for _, f := range c.cmd.argv[1:] {
			if p := f.prefix(); !f.known() || len(p) > 1 && p[0] == '-' && p != "-u" && p != "-a" && p != "--" {
				return false
			}
		}
		return true
	case "sponge", "pv", "buffer", "mbuffer", "curl", "wget":
		return true
	}
	return false
}

// usualPeer is whom a program contacts without being told: a host that the table
// names, unless gh's setting for another one is there.
func (a *analyzer) usualPeer(c *call, host string) peer {
	if host == "" || c.cmd.st.lookup("GH_HOST") != nil {
		return peer{cert: Unknown}
	}
	return peer{host: host}
}

// finishCall records the network side of a program and what it prints.
func (a *analyzer) finishCall(c *call) {
	cmd := c.cmd
	if how, ok := c.p.trait("typed"); ok {
		a.typedCommands(c, how)
	}
	if host, ok := c.p.trait("net"); ok && len(c.peers) == 0 {
		c.peers = append(c.peers, a.usualPeer(c, host))
	}
	stdin := cmd.io.in.src
	if v, ok := c.p.trait("stdin"); ok && v == "send" {
		c.sends = true
		c.sent = join(c.sent, stdin)
	}
	out := join(c.src, stdin)
	if !copiesInput(c) {
		out = out.altered()
	}
	args := a.argSources(cmd)
	for _, p := range c.peers {
		cert := p.cert
		a.emit(Effect{Kind: Fetch, Host: p.host, URL: p.url, Sends: c.sends, Certainty: cert, Span: cmd.span})
		a.flowOut(cmd.name, c.sent, p.host, p.url, cmd.span)
		a.flowOut(cmd.name, args, p.host, p.url, cmd.span)
		out = join(out, &source{from: Network, host: p.host, url: p.url, cert: cert})
	}
	if _, ok := c.p.trait("decode"); ok || c.on("decode") {
		out = join(out, &source{from: Decoded})
	}
	if _, ok := c.p.trait("env"); ok {
		out = join(out, &source{from: Environment})
	}
	if c.on("quiet") {
		out = nil
	}
	if _, ok := c.p.trait("unpacks"); ok && !c.on("stdout") && !c.on("list") {
		dirs := c.all("tree")
		if len(dirs) == 0 {
			dirs = []str{lit(".")}
		}
		for _, d := range dirs {
			p, cert := a.resolve(cmd.st, d, true)
			a.unpacked(p, cert, c.src)
		}
	}
	for _, w := range c.out {
		if p, cert := a.resolve(cmd.st, w, true); cert == Exact {
			a.store(p, unknown(out), false)
		}
	}
	if len(c.rest) > 0 {
		return
	}
	if folded, ok := a.fold(c); ok {
		folded.src = join(folded.src, out)
		cmd.io.write(folded)
		return
	}
	cmd.io.write(unknown(join(out, args)))
}
