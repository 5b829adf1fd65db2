package engine

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A policy that is a link to something else, as a repository may hold one, is
// neither waited for nor read without end.
func TestReadPolicyOfOtherKinds(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{
		pipe, "/dev/zero", dir, "/proc/self/mem", "/proc/kmsg",
		"/proc/self/pagemap", // a regular file of no length, of which 256 GB can be read
	} {
		link := filepath.Join(dir, "policy.yaml")
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
		if data, err := readPolicy(link); err == nil || !strings.HasPrefix(err.Error(), "can't read policy") {
			t.Errorf("%s: %d bytes, %v", to, len(data), err)
		}
		os.Remove(link)
	}
}
