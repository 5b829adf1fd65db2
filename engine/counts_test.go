package engine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"rampart/policy"
)

func TestCounts(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var c counts
	for i := range 10 {
		c.add("fetch", start.Add(time.Duration(i)*time.Minute))
	}
	now := start.Add(10 * time.Minute)
	for window, want := range map[time.Duration]int{time.Second: 0, time.Minute: 0, 90 * time.Second: 1, 5 * time.Minute: 4, time.Hour: 10} {
		if got := c.within("fetch", window, now); got != want {
			t.Errorf("within %s: %d, want %d", window, got, want)
		}
	}
	if got := c.within("read", time.Hour, now); got != 0 {
		t.Errorf("another tool: %d", got)
	}
	// Many, in bounded memory: none is lost from the count.
	for i := range 100_000 {
		c.add("exec", start.Add(time.Duration(i)*time.Millisecond))
	}
	now = start.Add(100 * time.Second)
	if got := c.within("exec", time.Hour, now); got != 100_000 {
		t.Errorf("%d of 100000 are counted", got)
	}
	if got := c.within("exec", 400*time.Millisecond, now); got != 399 {
		t.Errorf("%d within the last 400 ms, want 399", got)
	}
	if got := c.within("exec", 50*time.Second, now); got < 49_999 || got > 51_000 {
		t.Errorf("%d within the later half", got)
	}
	for i := range 1000 {
		c.add(fmt.Sprint("mcp__x__", i), now)
	}
	if h := c.tools["exec"]; len(c.tools) > maxCounted+1 || len(h) > 10 || cap(h[0]) > 4*maxTicks {
		t.Errorf("%d tools, %d sizes, %d ticks", len(c.tools), len(h), cap(h[0]))
	}
	for i := range 3 * maxInside {
		c.part(i+1, 0, true)
	}
	if len(c.inside) > maxInside || len(c.recent) > maxInside {
		t.Errorf("%d processes", len(c.inside))
	}
}

// TestCallCount: rules see how many commands there were; the programs of a
// command text are part of it and don't count again.
func TestCallCount(t *testing.T) {
	set, err := policy.Compile([]policy.Source{{Name: "c.yaml", Tier: policy.TierUser, Data: []byte(`policies:
  - name: c
    rules:
      - action: deny
        when: {call_count: {gte: 4, window: 1h}}
        message: too many
`)}})
	if err != nil {
		t.Fatal(err)
	}
	e := New(Config{Policies: &Policies{Set: set}, NoProject: true, Home: "/home/dev", OS: "linux", Session: "s"})
	decide := func(session string, pid, parent int, argv ...string) bool {
		return e.Decide(context.Background(), &policy.Call{
			Tool: "exec", Argv: argv, Cwd: "/", PID: pid, PPID: parent, Session: session, Layer: policy.LayerPreload,
		}).Run
	}
	for i := range 3 {
		pid := 100 + 10*i
		if !decide("s", pid, 50, "bash", "-c", "make all") {
			t.Fatalf("command %d is refused", i+1)
		}
		for k := range 5 { // what it starts, and what that starts
			if !decide("s", pid+1+k, pid+k, "make", fmt.Sprint(k)) {
				t.Fatalf("a part of command %d is refused", i+1)
			}
		}
		if e.Judge(&policy.Call{Tool: "exec", Command: "ls", Cwd: "/", Session: "s"}).Run != (i < 2) {
			t.Errorf("after %d commands, a judgement does not see the next as number %d", i+1, i+2)
		}
	}
	if decide("s", 200, 50, "ls") {
		t.Error("the fourth command runs")
	}
	if !decide("other", 300, 50, "ls") {
		t.Error("another session's commands count")
	}
	if !e.Decide(context.Background(), &policy.Call{Tool: "read", Path: "/x", Session: "s"}).Run {
		t.Error("another tool's calls count")
	}
}

func TestCountsConcurrent(t *testing.T) {
	e := newTestEngine(t, nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				e.Decide(context.Background(), execCall("ls"))
			}
		})
	}
	wg.Wait()
	if n := e.sessions.of("s1", looker{}, time.Now()).counts.within("exec", time.Hour, time.Now()); n != 800 {
		t.Errorf("%d of 800 calls are counted", n)
	}
}

// TestAgentDepth: an agent that an agent starts is one deeper, one that starts
// itself anew is not.
func TestAgentDepth(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has /proc")
	}
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	dir := t.TempDir()
	for _, name := range []string{"claude", "codex", "tool"} {
		os.WriteFile(filepath.Join(dir, name), []byte("#!"+shell+"\n\"$@\"\nexit $?\n"), 0o755)
	}
	for _, tt := range []struct {
		chain string
		want  int
	}{
		{"claude", 0},
		{"bash claude", 0}, // a shell in which the owner started it
		{"claude bash", 0},
		{"claude claude bash", 0},
		{"claude bash claude bash", 1},
		{"tool bash claude bash", 1},
		{"claude bash codex bash claude bash", 2},
		{"claude codex", 0},
	} {
		argv := []string{}
		for _, name := range strings.Fields(tt.chain) {
			if name == "bash" {
				argv = append(argv, shell, "-c", `"$0" "$@"; exit $?`)
			} else {
				argv = append(argv, filepath.Join(dir, name))
			}
		}
		argv = append(argv, shell, "-c", "echo $$; read x")
		cmd := exec.Command(argv[0], argv[1:]...)
		in, _ := cmd.StdinPipe()
		out, _ := cmd.StdoutPipe()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var pid int
		fmt.Fscan(out, &pid)
		if got := agentDepth(pid, os.Getpid()); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.chain, got, tt.want)
		}
		in.Close()
		cmd.Wait()
	}
	if got := agentDepth(0, os.Getpid()); got != 0 {
		t.Errorf("of no process: %d", got)
	}
}
