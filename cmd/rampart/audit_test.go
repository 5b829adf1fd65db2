package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rampart/audit"
)

// rampart runs one command in this process.
func rampart(args ...string) (code int, stdout string) {
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	return run(root), out.String()
}

func TestAuditCommands(t *testing.T) {
	home := t.TempDir()
	t.Setenv("RAMPART_HOME", home)
	dir := filepath.Join(home, "audit")
	for _, args := range [][]string{{"log"}, {"audit", "tail"}, {"audit", "verify"}} {
		if code, _ := rampart(args...); code != exitUsage {
			t.Errorf("%v without a trail: exit %d", args, code)
		}
	}
	l, err := audit.Open(dir, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"first", "second", "third"} {
		if err := l.Append(&audit.Record{Event: audit.EventDecision, Layer: "shell", Action: "allow", Command: command}); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()

	code, out := rampart("log", "-n", "2")
	if code != 0 || strings.Contains(out, "first") || !strings.Contains(out, "second\n") || !strings.Contains(out, "third\n") || strings.Contains(out, "\x1b") {
		t.Errorf("log: exit %d, %q", code, out)
	}
	code, out = rampart("audit", "tail", "--json", "--audit-dir", dir, "-n", "1")
	if code != 0 || !strings.HasPrefix(out, `{"v":1,"seq":3,`) || strings.Count(out, "\n") != 1 {
		t.Errorf("tail --json: exit %d, %q", code, out)
	}
	if code, _ := rampart("log", "-n", "-1"); code != exitUsage {
		t.Errorf("log -n -1: exit %d", code)
	}
	if code, out := rampart("audit", "verify"); code != exitUnsealed || !strings.Contains(out, "3 records in 1 segment\nintact") {
		t.Errorf("verify: exit %d, %q", code, out)
	}
	if code, out := rampart("audit", "verify", "--json"); code != exitUnsealed || !strings.Contains(out, `"intact":true`) {
		t.Errorf("verify --json: exit %d, %q", code, out)
	}

	segment := filepath.Join(dir, "trail-00000001.jsonl")
	b, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(segment, bytes.Replace(b, []byte("second"), []byte("Second"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := rampart("audit", "verify"); code != exitFailed || !strings.Contains(out, "trail-00000001.jsonl:2: record 2 was changed") {
		t.Errorf("verify of a changed trail: exit %d, %q", code, out)
	}

	t.Setenv("RAMPART_HOME", "")
	t.Setenv("HOME", "")
	if code, _ := rampart("log"); code != exitUsage {
		t.Errorf("log without HOME: exit %d", code)
	}
}
