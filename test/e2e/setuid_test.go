package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSetuid: a program with its owner's rights drops the library. Starting it is
// judged in every layer; what it starts, with an environment that it has cleared,
// in the kernel layer, below which it has no rights of its own.
func TestSetuid(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root makes a program that is setuid")
	}
	need(t, "launch")
	for _, c := range []struct {
		layer, door string
		ran         bool
	}{
		{preload, "execve-empty-env", true}, {wrapped, "execve-empty-env", true}, {kernel, "execve-empty-env", false},
		{preload, "FORBIDDEN", false}, {wrapped, "FORBIDDEN", false},
	} {
		w := newWorld(t)
		program := filepath.Join(w.bin, "launch-setuid")
		cmd := w.command(c.layer, program, c.door, "FORBID", "DEN")
		data, err := os.ReadFile(built["launch"])
		if err == nil {
			syscall.ForkLock.RLock()
			err = os.WriteFile(program, data, 0o755)
			syscall.ForkLock.RUnlock()
		}
		asOther(t, w, cmd)
		if err == nil {
			err = os.Chown(program, 0, 0)
		}
		if err == nil {
			err = os.Chmod(program, 0o755|os.ModeSetuid)
		}
		if err != nil {
			t.Fatal(err)
		}
		got := w.finish(cmd)
		if w.has("FORBIDDEN") != c.ran || !c.ran && !strings.Contains(got.stdout+got.stderr, "this mark is not to be made") {
			t.Errorf("%s %s: ran: %v: %+v", c.layer, c.door, w.has("FORBIDDEN"), got)
		}
		if info, err := os.Stat(filepath.Join(w.work, "FORBIDDEN")); err == nil && info.Sys().(*syscall.Stat_t).Uid != 0 {
			t.Errorf("%s: %s did not run with root's rights, so nothing was tried", c.layer, c.door)
		}
	}
}
