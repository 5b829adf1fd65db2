package shellparse

import "strings"

// maxCovered bounds the pairs of a word and an argument that are compared.
const maxCovered = 1 << 18

// CoverArgs reports whether the words of an effect allow for the arguments that
// a program got. A word that may be several, and one of which nothing is known,
// stands for any number of them; so does a wildcard, for what it matches. Of
// very many, all are taken to be allowed for.
func CoverArgs(words []Value, args []string) bool {
	for len(words) > 0 && words[0].Certainty == Exact {
		if len(args) == 0 || words[0].Text != args[0] {
			return false
		}
		words, args = words[1:], args[1:]
	}
	if len(words)*len(args) > maxCovered {
		return true
	}
	reached := make([]bool, len(args)+1)
	next := make([]bool, len(args)+1)
	reached[0] = true
	for k := range words {
		clear(next)
		some := words[k].reach(args, reached, next)
		if !some {
			return false
		}
		reached, next = next, reached
	}
	return reached[len(args)]
}

// reach notes in next up to where the arguments are covered with this word, if
// they are before it up to where reached says.
func (v *Value) reach(args []string, reached, next []bool) (some bool) {
	several := v.Spread || v.Certainty == Pattern && strings.ContainsAny(v.Text, "*?[")
	first, last := "", ""
	if several {
		first, last = v.ends()
	}
	for i, ok := range reached {
		if !ok {
			continue
		}
		if v.Certainty == Unknown {
			for j := i; j < len(next); j++ {
				next[j] = true
			}
			return true
		}
		if i == len(args) {
			continue
		}
		if v.covers(args[i]) {
			next[i+1], some = true, true
		}
		if !several || !strings.HasPrefix(args[i], first) {
			continue
		}
		for j := i + 1; j < len(args); j++ {
			if !v.Spread && !v.covers(args[j]) {
				break // what a wildcard matches
			}
			if v.Spread && !strings.HasSuffix(args[j], last) {
				continue
			}
			next[j+1], some = true, true
		}
	}
	return some
}

// covers reports whether v may be this one argument. A wildcard that matches
// nothing stands for itself.
func (v *Value) covers(arg string) bool {
	switch v.Certainty {
	case Exact:
		return v.Text == arg
	case Pattern:
		return globMatch(v.Text, arg) || unescape(v.Text) == arg ||
			strings.Contains(v.Text, "[") && globMatch(literalClasses(v.Text), arg)
	}
	return true
}

// literalClasses is a glob whose brackets stand for themselves.
func literalClasses(glob string) string {
	var b strings.Builder
	for i := 0; i < len(glob); i++ {
		if glob[i] == '[' {
			b.WriteByte('\\')
		} else if glob[i] == '\\' && i+1 < len(glob) {
			b.WriteByte('\\')
			i++
		}
		b.WriteByte(glob[i])
	}
	return b.String()
}

// ends is what is known of the beginning of the first and the end of the last
// of the arguments that v may be.
func (v *Value) ends() (first, last string) {
	first = str{t: v.Text, glob: true}.prefix()
	last = v.Text[strings.LastIndexAny(v.Text, "*?]")+1:]
	if strings.Contains(last, `\`) || last == v.Text {
		last = ""
	}
	return first, last
}
