package shellparse

import "strings"

// gitCommands are the settings of git whose values are shell text.
var gitCommands = map[string]bool{
	"core.pager": true, "core.editor": true, "core.sshcommand": true, "core.fsmonitor": true, "core.askpass": true,
	"sequence.editor": true, "diff.external": true, "gpg.program": true, "core.gitproxy": true, "credential.helper": true,
	"uploadpack.packobjectshook": true, "interactive.difffilter": true, "web.browser": true, "sendemail.smtpserver": true,
}

// gitWrites are the subcommands that put files of the repository, or of a
// patch, in the place of those in the working tree.
var gitWrites = map[string]bool{
	"checkout": true, "switch": true, "restore": true, "reset": true, "clean": true, "stash": true, "apply": true, "am": true,
	"pull": true, "merge": true, "rebase": true, "cherry-pick": true, "revert": true, "init": true, "read-tree": true, "checkout-index": true,
}

// git takes settings by option that run programs, and has aliases.
func (a *analyzer) git(c *call) {
	aliases := map[string]str{}
	for i := range c.args {
		g := &c.args[i]
		switch g.role {
		case "setting":
			a.gitSetting(c, g.val, aliases)
		default:
			a.carry(c, g)
		}
	}
	a.gitEnvironment(c, aliases)
	for _, name := range [...]string{"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"} {
		if c.cmd.st.lookup(name) != nil {
			a.readArg(c, a.scalar(c.cmd.st, name))
		}
	}
	a.gitFromRepository(c, aliases)
	if v, ok := aliases[c.sub]; ok {
		a.gitAlias(c, v)
		return
	}
	if c.sub == "" {
		a.finishCall(c)
		return
	}
	if c.sub == "config" {
		a.gitConfig(c)
	}
	if gitWrites[c.sub] {
		dir := lit(".")
		if d := c.all("worktree"); len(d) > 0 {
			dir = d[len(d)-1]
		}
		p, cert := a.resolve(c.cmd.st, dir, true)
		a.emit(Effect{Kind: Write, Path: p, Certainty: cert, Span: c.cmd.span})
		a.gitPaths(c)
	}
	switch c.sub {
	case "apply", "am":
		a.gitApply(c)
	case "add", "stage", "grep", "stash", "update-index":
		a.gitTakesIn(c)
		if c.sub == "update-index" && mentions(c.rest, "--stdin") {
			a.readListed(c, *c.cmd.io.in, mentions(c.rest, "-z"))
		}
	case "init":
		for _, d := range c.all("gitdir") {
			a.writeArg(c, d)
		}
		if c.cmd.st.lookup("GIT_DIR") != nil {
			a.writeArg(c, a.scalar(c.cmd.st, "GIT_DIR"))
		}
	case "hash-object":
		if mentions(c.rest, "--stdin-paths") {
			a.readListed(c, *c.cmd.io.in, false)
		}
	}
	a.gitTraces(c)
	a.runSub(c)
}

// gitTakesIn reads what git add puts into the repository, from where anything
// prints it, and what git grep looks into outside of one.
func (a *analyzer) gitTakesIn(c *call) {
	outside := c.sub != "grep"
	for _, f := range c.rest[min(1, len(c.rest)):] {
		outside = outside || f.prefix() == "--no-index" && f.known()
	}
	if !outside {
		return
	}
	top := lit(".")
	if d := c.all("worktree"); len(d) > 0 {
		top = d[len(d)-1]
	} else if v := c.cmd.st.lookup("GIT_WORK_TREE"); v != nil {
		top = a.scalar(c.cmd.st, "GIT_WORK_TREE")
	}
	if p, cert := a.resolve(c.cmd.st, top, true); c.sub == "grep" || cert == Exact && holdsPath(p, a.in.Home) {
		a.readPath(c.cmd.st, top, true, c.cmd.span)
	}
	for _, f := range c.rest[min(1, len(c.rest)):] {
		if t := f.prefix(); t != "" && t[0] != '-' && t != "." {
			a.readPath(c.cmd.st, f.str, true, c.cmd.span)
		}
	}
}

// gitTraces writes the files that GIT_TRACE and its kin name.
func (a *analyzer) gitTraces(c *call) {
	for _, name := range [...]string{
		"GIT_TRACE", "GIT_TRACE2", "GIT_TRACE2_EVENT", "GIT_TRACE2_PERF", "GIT_TRACE_CURL", "GIT_TRACE_FSMONITOR", "GIT_TRACE_PACKET", "GIT_TRACE_PACKFILE",
		"GIT_INDEX_FILE", "GIT_TRACE_PACK_ACCESS", "GIT_TRACE_PERFORMANCE", "GIT_TRACE_REFS", "GIT_TRACE_SETUP", "GIT_TRACE_SHALLOW", "GIT_TRACE_BARE",
	} {
		if c.cmd.st.lookup(name) == nil {
			continue
		}
		if v := a.scalar(c.cmd.st, name); strings.HasPrefix(v.prefix(), "/") {
			a.writeArg(c, v)
		}
	}
}

// gitEnvironment reads the settings that GIT_CONFIG_COUNT and its kin give.
func (a *analyzer) gitEnvironment(c *call, aliases map[string]str) {
	if c.cmd.st.lookup("GIT_CONFIG_COUNT") == nil {
		return
	}
	for i := range 32 {
		n := padNumber(int64(i), 0)
		if c.cmd.st.lookup("GIT_CONFIG_KEY_"+n) == nil {
			return
		}
		key, val := a.scalar(c.cmd.st, "GIT_CONFIG_KEY_"+n), a.scalar(c.cmd.st, "GIT_CONFIG_VALUE_"+n)
		a.gitSetting(c, concat(key, lit("="), val), aliases)
	}
}

// gitPaths writes the files that checkout and restore are told to bring back.
func (a *analyzer) gitPaths(c *call) {
	if c.sub != "checkout" && c.sub != "restore" {
		return
	}
	named := c.sub == "restore"
	for _, f := range c.rest[min(1, len(c.rest)):] {
		switch p := f.prefix(); {
		case p == "--" && f.known():
			named = true
		case named && !strings.HasPrefix(p, "-"):
			a.writeArg(c, f.str)
		}
	}
}

func (a *analyzer) gitSetting(c *call, s str, aliases map[string]str) {
	key, val, ok := s.cut('=')
	if !ok || !key.known() {
		return
	}
	k := lower(key.t)
	if k == "include.path" {
		a.readArg(c, val)
	}
	if name, isAlias := strings.CutPrefix(k, "alias."); isAlias {
		aliases[name] = val
		return
	}
	if isGitCommand(k) {
		a.gitRuns(c, val, k)
	}
}

func isGitCommand(k string) bool {
	if gitCommands[k] {
		return true
	}
	for _, end := range []string{".command", ".textconv", ".clean", ".smudge", ".process", ".driver", ".cmd", ".helper", ".program", ".uploadpack", ".receivepack", ".proxy"} {
		if strings.HasSuffix(k, end) && k != "http.proxy" {
			return true
		}
	}
	return strings.HasPrefix(k, "pager.")
}

func (a *analyzer) gitRuns(c *call, val str, key string) {
	if val.known() {
		switch t := val.t; {
		case t == "true" || t == "false" || t == "" || t == "cat":
			return
		case key == "credential.helper" && !strings.HasPrefix(t, "!") && !strings.HasPrefix(t, "/"):
			return
		}
		val.t = strings.TrimPrefix(val.t, "!")
	}
	a.flowInto("git", val.src, c.cmd.span)
	a.runText(a.exported(c.cmd.st), val, POSIX, c.cmd.span, c.cmd.io)
}

func (a *analyzer) gitAlias(c *call, v str) {
	if !v.known() {
		a.unknownCode(v, c.cmd.span)
		return
	}
	if text, ok := strings.CutPrefix(strings.TrimSpace(v.t), "!"); ok {
		s := lit(text)
		if len(c.rest) > 1 {
			s = concat(s, lit(" "), joinFields(c.rest[1:]))
		}
		a.runPartText(c.cmd, s, POSIX)
		return
	}
	cmd := *c.cmd
	cmd.argv = []field{{str: lit("git")}}
	for _, w := range strings.Fields(v.t) {
		cmd.argv = append(cmd.argv, field{str: lit(strings.Trim(w, `'"`))})
	}
	if len(c.rest) > 1 {
		cmd.argv = append(cmd.argv, c.rest[1:]...)
	}
	if len(cmd.argv) > 1 && cmd.argv[1].t == c.sub || a.aliases > 8 {
		return
	}
	a.aliases++
	a.external(&cmd)
	a.aliases--
}

// gitConfig writes a setting: what it runs is judged where it is set.
func (a *analyzer) gitConfig(c *call) {
	given := false
	var words []str
	file := lit(".git/config")
	for i := 1; i < len(c.rest); i++ {
		f := c.rest[i]
		switch p := f.prefix(); {
		case p == "--global":
			file = concat(a.homeOf(c.cmd.st, ""), lit("/.gitconfig"))
		case p == "--system":
			file = lit("/etc/gitconfig")
		case p == "-f" || p == "--file":
			if i+1 < len(c.rest) {
				i++
				file, given = c.rest[i].str, true
			}
		case strings.HasPrefix(p, "--file="):
			file, given = f.cutPrefix(len("--file=")), true
		case len(p) > len("-f") && strings.HasPrefix(p, "-f"):
			file, given = f.cutPrefix(len("-f")), true
		case strings.HasPrefix(p, "-"):
		default:
			words = append(words, f.str)
		}
	}
	if len(words) > 0 && (words[0].prefix() == "set" || words[0].prefix() == "unset") {
		words = words[1:]
	}
	if given {
		a.readArg(c, file)
	} else if c.cmd.st.lookup("GIT_CONFIG") != nil {
		a.readArg(c, a.scalar(c.cmd.st, "GIT_CONFIG"))
	}
	if len(words) < 2 || words[0].prefix() == "get" || words[0].prefix() == "list" {
		return
	}
	a.writeArg(c, file)
	k := lower(words[0].prefix())
	if strings.HasPrefix(k, "alias.") {
		if t := words[1].prefix(); strings.HasPrefix(t, "!") && words[1].known() {
			a.gitRuns(c, words[1], k)
		}
		return
	}
	if isGitCommand(k) {
		a.gitRuns(c, words[1], k)
	}
}

// gitRun is bisect run and submodule foreach: commands on the command line.
func (a *analyzer) gitRun(c *call) {
	argv := c.cmd.argv
	for i := 1; i+1 < len(argv); i++ {
		switch argv[i].prefix() {
		case "run":
			sub := *c.cmd
			sub.argv, sub.assigns = argv[i+1:], nil
			a.dispatchProgram(&sub)
			return
		case "foreach":
			rest := argv[i+1:]
			for len(rest) > 0 && strings.HasPrefix(rest[0].prefix(), "-") {
				rest = rest[1:]
			}
			a.shellArg(c, joinFields(rest))
			return
		}
	}
	a.carryOut(c)
}

// gitClone writes a directory, from the network or from a path.
func (a *analyzer) gitClone(c *call) {
	for i := range c.args {
		g := &c.args[i]
		switch g.role {
		case "setting":
			a.gitSetting(c, g.val, map[string]str{})
		case "giturl":
			if strings.HasPrefix(g.val.prefix(), "ext::") {
				a.shellArg(c, g.val.cutPrefix(len("ext::")))
				break
			}
			if host, ok := remotePath(g.val); ok && !strings.Contains(g.val.prefix(), "://") {
				h, cert := hostOf(host)
				c.peers = append(c.peers, peer{h, g.val.value().Text, cert})
				break
			}
			if strings.Contains(g.val.prefix(), "://") {
				a.peerArg(c, g.val)
			} else {
				a.readArg(c, g.val)
			}
			if len(c.all("dir")) == 0 {
				name := baseOf(trimSlash(g.val))
				if name.known() {
					name.t = strings.TrimSuffix(name.t, ".git")
				}
				c.modes = append(c.modes, "rec")
				a.writeArg(c, name)
				a.gitTemplate(c, name)
			}
		case "dir":
			a.carry(c, g)
			a.gitTemplate(c, g.val)
		default:
			a.carry(c, g)
		}
	}
	a.finishCall(c)
}

// container is docker and podman: the command runs inside, where its paths are
// others; what is mounted there is within its reach.
func (a *analyzer) container(c *call) {
	for i := range c.args {
		a.carry(c, &c.args[i])
	}
	a.runSub(c)
}

// dockerCopy copies between this machine and a container.
func (a *analyzer) dockerCopy(c *call) {
	paths := c.all("_")
	for i, s := range paths {
		if _, inside := remotePath(s); inside || s.prefix() == "" || s.prefix() == "-" {
			continue
		}
		if i == len(paths)-1 {
			a.writeArg(c, s)
		} else {
			a.readArg(c, s)
		}
	}
	a.finishCall(c)
}
