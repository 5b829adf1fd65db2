package shellparse

import (
	"strings"
)

// cloud are the command lines of stores on the network: what is copied there
// is sent.
func (a *analyzer) cloud(c *call) {
	var local []str
	remote := ""
	for i := range c.args {
		if c.args[i].role != "path" {
			a.carry(c, &c.args[i])
		}
	}
	last := false
	for _, s := range c.all("path") {
		p := s.prefix()
		scheme, rest, ok := strings.Cut(p, "://")
		switch {
		case scheme == "file" && ok || scheme == "fileb" && ok:
			a.readArg(c, s.cutPrefix(len(scheme)+3))
		case ok:
			remote, _, _ = strings.Cut(rest, "/")
			last = true
		case c.cmd.name == "rclone" && strings.Contains(p, ":"):
			remote, _, _ = strings.Cut(p, ":")
			last = true
		case looksLikePath(s) || strings.ContainsAny(p, "./"):
			local = append(local, s)
			last = false
		}
	}
	if remote != "" {
		for _, s := range local {
			if last {
				a.readArg(c, s)
				c.sent, c.sends = c.src, true
			} else {
				a.writeArg(c, s)
				c.out = append(c.out, s)
			}
		}
		c.peers = append(c.peers, peer{remote, c.cmd.name + "://" + remote, Exact})
	} else {
		for _, s := range local { // some print and serve files of this machine, too
			if in(" rclone mc duplicity ", c.cmd.name) {
				a.renamed(c, s, true)
			} else {
				a.readArg(c, s)
			}
		}
	}
	a.finishCall(c)
}

// smb is smbclient and sftp: get and put in their commands.
func (a *analyzer) smb(c *call) {
	for i := range c.args {
		g := &c.args[i]
		if g.role != "smb" {
			a.carry(c, g)
			continue
		}
		a.transfers(c, g.val)
	}
	a.transfers(c, *c.cmd.io.in)
	a.finishCall(c)
}

// transfers are the commands of file transfer programs: get, put, !command.
func (a *analyzer) transfers(c *call, s str) {
	for part := range strings.FieldsFuncSeq(s.prefix(), func(r rune) bool { return r == ';' || r == '\n' }) {
		w := strings.Fields(part)
		switch {
		case len(w) > 1 && (w[0] == "put" || w[0] == "mput"):
			a.readArg(c, lit(w[1]))
			c.sent, c.sends = c.src, true
		case len(w) > 2 && w[0] == "get":
			a.writeArg(c, lit(w[2]))
		case strings.HasPrefix(strings.TrimSpace(part), "!"):
			a.shellArg(c, lit(strings.TrimSpace(part)[1:]))
		}
	}
}

// sevenzip reads what it packs and writes the archive, or the reverse.
func (a *analyzer) sevenzip(c *call) {
	ops := operandsOf(c.cmd.argv)
	if len(ops) == 0 {
		return
	}
	verb := ops[0].prefix()
	var names []field
	toStdout, into := false, lit(".")
	for _, f := range ops[1:] {
		switch p := f.prefix(); {
		case p == "-so" || p == "-an":
			toStdout = true
		case strings.HasPrefix(p, "-o") && len(p) > 2:
			into = f.cutPrefix(2)
			a.writeArg(c, into)
		case strings.HasPrefix(p, "-") || strings.HasPrefix(p, "@"):
		default:
			names = append(names, f)
		}
	}
	for i, f := range names {
		archive := i == 0 && !toStdout
		if verb == "a" || verb == "u" {
			if archive {
				a.writeArg(c, f.str)
				c.out = append(c.out, f.str)
			} else {
				a.readArg(c, f.str)
			}
		} else if archive || toStdout {
			a.readArg(c, f.str)
		}
	}
	if (verb == "x" || verb == "e") && !toStdout {
		p, cert := a.resolve(c.cmd.st, into, true)
		a.unpacked(p, cert, c.src)
	}
	a.finishCall(c)
}
