package engine

import (
	"bytes"
	"context"
	"hash/maphash"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"rampart/engine/wire"
	"rampart/policy"
)

// expectation is a program that was judged and allowed and is about to start.
// When the kernel layer shows it, it need not be judged again.
type expectation struct {
	file    string // absolute
	given   string // as the exec names it, which a script's interpreter is told
	argv    []string
	cwd     string
	environ uint64 // hash; 0 is any
	stage   stage
	until   time.Time
}

// stage is how far a program that was judged has come.
type stage uint8

const (
	stageJudged  stage = iota // it is about to start
	stageStarted              // it has, and its library may ask
	stageAsking               // its library has asked: if it ran by a permit, that need not be recorded
)

// expected are the expectations by the process that is to start the program.
// What is forgotten is judged once more, which is only slower.
type expected struct {
	mu sync.Mutex
	by map[int][]*expectation
	n  int
}

const (
	maxExpected   = 4096
	firstOfTree   = 0 // stands for the process that starts the agent: the tree's first
	expectedValid = 30 * time.Second
)

func (x *expected) add(pid int, e *expectation) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.addLocked(pid, e)
}

func (x *expected) addLocked(pid int, e *expectation) {
	if x.by == nil || x.n >= maxExpected {
		x.by, x.n = map[int][]*expectation{}, 0
	}
	e.until = time.Now().Add(expectedValid)
	x.by[pid] = append(x.by[pid], e)
	x.n++
}

// takeOr removes and reports the first expectation of a process that is met, or
// has otherwise be expected of it. Who asks at the same time comes before or after.
func (x *expected) takeOr(pid int, met func(*expectation) bool, otherwise *expectation) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := time.Now()
	for i, e := range x.by[pid] {
		if now.Before(e.until) && met(e) {
			x.removeAt(pid, i)
			return true
		}
	}
	if otherwise != nil {
		x.addLocked(pid, otherwise)
	}
	return false
}

// take is takeOr for what takes time to be met.
func (x *expected) take(pid int, met func(*expectation) bool) bool {
	x.mu.Lock()
	list, now := slices.Clone(x.by[pid]), time.Now()
	x.mu.Unlock()
	for _, e := range list {
		if now.Before(e.until) && met(e) {
			x.remove(pid, e)
			return true
		}
	}
	return false
}

func (x *expected) forget(pid int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.n -= len(x.by[pid])
	delete(x.by, pid)
}

func (x *expected) remove(pid int, e *expectation) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if i := slices.Index(x.by[pid], e); i >= 0 {
		x.removeAt(pid, i)
	}
}

func (x *expected) removeAt(pid, i int) {
	x.n--
	if x.by[pid] = slices.Delete(x.by[pid], i, i+1); len(x.by[pid]) == 0 {
		delete(x.by, pid)
	}
}

func expectationOf(r *wire.Request, file, real string, o *Outcome) *expectation {
	x := &expectation{
		file: file, given: r.Path, argv: rewritten(r.Argv, o.Rewrites), cwd: r.Cwd, environ: hashStrings(r.Environ),
	}
	if real != "" {
		x.given = real
	}
	return x
}

func (e *Engine) expect(r *wire.Request, file, real string, o *Outcome) {
	e.expected.add(r.PID, expectationOf(r, file, real, o))
}

// Passed records a program that the kernel layer let run as the permit of its
// question held, unless who started it, or its own library, has told of it, too.
// linked says that it has a dynamic linker, and so perhaps the library. takeNotes
// brings in what was told up to now.
func (e *Engine) Passed(n *wire.Note, ppid int, linked bool, takeNotes func() int) {
	a, ok := e.standing.find(n)
	same := func(x *expectation) bool {
		return ok && x.stage == stageJudged && x.file == a.expect.file && x.cwd == a.expect.cwd &&
			x.environ == a.expect.environ && slices.Equal(x.argv, a.expect.argv) ||
			x.stage == stageAsking && x.file == a.expect.file && slices.Equal(x.argv, n.Request.Argv)
	}
	told := func() bool { return e.expected.takeOr(n.PID, same, nil) || e.expected.takeOr(ppid, same, nil) }
	if told() {
		return
	}
	takeNotes()
	if e.expected.takeOr(ppid, same, nil) {
		return
	}
	var later *expectation
	if linked && ok {
		later = &expectation{file: a.expect.file, argv: n.Request.Argv, stage: stageStarted}
	}
	if e.expected.takeOr(n.PID, same, later) {
		return
	}
	if !ok {
		a = e.unasked(n.Request)
	}
	a.call.Layer = policy.LayerKernel
	e.recordStanding(&a, n)
}

// passed reports whether the kernel layer has let pass, and recorded, the very
// program whose library asks. If it has not, it is asked about now.
func (x *expected) passed(r *wire.Request) bool {
	return x.takeOr(r.PID, func(e *expectation) bool {
		return e.stage == stageStarted && e.file == r.Path && slices.Equal(e.argv, r.Argv)
	}, &expectation{file: r.Path, argv: r.Argv, stage: stageAsking})
}

// Witnessed is a program that the kernel has put in place and holds before its
// first instruction.
type Witnessed struct {
	*policy.Call         // of the layer kernel; Path is the file that runs, once Complete has been called, like PPID
	Device, Inode uint64 // of that file
	// Complete finds out what Call lacks yet: most programs are known without.
	Complete func() error
	// Guarded says whether the library will be loaded into it and can put what
	// was judged in place of its arguments.
	Guarded func() bool
}

// Recognize reports whether a layer above has judged the very program that has
// started: file, arguments, directory and environment. It waits for nobody.
// What it does not recognize, Witness has to judge.
func (e *Engine) Recognize(w *Witnessed) bool {
	return e.expected.take(w.PID, func(x *expectation) bool { return x.stage == stageJudged && x.isMetBy(w) })
}

// Witness judges a program that has started, unless a layer above has judged
// the very same. It returns what to tell if it must not run.
func (e *Engine) Witness(ctx context.Context, w *Witnessed) (run bool, message string) {
	if err := w.Complete(); err != nil {
		return e.cfg.Mode == Monitor || e.cfg.FailOpen, "rampart: refused: " + err.Error()
	}
	c := w.Call
	met := func(x *expectation) bool { return x.stage == stageJudged && x.isMetBy(w) }
	isStart := e.expected.take(firstOfTree, met)
	e.expected.forget(firstOfTree) // what comes first in the tree is it, or nothing is
	if isStart || e.Recognize(w) || e.expected.take(c.PPID, met) {
		return true, ""
	}
	if name := ambiguous(c.Environ); name != "" {
		r := e.refuse(c, "the environment holds "+name+" twice, and programs differ in which one they take")
		return r.Action == wire.Allow, r.Message
	}
	if why := leavesLibrary(c); why != "" {
		r := e.refuse(c, why)
		return r.Action == wire.Allow, r.Message
	}
	given, era := slices.Clone(c.Argv), e.cfg.Permits.Era()
	o := e.decide(func() context.Context { return ctx }, c)
	if !o.Run {
		return false, strings.TrimSuffix(o.Refusal(c), "\n")
	}
	e.foresaw.add(c, o.around, false)
	if len(o.Rewrites) == 0 {
		e.expected.add(c.PID, &expectation{file: c.Path, argv: given, stage: stageStarted})
		e.permitWitnessed(c, given, &o, era)
		return true, ""
	}
	if !w.Guarded() && e.cfg.Mode == Enforce {
		r := e.refuse(c, "its text would have to be written in the plain form that was judged, and this program takes only its own")
		return r.Action == wire.Allow, r.Message
	}
	return true, "" // its library asks, and puts the text in place
}

// permitWitnessed lets the keeper itself let go what is like a program that it
// still holds.
func (e *Engine) permitWitnessed(c *policy.Call, argv []string, o *Outcome, era uint64) {
	if e.cfg.Permits == nil || !strings.HasPrefix(c.Path, "/") || strings.HasSuffix(c.Path, " (deleted)") {
		return
	}
	r := &wire.Request{Layer: wire.Preload, Path: c.Path, Argv: argv, Environ: c.Environ, Cwd: c.Cwd}
	x := &expectation{file: c.Path, given: c.Path, argv: argv, cwd: c.Cwd, environ: hashStrings(c.Environ)}
	if s := e.stand(r, "/proc/"+strconv.Itoa(c.PID)+"/exe", c, o, x, era); s != nil {
		e.cfg.Permits.Grant(r, s)
	}
}

// isMetBy reports whether a program is the one that was expected: the file
// itself, or the interpreter that the kernel takes for it.
func (x *expectation) isMetBy(w *Witnessed) bool {
	if x.cwd != w.Cwd || x.environ != 0 && x.environ != hashStrings(w.Environ) {
		return false
	}
	if slices.Equal(x.argv, w.Argv) {
		return isFile(x.file, w.Device, w.Inode)
	}
	n := len(x.argv)
	if n == 0 || len(w.Argv) <= n || !slices.Equal(x.argv[1:], w.Argv[len(w.Argv)-n+1:]) || w.Argv[len(w.Argv)-n] != x.given {
		return false
	}
	before := interpreter(x.file)
	return before != nil && slices.Equal(before, w.Argv[:len(w.Argv)-n]) && isFile(before[0], w.Device, w.Inode)
}

// interpreter returns the words that the kernel puts before a script's name;
// nil if it is none. See execve(2) for how it reads the first line.
func interpreter(file string) []string {
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a FIFO must not hold us up
	if err != nil {
		return nil
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, 256))
	line, isScript := bytes.CutPrefix(head, []byte("#!"))
	line, _, ended := bytes.Cut(line, []byte("\n"))
	if err != nil || !isScript || !ended {
		return nil
	}
	name, option, _ := strings.Cut(strings.Trim(string(line), " \t"), " ")
	if i := strings.IndexByte(name, '\t'); i >= 0 {
		name, option = name[:i], name[i+1:]+" "+option
	}
	if name == "" {
		return nil
	}
	if option = strings.Trim(option, " \t"); option != "" {
		return []string{name, option}
	}
	return []string{name}
}

var hashSeed = maphash.MakeSeed()

// hashStrings tells lists from each other. Who doesn't know the seed can't make
// two with the same hash. It is never 0.
func hashStrings(list []string) uint64 {
	var h maphash.Hash
	h.SetSeed(hashSeed)
	for _, s := range list {
		h.WriteString(s)
		h.WriteByte(0)
	}
	return max(h.Sum64(), 1)
}
