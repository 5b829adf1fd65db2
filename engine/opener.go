package engine

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"rampart/platform"
	"rampart/policy"
	"rampart/shellparse"
)

// opener is a process that touches files, as the kernel tells of it.
type opener struct {
	pid, parent int
	argv        []string
	program     shellparse.Effect // the script, if it is an interpreter's
	// genuine says that the program is what its name says: the system's, or there
	// before the session was.
	genuine bool
}

// openerOf looks at a process. Of one that can't be looked at nothing is known.
func (e *Engine) openerOf(pid int) opener {
	o := opener{pid: pid, parent: platform.ParentOf(pid)}
	o.program = shellparse.Effect{Kind: shellparse.Exec, Certainty: shellparse.Unknown}
	proc := "/proc/" + strconv.Itoa(pid)
	file, err := os.Readlink(proc + "/exe")
	line, lineErr := os.ReadFile(proc + "/cmdline")
	if err != nil || lineErr != nil || !strings.HasPrefix(file, "/") {
		return o
	}
	o.argv = strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
	if own := e.agentArgv(&o); own != nil {
		o.argv = own
	}
	o.genuine = e.isGenuine(file, proc+"/exe")
	o.program = execEffect(file, o.argv)
	script, module := scriptOf(path.Base(file), o.argv)
	switch {
	case module != "":
		o.program.Program = module
	case script != "":
		cwd, _ := os.Readlink(proc + "/cwd")
		script = absolute(script, cwd, "")
		if real, err := filepath.EvalSymlinks(script); err == nil && e.isGenuine(real, real) {
			o.program = execEffect(script, o.argv)
			o.program.Program = scriptName(script)
		}
	}
	return o
}

func execEffect(file string, argv []string) shellparse.Effect {
	x := shellparse.Effect{Kind: shellparse.Exec, Program: strings.TrimSuffix(path.Base(file), ".exe"), Path: file}
	for _, a := range argv {
		x.Argv = append(x.Argv, shellparse.Value{Text: a})
	}
	return x
}

// agentArgv returns what the session's agent was started with, if it is the
// process: agents write a title over theirs.
func (e *Engine) agentArgv(o *opener) []string {
	if o.parent != e.above(o.parent) {
		return nil
	}
	if a := e.start.argv.Load(); a != nil {
		return *a
	}
	return nil
}

// localDir is where whoever has the rights to installs by hand, and no rule asks.
const localDir = "/usr/local/"

// systemDirs hold what the system installs.
var systemDirs = []string{"/bin/", "/sbin/", "/usr/", "/lib/", "/opt/", "/nix/", "/snap/"}

// isGenuine reports whether a file is the system's, or was not touched since
// the session began.
func (e *Engine) isGenuine(file, look string) bool {
	if !strings.HasPrefix(file, localDir) && slices.ContainsFunc(systemDirs, func(d string) bool { return strings.HasPrefix(file, d) }) {
		return true
	}
	changed, ok := changedAt(look)
	return ok && changed.Before(e.began)
}

// interpreters run a script that is named first on their command line.
var interpreters = []string{"python", "node", "nodejs", "perl", "ruby", "bash", "sh", "dash", "zsh", "php", "bun", "deno", "lua"}

// scriptOf returns the script that an interpreter runs, or the module of a
// Python; "" and "" if it runs none.
func scriptOf(program string, argv []string) (script, module string) {
	program = strings.TrimRight(program, "0123456789.")
	if !slices.Contains(interpreters, program) {
		return "", ""
	}
	for i := 1; i < len(argv); i++ {
		switch a := argv[i]; {
		case a == "" || a[0] != '-':
			return a, ""
		case program == "python" && !strings.HasPrefix(a, "--") && strings.HasSuffix(a, "m"):
			if i+1 < len(argv) {
				return "", argv[i+1]
			}
			return "", ""
		case program == "python" && (a == "-W" || a == "-X"), program == "node" && (a == "-r" || a == "--require" || a == "--import"):
			i++
		case strings.HasPrefix(a, "-c"), strings.HasPrefix(a, "-e"), strings.HasPrefix(a, "-p"), a == "--eval", a == "--print":
			return "", ""
		}
	}
	return "", ""
}

func scriptName(file string) string {
	name := path.Base(file)
	switch ext := path.Ext(name); ext {
	case ".js", ".mjs", ".cjs", ".py", ".pl", ".rb", ".sh":
		return strings.TrimSuffix(name, ext)
	}
	return name
}

// maxAbove bounds the walk up from a process.
const maxAbove = 64

// forebears calls f for the processes above one, up to the session's own.
func (e *Engine) forebears(o *opener, f func(*opener) bool) bool {
	own := e.above(o.parent)
	for pid, n := o.parent, 0; pid > 1 && pid != own && n < maxAbove; n++ {
		up := e.openerOf(pid)
		if f(&up) {
			return true
		}
		pid = up.parent
	}
	return false
}

// owns reports whether what a process is about to do to a file is its nature.
func (e *Engine) owns(set *policy.Set, c *policy.Call, o *opener, ef shellparse.Effect) bool {
	if ef.Recursive {
		return false
	}
	own := policy.NotOwn
	if o.genuine {
		own = policy.Owns(c, ef)
		if own == policy.NotOwn && ef.Kind == shellparse.Read && listsProcesses(o, ef.Path) {
			own = policy.Own
		}
	}
	if own != policy.NotOwn && (e.holdsForeign(o.pid) || givenCode(o.pid)) {
		own = policy.NotOwn
	}
	if own == policy.NotOwn && !e.forebears(o, func(up *opener) bool {
		by := *c
		by.By = &up.program
		return up.genuine && policy.Owns(&by, ef) == policy.OwnBelow && !e.holdsForeign(up.pid)
	}) {
		return false
	}
	one := *c
	one.Effects = []shellparse.Effect{ef}
	return own == policy.OwnSettings || !set.Guarded(&one)
}

// knownEffects are what processes were let do to files though a rule speaks of
// it: because the owner allowed it, said yes, or only watches. The files that
// they then open were judged with them, and recorded.
type knownEffects struct {
	byPID map[int][]known
	n     int
}

type known struct {
	argv    []string
	effects []shellparse.Effect
	until   time.Time
	own     bool     // what the process did by itself, not what it was started for
	excuses []string // the exceptions that allowed it, and that are to be used more than once
}

const (
	maxKnown = 4096
	// knownFor is how long a program may take to do what it was allowed to.
	knownFor = 24 * time.Hour
)

// allowedFor remembers what c was allowed to do, for the process that does it.
// Where no rule spoke of it, that is what it removes with all that is below: a
// rule may speak of a file there, and the command was judged as a whole.
func (e *Engine) allowedFor(c *policy.Call, o *Outcome, now time.Time) {
	if !e.cfg.Files || c.PID == 0 {
		return
	}
	unspoken := o.Default || o.Action == policy.Allow && len(o.Excuses) == 0
	k := known{argv: rewritten(c.Argv, o.Rewrites), until: now.Add(knownFor), own: c.By != nil}
	once := false
	for _, x := range o.Excuses {
		if once = once || x.Once; !x.Once {
			k.excuses = append(k.excuses, x.ID)
		}
	}
	switch {
	case !k.own:
	case once:
		k.until = now.Add(approvalTTL)
	case len(k.excuses) > 0 && o.Action != policy.Ask:
		return // as long as the exception is there, it says so each time
	}
	for i := range c.Effects {
		switch ef := c.Effects[i]; ef.Kind {
		case shellparse.Read, shellparse.Write, shellparse.Delete:
			whole := ef.Kind == shellparse.Delete && ef.Recursive && (ef.Certainty == shellparse.Exact || strings.HasPrefix(ef.Path, "/tmp/") && path.Dir(ef.Path) == "/tmp")
			if ef.Certainty != shellparse.Unknown && (whole || !unspoken) {
				k.effects = append(k.effects, ef)
			}
		}
	}
	if len(k.effects) == 0 {
		return
	}
	e.files.mu.Lock()
	defer e.files.mu.Unlock()
	x := &e.files.known
	if x.byPID == nil || x.n >= maxKnown {
		x.byPID, x.n = map[int][]known{}, 0
	}
	x.byPID[c.PID] = append(x.byPID[c.PID], k)
	x.n++
}

// wasAllowed reports whether a process does what it, or the command that it is
// part of, was allowed to do.
func (e *Engine) wasAllowed(o *opener, ef *shellparse.Effect, now time.Time) bool {
	e.files.mu.Lock()
	none := e.files.known.n == 0
	e.files.mu.Unlock()
	if none {
		return false
	}
	if e.knows(o.pid, o.argv, ef, now, true) || e.knows(o.parent, o.argv, ef, now, false) { // the parent of what was spawned
		return true
	}
	return e.forebears(o, func(up *opener) bool { return e.knows(up.pid, up.argv, ef, now, false) })
}

// knows reports whether a process was let do ef; by itself, if itself asks: what
// it did by itself lets nobody below it do the same.
func (e *Engine) knows(pid int, argv []string, ef *shellparse.Effect, now time.Time, itself bool) bool {
	set := e.Policies().Set
	e.files.mu.Lock()
	defer e.files.mu.Unlock()
	for _, k := range e.files.known.byPID[pid] {
		if now.After(k.until) || k.own && !itself || !endsLike(argv, k.argv) {
			continue
		}
		if slices.ContainsFunc(k.excuses, func(id string) bool { return !set.HasException(id) }) {
			continue // the owner has taken it back
		}
		for i := range k.effects {
			if includes(&k.effects[i], ef) {
				return true
			}
		}
	}
	return false
}

// endsLike reports whether a process runs what was judged: of a script the
// interpreter stands before it.
func endsLike(argv, judged []string) bool {
	n := len(judged)
	if n == 0 || len(argv) < n {
		return false
	}
	tail := argv[len(argv)-n:]
	return slices.Equal(tail[1:], judged[1:]) && (n > 1 || path.Base(tail[0]) == path.Base(judged[0]))
}

// includes reports whether to do what is allowed is to do ef.
func includes(allowed, ef *shellparse.Effect) bool {
	if allowed.Kind != ef.Kind || ef.Recursive && !allowed.Recursive {
		return false
	}
	at := allowed.Path
	if real, err := filepath.EvalSymlinks(at); err == nil && allowed.Certainty == shellparse.Exact && (real == ef.Path || allowed.Recursive && strings.HasPrefix(ef.Path, real+"/")) {
		return true
	}
	if allowed.Certainty == shellparse.Pattern && allowed.Recursive && allowed.Kind == shellparse.Delete {
		// What is called so, and what lies below that.
		names := strings.Split(ef.Path, "/")
		ok, err := path.Match(at, strings.Join(names[:min(len(names), strings.Count(at, "/")+1)], "/"))
		return err == nil && ok
	}
	if allowed.Certainty == shellparse.Pattern {
		ok, err := path.Match(at, ef.Path)
		return err == nil && ok
	}
	return at == ef.Path || allowed.Recursive && strings.HasPrefix(ef.Path, strings.TrimSuffix(at, "/")+"/")
}
