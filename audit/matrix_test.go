package audit

import (
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// attack is a trail in the hands of somebody who may do anything to it. He has
// today's key file, and copies of the directory that he made before.
type attack struct {
	t     *testing.T
	dir   string
	old   map[string]string // the whole directory as it was after the third seal
	lines []string          // of the trail, without line feeds
	key   *sealKey          // today's
}

// The trail has eleven records that are each followed by the end of an epoch,
// the last two of which were idle, and two records that are not sealed yet.
func newAttack(t *testing.T) *attack {
	a := &attack{t: t, dir: t.TempDir()}
	l := openLog(t, a.dir, Options{SealRecords: 1 << 20})
	l.seals.timer.Stop() // nobody else seals
	for i := range 9 {
		appendAll(t, l, decision("allow", fmt.Sprintf("echo %d", i)))
		if err := l.Seal(); err != nil {
			t.Fatal(err)
		}
		if i == 3 {
			a.old = a.files()
		}
	}
	l.opt.SealAfter = time.Nanosecond // idle
	for range 2 {
		if _, err := l.seal(""); err != nil {
			t.Fatal(err)
		}
	}
	l.opt.SealAfter = time.Hour
	appendAll(t, l, decision("allow", "today 1"), decision("allow", "today 2"))
	l.Close()
	b, err := os.ReadFile(filepath.Join(a.dir, segmentName(1)))
	if err != nil {
		t.Fatal(err)
	}
	a.lines = strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	if a.key, err = readSealKey(a.dir); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *attack) files() map[string]string {
	m := map[string]string{}
	entries, _ := os.ReadDir(a.dir)
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(a.dir, e.Name()))
		if err != nil {
			a.t.Fatal(err)
		}
		m[e.Name()] = string(b)
	}
	return m
}

// write puts the lines in place of the trail.
func (a *attack) write() {
	text := strings.Join(a.lines, "\n") + "\n"
	if err := os.WriteFile(filepath.Join(a.dir, segmentName(1)), []byte(text), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func (a *attack) removeKey() { os.Remove(filepath.Join(a.dir, sealKeyName)) }

// at returns the index of the seal of an epoch.
func (a *attack) at(epoch int) int {
	i := slices.IndexFunc(a.lines, func(s string) bool { return strings.Contains(s, fmt.Sprintf(`"seal":{"epoch":%d,`, epoch)) })
	if i < 0 {
		a.t.Fatalf("no seal of epoch %d", epoch)
	}
	return i
}

// rebuild makes the chain anew from a line on. Seals are signed by what sign
// returns for them, and name what it returns; nil keeps the signature.
func (a *attack) rebuild(from int, sign func(s *Seal) (by ed25519.PrivateKey)) {
	var l link
	if from > 0 {
		c, _ := readChained([]byte(a.lines[from-1]))
		l = c.link
	}
	for i := from; i < len(a.lines); i++ {
		r, err := ParseRecord([]byte(a.lines[i]))
		if err != nil {
			a.t.Fatal(err)
		}
		line := a.lines[i]
		body := []byte(line[strings.Index(line, `"time"`) : len(line)-trailerLen])
		if r.Seal != nil {
			if by := sign(r.Seal); by != nil {
				body = appendSealBody(nil, r.Time, r.Seal, l, by)
			}
		}
		var b []byte
		b, l = appendLine(nil, body, l)
		a.lines[i] = strings.TrimSuffix(string(b), "\n")
	}
}

func (a *attack) private() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(a.key.seed[:]) }

func (a *attack) edit(i int, old, new string) {
	if !strings.Contains(a.lines[i], old) {
		a.t.Fatalf("%s is not in %s", old, a.lines[i])
	}
	a.lines[i] = strings.Replace(a.lines[i], old, new, 1)
}

func unsigned(*Seal) ed25519.PrivateKey { return nil }

// What finds a change: the trail with its key file by itself, or only with what
// is known from outside: the first key, or a copy of seals, or of all records.
const (
	byItself  = "itself"
	byKey     = "key"
	bySeals   = "anchor"
	byRecords = "anchor with those records"
)

// matrix is the table in docs/audit.md, row for row.
var matrix = []struct {
	name  string
	needs string
	do    func(a *attack)
}{
	{"a byte changed", byItself, func(a *attack) { a.edit(5, "echo", "ecHo") }},
	{"a record changed, with its hash", byItself, func(a *attack) {
		a.edit(5, "echo", "ecHo")
		a.lines[5] = strings.TrimSuffix(rewrite(a.lines[5]+"\n", "x", "x"), "\n")
	}},
	{"a record deleted", byItself, func(a *attack) { a.lines = slices.Delete(a.lines, 5, 6) }},
	{"a line inserted", byItself, func(a *attack) { a.lines = slices.Insert(a.lines, 5, `{"v":1}`) }},
	{"a record duplicated", byItself, func(a *attack) { a.lines = slices.Insert(a.lines, 5, a.lines[5]) }},
	{"records swapped", byItself, func(a *attack) { a.lines[3], a.lines[5] = a.lines[5], a.lines[3] }},
	{"the middle cut out", byItself, func(a *attack) { a.lines = slices.Delete(a.lines, a.at(2), a.at(5)) }},
	{"the beginning cut off", byItself, func(a *attack) { a.lines = a.lines[a.at(3):] }},
	{"an unknown field, chain made anew", byItself, func(a *attack) { a.edit(5, `"event"`, `"x":1,"event"`); a.rebuild(5, unsigned) }},
	{"a key twice, chain made anew", byItself, func(a *attack) { a.edit(5, `"event"`, `"event":"decision","event"`); a.rebuild(5, unsigned) }},
	{"CRLF", byItself, func(a *attack) { a.lines[5] += "\r" }},
	{"an old record changed, chain made anew, signatures kept", byItself, func(a *attack) { a.edit(5, "echo", "ecHo"); a.rebuild(5, unsigned) }},
	{"an old record changed, old seals signed with today's key", byItself, func(a *attack) {
		a.edit(5, "echo", "ecHo")
		a.rebuild(5, func(*Seal) ed25519.PrivateKey { return a.private() })
	}},
	{"an old record changed, one seal of today's epoch in place of the old ones", byItself, func(a *attack) {
		a.edit(5, "echo", "ecHo")
		last := a.lines[a.at(10)]
		a.lines = append(slices.DeleteFunc(a.lines, func(s string) bool { return strings.Contains(s, `"event":"seal"`) && !strings.Contains(s, `"epoch":0`) }), last)
		a.rebuild(1, func(s *Seal) ed25519.PrivateKey {
			if s.Epoch == 0 {
				return nil
			}
			s.Epoch = a.key.epoch
			return a.private()
		})
	}},
	{"an old record moved into today's epoch, in place of its own", byItself, func(a *attack) {
		old := a.lines[5]
		a.lines = append(slices.Delete(a.lines, 5, 6), old)
		a.rebuild(5, unsigned)
	}},
	{"an epoch with records made an idle one", byItself, func(a *attack) {
		i := a.at(5)
		a.lines = slices.Delete(a.lines, i-1, i)
		a.rebuild(i-1, func(s *Seal) ed25519.PrivateKey { s.Records = 0; return a.private() })
	}},
	{"idle epochs cut off", byItself, func(a *attack) { a.lines = a.lines[:a.at(9)] }},
	{"idle epochs cut off, records put in their place", byItself, func(a *attack) {
		a.lines = append(a.lines[:a.at(9)], a.lines[0])
		a.rebuild(len(a.lines)-1, unsigned)
	}},
	{"cut back to an earlier seal", byItself, func(a *attack) { a.lines = a.lines[:a.at(6)+1] }},
	{"cut back to an earlier seal, key file made to fit", byItself, func(a *attack) {
		a.lines = a.lines[:a.at(6)+1]
		a.key.epoch = 7
		if err := a.key.write(a.dir); err != nil {
			a.t.Fatal(err)
		}
	}},
	{"cut back to an earlier seal, key file made unreadable", byItself, func(a *attack) {
		a.lines = a.lines[:a.at(6)+1]
		os.WriteFile(filepath.Join(a.dir, sealKeyName), []byte("x"), 0o600)
	}},
	{"cut back to an earlier seal, key file removed", bySeals, func(a *attack) { a.lines = a.lines[:a.at(6)+1]; a.removeKey() }},
	{"all seals removed, chain made anew", byItself, func(a *attack) {
		a.lines = slices.DeleteFunc(a.lines, func(s string) bool { return strings.Contains(s, `"event":"seal"`) })
		a.rebuild(0, unsigned)
	}},
	{"all seals and the key file removed, chain made anew", byKey, func(a *attack) {
		a.lines = slices.DeleteFunc(a.lines, func(s string) bool { return strings.Contains(s, `"event":"seal"`) })
		a.rebuild(0, unsigned)
		a.removeKey()
	}},
	{"key file replaced by another key", byItself, func(a *attack) {
		a.key.seed[0]++
		if err := a.key.write(a.dir); err != nil {
			a.t.Fatal(err)
		}
	}},
	{"key file replaced by an older one", byItself, func(a *attack) { os.WriteFile(filepath.Join(a.dir, sealKeyName), []byte(a.old[sealKeyName]), 0o600) }},
	{"key file removed, and a writer went on", byItself, func(a *attack) {
		a.removeKey()
		l := openLog(a.t, a.dir, Options{SealRecords: 1 << 20})
		appendAll(a.t, l, decision("allow", "later"))
		if err := l.Seal(); err != nil {
			a.t.Fatal(err)
		}
		l.Close()
		a.lines = lines(a.t, a.dir)
		for i := range a.lines {
			a.lines[i] = strings.TrimSuffix(a.lines[i], "\n")
		}
	}},
	{"everything made anew with keys of one's own", byKey, func(a *attack) {
		a.edit(5, "echo", "ecHo")
		seeds := map[uint64][]byte{}
		seed := func(epoch uint64) ed25519.PrivateKey {
			epoch = max(epoch, 1)
			if seeds[epoch] == nil {
				k, _ := newSealKey()
				seeds[epoch] = k.seed[:]
			}
			return ed25519.NewKeyFromSeed(seeds[epoch])
		}
		a.rebuild(0, func(s *Seal) ed25519.PrivateKey {
			s.Next = fmt.Sprintf("%x", []byte(seed(s.Epoch+1).Public().(ed25519.PublicKey)))
			return seed(s.Epoch)
		})
		copy(a.key.seed[:], seeds[a.key.epoch])
		if err := a.key.write(a.dir); err != nil {
			a.t.Fatal(err)
		}
	}},
	{"the whole directory replaced by an older copy of it", bySeals, func(a *attack) {
		for name, text := range a.old {
			os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o600)
		}
		a.lines = strings.Split(strings.TrimSuffix(a.old[segmentName(1)], "\n"), "\n")
	}},
	{"records cut off that are not sealed yet", byRecords, func(a *attack) { a.lines = a.lines[:len(a.lines)-1] }},
	{"records changed that are not sealed yet, chain made anew", byRecords, func(a *attack) {
		a.edit(len(a.lines)-2, "today", "TODAY")
		a.rebuild(len(a.lines)-2, unsigned)
	}},
	{"records changed of the epoch whose key was taken, and sealed with it", byRecords, func(a *attack) {
		a.edit(len(a.lines)-1, "today", "TODAY")
		a.rebuild(len(a.lines)-1, unsigned)
		a.write()
		l := openLog(a.t, a.dir, Options{SealRecords: 1 << 20})
		if err := l.Seal(); err != nil {
			a.t.Fatal(err)
		}
		l.Close()
		a.lines = nil
	}},
}

// Each row is found by what the table says, and by no less: a promise that is
// too small would be as wrong as one that is too big.
func TestTamperMatrix(t *testing.T) {
	doc, err := os.ReadFile("../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range matrix {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(string(doc), "| "+tt.name+" | "+tt.needs+" |\n") {
				t.Errorf("docs/audit.md has no row %q", "| "+tt.name+" | "+tt.needs+" |")
			}
			a := newAttack(t)
			if r := verify(t, a.dir); !r.Intact || r.Unsealed != 2 {
				t.Fatalf("before: %s", r)
			}
			key, err := FirstKey(a.dir)
			if err != nil {
				t.Fatal(err)
			}
			anchor := func(name string, keep func(string) bool) string {
				path := filepath.Join(t.TempDir(), name)
				text := strings.Join(slices.DeleteFunc(slices.Clone(a.lines), func(s string) bool { return !keep(s) }), "\n")
				if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				return path
			}
			options := []struct {
				needs string
				opt   VerifyOptions
			}{
				{byItself, VerifyOptions{}},
				{byKey, VerifyOptions{Key: key}},
				{bySeals, VerifyOptions{Key: key, Anchor: anchor("seals", func(s string) bool { return strings.Contains(s, `"event":"seal"`) })}},
				{byRecords, VerifyOptions{Key: key, Anchor: anchor("records", func(string) bool { return true })}},
			}
			for _, o := range options {
				if r, err := VerifyWith(a.dir, o.opt); err != nil || !r.Intact {
					t.Fatalf("false alarm with %s: %v\n%s", o.needs, err, r)
				}
			}
			tt.do(a)
			if a.lines != nil {
				a.write()
			}
			found := false
			for _, o := range options {
				r, err := VerifyWith(a.dir, o.opt)
				if err != nil {
					t.Fatal(err)
				}
				found = found || o.needs == tt.needs
				if r.Intact == found {
					t.Errorf("with %s: %s", o.needs, r)
				}
			}
		})
	}
	if rows := strings.Count(string(doc), "| "+byItself+" |\n") + strings.Count(string(doc), "| "+byKey+" |\n") +
		strings.Count(string(doc), "| "+bySeals+" |\n") + strings.Count(string(doc), "| "+byRecords+" |\n"); rows != len(matrix) {
		t.Errorf("docs/audit.md has %d rows, %d are tested", rows, len(matrix))
	}
}
