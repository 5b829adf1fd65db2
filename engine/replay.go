package engine

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"rampart/policy"
)

// Replay is what a policy would have decided over recorded Calls.
type Replay struct {
	Policy     string    `json:"policy"` // where it comes from
	Calls      int       `json:"calls"`
	Same       int       `json:"same"`
	Changed    int       `json:"changed"`
	Cut        int       `json:"cut"` // recorded in part only, and left out
	Unreadable int       `json:"unreadable"`
	From       time.Time `json:"from,omitzero"`
	To         time.Time `json:"to,omitzero"`
	Changes    []Change  `json:"changes"`
}

// Change is a kind of Call that would be decided differently: the same words,
// the same decision before, the same rule after.
type Change struct {
	Count   int       `json:"count"`
	Before  string    `json:"before"`
	After   string    `json:"after"`
	Policy  string    `json:"policy,omitempty"`
	Rule    string    `json:"rule,omitempty"`
	Message string    `json:"message,omitempty"`
	Call    string    `json:"call"`
	Cwd     string    `json:"cwd"` // of the last
	Last    time.Time `json:"last"`

	before, after policy.Action
}

// maxChanges bounds how many kinds of change are told apart.
const maxChanges = 100_000

// Replay judges what is recorded in the trail in dir since a time.
func (e *Engine) Replay(dir string, since time.Time) (*Replay, error) {
	r := &Replay{Policy: e.cfg.Policies.Origin, Changes: []Change{}}
	at := map[string]int{}
	scanned, err := ReadRecorded(dir, since, func(x *Recorded) error {
		if x.Cut {
			r.Cut++
			return nil
		}
		if r.Calls++; r.From.IsZero() {
			r.From = x.Call.Time
		}
		r.To = x.Call.Time
		d := e.JudgeRecorded(x)
		if d.Action == x.Action {
			r.Same++
			return nil
		}
		r.Changed++
		call := Sanitize(CommandLine(&x.Call))
		key := fmt.Sprint(x.Action, d.Action, d.Rule, "\x00", call)
		i, ok := at[key]
		if !ok {
			if len(r.Changes) >= maxChanges {
				return nil
			}
			i = len(r.Changes)
			at[key] = i
			r.Changes = append(r.Changes, Change{
				Before: x.Action.String(), After: d.Action.String(), Policy: d.Policy, Rule: d.Rule, Message: d.Message, Call: call,
				before: x.Action, after: d.Action,
			})
		}
		ch := &r.Changes[i]
		ch.Count++
		ch.Cwd, ch.Last = x.Call.Cwd, x.Call.Time
		return nil
	})
	r.Unreadable = scanned.Unreadable
	slices.SortStableFunc(r.Changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(b.after, a.after), cmp.Compare(a.before, b.before), cmp.Compare(b.Count, a.Count))
	})
	return r, err
}

// WriteReplay writes r as a table, at most so many rows of it; 0 is all.
func WriteReplay(w io.Writer, r *Replay, rows int, paint Paint) error {
	if len(r.Changes) > 0 {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintf(t, "COUNT\tBEFORE\tAFTER\tRULE\tCALL\n")
		for i := range r.Changes {
			if rows > 0 && i == rows {
				break
			}
			c := &r.Changes[i]
			rule := c.Rule
			if rule == "" {
				rule = "(default)"
			}
			fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\n", c.Count, c.Before, c.After, Sanitize(rule), shorten(c.Call, 100))
		}
		if err := t.Flush(); err != nil {
			return err
		}
		if n := len(r.Changes) - rows; rows > 0 && n > 0 {
			fmt.Fprintf(w, "and %d more; --rows 0 shows all\n", n)
		}
		fmt.Fprintln(w)
	}
	if r.Calls == 0 {
		_, err := fmt.Fprintln(w, "no calls were recorded in that time")
		return err
	}
	fmt.Fprintf(w, "%d calls from %s to %s under %s: ", r.Calls, day(r.From), day(r.To), Sanitize(r.Policy))
	if r.Changed == 0 {
		fmt.Fprintln(w, "nothing would change")
	} else {
		fmt.Fprintf(w, "%s\n", paint.bold(fmt.Sprintf("%d would be decided differently", r.Changed))+changeSummary(r.Changes))
	}
	if r.Cut > 0 {
		fmt.Fprintf(w, "%d more were too long to be recorded whole and are left out\n", r.Cut)
	}
	if r.Unreadable > 0 {
		fmt.Fprintf(w, "%d lines of the trail can't be read; rampart audit verify tells more\n", r.Unreadable)
	}
	return nil
}

func changeSummary(changes []Change) string {
	var counts [policy.Deny + 1]int
	for i := range changes {
		counts[changes[i].after] += changes[i].Count
	}
	var parts []string
	for a, words := range map[policy.Action]string{policy.Deny: "refused", policy.Ask: "asked about", policy.Watch: "watched", policy.Allow: "allowed"} {
		if counts[a] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[a], words))
		}
	}
	slices.Sort(parts)
	return " (" + strings.Join(parts, ", ") + ")"
}

func day(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

// shorten cuts text to so many characters.
func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// WriteProposal writes a proposed policy if it is to be shown, and to report
// how well it fits.
func WriteProposal(w, report io.Writer, p *Proposal, show bool) error {
	if show {
		if _, err := w.Write(p.YAML); err != nil {
			return err
		}
		fmt.Fprintln(report)
	}
	fmt.Fprintf(report, "made from %d calls that ran between %s and %s; %d of them would run under it\n", p.Calls, day(p.From), day(p.To), p.Covered)
	for i := range p.Left {
		if i == 20 {
			fmt.Fprintf(report, "  and %d more\n", len(p.Left)-i)
			break
		}
		l := &p.Left[i]
		why := l.Rule
		if why == "" {
			why = "nothing narrow covers it"
		}
		fmt.Fprintf(report, "  not %s: %d times: %s (%s)\n", map[string]string{"ask": "without asking", "deny": "at all"}[l.After], l.Count, shorten(l.Call, 100), Sanitize(why))
	}
	return nil
}
