package shellparse

import (
	"encoding/json"
	"path"
	"strings"
)

// npm, yarn and pnpm run the scripts that package.json has for a subcommand.
func (a *analyzer) npm(c *call) {
	a.finishCall(&call{cmd: c.cmd, p: &program{}})
	for i := range c.args {
		a.carry(c, &c.args[i])
	}
	rest := c.rest
	if len(rest) == 0 {
		if c.cmd.name == "yarn" {
			a.packageScripts(c, installScripts, nil)
		}
		return
	}
	own := rest[:1:1]
	ignore := false
	for i := 1; i < len(rest); i++ {
		switch p := rest[i].prefix(); {
		case p == "--prefix" || p == "-C" || p == "--cwd" || p == "--dir":
			if i+1 < len(rest) {
				i++
				a.carry(c, &given{role: "cwd", val: rest[i].str})
			}
		case strings.HasPrefix(p, "--prefix="):
			a.carry(c, &given{role: "cwd", val: rest[i].cutPrefix(len("--prefix="))})
		case p == "--ignore-scripts":
			ignore = true
			own = append(own, rest[i])
		default:
			own = append(own, rest[i])
		}
	}
	rest = own
	name, args := c.sub, rest[1:]
	switch c.sub {
	case "exec", "dlx", "x":
		if c.sub == "x" && c.cmd.name == "yarn" {
			break
		}
		sub := *c.cmd
		sub.argv = append([]field{{str: lit("npx")}}, args...)
		if p := lookupProgram("npx"); p != nil {
			a.runProgram(&sub, p)
		}
		return
	case "init", "create":
		return
	case "install", "i", "ci", "install-test", "it", "add", "update", "rebuild", "link":
		if !ignore && len(operandsOf(rest)) == 0 {
			a.packageScripts(c, installScripts, nil)
		}
		return
	case "publish", "pack":
		if p, cert := a.resolve(c.cmd.st, lit("."), true); cert == Exact && holdsPath(p, a.in.Home) {
			a.below(c, lit(".")) // all of a home goes in
		}
		if !ignore {
			a.packageScripts(c, " prepublishOnly prepack prepare postpack publish postpublish ", nil)
		}
		return
	case "version":
		a.packageScripts(c, " preversion version postversion ", nil)
		return
	case "run", "run-script", "rum", "urn":
		for len(args) > 0 && strings.HasPrefix(args[0].prefix(), "-") {
			args = args[1:]
		}
		if len(args) == 0 {
			return
		}
		if !args[0].known() {
			a.unknownCode(args[0].str, c.cmd.span)
			return
		}
		name, args = args[0].t, args[1:]
	case "t", "tst":
		name = "test"
	case "start", "test", "stop", "restart":
	default:
		if c.cmd.name == "npm" {
			return
		}
	}
	a.packageScripts(c, " pre"+name+" "+name+" post"+name+" ", args)
}

// bun runs scripts as npm does, and files.
func (a *analyzer) bun(c *call) {
	switch ops := operandsOf(c.rest); {
	case c.sub == "run" && len(ops) > 0 && !strings.ContainsAny(ops[0].prefix(), "./"),
		in(" install i add update x exec publish pack ", c.sub):
		a.npm(c)
	case c.sub != "" && lookupProgram("bun "+c.sub) == nil && strings.ContainsAny(c.sub, "./"):
		a.carry(c, &given{role: "script", val: c.rest[0].str})
		a.finishCall(c)
	case c.sub != "" && lookupProgram("bun "+c.sub) == nil:
		a.npm(c)
	default:
		for i := range c.args {
			a.carry(c, &c.args[i])
		}
		a.runSub(c)
	}
}

// installScripts are run by an install without arguments.
const installScripts = " preinstall install postinstall prepublish preprepare prepare postprepare "

// packageScripts runs the scripts of these names in the package.json of the
// working directory. What the caller adds goes to the middle one of three.
func (a *analyzer) packageScripts(c *call, names string, args []field) {
	for len(args) > 0 && args[0].prefix() == "--" {
		args = args[1:]
	}
	f := a.codeText(c, lit("package.json"))
	if !f.known() || f.t == "" {
		return
	}
	var pkg struct {
		Scripts map[string]string `json:"scripts"`
	}
	if json.Unmarshal([]byte(f.t), &pkg) != nil {
		return
	}
	list := strings.Fields(names)
	for i, n := range list {
		s := pkg.Scripts[n]
		if s == "" {
			continue
		}
		one := str{t: s, src: f.src}
		if i == 1 && len(list) == 3 && len(args) > 0 {
			one = concat(one, lit(" "), quotedFields(args))
		}
		a.ownScript(c, one)
	}
}

// quotedFields are arguments as a shell has to be given them.
func quotedFields(fs []field) str {
	var b builder
	for i, f := range fs {
		if i > 0 {
			b.lit(" ")
		}
		b.lit("'")
		if f.known() {
			b.lit(strings.ReplaceAll(f.t, "'", `'\''`))
		} else {
			b.add(f.str)
		}
		b.lit("'")
	}
	return b.str()
}

// ownScript runs a line of shell text out of a project's file.
func (a *analyzer) ownScript(c *call, s str) {
	sub := *c.cmd
	sub.st = a.exported(c.cmd.st)
	sub.assigns = nil
	a.inFileDo(c.cmd.span, func() { a.runPartText(&sub, s, POSIX) })
}

// composer runs the scripts of composer.json: by name, and around an install.
func (a *analyzer) composer(c *call) {
	a.finishCall(&call{cmd: c.cmd, p: c.p})
	f := a.codeText(c, lit("composer.json"))
	if !f.known() || f.t == "" || len(c.rest) == 0 {
		return
	}
	var pkg struct {
		Scripts map[string]any `json:"scripts"`
	}
	if json.Unmarshal([]byte(f.t), &pkg) != nil {
		return
	}
	names := []string{c.sub}
	switch c.sub {
	case "run", "run-script", "exec":
		ops := operandsOf(c.rest)
		if len(ops) == 0 {
			return
		}
		names = []string{ops[0].prefix()}
	case "install", "update", "require", "remove", "create-project":
		names = []string{"pre-install-cmd", "post-install-cmd", "pre-update-cmd", "post-update-cmd", "post-autoload-dump", "pre-autoload-dump", "post-root-package-install"}
	}
	for _, n := range names {
		a.composerScript(c, pkg.Scripts, n, 0)
	}
}

func (a *analyzer) composerScript(c *call, scripts map[string]any, name string, depth int) {
	if depth > 8 || !a.tick(1) {
		return
	}
	list, ok := scripts[name].([]any)
	if !ok {
		list = []any{scripts[name]}
	}
	for _, x := range list {
		s, _ := x.(string)
		switch {
		case s == "" || strings.Contains(s, "::") && !strings.Contains(s, " "):
		case strings.HasPrefix(s, "@php "), strings.HasPrefix(s, "@composer "):
			a.ownScript(c, lit(s[1:]))
		case strings.HasPrefix(s, "@putenv"):
		case strings.HasPrefix(s, "@"):
			a.composerScript(c, scripts, s[1:], depth+1)
		default:
			a.ownScript(c, lit(s))
		}
	}
}

// generate is go generate: the commands in comments of the directory's files.
func (a *analyzer) generate(c *call) {
	a.finishCall(c)
	if a.in.FS == nil {
		return
	}
	dir, cert := a.resolve(c.cmd.st, lit("."), true)
	if cert != Exact {
		return
	}
	names, err := a.in.FS.ReadDirNames(dir)
	if err != nil {
		return
	}
	for i, n := range names {
		if i >= 512 || path.Ext(n) != ".go" || len(a.code) >= maxCodeFiles {
			continue
		}
		t := a.dataFile(join2(dir, n))
		if !strings.Contains(t, "//go:generate") {
			continue
		}
		if f, ok := a.readFile(join2(dir, n)); ok {
			for line := range strings.Lines(f.t) {
				if rest, ok := strings.CutPrefix(line, "//go:generate "); ok {
					a.ownScript(c, lit(strings.TrimSpace(rest)))
				}
			}
		}
	}
}

// pip runs the setup.py of a directory that it is told to install.
func (a *analyzer) pip(c *call) {
	for i := range c.args {
		a.carry(c, &c.args[i])
	}
	a.finishCall(c)
	install := false
	for _, f := range c.cmd.argv[1:] {
		p := f.prefix()
		install = install || p == "install" || p == "wheel" || p == "develop" || p == "sync"
		if !install || !f.known() || !(p == "." || strings.HasPrefix(p, "./") || strings.HasPrefix(p, "../") || strings.HasPrefix(p, "/") || strings.HasPrefix(p, ".[")) {
			continue
		}
		dir, _, _ := strings.Cut(p, "[")
		if s := a.codeText(c, lit(dir+"/setup.py")); s.known() && s.t != "" {
			sub := *c.cmd
			a.inFileDo(c.cmd.span, func() { a.runCode(&sub, "python", s) })
		}
	}
}

// direnv runs .envrc, and the program of exec.
func (a *analyzer) direnv(c *call) {
	a.finishCall(&call{cmd: c.cmd, p: c.p})
	dir := lit(".")
	ops := operandsOf(c.cmd.argv)
	if len(ops) == 0 {
		return
	}
	verb := ops[0].prefix()
	if verb == "exec" && len(ops) > 1 {
		dir = ops[1].str
	} else if verb != "allow" && verb != "reload" && verb != "export" {
		return
	}
	if f := a.codeText(c, concat(dir, lit("/.envrc"))); f.known() && f.t != "" {
		a.inFileDo(c.cmd.span, func() { a.runText(a.exported(c.cmd.st), f, Bash, c.cmd.span, c.cmd.io) })
	}
	if verb == "exec" && len(ops) > 2 {
		sub := *c.cmd
		sub.argv, sub.assigns = ops[2:], nil
		a.dispatchProgram(&sub)
	}
}
