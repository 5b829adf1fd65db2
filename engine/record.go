package engine

import (
	"strings"
	"time"

	"rampart/audit"
	"rampart/policy"
	"rampart/shellparse"
)

// record writes what was decided about c to the audit trail.
func (e *Engine) record(c *policy.Call, o *Outcome, start time.Time) error {
	return e.recordWith(c, o, start, nil)
}

// recordWith adds details.
func (e *Engine) recordWith(c *policy.Call, o *Outcome, start time.Time, details map[string]string) error {
	if e.cfg.Audit == nil {
		return nil
	}
	r := &audit.Record{
		Time: c.Time, Event: audit.EventDecision, Session: c.Session, Agent: c.Agent,
		Layer: string(c.Layer), PID: c.PID, UID: c.UID,
		Cwd: c.Cwd, Tool: c.Tool, Command: c.Command, Argv: c.Argv, Path: c.Path, URL: c.URL,
		Effects: recordEffects(c.Effects), Files: recordFiles(c.Files), Unresolved: c.Unresolved,
		Action: o.Action.String(), Outcome: outcomeWord(o.Run), Mode: e.cfg.Mode.String(),
		Policy: o.Policy, Rule: o.Rule, Message: o.Message, Instead: o.Instead, Refusal: c.Refusal,
		Duration: time.Since(start),
	}
	if len(o.Excuses)+len(o.Claims) > 0 {
		r.Details = excuseDetails(o)
	}
	if text, foreseen, ok := unforeseen(c, o.around); ok {
		r.Unpredicted = true
		if r.Details == nil {
			r.Details = map[string]string{}
		}
		r.Details["within"], r.Details["foreseen"] = text[:min(len(text), 400)], strings.Join(foreseen, "\n")
	}
	for name, value := range details {
		if r.Details == nil {
			r.Details = map[string]string{}
		}
		r.Details[name] = value
	}
	return e.cfg.Audit.Append(r)
}

// outcomeWord says what came of a Call.
func outcomeWord(run bool) string {
	if run {
		return "run"
	}
	return "refused"
}

func recordEffects(effects []shellparse.Effect) []audit.Effect {
	if len(effects) == 0 {
		return nil
	}
	out := make([]audit.Effect, len(effects))
	for i := range effects {
		ef := &effects[i]
		out[i] = audit.Effect{
			Kind: ef.Kind.String(), Certainty: ef.Certainty.String(), Program: ef.Program, Path: ef.Path,
			Host: ef.Host, URL: ef.URL, Name: ef.Name, Value: ef.Value.Text, From: string(ef.From), To: string(ef.To),
			Recursive: ef.Recursive, Sends: ef.Sends, Builtin: ef.Builtin, Via: ef.Via,
		}
		for _, v := range ef.Argv {
			out[i].Argv = append(out[i].Argv, word(v))
		}
	}
	return out
}

func recordFiles(files []shellparse.CodeFile) []audit.File {
	var out []audit.File
	for _, f := range files {
		out = append(out, audit.File{Path: f.Path, Size: int64(f.Size), SHA256: f.SHA256})
	}
	return out
}

// excuseDetails names the owner's exceptions that a decision rests on, and
// those that are used up by it.
func excuseDetails(o *Outcome) map[string]string {
	all := make([]string, len(o.Excuses))
	for i, x := range o.Excuses {
		all[i] = x.ID
	}
	details := map[string]string{"exceptions": strings.Join(all, " ")}
	if len(o.Claims) > 0 && o.Run {
		details["used_up"] = strings.Join(o.Claims, " ")
	}
	return details
}
