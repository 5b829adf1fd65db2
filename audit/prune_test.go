package audit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// prunedTrail is a sealed trail without its first segments.
func prunedTrail(t *testing.T) (dir string, p Pruned) {
	t.Helper()
	dir, _ = sealedTrail(t, 30)
	nums, _ := segments(dir)
	_, size, _ := statPath(filepath.Join(dir, segmentName(nums[0])))
	p, err := Prune(dir, Retention{Size: 4 * size})
	if err != nil || p.Segments < 3 {
		t.Fatalf("%+v of %d segments, %v", p, len(nums), err)
	}
	return dir, p
}

func TestPrune(t *testing.T) {
	dir, p := prunedTrail(t)
	key, err := FirstKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := VerifyWith(dir, VerifyOptions{Key: key})
	if err != nil || !r.Intact || r.Removed != p.Through || r.Seals < 30 || !strings.Contains(r.String(), "removed by retention") {
		t.Errorf("%v\n%s", err, r)
	}
	// Again, and by age.
	if p, err := Prune(dir, Retention{Age: time.Hour}); err != nil || p.Segments != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	time.Sleep(5 * time.Millisecond)
	if p, err := Prune(dir, Retention{Age: time.Millisecond}); err != nil || p.Segments == 0 {
		t.Errorf("%+v, %v", p, err)
	}
	if r, err := VerifyWith(dir, VerifyOptions{Key: key}); err != nil || !r.Intact {
		t.Errorf("%v\n%s", err, r)
	}
	if nums, _ := segments(dir); len(nums) != 1 {
		t.Errorf("%d segments are left", len(nums))
	}
}

// Whoever dies while removing leaves a trail that is sound.
func TestPruneInterrupted(t *testing.T) {
	dir, _ := sealedTrail(t, 30)
	l := openLog(t, dir, Options{SealRecords: 1 << 20})
	nums, _ := segments(dir)
	if _, err := l.keepSeals(nums[:4]); err != nil {
		t.Fatal(err)
	}
	l.Close()
	f, _ := os.OpenFile(filepath.Join(dir, removedName), os.O_APPEND|os.O_WRONLY, 0)
	f.WriteString(`{"v":1,"seq":9`)
	f.Close()
	if r := verify(t, dir); !r.Intact || r.Removed != 0 {
		t.Errorf("%s", r)
	}
	if p, err := Prune(dir, Retention{Age: time.Nanosecond}); err != nil || p.Segments < 5 {
		t.Errorf("%+v, %v", p, err)
	}
	if r := verify(t, dir); !r.Intact {
		t.Errorf("%s", r)
	}
}

// What retention leaves is as safe as before.
func TestPruneTampered(t *testing.T) {
	for name, spoil := range map[string]func(dir string, kept []string){
		"one more segment": func(dir string, _ []string) {
			nums, _ := segments(dir)
			os.Remove(filepath.Join(dir, segmentName(nums[0])))
		},
		"no seals": func(dir string, _ []string) { os.Remove(filepath.Join(dir, removedName)) },
		"a seal less": func(dir string, kept []string) {
			os.WriteFile(filepath.Join(dir, removedName), []byte(strings.Join(kept[1:], "")), 0o600)
		},
		"another last record": func(dir string, kept []string) {
			kept[len(kept)-1] = rewrite(kept[len(kept)-1], "trail", "TRAIL")
			os.WriteFile(filepath.Join(dir, removedName), []byte(strings.Join(kept, "")), 0o600)
		},
		"no record of it": func(dir string, kept []string) {
			l, err := Open(dir, Options{unsealed: true})
			if err != nil {
				panic(err)
			}
			defer l.Close()
			nums, _ := segments(dir)
			l.keepSeals(nums[:1])
			os.Remove(filepath.Join(dir, segmentName(nums[0])))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := prunedTrail(t)
			b, err := os.ReadFile(filepath.Join(dir, removedName))
			if err != nil {
				t.Fatal(err)
			}
			var kept []string
			for line := range strings.Lines(string(b)) {
				kept = append(kept, line)
			}
			spoil(dir, kept)
			if r := verify(t, dir); r.Intact {
				t.Errorf("%s", r)
			}
			if p, err := Prune(dir, Retention{Size: 1}); err == nil {
				t.Errorf("evidence was removed: %+v", p)
			}
		})
	}
}

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{"1": 1, "4096": 4096, "2K": 2048, "500M": 500 << 20, "2G": 2 << 30,
		"": 0, "0": 0, "G": 0, "-1": 0, "1.5G": 0, "2g": 0, "99999999999G": 0, "9223372036854775808": 0} {
		if got, err := ParseSize(s); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d, %v", s, got, err)
		}
	}
}
