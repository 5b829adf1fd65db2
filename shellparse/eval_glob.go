package shellparse

import (
	"path"
	"strings"
)

// maxMatches bounds the files that one wildcard may be taken to stand for;
// beyond it the pattern itself is kept.
const maxMatches = 64

// globbed is what a word becomes by pathname expansion. Only a word in which
// the author put the wildcards is looked up: a hole may be anything.
func (a *analyzer) globbed(st *state, f field) []field {
	if f.glob && !f.hasHole() && st.options().nocase {
		return []field{{str: unknown(f.src), loose: true, quoted: f.quoted}} // it may match in letters of another case
	}
	if f.glob && (a.dialect == Zsh || st.options().unsureGlob) && strings.Contains(f.t, "**/") {
		f.t = strings.ReplaceAll(strings.ReplaceAll(f.t, "***/", "*"), "**/", "*") // at any depth, and none
		return []field{f}
	}
	if !f.glob || a.in.FS == nil || f.hasHole() || len(f.t) > 512 {
		return []field{f}
	}
	dir := st.cwd()
	if !strings.HasPrefix(f.t, "/") && (!dir.known() || dir.t == "") {
		return []field{f}
	}
	if a.dialect == Zsh && strings.Contains(f.t, "**") {
		return []field{f} // at any depth
	}
	if !a.globExact(f.t) || st.options().unsureGlob {
		return []field{f}
	}
	a.looks++
	matches := a.glob(f.t, dir.t)
	if len(matches) > maxMatches || matches == nil && a.over {
		return []field{f}
	}
	if len(matches) == 0 {
		return []field{f}
	}
	out := make([]field, len(matches))
	for i, m := range matches {
		out[i] = field{str: str{t: m, src: f.src}}
	}
	return out
}

// globExact reports whether looking a pattern up now says what it will stand
// for later: not if this very text may add files by then.
func (a *analyzer) globExact(t string) bool { return !a.touched }

// glob lists the files that a pattern of at most one wildcard component per
// level matches. nil stands for none, and for too many to look at.
func (a *analyzer) glob(pat, cwd string) []string {
	heads := []string{""}
	rest := pat
	if strings.HasPrefix(pat, "/") {
		rest = strings.TrimLeft(pat, "/")
		heads[0] = pat[:len(pat)-len(rest)]
	}
	for rest != "" {
		comp, tail, more := strings.Cut(rest, "/")
		rest = strings.TrimLeft(tail, "/")
		if strings.HasPrefix(comp, ".") && a.dialect != Zsh && strings.ContainsAny(comp, "*?[") && (globMatch(comp, ".") || globMatch(comp, "..")) {
			return nil // some shells find . and .. as well
		}
		var next []string
		for _, h := range heads {
			if !strings.ContainsAny(comp, "*?[") {
				next = append(next, h+unescape(comp))
				continue
			}
			next = append(next, a.globComponent(h, comp, cwd)...)
			if len(next) > 4*maxMatches {
				return nil
			}
		}
		if len(next) == 0 {
			return nil
		}
		for i := range next {
			if more {
				next[i] += "/"
			}
		}
		heads = next
	}
	out := heads[:0]
	for _, h := range heads {
		if _, err := a.in.FS.Lstat(absolute(h, cwd)); err == nil {
			out = append(out, h)
		}
	}
	return out
}

func (a *analyzer) globComponent(head, comp, cwd string) []string {
	if !a.tick(20) {
		return nil
	}
	names, err := a.in.FS.ReadDirNames(absolute(head, cwd))
	if err != nil || len(names) > 10_000 || !a.tick(len(names)/4) {
		return nil
	}
	var out []string
	for _, n := range names {
		if strings.HasPrefix(n, ".") && !strings.HasPrefix(comp, ".") {
			continue
		}
		if !a.tick(len(n) * len(comp) / 256) {
			return nil
		}
		if globMatch(comp, n) {
			out = append(out, head+n)
		}
	}
	return out
}

func absolute(p, cwd string) string {
	if strings.HasPrefix(p, "/") {
		return path.Clean(p)
	}
	return path.Join(cwd, p)
}

// globMatch reports whether a glob of '*', '?', '[...]' and '\' matches s as a
// whole. '*' matches '/' too: callers compare single path components.
func globMatch(pat, s string) bool {
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(s) {
		if i < len(pat) {
			switch c := pat[i]; {
			case c == '*' || c == 0:
				star, mark = i, j
				i++
				continue
			case c == '?':
				i++
				j++
				continue
			case c == '[':
				if n, ok := matchClass(pat[i:], s[j]); n > 0 {
					if ok {
						i += n
						j++
						continue
					}
					break
				}
				fallthrough
			default:
				k := i
				if c == '\\' && k+1 < len(pat) {
					k++
				}
				if pat[k] == s[j] {
					i = k + 1
					j++
					continue
				}
			}
		}
		if star < 0 {
			return false
		}
		mark++
		i, j = star+1, mark
	}
	for i < len(pat) && (pat[i] == '*' || pat[i] == 0) {
		i++
	}
	return i == len(pat)
}

// matchClass matches one byte against the bracket expression that pat starts
// with and returns the expression's length, 0 if it is none.
func matchClass(pat string, c byte) (int, bool) {
	i, not, hit := 1, false, false
	if i < len(pat) && (pat[i] == '!' || pat[i] == '^') {
		not = true
		i++
	}
	for first := true; ; first = false {
		if i >= len(pat) {
			return 0, false
		}
		if pat[i] == ']' && !first {
			return i + 1, hit != not
		}
		if strings.HasPrefix(pat[i:], "[:") {
			if end := strings.Index(pat[i:], ":]"); end > 0 {
				hit = hit || inClass(pat[i+2:i+end], c)
				i += end + 2
				continue
			}
		}
		if pat[i] == '\\' && i+1 < len(pat) {
			i++
		}
		lo := pat[i]
		i++
		if i+1 < len(pat) && pat[i] == '-' && pat[i+1] != ']' {
			hi := pat[i+1]
			i += 2
			hit = hit || lo <= c && c <= hi
			continue
		}
		hit = hit || lo == c
	}
}

func inClass(name string, c byte) bool {
	lower, upper, digit := c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9'
	switch name {
	case "alpha":
		return lower || upper
	case "alnum":
		return lower || upper || digit
	case "lower":
		return lower
	case "upper":
		return upper
	case "digit":
		return digit
	case "space", "blank":
		return c == ' ' || c == '\t' || (name == "space" && c >= '\n' && c <= '\r')
	case "punct":
		return c > ' ' && c < 127 && !lower && !upper && !digit
	case "xdigit":
		return digit || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
	}
	return true
}
