package policy

import (
	"fmt"
	"strings"
	"time"

	"rampart/shellparse"
)

// match says whether the rule holds for the unit.
func (r *rule) match(u *unit) tri {
	if u.kind&r.kinds == 0 {
		return no
	}
	c := u.run.call
	if c.By != nil && !r.speaksOfFiles(u.kind) || !r.applies(u, c) {
		return no
	}
	w := &r.when
	answer := yes
	if w.needsRun {
		if answer = w.matchRun(u); answer == no {
			return no
		}
	}
	if w.needsText && !w.matchText(u) {
		return no
	}
	if answer = min(answer, w.matchEffect(u)); answer == no {
		return no
	}
	if !w.matchCall(c) {
		return no
	}
	return answer
}

// applies checks what is said outside of `when`.
func (r *rule) applies(u *unit, c *Call) bool {
	p := r.policy
	if t := p.tools; t != nil && r.toolKinds&u.kind == 0 && !t.named(c.Tool, u.run.category) && !(c.By != nil && t.ofFiles()) {
		return false
	}
	if !p.agents.empty() && !p.agents.match(c.Agent) || !p.sessions.empty() && !p.sessions.match(c.Session) {
		return false
	}
	if !p.systems.empty() && !p.systems.match(systemOf(c)) {
		return false
	}
	if r.own != nil && !r.own.inPlace(c.Cwd) {
		return false
	}
	if !r.expires.IsZero() && !u.run.now().Before(r.expires) {
		return false
	}
	return !r.once || c.Unclaimed != nil && c.Unclaimed(r.claim)
}

func systemOf(c *Call) string {
	if c.OS == "" {
		return "linux"
	}
	return c.OS
}

// strayProgram reports whether a program is run from a place where anybody may
// have put it under a name that is not its own.
func strayProgram(p *shellparse.Effect) bool {
	file := p.Path
	if file == "" && len(p.Argv) > 0 {
		file = p.Argv[0].Text
	}
	if !strings.ContainsAny(file, `/\`) {
		return false
	}
	for _, dir := range [...]string{"/bin/", "/sbin/", "/usr/", "/opt/", "/nix/", "/snap/", "/System/", "C:"} {
		if strings.HasPrefix(file, dir) {
			return false
		}
	}
	return true
}

// matchRun checks what is said of the program.
func (w *conditions) matchRun(u *unit) tri {
	p := u.program()
	if p == nil {
		// No program, so none of the exceptions.
		return triOf(len(w.program.is)+len(w.args)+len(w.flags) == 0 && u.effect != nil)
	}
	answer := yes
	if !w.program.empty() {
		name := programName(u.run.call, p.Program)
		programs := &w.program
		if w.windows != nil && u.run.call.OS == "windows" {
			programs = w.windows
		}
		if len(programs.not) > 0 && strayProgram(p) {
			programs = &globList{is: programs.is} // an exception is for the real one only
		}
		if answer = programs.matchValue(name, p.Certainty); answer == no {
			return no
		}
	}
	if len(w.args) > 0 {
		best := no
		for i := range w.args {
			best = max(best, w.args[i].match(p.Program, p.Argv))
		}
		if answer = min(answer, best); answer == no {
			return no
		}
	}
	if len(w.flags) > 0 && !mayHaveFlags(p) {
		return no
	}
	for i := range w.flags {
		if answer = min(answer, w.flags[i].met(p.Program, p.Argv)); answer == no {
			return no
		}
	}
	for i := range w.flagsNot {
		if answer = min(answer, w.flagsNot[i].met(p.Program, p.Argv).not()); answer == no {
			return no
		}
	}
	for i := range w.argsNot {
		answer = min(answer, w.argsNot[i].match(p.Program, p.Argv).not())
	}
	return answer
}

// mayHaveFlags says quickly that most commands have no flags. The first word of
// tar's are flags without a dash.
func mayHaveFlags(p *shellparse.Effect) bool {
	for i := 1; i < len(p.Argv); i++ {
		if t := p.Argv[i].Text; t != "" && t[0] == '-' || i == 1 && p.Program == "tar" {
			return true
		}
	}
	return false
}

// matchText checks what is said of the command's text: of globs and of texts in
// it, one has to be met, whichever list it stands in.
func (w *conditions) matchText(u *unit) bool {
	texts := u.commands()
	if anyText(w.commandNot, texts) {
		return false
	}
	return len(w.command)+len(w.contains) == 0 || anyText(w.command, texts) || w.containsAny(u)
}

func (w *conditions) containsAny(u *unit) bool {
	if len(w.contains) == 0 {
		return false
	}
	for _, t := range u.lowered() {
		for _, needle := range w.contains {
			spend(len(t))
			if strings.Contains(t, needle) {
				return true
			}
		}
	}
	return false
}

func anyText(globs []textGlob, texts []string) bool {
	for i := range globs {
		for _, t := range texts {
			if t != "" && globs[i].match(t) {
				return true
			}
		}
	}
	return false
}

// matchEffect checks what is said of effects. The unit is the one that the
// rule is about; of the others the Call must have one that fits.
func (w *conditions) matchEffect(u *unit) tri {
	answer := yes
	if w.about != 0 {
		if answer = w.matchKind(w.about, u); answer == no {
			return no
		}
	}
	for _, k := range w.beside {
		if answer = min(answer, u.run.some(w, k)); answer == no {
			return no
		}
	}
	if !w.paths.empty() {
		if u.kind&(pathKinds|kindBit(shellparse.Flow)) == 0 {
			return no
		}
		if answer = min(answer, w.paths.match(&u.run.places, u.path())); answer == no {
			return no
		}
	}
	if w.recursive != nil && (u.effect == nil || u.effect.Recursive != *w.recursive) {
		return no
	}
	if w.unresolved != nil && unresolved(u) != *w.unresolved {
		return no
	}
	return answer
}

func (w *conditions) matchKind(k kindSet, u *unit) tri {
	switch k {
	case kindBit(shellparse.Flow):
		return w.flow.match(u)
	case kindBit(shellparse.Delete):
		return w.deletes.match(&u.run.places, u.path())
	case kindBit(shellparse.Write):
		return w.writes.match(&u.run.places, u.path())
	case kindBit(shellparse.Read):
		return w.reads.match(&u.run.places, u.path())
	case kindBit(shellparse.Fetch):
		if w.sends != nil && u.effect.Sends != *w.sends {
			return no
		}
		if w.fetches.empty() {
			return yes
		}
		return w.fetches.match(u.effect)
	}
	return w.env.matchValue(u.effect.Name, u.effect.Certainty)
}

// unresolved reports whether the unit depends on what can't be known.
func unresolved(u *unit) bool {
	e := u.effect
	if e == nil {
		return u.run.call.Unresolved
	}
	if e.Certainty == shellparse.Unknown {
		return true
	}
	if e.Kind != shellparse.Exec {
		return false
	}
	for i := range e.Argv {
		if e.Argv[i].Certainty == shellparse.Unknown {
			return true
		}
	}
	return false
}

func (f *flowCondition) match(u *unit) tri {
	e := u.effect
	if len(f.to) > 0 && !hasEndpoint(f.to, e.To) || f.earlier != nil && *f.earlier != (e.Via != "") {
		return no
	}
	if len(f.from) > 0 || f.fromSecret {
		if !hasEndpoint(f.from, e.From) && !(f.fromSecret && e.From == shellparse.File && u.run.secret(e)) {
			return no
		}
	}
	answer := yes
	if !f.paths.empty() {
		answer = f.paths.match(&u.run.places, u.path())
	}
	if !f.hosts.empty() {
		answer = min(answer, f.hosts.matchValue(e.Host, certaintyOf(e.Host)))
	}
	if !f.programs.empty() {
		answer = min(answer, f.programs.matchValue(e.Program, certaintyOf(e.Program)))
	}
	if !f.names.empty() {
		answer = min(answer, f.names.matchValue(e.Name, certaintyOf(e.Name)))
	}
	return answer
}

func certaintyOf(s string) shellparse.Certainty {
	if s == "" {
		return shellparse.Unknown
	}
	return shellparse.Exact
}

func hasEndpoint(list []shellparse.Endpoint, e shellparse.Endpoint) bool {
	for _, x := range list {
		if x == e {
			return true
		}
	}
	return false
}

// matchCall checks what is said of the Call as such.
func (w *conditions) matchCall(c *Call) bool {
	if !w.sessions.empty() && !w.sessions.match(c.Session) {
		return false
	}
	if w.depth != nil && !w.depth.holds(c.AgentDepth) {
		return false
	}
	if w.count != nil {
		n := 0
		if c.Count != nil {
			n = c.Count(c.Tool, w.count.window)
		}
		if !w.count.holds(n) {
			return false
		}
	}
	for i := range w.params {
		if v, ok := param(c.Params, w.params[i].name); !ok || !w.params[i].globs.match(v) {
			return false
		}
	}
	if w.paramsText != nil && !w.paramsText.match(ParamsText(c)) {
		return false
	}
	if len(w.response) > 0 {
		found := false
		for _, re := range w.response {
			found = found || c.Response != "" && re.MatchString(c.Response)
		}
		if !found {
			return false
		}
	}
	for _, re := range w.responseNot {
		if c.Response == "" || re.MatchString(c.Response) {
			return false
		}
	}
	return true
}

// param returns a parameter of a tool as text; dots in name lead into nested
// parameters.
func param(params map[string]any, name string) (string, bool) {
	v, ok := params[name]
	if !ok {
		head, tail, dotted := strings.Cut(name, ".")
		inner, isMap := params[head].(map[string]any)
		if !dotted || !isMap {
			return "", false
		}
		return param(inner, tail)
	}
	if s, ok := v.(string); ok {
		return s, true
	}
	return fmt.Sprint(v), true
}

// now is the Call's time; without one it is the clock's.
func (e *evaluation) now() time.Time {
	if e.call.Time.IsZero() {
		return time.Now()
	}
	return e.call.Time
}
