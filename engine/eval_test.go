package engine

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestEval(t *testing.T) {
	in := `{"id":1,"tool":"exec","command":"forbidden"}
not json
{"id":"x2","tool":"read","path":"~/secret.txt","home":"/home/u"}

{"id":3,"tool":"exec"}
{"id":4,"tool":"exec","command":"$P","env":{"P":"forbidden"},"fs":false}
{"id":5,"tool":"exec","argv":["bash","-c","noisy"]}
`
	var out strings.Builder
	failed, err := newTestEngine(t, nil).Eval(strings.NewReader(in), &out)
	if err != nil || !failed {
		t.Errorf("failed %v, error %v", failed, err)
	}
	want := []struct{ id, action, err string }{
		{"1", "deny", ""}, {"", "", "line 2"}, {`"x2"`, "deny", ""}, {"3", "", "line 5"}, {"4", "deny", ""}, {"5", "watch", ""},
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d answers, want %d:\n%s", len(lines), len(want), &out)
	}
	for i, w := range want {
		var got struct {
			ID     json.RawMessage
			Action string
			Error  string
		}
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		if string(got.ID) != w.id || got.Action != w.action || !strings.HasPrefix(got.Error, w.err) || (got.Error == "") != (w.err == "") {
			t.Errorf("answer %d: %s", i+1, lines[i])
		}
	}
}

func TestEvalLongLine(t *testing.T) {
	in := `{"id":1,"tool":"exec","command":"` + strings.Repeat("a", maxEvalLine) + "\"}\n" + `{"id":2,"tool":"exec","command":"forbidden"}`
	var out strings.Builder
	failed, err := newTestEngine(t, nil).Eval(strings.NewReader(in), &out)
	if err != nil || !failed || !strings.Contains(out.String(), "line 1: longer than") || !strings.Contains(out.String(), `"action":"deny"`) {
		t.Errorf("failed %v, error %v, output %s", failed, err, &out)
	}
}

// What another reader of the same JSON may take for another call is answered
// with an error, and a tool is the same under each of its names.
func TestEvalHostile(t *testing.T) {
	for line, want := range map[string]string{
		`{"tool":"exec","command":"forbidden","command":"true"}`:      "occurs twice",
		`{"tool":"exec","command":"forbidden","Command":"true"}`:      `is spelled "command"`,
		`{"tool":"exec","command":"forbidden","\u0063ommand":"true"}`: "occurs twice",
		`{"tool":"x","params":{"a":1,"a":2}}`:                         "occurs twice",
		`{"tool":"x","params":{"a":[{"b":1,"c":{},"b":2}]}}`:          "occurs twice",
		`{"tool":"x","params":{"Tool":1,"tool":2}}`:                   "allow",
		`{"tool":"exec","command":"true","params":{"a":["a","a"]}}`:   "allow",
		`{"tool":"exec","command":"true \ud83d\ude00"}`:               "allow",
		`{"tool":"exec","command":"true \\ud800"}`:                    "allow",
		`{"tool":"exec","command":"true \ud800"}`:                     `\ud800 is half`,
		`{"tool":"exec","command":"true \udc00\ud800"}`:               `\udc00 is half`,
		"{\"tool\":\"exec\",\"command\":\"true \xff\"}":               "not UTF-8",
		`{"tool":"exec","command":"true","argv":["forbidden"]}`:       "not both",
		`{"tool":"Exec","command":"forbidden"}`:                       "deny",
		`{"tool":"Bash","command":"forbidden"}`:                       "deny",
		`{"tool":"shell","argv":["forbidden"]}`:                       "deny",
		`{"tool":"exec ","command":"forbidden"}`:                      `the tool is "exec "`,
		`{"tool":"\u0435xec","command":"forbidden"}`:                  "are an exec's",
		`{"tool":"mcp__a__run","argv":["forbidden"]}`:                 "are an exec's",
		`{"tool":"Read","path":"/home/u/x/../secret.txt"}`:            "deny",
		`{"tool":"edit"}`:      `needs "path"`,
		`{"tool":"web_fetch"}`: `needs "url"`,
		`{"tool":"exec","command":"true"} {"tool":"exec"}`:               "invalid character",
		`{"tool":"exec","command":"true"`:                                "unexpected end",
		`{"tool":"exec","command":"true","params":{"a":1e999}}`:          "cannot unmarshal number",
		strings.Repeat(`{"params":`, 20000) + strings.Repeat("}", 20000): "max depth",
	} {
		var out strings.Builder
		if _, err := newTestEngine(t, nil).Eval(strings.NewReader(line), &out); err != nil {
			t.Fatal(err)
		}
		var got struct{ Action, Error string }
		if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
			t.Fatal(err)
		}
		if got.Action != want && (got.Error == "" || !strings.Contains(got.Error, want)) {
			t.Errorf("%.80s: %.200s, want %s", line, &out, want)
		}
	}
}
