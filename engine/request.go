package engine

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"rampart/policy"
)

// OwnRequest is what the owner says with `rampart allow` or `rampart block`.
type OwnRequest struct {
	Action   policy.Action
	Patterns []string
	Tool     string // "" means exec
	Exact    bool   // no pattern is a glob
	In       string // the only directory in which it holds
	Below    string // or this one and all below it
	For      time.Duration
	Once     bool
	Cwd      string // where relative paths start
}

// OwnRules makes the rules that the owner asks for. An exception that would
// change nothing because others stop the command as well is an error that says
// who does.
func (e *Engine) OwnRules(q OwnRequest, now time.Time) ([]policy.OwnRule, error) {
	if q.Tool == "" {
		q.Tool = "exec"
	}
	var out []policy.OwnRule
	for _, pattern := range q.Patterns {
		o, err := e.ownRule(q, pattern)
		if err != nil {
			return nil, err
		}
		o.In, o.Below, o.Once = q.In, q.Below, q.Once
		if q.For > 0 {
			o.Expires = now.Add(q.For).Truncate(time.Second)
		}
		out = append(out, o)
	}
	return out, e.effective(q, out)
}

func (e *Engine) ownRule(q OwnRequest, pattern string) (policy.OwnRule, error) {
	if strings.TrimSpace(pattern) == "" {
		return policy.OwnRule{}, errors.New("say what: a command, a path, or a URL")
	}
	o := policy.OwnRule{Action: q.Action, Tool: q.Tool, Pattern: pattern}
	glob := strings.ContainsAny(pattern, "*?") && !q.Exact
	switch q.Tool {
	case "exec", "bash", "shell":
		o.Tool = "exec"
		if q.Action == policy.Allow && !glob {
			dir := q.In
			if dir == "" {
				dir = q.Cwd
			}
			return e.CommandException(pattern, dir)
		}
	case "read", "write", "edit", "delete":
		if q.Tool == "edit" {
			o.Tool = "write"
		}
		o.Exact = q.Exact
		o.Pattern = pathPattern(pattern, q.Cwd, e.cfg.Home)
	default:
		o.Exact = q.Exact
	}
	return o, nil
}

// pathPattern makes a path that the owner typed mean the same everywhere.
func pathPattern(p, cwd, home string) string {
	switch {
	case p == "~" || strings.HasPrefix(p, "~/"):
		return home + p[1:]
	case strings.HasPrefix(p, "/"), strings.HasPrefix(p, "**"), cwd == "":
		return p
	}
	return filepath.Join(cwd, p)
}

// effective tries exceptions for commands out where they are to hold.
func (e *Engine) effective(q OwnRequest, rules []policy.OwnRule) error {
	for i := range rules {
		o := &rules[i]
		if o.Action != policy.Allow || !o.Exact || o.Tool != "exec" {
			continue
		}
		c := &policy.Call{Tool: "exec", Command: o.Pattern, Cwd: q.Cwd, Unclaimed: func(string) bool { return true }}
		if q.In != "" {
			c.Cwd = q.In
		}
		e.Judge(c)
		set, err := e.policyFor(c.Cwd, c.Time)
		if err != nil {
			return err
		}
		d, err := set.EvaluateWith(c, rules)
		if err != nil {
			return err
		}
		if d.Action >= policy.Ask {
			return &NotYours{Pattern: o.Pattern, Decision: d}
		}
	}
	return nil
}

// NotYours says that a command stays stopped by what the owner's exceptions do
// not reach: the guard's own protection, the system's policy, a project's.
type NotYours struct {
	Pattern  string
	Decision policy.Decision
}

// Error returns the reason and the way out.
func (n *NotYours) Error() string {
	s := fmt.Sprintf("%q can't be allowed: %s", Sanitize(n.Pattern), n.Decision.Message)
	if n.Decision.Rule != "" {
		s += " (" + n.Decision.Rule + ")"
	}
	if n.Decision.AllowBy != "" {
		s += "; " + n.Decision.AllowBy
	}
	return s
}

// ParseTime reads a duration like 90s, 10m, 1h or 7d.
func ParseTime(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if days, ok := strings.CutSuffix(s, "d"); err != nil && ok {
		if v, e := strconv.Atoi(days); e == nil && v < 36500 {
			d, err = time.Duration(v)*24*time.Hour, nil
		}
	}
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is no time span: write one like 90s, 10m, 1h or 7d", s)
	}
	return d, nil
}

// ParseMoment reads a point in time: 2026-11-22T13:50:00Z, a day or a minute
// of the local time, or how long before now it was.
func ParseMoment(s string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	span, err := ParseTime(s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no time: write one like 2h, 7d, 2026-11-22, \"2026-11-22 13:50\" or 2026-11-22T13:50:00Z", s)
	}
	return now.Add(-span), nil
}
