package policy

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// What is taken for a plain word without asking YAML is one to it.
func TestPlainWord(t *testing.T) {
	for _, v := range []string{"x", "rm", "a-b/c_1", "true", "False", "NULL", "null", "yes", "No", "on", "OFF", "y", "N", "e1", "inf", "nan", "a.b", "-a", "1a", "~", "x:", "ä", "a b", "A"} {
		var n yaml.Node
		if err := yaml.Unmarshal([]byte("["+v+"]"), &n); err != nil {
			continue
		}
		if got := n.Content[0].Content[0]; plainWord(v) && (got.Tag != "!!str" || got.Value != v || oldBoolean(v)) {
			t.Errorf("%q is read as %s", v, got.Tag)
		}
	}
}

func TestFormat(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"keys, quotes, indentation, comments", `# Head.

policies:
- rules:
  # about rm
  - message:   "no: rm"   # beside
    when: { "program" : 'rm', flags: ["r"] }
    action: "deny"
    match: ["rm -r x",
      'rm "a b"']
  name: 'a'
- {name: b, rules: [{action: allow}]}
version: '1'
# The end.
`, `# Head.

version: "1"

policies:
  - name: a
    rules:
      # about rm
      - action: deny
        when: {program: rm, flags: [r]}
        message: "no: rm" # beside
        match: [rm -r x, rm "a b"]

  - {name: b, rules: [{action: allow}]}

# The end.
`},
		{"long lists", `version: "1"
policies:
  - name: a
    rules:
      - action: deny
        when:
          reads: ["/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
            "/ccccccccccccccccccccccccccccccccc",
            "/d"]
`, `version: "1"

policies:
  - name: a
    rules:
      - action: deny
        when:
          reads: [
              /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, /bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,
              /ccccccccccccccccccccccccccccccccc, /d]
`},
		{"words that look like others", `default_action: "deny"
version: "1"
policies: [{name: "yes", rules: [{action: deny, message: "true", when: {program: ["1", "no", "a,b", "null", "~", "*x", "-", "a: b", " x", ""]}}]}]
`, `version: "1"
default_action: deny
policies: [{name: "yes", rules: [{action: deny, message: "true", when: {program: ["1", "no", "a,b", "null", "~", "*x", "-", "a: b", " x", ""]}}]}]
`},
		{"several lines", `version: "1"
default_action: allow
description: |
    one
      two

    three
`, `version: "1"
description: |
  one
    two

  three
default_action: allow
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Format("x.yaml", []byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			checkStable(t, got)
		})
	}
}

func checkStable(t *testing.T, formatted []byte) {
	t.Helper()
	again, err := Format("x.yaml", formatted)
	if err != nil || !bytes.Equal(again, formatted) {
		t.Errorf("%v, a second time it becomes\n%s", err, again)
	}
}

// Every profile and every policy that people have keeps its meaning and its
// comments.
func TestFormatKeepsWhatIsThere(t *testing.T) {
	var files []string
	for _, dir := range []string{"profiles", "builtin"} {
		more, err := filepath.Glob(dir + "/*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	if dir := os.Getenv("RAMPART_CORPORA"); dir != "" {
		more, _ := filepath.Glob(filepath.Join(dir, "compat", "*", "*.yaml"))
		files = append(files, more...)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Format(name, data)
		if err != nil {
			t.Error(err)
			continue
		}
		for line := range strings.Lines(string(data)) {
			if c := strings.TrimSpace(line); strings.HasPrefix(c, "#") && !strings.Contains(string(got), c) {
				t.Errorf("%s: lost %s", name, c)
			}
		}
		checkStable(t, got)
	}
}

func TestFormatErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a: [":                          "x.yaml:1:1: not YAML",
		"":                              "empty",
		"version: !!str 1\n":            "tags",
		"a: 1\n---\nb: 2\n":             "a second document",
		"rules:\n  - # why\n    a: 1\n": "",
	} {
		got, err := Format("x.yaml", []byte(text))
		if want == "" {
			if err == nil && !strings.Contains(string(got), "why") {
				t.Errorf("%q: the comment is gone: %s", text, got)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzFormat(f *testing.F) {
	for _, name := range ProfileNames() {
		s, _ := Profile(name)
		f.Add(s.Data[:min(len(s.Data), 3000)])
	}
	f.Add([]byte("a: &x [1, 'y' ] # c\nb: *x\n# foot\n\nc: |\n  x\n\n  y\n"))
	f.Add([]byte("- a: 1\n  # h\n  b: >\n    folded\n    text\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Format("x", data)
		if err != nil {
			return
		}
		checkStable(t, got)
		x, e1 := Compile([]Source{{Name: "x", Data: data}})
		y, e2 := Compile([]Source{{Name: "x", Data: got}})
		if (e1 == nil) != (e2 == nil) || (x == nil) != (y == nil) {
			t.Errorf("before %v, after %v\n%s", e1, e2, got)
		}
	})
}
