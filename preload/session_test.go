package preload_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rampart/engine/wire"
	"rampart/policy"
	"rampart/preload"
)

// forbidden in any argument makes the test's engine deny.
const forbidden = "FORBIDDEN"

// session is a guarded environment with an engine that the test controls.
type session struct {
	t      testing.TB
	dir    string
	in     *preload.Injection
	server *wire.Server

	permits *wire.Permits // nil: every exec is asked about

	mu        sync.Mutex
	seen      []*wire.Request
	noted     []*wire.Request
	incidents []wire.Incident
	judge     func(*wire.Request) *wire.Reply
	reading   func() // called before a note is taken; nil: nothing is
}

var artifacts = sync.OnceValues(func() (*preload.Artifacts, error) {
	dir, err := os.MkdirTemp("", "rampart-artifacts-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	return preload.Load(dir)
})

func denyForbidden(r *wire.Request) *wire.Reply {
	for _, a := range r.Argv {
		if strings.Contains(a, forbidden) {
			return &wire.Reply{Action: wire.Deny, Message: "test policy: " + forbidden + " is refused"}
		}
	}
	return &wire.Reply{Action: wire.Allow}
}

func newSession(t testing.TB) *session {
	t.Helper()
	return newSessionWith(t, nil)
}

func newSessionWith(t testing.TB, permits *wire.Permits) *session {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the preload layer is for Linux")
	}
	a, err := artifacts()
	if errors.Is(err, preload.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "rs") // short: a socket lies in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &session{t: t, dir: dir, judge: denyForbidden, permits: permits}
	shells := map[string]string{}
	for _, name := range []string{"sh", "bash", "zsh", "dash"} {
		if p, err := exec.LookPath(name); err == nil {
			shells[name] = p
		}
	}
	if s.in, err = preload.Install(a, dir, shells, permits.Identity()); err != nil {
		t.Fatal(err)
	}
	s.listen()
	return s
}

// newFileSession is one whose library looks after files, by the table of the
// standard profile for that home; what that does not clear is allowed.
func newFileSession(t testing.TB, home string) *session {
	t.Helper()
	permits, err := wire.NewPermits()
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { permits.Close() })
	permits.WatchFiles()
	s := newSessionWith(t, permits)
	s.judge = func(*wire.Request) *wire.Reply { return &wire.Reply{Action: wire.Allow} }
	src, err := policy.Profile("standard")
	if err != nil {
		t.Fatal(err)
	}
	set, err := policy.Compile([]policy.Source{src})
	if err != nil {
		t.Fatal(err)
	}
	permits.PublishFiles(set.FileTable(home))
	return s
}

func (s *session) listen() {
	s.t.Helper()
	server, err := wire.Listen(s.dir, s.handle, wire.WithPermits(s.permits, s.note), wire.OnIncident(func(i wire.Incident) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.incidents = append(s.incidents, i)
	}))
	if err != nil {
		s.t.Fatal(err)
	}
	s.server = server
	s.t.Cleanup(func() { server.Close() })
}

func (s *session) handle(r *wire.Request) *wire.Reply {
	s.mu.Lock()
	s.seen = append(s.seen, r)
	judge := s.judge
	s.mu.Unlock()
	return judge(r)
}

func (s *session) note(n *wire.Note) {
	s.mu.Lock()
	reading := s.reading
	s.mu.Unlock()
	if reading != nil {
		reading()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noted = append(s.noted, n.Request)
}

// requests returns those seen since the last call.
func (s *session) requests() []*wire.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.seen
	s.seen = nil
	return seen
}

type result struct {
	out, err string
	code     int
}

// run executes a command in a directory of its own, which it returns.
func (s *session) run(env []string, argv ...string) (result, string) {
	s.t.Helper()
	return run(s.t, s.t.TempDir(), env, argv...)
}

func run(t testing.TB, dir string, env []string, argv ...string) (result, string) {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &out, &errs
	cmd.WaitDelay = time.Second
	timer := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("%q: %v", argv, err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}, dir
}

// plain is an environment like a user's.
func plain() []string {
	env := []string{"HOME=/tmp", "PATH=" + os.Getenv("PATH"), "SHELL=/bin/bash", "LANG=C.UTF-8", "A=1"}
	return slices.Clone(env)
}

func (s *session) guarded() []string { return s.in.Environ(plain(), preload.Library) }

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

func need(t testing.TB, program string) string {
	t.Helper()
	p, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed", program)
	}
	// A version manager's script in front of the program would start others on
	// its own account.
	if system := filepath.Join("/usr/bin", program); isScript(p) && exists("/usr/bin", program) && !isScript(system) {
		return system
	}
	return p
}

func isScript(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, 2)
	_, err = io.ReadFull(f, start)
	return err == nil && string(start) == "#!"
}
