package platform

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestIdentifyFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a")
	os.WriteFile(name, []byte("x"), 0o600)
	first, isDir, ok := IdentifyFile(name)
	if !ok || isDir || first == (FileIdentity{}) {
		t.Fatalf("%v, %v, %v", first, isDir, ok)
	}
	os.Chmod(name, 0o700)
	os.WriteFile(name, []byte("yy"), 0o600)
	moved := filepath.Join(dir, "b")
	os.Rename(name, moved)
	if id, _, ok := IdentifyFile(moved); !ok || id != first {
		t.Errorf("after a change and a rename: %v, was %v", id, first)
	}
	os.WriteFile(name, []byte("x"), 0o600)
	if id, _, _ := IdentifyFile(name); id == first {
		t.Error("another file of the same name has the same identity")
	}
	os.Symlink("b", filepath.Join(dir, "link"))
	if id, _, _ := IdentifyFile(filepath.Join(dir, "link")); id == first {
		t.Error("a link has the identity of what it leads to")
	}
	if _, isDir, ok := IdentifyFile(dir); !isDir || !ok {
		t.Error("a directory is none")
	}
	if _, _, ok := IdentifyFile(filepath.Join(dir, "missing")); ok {
		t.Error("a missing file is there")
	}
}

func TestIdentifyProcess(t *testing.T) {
	if me := IdentifyProcess(os.Getpid()); !me.Alive() {
		t.Errorf("this process is gone: %v", me)
	}
	c := exec.Command("sleep", "60")
	if err := c.Start(); err != nil {
		t.Skipf("no sleep here: %v", err)
	}
	id := IdentifyProcess(c.Process.Pid)
	if !id.Alive() {
		t.Errorf("%v is gone", id)
	}
	c.Process.Kill()
	c.Wait()
	if id.Alive() {
		t.Error("a dead process is alive")
	}
	if (ProcessIdentity{}).Alive() {
		t.Error("no process is alive")
	}
}
