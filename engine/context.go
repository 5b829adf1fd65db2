package engine

import (
	"time"

	"rampart/policy"
	"rampart/shellparse"
)

// context gives c what rules may ask of the session's past. live says that the
// Call is about to happen: then it counts, unless it is part of one that did.
func (e *Engine) context(c *policy.Call, past *session, set *policy.Set, now time.Time, live bool) {
	if live {
		text := c.Command != "" && c.Tool == "exec"
		if !past.counts.part(c.PID, c.PPID, text) {
			past.counts.add(c.Tool, now)
		}
	}
	if c.Count == nil {
		ahead := 0
		if !live {
			ahead = 1 // the Call itself
		}
		c.Count = func(tool string, window time.Duration) int {
			return past.counts.within(tool, window, now) + ahead
		}
	}
	if c.AgentDepth == 0 && set.AsksAgentDepth() {
		c.AgentDepth = agentDepth(c.PID, e.above(c.PID))
	}
}

// remember takes note of what a Call that runs means for later ones.
func (e *Engine) remember(c *policy.Call, o *Outcome, now time.Time) {
	past := e.sessions.of(c.Session, looker{e.cfg.FS}, now)
	clean := !past.stains.some.Load()
	past.stains.record(&command{leaves: o.leaves, effects: c.Effects, pid: c.PID, now: now})
	if clean && past.stains.some.Load() {
		e.cfg.Permits.Clear() // from now on it matters what a program is given to read
	}
}

// noted leaves out of what a command leaves in files all that no rule would ask
// about later. Data from the network and out of a decoder always counts; of a
// file or a variable counts what a rule minds being sent away.
func noted(set *policy.Set, c *policy.Call, leaves []shellparse.FileState) []shellparse.FileState {
	out := leaves[:0]
	for _, f := range leaves {
		kept := f.Origins[:0]
		for _, o := range f.Origins {
			switch o.From {
			case shellparse.File, shellparse.Environment:
				if o.Path == f.Path || !set.MindsSending(c, shellparse.Effect{
					Kind: shellparse.Flow, From: o.From, To: shellparse.Network, Path: o.Path, Name: o.Name, Via: f.Path,
				}) {
					continue
				}
			}
			kept = append(kept, o)
		}
		if f.Origins = kept; len(kept) > 0 || f.Known {
			out = append(out, f)
		}
	}
	return out
}

// trust takes note that the owner allowed data of earlier commands to be run.
func (e *Engine) trust(c *policy.Call) {
	for i := range c.Effects {
		if ef := &c.Effects[i]; ef.Kind == shellparse.Flow && ef.To == shellparse.Interpreter && ef.Via != "" {
			e.sessions.of(c.Session, looker{e.cfg.FS}, time.Now()).stains.trust(ef)
		}
	}
}
