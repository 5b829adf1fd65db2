package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"rampart/test/binary"
)

// TestExitStatus checks that a status goes through as it is, and that what
// Rampart itself has to say is said by 125 and 126.
func TestExitStatus(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		argv []string
		exit int
		says string // on stderr
	}{
		{"success", []string{"true"}, 0, ""},
		{"failure", []string{"false"}, 1, ""},
		{"seven", []string{"sh", "-c", "exit 7"}, 7, ""},
		{"highest", []string{"sh", "-c", "exit 255"}, 255, ""},
		{"not found inside", []string{"sh", "-c", "no-such-program"}, 127, "no-such-program"},
		{"terminated", []string{"sh", "-c", "kill -TERM $$"}, 143, ""},
		{"interrupted", []string{"sh", "-c", "kill -INT $$"}, 130, ""},
		{"killed", []string{"sh", "-c", "kill -KILL $$"}, 137, ""},
		{"crashed", []string{"sh", "-c", "kill -SEGV $$"}, 139, ""},
		{"refused", []string{"cp", "/dev/null", "FORBIDDEN"}, 126, "this mark is not to be made"},
		{"refused inside", []string{"sh", "-c", "n=FORBID; cp /dev/null ${n}DEN"}, 126, "this mark is not to be made"},
		{"no such agent", []string{"no-such-agent"}, 125, "no-such-agent"},
		{"no such path", []string{"./no/such/agent"}, 125, "./no/such/agent"},
		{"a directory", []string{"/usr"}, 125, "/usr"},
		{"not executable", []string{"./plain"}, 125, "plain"},
		{"not a program", []string{"./garbage"}, 125, "garbage"},
	} {
		for _, layer := range guarded {
			t.Run(tt.name+"/"+layer, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.write("home/app/plain", "echo ran > ran\n")
				garbage := w.write("home/app/garbage", "\x7fELF\x02\x01\x01 nothing more")
				if err := os.Chmod(garbage, 0o700); err != nil {
					t.Fatal(err)
				}
				got := w.do(layer, "", tt.argv...)
				if got.exit != tt.exit {
					t.Errorf("exit status %d, want %d; stderr: %s", got.exit, tt.exit, got.stderr)
				}
				if !strings.Contains(got.stderr, tt.says) {
					t.Errorf("stderr doesn't mention %q: %s", tt.says, got.stderr)
				}
				if tt.exit == 0 && got.stderr != "" {
					t.Errorf("something on stderr: %s", got.stderr)
				}
				if w.has("FORBIDDEN") || w.has("ran") {
					t.Error("it ran")
				}
				w.clean()
			})
		}
	}
}

// TestRefusedChild checks that a program sees a refused child end with 126.
func TestRefusedChild(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	for _, layer := range guarded {
		w := newWorld(t)
		w.write("home/app/name", "FORBIDDEN")
		got := w.do(layer, "", "python3", "-c", "import subprocess\nprint(subprocess.run(['cp', '/dev/null', open('name').read()]).returncode)")
		if got.stdout != "126\n" {
			t.Errorf("%s: %+v", layer, got)
		}
	}
}

// counter counts the signals it gets until half a second has gone by without.
const counter = `
import os, signal, sys, time
seen = []
for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
    signal.signal(s, lambda n, f: seen.append(n))
print('ready', os.getpid(), flush=True)
end = time.time() + 20
while time.time() < end and not seen: time.sleep(0.02)
time.sleep(0.5)
print('seen', seen, flush=True)
sys.exit(40 + len(seen))
`

// TestSignals checks that a signal sent to rampart reaches the agent once.
func TestSignals(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2} {
		for _, layer := range guarded {
			t.Run(fmt.Sprintf("%v/%s", sig, layer), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				c := w.command(layer, "python3", "-c", counter)
				out, err := c.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				var stderr bytes.Buffer
				c.Stderr = &stderr
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				lines := bufio.NewScanner(out)
				if !lines.Scan() || !strings.HasPrefix(lines.Text(), "ready") {
					t.Fatalf("not ready: %q %s", lines.Text(), &stderr)
				}
				if err := c.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				lines.Scan()
				if want := fmt.Sprintf("seen [%d]", int(sig)); lines.Text() != want {
					t.Errorf("the agent saw %q, want %q", lines.Text(), want)
				}
				if got := w.wait(c, new(bytes.Buffer), &stderr); got.exit != 41 {
					t.Errorf("exit status %d: %s", got.exit, got.stderr)
				}
				w.clean()
				w.noProcesses()
			})
		}
	}
}

// TestSignalEndsAgent checks an agent that doesn't catch a signal.
func TestSignalEndsAgent(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		for _, layer := range guarded {
			t.Run(fmt.Sprintf("%v/%s", sig, layer), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				c := w.command(layer, "sh", "-c", "echo ready; exec sleep 30")
				out, err := c.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				var stderr bytes.Buffer
				c.Stderr = &stderr
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				bufio.NewScanner(out).Scan()
				c.Process.Signal(sig)
				if got := w.wait(c, new(bytes.Buffer), &stderr); got.exit != 128+int(sig) {
					t.Errorf("exit status %d: %s", got.exit, got.stderr)
				}
				w.clean()
				w.noProcesses()
			})
		}
	}
}

// noProcesses fails the test if a process of this world is still there.
func (w *world) noProcesses() {
	w.t.Helper()
	var left []string
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if left = w.processes(); len(left) == 0 {
			return
		}
	}
	w.t.Errorf("still running: %q", left)
}

// processes are the command lines of this world's processes.
func (w *world) processes() (lines []string) {
	for _, p := range w.members() {
		lines = append(lines, p.line)
	}
	return lines
}

// rampart are the process ids of this world's ramparts.
func (w *world) rampart() (pids []int) {
	for _, p := range w.members() {
		if strings.HasPrefix(p.line, binary.Path(w.t)+" ") {
			pids = append(pids, p.pid)
		}
	}
	return pids
}

type process struct {
	pid  int
	line string // argv, each followed by a blank
}

// members are the processes that have this world's home in their environment,
// or its root in their arguments: of a process that is not dumpable, which
// rampart is, only the arguments can be read.
func (w *world) members() (ps []process) {
	mark := []byte("\x00HOME=" + w.home + "\x00")
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, d := range dirs {
		cmdline, _ := os.ReadFile(d + "/cmdline")
		env, _ := os.ReadFile(d + "/environ")
		if !bytes.Contains(slices.Concat([]byte{0}, env, []byte{0}), mark) && !bytes.Contains(cmdline, []byte(w.root+"/")) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(d))
		ps = append(ps, process{pid, strings.ReplaceAll(string(cmdline), "\x00", " ")})
	}
	return ps
}
