package audit

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// cutBack removes everything after the seal of an epoch.
func cutBack(t *testing.T, dir string, epoch uint64) {
	t.Helper()
	done := false
	for _, n := range must(segments(dir)) {
		path := filepath.Join(dir, segmentName(n))
		if done {
			os.Remove(path)
			continue
		}
		end := int64(0)
		for line := range strings.Lines(string(must(os.ReadFile(path)))) {
			end += int64(len(line))
			if r, err := ParseRecord([]byte(line)); err == nil && r.Seal != nil && r.Seal.Epoch == epoch {
				if err := os.Truncate(path, end); err != nil {
					t.Fatal(err)
				}
				done = true
				break
			}
		}
	}
}

// A trail that was cut back to an older seal is never called sealed to its end:
// the key that is there tells, and without it nobody knows.
func TestCutBackToSeal(t *testing.T) {
	key := func(dir string) string { return filepath.Join(dir, sealKeyName) }
	for name, tt := range map[string]struct {
		spoil    func(dir string) error
		tampered bool
	}{
		"the key left":  {func(string) error { return nil }, true},
		"removed":       {func(dir string) error { return os.Remove(key(dir)) }, false}, // as in a copy
		"emptied":       {func(dir string) error { return os.Truncate(key(dir), 0) }, true},
		"garbage":       {func(dir string) error { return os.WriteFile(key(dir), bytes.Repeat([]byte("x"), 300), 0o600) }, true},
		"too long":      {func(dir string) error { return os.WriteFile(key(dir), bytes.Repeat([]byte("x"), 9000), 0o600) }, true},
		"a link":        {func(dir string) error { os.Remove(key(dir)); return os.Symlink("/dev/null", key(dir)) }, true},
		"a directory":   {func(dir string) error { os.Remove(key(dir)); return os.Mkdir(key(dir), 0o700) }, true},
		"of that epoch": {func(dir string) error { return editKey(dir, func(k *sealKey) { k.epoch = 3 }) }, true},
		"one earlier":   {func(dir string) error { return editKey(dir, func(k *sealKey) { k.epoch = 2 }) }, true},
		"of the first":  {func(dir string) error { return editKey(dir, func(k *sealKey) { k.epoch = 0 }) }, true},
		"as if pending": {func(dir string) error {
			return editKey(dir, func(k *sealKey) { k.epoch, k.pending, k.segment, k.next = 3, true, 1, k.seed })
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := sealedTrail(t, 5)
			cutBack(t, dir, 2)
			if err := tt.spoil(dir); err != nil {
				t.Fatal(err)
			}
			r := verify(t, dir)
			if r.Intact == tt.tampered || strings.Contains(r.String(), "sealed to the end") {
				t.Errorf("%s", r)
			}
		})
	}
}

func editKey(dir string, f func(*sealKey)) error {
	k, err := readSealKey(dir)
	if err != nil {
		return err
	}
	f(k)
	return k.write(dir)
}

// Whoever dies after the seal, before the old key is overwritten, must not leave
// it there until the next seal is due: with it the sealed epoch could be written
// anew.
func TestLeftKeyErasedAtOnce(t *testing.T) {
	for _, left := range []string{sealOldName, sealNewName} {
		dir, keys := sealedTrail(t, 2)
		path := filepath.Join(dir, left)
		if err := os.WriteFile(path, keys[0], 0o600); err != nil {
			t.Fatal(err)
		}
		held := must(os.OpenFile(path, os.O_RDONLY, 0)) // its blocks, whatever becomes of the name
		l := openLog(t, dir, Options{SealRecords: 1 << 20})
		appendAll(t, l, decision("allow", "x"))
		l.Close() // as short-lived as a writer can be, and no seal is due
		b := make([]byte, len(keys[0]))
		held.ReadAt(b, 0)
		held.Close()
		if _, err := os.Lstat(path); err == nil || len(bytes.Trim(b, "\x00")) > 0 {
			t.Errorf("%s still holds an old key", left)
		}
	}
}

// Verifying while others seal all the time raises no false alarm about the key.
func TestVerifyWhileSealing(t *testing.T) {
	dir, _ := sealedTrail(t, 1)
	stop := time.Now().Add(700 * time.Millisecond)
	var wg sync.WaitGroup
	for range 2 {
		l := openLog(t, dir, Options{SealRecords: 1 << 20, SegmentSize: 3000})
		wg.Go(func() {
			for time.Now().Before(stop) {
				if err := l.Append(decision("allow", "x")); err != nil {
					t.Error(err)
				}
				if err := l.Seal(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for n := 0; time.Now().Before(stop); n++ {
		if r := verify(t, dir); !r.Intact || !r.EndKnown {
			t.Errorf("after %d: %s", n, r)
			break
		}
	}
	wg.Wait()
	if r := verify(t, dir); !r.Intact || r.Unsealed != 0 {
		t.Errorf("%s", r)
	}
	for _, name := range []string{sealOldName, sealNewName} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is left", name)
		}
	}
	if e := events(t, dir); strings.Contains(e, EventBroken) || strings.Contains(e, EventFailure) {
		t.Error(e)
	}
}

// What somebody puts into the file of removed seals does not become the first key
// of a trail of which nothing was removed.
func TestPlantedFirstKey(t *testing.T) {
	dir, _ := sealedTrail(t, 2)
	want := must(FirstKey(dir))
	other, _ := sealedTrail(t, 1)
	for _, line := range lines(t, other) {
		if hasEvent([]byte(line), EventSeal) {
			if err := os.WriteFile(filepath.Join(dir, removedName), []byte(line), 0o600); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if got := must(FirstKey(dir)); !got.Equal(want) {
		t.Errorf("the planted key is shown: %x", got)
	}
	if r := verify(t, dir); !r.Intact || r.FirstKey != hex.EncodeToString(want) {
		t.Errorf("%s", r)
	}
}
