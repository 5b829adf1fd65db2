package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"unicode"

	"rampart/test/binary"
)

// Nothing that stands in a policy, a test, a command, a trail or the name of a
// file acts on the terminal, whichever command shows it.
func TestNothingActsOnTheTerminal(t *testing.T) {
	const evil = "\x1b]0;x\x07\x1b[2J\u009b2J\u202e"
	home := t.TempDir()
	dir := filepath.Join(t.TempDir(), "p"+evil)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	policy := "version: \"1\"\npolicies:\n  - name: a\n    rules:\n      - {when: {program: foo}, action: deny, message: \"m\\e[2J\"}\n"
	project := write(".rampart/policy.yaml", policy)
	suite := write("suite.yaml", policy+"tests:\n  - {name: \"t\\e[2J\\u202e\", tool: exec, params: {command: foo}, expect: allow}\n")
	write("trail/trail-00000001.jsonl", "{\"v\":1,\"seq\":1,\"time\":\""+evil+"\",\"event\":\""+evil+"\"}\n"+evil+"\n")
	trail := filepath.Join(dir, "trail")
	for _, args := range [][]string{
		{"test", "foo"}, {"test", "--json", "foo " + evil}, {"explain", "foo " + evil}, {"explain", "--json", "foo '" + evil + "'"},
		{"test", suite}, {"test", "--coverage", suite}, {"test", "--json", "--coverage", suite}, {"test", suite + "x.yaml"},
		{"lint", suite}, {"lint", "--json", suite}, {"lint", evil},
		{"fmt", "--check", project}, {"fmt", project},
		{"allow", "foo '" + evil + "'"}, {"block", "foo " + evil + "*"}, {"block", "--json", "foo x" + evil + "*"}, {"rules"}, {"rules", "--json"}, {"rules", "remove", "1"},
		{"eval"}, {evil}, {"test", "--profile", evil, "x"},
		{"audit", "verify", "--audit-dir", trail}, {"audit", "verify", "--json", "--audit-dir", trail}, {"audit", "verify", "--anchor", project, "--audit-dir", trail},
		{"audit", "tail", "--audit-dir", trail}, {"audit", "tail", "--json", "--audit-dir", trail}, {"audit", "search", "--audit-dir", trail}, {"audit", "stats", "--audit-dir", trail},
		{"audit", "export", "--format", "csv", "--audit-dir", trail}, {"audit", "export", "--format", "cef", "--audit-dir", trail}, {"audit", "export", "--format", "ocsf", "--audit-dir", trail},
		{"audit", "verify", "--audit-dir", dir}, {"replay", "--audit-dir", trail}, {"init", "--from-audit", "--audit-dir", trail},
		{"preload", "--audit-dir", trail, "--", "sh", "-c", "foo '" + evil + "'"},
		{"preload", "--audit-dir", filepath.Join(home, "a"), "--", "sh", "-c", "foo '" + evil + "'"}, {"wrap", "--audit-dir", filepath.Join(home, "a"), "--", "x" + evil},
		{"init", "--project"},
	} {
		cmd := exec.Command(binary.Path(t), args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "HOME="+home, "NO_COLOR=1")
		cmd.Stdin = bytes.NewReader([]byte(`{"tool":"exec","command":"foo","id":"` + "\u009b\u202e" + `"}` + "\n" + evil + "\n"))
		out, err := cmd.CombinedOutput()
		if len(out) == 0 && err != nil {
			t.Errorf("%q: %v, and nothing said", args, err)
		}
		for _, r := range string(out) {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Errorf("%q prints %U: %q", args, r, out)
				break
			}
		}
	}
}
