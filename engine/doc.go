// Package engine is the only place where a Call becomes a Decision: it has the
// command analysed, evaluates policy, asks the owner where policy says so, and
// records what was decided.
//
// One Engine serves all layers of a session, concurrently. What it answers to
// a layer has been written to the audit trail before; if it can't be written,
// or the policy does not load, the answer is a refusal (in enforce mode).
//
// It never runs anything and never changes policy.
package engine
