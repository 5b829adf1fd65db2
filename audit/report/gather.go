package report

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"rampart/audit"
)

// Stats are the counts of a trail.
type Stats struct {
	Records    int       `json:"records"`
	Unreadable int       `json:"unreadable"` // lines that are no records
	From       time.Time `json:"from"`       // time of the earliest record
	To         time.Time `json:"to"`         // and of the latest

	Decisions   int `json:"decisions"`
	Refused     int `json:"refused"`
	Unpredicted int `json:"unpredicted"`
	Unresolved  int `json:"unresolved"`

	Events          []Count `json:"events"`
	Actions         []Count `json:"actions"` // of decisions, as the rest
	Outcomes        []Count `json:"outcomes"`
	Tools           []Count `json:"tools"`
	Layers          []Count `json:"layers"`
	Agents          []Count `json:"agents"`
	Sessions        []Count `json:"sessions"`
	Rules           []Count `json:"rules"`            // that decided
	RefusedPrograms []Count `json:"refused_programs"` // of commands that were refused

	Days  []Period `json:"days"`            // of the local time
	Hours []Period `json:"hours,omitempty"` // none if there are too many
}

// Period is what was decided in an hour or a day.
type Period struct {
	Start   time.Time `json:"start"`
	Allow   int       `json:"allow"`
	Watch   int       `json:"watch"`
	Ask     int       `json:"ask"`
	Deny    int       `json:"deny"`
	Refused int       `json:"refused"`
}

func (p *Period) all() int { return p.Allow + p.Watch + p.Ask + p.Deny }

// Session is what happened in one.
type Session struct {
	ID, Agent, Command, Mode       string
	Start, End                     time.Time
	Decisions, Refused, Asked      int
	Watched, Unpredicted, Failures int
	First                          []string // of what was refused
}

// Refusal is a command that was refused, or would have been, as often as it was.
type Refusal struct {
	What, Action, Outcome, Rule, Policy, Why string
	Count                                    int
	Last                                     time.Time
}

// Event is one record that is shown by itself.
type Event struct {
	Time                                      time.Time
	Seq                                       uint64
	Event, Session, Layer, What, Why, Details string
}

// Summary is what a report is made of.
type Summary struct {
	Stats
	Sessions    []Session
	MoreOf      int // sessions that are only counted
	Refusals    []Refusal
	Unpredicted []Event
	Others      []Event // the last of what is neither a decision nor the life of a session
	OtherCount  int     // how many there are
}

// Bounds of what is kept.
const (
	maxHours    = 24 * 200
	maxDays     = 4000
	maxSessions = 2000
	maxEvents   = 200
	maxFirst    = 5 // refusals of a session
)

// Gather reads the records that fit.
func Gather(ctx context.Context, dir string, filter audit.Filter) (*Summary, error) {
	g := gatherer{
		hours: map[time.Time]*Period{}, days: map[time.Time]*Period{},
		sessions: map[string]*Session{}, refusals: map[string]*Refusal{},
	}
	s, err := audit.Search(ctx, dir, filter, func(m audit.Match) error {
		g.add(m.Record)
		return nil
	})
	if err != nil {
		return nil, err
	}
	g.Records, g.Unreadable = s.Matched, s.Unreadable
	return g.summary(), nil
}

type gatherer struct {
	Summary
	events, actions, outcomes, tools, layers, agents, inSession, rules, programs tally

	hours, days         map[time.Time]*Period
	sessions            map[string]*Session
	refusals            map[string]*Refusal
	unpredicted, others ring
}

func (g *gatherer) add(r *audit.Record) {
	g.events.add(r.Event)
	if g.From.IsZero() || r.Time.Before(g.From) {
		g.From = r.Time
	}
	if r.Time.After(g.To) {
		g.To = r.Time
	}
	s := g.session(r)
	switch r.Event {
	case audit.EventDecision:
		g.decision(r, s)
	case audit.EventSessionStart:
		s.Command, s.Mode = strings.Clone(short(r.CommandLine())), strings.Clone(short(r.Mode))
	case audit.EventSessionEnd, audit.EventSeal, audit.EventRotate:
	default:
		if r.Event == audit.EventFailure {
			s.Failures++
		}
		g.OtherCount++
		g.others.add(eventOf(r))
	}
}

func (g *gatherer) decision(r *audit.Record, s *Session) {
	g.Decisions++
	s.Decisions++
	g.actions.add(r.Action)
	g.outcomes.add(r.Outcome)
	g.tools.add(r.Tool)
	g.layers.add(r.Layer)
	g.agents.add(r.Agent)
	g.inSession.add(r.Session)
	if r.Rule != "" {
		g.rules.add(strings.TrimSpace(r.Rule + " " + r.Policy))
	}
	at := r.Time.Local()
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
	for _, p := range []*Period{period(g.days, maxDays, day), period(g.hours, maxHours, at.Truncate(time.Hour))} {
		p.count(r)
	}
	refused := r.Outcome == "refused"
	if refused {
		g.Refused++
		s.Refused++
		if len(s.First) < maxFirst {
			s.First = append(s.First, strings.Clone(short(r.Subject())))
		}
		seen := map[string]bool{}
		for i := range r.Effects {
			if f := &r.Effects[i]; f.Kind == "exec" && !f.Builtin && f.Program != "" && !seen[f.Program] && len(seen) < 32 {
				seen[f.Program] = true
				g.programs.add(f.Program)
			}
		}
	}
	if refused || r.Action == "deny" {
		g.refusal(r)
	}
	switch r.Action {
	case "ask":
		s.Asked++
	case "watch":
		s.Watched++
	}
	if r.Unresolved {
		g.Stats.Unresolved++
	}
	if r.Unpredicted {
		g.Stats.Unpredicted++
		s.Unpredicted++
		g.unpredicted.add(eventOf(r))
	}
}

// period returns the one that begins at start; beyond the bound, one that
// nobody looks at.
func period(all map[time.Time]*Period, bound int, start time.Time) *Period {
	p := all[start]
	if p == nil {
		p = &Period{Start: start}
		if len(all) <= bound {
			all[start] = p
		}
	}
	return p
}

func (p *Period) count(r *audit.Record) {
	switch r.Action {
	case "deny":
		p.Deny++
	case "ask":
		p.Ask++
	case "watch":
		p.Watch++
	default:
		p.Allow++
	}
	if r.Outcome == "refused" {
		p.Refused++
	}
}

// session returns the session of a record; of those beyond the bound, one that
// is only for the counts.
func (g *gatherer) session(r *audit.Record) *Session {
	id := short(r.Session)
	s := g.sessions[id]
	if s == nil {
		s = &Session{}
		if r.Session == "" {
			return s
		}
		if len(g.sessions) == maxSessions {
			if r.Event == audit.EventSessionStart {
				g.MoreOf++
			}
			return s
		}
		*s = Session{ID: strings.Clone(id), Agent: strings.Clone(short(r.Agent)), Mode: strings.Clone(short(r.Mode)), Start: r.Time, End: r.Time}
		g.sessions[s.ID] = s
	}
	if r.Time.Before(s.Start) {
		s.Start = r.Time
	}
	if r.Time.After(s.End) {
		s.End = r.Time
	}
	return s
}

func (g *gatherer) refusal(r *audit.Record) {
	what, why := short(r.Subject()), short(because(r))
	key := strings.Join([]string{r.Action, r.Outcome, r.Rule, r.Policy, what, why}, "\x00")
	f := g.refusals[key]
	if f == nil {
		if len(g.refusals) == maxDistinct {
			return
		}
		f = &Refusal{
			What: strings.Clone(what), Action: strings.Clone(r.Action), Outcome: strings.Clone(r.Outcome), Why: strings.Clone(why),
			Rule: strings.Clone(short(r.Rule)), Policy: strings.Clone(short(r.Policy)),
		}
		g.refusals[key] = f
	}
	f.Count++
	if r.Time.After(f.Last) {
		f.Last = r.Time
	}
}

// because is why something was decided, in words.
func because(r *audit.Record) string {
	switch {
	case r.Refusal == "" || strings.Contains(r.Message, r.Refusal):
		return r.Message
	case r.Message == "":
		return r.Refusal
	}
	return r.Message + "; " + r.Refusal
}

func eventOf(r *audit.Record) Event {
	var details []string
	for _, k := range slices.Sorted(maps.Keys(r.Details)) {
		if details = append(details, short(k)+": "+short(r.Details[k])); len(details) == 8 {
			break
		}
	}
	clone := func(s string) string { return strings.Clone(short(s)) }
	return Event{
		Time: r.Time, Seq: r.Seq, Event: clone(r.Event), Session: clone(r.Session), Layer: clone(r.Layer),
		What: clone(r.Subject()), Why: clone(because(r)), Details: strings.Join(details, "\n"),
	}
}

// ring keeps the last events.
type ring struct {
	events []Event
	next   int
}

func (r *ring) add(e Event) {
	if len(r.events) < maxEvents {
		r.events = append(r.events, e)
		return
	}
	r.events[r.next] = e
	r.next = (r.next + 1) % maxEvents
}

func (r *ring) inOrder() []Event { return slices.Concat(r.events[r.next:], r.events[:r.next]) }

func (g *gatherer) summary() *Summary {
	g.Events, g.Actions, g.Outcomes = g.events.top(0), g.actions.top(0), g.outcomes.top(0)
	g.Tools, g.Layers, g.Agents = g.tools.top(50), g.layers.top(50), g.agents.top(50)
	g.Stats.Sessions, g.Rules, g.RefusedPrograms = g.inSession.top(50), g.rules.top(50), g.programs.top(50)
	g.Days = inOrder(g.days, maxDays)
	if len(g.hours) <= maxHours {
		g.Hours = inOrder(g.hours, maxHours)
	}
	for _, s := range g.sessions {
		g.Summary.Sessions = append(g.Summary.Sessions, *s)
	}
	slices.SortFunc(g.Summary.Sessions, func(a, b Session) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID))
	})
	for _, f := range g.refusals {
		g.Refusals = append(g.Refusals, *f)
	}
	slices.SortFunc(g.Refusals, func(a, b Refusal) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), b.Last.Compare(a.Last), cmp.Compare(a.What, b.What), cmp.Compare(a.Rule, b.Rule))
	})
	g.Summary.Unpredicted, g.Others = g.unpredicted.inOrder(), g.others.inOrder()
	return &g.Summary
}

func inOrder(periods map[time.Time]*Period, bound int) []Period {
	all := []Period{}
	for _, p := range periods {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b Period) int { return a.Start.Compare(b.Start) })
	return all[:min(len(all), bound)]
}
