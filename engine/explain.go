package engine

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"rampart/policy"
	"rampart/shellparse"
)

// Paint colours text for a terminal. The zero value colours nothing.
type Paint bool

func (p Paint) code(code, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p Paint) bold(s string) string { return p.code("1", s) }
func (p Paint) dim(s string) string  { return p.code("2", s) }

// Action colours the name of an action.
func (p Paint) Action(a policy.Action) string {
	code := map[policy.Action]string{policy.Allow: "32", policy.Watch: "36", policy.Ask: "33", policy.Deny: "31"}[a]
	return p.code(code, a.String())
}

// WriteVerdict writes what was decided about c in a few lines.
func WriteVerdict(w io.Writer, c *policy.Call, o *Outcome, paint Paint) {
	fmt.Fprintf(w, "%s", paint.Action(o.Action))
	if o.Rule != "" {
		fmt.Fprintf(w, "  %s (%s)", Sanitize(o.Policy), Sanitize(o.Rule))
	} else if o.Default {
		fmt.Fprint(w, "  no rule matched")
	}
	fmt.Fprintln(w)
	if o.Message != "" {
		fmt.Fprintf(w, "  %s\n", Sanitize(o.Message))
	}
	if o.Effect != nil {
		fmt.Fprintf(w, "  because it %s\n", Sanitize(DescribeEffect(o.Effect)))
	}
	if o.Instead != "" {
		fmt.Fprintf(w, "  instead: %s\n", Sanitize(o.Instead))
	}
	if o.AllowBy != "" {
		fmt.Fprintf(w, "  to allow: %s\n", Sanitize(o.AllowBy))
	}
}

// WriteExplanation writes every effect of c with carets under its text, every
// rule that matched, and which won.
func WriteExplanation(w io.Writer, c *policy.Call, o *Outcome, paint Paint) {
	WriteVerdict(w, c, o, paint)
	if o.Canonical != "" && o.Canonical != c.Command {
		fmt.Fprintf(w, "\n%s\n", paint.bold("runs as"))
		for l := range strings.Lines(o.Canonical) {
			fmt.Fprintf(w, "  %s\n", Sanitize(l))
		}
	}
	fmt.Fprintf(w, "\n%s\n", paint.bold("effects"))
	if len(c.Effects) == 0 {
		fmt.Fprintln(w, "  none")
	}
	for i := range c.Effects {
		writeEffect(w, c.Command, &c.Effects[i], paint)
	}
	if len(c.Files) > 0 {
		fmt.Fprintf(w, "\n%s\n", paint.bold("files judged with it"))
	}
	for _, f := range c.Files {
		fmt.Fprintf(w, "  %s, %d bytes, sha256 %s\n", Sanitize(f.Path), f.Size, f.SHA256)
	}
	fmt.Fprintf(w, "\n%s\n", paint.bold("rules that matched"))
	if len(o.Matched) == 0 {
		fmt.Fprintln(w, "  none")
	}
	for _, m := range o.Matched {
		won := " "
		if m.Rule == o.Rule && m.Action == o.Action {
			won = "*"
		}
		fmt.Fprintf(w, "%s %-5s %s (%s)", won, paint.Action(m.Action), Sanitize(m.Policy), Sanitize(m.Rule))
		if m.Effect != nil {
			fmt.Fprintf(w, ": it %s", Sanitize(DescribeEffect(m.Effect)))
		}
		fmt.Fprintln(w)
	}
}

// writeEffect writes one effect below the line of text that it came from.
func writeEffect(w io.Writer, text string, ef *shellparse.Effect, paint Paint) {
	if s := ef.Span; s.Start >= 0 && s.Start < s.End && s.End <= len(text) {
		from := strings.LastIndexByte(text[:s.Start], '\n') + 1
		to := len(text)
		if i := strings.IndexByte(text[s.Start:], '\n'); i >= 0 {
			to = s.Start + i
		}
		end := min(s.End, to)
		before, under := cells(text[from:s.Start]), max(1, cells(text[s.Start:end]))
		fmt.Fprintf(w, "  %s\n  %s%s ", paint.dim(Sanitize(text[from:to])), strings.Repeat(" ", before), paint.code("35", strings.Repeat("^", under)))
	} else {
		fmt.Fprint(w, "  ")
	}
	fmt.Fprint(w, Sanitize(DescribeEffect(ef)))
	if ef.Certainty != shellparse.Exact {
		fmt.Fprintf(w, " %s", paint.dim("("+ef.Certainty.String()+")"))
	}
	fmt.Fprintln(w)
}

// cells is how wide s is on a terminal once it has been sanitised, wide
// characters taken as one cell.
func cells(s string) int { return utf8.RuneCountInString(Sanitize(s)) }
