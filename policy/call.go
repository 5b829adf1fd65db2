package policy

import (
	"time"

	"rampart/shellparse"
)

// Layer is the part of Rampart that saw a Call.
type Layer string

// The layers.
const (
	LayerShell   Layer = "shell"
	LayerPreload Layer = "preload"
	LayerKernel  Layer = "kernel"
	LayerHook    Layer = "hook"
	LayerAPI     Layer = "api"
)

// Call is what an interceptor reports, with the effects that the engine found.
type Call struct {
	ID      string
	Tool    string // exec, read, write, delete, fetch, mcp__server__tool, ...
	Command string // exec: the command text, if there is one
	Argv    []string
	Path    string
	URL     string

	Cwd   string
	Home  string
	User  string
	OS    string // as runtime.GOOS; "" means linux
	Shell string // base name of the shell that Command is for

	Env     func(name string) (string, bool)
	Environ []string

	Agent      string
	AgentDepth int
	Session    string
	Layer      Layer
	PID        int
	PPID       int // of PID; 0 if unknown
	// Gone says that PID is not any more what asked, but the program itself, which waits.
	Gone bool
	UID  int

	Params   map[string]any // of an MCP or native tool
	Response string         // of a tool, when it is judged after the fact

	// Canonical is the command text in the form in which it would be run.
	Canonical string

	// By is the program that a file Call comes from, as seen from inside of it:
	// the Call's effects are its doing. Rules that speak of files are tried on
	// them, and no others; the default action has been applied when the program
	// was started. nil for all other Calls.
	By *shellparse.Effect

	// After are commands that ran before this one in its session: of an example
	// or a test.
	After []string

	Time    time.Time
	Effects []shellparse.Effect
	// Refusal is the analysis's reason why the command must not run at all.
	Refusal string
	// Unresolved is set when an effect depends on what can't be known.
	Unresolved bool
	// Files are the files of code that were judged along with the command.
	Files []shellparse.CodeFile

	// Count returns how many Calls of a tool this session made within the last
	// window, this one included. nil: no Call was counted, and a rule with
	// call_count sees 0.
	Count func(tool string, window time.Duration) int
	// Unclaimed reports whether a rule that may be used once, named as in
	// Decision.Claims, is still unused. nil: no such rule can be used.
	Unclaimed func(rule string) bool
}

// Action is what is to be done about a Call. A larger one is stricter.
type Action uint8

// The actions, by precedence.
const (
	Allow Action = iota
	Watch
	Ask
	Deny
)

var actionNames = [...]string{Allow: "allow", Watch: "watch", Ask: "ask", Deny: "deny"}

// String returns the name used in policy files.
func (a Action) String() string {
	if int(a) < len(actionNames) {
		return actionNames[a]
	}
	return ""
}

// Decision is the answer to a Call.
type Decision struct {
	Action  Action
	Policy  string // name of the policy whose rule won; "" if none did
	Rule    string // FILE:LINE of the rule that won; "" if none did
	Message string // why, for people and models; project rules come prefixed with "[Project Policy] "
	Instead string // what the agent should do in place of it, if the rule says
	AllowBy string // what the owner can do to allow it next time; set on ask and deny
	Default bool   // no rule matched: Action is the default action

	// Excusable is set on ask and deny where an exception of the owner's could
	// be made: the rule is of the owner's own tier, and not the guard's.
	Excusable bool
	// Bound says that a rule of another tier, which no exception reaches, wants
	// the Call refused or asked about as well.
	Bound bool
	// Excuses are the exceptions without which the Action would be stricter.
	Excuses []Excuse
	// Claims name the rules that may be used once and were. Whoever lets the
	// Call run must claim all of them first, and judge anew if somebody else was
	// quicker. A name stays the same when lines of the file move.
	Claims []string

	// Webhook is set when a web service has a say. Action is then Deny, which
	// stands unless the service answers otherwise; if it allows the Call, what
	// the other rules say still holds, and that is IfAllowed. It may name the
	// next service to ask.
	Webhook   *Webhook
	IfAllowed *Decision

	// Effect is the one that the winning rule was about, nil if it was about
	// the call as a whole.
	Effect *shellparse.Effect

	// Matched are all rules that matched, in the order they were tried.
	// Filled only by Explain.
	Matched []Match
}

// Match is one rule that matched a Call.
type Match struct {
	Policy  string
	Rule    string
	Action  Action
	Message string
	Effect  *shellparse.Effect
	// ExceptedBy is the owner's exception that takes the rule back, "" if none.
	ExceptedBy string
}

// ParseAction returns the action of a name in the audit.
func ParseAction(name string) (Action, bool) {
	for a, n := range actionNames {
		if n == name {
			return Action(a), true
		}
	}
	return 0, false
}

// ParseKind returns the kind of effect of a name in the audit.
func ParseKind(name string) (shellparse.Kind, bool) {
	k, ok := kindWords[name]
	return k, ok
}

// ParseCertainty returns the certainty of a name in the audit.
func ParseCertainty(name string) (shellparse.Certainty, bool) {
	c, ok := certaintyWords[name]
	return c, ok
}
