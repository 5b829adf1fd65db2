package policy

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// anchor is the directory that a path glob starts from.
type anchor uint8

const (
	anchorRoot anchor = iota // '/...': the root; also '**/...', which starts anywhere
	anchorHome               // '~/...', '$HOME/...': the Call's home
	anchorCwd                // 'x/...', './x': the Call's working directory
)

// maxGlob bounds a glob, in bytes, and with it what compiling and matching cost.
const maxGlob = 4096

// maxComponents bounds a path glob so that its states fit a word.
const maxComponents = 48

// pathGlob matches absolute paths. '**' is any number of components, '*' and
// '?' stay within one and match a leading dot too, '[...]' is a set, '{a,b}'
// alternatives. '/' and '\' both separate.
type pathGlob struct {
	source string
	anchor anchor
	parts  []component
	need   string           // every path that matches has this in it
	name   string           // every path that matches has a component of this name
	folded func() *pathGlob // the glob in lower case, nil if it is already
	// firstDouble is the index of the first '**' in parts, len(parts) if there
	// is none.
	firstDouble int
}

// compilePath compiles a path glob into its alternatives.
func compilePath(source string) ([]pathGlob, error) {
	switch {
	case source == "":
		return nil, errors.New("an empty path matches nothing")
	case len(source) > maxGlob:
		return nil, fmt.Errorf("longer than %d bytes", maxGlob)
	}
	alternatives, err := expandBraces(source)
	if err != nil {
		return nil, err
	}
	out := make([]pathGlob, 0, len(alternatives))
	for _, a := range alternatives {
		g, err := compileOnePath(a)
		if err != nil {
			return nil, err
		}
		g.source = source
		if low := strings.ToLower(a); low != a && !strings.HasPrefix(a, "$HOME") {
			g.folded = sync.OnceValue(func() *pathGlob {
				if f, err := compileOnePath(low); err == nil {
					return &f
				}
				return nil
			})
		}
		out = append(out, g)
	}
	return out, nil
}

func compileOnePath(s string) (pathGlob, error) {
	s = strings.ReplaceAll(s, `\`, "/")
	for _, home := range [...]string{"$HOME", "${HOME}"} {
		if s == home || strings.HasPrefix(s, home+"/") {
			s = "~" + s[len(home):]
		}
	}
	g := pathGlob{}
	switch {
	case s == "~" || strings.HasPrefix(s, "~/"):
		g.anchor, s = anchorHome, s[1:]
	case strings.HasPrefix(s, "~"):
		return g, errors.New("only the own home, ~, is known here; write another user's as a path")
	case strings.Contains(strings.ReplaceAll(s, "[$]", ""), "$"):
		return g, errors.New("of variables only $HOME is known here; write the path, or [$] for the character")
	case s == "**" || strings.HasPrefix(s, "**/") || strings.HasPrefix(s, "/") || len(s) > 1 && s[1] == ':':
	default:
		g.anchor = anchorCwd
	}
	g.parts = make([]component, 0, strings.Count(s, "/")+1)
	for name := range strings.SplitSeq(s, "/") {
		switch name {
		case "", ".":
			continue
		case "..":
			return g, errors.New("'..' never occurs in the paths that are matched; write the directory")
		}
		c, err := compileComponent(name, false)
		if err != nil {
			return g, err
		}
		if c.double && len(g.parts) > 0 && g.parts[len(g.parts)-1].double {
			continue
		}
		g.parts = append(g.parts, c)
	}
	if len(g.parts) > maxComponents {
		return g, fmt.Errorf("more than %d components", maxComponents)
	}
	g.firstDouble = len(g.parts)
	for i := range g.parts {
		if g.parts[i].double {
			g.firstDouble = i
			break
		}
	}
	g.need = longestText(g.parts)
	for i := range g.parts {
		if c := &g.parts[i]; c.literal && len(c.prefix) > len(g.name) {
			g.name = c.prefix
		}
	}
	return g, nil
}

// weight estimates how many bytes the glob takes, in an index as well.
func (g *pathGlob) weight() int {
	n := 300
	for i := range g.parts {
		n += 200
		for _, e := range g.parts[i].elems {
			if n += 32; e.set != nil {
				n += 32 + 8*len(e.set.ranges)
			}
		}
	}
	return n
}

// longestText returns the longest text that all matches of components have in
// them, slashes included.
func longestText(parts []component) string {
	best, run := "", []byte(nil)
	flush := func() {
		if len(run) > len(best) {
			best = string(run)
		}
		run = run[:0]
	}
	for i := range parts {
		c := &parts[i]
		if c.double {
			flush()
			continue
		}
		// A component is preceded by a slash, but for the first of a path that
		// is taken relative to its anchor.
		if i > 0 {
			run = append(run, '/')
		}
		for _, e := range c.elems {
			if e.kind == elemLiteral && utf8.ValidRune(e.r) {
				run = utf8.AppendRune(run, e.r)
				continue
			}
			flush()
		}
	}
	flush()
	return best
}

// maxAlternatives bounds what {a,b} may expand to.
const maxAlternatives = 64

func expandBraces(s string) ([]string, error) {
	done, todo := []string(nil), []string{s}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		open := strings.IndexByte(s, '{')
		if open >= 0 && strings.HasPrefix(s[open:], "{HOME}") && open > 0 && s[open-1] == '$' {
			if next := strings.IndexByte(s[open+1:], '{'); next >= 0 {
				open += 1 + next
			} else {
				open = -1
			}
		}
		if open < 0 {
			done = append(done, s)
			continue
		}
		depth, start := 0, open+1
		var parts []string
		end := -1
		for i := open; i < len(s) && end < 0; i++ {
			switch {
			case s[i] == '{':
				depth++
			case s[i] == '}':
				if depth--; depth == 0 {
					parts, end = append(parts, s[start:i]), i
				}
			case s[i] == ',' && depth == 1:
				parts, start = append(parts, s[start:i]), i+1
			}
		}
		if end < 0 {
			return nil, errors.New("a '{' without its '}' (write [{] for the character itself)")
		}
		if len(done)+len(todo)+len(parts) > maxAlternatives {
			return nil, fmt.Errorf("more than %d alternatives", maxAlternatives)
		}
		for _, p := range parts {
			todo = append(todo, s[:open]+p+s[end+1:])
		}
	}
	return done, nil
}

// spelled returns the glob to hold against paths as places spells them.
func (g *pathGlob) spelled(p *places) *pathGlob {
	if p.fold && g.folded != nil {
		if f := g.folded(); f != nil {
			return f
		}
	}
	return g
}

// all reports whether the glob matches every path.
func (g *pathGlob) all() bool {
	return g.anchor == anchorRoot && len(g.parts) == 1 && g.parts[0].double
}

// key returns something that every path that matches has, for the index: its
// last literal component, since names get rarer towards the end, or the ending
// of its last component, as "*.ending". "" if there is neither.
func (g *pathGlob) key() string {
	for i := len(g.parts) - 1; i >= 0; i-- {
		if g.parts[i].literal {
			return g.parts[i].prefix
		}
	}
	if n := len(g.parts); n > 0 && g.parts[n-1].simple {
		if dot := strings.LastIndexByte(g.parts[n-1].suffix, '.'); dot >= 0 {
			return "*" + g.parts[n-1].suffix[dot:]
		}
	}
	return ""
}

// matchExact reports whether the glob matches the absolute path.
func (g *pathGlob) matchExact(p *places, path string) bool {
	if !strings.Contains(path, g.need) {
		return false
	}
	rest, ok := p.below(g.anchor, path)
	if !ok {
		return false
	}
	return matchComponents(g.parts, rest)
}

// matchComponents matches components against a path without leading slash.
// What '**' takes is arbitrary, so going back to the last one is enough.
func matchComponents(parts []component, rest string) bool {
	i := 0
	double, doubleRest := -1, ""
	for {
		if i < len(parts) && parts[i].double {
			double, doubleRest = i, rest
			i++
			continue
		}
		if rest == "" {
			break
		}
		name, next := cutComponent(rest)
		if i < len(parts) && parts[i].match(name) {
			i++
			rest = next
			continue
		}
		if double < 0 || doubleRest == "" {
			return false
		}
		_, doubleRest = cutComponent(doubleRest)
		rest, i = doubleRest, double+1
	}
	return i == len(parts)
}

func cutComponent(s string) (name, rest string) {
	if i := strings.IndexByte(s, '/'); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}
