package audit

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rampart/test/schema"
)

const schemaFile = "../docs/audit-record.schema.json"

// The schema is about what is written, no more and no less.
func TestSchema(t *testing.T) {
	check := schema.Checker(t, schemaFile)
	for _, dir := range []string{trail(t, 20), first(sealedTrail(t, 5))} {
		for _, line := range lines(t, dir) {
			if err := check(line); err != nil {
				t.Errorf("%s%v", line, err)
			}
		}
	}
	good := fullRecord()
	good.Event, good.Action, good.Outcome, good.Mode = EventDecision, "deny", "refused", "enforce"
	for i := range good.Effects {
		good.Effects[i].Kind, good.Effects[i].Certainty = "read", "exact"
	}
	for i := range good.Files {
		good.Files[i].SHA256 = strings.Repeat("a", 64)
	}
	whole := string(line(good))
	if err := check(whole); err != nil {
		t.Errorf("%s\n%v", whole, err)
	}
	for old, bad := range map[string]string{
		`"v":1`: `"v":2`, `"event":"decision"`: `"event":"x"`, `"action":"deny"`: `"action":"DENY"`, `"v":1,`: `"v":1,"x":1,`,
		`"unresolved":true`: `"unresolved":false`, `"prev":"`: `"prev":"A`,
	} {
		if err := check(strings.Replace(whole, old, bad, 1)); err == nil {
			t.Errorf("%s is as good as %s", bad, old)
		}
	}
}

func first[A, B any](a A, _ B) A { return a }

// The schema and the reader know the same keys.
func TestSchemaKeys(t *testing.T) {
	b, err := os.ReadFile(filepath.FromSlash(schemaFile))
	if err != nil {
		t.Fatal(err)
	}
	type object struct {
		Properties map[string]struct{ Enum []string }
	}
	var s struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		keys []schemaKey
		doc  object
	}{"record": {recordKeys, s.object}, "effect": {effectKeys, s.Defs["effect"]}, "file": {fileKeys, s.Defs["file"]}, "seal": {sealKeys, s.Defs["seal"]}} {
		var known []string
		for _, k := range tt.keys {
			known = append(known, k.name)
		}
		slices.Sort(known)
		if got := slices.Sorted(maps.Keys(tt.doc.Properties)); !slices.Equal(got, known) {
			t.Errorf("%s: the schema has %v, the reader %v", name, got, known)
		}
	}
	source, err := os.ReadFile("record.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range s.Properties["event"].Enum {
		if !strings.Contains(string(source), `"`+event+`"`) {
			t.Errorf("nobody writes the event %s", event)
		}
	}
	doc, _ := os.ReadFile("../docs/audit.md")
	for line := range strings.Lines(string(source)) {
		if strings.HasPrefix(line, "\tEvent") && strings.Contains(line, "= ") {
			event := strings.Split(line, `"`)[1]
			if !slices.Contains(s.Properties["event"].Enum, event) || !strings.Contains(string(doc), "`"+event+"`") {
				t.Errorf("the event %s is not in the schema or not in docs/audit.md", event)
			}
		}
	}
}
