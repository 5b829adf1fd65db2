package shellparse

import (
	"fmt"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// The bounds of one analysis. Beyond them the command is refused: a text that
// needs more is not one that a person would read either.
const (
	maxSteps   = 200_000
	maxEffects = 4096
	maxDepth   = 48        // of nested calls, evals, scripts and substitutions
	maxText    = 256 << 10 // bytes of one known string
	maxScript  = 1 << 20   // bytes of a script file
)

// Analyze returns the effects of running a command. It never runs anything,
// never blocks on more than in.FS, and is safe for concurrent use. Whatever
// can't be known becomes an effect of certainty Unknown; whatever can't be
// judged at all is a Refusal.
func Analyze(in *Input) (res Result) {
	a := &analyzer{in: in, dialect: in.Dialect}
	defer func() {
		if r := recover(); r != nil {
			// A fault in the judge must not let the command through.
			res = Result{Refusal: fmt.Sprintf("cannot be judged: internal fault in the analysis (%v)", r), Unresolved: true}
		}
	}()
	st := a.start()
	if len(in.Argv) > 0 {
		a.startProcess(st)
	} else {
		a.startText(st)
	}
	if a.res.Refusal != "" {
		a.res.Canonical, a.res.Rewrites = "", nil
	} else {
		a.res.Leaves = a.states()
	}
	return a.res
}

// analyzer is one analysis.
type analyzer struct {
	in        *Input
	dialect   Dialect
	res       Result
	seen      map[effectKey]struct{} // of the effects since the last exec, if many
	sinceExec int

	unit  *unit
	known knownTexts

	execs       int  // effects of that kind so far
	redirecting bool // what is done now, a redirection does
	steps       int
	depth       int
	over        bool // a bound was hit: unwind

	files     map[string]*fileState
	trees     []FileState           // directories that archives are unpacked in
	loose     map[string]bool       // the trees among them that files of any name come to be in
	code      map[string]scriptText // read from the file system
	codeBytes int
	links     map[string]string // that the text has made
	unsure    map[string]string // those of them that may not be there, with where they lead
	looked    map[string]string // those of the file system; "" is no link
	ways      [2]map[string]way // where the file system knew at once that paths lead; the second with links at their end
	fds       map[string]channel
	touched   bool   // the text may have changed the file system
	pipes     int    // names given out for process substitutions
	status    status // of the command that ran last
	assumed   bool   // and that is only taken for granted
	optFound  bool   // getopts found one
	optPos    int    // where getopts is in a word of several options
	temps     int    // and for files that mktemp makes
	inFile    int    // how many files the code under way is in
	fileOver  bool   // a bound was hit in one
	waiting   []outSubst
	aliases   int // how many of git's the code under way is in
	traps     []trap
	calling   map[*function]int

	ands          int               // how many && come before the code under way
	spawning      int               // how many pipes and & it is part of
	branches      int               // how many conditions the code under way hangs on
	names         map[string]string // by path: how it was given, where links lead from there
	oneContent    bool              // each text that a file may hold is being looked at
	hashed        map[string]str    // hash -p: names that stand for another file
	autoloaded    map[string]bool   // zsh: functions that are read from files when they are called
	runners       map[string]runner // shells that read a file as it is written
	exportedFuncs map[string]bool
	anywhere      map[string]bool // zsh: aliases that count as any word (-gNAME), and for files by their ending (-sENDING)
	homes         map[string]str  // zsh: hash -d: what ~NAME stands for
	dirsUnsure    bool            // what is on it is not known
	dirStack      []str           // but for the working directory, the top last
	past          []str           // lines of the history
	stdio         stdio           // of the statement under way, which substitutions in it inherit
	stdin         *str            // what exec <FILE has made of standard input
	stdout        *channel        // what exec >FILE has made of standard output
	stderr        *channel        // what exec 2>FILE has made of standard error
	dups          dups            // what exec 3>&1 has made of others
	stdoutOf      *output         // and what that was before
	looks         int             // how many wildcards were looked up
	doubt         Certainty       // what every effect is at best: set while guessing
	instead       *syntax.Word    // of ${x-word}, when that is what the parameter became
	pipesAll      bool            // |& follows, which is a redirection
	trapped       bool            // something but the end of the shell is trapped
	inTrap        bool            // the code under way is what a trap has set
	stays         []str           // where the shell may be if the last cd has failed
	readEnded     bool            // the last read came to the end of its input
	asides        bool            // what is looked at comes about only if words are split
	splitSteps    int             // that it took
	top           *state          // of the text under way
	aborts        []*state        // what may be known where an error ended the line under way
	running       []string        // files of code under way
	racers        []racer         // what was put in the background with wildcards that were looked up
	wrong         bool            // there is an error in the arithmetic under way
	based         bool            // numbers were given in other bases than ten
	redirected    []int           // how many regions there were where redirections begin that the code under way is in
	versions      int             // calls under way of functions that have several definitions
	regions       []*region       // that the code under way may leave, the innermost last
	leavers       map[*syntax.Stmt]bool
	ghosts        int                      // the code under way stands behind what leaves it
	disabled      bool                     // builtins may be none, or left out
	sourced       int                      // files that are sourced
	alts          *[]alternatives          // where substitutions in the words under way say what they may be
	choices       []alternatives           // what those of the command under way may be
	chosen        map[*syntax.CmdSubst]str // which of it they are taken for
	sharing       bool                     // files that two parts of a pipe share are taken for unknown
}

// unit is a text whose tree is walked, and where its spans are to point.
type unit struct {
	c     *canonical
	fixed *Span // set for text found inside another: the span of what runs it
}

// function is a shell function, with others that may have its name.
type function struct {
	name     string
	choices  int            // branches and ands when it was called
	versions int            // and how many functions of several definitions were under way
	before   map[string]str // the variables when it called itself
	body     *syntax.Stmt
	at       *unit
	or       *function
	maybe    bool // there may be none of its name
}

type runner struct {
	name    string
	span    Span
	dialect Dialect
	st      *state
}

type effectKey struct {
	after          int
	redirect       bool
	kind           Kind
	cert           Certainty
	rec, sends     bool
	span           Span
	program, path  string
	url, host      string
	name, to, from string
	via            string
}

// start is the state that the shell or process begins with.
func (a *analyzer) start() *state {
	st := &state{params: nil}
	if a.in.Cwd != "" {
		st.cwds = []str{lit(a.in.Cwd)}
	} else {
		st.cwds = []str{unknown(nil)}
	}
	for _, p := range a.in.Params {
		st.params = append(st.params, lit(p))
	}
	return st
}

// startText analyses in.Text.
func (a *analyzer) startText(st *state) {
	if a.dialect == Foreign {
		if a.in.OS == "windows" && len(a.in.Text) <= maxText {
			a.windowsText(st, a.in.Text, Span{0, len(a.in.Text)})
		}
		a.emit(Effect{Kind: Exec, Certainty: Unknown, Span: Span{0, len(a.in.Text)}})
		a.res.Unresolved = true
		a.res.Canonical = a.in.Text
		return
	}
	c, ref := a.known.make(textKey{text: a.in.Text, dialect: a.dialect}, 0)
	if ref != nil && ref.incomplete {
		defer func() { a.res.SyntaxError, a.res.Canonical = ref.reason, syntaxErrorText(ref) }()
		if c = completed(a.in.Text, a.dialect, ref); c == nil {
			return
		}
	} else if ref != nil {
		a.res.Refusal, a.res.RefusalSpan = ref.reason, ref.span
		a.res.Unresolved = true
		return
	}
	a.res.Canonical = c.text
	a.res.Effects = make([]Effect, 0, min(2+len(c.text)/16, 256))
	a.unit = &unit{c: c}
	stdin := unknown(nil)
	a.inherit(st)
	a.lines(st, c.file.Stmts, stdio{in: &stdin})
	a.runTraps(st, stdio{})
	a.runHooks(st)
	a.flushOut(0, stdio{in: &stdin}) // of exec > >(...)
}

// tick counts work and reports whether there is budget for it.
func (a *analyzer) tick(n int) bool {
	if a.over {
		return false
	}
	if a.steps += n; a.steps > maxSteps || a.inFile > 0 && a.steps > maxSteps-maxSteps/8 {
		a.refuse("too complex to judge: more than 200000 steps of evaluation")
		return false
	}
	return true
}

// enter and leave bound recursion.
func (a *analyzer) enter() bool {
	if a.over {
		return false
	}
	if a.depth >= maxDepth {
		a.refuse("too complex to judge: calls, evals or substitutions nested too deeply")
		return false
	}
	a.depth++
	return true
}

func (a *analyzer) leave() { a.depth-- }

// refuse ends the analysis; inside a file, only that of the file.
func (a *analyzer) refuse(reason string) {
	if a.inFile > 0 {
		a.over, a.fileOver = true, true
		return
	}
	if a.res.Refusal == "" {
		a.res.Refusal = reason
		a.res.RefusalSpan = Span{0, len(a.in.Text)}
		a.res.Unresolved = true
	}
	a.over = true
}

// span is where a node stands in the original text.
func (a *analyzer) span(from, to syntax.Pos) Span {
	if a.unit == nil {
		return Span{}
	}
	if a.unit.fixed != nil {
		return *a.unit.fixed
	}
	return a.unit.c.span(from, to)
}

// emit adds an effect, once.
func (a *analyzer) emit(e Effect) {
	if a.over {
		return
	}
	e.Certainty = max(e.Certainty, a.doubt)
	if n := len(a.in.Text); n > 0 { // a text that ends in mid-word was completed
		e.Span.Start, e.Span.End = min(e.Span.Start, n), min(e.Span.End, n)
	}
	if a.temps > 0 {
		if p, c := shown(e.Path, e.Certainty); e.Kind != Exec {
			e.Path, e.Certainty = p, c
		} else if p != e.Path {
			e.Path = ""
		}
	}
	if k := strings.LastIndex(e.Path, "/"+path0(pipeName)); a.pipes > 0 && k >= 0 && e.Kind != Exec && !strings.HasPrefix(e.Path, pipeName) {
		if e.Certainty == Exact {
			e.Path, e.Certainty = escape(e.Path), Pattern // the shell's name for a substitution
		}
		e.Path = e.Path[:strings.LastIndex(e.Path, "/")] + "/*"
	}
	e.Redirect, e.after = a.redirecting, a.execs
	if e.Kind == Exec {
		a.execs++
	}
	if e.Certainty == Unknown {
		a.res.Unresolved = true
		if e.Kind != Exec && e.Kind != Flow {
			e.Path = ""
		}
	}
	if e.Certainty == Exact && (e.Kind == Read || e.Kind == Write || e.Kind == Delete) {
		e.Named = a.names[e.Path]
	}
	a.add(e)
	if a.unsure != nil {
		a.notLinked(e)
	}
	if e.Kind == Write && len(a.running) > 0 && slices.Contains(a.running, e.Path) {
		a.unknownCode(unknown(nil), e.Span) // a shell reads on in what it has become
	}
	if e.Kind == Delete && len(a.files) > 0 {
		a.mayBeGone(&e)
	}
	if e.Kind == Delete && e.Certainty != Unknown && a.in.FS != nil {
		if to, ok := a.readLink(e.Path); ok { // a name behind which there is nothing then, or something else
			a.unsureLink(e.Path, to)
		}
	}
}

// add puts an effect on the list, if it is not there.
func (a *analyzer) add(e Effect) {
	if e.Kind != Exec && a.repeated(keyOf(&e)) {
		return
	}
	if n := len(a.res.Effects); n >= maxEffects || a.inFile > 0 && n >= maxEffects-maxEffects/8 {
		a.refuse("too complex to judge: more than 4096 effects")
		return
	}
	a.res.Effects = append(a.res.Effects, e)
	if e.Kind == Exec {
		a.sinceExec, a.seen = len(a.res.Effects), nil
	}
}

func keyOf(e *Effect) effectKey {
	return effectKey{e.after, e.Redirect, e.Kind, e.Certainty, e.Recursive, e.Sends, e.Span, e.Program, e.Path, e.URL, e.Host, e.Name, string(e.To), string(e.From), e.Via}
}

// fewEffects are compared one by one rather than looked up.
const fewEffects = 12

// repeated reports whether an effect was there before. Those that count are
// the ones since the last exec: k.after tells others apart.
func (a *analyzer) repeated(k effectKey) bool {
	recent := a.res.Effects[a.sinceExec:]
	if len(recent) < fewEffects {
		for i := range recent {
			if keyOf(&recent[i]) == k {
				return true
			}
		}
		return false
	}
	if a.seen == nil {
		a.seen = make(map[effectKey]struct{})
		for i := range recent {
			a.seen[keyOf(&recent[i])] = struct{}{}
		}
	}
	_, ok := a.seen[k]
	a.seen[k] = struct{}{}
	return ok
}

// text of any length is given up on, not built.
func bounded(s str) str {
	if len(s.t) > maxText {
		return unknown(s.src)
	}
	return s
}

// appended is old with s behind it.
func (a *analyzer) appended(old, s str) str {
	if !a.tick((len(old.t) + len(s.t)) / 32) {
		return unknown(nil)
	}
	return bounded(concat(old, s))
}

// lower is the lower-case form of ASCII text, without allocating for most.
func lower(s string) string { return strings.ToLower(s) }
