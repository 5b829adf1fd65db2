package engine

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"rampart/engine/wire"
	"rampart/policy"
	"rampart/shellparse"
)

// files is what the engine keeps of the files that processes touch by
// themselves: their table, and what to say once rather than a thousand times.
type files struct {
	mu       sync.Mutex
	known    knownEffects
	repeated map[string]*repetition
	told     map[string]bool
	projects map[*policy.Set]bool
}

const (
	// quietFor is how long the same outcome for the same program is counted
	// before it is recorded, or asked about, again.
	quietFor    = 10 * time.Second
	maxRepeated = 1024
	maxTold     = 8192
)

// publishFiles puts the table in force that goes with the policy in force and
// the projects that were met. With more than maxProjects of them, all files are
// asked about.
func (e *Engine) publishFiles() {
	if e.cfg.Permits == nil || !e.cfg.Files {
		return
	}
	e.files.mu.Lock()
	defer e.files.mu.Unlock()
	if len(e.files.projects) > maxProjects {
		e.cfg.Permits.PublishFiles(nil)
		return
	}
	var others []*policy.Set
	for set := range e.files.projects {
		others = append(others, set)
	}
	e.cfg.Permits.PublishFiles(e.policies.Load().Set.FileTable(e.cfg.Home, others...))
}

// forgetProjects is for a new policy, with which they are compiled anew.
func (f *files) forgetProjects() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.projects = nil
}

// maxProjects bounds the project policies in the table.
const maxProjects = 16

// metProject adds what a project's policy says to the table.
func (e *Engine) metProject(set *policy.Set) {
	if e.cfg.Permits == nil || !e.cfg.Files {
		return
	}
	e.files.mu.Lock()
	new := !e.files.projects[set]
	if new {
		if e.files.projects == nil {
			e.files.projects = map[*policy.Set]bool{}
		}
		e.files.projects[set] = true
	}
	e.files.mu.Unlock()
	if new {
		e.publishFiles()
	}
}

var fileKinds = map[byte]shellparse.Kind{'r': shellparse.Read, 'w': shellparse.Write, 'd': shellparse.Delete}

// answerFiles judges what a process is about to do to files, where the table
// does not clear it.
func (e *Engine) answerFiles(r *wire.Request) *wire.Reply {
	now := time.Now()
	o := e.openerOf(r.PID)
	c := &policy.Call{
		Path: r.Path, Argv: o.argv, Cwd: r.Cwd, Layer: policy.LayerPreload,
		PID: r.PID, PPID: r.PPID, UID: r.UID, By: &o.program,
	}
	for _, word := range r.Argv {
		d, ok := wire.FileOf(word)
		if !ok {
			return e.refuse(c, fmt.Sprintf("%.100q names no file", word))
		}
		c.Effects = append(c.Effects, shellparse.Effect{Kind: fileKinds[d.Doing], Path: d.Path, Recursive: d.Below})
	}
	if len(c.Effects) == 0 {
		return e.refuse(c, "a question about no file")
	}
	about(c, &c.Effects[0])
	e.complete(c, now)
	set, err := e.policyFor(c.Cwd, now)
	if err != nil {
		set = e.Policies().Set
	}
	d := e.judgeFiles(set, c, &o, now)
	if d.Action == policy.Allow && len(d.Excuses) == 0 {
		return &wire.Reply{Action: wire.Allow}
	}
	if d.Effect != nil {
		about(c, d.Effect)
	}
	return e.settleFiles(r, c, Outcome{Decision: d, Run: d.Action < policy.Ask}, now)
}

// about makes the Call one about that effect.
func about(c *policy.Call, ef *shellparse.Effect) {
	c.Tool, c.Path = ef.Kind.String(), ef.Path
}

// judgeFiles evaluates what is not a program's own, nor was allowed before. What
// is left of the effects is what the decision is about.
func (e *Engine) judgeFiles(set *policy.Set, c *policy.Call, o *opener, now time.Time) policy.Decision {
	if c.Unclaimed == nil && set.HasOnce() {
		c.Unclaimed = e.claims.unclaimed(c, now)
	}
	e.context(c, e.sessions.of(c.Session, looker{e.cfg.FS}, now), set, now, false)
	d := set.Evaluate(c)
	if d.Action == policy.Allow {
		return d
	}
	left := c.Effects[:0:0]
	for _, ef := range c.Effects {
		if !e.wasAllowed(o, &ef, now) && (d.Action == policy.Watch || !e.owns(set, c, o, ef)) {
			left = append(left, ef)
		}
	}
	if len(left) == 0 {
		return policy.Decision{Action: policy.Allow}
	}
	if len(left) == len(c.Effects) {
		return d
	}
	c.Effects = left
	return set.Evaluate(c)
}

// settleFiles asks and records, and says why. The same again within a while is
// only counted, and the owner not asked twice.
func (e *Engine) settleFiles(r *wire.Request, c *policy.Call, o Outcome, now time.Time) *wire.Reply {
	key := fmt.Sprint(o.Rule, "\x00", o.Action, "\x00", c.By.Path, "\x00", c.Path, "\x00", c.Tool)
	once := o.Webhook != nil || len(o.Claims) > 0 // each counts
	if once || !e.again(key, c, &o) {
		o = e.settle(r.Context, c, o, now)
		if !once && (o.Action != policy.Ask || !o.Run) {
			e.heard(key, c, &o)
		}
	}
	if o.Run {
		return &wire.Reply{Action: wire.Allow}
	}
	reply := &wire.Reply{Action: wire.Deny}
	if e.tellOnce(c) {
		reply.Message = o.FileRefusal()
	}
	return reply
}

// tellOnce reports whether a process has not been told of a file yet.
func (e *Engine) tellOnce(c *policy.Call) bool {
	e.files.mu.Lock()
	defer e.files.mu.Unlock()
	key := strconv.Itoa(c.PID) + c.Path
	if e.files.told[key] {
		return false
	}
	if e.files.told == nil || len(e.files.told) >= maxTold {
		e.files.told = map[string]bool{}
	}
	e.files.told[key] = true
	return true
}

// repetition is a decision about a file that may come again and again.
type repetition struct {
	call    policy.Call
	outcome Outcome
	first   time.Time
	more    int
	timer   *time.Timer
}

// heard begins to count the repetitions of what has just been recorded.
func (e *Engine) heard(key string, c *policy.Call, o *Outcome) {
	e.files.mu.Lock()
	defer e.files.mu.Unlock()
	if e.files.repeated == nil {
		e.files.repeated = map[string]*repetition{}
	}
	if len(e.files.repeated) >= maxRepeated {
		return // each is recorded then
	}
	rep := &repetition{call: *c, outcome: *o, first: time.Now()}
	e.files.repeated[key] = rep
	rep.timer = time.AfterFunc(quietFor, func() { e.flushFile(key, rep) })
}

// again counts a repetition; false if it is none.
func (e *Engine) again(key string, c *policy.Call, o *Outcome) bool {
	e.files.mu.Lock()
	defer e.files.mu.Unlock()
	rep := e.files.repeated[key]
	if rep == nil {
		return false
	}
	rep.more++
	rep.call.PID = c.PID
	o.Run, o.AllowBy, o.Notice = rep.outcome.Run, rep.outcome.AllowBy, rep.outcome.Notice
	return true
}

func (e *Engine) flushFile(key string, rep *repetition) {
	e.files.mu.Lock()
	if e.files.repeated[key] != rep {
		e.files.mu.Unlock()
		return
	}
	delete(e.files.repeated, key)
	e.files.mu.Unlock()
	e.recordRepeated(rep)
}

// recordRepeated writes the one record that stands for all repetitions. It is
// out of the way of whoever caused them, so a failure is the next Call's to meet.
func (e *Engine) recordRepeated(rep *repetition) {
	if rep.more == 0 {
		return
	}
	rep.call.Time = time.Now()
	e.recordWith(&rep.call, &rep.outcome, rep.call.Time, map[string]string{
		"repeated": strconv.Itoa(rep.more), "since": rep.first.UTC().Format(time.RFC3339),
	})
}

// Flush records what was only counted up to now. For the end of a session.
func (e *Engine) Flush() {
	e.files.mu.Lock()
	left := e.files.repeated
	e.files.repeated = nil
	e.files.mu.Unlock()
	for _, rep := range left {
		rep.timer.Stop()
		e.recordRepeated(rep)
	}
	e.tellGap()
}
