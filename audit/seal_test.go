package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// sealedTrail returns a trail of n records with a seal after each, a key file
// that is kept after each, and the log that wrote them, closed.
func sealedTrail(t testing.TB, n int) (dir string, keys [][]byte) {
	t.Helper()
	dir = t.TempDir()
	l := openLog(t, dir, Options{SegmentSize: 2500, SealRecords: 1 << 20})
	for i := range n {
		appendAll(t, l, decision("allow", fmt.Sprintf("echo %d", i)))
		if err := l.Seal(); err != nil {
			t.Fatal(err)
		}
		key, err := os.ReadFile(filepath.Join(dir, sealKeyName))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	l.Close()
	return dir, keys
}

// seals returns the seals in a trail.
func seals(t testing.TB, dir string) (all []*Record) {
	t.Helper()
	for _, line := range lines(t, dir) {
		if r, err := ParseRecord([]byte(line)); err == nil && r.Event == EventSeal {
			all = append(all, r)
		}
	}
	return all
}

// eventually waits for what another goroutine is about to do.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for range 2000 {
		if f() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal(what + " did not come")
}

func TestSealByCount(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, Options{SealRecords: 10})
	appendAll(t, l, decision("allow", "x"))
	eventually(t, "the first key", func() bool { return len(seals(t, dir)) == 1 })
	for n := 2; n < 6; n++ {
		for range 10 {
			appendAll(t, l, decision("allow", "x"))
		}
		eventually(t, "the next seal", func() bool { return len(seals(t, dir)) == n })
	}
	l.Close()
	if r := verify(t, dir); !r.Intact || r.Seals != 5 || r.Epoch != 4 || r.Sealed < 44 {
		t.Errorf("%s", r)
	}
	for i, s := range seals(t, dir) {
		if s.Seal.Epoch != uint64(i) || i > 0 && s.Seal.Reason != sealCount || i > 0 && s.Seal.Records < 10 {
			t.Errorf("%+v", s.Seal)
		}
	}
}

// A writer that lives seals epochs in which nothing happened.
func TestSealWhenIdle(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, Options{SealAfter: 20 * time.Millisecond, SealRecords: 100})
	eventually(t, "a few seals", func() bool { return len(seals(t, dir)) >= 5 })
	l.Close()
	for i, s := range seals(t, dir) {
		if s.Seal.Records != 0 || i > 0 && s.Seal.Reason != sealTime {
			t.Errorf("%+v", s.Seal)
		}
	}
	if r := verify(t, dir); !r.Intact || r.Unsealed != 0 || !strings.Contains(r.String(), "intact and sealed to the end") {
		t.Errorf("%s", r)
	}
}

// When nobody was there to sign, whoever comes next signs once, and says so. A
// writer may be as short-lived as it likes.
func TestSealAfterNobody(t *testing.T) {
	dir := t.TempDir()
	short := Options{SealAfter: 30 * time.Millisecond, SealRecords: 100}
	for range 3 {
		l := openLog(t, dir, short)
		endsBeforeTimer(l)
		appendAll(t, l, decision("allow", "x"))
		l.Close()
		time.Sleep(100 * time.Millisecond)
	}
	got := seals(t, dir)
	if len(got) != 3 {
		t.Fatalf("%d seals", len(got))
	}
	for i, s := range got[1:] {
		if s.Seal.Idle < 1 || s.Seal.Epoch != uint64(i+1) || s.Seal.Since != got[i].Time.UTC().Format(timeLayout) {
			t.Errorf("%+v", s.Seal)
		}
	}
	if r := verify(t, dir); !r.Intact {
		t.Errorf("%s", r)
	}
}

// A clock that is set back does not put the next seal off, and is seen.
func TestSealClockBack(t *testing.T) {
	dir, _ := sealedTrail(t, 1)
	k, err := readSealKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	l := openLog(t, dir, Options{SealRecords: 100})
	defer l.Close()
	k.since = time.Now().Add(time.Hour)
	if why := l.reason(k, "", time.Now()); why != sealTime {
		t.Errorf("reason %q", why)
	}
}

func TestSealManyWriters(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				l, err := Open(dir, Options{SealRecords: 7, SealAfter: time.Hour})
				if err != nil {
					t.Error(err)
					return
				}
				for range 5 {
					if err := l.Append(decision("allow", "x")); err != nil {
						t.Error(err)
					}
				}
				if err := l.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	r := verify(t, dir)
	if !r.Intact || r.Records != uint64(400+r.Seals) || r.Seals < 5 || len(r.Notices) > 0 {
		t.Errorf("%s", r)
	}
}

// The seals are checked by another program with another library, from the first
// key alone.
func TestSealOracle(t *testing.T) {
	if out, err := exec.Command("python3", "-c", "import cryptography").CombinedOutput(); err != nil {
		t.Skipf("python3 with cryptography is missing: %s", out)
	}
	dir, _ := sealedTrail(t, 6)
	key, err := FirstKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	oracle := func() string {
		cmd := exec.Command("python3", "testdata/verify_seals.py", dir, fmt.Sprintf("%x", key))
		out, _ := cmd.CombinedOutput()
		return strings.TrimSpace(string(out))
	}
	if got := oracle(); got != "7 seals, 0 records after the last" {
		t.Errorf("the other program says: %s", got)
	}
	path := filepath.Join(dir, segmentName(1))
	b, _ := os.ReadFile(path)
	os.WriteFile(path, bytes.Replace(b, []byte("echo 0"), []byte("echo 9"), 1), 0o600)
	if got := oracle(); !strings.Contains(got, "hash") {
		t.Errorf("the other program can't fail: %s", got)
	}
}

// The key of an epoch that ended is nowhere any more, also not in the blocks
// that the old file had.
func TestSealKeyErased(t *testing.T) {
	dir, keys := sealedTrail(t, 1)
	outside := filepath.Join(t.TempDir(), "link")
	if err := os.Link(filepath.Join(dir, sealKeyName), outside); err != nil {
		t.Fatal(err)
	}
	l := openLog(t, dir, Options{SealRecords: 100})
	appendAll(t, l, decision("allow", "x"))
	if err := l.Seal(); err != nil {
		t.Fatal(err)
	}
	l.Close()
	old, err := os.ReadFile(outside)
	if err != nil || len(bytes.Trim(old, "\x00")) != 0 {
		t.Errorf("the old key file still holds %q", old)
	}
	seed := string(keys[0][bytes.Index(keys[0], []byte("seed ")):][5:69])
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if b, _ := os.ReadFile(filepath.Join(dir, e.Name())); strings.Contains(string(b), seed) {
			t.Errorf("%s holds the key of an epoch that ended", e.Name())
		}
	}
	for _, name := range []string{sealNewName, sealOldName} {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there", name)
		}
	}
	if fi, err := os.Stat(filepath.Join(dir, sealKeyName)); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", fi, err)
	}
}

// endsBeforeTimer makes a Log one that ends, or dies, before the epoch is looked at
// beside its records, however slow the machine is.
func endsBeforeTimer(l *Log) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seals.timer.Stop()
}

// Whoever dies while sealing leaves something that the next one brings to its
// end: each epoch has one seal all the same.
func TestSealInterrupted(t *testing.T) {
	for name, die := range map[string]func(t *testing.T, l *Log, k *sealKey){
		"before the seal": func(*testing.T, *Log, *sealKey) {},
		"after the seal": func(t *testing.T, l *Log, k *sealKey) {
			if _, _, _, err := l.writeSeal(k, sealEnd, time.Now()); err != nil {
				t.Fatal(err)
			}
		},
		"after the seal, and others went on": func(t *testing.T, l *Log, k *sealKey) {
			if _, _, _, err := l.writeSeal(k, sealEnd, time.Now()); err != nil {
				t.Fatal(err)
			}
			for range 12 {
				appendAll(t, l, decision("allow", "later"))
			}
		},
	} {
		for _, epoch := range []int{0, 1} {
			t.Run(fmt.Sprint(name, " of epoch ", epoch), func(t *testing.T) {
				dir := t.TempDir()
				l := openLog(t, dir, Options{SegmentSize: 1500, SealRecords: 1 << 20})
				endsBeforeTimer(l)
				appendAll(t, l, decision("allow", "x"))
				k, err := newSealKey()
				if epoch > 0 {
					if err := l.Seal(); err != nil {
						t.Fatal(err)
					}
					appendAll(t, l, decision("allow", "y"))
					k, err = readSealKey(dir)
				}
				if err != nil || k.begin(l.seg.num, l.size) != nil || k.write(dir) != nil {
					t.Fatal(err)
				}
				die(t, l, k)
				if r := verify(t, dir); !r.Intact {
					t.Errorf("in between: %s", r)
				}
				l.Close()
				l = openLog(t, dir, Options{SegmentSize: 1500, SealRecords: 1 << 20})
				appendAll(t, l, decision("allow", "z"))
				if err := l.Seal(); err != nil {
					t.Fatal(err)
				}
				l.Close()
				r := verify(t, dir)
				if !r.Intact || r.Unsealed != 0 {
					t.Errorf("%s", r)
				}
				if after, err := readSealKey(dir); err != nil || after.pending || after.epoch != r.Epoch+1 {
					t.Errorf("%+v, %v", after, err)
				}
			})
		}
	}
}

// Nothing that is put in the key's place keeps anybody from recording.
func TestSealKeySpoiled(t *testing.T) {
	path := func(dir string) string { return filepath.Join(dir, sealKeyName) }
	for name, tt := range map[string]struct {
		spoil func(dir string) error
		want  string // in the report
	}{
		"removed":   {func(dir string) error { return os.Remove(path(dir)) }, "the sealing key was removed or replaced"},
		"emptied":   {func(dir string) error { return os.WriteFile(path(dir), nil, 0o600) }, "the sealing key was removed or replaced"},
		"garbage":   {func(dir string) error { return os.WriteFile(path(dir), bytes.Repeat([]byte("x"), 9000), 0o600) }, "the sealing key was removed or replaced"},
		"a link":    {func(dir string) error { os.Remove(path(dir)); return os.Symlink("/etc/passwd", path(dir)) }, "the trail can't be sealed"},
		"directory": {func(dir string) error { os.Remove(path(dir)); return os.Mkdir(path(dir), 0o700) }, ""},
		"another key": {func(dir string) error {
			k, err := readSealKey(dir)
			k.seed[0]++
			return errors.Join(err, k.write(dir))
		}, "not signed with the key of that epoch"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := sealedTrail(t, 2)
			if err := tt.spoil(dir); err != nil {
				t.Fatal(err)
			}
			l := openLog(t, dir, Options{SealRecords: 100})
			appendAll(t, l, decision("allow", "x"))
			l.Seal()
			appendAll(t, l, decision("allow", "y"))
			l.Close()
			r := verify(t, dir)
			if said := events(t, dir) + r.String(); tt.want == "" && !strings.Contains(said, EventFailure) || !strings.Contains(said, tt.want) {
				t.Errorf("%s\n%s", r, events(t, dir))
			}
		})
	}
}

// The first key is handed out once, by whoever gets to the end of making it.
func TestBegin(t *testing.T) {
	dir := t.TempDir()
	k, err := newSealKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(k.begin(1, 0), k.write(dir)); err != nil { // and died
		t.Fatal(err)
	}
	l := openLog(t, dir, Options{})
	key, err := l.Begin()
	if first, _ := FirstKey(dir); err != nil || !key.Equal(first) || !key.Equal(k.public()) {
		t.Fatalf("%x, %v; the trail has %x", key, err, first)
	}
	if key, err := l.Begin(); key != nil || err != nil {
		t.Errorf("again: %x, %v", key, err)
	}
	appendAll(t, l, decision("allow", "x"))
	if err := os.WriteFile(filepath.Join(dir, sealKeyName), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := l.Begin(); key != nil || err != nil {
		t.Errorf("with a damaged key: %x, %v", key, err)
	}
	if err := os.Remove(filepath.Join(dir, sealKeyName)); err != nil {
		t.Fatal(err)
	}
	if key, err := l.Begin(); key != nil || err != ErrKeyGone {
		t.Errorf("without the key: %x, %v", key, err)
	}
	if err := l.Seal(); err != nil {
		t.Error(err)
	}
	if r := verify(t, dir); r.Intact {
		t.Errorf("%s", r)
	}
}
