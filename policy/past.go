package policy

import "rampart/shellparse"

// DependsOnPast reports whether a rule looks at more than the Call itself: at
// how many came before, at who asks, at whether it was used already, at the time, or at what
// a service says. A Decision of such a Set holds once.
func (s *Set) DependsOnPast() bool { return s.past }

func (r *rule) dependsOnPast() bool {
	return r.once || !r.expires.IsZero() || r.webhook != nil || r.when.count != nil || r.when.depth != nil
}

// AsksAgentDepth reports whether a rule speaks of Call.AgentDepth, so that
// whoever makes a Call may spare finding it out.
func (s *Set) AsksAgentDepth() bool { return s.depth }

// MindsSending reports whether a rule would do more than allow a Flow like
// this one, were it to happen in a Call like c. What may not be sent away must
// not be sent from a copy either.
func (s *Set) MindsSending(c *Call, flow shellparse.Effect) bool {
	like := Call{Tool: "exec", Cwd: c.Cwd, Home: c.Home, User: c.User, OS: c.OS, Agent: c.Agent, Session: c.Session, Time: c.Time}
	like.Effects = []shellparse.Effect{flow}
	for _, m := range s.Explain(&like).Matched {
		if m.Action > Allow && m.Effect != nil {
			return true
		}
	}
	return false
}
