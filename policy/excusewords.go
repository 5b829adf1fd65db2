package policy

import (
	"strings"

	"rampart/shellparse"
)

// A '*' in an exception covers further arguments where it ends a word only, and
// in a path it stays in that path: `cat *.env` is one file, and `rm -rf build/*`
// is what lies in build, not build/../x.

// maxExceptionWords bounds the arguments that an exception with such a path is
// held against.
const maxExceptionWords = 1024

// Widest is a command that a pattern with stars covers too, of the kind that is
// easily overlooked.
func (o *OwnRule) Widest() string {
	words := strings.Fields(o.Pattern)
	for i, w := range words {
		with := "x"
		switch {
		case i > 0 && strings.Contains(w, "/"):
			with = "x/y"
		case i == 0 || strings.HasSuffix(w, "*"):
			with = "x ANY OTHER WORDS"
		}
		words[i] = strings.Replace(w, "*", with, 1)
	}
	return strings.Join(words, " ")
}

// exceptionWord is one word of an exception's pattern.
type exceptionWord struct {
	textGlob
	path bool // it has a slash and a star
}

// exceptionWords are the words of a pattern behind the program's; nil if it
// has stars at the end of plain words only, so that its text says all.
func exceptionWords(pattern string) []exceptionWord {
	fields := strings.Fields(pattern)
	if len(fields) < 2 {
		return nil
	}
	var out []exceptionWord
	bounded := false
	for _, f := range fields[1:] {
		w := exceptionWord{compileText(f), strings.Contains(f, "/") && strings.Contains(f, "*")}
		bounded = bounded || w.path || strings.Contains(strings.TrimRight(f, "*"), "*")
		out = append(out, w)
	}
	if !bounded {
		return nil
	}
	return out
}

// holds reports whether the word covers an argument.
func (w *exceptionWord) holds(v *shellparse.Value) bool {
	if !w.path {
		return w.match(v.Text) && (!v.Spread || strings.HasSuffix(w.source, "*"))
	}
	return v.Certainty == shellparse.Exact && w.match(v.Text) && parents(v.Text) == parents(w.source)
}

// parents counts the ".." of a path.
func parents(path string) int {
	n := 0
	for part := range strings.SplitSeq(path, "/") {
		if part == ".." {
			n++
		}
	}
	return n
}

// coverArguments reports whether the words cover the arguments: one each, but
// any number for a star at the end of a word that is no path.
func coverArguments(words []exceptionWord, args []shellparse.Value) bool {
	if len(args) > maxExceptionWords {
		return false
	}
	// reached[i]: the words so far can have covered the first i arguments.
	reached := make([]bool, len(args)+1)
	reached[0] = true
	for j := range words {
		next := make([]bool, len(args)+1)
		for i, ok := range reached {
			if !ok {
				continue
			}
			if words[j].all() {
				next[i] = true
			}
			if i == len(args) || !words[j].holds(&args[i]) {
				continue
			}
			next[i+1] = true
			if !words[j].path && strings.HasSuffix(words[j].source, "*") {
				for k := i + 1; k <= len(args); k++ {
					next[k] = true
				}
			}
		}
		reached = next
	}
	return reached[len(args)]
}
