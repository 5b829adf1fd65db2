package shellparse

import (
	"io/fs"
	"strings"
)

// gitHooks are the hooks that a subcommand runs when they are there.
var gitHooks = map[string]string{
	"commit":      "pre-commit prepare-commit-msg commit-msg post-commit reference-transaction post-index-change",
	"merge":       "pre-merge-commit prepare-commit-msg commit-msg post-merge reference-transaction",
	"pull":        "pre-merge-commit post-merge pre-rebase post-rewrite post-checkout reference-transaction",
	"push":        "pre-push",
	"checkout":    "post-checkout reference-transaction post-index-change",
	"switch":      "post-checkout reference-transaction post-index-change",
	"worktree":    "post-checkout",
	"rebase":      "pre-rebase post-rewrite post-checkout pre-commit prepare-commit-msg post-commit reference-transaction",
	"am":          "applypatch-msg pre-applypatch post-applypatch",
	"cherry-pick": "prepare-commit-msg post-commit reference-transaction",
	"revert":      "prepare-commit-msg post-commit reference-transaction",
	"gc":          "pre-auto-gc",
	"fetch":       "reference-transaction",
	"branch":      "reference-transaction",
	"tag":         "reference-transaction",
	"reset":       "reference-transaction post-index-change",
	"add":         "post-index-change",
	"stash":       "reference-transaction post-index-change",
}

// gitUses are the settings that a subcommand obeys, of those that run programs.
// A setting is given as it is written, * for what is between its dots.
var gitUses = []struct{ setting, subs string }{
	{"core.fsmonitor", " status diff add commit checkout switch restore reset stash rm mv ls-files merge rebase pull clean grep apply am update-index describe "},
	{"core.sshcommand", " fetch push pull clone ls-remote submodule remote "},
	{"core.gitproxy", " fetch push pull clone ls-remote submodule remote "},
	{"core.askpass", " fetch push pull clone ls-remote submodule remote "},
	{"credential.helper", " fetch push pull clone ls-remote submodule credential "},
	{"credential.*.helper", " fetch push pull clone ls-remote submodule credential "},
	{"remote.*.uploadpack", " fetch pull ls-remote "},
	{"remote.*.receivepack", " push "},
	{"core.pager", " log diff show blame grep branch tag config help reflog shortlog stash "},
	{"pager.*", " log diff show blame grep branch tag config help reflog shortlog stash status "},
	{"core.editor", " rebase notes "},
	{"sequence.editor", " rebase "},
	{"diff.external", " diff log show "},
	{"diff.*.command", " diff log show "},
	{"diff.*.textconv", " diff log show grep blame "},
	{"difftool.*.cmd", " difftool "},
	{"mergetool.*.cmd", " mergetool "},
	{"merge.*.driver", " merge rebase pull cherry-pick revert stash am "},
	{"filter.*.clean", " add commit status diff stash rm mv "},
	{"filter.*.smudge", " checkout switch restore reset merge pull rebase stash cherry-pick revert clone "},
	{"filter.*.process", " add commit status diff stash checkout switch restore reset merge pull rebase cherry-pick revert "},
	{"gpg.program", " commit tag merge log verify-commit verify-tag "},
	{"gpg.*.program", " commit tag merge log verify-commit verify-tag "},
	{"interactive.difffilter", " add checkout reset restore stash commit "},
	{"sendemail.smtpserver", " send-email "},
	{"uploadpack.packobjectshook", " upload-pack fetch "},
}

// gitSettingRuns reports whether sub obeys the setting k.
func gitSettingRuns(k, sub string) bool {
	for _, u := range gitUses {
		first, last, star := strings.Cut(u.setting, "*")
		if k == u.setting || star && len(k) > len(first)+len(last) && strings.HasPrefix(k, first) && strings.HasSuffix(k, last) {
			return in(u.subs, sub)
		}
	}
	return false
}

// gitRepo is what a repository's own files make git do. Its owner may be
// anybody: a repository can come out of an archive.
type gitRepo struct {
	dir      string // .git
	top      string // the working tree
	settings [][2]string
}

// gitRepository finds the repository that a call works in, as git does.
func (a *analyzer) gitRepository(c *call) (r gitRepo, ok bool) {
	if a.in.FS == nil && len(a.files) == 0 {
		return r, false
	}
	st := c.cmd.st
	if d := c.all("gitdir"); len(d) > 0 {
		p, cert := a.resolve(st, d[len(d)-1], true)
		r.dir, r.top = p, parentOf(p)
		return r, cert == Exact && a.gitRead(&r, c)
	}
	cwd, cert := a.resolve(st, lit("."), true)
	if cert != Exact {
		return r, false
	}
	for dir := cwd; ; dir = parentOf(dir) {
		r.dir, r.top = join2(dir, ".git"), dir
		if a.isThere(r.dir) || a.files[join2(r.dir, "config")] != nil {
			if f, ok := a.pointer(r.dir); ok {
				r.dir = f
			}
			return r, a.gitRead(&r, c)
		}
		// A directory that looks like a bare repository is one.
		if a.isThere(join2(dir, "HEAD")) && a.isThere(join2(dir, "objects")) && a.isThere(join2(dir, "refs")) {
			r.dir = dir
			return r, a.gitRead(&r, c)
		}
		if dir == "/" || !a.tick(1) {
			return r, false
		}
	}
}

func parentOf(p string) string {
	if i := strings.LastIndexByte(p, '/'); i > 0 {
		return p[:i]
	}
	return "/"
}

func join2(dir, name string) string { return strings.TrimSuffix(dir, "/") + "/" + name }

func (a *analyzer) isThere(p string) bool {
	if a.files[p] != nil {
		return true
	}
	if a.in.FS == nil {
		return false
	}
	_, err := a.in.FS.Lstat(p)
	return err == nil
}

// pointer is the directory that a .git file names (of worktrees, submodules).
func (a *analyzer) pointer(p string) (string, bool) {
	if a.in.FS == nil {
		return "", false
	}
	if fi, err := a.in.FS.Lstat(p); err != nil || !fi.Mode().IsRegular() {
		return "", false
	}
	b, err := a.in.FS.ReadFile(p, 4096)
	if err != nil {
		return "", false
	}
	dir, ok := strings.CutPrefix(strings.TrimSpace(string(b)), "gitdir: ")
	if ok && !strings.HasPrefix(dir, "/") {
		dir = join2(parentOf(p), dir)
	}
	return a.walk(dir, "", true), ok
}

// gitRead reads the repository's settings.
func (a *analyzer) gitRead(r *gitRepo, c *call) bool {
	dir := r.dir
	if !a.isThere(join2(dir, "config")) && a.in.FS != nil { // a worktree shares its parent's
		if b, err := a.in.FS.ReadFile(join2(dir, "commondir"), 4096); err == nil {
			dir = a.walk(join2(dir, strings.TrimSpace(string(b))), "", true)
			r.dir = dir
		}
	}
	a.gitConfigFile(r, c, join2(dir, "config"), 0)
	a.gitConfigFile(r, c, join2(dir, "config.worktree"), 0)
	return true
}

// gitConfigFile adds the settings of a file, and of those it includes.
func (a *analyzer) gitConfigFile(r *gitRepo, c *call, p string, depth int) {
	if depth > 4 {
		return
	}
	t := a.dataFile(p)
	for _, kv := range gitConfigLines(t) {
		r.settings = append(r.settings, kv)
		if kv[0] == "include.path" || strings.HasPrefix(kv[0], "includeif.") && strings.HasSuffix(kv[0], ".path") {
			to := kv[1]
			if rest, ok := strings.CutPrefix(to, "~/"); ok {
				to = join2(a.in.Home, rest)
			} else if !strings.HasPrefix(to, "/") {
				to = join2(parentOf(p), to)
			}
			a.gitConfigFile(r, c, a.walk(to, "", true), depth+1)
		}
	}
}

// dataFile is the text of a file that says what runs without running itself.
func (a *analyzer) dataFile(p string) string {
	if f := a.files[p]; f != nil {
		return f.content().prefix()
	}
	if a.in.FS == nil || !a.tick(20) {
		return ""
	}
	b, err := a.in.FS.ReadFile(p, 1<<16)
	if err != nil {
		return ""
	}
	return string(b)
}

// gitConfigLines reads the format of git's configuration. Keys are in lower
// case, but for the part between the first and the last dot.
func gitConfigLines(t string) (out [][2]string) {
	section := ""
	for t != "" && len(out) < 1000 {
		line, rest, _ := strings.Cut(t, "\n")
		t = rest
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			end := strings.IndexByte(line, ']')
			if end < 0 {
				continue
			}
			name, sub, has := strings.Cut(line[1:end], " ")
			section = lower(name)
			if has {
				section += "." + strings.Trim(strings.TrimSpace(sub), `"`)
			}
			line = strings.TrimSpace(line[end+1:])
		}
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		key, val, _ := strings.Cut(line, "=")
		for strings.HasSuffix(val, `\`) && t != "" {
			line, rest, _ = strings.Cut(t, "\n")
			val, t = val[:len(val)-1]+line, rest
		}
		out = append(out, [2]string{section + "." + lower(strings.TrimSpace(key)), gitValue(val)})
	}
	return out
}

// gitValue takes quotes, escapes and comments off a value.
func gitValue(v string) string {
	var b strings.Builder
	v = strings.TrimSpace(v)
	quoted := false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && i+1 < len(v):
			i++
			switch v[i] {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			default:
				b.WriteByte(v[i])
			}
		case (c == '#' || c == ';') && !quoted:
			return strings.TrimSpace(b.String())
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// gitFromRepository runs what the repository's settings and hooks have a
// subcommand run. Its aliases are added to those given.
func (a *analyzer) gitFromRepository(c *call, aliases map[string]str) {
	r, ok := a.gitRepository(c)
	if !ok {
		a.gitOwnAliases(c, aliases)
		return
	}
	hooks := join2(r.dir, "hooks")
	for _, kv := range r.settings {
		k, v := kv[0], kv[1]
		if name, is := strings.CutPrefix(k, "alias."); is {
			if _, given := aliases[name]; !given {
				aliases[name] = lit(v)
			}
			continue
		}
		if k == "core.hookspath" {
			hooks = v
		}
		if gitSettingRuns(k, c.sub) {
			a.inFileDo(c.cmd.span, func() { a.gitRuns(c, str{t: v, src: &source{from: File, path: join2(r.dir, "config")}}, k) })
		}
	}
	for i := range c.args {
		if k, v, ok := c.args[i].val.cut('='); c.args[i].role == "setting" && ok && lower(k.prefix()) == "core.hookspath" && v.known() {
			hooks = v.t
		}
	}
	a.gitOwnAliases(c, aliases)
	if rest, ok := strings.CutPrefix(hooks, "~/"); ok {
		hooks = join2(a.in.Home, rest)
	} else if !strings.HasPrefix(hooks, "/") {
		hooks = join2(r.top, hooks)
	}
	a.gitRunHooks(c, r, hooks)
}

// gitOwnAliases adds the user's own, when the subcommand may be one of them.
func (a *analyzer) gitOwnAliases(c *call, aliases map[string]str) {
	if _, ok := aliases[c.sub]; ok || a.in.FS == nil || a.in.Home == "" || c.sub == "" || lookupProgram("git "+c.sub) != nil || gitHooks[c.sub] != "" || in(gitPlain, c.sub) {
		return
	}
	for _, f := range []string{".gitconfig", ".config/git/config"} {
		for _, kv := range gitConfigLines(a.dataFile(a.walk(join2(a.in.Home, f), "", true))) {
			if kv[0] == "alias."+c.sub {
				aliases[c.sub] = lit(kv[1])
			}
		}
	}
}

// gitPlain are git's own subcommands that have no entry in the table.
const gitPlain = " status log show branch remote stash init describe rev-parse rev-list ls-files ls-tree blame shortlog reflog cat-file worktree help version var " +
	"switch restore checkout merge reset revert cherry-pick gc fsck prune count-objects for-each-ref show-ref symbolic-ref name-rev merge-base cherry "

// gitRunHooks runs the hooks that are there and may be run.
func (a *analyzer) gitRunHooks(c *call, r gitRepo, dir string) {
	skip := ""
	for _, f := range c.rest {
		switch f.prefix() {
		case "--no-verify":
			skip = " pre-commit commit-msg pre-push pre-merge-commit "
		case "-n":
			if c.sub == "commit" {
				skip = " pre-commit commit-msg "
			}
		}
	}
	for _, h := range strings.Fields(gitHooks[c.sub]) {
		p := a.walk(join2(dir, h), "", true)
		if in(skip, h) || !a.runnable(p) {
			continue
		}
		sub := *c.cmd
		sub.st = a.exported(c.cmd.st)
		sub.st.setCwd(lit(r.top))
		sub.argv, sub.assigns = []field{{str: lit(join2(dir, h))}}, nil
		a.dispatchProgram(&sub)
	}
}

// runnable reports whether a file is there that may be run.
func (a *analyzer) runnable(p string) bool {
	if a.files[p] != nil {
		return true
	}
	if a.in.FS == nil {
		return false
	}
	fi, err := a.in.FS.Lstat(p)
	return err == nil && fi.Mode().IsRegular() && fi.Mode()&fs.FileMode(0o111) != 0
}
