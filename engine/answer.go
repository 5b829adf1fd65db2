package engine

import (
	"path"
	"strings"

	"rampart/engine/wire"
	"rampart/policy"
)

// Answer judges an exec that a shim or a substitute shell reports. It is the
// handler of a session's wire.Server.
func (e *Engine) Answer(r *wire.Request) *wire.Reply {
	c := &policy.Call{
		Tool: "exec", Argv: r.Argv, Path: r.Path, Cwd: r.Cwd,
		Layer: policy.LayerPreload, PID: r.PID, UID: r.UID,
		Environ: r.Environ, Env: lookup(r.Environ),
	}
	if r.Layer == wire.Shell {
		c.Layer = policy.LayerShell
	}
	if r.Layer == wire.Constructor && e.start.is(r) {
		return &wire.Reply{Action: wire.Allow} // DecideStart has judged it
	}
	real := e.realShell(r.Path)
	if real != "" {
		c.Path, c.Layer = real, policy.LayerShell
	}
	if c.Path != "" {
		c.Path = absolute(c.Path, c.Cwd, "")
	}
	o := e.decide(r.Context, c)
	if !o.Run {
		return &wire.Reply{Action: wire.Deny, Message: strings.TrimSuffix(RefusalText(&o.Decision, c), "\n")}
	}
	reply := &wire.Reply{Action: wire.Allow, Path: real}
	for _, rw := range o.Rewrites {
		reply.Rewrites = append(reply.Rewrites, wire.Rewrite{Index: rw.Index, Text: rw.Text})
	}
	return reply
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

// lookup finds variables in an environ. As getenv does, the first one counts.
func lookup(environ []string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, kv := range environ {
			if len(kv) > len(name) && kv[len(name)] == '=' && kv[:len(name)] == name {
				return kv[len(name)+1:], true
			}
		}
		return "", false
	}
}
