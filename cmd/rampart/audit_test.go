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
	code, out = rampart("audit", "tail", "--json", "--audit-dir", dir, "-n", "2")
	if code != 0 || !strings.HasPrefix(out, `{"v":1,"seq":3,`) || strings.Count(out, "\n") != 2 || !strings.Contains(out, `"event":"seal","seal":{"epoch":0,`) {
		t.Errorf("tail --json: exit %d, %q", code, out)
	}
	if code, _ := rampart("log", "-n", "-1"); code != exitUsage {
		t.Errorf("log -n -1: exit %d", code)
	}
	if code, out := rampart("audit", "verify"); code != exitUnsealed || !strings.Contains(out, "4 records in 1 segment\nintact; 4 records at the end not sealed yet, since 20") {
		t.Errorf("verify: exit %d, %q", code, out)
	}
	if code, out := rampart("audit", "verify", "--json"); code != exitUnsealed || !strings.Contains(out, `"intact":true`) {
		t.Errorf("verify --json: exit %d, %q", code, out)
	}

	key := ""
	if code, out = rampart("audit", "key"); code == 0 && len(out) > 64 {
		key = out[:64]
	}
	if code, out := rampart("audit", "verify", "--key", key); code != exitUnsealed || !strings.Contains(out, "the one that was given") {
		t.Errorf("verify --key %s: exit %d, %q", key, code, out)
	}
	if code, out := rampart("audit", "verify", "--key", strings.Repeat("0", 64)); code != exitFailed || !strings.Contains(out, "this is another trail") {
		t.Errorf("verify with another key: exit %d, %q", code, out)
	}
	if code, _ := rampart("audit", "verify", "--key", "1234"); code != exitUsage {
		t.Errorf("verify --key 1234: exit %d", code)
	}
	anchor := filepath.Join(home, "anchor")
	if code, _ := rampart("audit", "verify", "--anchor", anchor); code != exitUsage {
		t.Errorf("verify with an anchor that is not there: exit %d", code)
	}
	_, seals := rampart("audit", "tail", "--json", "-n", "1")
	os.WriteFile(anchor, []byte("<13>1 host rampart - - "+seals), 0o600)
	if code, out := rampart("audit", "verify", "--anchor", anchor); code != exitUnsealed || !strings.Contains(out, "anchor: 1 record found") {
		t.Errorf("verify --anchor: exit %d, %q", code, out)
	}
	if l, err = audit.Open(dir, audit.Options{}); err != nil || l.Seal() != nil || l.Close() != nil {
		t.Fatal(err)
	}
	if code, out := rampart("audit", "verify"); code != 0 || !strings.Contains(out, "intact and sealed to the end") {
		t.Errorf("verify of a sealed trail: exit %d, %q", code, out)
	}

	for want, args := range map[int][]string{exitUsage: {"audit", "prune"}, 0: {"audit", "prune", "--older", "90d", "--over", "1G"}} {
		if code, out := rampart(args...); code != want || code == 0 && out != "nothing to remove\n" {
			t.Errorf("%v: exit %d, %q", args, code, out)
		}
	}
	for _, args := range [][]string{{"--older", "x"}, {"--over", "x"}} {
		if code, _ := rampart(append([]string{"audit", "prune"}, args...)...); code != exitUsage {
			t.Errorf("prune %v: exit %d", args, code)
		}
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
