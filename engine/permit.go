package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mvdan.cc/sh/v3/syntax"

	"rampart/policy"
	"rampart/shellparse"
)

// This file finds the one command by which the owner allows a refused Call.

// maxPermit bounds a command that is printed to be pasted, in bytes.
const maxPermit = 1500

// maxOwnEffects bounds what an exact exception holds.
const maxOwnEffects = 1000

// CommandException makes the exception for exactly one command, as it would be
// carried out in dir now.
func (e *Engine) CommandException(text, dir string) (policy.OwnRule, error) {
	c := &policy.Call{Tool: "exec", Command: text, Cwd: dir}
	e.complete(c, time.Now())
	res := e.analyse(c, nil)
	switch {
	case res.Refusal != "":
		return policy.OwnRule{}, fmt.Errorf("this command can't be judged, so it can't be allowed: %s", res.Refusal)
	case res.SyntaxError != "":
		return policy.OwnRule{}, fmt.Errorf("no shell would run this: %s", res.SyntaxError)
	case len(res.Effects) > maxOwnEffects:
		return policy.OwnRule{}, fmt.Errorf("this command has %d effects; an exception holds at most %d", len(res.Effects), maxOwnEffects)
	}
	o := policy.OwnRule{Action: policy.Allow, Tool: "exec", Pattern: strings.TrimSpace(res.Canonical), Exact: true, Effects: res.Effects}
	for i := range o.Effects {
		o.Effects[i].Span = shellparse.Span{}
	}
	return o, nil
}

// howToAllow puts the command by which the owner allows c into a decision that
// stops it. Where others have a say as well, it is what they can do.
func (e *Engine) howToAllow(c *policy.Call, d *policy.Decision) {
	if d.Action < policy.Ask || !d.Excusable || c.Refusal != "" {
		return
	}
	set, err := e.policyFor(c.Cwd, c.Time)
	if err != nil {
		return
	}
	if by := e.permit(set, c); by != "" {
		d.AllowBy = by
	}
}

// permit returns the command by which the owner allows c, which was refused,
// or what else has to be done. A command is one that was tried: c evaluated
// with the exception that it would make comes out as one that may run.
func (e *Engine) permit(set *policy.Set, c *policy.Call) string {
	if policy.ToolName(c.Tool) != "exec" {
		return e.permitTool(set, c)
	}
	otherwise := ""
	for _, texts := range e.permitTexts(set, c) {
		rules := make([]policy.OwnRule, 0, len(texts))
		for _, text := range texts {
			o, err := e.CommandException(text, c.Cwd)
			if err != nil {
				break
			}
			o.In = c.Cwd
			rules = append(rules, o)
		}
		if len(rules) < len(texts) {
			continue
		}
		d, err := set.EvaluateWith(c, rules)
		switch {
		case err != nil:
		case d.Action >= policy.Ask && !d.Excusable:
			otherwise = d.AllowBy
		case d.Action < policy.Ask:
			if line := allowCommand("exec", c.Cwd, texts); line != "" {
				return line
			}
			otherwise = "rampart allow - reads the command from standard input, where it is too long or too odd to be pasted"
		}
	}
	return otherwise
}

// permitTexts are the commands that may say it, from the shortest: the words of
// the programs that are stopped, the text that eval or a shell is given, and
// the whole text.
func (e *Engine) permitTexts(set *policy.Set, c *policy.Call) [][]string {
	var out [][]string
	var words []string
	known := true
	for _, p := range set.Stopped(c) {
		text, ok := commandWords(p)
		known = known && ok
		if ok && !slices.Contains(words, text) {
			words = append(words, text)
		}
	}
	if known && len(words) > 0 && len(words) <= 8 {
		out = append(out, words)
	}
	for i := range c.Effects {
		if text := handedText(&c.Effects[i]); text != "" {
			out = append(out, []string{text})
		}
	}
	if c.Canonical != "" {
		out = append(out, []string{strings.TrimSpace(c.Canonical)})
	}
	if len(c.Argv) > 0 {
		if text, ok := quoteWords(c.Argv); ok {
			out = append(out, []string{text})
		}
	}
	return out
}

// commandWords spells an Exec as a command that has just this one.
func commandWords(p *shellparse.Effect) (string, bool) {
	words := make([]string, len(p.Argv))
	for i, v := range p.Argv {
		w, ok := quoteValue(v)
		if !ok {
			return "", false
		}
		words[i] = w
	}
	return strings.Join(words, " "), len(words) > 0
}

// handedText is the text that an Exec gives to eval, "" if it does no such
// thing or the text is not wholly known.
func handedText(p *shellparse.Effect) string {
	if p.Kind != shellparse.Exec || p.Program != "eval" || len(p.Argv) < 2 {
		return ""
	}
	words := make([]string, len(p.Argv)-1)
	for i, v := range p.Argv[1:] {
		if v.Certainty != shellparse.Exact {
			return ""
		}
		words[i] = v.Text
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

// permitTool is permit for the tools that an agent has of its own.
func (e *Engine) permitTool(set *policy.Set, c *policy.Call) string {
	o := policy.OwnRule{ID: "new", Action: policy.Allow, Tool: c.Tool, In: c.Cwd, Exact: true}
	switch c.Tool {
	case "read", "write", "edit", "delete":
		if o.Tool == "edit" {
			o.Tool = "write"
		}
		if o.Pattern = absolute(c.Path, c.Cwd, c.Home); len(c.Effects) == 1 && c.Effects[0].Path != "" {
			o.Pattern = c.Effects[0].Path
		}
	case "fetch":
		o.Pattern = c.URL
	default:
		o.Pattern = policy.ParamsText(c)
	}
	d, err := set.EvaluateWith(c, []policy.OwnRule{o})
	switch {
	case o.Pattern == "" || err != nil:
		return ""
	case d.Action >= policy.Ask && !d.Excusable:
		return d.AllowBy
	case d.Action >= policy.Ask:
		return ""
	}
	return allowCommand(o.Tool, c.Cwd, []string{o.Pattern})
}

// allowCommand spells the command for a shell.
func allowCommand(tool, dir string, patterns []string) string {
	b := []string{"rampart", "allow"}
	if tool != "exec" {
		b = append(b, "--tool", tool)
	}
	if dir != "" {
		b = append(b, "--in", dir)
	}
	if slices.ContainsFunc(patterns, func(p string) bool { return strings.ContainsAny(p, "*?") || strings.HasPrefix(p, "-") || p == "" }) || tool != "exec" {
		b = append(b, "--exact")
	}
	for _, p := range patterns {
		if strings.HasPrefix(p, "-") {
			b = append(b, "--")
			break
		}
	}
	line, ok := quoteWords(append(b, patterns...))
	if !ok || len(line) > maxPermit {
		return ""
	}
	return line
}

// quoteWords writes words so that a shell reads them back, on one line.
func quoteWords(words []string) (string, bool) {
	out := make([]string, len(words))
	for i, w := range words {
		q, err := syntax.Quote(w, syntax.LangPOSIX)
		if err != nil || strings.ContainsFunc(q, func(r rune) bool { return r < ' ' }) {
			if q, err = syntax.Quote(w, syntax.LangBash); err != nil {
				return "", false
			}
		}
		out[i] = q
	}
	return strings.Join(out, " "), true
}

// quoteValue writes a word of a command; of a pattern the wildcards stay what
// they are.
func quoteValue(v shellparse.Value) (string, bool) {
	if v.Certainty == shellparse.Unknown {
		return "", false
	}
	if v.Certainty == shellparse.Exact {
		return quoteWords([]string{v.Text})
	}
	var b, literal strings.Builder
	flush := func() bool {
		if literal.Len() == 0 {
			return true
		}
		q, ok := quoteWords([]string{literal.String()})
		literal.Reset()
		b.WriteString(q)
		return ok
	}
	for i := 0; i < len(v.Text); i++ {
		switch c := v.Text[i]; {
		case c == '\\' && i+1 < len(v.Text):
			i++
			literal.WriteByte(v.Text[i])
		case c == '*' || c == '?' || c == '[' || c == ']':
			if !flush() {
				return "", false
			}
			b.WriteByte(c)
		default:
			literal.WriteByte(c)
		}
	}
	ok := flush()
	return b.String(), ok
}
