package corpora

import (
	"strings"
	"testing"
)

// TestScore counts a corpus of a few lines whose tallies are known.
func TestScore(t *testing.T) {
	items, err := Read[Item](strings.NewReader(`
{"id":"1","cmd":"rm -rf /","category":"destructive","expect":"deny","source":"p:f","tier":"A","os":"posix"}
{"id":"2","cmd":"sudo x","category":"privilege","expect":"ask","source":"p:g","tier":"A","os":"posix"}
{"id":"3","cmd":"ls","category":"harmless","expect":"allow","source":"q","tier":"B","os":"posix"}
{"id":"4","cmd":"del x","category":"destructive","expect":"deny","source":"q","tier":"A","os":"windows","soft":true}
{"id":"5","cmd":"cat x","category":"harmless","expect":"allow","source":"q","tier":"A","os":"macos"}`))
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]Answer{
		"1": {Action: "ask"}, "2": {Action: "deny"}, "3": {Action: "deny"}, "4": {Action: "watch"},
	}
	for view, want := range map[string]Tally{
		"all":                {Dangerous: 3, Stopped: 2, MustDeny: 2, Denied: 0, Harmless: 2, FalseAlarm: 1, Missing: 1},
		"hard posix, tier A": {Dangerous: 2, Stopped: 2, MustDeny: 1, Denied: 0, Harmless: 1, FalseAlarm: 0, Missing: 1},
	} {
		for _, v := range Views {
			if v.Name != view {
				continue
			}
			got := Count(items, answers, v.Keep, func(Item) string { return "x" })
			if *got["x"] != want {
				t.Errorf("%s: %+v, want %+v", view, *got["x"], want)
			}
		}
	}
	if got := items[3].Call()["os"]; got != "windows" {
		t.Errorf("os is %v", got)
	}
	var b strings.Builder
	Write(&b, "project", Count(items, answers, Views[0].Keep, Project))
	if lines := strings.Split(b.String(), "\n"); len(lines) != 4 || !strings.HasPrefix(lines[1], "q ") || !strings.Contains(lines[2], "100.0%") {
		t.Errorf("table:\n%s", &b)
	}
	if _, err := Read[Item](strings.NewReader("{}\n{")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("error %v", err)
	}
}
