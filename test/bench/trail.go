package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"rampart/audit"
)

// asked are the ways to ask a trail, each kind of filter among them.
var asked = [][]string{
	{"verify"},
	{"tail", "-n", "20"},
	{"tail", "-n", "20", "--action", "deny"},
	{"tail", "-n", "20", "--text", "no such thing"},
	{"search", "--count"},
	{"search", "--count", "--text", "done 1234"},
	{"search", "--count", "-i", "--text", "DONE 1234"},
	{"search", "--count", "--tool", "fetch"},
	{"search", "--count", "--action", "deny"},
	{"search", "--count", "--outcome", "refused"},
	{"search", "--count", "--rule", "standard.yaml:68"},
	{"search", "--count", "--agent", "codex"},
	{"search", "--count", "--session", "s-7"},
	{"search", "--count", "--layer", "shell"},
	{"search", "--count", "--event", "seal"},
	{"search", "--count", "--path", "**/.ssh/id_7*"},
	{"search", "--count", "--program", "make"},
	{"search", "--count", "--since", "2026-11-02T00:00:00Z", "--until", "2026-11-03T00:00:00Z"},
	{"search", "--count", "--unpredicted"},
	{"search", "--count", "--unresolved"},
	{"search"},
	{"search", "--json"},
	{"stats"},
	{"report"},
	{"export", "--format", "jsonl"},
	{"export", "--format", "csv"},
	{"export", "--format", "cef"},
	{"export", "--format", "ocsf"},
}

// trails asks a short and a long trail, and prints how long that takes, of which
// processors how much, and how much memory at most, which must not depend on the
// length.
func trails(dir, self, rampart string, records int) error {
	short := min(10_000, records)
	sizes := []int{short, records}
	for _, n := range sizes {
		if out, err := exec.Command(self, "-fill", filepath.Join(dir, "trail-"+strconv.Itoa(n)), "-records", strconv.Itoa(n)).CombinedOutput(); err != nil {
			return fmt.Errorf("write %d records: %w\n%s", n, err, out)
		}
	}
	fmt.Printf("%-40s   %8d records            %10d records\n", "audit", short, records)
	for _, args := range asked {
		fmt.Printf("%-40.40s", strings.Join(args, " "))
		for _, n := range sizes {
			u, err := ask(rampart, append([]string{"audit", args[0], "--audit-dir", filepath.Join(dir, "trail-"+strconv.Itoa(n))}, args[1:]...))
			if err != nil {
				return err
			}
			fmt.Printf("   %5.2f s, CPU %5.2f s, %3d MB", u.took.Seconds(), u.cpu.Seconds(), u.memory>>20)
		}
		fmt.Println()
	}
	return nil
}

// used is what a command took.
type used struct {
	took, cpu time.Duration
	memory    int64 // the most at a time, in bytes
}

func ask(rampart string, args []string) (used, error) {
	cmd := exec.Command(rampart, args...)
	cmd.Stdout, cmd.Stderr = io.Discard, os.Stderr
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	p := cmd.ProcessState
	if err != nil && p.ExitCode() != 1 { // nothing found
		return used{}, fmt.Errorf("%s: %w", cmd, err)
	}
	return used{took, p.UserTime() + p.SystemTime(), p.SysUsage().(*syscall.Rusage).Maxrss << 10}, nil
}

// fill writes a trail such as an agent's work leaves: most records are of one
// program, some of a line with several effects, few are refused.
func fill(dir string, records int) error {
	l, err := audit.Open(dir, audit.Options{})
	if err != nil {
		return err
	}
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for i := range records {
		at = at.Add(time.Second)
		if err := l.Append(worked(i, at)); err != nil {
			return err
		}
	}
	if err := l.Seal(); err != nil {
		return err
	}
	return l.Close()
}

func worked(i int, at time.Time) *audit.Record {
	argv := []string{"git", "diff", "--stat", "HEAD~" + strconv.Itoa(i%50)}
	r := &audit.Record{
		Time: at, Event: audit.EventDecision, Session: "s-" + strconv.Itoa(i/5000), Agent: []string{"claude", "codex"}[i/5000%2],
		Layer: "preload", PID: 1000 + i%30000, UID: 1000, Cwd: "/home/dev/project", Tool: "exec", Argv: argv, Path: "/usr/bin/git",
		Effects: []audit.Effect{{Kind: "exec", Certainty: "exact", Program: "git", Argv: argv, Path: "/usr/bin/git"}},
		Action:  "allow", Outcome: "run", Mode: "enforce", Duration: 15 * time.Microsecond,
		Unpredicted: i%1000 == 5, Unresolved: i%1000 == 6,
	}
	switch {
	case i%1000 == 7: // each is waited for
		r.Layer, r.Argv, r.Path, r.Command = "shell", nil, "", "cd ~/.ssh && cat id_rsa"
		r.Effects = []audit.Effect{{Kind: "exec", Certainty: "exact", Program: "cat"}, {Kind: "read", Certainty: "exact", Path: fmt.Sprintf("/home/dev/.ssh/id_%d", i/1000)}}
		r.Action, r.Outcome, r.Policy, r.Rule, r.Message = "deny", "refused", "secrets", "standard.yaml:68", "A private SSH key"
	case i%10 == 3:
		r.Layer, r.Command = "shell", "make test 2>&1 | tail -20 && echo \"done "+strconv.Itoa(i)+"\""
		r.Effects = append(r.Effects, audit.Effect{Kind: "exec", Certainty: "exact", Program: "make", Argv: []string{"make", "test"}},
			audit.Effect{Kind: "exec", Certainty: "exact", Program: "tail", Argv: []string{"tail", "-20"}},
			audit.Effect{Kind: "read", Certainty: "exact", Path: "/home/dev/project/Makefile"})
	case i%100 == 9:
		r.Tool, r.Argv, r.Path, r.URL, r.Effects = "fetch", nil, "", "https://example.com/docs", nil
	}
	return r
}
