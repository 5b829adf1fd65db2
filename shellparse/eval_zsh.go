package shellparse

import (
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// splitsJoined finds the flags of ${(f)x} and its kin, by which the elements of
// an array are one text first.
var splitsJoined = regexp.MustCompile(`^[LU]*[f0][f0LU]*$|^s(.)[^jF]*$`)

var unquoted = strings.NewReplacer("'", "", `"`, "", `\`, "")

// nestedParam expands zsh's ${${...}...} and ${$(...)}.
func (a *analyzer) nestedParam(st *state, p *syntax.ParamExp, inQuotes bool) ([]str, bool) {
	x := expander{a: a, st: st, single: true}
	x.part(p.NestedParam, inQuotes, false)
	vals := []str{x.cur.str()}
	list := false
	if p.Flags != nil {
		vals, list = a.zshFlags(st, p.Flags.Value, vals, false)
	}
	switch {
	case p.Repl != nil:
		return a.paramReplace(st, p.Repl, vals), list
	case p.Exp != nil:
		return a.paramExpansion(st, p, vals, list, true, inQuotes)
	case len(p.Modifiers) > 0:
		return zshModifiers(p.Modifiers, vals), list
	case p.Slice != nil || p.Index != nil:
		return []str{unknown(vals[0].src)}, list
	}
	return vals, list
}

// zshFlags applies the flags of ${(flags)x}. Flags that are not known here
// leave nothing known of the value.
func (a *analyzer) zshFlags(st *state, flags string, vals []str, list bool) ([]str, bool) {
	each := func(f func(string) string) {
		out := make([]str, len(vals))
		for i, v := range vals {
			out[i] = unknown(v.src)
			if v.known() {
				out[i] = str{t: f(v.t), src: v.src}
			}
		}
		vals = out
	}
	if !strings.Contains(flags, "@") && splitsJoined.MatchString(flags) && len(vals) > 1 {
		if ifs, ok := a.ifs(st); !ok || ifs == "" {
			return []str{unknown(joinedSource(vals))}, true
		}
		vals, list = []str{a.joined(st, vals)}, false // before it is split
	}
	for i := 0; i < len(flags); i++ {
		switch c := flags[i]; c {
		case 'L':
			each(strings.ToLower)
		case 'U':
			each(strings.ToUpper)
		case 'Q':
			each(func(s string) string { return unquoted.Replace(s) })
		case 'q', '-', '+':
			if slices.ContainsFunc(vals, func(v str) bool { return !v.known() || !plainName(strings.ReplaceAll(v.t, "/", "")) }) {
				vals = eachUnknown(vals) // quoted where it needs to be
			}
		case 'k', 'o', 'O', 'n', 'i':
			if len(vals) > 1 || c == 'k' {
				return []str{unknown(joinedSource(vals))}, list // others, or in another order
			}
		case '@', 'v', 'A':
			list = list || c == '@'
		case 'P':
			if len(vals) == 1 && vals[0].known() {
				vals, list, _ = a.byName(st, vals[0].t)
			} else {
				vals = []str{unknown(nil)}
			}
		case 'e':
			for j, v := range vals {
				vals[j] = a.evalDocument(st, v)
			}
		case 'g':
			each(ansiC)
			i = skipFlagArg(flags, i)
		case 'z', 'f', '0':
			if c != 'z' && len(vals) > 1 && !strings.Contains(flags, "@") {
				return []str{unknown(joinedSource(vals))}, true
			}
			var out []str
			for _, v := range vals {
				if !v.known() {
					out = append(out, unknown(v.src))
					continue
				}
				parts := strings.Fields(v.t)
				if c == 'f' {
					parts = strings.Split(v.t, "\n")
				} else if c == '0' {
					parts = []string{v.t}
				}
				for _, p := range parts {
					out = append(out, str{t: p, src: v.src})
				}
			}
			vals, list = out, true
		case 's', 'j', 'F':
			arg, end := "\n", i
			if c != 'F' {
				arg, end = flagArg(flags, i)
			}
			i = end
			if c == 's' && len(vals) != 1 {
				return []str{unknown(joinedSource(vals))}, true // each of them, or joined
			}
			if c == 'j' || c == 'F' {
				var b builder
				for n, v := range vals {
					if n > 0 {
						b.lit(arg)
					}
					b.add(v)
				}
				vals, list = []str{b.str()}, false
				continue
			}
			var out []str
			for _, v := range vals {
				if !v.known() {
					out = append(out, unknown(v.src))
					continue
				}
				for _, p := range strings.Split(v.t, arg) {
					out = append(out, str{t: p, src: v.src})
				}
			}
			vals, list = out, true
		default:
			if len(vals) > 1 {
				return []str{unknown(joinedSource(vals))}, true // of each, or of all as one
			}
			return eachUnknown(vals), list
		}
	}
	return vals, list
}

// flagArg reads the argument of a flag, as in (s.,.) or (j:/:).
func flagArg(flags string, i int) (string, int) {
	if i+1 >= len(flags) {
		return "", i
	}
	closing := flags[i+1]
	if k := strings.IndexByte("([{<", closing); k >= 0 {
		closing = ")]}>"[k]
	}
	end := strings.IndexByte(flags[i+2:], closing)
	if end < 0 {
		return "", len(flags)
	}
	return flags[i+2 : i+2+end], i + 2 + end
}

func skipFlagArg(flags string, i int) int {
	_, end := flagArg(flags, i)
	return end
}

func joinedSource(vals []str) *source {
	var src *source
	for _, v := range vals {
		src = join(src, v.src)
	}
	return src
}

// zshHead is ${x:h}.
func zshHead(s string) string {
	t := strings.TrimRight(s, "/")
	i := strings.LastIndexByte(t, '/')
	switch {
	case t == "" && s != "" || i == 0:
		return "/"
	case i < 0:
		return "."
	}
	return strings.TrimRight(t[:i], "/")
}

// zshEnding is the ending of a name, with its dot: not of one that begins with it.
func zshEnding(s string) string {
	base := path0(s)
	if i := strings.LastIndexByte(base, '.'); i > 0 {
		return base[i:]
	}
	return ""
}

// zshModifiers applies history-style modifiers: ${x:h}, ${x:t:r}.
func zshModifiers(mods []*syntax.Lit, vals []str) []str {
	out := make([]str, len(vals))
	for i, v := range vals {
		for _, m := range mods {
			if !v.known() || m.Value == "" {
				v = unknown(v.src)
				break
			}
			switch m.Value {
			case "h":
				v.t = zshHead(v.t)
			case "t":
				v.t = path0(strings.TrimRight(v.t, "/"))
			case "r":
				v.t = strings.TrimSuffix(v.t, zshEnding(v.t))
			case "e":
				v.t = strings.TrimPrefix(zshEnding(v.t), ".")
			case "l":
				v.t = strings.ToLower(v.t)
			case "u":
				v.t = strings.ToUpper(v.t)
			default:
				v = unknown(v.src)
			}
		}
		out[i] = v
	}
	return out
}
