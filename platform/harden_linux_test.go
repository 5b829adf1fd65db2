package platform

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Hardening can't be taken back by everybody, so that a process of its own
// tries it: its /proc entries must come to belong to root.
func TestHardenProcess(t *testing.T) {
	if os.Getenv("PLATFORM_TEST_HARDEN") != "" {
		if err := HardenProcess(); err != nil {
			t.Fatal(err)
		}
		b, _ := exec.Command("cat", "/proc/self/status").CombinedOutput()
		if !strings.Contains(string(b), "CoreDumping") {
			t.Errorf("programs don't start any more: %s", b)
		}
		err := exec.Command("cat", "/proc/"+strconv.Itoa(os.Getpid())+"/environ").Run()
		if err == nil && os.Getuid() != 0 {
			t.Error("the environment can be read")
		}
		if d := dumpable(); d != 0 {
			t.Errorf("dumpable is %d", d)
		}
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestHardenProcess$", "-test.v")
	cmd.Env = append(os.Environ(), "PLATFORM_TEST_HARDEN=1")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("%v\n%s", err, out)
	}
}

func dumpable() int {
	d, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if err != nil {
		return -1
	}
	return d
}
