package cli

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"rampart/audit"
	"rampart/test/binary"
)

// What asks the trail needs no more memory for a longer one: the kernel says how
// much each command had at most, of a trail that is far larger.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a long trail")
	}
	t.Parallel()
	rampart, dir := binary.Path(t), t.TempDir()
	l, err := audit.Open(dir, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 120_000 {
		r := &audit.Record{Event: audit.EventDecision, Session: "s", Agent: "claude", Layer: "shell", Tool: "exec", Action: "allow", Outcome: "run", Command: "echo " + strings.Repeat("some text ", 60+i%80)}
		if err := l.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var size int64
	files, _ := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	for _, name := range files {
		if fi, err := os.Stat(name); err == nil {
			size += fi.Size()
		}
	}
	const most = 100 << 20
	if size < 3*most/2 {
		t.Fatalf("the trail has only %d bytes", size)
	}
	for _, args := range [][]string{
		{"verify"}, {"tail", "-n", "5"}, {"tail", "--text", "not there"}, {"search"}, {"search", "--json", "-n", "3"}, {"search", "--count", "-i", "--text", "not there"},
		{"stats"}, {"report"}, {"export"}, {"export", "--format", "csv"}, {"export", "--format", "cef"},
	} {
		cmd := exec.Command(rampart, append([]string{"audit", args[0], "--audit-dir", dir}, args[1:]...)...)
		cmd.Stdout, cmd.Stderr = io.Discard, os.Stderr
		if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() == 2 {
			t.Fatalf("%q: %v", args, err)
		}
		got := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
		t.Logf("%-40s %3d MB of %d", strings.Join(args, " "), got>>20, size>>20)
		if got > most {
			t.Errorf("%q needs %d MB of memory", args, got>>20)
		}
	}
}
