package engine

import (
	"fmt"
	"os"
	"slices"
	"time"

	"rampart/audit"
	"rampart/engine/notify"
	"rampart/policy"
)

// tell queues a message about a decision for those whom the owner's policy, never
// a project's, wants to know. It does not wait.
func (e *Engine) tell(c *policy.Call, d *policy.Decision, outcome string) {
	all := e.Policies().Set.Notify()
	if len(all) == 0 {
		return
	}
	for _, to := range all {
		if !slices.Contains(to.On, d.Action) && (len(to.On) > 0 || d.Action != policy.Deny) {
			continue
		}
		host, _ := os.Hostname()
		e.notifier.Send(notify.Address{URL: to.URL, Platform: to.Platform}, notify.Message{
			Time: c.Time, Action: d.Action.String(), Outcome: outcome, Mode: e.cfg.Mode.String(), Tool: c.Tool, Command: CommandLine(c), Cwd: c.Cwd,
			Agent: c.Agent, Session: c.Session, User: c.User, Host: host, Policy: d.Policy, Rule: d.Rule, Reason: d.Message,
		})
	}
}

// FinishMessages delivers the messages that wait, as far as that is done within a
// time. None is sent after it.
func (e *Engine) FinishMessages(within time.Duration) { e.notifier.Close(within) }

// undelivered records messages that did not reach their service.
func (e *Engine) undelivered(d notify.Dropped) {
	if e.cfg.Audit == nil {
		return
	}
	_ = e.cfg.Audit.Append(&audit.Record{
		Time: time.Now(), Event: audit.EventNotifyDropped, Session: e.cfg.Session, Agent: e.cfg.Agent, Mode: e.cfg.Mode.String(),
		Message: d.Reason, Details: map[string]string{"service": d.Address, "messages": fmt.Sprint(d.Messages)},
	})
}
