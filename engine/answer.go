package engine

import (
	"context"
	"path"
	"strings"
	"time"

	"rampart/engine/wire"
	"rampart/policy"
)

// Answer judges an exec, or what a process is about to do to files, that a shim or a substitute shell reports. It is the
// handler of a session's wire.Server.
func (e *Engine) Answer(r *wire.Request) *wire.Reply {
	if r.Layer == wire.Files {
		return e.answerFiles(r)
	}
	c := callOf(r)
	if e.isStart(r) {
		return &wire.Reply{Action: wire.Allow} // DecideStart has judged it
	}
	if r.Layer == wire.Constructor && e.cfg.Witnessed && e.expected.passed(r) {
		return &wire.Reply{Action: wire.Allow} // it was judged when the kernel showed it
	}
	era := e.cfg.Permits.Era()
	real := e.realShell(r.Path)
	if real != "" {
		c.Path, c.Layer = real, policy.LayerShell
	}
	if c.Path != "" {
		c.Path = absolute(c.Path, c.Cwd, "")
	}
	seen, ok := asSeenBy(r.PID, c.Path)
	if !ok {
		return e.refuse(c, "the program is named through a link that leads elsewhere in each process, so it can't be told which one it is")
	}
	c.Path = seen
	if name := ambiguous(r.Environ); name != "" {
		return e.refuse(c, "the environment holds "+name+" twice, and programs differ in which one they take")
	}
	if why := leavesLibrary(c); why != "" {
		return e.refuse(c, why)
	}
	o := e.decide(r.Context, c)
	if !o.Run {
		return &wire.Reply{Action: wire.Deny, Message: strings.TrimSuffix(o.Refusal(c), "\n")}
	}
	e.foresaw.add(c, o.around, r.Child)
	reply := &wire.Reply{Action: wire.Allow, Path: real}
	if r.Child && o.Action == policy.Allow && len(o.Excuses) == 0 && e.runsInput(c) {
		reply.Again = true // its input is yet to be put in its place
	}
	if e.cfg.Witnessed && r.Layer != wire.Constructor && !reply.Again {
		e.expect(r, c.Path, real, &o)
	}
	for _, rw := range o.Rewrites {
		reply.Rewrites = append(reply.Rewrites, wire.Rewrite{Index: rw.Index, Text: rw.Text})
	}
	if e.cfg.Permits != nil && r.Layer == wire.Preload && real == "" && !reply.Again {
		reply.Standing = func() *wire.Standing {
			file := absolute(r.Path, r.Cwd, "")
			e.offerAhead(file, &o)
			return e.stand(r, file, c, &o, expectationOf(r, c.Path, real, &o), era)
		}
	}
	return reply
}

func callOf(r *wire.Request) *policy.Call {
	c := &policy.Call{
		Tool: "exec", Argv: r.Argv, Path: r.Path, Cwd: r.Cwd,
		Layer: policy.LayerPreload, PID: r.PID, PPID: r.PPID, UID: r.UID, Gone: r.Ahead && !r.Child,
		Environ: r.Environ, Env: LookupIn(r.Environ),
	}
	if r.Layer == wire.Shell {
		c.Layer = policy.LayerShell
	}
	return c
}

// refuse answers a request that can't be judged, and records that.
func (e *Engine) refuse(c *policy.Call, why string) *wire.Reply {
	start := time.Now()
	e.complete(c, start)
	c.Refusal = why
	o := Outcome{Decision: policy.Decision{Action: policy.Deny, Message: why}}
	if o = e.settle(context.Background, c, o, start); o.Run {
		return &wire.Reply{Action: wire.Allow}
	}
	return &wire.Reply{Action: wire.Deny, Message: strings.TrimSuffix(o.Refusal(c), "\n")}
}

// ambiguous returns the name of a variable that is there twice with different
// values, "" if there is none.
func ambiguous(environ []string) string {
	// Names by their hash, to the next free place: no allocation for an
	// environment of usual size.
	var few [512]int32
	table := few[:]
	for len(table) < 4*len(environ) {
		table = make([]int32, 2*len(table))
	}
	for i, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		hash := uint32(2166136261)
		for k := range len(name) {
			hash = (hash ^ uint32(name[k])) * 16777619
		}
		for at := hash & uint32(len(table)-1); ; at = (at + 1) & uint32(len(table)-1) {
			if table[at] == 0 {
				table[at] = int32(i + 1)
				break
			}
			if n, v, _ := strings.Cut(environ[table[at]-1], "="); n == name {
				if v != value {
					return name
				}
				break
			}
		}
	}
	return ""
}

// realShell returns the shell that a substitute stands for, "" if file is no
// substitute of this session.
func (e *Engine) realShell(file string) string {
	if e.cfg.ShimDir == "" {
		return ""
	}
	dir, name := path.Split(file)
	if strings.TrimSuffix(dir, "/") != e.cfg.ShimDir {
		return ""
	}
	return e.cfg.Shells[name]
}

// LookupIn finds variables in an environ. As getenv does, the first one counts.
func LookupIn(environ []string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, kv := range environ {
			if len(kv) > len(name) && kv[len(name)] == '=' && kv[:len(name)] == name {
				return kv[len(name)+1:], true
			}
		}
		return "", false
	}
}
