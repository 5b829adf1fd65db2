package audit

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
)

// Filter says which records are meant: those to which everything applies that
// is set. Of several values one must fit; of texts, all. Values may be globs.
type Filter struct {
	Text       []string // stand somewhere in what the record says
	IgnoreCase bool     // in texts, of A to Z

	Event, Tool, Action, Outcome, Agent, Session, Layer []string

	Rule    []string // file:line, the file alone, or the name of the policy
	Path    []string // globs over the paths of the record and of its effects; without a slash in front, anywhere
	Program []string // one that is executed: its path, or the name alone

	Since, Until time.Time // zero: no limit; Until is not included

	Unpredicted, Unresolved bool // only those

	Trail bool // also seals and ends of files, which are about the trail itself; else only if Event names them
}

// IsZero says whether nothing is set, so that all records are meant.
func (f *Filter) IsZero() bool { return reflect.DeepEqual(f, new(Filter)) }

// matcher is a Filter that is ready for use.
type matcher struct {
	Filter
	names    []nameMatcher
	rules    []pattern
	paths    []pattern
	programs []pattern
	needles  needles
}

type nameMatcher struct {
	of       func(*Record) string
	patterns []pattern
}

// pattern is a literal, or a glob with what a name must begin with.
type pattern struct {
	text string
	glob bool
	head string
}

func newPattern(text string) (pattern, error) {
	p := pattern{text: text}
	if i := strings.IndexAny(text, `*?[{\`); i >= 0 {
		p.glob, p.head = true, text[:i]
		if !doublestar.ValidatePattern(text) {
			return p, fmt.Errorf("%q is no pattern: put a backslash before a * ? [ or { that stands for itself", text)
		}
	}
	return p, nil
}

func (p *pattern) match(s string) bool {
	if !p.glob {
		return p.text == s
	}
	return strings.HasPrefix(s, p.head) && doublestar.MatchUnvalidated(p.text, s)
}

func anyMatch(patterns []pattern, s string) bool {
	for i := range patterns {
		if patterns[i].match(s) {
			return true
		}
	}
	return false
}

func newPatterns(texts []string, change func(string) string) ([]pattern, error) {
	var out []pattern
	for _, text := range texts {
		if change != nil {
			text = change(text)
		}
		p, err := newPattern(text)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// compile checks a Filter and makes it ready.
func (f *Filter) compile() (*matcher, error) {
	m := &matcher{Filter: *f}
	if f.IgnoreCase {
		m.Text = slices.Clone(f.Text)
		for i, s := range m.Text {
			m.Text[i] = lowerASCII(s)
		}
	}
	if !f.Since.IsZero() && !f.Until.IsZero() && !f.Since.Before(f.Until) {
		return nil, fmt.Errorf("nothing lies between %s and %s", f.Since.Format(time.RFC3339), f.Until.Format(time.RFC3339))
	}
	for _, n := range []struct {
		values []string
		of     func(*Record) string
	}{
		{f.Event, func(r *Record) string { return r.Event }},
		{f.Tool, func(r *Record) string { return r.Tool }},
		{f.Action, func(r *Record) string { return r.Action }},
		{f.Outcome, func(r *Record) string { return r.Outcome }},
		{f.Agent, func(r *Record) string { return r.Agent }},
		{f.Session, func(r *Record) string { return r.Session }},
		{f.Layer, func(r *Record) string { return r.Layer }},
	} {
		patterns, err := newPatterns(n.values, nil)
		if err != nil {
			return nil, err
		}
		if len(patterns) > 0 {
			m.names = append(m.names, nameMatcher{n.of, patterns})
		}
	}
	var err error
	if m.rules, err = newPatterns(f.Rule, nil); err != nil {
		return nil, err
	}
	if m.programs, err = newPatterns(f.Program, nil); err != nil {
		return nil, err
	}
	m.paths, err = newPatterns(f.Path, func(s string) string {
		if !strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "**/") {
			return "**/" + s
		}
		return s
	})
	m.find()
	return m, err
}

func (m *matcher) match(r *Record) bool {
	switch {
	case !m.Since.IsZero() && r.Time.Before(m.Since),
		!m.Until.IsZero() && !r.Time.Before(m.Until),
		m.Unpredicted && !r.Unpredicted,
		m.Unresolved && !r.Unresolved,
		!m.Trail && len(m.Event) == 0 && (r.Event == EventSeal || r.Event == EventRotate):
		return false
	}
	for i := range m.names {
		if n := &m.names[i]; !anyMatch(n.patterns, n.of(r)) {
			return false
		}
	}
	if m.rules != nil && !m.matchRule(r) || m.programs != nil && !m.matchProgram(r) || m.paths != nil && !m.matchPath(r) {
		return false
	}
	for _, text := range m.Text {
		if !m.says(r, text) {
			return false
		}
	}
	return true
}

func (m *matcher) matchRule(r *Record) bool {
	if r.Rule == "" && r.Policy == "" {
		return false
	}
	file := r.Rule
	if i := strings.LastIndexByte(file, ':'); i >= 0 {
		file = file[:i]
	}
	return anyMatch(m.rules, r.Rule) || anyMatch(m.rules, file) || anyMatch(m.rules, r.Policy)
}

func (m *matcher) matchProgram(r *Record) bool {
	for i := range r.Effects {
		f := &r.Effects[i]
		if f.Kind == "exec" && (m.isProgram(f.Program) || f.Path != "" && m.isProgram(f.Path)) {
			return true
		}
	}
	return false
}

func (m *matcher) isProgram(s string) bool {
	return anyMatch(m.programs, s) || anyMatch(m.programs, base(s))
}

// base is the last part of a path.
func base(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

func (m *matcher) matchPath(r *Record) bool {
	if r.Path != "" && anyMatch(m.paths, r.Path) {
		return true
	}
	for i := range r.Effects {
		if p := r.Effects[i].Path; p != "" && anyMatch(m.paths, p) {
			return true
		}
	}
	for i := range r.Files {
		if anyMatch(m.paths, r.Files[i].Path) {
			return true
		}
	}
	return false
}

// says reports whether a text stands in any string of a record.
func (m *matcher) says(r *Record, text string) bool {
	in := strings.Contains
	if m.IgnoreCase {
		in = containsFold[string]
	}
	some := func(list []string) bool {
		return slices.ContainsFunc(list, func(s string) bool { return in(s, text) })
	}
	for _, s := range []string{
		r.Command, r.Message, r.Path, r.URL, r.Cwd, r.Rule, r.Policy, r.Refusal, r.Instead, r.Agent, r.Session, r.Event, r.Layer, r.Tool, r.Hash,
	} {
		if in(s, text) {
			return true
		}
	}
	if some(r.Argv) {
		return true
	}
	for i := range r.Effects {
		f := &r.Effects[i]
		for _, s := range []string{f.Program, f.Path, f.Host, f.URL, f.Name, f.Value, f.From, f.To, f.Via} {
			if s != "" && in(s, text) {
				return true
			}
		}
		if some(f.Argv) {
			return true
		}
	}
	for i := range r.Files {
		if in(r.Files[i].Path, text) || in(r.Files[i].SHA256, text) {
			return true
		}
	}
	for k, v := range r.Details {
		if in(k, text) || in(v, text) {
			return true
		}
	}
	return false
}

// lowered are the letters A to Z made small, and every other byte as it is.
func lowered(c byte) byte {
	if c-'A' < 26 {
		c += 'a' - 'A'
	}
	return c
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		b[i] = lowered(c)
	}
	return string(b)
}

// containsFold is strings.Contains for a text whose A to Z are small.
func containsFold[T string | []byte](s T, text string) bool {
next:
	for i := 0; i+len(text) <= len(s); i++ {
		for j := range len(text) {
			if lowered(s[i+j]) != text[j] {
				continue next
			}
		}
		return true
	}
	return false
}
