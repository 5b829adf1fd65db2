package engine

import (
	"time"

	"rampart/audit"
	"rampart/policy"
	"rampart/shellparse"
)

// This file is the only one that knows how a Call comes back out of the record.

// Recorded is a Call that was judged before.
type Recorded struct {
	Call   policy.Call
	Action policy.Action // what was decided then
	Ran    bool          // whether it ran, after all
	Cut    bool          // the record does not hold all of it
}

// ReadRecorded calls f for every judged Call in a trail since a time.
func ReadRecorded(dir string, since time.Time, f func(*Recorded) error) (audit.Scanned, error) {
	return audit.Scan(dir, since, func(r *audit.Record) error {
		if r.Event != audit.EventDecision {
			return nil
		}
		action, ok := policy.ParseAction(r.Action)
		if !ok {
			return nil
		}
		one := Recorded{Action: action, Ran: r.Outcome == "run", Cut: r.Cut, Call: policy.Call{
			Tool: r.Tool, Command: r.Command, Argv: r.Argv, Path: r.Path, URL: r.URL, Cwd: r.Cwd,
			Agent: r.Agent, Session: r.Session, Layer: policy.Layer(r.Layer), PID: r.PID, UID: r.UID, Time: r.Time,
			Refusal: r.Refusal, Unresolved: r.Unresolved, Effects: recordedEffects(r.Effects),
		}}
		if one.Call.Tool == "" {
			one.Call.Tool = "exec"
		}
		if one.Call.Tool != "exec" && one.Call.Layer == policy.LayerPreload && len(r.Argv) > 0 {
			by := execEffect(r.Argv[0], r.Argv) // a file, and the program that touched it
			one.Call.By = &by
		}
		return f(&one)
	})
}

// recordedEffects brings effects back. Which of a program's words were patterns
// is not in the record; one that was unknown is written as a question mark.
func recordedEffects(effects []audit.Effect) []shellparse.Effect {
	out := make([]shellparse.Effect, len(effects))
	for i := range effects {
		r := &effects[i]
		kind, _ := policy.ParseKind(r.Kind)
		certainty, _ := policy.ParseCertainty(r.Certainty)
		out[i] = shellparse.Effect{
			Kind: kind, Certainty: certainty, Program: r.Program, Path: r.Path, Host: r.Host, URL: r.URL, Name: r.Name,
			From: shellparse.Endpoint(r.From), To: shellparse.Endpoint(r.To), Recursive: r.Recursive, Sends: r.Sends, Builtin: r.Builtin,
			Value: shellparse.Value{Text: r.Value},
		}
		for _, w := range r.Argv {
			v := shellparse.Value{Text: w}
			if w == "?" {
				v = shellparse.Value{Certainty: shellparse.Unknown}
			}
			out[i].Argv = append(out[i].Argv, v)
		}
	}
	return out
}

// JudgeRecorded decides about a recorded Call by the effects that it had then.
// The record knows nothing of variables and files, and needs not to.
func (e *Engine) JudgeRecorded(r *Recorded) policy.Decision {
	c := r.Call
	e.complete(&c, c.Time)
	set, err := e.policyFor(c.Cwd, time.Now())
	if err != nil {
		return policy.Decision{Action: policy.Deny, Message: err.Error()}
	}
	return set.Evaluate(&c)
}
