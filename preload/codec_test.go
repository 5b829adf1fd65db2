package preload_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"rampart/engine/wire"
)

// ccodec is the C codec under AddressSanitizer and UBSan, in a process of its
// own: what it does wrong ends it, and leaves its report on stderr.
type ccodec struct {
	in  io.WriteCloser
	out io.Reader
}

func newCcodec(t testing.TB) *ccodec {
	t.Helper()
	cc := "gcc"
	if _, err := exec.LookPath(cc); err != nil {
		cc = need(t, "clang")
	}
	program := filepath.Join(t.TempDir(), "codec")
	build := exec.Command(cc, "-std=gnu11", "-D_GNU_SOURCE", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
		"-fno-builtin", "-Wall", "-Wextra", "-Werror", "-o", program, "testdata/codec.c", "c/codec.c", "c/env.c", "testdata/text.c")
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("can't build with sanitizers: %v\n%s", err, out)
	}
	cmd := exec.Command(program)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("C codec: %v", err)
		}
	})
	return &ccodec{in, out}
}

func (c *ccodec) call(t testing.TB, kind byte, n, m int, data []byte) []byte {
	t.Helper()
	b := []byte{kind}
	for _, v := range []int{n, m, len(data)} {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	if _, err := c.in.Write(append(b, data...)); err != nil {
		t.Fatalf("C codec died: %v", err)
	}
	var size [4]byte
	if _, err := io.ReadFull(c.out, size[:]); err != nil {
		t.Fatalf("C codec died: %v", err)
	}
	got := make([]byte, binary.LittleEndian.Uint32(size[:]))
	if _, err := io.ReadFull(c.out, got); err != nil {
		t.Fatalf("C codec died: %v", err)
	}
	return got
}

const testLibrary = "/s/librampart.so"

// question encodes in C and decodes in Go.
func (c *ccodec) question(t testing.TB, r *wire.Request, environ []string) {
	t.Helper()
	var data []byte
	for _, s := range append([]string{testLibrary, r.Path, r.Cwd}, append(r.Argv, environ...)...) {
		data = append(append(data, s...), 0)
	}
	message := c.call(t, 'Q', len(r.Argv), len(environ), data)
	got, err := wire.DecodeRequest(message)
	size := 32 + len(r.Path) + len(r.Cwd) + 2
	for _, s := range append(slices.Clone(r.Argv), r.Environ...) {
		size += len(s) + 1
	}
	if size > wire.MaxRequest {
		if err == nil || !strings.Contains(err.Error(), "are larger than") || len(got.Argv)+len(got.Environ) > 0 {
			t.Errorf("%d bytes: %v", size, err)
		}
		return
	}
	want := &wire.Request{Layer: wire.Preload, PID: 70000, PPID: 1, Path: r.Path, Argv: r.Argv, Environ: r.Environ, Cwd: r.Cwd, Processor: -1}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("C sent %+v (%v)\nwant %+v", got, err, want)
	}
}

// visible is what of an environment is to reach the engine: not our own.
func visible(environ []string) []string {
	last := -1
	for i, e := range environ {
		if strings.HasPrefix(e, "LD_PRELOAD=") {
			last = i
		}
	}
	out := []string{}
	for i, e := range environ {
		value, isPreload := strings.CutPrefix(e, "LD_PRELOAD=")
		switch {
		case strings.HasPrefix(e, "RAMPART_JUDGED="), isPreload && (i != last || value == testLibrary):
		case isPreload && len(value) > len(testLibrary) && strings.HasPrefix(value, testLibrary) && strings.ContainsAny(value[len(testLibrary):][:1], ": "):
			out = append(out, "LD_PRELOAD="+value[len(testLibrary)+1:])
		default:
			out = append(out, e)
		}
	}
	return out
}

// answer decodes in both, which must agree.
func (c *ccodec) answer(t testing.TB, argc int, message []byte) {
	t.Helper()
	want := "bad"
	if r, err := wire.DecodeReply(message); err == nil {
		want = map[wire.Action]string{wire.Allow: "allow\x00", wire.Deny: "deny\x00"}[r.Action]
		if r.Again {
			want += "again\x00"
		}
		want += r.Message + "\x00" + r.Path + "\x00"
		for _, w := range r.Rewrites {
			want += fmt.Sprintf("%d\x00%s\x00", w.Index, w.Text)
			if w.Index >= argc {
				want = "bad"
				break
			}
		}
	}
	if got := string(c.call(t, 'A', argc, 0, message)); got != want {
		t.Errorf("%x with %d arguments: C reads %q, Go %q", message, argc, got, want)
	}
}

func TestCodecsAgree(t *testing.T) {
	c := newCcodec(t)
	for _, environ := range [][]string{
		{}, {"A=1", "B=2"}, {"LD_PRELOAD=" + testLibrary, "A="}, {"LD_PRELOAD=" + testLibrary + ":/x.so"},
		{"LD_PRELOAD=/x.so", "RAMPART_JUDGED=s1:2:3", "LD_PRELOAD=" + testLibrary + "x"}, {"LD_PRELOAD="}, {"LD_PRELOAD=" + testLibrary + ":"},
		{"", "=", "LD_PRELOAD"},
	} {
		c.question(t, &wire.Request{Path: "/bin/ls", Argv: []string{"ls", ""}, Environ: visible(environ), Cwd: "/"}, environ)
	}
	for _, n := range []int{1000, 4096, 100000, 4 << 20, 5 << 20} {
		r := &wire.Request{Path: "p", Argv: []string{strings.Repeat("x", n)}, Environ: []string{}}
		c.question(t, r, nil)
		if n <= 100000 { // more pieces than go in one system call
			r.Argv = slices.Repeat([]string{"a", "bb", ""}, n/4)
			c.question(t, r, nil)
		}
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		reply := &wire.Reply{Action: wire.Action(rnd.IntN(3)), Message: strings.Repeat("m", rnd.IntN(20)), Path: strings.Repeat("p", rnd.IntN(3)), Again: rnd.IntN(4) == 0}
		for range rnd.IntN(4) {
			reply.Rewrites = append(reply.Rewrites, wire.Rewrite{Index: rnd.IntN(6), Text: strings.Repeat("t", rnd.IntN(9))})
		}
		b, err := wire.EncodeReply(reply)
		if err != nil {
			t.Fatal(err)
		}
		for range rnd.IntN(4) { // hurt it
			switch at := rnd.IntN(len(b) + 1); rnd.IntN(3) {
			case 0:
				b = b[:at]
			case 1:
				b = slices.Insert(b, at, byte(rnd.IntN(256)))
			case 2:
				if at < len(b) {
					b[at] ^= 1 << rnd.IntN(8)
				}
			}
			if len(b) == 0 {
				break
			}
		}
		if len(b) > 16 && rnd.IntN(2) == 0 { // with an honest length, so that more of it is read
			binary.LittleEndian.PutUint32(b[8:], uint32(len(b)-16))
		}
		c.answer(t, 5, b)
	}
}

func FuzzCodecs(f *testing.F) {
	c := newCcodec(f)
	b, _ := wire.EncodeReply(&wire.Reply{Action: wire.Allow, Message: "m", Path: "p", Rewrites: []wire.Rewrite{{Index: 1, Text: "t"}}})
	f.Add(uint8(2), b, "a\x00b", "X=1\x00LD_PRELOAD="+testLibrary+":/l.so")
	f.Fuzz(func(t *testing.T, argc uint8, answer []byte, argv, environ string) {
		c.answer(t, int(argc), answer)
		env := strings.Split(environ, "\x00")
		c.question(t, &wire.Request{Path: "p", Argv: strings.Split(argv, "\x00"), Environ: visible(env), Cwd: "c"}, env)
	})
}
