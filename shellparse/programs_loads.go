package shellparse

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// ownFiles are the files that programs take commands from unasked, because of
// their names, in the directory they run in.
var ownFiles = map[string]string{
	"make": "GNUmakefile makefile Makefile", "gmake": "GNUmakefile makefile Makefile", "ninja": "build.ninja",
	"npm": "package.json .npmrc", "pnpm": "package.json .npmrc .pnpmfile.cjs", "yarn": "package.json .yarnrc .yarnrc.yml", "bun": "package.json bunfig.toml",
	"gulp": "gulpfile.js", "grunt": "Gruntfile.js", "webpack": "webpack.config.js", "rollup": "rollup.config.js", "babel": "babel.config.js .babelrc.js",
	"vite": "vite.config.js vite.config.ts vite.config.mjs", "vitest": "vitest.config.ts vite.config.ts vite.config.js", "jest": "jest.config.js jest.config.ts",
	"eslint": ".eslintrc.js .eslintrc.cjs eslint.config.js eslint.config.mjs", "prettier": ".prettierrc.js prettier.config.js", "postcss": "postcss.config.js",
	"pip": "setup.py pyproject.toml", "pip3": "setup.py pyproject.toml", "pytest": "conftest.py", "py.test": "conftest.py", "tox": "tox.ini",
	"nox": "noxfile.py", "invoke": "tasks.py", "inv": "tasks.py", "fab": "fabfile.py", "scons": "SConstruct", "cmake": "CMakeLists.txt", "meson": "meson.build",
	"gradle": "build.gradle build.gradle.kts settings.gradle", "mvn": "pom.xml", "ant": "build.xml", "rake": "Rakefile rakefile", "bundle": "Gemfile",
	"vagrant": "Vagrantfile", "nix-shell": "shell.nix default.nix", "nix": "flake.nix", "direnv": ".envrc", "just": "justfile Justfile .justfile",
	"task": "Taskfile.yml Taskfile.yaml", "cargo": "build.rs .cargo/config.toml", "go": "main.go", "mix": "mix.exs", "latexmk": ".latexmkrc latexmkrc",
}

// runsOwnFiles records that such files run, if something left them there.
func (a *analyzer) runsOwnFiles(cmd *command) {
	names := ownFiles[cmd.name]
	if names == "" || a.in.Origins == nil && len(a.files) == 0 && len(a.trees) == 0 {
		return
	}
	for name := range strings.FieldsSeq(names) {
		a.ranIfLeft(cmd, lit(name))
	}
}

// ranIfLeft records that a file runs which this command or an earlier one made
// of something strange.
func (a *analyzer) ranIfLeft(cmd *command, s str) {
	if p, cert := a.resolve(cmd.st, s, true); cert == Exact {
		a.flowInto(cmd.name, a.noted(p, false), cmd.span)
	}
}

// loads is a file that a program takes code from: a plug-in, a script, settings
// that name programs.
func (a *analyzer) loads(c *call, s str) {
	if isInput(s) {
		a.flowInto(c.cmd.name, c.cmd.io.in.src, c.cmd.span)
		return
	}
	if looksLikePath(s) || strings.IndexByte(s.prefix(), '.') >= 0 || !s.known() {
		a.readArg(c, s)
	}
	a.ranIfLeft(c.cmd, s)
	if s.known() && path.Ext(s.t) == "" { // as node finds what it requires
		a.ranIfLeft(c.cmd, concat(s, lit(".js")))
	}
}

// below reads a directory with all that is in it.
func (a *analyzer) below(c *call, s str) {
	c.src = join(c.src, a.readPath(c.cmd.st, s, true, c.cmd.span).src)
}

// zip packs what its arguments name, or what its input names, or what is below
// where it runs and has a matching name.
func (a *analyzer) zip(c *call) {
	if c.on("names") {
		a.readListed(c, *c.cmd.io.in, false)
	}
	if c.on("below") {
		a.below(c, lit("."))
	}
	a.carryOut(c)
}

// archiver is ar: with -M, its input says what is packed.
func (a *analyzer) archiver(c *call) {
	if c.on("script") {
		in := *c.cmd.io.in
		a.pathsIn(c, in, a.readArg)
		a.pathsIn(c, in, a.writeArg)
	}
	a.carryOut(c)
}

// rubyUn is ruby -run -e COMMAND: the module un has cp, rm and the like, whose
// arguments those of Ruby are.
func (a *analyzer) rubyUn(c *call) bool {
	un, name := false, str{}
	last := 0
	for _, g := range c.args {
		switch {
		case g.name == "-r":
			un = un || g.val.known() && g.val.t == "un"
		case g.role == "code":
			name, last = g.val, g.pos
		}
	}
	if !un || !name.known() || !plainName(name.t) {
		return false
	}
	sub := *c.cmd
	sub.assigns = nil
	sub.argv = []field{{str: name}}
	for _, f := range c.cmd.argv[min(last+1, len(c.cmd.argv)):] {
		if !f.known() || f.t != "--" || len(sub.argv) > 1 {
			sub.argv = append(sub.argv, f)
		}
	}
	if name.t == "httpd" {
		c2 := parseArgs(&sub, &program{name: "httpd", options: map[string]option{"-p": {value: true, role: "_"}}, operands: []operand{{role: "serves", many: true}}})
		c2.modes = append(c2.modes, "rec")
		a.serves(c2)
		return true
	}
	a.dispatchProgram(&sub)
	return true
}

// wgetSettings are lines of a wgetrc: a name, =, and a value, as an option of
// the same name has it.
func (a *analyzer) wgetSettings(c *call, text str) {
	if !text.known() {
		return
	}
	cmd := *c.cmd
	cmd.argv = c.cmd.argv[:1:1]
	for line := range strings.Lines(text.t) {
		name, value, ok := strings.Cut(line, "=")
		name = strings.NewReplacer("_", "-").Replace(strings.TrimSpace(lower(name)))
		if !ok || name == "" || name[0] == '#' {
			continue
		}
		switch name {
		case "input":
			name = "input-file"
		case "dir-prefix":
			name = "directory-prefix"
		}
		if name == "config" || name == "execute" {
			continue // one is enough
		}
		cmd.argv = append(cmd.argv, field{str: lit("--" + name + "=" + strings.TrimSpace(value))})
	}
	if len(cmd.argv) == 1 || !a.tick(20) {
		return
	}
	more := parseArgs(&cmd, c.p)
	c.args = append(c.args, more.args...)
	c.modes = append(c.modes, more.modes...)
}

// wgetSettled takes in what wget is told by -e, by files of settings, and by WGETRC.
func (a *analyzer) wgetSettled(c *call) {
	files := c.all("wgetconfig")
	if c.cmd.st.lookup("WGETRC") != nil {
		files = append(files, a.scalar(c.cmd.st, "WGETRC"))
	}
	for _, f := range files {
		a.readArg(c, f)
		a.wgetSettings(c, a.fileText(c.cmd.st, f))
	}
	for _, s := range c.all("wgetrc") {
		a.wgetSettings(c, s)
	}
}

// programText is what a file holds that is a program of sed or awk; - and its
// other names are the standard input.
func (a *analyzer) programText(c *call, s str) str {
	if p, cert := a.resolve(c.cmd.st, s, true); s.known() && s.t == "-" || cert == Exact && isStdin(p) {
		return *c.cmd.io.in
	}
	return a.fileText(c.cmd.st, s)
}

// gitTemplate is the directory that git init and git clone take a new
// repository's files from, hooks among them.
func (a *analyzer) gitTemplate(c *call, into str) {
	from := c.all("gittemplate")
	if len(from) == 0 && c.cmd.st.lookup("GIT_TEMPLATE_DIR") != nil {
		from = append(from, a.scalar(c.cmd.st, "GIT_TEMPLATE_DIR"))
	}
	for _, f := range from {
		if f.known() && f.t == "" {
			continue
		}
		a.below(c, f)
		if p, cert := a.resolve(c.cmd.st, concat(f, lit("/hooks")), true); cert == Exact && a.in.FS != nil && a.noHooks(p) {
			continue
		}
		p, _ := a.resolve(c.cmd.st, concat(into, lit("/.git/hooks")), true)
		a.emit(Effect{Kind: Write, Path: p + "/*", Certainty: Pattern, Span: c.cmd.span})
	}
}

// gitInit makes a repository, or makes one anew with what a template has more.
func (a *analyzer) gitInit(c *call) {
	into := lit(".")
	if d := c.all("dir"); len(d) > 0 {
		into = d[len(d)-1]
	}
	a.gitTemplate(c, into)
	a.carryOut(c)
}

// noHooks reports whether a directory of hooks is surely not there.
func (a *analyzer) noHooks(p string) bool {
	_, err := a.in.FS.Lstat(p)
	return errors.Is(err, fs.ErrNotExist) && !a.touched
}
