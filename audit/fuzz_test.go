package audit

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"
)

// Whatever lies in the directory, verifying and showing it neither fails nor
// changes it, and a writer can go on from it.
func FuzzVerify(f *testing.F) {
	good := line(decision("allow", "git status"))
	f.Add(append(good, '\n'), []byte{})
	f.Add(append(good, '\n'), good)
	f.Add(good[:100], []byte("\n"))
	f.Add([]byte("{\"v\":1,\"seq\":1\n\x00\x00"), []byte("{}\n"))
	rotate, _ := appendLine(nil, encodeBody(nil, &Record{Event: EventRotate}), link{})
	f.Add(rotate, []byte{})
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	seal := &Seal{Reason: sealFirst, Next: hex.EncodeToString(private[ed25519.SeedSize:])}
	sealed, _ := appendLine(nil, appendSealBody(nil, time.Unix(1, 0), seal, link{}, private), link{})
	f.Add(sealed, []byte{})
	f.Add(bytes.Replace(sealed, []byte(`"sig":"`), []byte(`"sig":"x`), 1), []byte{})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, segmentName(1))
		os.WriteFile(path, first, 0o600)
		if len(second) > 0 {
			os.WriteFile(filepath.Join(dir, segmentName(2)), second, 0o600)
		}
		before, err := Verify(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := Tail(t.Context(), &bytes.Buffer{}, dir, TailOptions{N: 10}); err != nil {
			t.Fatal(err)
		}
		if b, _ := os.ReadFile(path); !bytes.Equal(b, first) {
			t.Fatal("reading changed the trail")
		}
		l, err := Open(dir, Options{unsealed: true}) // syncing would leave time for a few runs only
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if err := l.Append(decision("allow", "after")); err != nil {
			t.Fatal(err)
		}
		after, err := Verify(dir)
		if err != nil {
			t.Fatal(err)
		}
		if after.Intact != before.Intact {
			t.Errorf("before:\n%safter:\n%s", before, after)
		}
	})
}

func FuzzReadLine(f *testing.F) {
	f.Add([]byte("a\nb\n\nc"))
	f.Add(append(line(decision("deny", "rm")), '\n'))
	f.Fuzz(func(t *testing.T, b []byte) {
		// All at once, and byte by byte, must give the same.
		whole, bytewise := newLineReader(bytes.NewReader(b)), newLineReader(iotest.OneByteReader(bytes.NewReader(b)))
		var back []byte
		for {
			one, err1 := whole.next()
			two, err2 := bytewise.next()
			if err1 != err2 || !bytes.Equal(one, two) {
				t.Fatalf("%q, %v; %q, %v", one, err1, two, err2)
			}
			if err1 != nil {
				break
			}
			back = append(append(back, one...), '\n')
			c, ok := readChained(one)
			if r, err := ParseRecord(one); isCanonical(one) && ok && c.valid && (err != nil || r.Seq != c.seq) {
				t.Fatalf("%q is canonical and yet %v", one, err)
			}
			appendReadable(nil, one, true)
		}
		if back = append(back, whole.rest()...); !bytes.Equal(back, b) {
			t.Fatalf("%q came back as %q", b, back)
		}
	})
}

// Whatever lies in the key's place is read as one or refused, and comes back.
func FuzzSealKey(f *testing.F) {
	k := &sealKey{epoch: 3, start: 5, since: time.Unix(1, 0).UTC()}
	f.Add(k.encode())
	k.begin(2, 77)
	f.Add(k.encode())
	f.Add([]byte(sealKeyHead + "\nepoch 1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var k, back sealKey
		if !k.parse(bytes.Clone(b)) {
			return
		}
		if !back.parse(k.encode()) || back != k {
			t.Errorf("%q is read as %+v, then as %+v", b, k, back)
		}
	})
}
