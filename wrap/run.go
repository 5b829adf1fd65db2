package wrap

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"rampart/audit"
	"rampart/engine"
	"rampart/platform"
	"rampart/policy"
	"rampart/preload"
)

// Exit codes of a session besides the agent's own.
const (
	ExitRefused  = 126 // the agent's own start was refused
	ExitNotStart = 125 // Rampart could not start the agent
	ExitPolicy   = 2   // the policy does not load
)

// messagesWithin is how long a session waits at its end for messages to the
// owner to be delivered.
const messagesWithin = 3 * time.Second

// errNested is why a session does not start inside another one: its layers
// would take the place of the outer guard's for everything below.
var errNested = errors.New("this is a guarded session already; start the agent as it is, without rampart before it")

// Run runs the agent in a guarded session and returns the exit code to leave
// with: the agent's own, 128+n if signal n ended it, 126 if its start was
// refused, 125 with an error if it could not be started, 2 if policy does not load.
func Run(o Options) (int, error) {
	code, err := run(o)
	if code == ExitNotStart {
		err = withWayOut(err)
	}
	return code, err
}

// withWayOut adds to why a session did not start what can be done about it, where
// the error alone does not tell.
func withWayOut(err error) error {
	const enough = 128 // open files of a session, with room to spare
	if err == nil || errors.Is(err, errNested) || errors.Is(err, exec.ErrNotFound) {
		return err
	}
	way := ""
	if most := platform.OpenFiles(); most < enough {
		way = fmt.Sprintf("the limit on open files (ulimit -n) is %d, and a session needs %d", most, enough)
	} else if errors.Is(err, syscall.EFBIG) {
		way = "raise the limit on file sizes (ulimit -f)"
	} else if errors.Is(err, syscall.ENOSPC) {
		way = "make room on that disk"
	}
	if way == "" || strings.Contains(err.Error(), way) {
		return err
	}
	return fmt.Errorf("%w; %s", err, way)
}

func run(o Options) (int, error) {
	file, err := exec.LookPath(o.Argv[0])
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return ExitNotStart, fmt.Errorf("can't start the agent: %w", err)
	}
	if preload.InSession() {
		return ExitNotStart, errNested
	}
	if err := platform.HardenProcess(); err != nil {
		return ExitNotStart, err
	}
	signals := catch()
	defer signal.Stop(signals)
	var term *terminal
	if !o.PreloadOnly && hasTerminal(o) {
		term = new(terminal)
	}
	s, err := newSession(o, term)
	if p := (*policyError)(nil); errors.As(err, &p) {
		return ExitPolicy, p.error
	}
	if err != nil {
		return ExitNotStart, err
	}
	defer s.close()
	s.announce()
	if err := s.record(audit.EventSessionStart); err != nil && o.Mode == engine.Enforce {
		return ExitNotStart, fmt.Errorf("can't write the audit trail: %w", err)
	}
	s.tellKilled()
	code, err := s.runAgent(file, signals)
	if s.term != nil {
		s.term.newline()
	}
	fmt.Fprint(o.Stderr, s.refusal)
	s.server.TakeNotes() // what was let go is told before the end
	s.engine.Flush()
	s.flushIncidents()
	s.engine.FinishMessages(messagesWithin)
	s.record(audit.EventSessionEnd)
	s.seal()
	s.finishExports()
	s.summary(o.Stderr)
	return code, err
}

// seal ends the trail's epoch while the rest of the session is taken down: a disk
// is waited for. If it fails, the trail says so, and the next writer seals.
func (s *session) seal() {
	s.sealed.Go(func() { s.log.Seal() })
}

// announce tells the owner what is unusual about this session.
func (s *session) announce() {
	for _, w := range s.policies.Warnings {
		fmt.Fprintf(s.opt.Stderr, "rampart: warning: %s\n", engine.Sanitize(w))
	}
	if s.opt.FailOpen {
		fmt.Fprintln(s.opt.Stderr, "rampart: warning: --fail-open: commands run unjudged if the engine can't be reached, and unrecorded if the audit trail can't be written")
	}
	if s.opt.Mode == engine.Monitor {
		fmt.Fprintln(s.opt.Stderr, "rampart: warning: monitor mode: nothing is blocked, only recorded")
	}
	if s.kernel.why != "" && (s.term != nil || s.opt.Kernel == KernelOn) {
		fmt.Fprintf(s.opt.Stderr, "rampart: without the kernel layer: %s\n", s.kernel.why)
	}
	if s.term != nil {
		fmt.Fprintf(s.opt.Stderr, "rampart: guarding %s with %s\n", engine.Sanitize(s.opt.Agent), engine.Sanitize(s.policies.Origin))
	}
	s.beginTrail()
}

// beginTrail makes the key of a new trail before the first record, and shows its
// public part to whoever starts the session: once, and never among the agent's output.
func (s *session) beginTrail() {
	key, err := s.log.Begin()
	if err != nil {
		fmt.Fprintf(s.opt.Stderr, "rampart: warning: the audit trail: %s\n", engine.Sanitize(err.Error()))
		return
	}
	if key == nil {
		return
	}
	code, err := audit.KeyQR(key, platform.MayColor(s.opt.Stderr))
	if err != nil || !platform.IsTerminal(int(s.opt.Stderr.Fd())) {
		fmt.Fprintf(s.opt.Stderr, "rampart: this begins a new audit trail; keep its public key elsewhere (rampart audit key shows it as a QR code): %x\n", []byte(key))
		return
	}
	fmt.Fprintf(s.opt.Stderr, `rampart: this begins a new audit trail. Its public key:

%x

%s
rampart: keep it elsewhere: photograph the code, or copy the text. With that,
rampart: "rampart audit verify --key KEY" proves that this is still the trail.
rampart: It is no secret. "rampart audit key" shows it again.
`, []byte(key), code)
}

// judgeStart judges the start of the agent itself and returns the argv to start
// it with; if it is refused, s.refusal says why.
func (s *session) judgeStart(file string, signals <-chan os.Signal) ([]string, bool) {
	ctx, stop := untilToldToStop(signals)
	cwd, _ := os.Getwd()
	c := &policy.Call{
		Tool: "exec", Argv: s.opt.Argv, Path: file, Cwd: cwd, Layer: policy.LayerShell,
		PID: os.Getpid(), UID: os.Getuid(), Environ: os.Environ(), Env: os.LookupEnv,
	}
	o := s.engine.DecideStart(ctx, c)
	if stop() {
		s.refusal = "rampart: told to stop before the agent had started\n"
		return nil, false
	}
	if !o.Run {
		s.refusal = o.Refusal(c)
		return nil, false
	}
	argv := append([]string(nil), s.opt.Argv...)
	for _, rw := range o.Rewrites {
		argv[rw.Index] = rw.Text
	}
	return argv, true
}

// untilToldToStop returns a context that a signal to end cancels: a question
// must not outlive its terminal. After stop, which reports whether there was one,
// signals are nobody's again.
func untilToldToStop(signals <-chan os.Signal) (ctx context.Context, stop func() bool) {
	ctx, cancel := context.WithCancel(context.Background())
	done, told := make(chan struct{}), false
	go func() {
		defer close(done)
		for {
			select {
			case sig := <-signals:
				if sig == syscall.SIGHUP || sig == syscall.SIGTERM || sig == syscall.SIGINT {
					told = true
					cancel()
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, func() bool {
		cancel()
		<-done
		return told
	}
}

func (s *session) record(event string) error {
	cwd, _ := os.Getwd()
	return s.log.Append(&audit.Record{
		Event: event, Session: s.id, Agent: s.opt.Agent, PID: os.Getpid(), UID: os.Getuid(),
		Cwd: cwd, Argv: s.opt.Argv, Mode: s.opt.Mode.String(), Details: s.configuration(),
	})
}

// configuration is what the session's records say about how it ran.
func (s *session) configuration() map[string]string {
	layers := "shell preload"
	if s.opt.PreloadOnly {
		layers = "preload"
	}
	if s.kernel.active {
		layers += " kernel"
	}
	c := map[string]string{
		"policy":         s.policies.Origin,
		"layers":         layers,
		"terminal":       strconv.FormatBool(s.term != nil),
		"fail_open":      strconv.FormatBool(s.opt.FailOpen),
		"project_policy": strconv.FormatBool(!s.opt.NoProject),
	}
	maps.Copy(c, s.engine.Policies().Digests())
	return c
}

// environ is what the agent gets.
func (s *session) environ() []string {
	layers := preload.Library
	if !s.opt.PreloadOnly {
		layers |= preload.Shells
	}
	return s.inject.Environ(os.Environ(), layers)
}

// startError words a failed start.
func startError(argv []string, err error) error {
	return fmt.Errorf("can't start the agent %s: %w", strings.Join(argv[:1], ""), err)
}
