package cli

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rampart/test/binary"
)

// What the owner allows, blocks and takes back holds in a session that is
// running already.
func TestAllowIsLive(t *testing.T) {
	rampart, home := binary.Path(t), t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".ssh", "key"), []byte("the key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command := func(args ...string) *exec.Cmd {
		c := exec.Command(rampart, args...)
		c.Dir = home
		c.Env = append(os.Environ(), "HOME="+home, "RAMPART_HOME=")
		return c
	}
	session := command("preload", "--", "python3", "-c", `
import subprocess, sys
for line in sys.stdin:
    print(subprocess.run(line.split(), capture_output=True, text=True).stdout.strip() or "refused", flush=True)
`)
	in, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := session.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is not here")
	}
	if err := session.Start(); err != nil {
		t.Fatal(err)
	}
	defer session.Wait()
	defer in.Close()
	answers := bufio.NewScanner(out)
	becomes := func(line, want string) {
		t.Helper()
		got := ""
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			if io.WriteString(in, line+"\n"); !answers.Scan() {
				t.Fatal("the session is gone")
			}
			if got = answers.Text(); got == want {
				return
			}
		}
		t.Fatalf("%s gives %q, never %q", line, got, want)
	}
	owner := func(args ...string) {
		t.Helper()
		if out, err := command(args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
	}
	key := "cat " + filepath.Join(home, ".ssh", "key")
	becomes(key, "refused")
	owner("allow", key)
	becomes(key, "the key")
	owner("rules", "remove", "1")
	becomes(key, "refused")
	becomes("echo hello", "hello")
	owner("block", "echo")
	becomes("echo hello", "refused")
	list, err := command("rules").Output()
	if err != nil || !strings.Contains(string(list), "block exec echo") {
		t.Errorf("%v: %s", err, list)
	}
}
