package wire

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

type server struct {
	*Server
	dir string

	mu        sync.Mutex
	incidents []Incident
}

func start(t *testing.T, h Handler, opts ...Option) *server {
	t.Helper()
	dir, err := os.MkdirTemp("", "rw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &server{dir: dir}
	opts = append(opts, OnIncident(func(i Incident) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.incidents = append(s.incidents, i)
	}))
	if s.Server, err = Listen(dir, h, opts...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *server) dial(t *testing.T) *net.UnixConn {
	t.Helper()
	c, err := net.Dial("unix", filepath.Join(s.dir, SocketName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.UnixConn)
}

// incident waits for one that wraps or mentions what is wanted.
func (s *server) incident(t *testing.T, want error, text string) {
	t.Helper()
	for range 300 {
		s.mu.Lock()
		for _, i := range s.incidents {
			if (want == nil || errors.Is(i.Err, want)) && strings.Contains(i.String(), text) {
				s.mu.Unlock()
				return
			}
		}
		s.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("incidents are %v, want %v %q", s.incidents, want, text)
}

func allow(*Request) *Reply { return &Reply{Action: Allow} }

var question = &Request{Layer: Preload, Path: "/bin/true", Argv: []string{"true"}, Cwd: "/"}

func (s *server) answers(t *testing.T) {
	t.Helper()
	if r, err := ask(s.dir, question); err != nil || r.Action != Allow {
		t.Errorf("an honest question got %+v, %v", r, err)
	}
}

func TestServerSaysWhoAsks(t *testing.T) {
	var seen atomic.Pointer[Request]
	s := start(t, func(r *Request) *Reply { seen.Store(r); return &Reply{Action: Allow, Message: "m", Path: "/p"} })
	// The message lies about who sends it.
	lie := *question
	lie.PID, lie.PPID = 1, 2
	r, err := ask(s.dir, &lie)
	if err != nil || r.Message != "m" || r.Path != "/p" {
		t.Fatal(r, err)
	}
	got := seen.Load()
	if got.PID != os.Getpid() || got.UID != os.Getuid() || got.PPID != os.Getppid() {
		t.Errorf("asked by %d of %d, user %d", got.PID, got.PPID, got.UID)
	}
}

func TestServerRefusesOtherUsers(t *testing.T) {
	s := start(t, allow, ForUID(os.Getuid()+1))
	if r, err := ask(s.dir, question); err == nil {
		t.Errorf("answered %+v", r)
	}
	s.incident(t, ErrPeer, "")
}

func TestServerKeepsItsDirectory(t *testing.T) {
	dir := t.TempDir()
	os.Chmod(dir, 0o755)
	if s, err := Listen(dir, allow); err == nil {
		s.Close()
		t.Error("listens where others can come")
	}
	if _, err := Listen("/"+strings.Repeat("d", 100), allow); err == nil {
		t.Error("listens where the socket has no address")
	}
}

func TestServerGarbage(t *testing.T) {
	s := start(t, func(r *Request) *Reply { t.Error("the handler was called"); return nil })
	whole, _ := EncodeRequest(question)
	change := func(at int, b byte) []byte {
		c := bytes.Clone(whole)
		c[at] = b
		return c
	}
	for name, b := range map[string][]byte{
		"text":           []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		"other version":  change(3, Version+1),
		"layer":          change(4, 9),
		"no layer":       change(4, 0),
		"flags":          change(5, 0x80),
		"long body":      change(10, 0xff),
		"argc":           change(12, 200),
		"envc":           change(19, 0xff),
		"no terminator":  change(len(whole)-1, 'x'),
		"trailing bytes": append(bytes.Clone(whole), "more"...),
	} {
		c := s.dial(t)
		c.Write(b)
		c.CloseWrite()
		got, err := io.ReadAll(c)
		if len(got) > 0 {
			r, err := DecodeReply(got)
			if err != nil || r.Action != Deny || r.Message == "" {
				t.Errorf("%s: answered %q, %v", name, got, err)
			}
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.incident(t, ErrGarbage, "HTTP"[:0])
	if n := len(s.incidents); n != 10 {
		t.Errorf("%d incidents reported, want 10: %v", n, s.incidents)
	}
}

func TestServerBigMessages(t *testing.T) {
	var seen atomic.Pointer[Request]
	s := start(t, func(r *Request) *Reply { seen.Store(r); return &Reply{Action: Allow} })
	big := *question
	big.Argv = []string{"x", strings.Repeat("a", 3<<20), strings.Repeat("b", 1000)}
	if r, err := ask(s.dir, &big); err != nil || r.Action != Allow {
		t.Errorf("3 MiB: %+v, %v", r, err)
	}
	if got := seen.Load(); !slices.Equal(got.Argv, big.Argv) {
		t.Error("3 MiB did not arrive whole")
	}
	// As the C side reports what it can't send whole.
	b, _ := EncodeRequest(&Request{Layer: Preload, Path: "/bin/huge"})
	b[5] = flagOversize
	c := s.dial(t)
	c.Write(b)
	text, _ := io.ReadAll(c)
	if r, err := DecodeReply(text); err != nil || r.Action != Deny || !strings.Contains(r.Message, "larger than 4194304") {
		t.Errorf("oversize: %+v, %v", r, err)
	}
	s.incident(t, nil, "/bin/huge")
}

// Handlers that wait for a person, clients that hang half-way, and clients
// that never speak keep nobody else waiting, and cost no thread each.
func TestServerIsNeverStarved(t *testing.T) {
	release := make(chan struct{})
	var waiting atomic.Int32
	s := start(t, func(r *Request) *Reply {
		if r.Path == "/slow" {
			waiting.Add(1)
			<-release
		}
		return &Reply{Action: Allow}
	})
	defer close(release)
	slow := *question
	slow.Path = "/slow"
	b, _ := EncodeRequest(&slow)
	for i := range 200 {
		c := s.dial(t)
		switch i % 3 {
		case 0:
			c.Write(b)
		case 1:
			c.Write(b[:10])
		}
	}
	begin := time.Now()
	for range 100 {
		s.answers(t)
	}
	t.Logf("100 questions took %v beside the slow ones", time.Since(begin))
	for range 500 {
		if waiting.Load() == 67 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := waiting.Load(); n != 67 {
		t.Errorf("%d slow handlers run, want 67", n)
	}
	if n := threads(t); n > 100 {
		t.Errorf("%d threads", n)
	}
}

func threads(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestServerTellsWhenTheAskerIsGone(t *testing.T) {
	began, gone := make(chan struct{}), make(chan struct{})
	s := start(t, func(r *Request) *Reply {
		if r.Path != "/slow" {
			return allow(r)
		}
		ctx := r.Context()
		close(began)
		<-ctx.Done()
		close(gone)
		return nil
	})
	slow := *question
	slow.Path = "/slow"
	b, _ := EncodeRequest(&slow)
	c := s.dial(t)
	c.Write(b)
	<-began
	c.Close()
	select {
	case <-gone:
	case <-time.After(5 * time.Second):
		t.Fatal("the handler was not told")
	}
	s.answers(t)
}

func TestServerContextOfAnAnsweredQuestion(t *testing.T) {
	s := start(t, func(r *Request) *Reply { r.Context(); return allow(r) })
	for range 50 {
		s.answers(t)
	}
}

func TestServerSurvivesAPanic(t *testing.T) {
	s := start(t, func(r *Request) *Reply { panic("handler bug") })
	if r, err := ask(s.dir, question); err != nil || r.Action != Deny || r.Message == "" {
		t.Errorf("%+v, %v", r, err)
	}
	s.incident(t, nil, "handler bug")
}

func TestServerCloses(t *testing.T) {
	before := runtime.NumGoroutine()
	s := start(t, func(r *Request) *Reply {
		<-r.Context().Done()
		return nil
	})
	b, _ := EncodeRequest(question)
	c, half := s.dial(t), s.dial(t)
	c.Write(b)
	half.Write(b[:5])
	time.Sleep(100 * time.Millisecond)
	begin := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	t.Logf("closing took %v", time.Since(begin))
	text, _ := io.ReadAll(c)
	if r, err := DecodeReply(text); err != nil || r.Action != Deny {
		t.Errorf("who was waiting got %q", text)
	}
	if _, err := ask(s.dir, question); err == nil {
		t.Error("still answers")
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// pass does what the C side does where connect is closed to it.
func pass(t *testing.T, s *server, fds ...int) {
	t.Helper()
	through := int(s.rendezvous.theirs.Fd())
	if err := syscall.Sendmsg(through, []byte{1}, syscall.UnixRights(fds...), nil, 0); err != nil {
		t.Fatal(err)
	}
}

func TestRendezvous(t *testing.T) {
	var seen atomic.Pointer[Request]
	s := start(t, func(r *Request) *Reply { seen.Store(r); return &Reply{Action: Allow, Message: "by hand"} })
	b, _ := EncodeRequest(question)

	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	pass(t, s, pair[1])
	syscall.Close(pair[1])
	check := func(in, out int) {
		t.Helper()
		seen.Store(nil)
		f := os.NewFile(uintptr(in), "answer")
		defer f.Close()
		if _, err := syscall.Write(out, b); err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(f)
		if r, err := DecodeReply(text); err != nil || r.Message != "by hand" {
			t.Fatalf("answer %q, %v", text, err)
		}
		if got := seen.Load(); got.PID != os.Getpid() || got.UID != os.Getuid() || got.PPID != os.Getppid() {
			t.Errorf("asked by %d of %d, user %d", got.PID, got.PPID, got.UID)
		}
	}
	check(pair[0], pair[0])

	var ask, answer [2]int
	if err := errors.Join(syscall.Pipe2(ask[:], syscall.O_CLOEXEC), syscall.Pipe2(answer[:], syscall.O_CLOEXEC)); err != nil {
		t.Fatal(err)
	}
	pass(t, s, ask[0], answer[1])
	syscall.Close(ask[0])
	syscall.Close(answer[1])
	check(answer[0], ask[1])
	syscall.Close(ask[1])

	// What is no connection is dropped and reported.
	null, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	pass(t, s, int(null.Fd()))
	pass(t, s)
	pass(t, s, int(null.Fd()), int(null.Fd()), int(null.Fd()))
	s.incident(t, ErrGarbage, "1 descriptors")
	s.incident(t, ErrGarbage, "0 descriptors")
	s.answers(t)
}

func BenchmarkAsk(b *testing.B) {
	dir, err := os.MkdirTemp("", "rw")
	if err != nil {
		b.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := Listen(dir, allow)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	r := *question
	r.Environ = os.Environ()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ask(dir, &r); err != nil {
			b.Fatal(err)
		}
	}
}
