package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"rampart/audit"
)

// textRows is how many rows of a table people are shown.
const textRows = 15

// WriteText writes counts for people.
func (s *Stats) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s", number(s.Records, "record"))
	if s.Records > 0 {
		fmt.Fprintf(out, ", %s to %s", stamp(s.From), stamp(s.To))
	}
	fmt.Fprintf(out, "\n%s: %d refused, %d not foreseen, %d with unknown effects\n",
		number(s.Decisions, "decision"), s.Refused, s.Unpredicted, s.Unresolved)
	for _, t := range []struct {
		title string
		rows  []Count
	}{
		{"decided", s.Actions}, {"what came of it", s.Outcomes}, {"tools", s.Tools}, {"layers", s.Layers}, {"agents", s.Agents}, {"sessions", s.Sessions},
		{"rules that decided", s.Rules}, {"programs in refused commands", s.RefusedPrograms}, {"events", s.Events},
	} {
		table(out, t.title, t.rows)
	}
	periods, layout := s.Periods()
	if len(periods) > 0 {
		fmt.Fprintf(out, "\n%-16s %9s %9s %9s %9s %9s\n", "when", "allow", "watch", "ask", "deny", "refused")
	}
	for _, p := range periods {
		fmt.Fprintf(out, "%-16s %9d %9d %9d %9d %9d\n", p.Start.Format(layout), p.Allow, p.Watch, p.Ask, p.Deny, p.Refused)
	}
	return out.Flush()
}

// WriteJSON writes counts as one JSON object, on one line that does nothing to a
// terminal.
func (s *Stats) WriteJSON(w io.Writer) error {
	b, err := json.Marshal(s)
	if err == nil {
		_, err = w.Write(append(audit.Harmless(b), '\n'))
	}
	return err
}

// Periods are hours if they are few, else days, and the layout of their names.
func (s *Stats) Periods() ([]Period, string) {
	if n := len(s.Hours); n > 0 && s.Hours[n-1].Start.Sub(s.Hours[0].Start) < 48*time.Hour {
		return s.Hours, "2006-01-02 15:04"
	}
	return s.Days, "2006-01-02"
}

func table(w io.Writer, title string, rows []Count) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", title)
	rest := 0
	for i, r := range rows {
		if i >= textRows {
			rest += r.Count
			continue
		}
		row(w, audit.Visible(r.Name, 60), r.Count)
	}
	if rest > 0 {
		row(w, "(others)", rest)
	}
}

func row(w io.Writer, name string, n int) {
	fmt.Fprintf(w, "  %s%s %9d\n", name, strings.Repeat(" ", max(40-utf8.RuneCountInString(name), 0)), n)
}

func stamp(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
