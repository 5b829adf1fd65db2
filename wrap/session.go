package wrap

import (
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"rampart/audit"
	"rampart/audit/ship"
	"rampart/engine"
	"rampart/engine/wire"
	"rampart/platform"
	"rampart/preload"
)

// Options say how a session runs.
type Options struct {
	Argv        []string // the agent: program and arguments
	PreloadOnly bool     // only the preload layer: no PTY, no substitute shell
	// Load reads the policy, beside other parts of the session that are set up. Its
	// error is Run's, with ExitPolicy.
	Load      func() (*engine.Policies, error)
	NoProject bool
	Mode      engine.Mode
	FailOpen  bool // let commands run when the engine can't be reached, or the trail not be written
	Kernel    Kernel
	NoFiles   bool   // leave alone what programs do to files by themselves
	Agent     string // name in the audit; "" means the program's base name
	AuditDir  string
	Exports   []ship.Target // where copies of the records go
	Backlog   int64         // how many bytes of records may wait for one of them; 0: the usual

	Stdin, Stdout, Stderr *os.File
}

// session is what a running session holds. It is taken down by close.
type session struct {
	opt       Options
	policies  *engine.Policies
	id        string
	dir       string
	killed    []platform.KilledSession // earlier ones that nobody ended
	log       *audit.Log
	exports   []ship.Running
	engine    *engine.Engine
	server    *wire.Server
	inject    *preload.Injection
	kernel    kernelLayer
	permits   *wire.Permits // nil: every exec is asked about
	term      *terminal     // nil without a terminal
	undo      []func()
	incidents incidents
	sealed    sync.WaitGroup // the trail at the end, before it is closed

	refusal string // why the agent's own start was refused
}

// newSession sets all layers up; nothing of the agent runs yet.
func newSession(o Options, term *terminal) (s *session, err error) {
	s = &session{opt: o, id: newID(time.Now(), os.Getpid()), term: term}
	s.kernel.wanted = o.Kernel
	s.kernel.choose()
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.opt.Agent == "" {
		s.opt.Agent = filepath.Base(o.Argv[0])
	}
	shells := map[string]string{}
	ground := make(chan error, 1)
	go func() { ground <- s.prepare(shells) }()
	var bad error
	s.policies, bad = o.Load() // what takes longest, at once
	if err = <-ground; err != nil {
		return s, err
	}
	if bad != nil {
		return s, &policyError{bad}
	}
	if err = s.startEngine(shells); err != nil {
		return s, err
	}
	return s, nil
}

// prepare does what needs no policy, and lists the real shells.
func (s *session) prepare(shells map[string]string) (err error) {
	if s.log, err = audit.Open(s.opt.AuditDir, audit.Options{}); err != nil {
		return fmt.Errorf("can't open the audit trail: %w", err)
	}
	s.undo = append(s.undo, func() {
		s.sealed.Wait()
		s.log.Close()
	})
	if err = s.startExports(); err != nil {
		return err
	}
	if err = s.makeDir(); err != nil {
		return err
	}
	maps.Copy(shells, platform.FindShells(os.Getenv("PATH")))
	return s.injectLayers(shells)
}

// policyError is why a session did not start: its owner's files, not its own.
type policyError struct{ error }

func (e *policyError) Unwrap() error { return e.error }

func (s *session) makeDir() error {
	dir, err := platform.NewSessionDir(s.id)
	if err != nil {
		return fmt.Errorf("can't make the session's directory: %w", err)
	}
	s.dir, s.killed = dir.Path, dir.Killed
	s.undo = append(s.undo, dir.Remove)
	return nil
}

func (s *session) injectLayers(shells map[string]string) error {
	cache, err := platform.Home()
	if err != nil {
		return err
	}
	art, err := preload.Load(filepath.Join(cache, "lib"))
	if err != nil {
		return err
	}
	if s.opt.PreloadOnly {
		shells = nil
	}
	// Without them every exec is asked about, which is only slower.
	s.permits, _ = wire.NewPermits()
	if !s.opt.NoFiles {
		s.permits.WatchFiles()
	}
	if !s.kernel.active && !platform.MayScrub() { // the kernel layer asks at the start of a program
		s.permits.StartAhead()
	}
	s.undo = append(s.undo, func() { s.permits.Close() })
	if s.inject, err = preload.Install(art, s.dir, shells, s.permits.Identity()); err != nil {
		return err
	}
	if s.opt.FailOpen || s.opt.Mode == engine.Monitor { // which never blocks
		return s.inject.FailOpen()
	}
	return nil
}

func (s *session) startEngine(shells map[string]string) error {
	home, _ := os.UserHomeDir()
	name := ""
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	begun, err := os.Getwd()
	if err == nil {
		begun, _ = filepath.EvalSymlinks(begun) // as the processes name it
	}
	cfg := engine.Config{
		Policies: s.policies, NoProject: s.opt.NoProject, Begun: begun, Mode: s.opt.Mode,
		Audit: s.log, FS: platform.HostFS{}, Home: home, User: name, OS: runtime.GOOS,
		Agent: s.opt.Agent, Session: s.id, Permits: s.permits, Files: !s.opt.NoFiles, Witnessed: s.kernel.active, FailOpen: s.opt.FailOpen,
	}
	if s.term != nil {
		cfg.Approver = s.term
	}
	if !s.opt.PreloadOnly {
		cfg.ShimDir, cfg.Shells = s.inject.ShellDir(), shells
	}
	s.useFewThreads()
	s.engine = engine.New(cfg)
	s.undo = append(s.undo, s.engine.Follow())
	server, err := wire.Listen(s.dir, s.engine.Answer, wire.OnIncident(s.incident), wire.WithPermits(s.permits, s.engine.Note))
	if err != nil {
		return fmt.Errorf("can't listen for the session's commands: %w", err)
	}
	s.server = server
	s.undo = append(s.undo, func() { server.Close() })
	s.leaveHeir()
	done := make(chan struct{})
	go s.retain(done)
	s.undo = append(s.undo, func() { close(done) })
	return nil
}

// startedWithin is how long a session may take all processors for its start.
const startedWithin = 300 * time.Millisecond

// useFewThreads lets a thread answer questions, one after the other, where Go would
// have a thread look for work on every processor whenever one comes: those processors
// are the agent's. A question takes a tenth of a millisecond, so one thread does for
// what eight processors start.
func (s *session) useFewThreads() {
	before, set := runtime.GOMAXPROCS(0), make(chan struct{})
	later := time.AfterFunc(startedWithin, func() {
		runtime.GOMAXPROCS(max(1, min(before, runtime.NumCPU()/8)))
		close(set)
	})
	s.undo = append(s.undo, func() {
		if !later.Stop() {
			<-set
			runtime.GOMAXPROCS(before)
		}
	})
}

// close takes the session down, last first.
func (s *session) close() {
	for i := len(s.undo) - 1; i >= 0; i-- {
		s.undo[i]()
	}
	s.undo = nil
}

// newID returns a name for a session that sorts by time. It ends in the process
// that answers for it: the shim takes no other for the engine (session.h).
func newID(now time.Time, pid int) string {
	var b [4]byte
	rand.Read(b[:])
	return fmt.Sprintf("%s-%x-p%d", now.UTC().Format("20060102T150405"), b, pid)
}

// summary says on leaving what happened.
func (s *session) summary(w io.Writer) {
	st := s.engine.Stats()
	broken := s.log.Broken()
	if broken != "" {
		broken = "the audit trail was changed by others: " + broken + "; rampart audit verify tells more"
	}
	if !platform.IsTerminal(int(s.opt.Stderr.Fd())) && broken == "" && st.Refused == 0 && st.Asked == 0 && s.engine.Trouble() == "" && s.engine.Unrecorded() == "" {
		return // somebody may read the agent's stderr: nothing of ours in it without need
	}
	mode := ""
	if s.opt.Mode == engine.Monitor {
		mode = " (monitor mode: nothing was blocked)"
	}
	commands := "commands"
	if st.Seen == 1 {
		commands = "command"
	}
	for _, why := range []string{s.engine.Trouble(), s.engine.Unrecorded(), broken} {
		if why != "" {
			fmt.Fprintf(w, "rampart: %s\n", engine.Sanitize(why))
		}
	}
	fmt.Fprintf(w, "rampart: %d %s seen, %d refused, %d asked%s; audit in %s\n",
		st.Seen, commands, st.Refused, st.Asked, mode, engine.Sanitize(s.opt.AuditDir))
}
