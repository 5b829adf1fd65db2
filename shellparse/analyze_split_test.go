package shellparse

import (
	"slices"
	"testing"
)

// splitTexts have words of which a part is unknown. want is what comes about
// besides if they are split; unasked says that it is no matter for rules.
var splitTexts = []struct {
	text, want string
	unasked    bool
}{
	{"rm pre$(cat list)", "?d ", true},
	{"rm -rf d/$(cat list)", "?d /**", true},
	{"cat d/$(cat list)", "?r ", true},
	{"sort -o out$(cat list)", "?r ", true},
	{"read v < list; v=$(cat list); cp d/$v empty", "?r ", true},
	{"env a=$(cat b) aa", "?x ? aa", true},
	{"touch x$(cat list)y", "?w ", true},
	{"for f in pre$(cat list); do rm $f; done", "?d ", true},
	{"touch $(cat list)", "?w ", false}, // nothing is known of it: a rule may ask
	{"touch \"pre$(cat list)\"", "", true},
	{"touch pre$(($(cat list | wc -l)))", "", true},
	{"IFS=; touch pre$(cat list)", "?w ", true}, // its wildcards count
	{"IFS=; set -f; touch pre$(cat list)", "", true},
	{"rm pre$(curl https://x.example)", "?d ", false},
	{"for f in pre$(curl https://x.example); do rm $f; done", "?d ", false},
}

func TestSplit(t *testing.T) {
	for _, row := range splitTexts {
		r := Analyze(benchInput(row.text))
		var split, effects []string
		for _, e := range r.Split {
			split = append(split, show(e))
		}
		for _, e := range r.Effects {
			effects = append(effects, show(e))
		}
		switch {
		case row.want == "":
			if len(split) > 0 {
				t.Errorf("%s: %q come about if it is split, which it is not", row.text, split)
			}
		case row.unasked && (!slices.Contains(split, row.want) || slices.Contains(effects, row.want)):
			t.Errorf("%s: %q is to be in %q, and not in %q", row.text, row.want, split, effects)
		case !row.unasked && !slices.Contains(effects, row.want):
			t.Errorf("%s: %q is not in %q", row.text, row.want, effects)
		}
	}
}

// What words become that real shells split is foreseen.
func TestSplitInShells(t *testing.T) {
	c := newSoundCheck(t)
	rig := buildSoundRig(t).start(t)
	texts := []string{"cd - && printf csplit > e.sh; chmod +x e.sh; ./e.sh", "'sh' $(printf %s -c) ls", "cd $(cat list); sh ../plain b",
		"git pre$(cat list) $(cat cmds)x", "f() { aa \"$@\" $2; }; f pre$(cat list)", "aa pre$(cat list | wc -l)", "v='* a'; aa d/$v",
		"set -- x$(cat list); bb $2 $#", "for x in $(cat list)s; do aa $x; done | cat", "printf '%s:%s ' 1$(cat list) b | xargs aa", "find d -name x$(cat list)", "a=(p$(cat list)); aa ${a[1]}"}
	for _, row := range splitTexts {
		texts = append(texts, row.text)
	}
	for _, text := range texts {
		for _, f := range c.try(rig, trial{text: text, withFS: true, real: true}, c.shells, true) {
			t.Errorf("%s", f)
		}
	}
	if c.stats.acting == 0 {
		t.Error("no text has done anything")
	}
}

func TestCoverArgs(t *testing.T) {
	spread := Value{Text: "pre*s", Certainty: Pattern, Spread: true}
	glob := Value{Text: "d/*", Certainty: Pattern}
	for _, row := range []struct {
		words []Value
		args  []string
		want  bool
	}{
		{[]Value{{Text: "a"}, spread}, []string{"a", "pre1s"}, true},
		{[]Value{spread, {Text: "b"}}, []string{"pre1", "-rf", "2s", "b"}, true},
		{[]Value{spread, {Text: "b"}}, []string{"b"}, false},
		{[]Value{spread}, []string{"x", "1s"}, false},
		{[]Value{spread}, []string{"pre", "1"}, false},
		{[]Value{glob, {Text: "b"}}, []string{"d/x", "d/y", "b"}, true},
		{[]Value{glob}, []string{"d/x", "y"}, false},
		{[]Value{glob}, []string{"d/*"}, true},
		{[]Value{{Text: "*[@]", Certainty: Pattern}}, []string{"x[@]"}, true}, // that matches nothing
		{[]Value{{Certainty: Unknown}, {Text: "b"}}, []string{"b"}, true},
		{[]Value{{Certainty: Unknown}, {Text: "b"}}, []string{"a", "c", "b"}, true},
		{[]Value{{Text: "a"}}, nil, false},
		{nil, []string{"a"}, false},
	} {
		if got := CoverArgs(row.words, row.args); got != row.want {
			t.Errorf("%v covers %q: %v", row.words, row.args, got)
		}
	}
}
