package shellparse

import (
	"path"
	"strings"
)

// gnuplot runs text of its own, in which system() and backticks run a shell.
func (a *analyzer) gnuplot(c *call) {
	for i := range c.args {
		g := &c.args[i]
		if g.role == "gnuplot" {
			a.gnuplotCommand(c, g.val)
			continue
		}
		a.carry(c, g)
	}
	a.finishCall(c)
}

func (a *analyzer) gnuplotCommand(c *call, s str) {
	a.runCode(c.cmd, "vim", s)
	if strings.HasPrefix(s.prefix(), "!") {
		a.shellArg(c, s.cutPrefix(1))
	}
}

// sqlLine is a line given to psql or mysql.
func (a *analyzer) sqlLine(c *call, line string) {
	l := lower(line)
	word := func(s string) str { return lit(strings.Trim(strings.Fields(s + " x")[0], `'";`)) }
	switch {
	case strings.HasPrefix(line, `\!`):
		a.shellArg(c, lit(line[2:]))
	case strings.HasPrefix(l, "system "):
		a.shellArg(c, lit(strings.TrimSuffix(line[len("system "):], ";")))
	case strings.HasPrefix(l, `\i `), strings.HasPrefix(l, `\. `), strings.HasPrefix(l, `\ir `), strings.HasPrefix(l, "source "):
		_, rest, _ := strings.Cut(line, " ")
		a.readArg(c, word(rest))
	case strings.HasPrefix(l, `\o `), strings.HasPrefix(l, `\w `), strings.HasPrefix(l, `\t `), strings.HasPrefix(l, "tee "):
		_, rest, _ := strings.Cut(line, " ")
		if rest = strings.TrimSpace(rest); strings.HasPrefix(rest, "|") {
			a.shellArg(c, lit(rest[1:]))
		} else {
			a.writeArg(c, word(rest))
		}
	}
	for _, at := range []struct {
		mark string
		act  func(*call, str)
	}{{" from program ", a.shellArg}, {" to program ", a.shellArg}, {"load_file(", a.readArg}, {"infile ", a.readArg}, {"outfile ", a.writeArg}, {"dumpfile ", a.writeArg},
		{"copy_from_file(", a.readArg}, {"readfile(", a.readArg}, {"writefile(", a.writeArg}, {"vacuum into ", a.writeArg}, {"attach ", a.writeArg}, {"attach database ", a.writeArg}, {"pg_read_file(", a.readArg}, {"lo_import(", a.readArg}, {"\\copy", nil}} {
		_, rest, ok := cutFold(line, at.mark)
		if !ok {
			continue
		}
		if at.act != nil {
			a.quotedAct(c, rest, at.act)
			continue
		}
		if _, file, ok := cutFold(rest, " from "); ok {
			a.quotedAct(c, file, a.readArg)
		}
		if _, file, ok := cutFold(rest, " to "); ok {
			a.quotedAct(c, file, a.writeArg)
		}
	}
}

// jq has options that take a name and a file.
func (a *analyzer) jq(c *call) {
	for i, f := range c.cmd.argv {
		if t := f.prefix(); (t == "--rawfile" || t == "--slurpfile") && i+2 < len(c.cmd.argv) {
			a.readArg(c, c.cmd.argv[i+2].str)
		}
	}
	for i := range c.args {
		a.carry(c, &c.args[i])
	}
	a.finishCall(c)
}

// cutFold is strings.Cut without regard to case.
func cutFold(s, sep string) (before, after string, ok bool) {
	if i := strings.Index(lower(s), sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// quotedAct acts on the string in single quotes that t begins with.
func (a *analyzer) quotedAct(c *call, t string, act func(*call, str)) {
	t = strings.TrimSpace(t)
	if !strings.HasPrefix(t, "'") {
		return
	}
	if end := strings.IndexByte(t[1:], '\''); end > 0 {
		act(c, lit(t[1:1+end]))
	}
}

// logrotate runs the scripts in its configuration.
func (a *analyzer) logrotate(c *call) {
	for i := range c.args {
		g := &c.args[i]
		a.carry(c, g)
		if g.role != "r" {
			continue
		}
		f := a.fileText(c.cmd.st, g.val)
		script, body := false, ""
		for line := range strings.SplitSeq(f.prefix(), "\n") {
			switch w := strings.TrimSpace(line); {
			case in(" prerotate postrotate firstaction lastaction preremove ", w):
				script, body = true, ""
			case w == "endscript":
				script = false
				a.ownScript(c, lit(body))
			case script:
				body += line + "\n"
			}
		}
	}
	a.finishCall(c)
}

// pyRun is uv run: a script if it is named like one, else a program.
func (a *analyzer) pyRun(c *call) {
	for i := range c.args {
		if c.args[i].role != "pyrun" {
			a.carry(c, &c.args[i])
		}
	}
	for i := range c.args {
		if c.args[i].role != "pyrun" {
			continue
		}
		sub := *c.cmd
		sub.argv, sub.assigns = c.cmd.argv[c.args[i].pos:], nil
		if path.Ext(sub.argv[0].prefix()) == ".py" {
			sub.argv = append([]field{{str: lit("python3")}}, sub.argv...)
		}
		a.dispatchProgram(&sub)
		return
	}
}

// runsRest is an option that all after it is a command for: nix develop -c
// PROGRAM ARGUMENTS, xterm -e PROGRAM ARGUMENTS.
func (a *analyzer) runsRest(c *call) {
	for i := range c.args {
		g := &c.args[i]
		if g.role != "cmdrest" && g.role != "execall" {
			a.carry(c, g)
			continue
		}
		sub := *c.cmd
		sub.argv, sub.assigns = c.cmd.argv[g.pos:], nil
		switch {
		case g.role == "execall":
			sub.argv = forFound(sub.argv)
		case len(sub.argv) == 1: // terminals give it to a shell if it is no program
			a.shellArg(c, sub.argv[0].str)
		}
		a.dispatchProgram(&sub)
		return
	}
	a.finishCall(c)
}

// forFound is a command that fd runs for what it finds: up to a semicolon, with
// the path in the place of {}, or at the end.
func forFound(argv []field) []field {
	path := str{t: hole, glob: true}
	placed := false
	var out []field
	for _, f := range argv {
		if f.known() && f.t == ";" {
			break
		}
		if f.known() && strings.Contains(f.t, "{") {
			for _, mark := range []string{"{}", "{/}", "{//}", "{.}", "{/.}"} {
				if strings.Contains(f.t, mark) {
					f, placed = substitute(f, mark, path), true
				}
			}
		}
		out = append(out, f)
	}
	if !placed {
		out = append(out, field{str: path})
	}
	return out
}

// daemon is start-stop-daemon: the arguments are those of the program that an
// option names.
func (a *analyzer) daemon(c *call) {
	program := append(c.all("sh"), lit(""))[0]
	if program.t == "" || len(c.rest) == 0 {
		a.carryOut(c)
		return
	}
	sub := *c.cmd
	sub.argv, sub.assigns = append([]field{{str: program}}, c.rest...), nil
	a.dispatchProgram(&sub)
}

// rails runner takes Ruby, or the name of a file of it.
func (a *analyzer) rails(c *call) {
	for i := range c.args {
		g := &c.args[i]
		switch {
		case g.role != "railscode":
			a.carry(c, g)
		case path.Ext(g.val.prefix()) == ".rb":
			a.runScriptArg(c, "ruby", g.val)
		default:
			a.runCode(c.cmd, "ruby", g.val)
		}
	}
	a.finishCall(c)
}

// kube reads manifests, of which - and URLs are no files.
func (a *analyzer) kube(c *call) {
	for i := range c.args {
		g := &c.args[i]
		switch {
		case g.role == "r" && strings.Contains(g.val.prefix(), "://"):
			g.role = "u"
		}
		a.carry(c, g)
	}
	a.finishCall(c)
}

// windows are programs of Windows whose options begin with a slash. Their
// paths are not of this system: what counts is what they fetch and run.
func (a *analyzer) windows(c *call) {
	name := strings.TrimSuffix(lower(c.cmd.name), ".exe")
	var words []field
	shell := false
	for i, f := range c.cmd.argv[1:] {
		p := lower(f.prefix())
		if name == "cmd" && (p == "/c" || p == "/k" || p == "//c") {
			if rest := c.cmd.argv[i+2:]; len(rest) > 0 {
				sub := *c.cmd
				sub.argv, sub.assigns = rest, nil
				if len(rest) == 1 {
					a.shellArg(c, rest[0].str)
				} else {
					a.dispatchProgram(&sub)
				}
			}
			shell = true
			break
		}
		if strings.HasPrefix(p, "-") || strings.HasPrefix(p, "/") && strings.Count(p, "/") == 1 && len(p) < 14 {
			if strings.HasPrefix(p, "/i:") || strings.HasPrefix(p, "-i:") {
				words = append(words, field{str: f.cutPrefix(3)})
			}
			continue
		}
		words = append(words, f)
	}
	if shell {
		return
	}
	var urls, files []str
	for _, f := range words {
		p := f.prefix()
		if i := strings.Index(p, "http"); i >= 0 && strings.Contains(p, "://") {
			urls = append(urls, f.cutPrefix(i))
		} else {
			files = append(files, f.str)
		}
	}
	for _, u := range urls {
		a.peerArg(c, u)
	}
	switch {
	case in(" del erase rd ", name):
		for _, f := range files {
			p, cert := a.resolve(c.cmd.st, f, false)
			a.emit(Effect{Kind: Delete, Path: p, Certainty: cert, Recursive: name == "rd", Span: c.cmd.span})
		}
	case in(" copy xcopy robocopy ", name) && len(files) > 1:
		a.readArg(c, files[0])
		a.writeArg(c, files[1])
	case in(" mshta regsvr32 rundll32 cscript wscript installutil msbuild regasm cmstp msiexec ", name):
		if len(urls) > 0 {
			a.flowInto(name, unknownPeer(c), c.cmd.span)
		}
		a.unknownCode(unknown(nil), c.cmd.span)
	case len(urls) > 0 && len(files) > 0:
		a.writeArg(c, files[len(files)-1])
	case name == "certutil" && len(files) > 1: // -decode FROM TO
		a.readArg(c, files[0])
		a.writeArg(c, files[1])
	}
	a.finishCall(c)
}

// defaults reads and writes the preferences of a domain.
func (a *analyzer) defaults(c *call) {
	ops := operandsOf(c.cmd.argv)
	if len(ops) < 2 {
		a.finishCall(c)
		return
	}
	file := ops[1].str
	if !strings.HasPrefix(file.prefix(), "/") {
		file = concat(a.homeOf(c.cmd.st, ""), lit("/Library/Preferences/"), file, lit(".plist"))
	}
	switch ops[0].prefix() {
	case "write", "delete", "rename", "import":
		a.writeArg(c, file)
	case "read", "read-type", "export":
		a.readArg(c, file)
	}
	a.finishCall(c)
}

// keychain is macOS's security: what it shows comes out of the keychain.
func (a *analyzer) keychain(c *call) {
	ops := operandsOf(c.cmd.argv)
	if len(ops) > 0 {
		switch v := ops[0].prefix(); {
		case strings.HasPrefix(v, "find-") && strings.HasSuffix(v, "-password"), v == "dump-keychain", v == "export":
			c.src = join(c.src, &source{from: File, path: join2(a.in.Home, "Library/Keychains/login.keychain-db")})
		}
	}
	a.finishCall(c)
}
