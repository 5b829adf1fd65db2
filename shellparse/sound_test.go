package shellparse

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// soundCheck compares what texts do in real shells with what is predicted.
type soundCheck struct {
	t      testing.TB
	shells []rigShell
	fs     FS
	seeds  []string

	// spoil, when set, changes what is run or predicted: a check of the check.
	spoil func(canonical *string, r *Result)

	mu       sync.Mutex
	stats    soundStats
	failures []soundFailure
}

// soundStats is what a run of the check has seen.
type soundStats struct {
	texts, lost  int
	runs         map[string]int // by shell
	timedOut     int
	acting       int // runs that started a program or touched a file
	surprising   int // of those, with something that nothing predicted
	onlyUnknown  int // of those, covered by nothing but unknown effects
	execs, files [byExact + 1]int
}

// soundFailure is something that a run did and nothing predicted.
type soundFailure struct {
	seed    uint64
	number  int
	shell   string
	text    string
	small   string
	canon   string
	what    string
	effects string
}

func (f soundFailure) String() string {
	return fmt.Sprintf("seed %d, program %d, %s: %s\n  small     %q\n  canonical %q\n  effects   %s\n  found in  %q",
		f.seed, f.number, f.shell, f.what, f.small, f.canon, f.effects, f.text)
}

func newSoundCheck(t testing.TB) *soundCheck {
	return &soundCheck{t: t, shells: rigShellsHere(t), fs: newSoundFS(t), stats: soundStats{runs: map[string]int{}}}
}

// soundInput is the command as the analysis gets it.
func (c *soundCheck) input(t trial, sh rigShell) *Input {
	zero := sh.argv[0]
	if zero == "busybox" {
		zero = "sh"
	}
	in := &Input{
		Text: t.text, Dialect: sh.dialect, Params: []string{zero}, Cwd: soundCwd, Home: soundHome, User: "dev",
		Env: soundEnvOf(t.real),
	}
	if t.withFS {
		in.FS = c.fs
	}
	return in
}

// trial is one text with how it is to be tried.
type trial struct {
	seed   uint64
	number int
	text   string
	stdin  string
	real   bool // with real programs that change files
	withFS bool
}

// newTrial makes the n-th trial of a seed.
func (c *soundCheck) newTrial(seed uint64, n int) trial {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	t := trial{seed: seed, number: n, withFS: r.IntN(4) > 0}
	t.text, t.real = soundProgram(r, c.seeds)
	// Who is a user, a file says; and where there is no file system to ask, a cd is taken to succeed.
	t.withFS = t.withFS || strings.Contains(t.text, "~") || strings.Contains(t.text, "cd") || strings.Contains(t.text, "pushd")
	// A stand-in makes no link, so that what real programs read behind it is another file.
	t.real = t.real || strings.Contains(t.text, "ln ")
	if r.IntN(4) == 0 && !mentionsShell(t.text) {
		t.stdin = "rm y\naa b\nx\n"
	}
	return t
}

// mentionsShell reports whether a text may give its own standard input to an
// interpreter: what is on it is never read ahead, so it is not predicted.
func mentionsShell(text string) bool {
	for _, s := range []string{"sh", "source", ".", "stdin", "xargs", "fd/0", "busybox", "$x", "$(", "`", "awk", "sed", "eval", "$"} {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// try runs a trial in every shell and returns what was not predicted.
func (c *soundCheck) try(rig *soundRig, t trial, shells []rigShell, count bool) []soundFailure {
	var failures []soundFailure
	for _, sh := range shells {
		r := Analyze(c.input(t, sh))
		if r.Refusal != "" || r.SyntaxError != "" {
			continue
		}
		canonical := r.Canonical
		if c.spoil != nil {
			c.spoil(&canonical, &r)
		}
		if len(canonical) > 100_000 {
			continue
		}
		run, err := rig.run(soundJob{argv: append(slices.Clone(sh.argv), "-c", canonical), stdin: t.stdin, real: t.real, ms: soundTime})
		if err != nil {
			c.mu.Lock()
			c.stats.lost++
			c.mu.Unlock()
			continue
		}
		failures = append(failures, c.judge(t, sh, canonical, slices.Concat(r.Effects, r.Split), r.Unresolved, run, count)...)
	}
	return failures
}

// judge holds one run against the effects.
func (c *soundCheck) judge(t trial, sh rigShell, canonical string, effects []Effect, unresolved bool, run *soundRun, count bool) []soundFailure {
	var out []soundFailure
	var execs, files [byExact + 1]int
	fail := func(what string) {
		var list []string
		for _, e := range effects {
			list = append(list, show(e))
		}
		out = append(out, soundFailure{seed: t.seed, number: t.number, shell: sh.name, text: t.text, small: t.text, canon: canonical, what: what, effects: strings.Join(list, "; ")})
	}
	for _, argv := range run.execs {
		k := coverExec(effects, argv)
		if k == uncovered && !t.withFS && (unresolved || runsFiles(effects)) {
			k = byUnknown // the content of scripts was not shown
		}
		if execs[k]++; k == uncovered {
			fail(fmt.Sprintf("ran %q", argv))
		}
	}
	for _, a := range run.files {
		k := coverFile(effects, a, t.withFS)
		if k == uncovered && !t.withFS && (unresolved || runsFiles(effects)) {
			k = byUnknown
		}
		if files[k]++; k == uncovered {
			fail(fmt.Sprintf("%s %s", a.kind, a.path))
		}
	}
	if count {
		c.mu.Lock()
		defer c.mu.Unlock()
		s := &c.stats
		s.runs[sh.name]++
		if run.timedOut {
			s.timedOut++
			if os.Getenv("SLOW") != "" {
				c.t.Logf("slow %s %q", sh.name, canonical)
			}
		}
		known := execs[byPattern] + execs[byExact] + files[byPattern] + files[byExact]
		if len(run.execs)+len(run.files) > 0 {
			if s.acting++; known == 0 && execs[byUnknown]+files[byUnknown] > 0 {
				s.onlyUnknown++
			}
			if len(out) > 0 {
				s.surprising++
			}
		}
		for k := range execs {
			s.execs[k] += execs[k]
			s.files[k] += files[k]
		}
	}
	return out
}

// runsFiles reports whether a program of the world itself is started.
func runsFiles(effects []Effect) bool {
	return slices.ContainsFunc(effects, func(e Effect) bool { return e.Kind == Exec && strings.HasPrefix(e.Path, soundWorld+"/") })
}

// minimise makes the text of a failure smaller as long as it fails.
func (c *soundCheck) minimise(rig *soundRig, t trial, f soundFailure) soundFailure {
	i := slices.IndexFunc(c.shells, func(s rigShell) bool { return s.name == f.shell })
	shells := c.shells[i : i+1]
	verb, _, _ := strings.Cut(f.what, " ")
	whole := f.text
	fails := func(text string) bool {
		t2 := t
		t2.text = text
		for _, g := range c.try(rig, t2, shells, false) {
			if strings.HasPrefix(g.what, verb) {
				g.text, g.small = whole, text
				f = g
				return true
			}
		}
		return false
	}
	if !fails(t.text) {
		f.what += " (not again)"
		return f
	}
	budget := 120
	for _, by := range []string{"\n", "; ", " ", ""} {
		for again := true; again && budget > 0; {
			again = false
			parts := strings.Split(f.small, by)
			for n := max(1, len(parts)/2); n > 0 && budget > 0; n /= 2 {
				for at := 0; at+n <= len(parts) && budget > 0; {
					rest := slices.Concat(parts[:at], parts[at+n:])
					budget--
					if len(rest) < len(parts) && fails(strings.Join(rest, by)) {
						parts = rest
						again = true
					} else {
						at += n
					}
				}
			}
		}
	}
	return f
}

// run runs trials until there were n or the time is over.
func (c *soundCheck) run(files *soundFiles, seed uint64, n int, until time.Time) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range max(2, runtime.NumCPU()) {
		rig := files.start(c.t)
		wg.Go(func() {
			for i := range next {
				t := c.newTrial(seed, i)
				failures := c.try(rig, t, c.shells, true)
				c.mu.Lock()
				c.stats.texts++
				enough := len(c.failures) >= maxSoundFailures
				c.mu.Unlock()
				if len(failures) > 0 && !enough {
					c.mu.Lock()
					c.failures = append(c.failures, failures[0])
					c.mu.Unlock()
				}
			}
		})
	}
	for i := 0; i < n && time.Now().Before(until); i++ {
		next <- i
	}
	close(next)
	wg.Wait()
}

// smaller minimises the failures, and leaves out those that become the same.
func (c *soundCheck) smaller(files *soundFiles) {
	if len(c.failures) == 0 {
		return
	}
	rig := files.start(c.t)
	var out []soundFailure
	for i, f := range c.failures {
		if i < minimiseAtMost {
			f = c.minimise(rig, c.newTrial(f.seed, f.number), f)
		}
		if !slices.ContainsFunc(out, func(g soundFailure) bool { return g.small == f.small }) {
			out = append(out, f)
		}
	}
	c.failures = out
}

const (
	soundTime        = 300 // milliseconds that a program gets
	maxSoundFailures = 200
	minimiseAtMost   = 25
)

// report prints what was seen.
func (c *soundCheck) report(took time.Duration) {
	s := &c.stats
	runs := 0
	var by []string
	for name, n := range s.runs {
		runs += n
		by = append(by, fmt.Sprintf("%s %d", name, n))
	}
	sort.Strings(by)
	share := func(n, of int) string {
		if of == 0 {
			return "-"
		}
		return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
	}
	sum := func(a [byExact + 1]int) int { return a[0] + a[1] + a[2] + a[3] }
	secs := took.Seconds()
	c.t.Logf("programs        %d, run %d times in real shells (%s)", s.texts, runs, strings.Join(by, ", "))
	c.t.Logf("speed           %.0f programs/s, %.0f runs/s, %s", float64(s.texts)/secs, float64(runs)/secs, took.Round(time.Millisecond))
	c.t.Logf("execs           %d: uncovered %d, exact %s, pattern %s, unknown %s", sum(s.execs), s.execs[uncovered],
		share(s.execs[byExact], sum(s.execs)), share(s.execs[byPattern], sum(s.execs)), share(s.execs[byUnknown], sum(s.execs)))
	c.t.Logf("files           %d: uncovered %d, exact %s, pattern %s, unknown %s", sum(s.files), s.files[uncovered],
		share(s.files[byExact], sum(s.files)), share(s.files[byPattern], sum(s.files)), share(s.files[byUnknown], sum(s.files)))
	c.t.Logf("surprising      %d of %d runs that did something, %.2f in 1,000", s.surprising, s.acting, c.surprisingShare())
	c.t.Logf("only unknown    %d of %d runs that did something, %s", s.onlyUnknown, s.acting, share(s.onlyUnknown, s.acting))
	c.t.Logf("ended by force  %d, lost %d", s.timedOut, s.lost)
}

// surprisingShare is how many in 1,000 acting runs did something that nothing
// predicted. It counts runs: a loop may make one cause hundreds of execs.
func (c *soundCheck) surprisingShare() float64 {
	return 1000 * float64(c.stats.surprising) / float64(max(1, c.stats.acting))
}

// TestSoundness makes programs at random and holds what they do in real shells
// against their predicted effects. RAMPART_PROGRAMS is how many, or RAMPART_FOR
// for how long; RAMPART_SEED is where to begin, RAMPART_ONLY one number of it,
// RAMPART_TEXT a program to try in place of those, RAMPART_SHELLS ("bash dash")
// in which shells. RAMPART_AT_MOST is how many
// in 1,000 acting runs may do what nothing predicted: none, when it is not set.
func TestSoundness(t *testing.T) {
	n, seed, until := 60, uint64(1), time.Now().Add(24*time.Hour)
	if v, err := strconv.Atoi(os.Getenv("RAMPART_PROGRAMS")); err == nil {
		n = v
	}
	if d, err := time.ParseDuration(os.Getenv("RAMPART_FOR")); err == nil {
		n, until = 1<<40, time.Now().Add(d)
	}
	if v, err := strconv.ParseUint(os.Getenv("RAMPART_SEED"), 10, 64); err == nil {
		seed = v
	}
	c := newSoundCheck(t)
	c.seeds = soundSeeds()
	files := buildSoundRig(t)
	if text := os.Getenv("RAMPART_TEXT"); text != "" {
		for _, f := range c.try(files.start(t), trial{text: text, withFS: true, real: true}, c.shells, true) {
			t.Errorf("%s", f)
		}
		c.report(time.Second)
		return
	}
	if v, err := strconv.Atoi(os.Getenv("RAMPART_ONLY")); err == nil {
		tr := c.newTrial(seed, v)
		t.Logf("%q", tr.text)
		for _, f := range c.try(files.start(t), tr, c.shells, true) {
			t.Errorf("%s", f)
		}
		return
	}
	start := time.Now()
	c.run(files, seed, n, until)
	c.report(time.Since(start))
	c.smaller(files)
	complain := t.Errorf
	if most, err := strconv.ParseFloat(os.Getenv("RAMPART_AT_MOST"), 64); err == nil && c.surprisingShare() <= most {
		t.Logf("put up with     %.2f surprising runs in 1,000", most)
		complain = t.Logf
	}
	for _, f := range c.failures {
		complain("%s", f)
	}
	if s := c.stats; s.acting < s.texts || s.execs[byExact]*2 < s.execs[byUnknown] {
		t.Errorf("too little was seen to prove anything: %d programs, %d acting runs, %d execs covered exactly, %d by unknown", s.texts, s.acting, s.execs[byExact], s.execs[byUnknown])
	}
}
