package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestUnpredicted: what a text's judgement did not foresee is marked in the
// record, with what it did; what it foresaw is not.
func TestUnpredicted(t *testing.T) {
	t.Parallel()
	need(t, "python3", "make", "bash")
	w := newWorld(t)
	work := filepath.Dir(w.write("home/app/hidden", "wc -c\n"))
	w.write("home/app/run.py", "import subprocess\nsubprocess.run(open('hidden').read().split(), stdin=subprocess.DEVNULL)\n")
	w.write("home/app/spawn.py", "import os\nw = open('hidden').read().split()\nos.waitpid(os.posix_spawnp(w[0], w, os.environ), 0)\n")
	w.write("home/app/script", "#!/usr/bin/env bash\nls script\n")
	w.write("home/app/Makefile", "all:\n\t@ls Makefile && ls hidden\n")
	os.Chmod(filepath.Join(work, "script"), 0o755)
	for _, layer := range guarded {
		for text, want := range map[string]string{
			"ls hidden; (ls -a); x=$(echo ls); $x -l": "",
			"make":                                "",
			"./script":                            "",
			"bash script":                         "",
			"env -i /bin/ls hidden":               "",
			"find . -name hidden -exec ls {} \\;": "",
			"seq 2 | xargs ls hidden 2>/dev/null; true":               "",
			"bash -c 'bash -c \"ls hidden\"'":                         "",
			"python3 run.py; ls hidden":                               "wc -c",
			"python3 spawn.py </dev/null":                             "wc -c",
			"while read -r l; do $l </dev/null; done < <(tac hidden)": "wc -c",
		} {
			os.RemoveAll(filepath.Join(w.home, ".rampart"))
			if got := w.do(layer, "", "bash", "-c", "cd "+work+" && "+text); got.exit != 0 {
				t.Fatalf("%s: %s: %+v", layer, text, got)
			}
			var found []string
			for _, r := range decisions(t, w) {
				if !r.Unpredicted {
					continue
				}
				found = append(found, strings.Join(r.Argv, " "))
				if !strings.Contains(text, r.Details["within"]) && !strings.Contains(r.Details["within"], text) {
					t.Errorf("%s: %s: within %q", layer, text, r.Details["within"])
				}
			}
			if want == "" && len(found) > 0 || want != "" && !slices.Equal(found, []string{want}) {
				t.Errorf("%s: %s: unpredicted %q, want %q", layer, text, found, want)
			}
		}
	}
}

type decision struct {
	Event       string
	Argv        []string
	Unpredicted bool
	Details     map[string]string
}

// decisions are those of the trail.
func decisions(t *testing.T, w *world) (all []decision) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(w.home, ".rampart/audit/trail-00000001.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var r decision
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if r.Event == "decision" {
			all = append(all, r)
		}
	}
	return all
}
