package shellparse

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCanonicalCorpus counts refusals of everyday commands: texts that the
// shell itself accepts (it is asked with -n, which runs nothing).
func TestCanonicalCorpus(t *testing.T) {
	dir := os.Getenv("RAMPART_CORPORA")
	if dir == "" {
		t.Skip("RAMPART_CORPORA names no directory of corpora")
	}
	for _, set := range []struct {
		file    string
		dialect Dialect
		shell   string
		percent float64 // at most
	}{
		{"syntax.jsonl", Bash, "bash", 0.5},
		{"syntax.jsonl", Zsh, "zsh", 0.5},
		{"syntax.jsonl", Korn, "mksh", 0.5},
		{"syntax.jsonl", POSIX, "dash", 1},
		{"public.jsonl", Bash, "bash", 0.5},
	} {
		texts := corpusCommands(t, filepath.Join(dir, set.file))
		refused := 0
		for _, text := range texts {
			_, r := canonicalize(text, set.dialect)
			if r == nil || strings.ContainsAny(text, "\r\x00") || exec.Command(set.shell, "-n", "-c", text).Run() != nil {
				continue
			}
			refused++
			if testing.Verbose() {
				t.Logf("%s: %q: %s", set.shell, text, r.reason)
			}
		}
		percent := 100 * float64(refused) / float64(len(texts))
		t.Logf("%s as %s: %d of %d refused, %.2f %%", set.file, set.shell, refused, len(texts), percent)
		if percent > set.percent {
			t.Errorf("%s as %s: %.2f %% refused, at most %.2f", set.file, set.shell, percent, set.percent)
		}
	}
}

// TestCanonicalScripts reads the maintainer scripts of this machine's packages.
func TestCanonicalScripts(t *testing.T) {
	var n, refused int
	for _, kind := range []string{"preinst", "postinst", "prerm", "postrm"} {
		files, _ := filepath.Glob("/var/lib/dpkg/info/*." + kind)
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil || !strings.HasPrefix(string(text), "#!/bin/sh") {
				continue
			}
			n++
			if _, r := canonicalize(string(text), POSIX); r != nil {
				refused++
				t.Logf("%s: %s", f, r.reason)
			}
		}
	}
	if n == 0 {
		t.Skip("no scripts of Debian packages here")
	}
	t.Logf("%d of %d refused", refused, n)
	if refused*50 > n {
		t.Errorf("%d of %d scripts refused", refused, n)
	}
}

func corpusCommands(t *testing.T, path string) (texts []string) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var row struct{ Cmd, OS string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		if row.OS == "" || row.OS == "posix" {
			texts = append(texts, row.Cmd)
		}
	}
	return texts
}
