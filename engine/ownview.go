package engine

import (
	"fmt"
	"io"
	"strings"
	"time"

	"rampart/policy"
	"rampart/shellparse"
)

// State says in a word what became of a rule: "" while it holds, "expired",
// or "used".
func (o OwnRules) State(r *policy.OwnRule, now time.Time) string {
	switch {
	case o.Used(r):
		return "used"
	case o.Over(r, now):
		return "expired"
	}
	return ""
}

// OwnRuleJSON is one of the owner's own rules as commands print it for scripts.
type OwnRuleJSON struct {
	Number  int          `json:"number"`
	ID      string       `json:"id"`
	Action  string       `json:"action"`
	Tool    string       `json:"tool"`
	Pattern string       `json:"pattern"`
	Exact   bool         `json:"exact,omitempty"`
	In      string       `json:"in,omitempty"`
	Below   string       `json:"below,omitempty"`
	Added   *time.Time   `json:"added,omitempty"`
	Expires *time.Time   `json:"expires_at,omitempty"`
	Once    bool         `json:"once,omitempty"`
	State   string       `json:"state"` // active, used or expired
	Effects []EffectJSON `json:"effects,omitempty"`
}

// OwnRuleToJSON returns r for scripts.
func OwnRuleToJSON(number int, r *policy.OwnRule, state string) OwnRuleJSON {
	j := OwnRuleJSON{
		Number: number, ID: r.ID, Action: r.Action.String(), Tool: r.Tool, Pattern: r.Pattern, Exact: r.Exact,
		In: r.In, Below: r.Below, Once: r.Once, State: state,
	}
	if state == "" {
		j.State = "active"
	}
	if !r.Added.IsZero() {
		j.Added = &r.Added
	}
	if !r.Expires.IsZero() {
		j.Expires = &r.Expires
	}
	if len(r.Effects) > 0 {
		j.Effects = EffectsJSON(r.Effects)
	}
	return j
}

// WriteOwnRule writes what a new rule says, in a few lines.
func WriteOwnRule(w io.Writer, number int, r *policy.OwnRule) {
	verb := map[policy.Action]string{policy.Allow: "allowed", policy.Ask: "will be asked about", policy.Deny: "blocked"}[r.Action]
	what := r.Pattern
	if r.Tool != "exec" {
		what = r.Tool + " " + what
	}
	fmt.Fprintf(w, "%s (rule %d): %s\n", verb, number, Sanitize(what))
	say := func(key, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %-10s %s\n", key, Sanitize(value))
		}
	}
	switch {
	case r.Action == policy.Allow && r.Exact && r.Tool == "exec":
		for i := range r.Effects {
			if x := &r.Effects[i]; x.Kind != shellparse.Exec || x.Certainty != shellparse.Exact {
				say("it", DescribeEffect(x))
			}
		}
	case r.Action == policy.Allow && !r.Exact && r.Tool == "exec" && strings.Contains(r.Pattern, "*"):
		say("also", r.Widest()+" (links are followed)")
	case r.Action != policy.Allow && r.Tool == "exec":
		say("that is", policy.BlockMeans(r.Pattern))
	}
	say("only in", r.In)
	say("only below", r.Below)
	if r.Once {
		say("for", "one use")
	}
	if !r.Expires.IsZero() {
		say("until", r.Expires.Local().Format("2006-01-02 15:04:05"))
	}
}

// WriteOwnRuleLine writes a rule on one line of a list.
func WriteOwnRuleLine(w io.Writer, number int, r *policy.OwnRule, state string, paint Paint) {
	s := r.Describe()
	verb, rest, _ := strings.Cut(s, " ")
	action := paint.code(map[string]string{"allow": "32", "ask": "33", "block": "31"}[verb], verb)
	if state != "" {
		state = paint.dim(" [" + state + "]")
	}
	fmt.Fprintf(w, "%3d  %s %s%s\n", number, action, Sanitize(rest), state)
}
