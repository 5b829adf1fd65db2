package shellparse

import (
	"path"
	"strings"
)

// tar reads what it packs, writes where it unpacks, and can run programs.
func (a *analyzer) tar(c *call) {
	argv := c.cmd.argv
	if len(argv) > 1 && argv[1].known() && argv[1].t != "" && argv[1].t[0] != '-' && strings.IndexByte(argv[1].t, '=') < 0 {
		// the old style: tar xzf FILE; the letters' values follow in order
		next := append([]field{argv[0]}, expandOldTar(c.p, argv[1].t, argv[2:])...)
		cmd := *c.cmd
		cmd.argv = next
		c = parseArgs(&cmd, c.p)
	}
	before := c.cmd.st
	st := before.fork()
	cmd := *c.cmd
	cmd.st = st
	c.cmd = &cmd
	var archive []str
	for i := range c.args {
		g := &c.args[i]
		switch g.role {
		case "archive":
			archive = append(archive, g.val)
		case "action":
			if rest, ok := strings.CutPrefix(g.val.prefix(), "exec="); ok && g.val.known() {
				a.runText(a.exported(st), lit(rest), POSIX, cmd.span, cmd.io)
			} else if !g.val.known() {
				a.unknownCode(g.val, cmd.span)
			}
		case "names": // a file with the names of members
			a.readArg(c, g.val)
			list := a.contentOf(st, g.val)
			if g.val.known() && g.val.t == "-" {
				list = *cmd.io.in
			}
			if c.on("extract") || c.on("list") {
				break
			}
			for _, f := range a.inputItems(list, true, c.on("null")) {
				c.src = join(c.src, a.readPath(st, f.str, true, cmd.span).src)
			}
		case "xform":
			a.pathsIn(c, g.val, a.writeArg)
		case "member":
			if !c.on("extract") && !c.on("list") {
				c.src = join(c.src, a.readPath(st, g.val, true, cmd.span).src)
				if c.on("remove") {
					p, cert := a.resolve(st, g.val, false)
					a.emit(Effect{Kind: Delete, Path: p, Certainty: cert, Recursive: true, Span: cmd.span})
				}
			}
		case "cwd":
			if c.on("extract") {
				a.writeArg(c, g.val)
			}
			a.changeDir(st, g.val)
		default:
			a.carry(c, g)
		}
	}
	cmd.st = before // the archive is found before any -C
	for _, f := range archive {
		if f.known() && f.t == "-" {
			continue
		}
		if host, ok := remotePath(f); ok && !c.on("forcelocal") {
			h, cert := hostOf(host)
			c.peers = append(c.peers, peer{h, "", cert})
			c.sends = !c.on("extract") && !c.on("list")
			c.sent = c.src
			continue
		}
		if c.on("extract") || c.on("list") {
			a.readArg(c, f)
		} else {
			c.out = append(c.out, f)
			a.writeArg(c, f)
		}
	}
	if c.on("extract") && !c.on("stdout") {
		p, cert := a.resolve(st, lit("."), true)
		a.touched = true
		a.emit(Effect{Kind: Write, Path: p, Certainty: cert, Recursive: true, Span: cmd.span})
		if c.on("absolute") { // members go where they say
			a.emit(Effect{Kind: Write, Path: "/**", Certainty: Pattern, Span: cmd.span})
		}
		a.unpacked(p, cert, join(c.src, cmd.io.in.src))
	}
	a.finishCall(c)
}

// expandOldTar writes the letters of an old-style tar call as options.
func expandOldTar(p *program, letters string, args []field) []field {
	var out []field
	for _, l := range letters {
		name := "-" + string(l)
		out = append(out, field{str: lit(name)})
		if o := p.options[name]; o.value && len(args) > 0 {
			out = append(out, args[0])
			args = args[1:]
		}
	}
	return append(out, args...)
}

// packer is gzip and its kin: a file gives way to another, named after it.
func (a *analyzer) packer(c *call) {
	_, unpacks := c.p.trait("decode")
	unpacks = unpacks || c.on("decode")
	for i := range c.args {
		g := &c.args[i]
		if g.role != "packed" {
			a.carry(c, g)
			continue
		}
		if dir, sure := a.isDir(c.cmd.st, g.val); c.on("below") && (dir || !sure) {
			if a.packTree(c, g.val); sure {
				continue
			}
		}
		a.readArg(c, g.val)
		if c.on("stdout") {
			continue
		}
		if !c.on("keep") {
			p, cert := a.resolve(c.cmd.st, g.val, false)
			a.emit(Effect{Kind: Delete, Path: p, Certainty: cert, Span: c.cmd.span})
		}
		name := concat(g.val, str{t: ".*", glob: true})
		if unpacks && g.val.known() {
			name = lit(strings.TrimSuffix(g.val.t, path.Ext(g.val.t)))
		}
		a.writeArg(c, name)
		if !unpacks {
			name = concat(g.val, lit(packedEnding(c.cmd.name)))
		}
		a.storeAt(c.cmd.st, name, unknown(c.src))
	}
	a.finishCall(c)
}

// packTree packs each file below a directory in its place.
func (a *analyzer) packTree(c *call, dir str) {
	a.readPath(c.cmd.st, dir, true, c.cmd.span)
	if c.on("stdout") {
		return
	}
	p, cert := a.resolve(c.cmd.st, dir, true)
	a.touched = true
	a.emit(Effect{Kind: Write, Path: p, Certainty: cert, Recursive: true, Span: c.cmd.span})
	if !c.on("keep") {
		a.emit(Effect{Kind: Delete, Path: p, Certainty: cert, Recursive: true, Span: c.cmd.span})
	}
}

// packedEnding is what a packer adds to the name of the file that it packs.
func packedEnding(program string) string {
	switch program {
	case "bzip2", "pbzip2":
		return ".bz2"
	case "xz":
		return ".xz"
	case "zstd":
		return ".zst"
	case "lz4":
		return ".lz4"
	case "lzma":
		return ".lzma"
	case "lzop":
		return ".lzo"
	case "compress":
		return ".Z"
	case "brotli":
		return ".br"
	}
	return ".gz"
}
