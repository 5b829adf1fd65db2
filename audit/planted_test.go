//go:build unix

package audit

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// endless is a reader of the trail that gives up on who shows it too much.
type endless int

func (n *endless) Write(b []byte) (int, error) {
	if *n++; *n > 1000 {
		return 0, errors.New("it does not end")
	}
	return len(b), nil
}

// Whatever lies in the place of a file of the trail, nobody who reads it follows
// it, waits for it, reads it for ever, or takes the trail for whole: writers
// refuse to record there, too.
func TestPlanted(t *testing.T) {
	for name, plant := range map[string]func(at, real string) error{
		"a link to what was there": func(at, real string) error {
			return errors.Join(os.Rename(at, real), os.Symlink(real, at))
		},
		"a link within": func(at, _ string) error {
			return errors.Join(os.Rename(at, at+".real"), os.Symlink(filepath.Base(at)+".real", at))
		},
		"a link to what has no end": func(at, _ string) error {
			return errors.Join(os.Remove(at), os.Symlink("/dev/zero", at))
		},
		"a pipe":      func(at, _ string) error { return errors.Join(os.Remove(at), syscall.Mkfifo(at, 0o600)) },
		"a directory": func(at, _ string) error { return errors.Join(os.Remove(at), os.Mkdir(at, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := openLog(t, dir, Options{})
			appendAll(t, l, decision("allow", "true"))
			l.Close()
			if err := plant(filepath.Join(dir, segmentName(1)), filepath.Join(t.TempDir(), "real")); err != nil {
				t.Fatal(err)
			}
			shown := new(endless)
			if err := Tail(t.Context(), shown, dir, TailOptions{N: 5}); err == nil || *shown > 1000 {
				t.Errorf("tail: %v, %d lines", err, *shown)
			}
			n := new(endless)
			if _, err := Scan(dir, time.Time{}, func(*Record) error { _, err := n.Write(nil); return err }); err == nil || *n > 1000 {
				t.Errorf("scan: %v", err)
			}
			if _, err := Search(t.Context(), dir, Filter{}, func(Match) error { return nil }); err == nil {
				t.Error("search: no error")
			}
			if r, err := Verify(dir); err == nil && len(r.Problems) == 0 {
				t.Error("verify: intact")
			}
			if l, err := Open(dir, Options{}); err == nil {
				l.Close()
				t.Error("a writer records there")
			}
		})
	}
}
