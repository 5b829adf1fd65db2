package engine

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"rampart/audit"
	"rampart/engine/notify"
	"rampart/engine/wire"
	"rampart/policy"
	"rampart/shellparse"
)

// Mode says what a refusal does.
type Mode uint8

// The modes.
const (
	Enforce Mode = iota // refused commands do not run
	Monitor             // nothing is ever blocked; what would have been is recorded
)

// String returns the value of --mode.
func (m Mode) String() string {
	if m == Monitor {
		return "monitor"
	}
	return "enforce"
}

// ParseMode reads the value of --mode.
func ParseMode(s string) (Mode, error) {
	switch s {
	case "enforce":
		return Enforce, nil
	case "monitor":
		return Monitor, nil
	}
	return 0, fmt.Errorf("unknown mode %q: it is enforce or monitor", s)
}

// Recorder writes records to the audit trail. *audit.Log is one.
type Recorder interface {
	Append(*audit.Record) error
}

// Question is what an Approver is asked.
type Question struct {
	Call     *policy.Call
	Decision *policy.Decision
}

// Approver asks the owner. It must be safe for concurrent use; each call
// returns when the owner has answered, or refused to, or ctx is done. Anything
// but a clear yes is false.
type Approver interface {
	Approve(ctx context.Context, q Question) bool
}

// Config is what an Engine needs. The Engine reads it only; it must not change
// after New.
type Config struct {
	Policies  *Policies // to begin with; see SetPolicies
	NoProject bool      // leave project policies alone
	Begun     string    // the directory where the session began: that project's policy holds wherever it goes
	Mode      Mode      //
	Audit     Recorder  // nil: nothing is recorded
	Approver  Approver  // nil: there is nobody to ask
	FS        shellparse.FS
	Home      string // the owner's home directory, absolute
	User      string
	OS        string // as runtime.GOOS
	Agent     string
	Session   string

	// ShimDir holds the substitute shells; Shells maps the name of each to the
	// real shell's path.
	ShimDir string
	Shells  map[string]string

	// Witnessed says that a kernel layer shows each program to Witness.
	Witnessed bool
	// FailOpen lets commands that are allowed run when they can't be recorded. What
	// is missing is counted, and recorded as soon as that is possible.
	FailOpen bool

	// Files says that processes ask about files that they touch by themselves.
	// Needs Permits.
	Files bool

	// Permits, if not nil, take the answers that may stand for a moment. Note is
	// then to be told of each use.
	Permits *wire.Permits
}

// Engine turns Calls into Decisions. Safe for concurrent use.
type Engine struct {
	cfg      Config
	policies atomic.Pointer[inForce]
	trouble  atomic.Pointer[string]
	kept     lastGood
	sessions sessions
	hooks    webhooks
	approved approvals
	start    agentStart
	expected expected
	standing standing
	stats    counters
	claims   claims
	notifier notify.Notifier
	foresaw  foresights
	gap      gap
	files    files
	looked   looked
	began    time.Time
}

// inForce is the policy that Calls are judged by. One Call is judged by one of
// them, whatever happens meanwhile.
type inForce struct {
	*Policies
	projects *projects
}

// Stats counts the decisions of an Engine.
type Stats struct {
	Seen, Refused, Asked, Approved, Watched uint64
}

type counters struct{ seen, refused, asked, approved, watched atomic.Uint64 }

// New returns an Engine for cfg.
func New(cfg Config) *Engine {
	e := &Engine{cfg: cfg, claims: claims{dir: claimsDir(cfg.Policies.home)}, began: time.Now()}
	e.kept.note = e.recordProject
	e.notifier.Report = e.undelivered
	e.SetPolicies(cfg.Policies)
	return e
}

// Policies returns the policy in force below the project tier.
func (e *Engine) Policies() *Policies { return e.policies.Load().Policies }

// SetPolicies puts another policy in force. Calls that are being judged are
// judged by the one before.
func (e *Engine) SetPolicies(p *Policies) {
	e.cfg.Permits.PublishFiles(nil) // until the new table is there, all files are asked about
	e.policies.Store(&inForce{p, newProjects(p, &e.kept, e.cfg.Begun)})
	e.cfg.Permits.Clear()
	e.files.forgetProjects()
	e.publishFiles()
}

// SetTrouble takes note that the policy in force is not the one that the owner
// wrote last, and why; "" says that it is. Refusals tell of it.
func (e *Engine) SetTrouble(why string) { e.trouble.Store(&why) }

// Trouble returns why the policy in force is not the one that the owner wrote
// last, "" if it is.
func (e *Engine) Trouble() string {
	if why := e.trouble.Load(); why != nil {
		return *why
	}
	return ""
}

// Stats returns what was decided up to now.
func (e *Engine) Stats() Stats {
	return Stats{
		Seen: e.stats.seen.Load(), Refused: e.stats.refused.Load(), Asked: e.stats.asked.Load(),
		Approved: e.stats.approved.Load(), Watched: e.stats.watched.Load(),
	}
}

// Outcome is a Decision together with what the layer has to do about it.
type Outcome struct {
	policy.Decision
	// Run says whether the command may run. In monitor mode always true.
	Run bool
	// Canonical is the text to run in place of Call.Command.
	Canonical string
	// Rewrites are the arguments of Call.Argv to replace.
	Rewrites []shellparse.Rewrite

	// Notice is what the owner should know beside the Decision: that a change of
	// the policy did not load.
	Notice string

	leaves []shellparse.FileState // what it leaves that later Calls are judged by
	prints bool                   // its output is something that later Calls may be judged by
	step   bool                   // it runs as part of what another program does
	around []*foresight           // what was known of its process before
}

// Decide judges c, asks the owner where policy wants it, and records the
// outcome. It returns after the record has been written; if that fails, the
// outcome is a refusal. It fills c's Effects, Refusal and Unresolved.
func (e *Engine) Decide(ctx context.Context, c *policy.Call) Outcome {
	return e.decide(func() context.Context { return ctx }, c)
}

// decide takes the context as a function: making one costs a caller something,
// and only a question needs it.
func (e *Engine) decide(ctx func() context.Context, c *policy.Call) Outcome {
	start := time.Now()
	return e.settle(ctx, c, e.judge(c, start, (*policy.Set).Evaluate, true), start)
}

// DecideStart is Decide for the agent's own start. The owner orders that, so
// the default action does not stop it; rules do, and a command text in it
// (`rampart wrap -- bash -c TEXT`) is judged like any other.
func (e *Engine) DecideStart(ctx context.Context, c *policy.Call) Outcome {
	start := time.Now()
	o := e.judge(c, start, (*policy.Set).Evaluate, true)
	if o.Default && c.Command == "" && !o.Run {
		o.Decision = policy.Decision{Action: policy.Allow, Message: "started by the owner", Default: true}
		o.Run = true
	}
	o = e.settle(func() context.Context { return ctx }, c, o, start)
	if o.Run {
		e.foresaw.add(c, nil, false)
		e.start.expect(c.Path, c.Argv, o.Rewrites)
		e.expected.add(firstOfTree, &expectation{file: c.Path, given: c.Path, argv: rewritten(c.Argv, o.Rewrites), cwd: c.Cwd})
	}
	return o
}

// settle asks, counts and records what was judged.
func (e *Engine) settle(ctx func() context.Context, c *policy.Call, o Outcome, start time.Time) Outcome {
	e.stats.seen.Add(1)
	if c.PID != 0 && c.Tool == "exec" {
		o.around = e.foresaw.around(c.PID, c.PPID)
	}
	e.askServices(ctx, c, &o)
	if !o.Run {
		o.asOwnStep(c)
	}
	if o.Action == policy.Ask {
		o.Run = e.ask(ctx, c, &o.Decision)
	}
	if o.Run && e.cfg.Mode == Enforce && o.mustClaim() {
		o = e.claim(c, o, start)
	}
	if !o.Run {
		e.howToAllow(c, &o.Decision)
	}
	if o.Action == policy.Watch {
		e.stats.watched.Add(1)
	}
	if e.cfg.Mode == Monitor {
		o.Run = true
	}
	err := e.recordOrGap(c, &o, start)
	switch {
	case err != nil && o.Run && (e.cfg.FailOpen || e.cfg.Mode == Monitor):
		e.gap.add(c, true, err, start)
	case err != nil && e.cfg.Mode == Enforce:
		e.gap.add(c, false, err, start)
		e.cfg.Permits.Clear()
		o.Run = false
		o.Decision = policy.Decision{
			Action:  policy.Deny,
			Message: fmt.Sprintf("the audit trail can't be written (%v), so nothing may run", err),
			AllowBy: "make room or repair the audit directory, or choose another with --audit-dir; rampart audit verify tells what is wrong",
		}
	}
	if o.Action != policy.Ask { // of which was told before it was asked
		e.tell(c, &o.Decision, outcomeWord(o.Run))
	}
	if !o.Run {
		e.stats.refused.Add(1)
		o.Notice = e.notice(c)
		return o
	}
	e.allowedFor(c, &o, start)
	if c.By == nil {
		e.remember(c, &o, start)
	}
	return o
}

// Judge returns what Decide would, without asking, counting or recording.
func (e *Engine) Judge(c *policy.Call) Outcome {
	return e.judge(c, time.Now(), (*policy.Set).Evaluate, false)
}

// Explain is Judge with every rule that matched in the Decision.
func (e *Engine) Explain(c *policy.Call) Outcome {
	o := e.judge(c, time.Now(), (*policy.Set).Explain, false)
	e.howToAllow(c, &o.Decision)
	return o
}

// judge analyses and evaluates. live says that the Call is about to happen, and
// counts.
func (e *Engine) judge(c *policy.Call, now time.Time, evaluate func(*policy.Set, *policy.Call) policy.Decision, live bool) Outcome {
	e.complete(c, now)
	set, err := e.policyFor(c.Cwd, now)
	if err != nil {
		return Outcome{Decision: policy.Decision{
			Action:  policy.Deny,
			Message: fmt.Sprintf("the policy of this project does not load, so nothing may run in it: %v", err),
			AllowBy: "mend that file, or start the session with RAMPART_NO_PROJECT_POLICY=1",
		}}
	}
	past := e.sessions.of(c.Session, looker{e.cfg.FS}, now)
	res := e.analyse(c, past.stains.origins(now))
	c.Effects, c.Files, c.Refusal, c.Unresolved = res.Effects, res.Files, res.Refusal, res.Unresolved
	switch c.Canonical = res.Canonical; {
	case c.Canonical != "":
	case len(res.Rewrites) > 0:
		c.Canonical = res.Rewrites[0].Text
	case res.Refusal == "":
		c.Canonical = c.Command // the text of a shell that needs no rewriting
	}
	if c.Unclaimed == nil && set.HasOnce() {
		c.Unclaimed = e.claims.unclaimed(c, now)
	}
	e.context(c, past, set, now, live)
	d := evaluate(set, c)
	if res.SyntaxError != "" && d.Action == policy.Allow {
		d.Message = "no shell would run this: " + res.SyntaxError
	}
	return Outcome{
		Decision:  d,
		Run:       d.Action < policy.Ask,
		Canonical: res.Canonical,
		Rewrites:  res.Rewrites,
		leaves:    noted(set, c, res.Leaves),
		prints:    len(res.Prints) > 0,
	}
}

func (e *Engine) policyFor(cwd string, now time.Time) (*policy.Set, error) {
	p := e.policies.Load()
	if e.cfg.NoProject {
		return p.Set, nil
	}
	set, err := p.projects.in(cwd, now)
	if err == nil && set != p.Set {
		e.metProject(set)
	}
	return set, err
}

// complete fills what the layer left out from the session.
func (e *Engine) complete(c *policy.Call, now time.Time) {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&c.Home, e.cfg.Home)
	set(&c.User, e.cfg.User)
	set(&c.OS, e.cfg.OS)
	set(&c.Agent, e.cfg.Agent)
	set(&c.Session, e.cfg.Session)
	if c.Time.IsZero() {
		c.Time = now
	}
}

// ask decides a Call whose policy says ask. A Call that the owner approved as
// part of another one is not asked again.
func (e *Engine) ask(ctx func() context.Context, c *policy.Call, d *policy.Decision) bool {
	if c.By == nil && e.approved.covers(c, d, time.Now()) {
		e.stats.approved.Add(1)
		return true
	}
	e.stats.asked.Add(1)
	if e.cfg.Approver == nil || e.cfg.Mode == Monitor {
		e.tell(c, d, outcomeWord(e.cfg.Mode == Monitor))
		return false
	}
	e.tell(c, d, notify.Waiting)
	if !e.cfg.Approver.Approve(ctx(), Question{Call: c, Decision: d}) {
		return false
	}
	e.stats.approved.Add(1)
	e.approved.add(c, time.Now())
	e.trust(c)
	return true
}
