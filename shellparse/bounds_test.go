package shellparse

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// boundCost is what one analysis took.
type boundCost struct {
	name  string
	bytes uint64 // allocated in all, so more than were ever in use
	steps int
	cpu   time.Duration
	res   Result
}

// boundMeasure analyses a text. Bytes are exact enough to be held against a
// bound; processor time is told, and never judged by.
func boundMeasure(name string, in *Input) boundCost {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := boundCPU()
	a := &analyzer{in: in, dialect: in.Dialect}
	a.startText(a.start())
	c := boundCost{name: name, cpu: boundCPU() - start, steps: a.steps, res: a.res}
	runtime.ReadMemStats(&after)
	c.bytes = after.TotalAlloc - before.TotalAlloc
	return c
}

// boundCPU is the processor time that this process has had.
func boundCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (c *boundCost) String() string {
	end := "answered"
	if why := c.res.Refusal + c.res.SyntaxError; why != "" {
		end = why
	}
	return fmt.Sprintf("%7.1f ms %6.1f MiB %6d steps  %-30s %.70s", float64(c.cpu.Microseconds())/1000, float64(c.bytes)/(1<<20), c.steps, c.name, end)
}

// check holds a cost against the bounds.
func (c *boundCost) check(t *testing.T, bytes uint64) {
	t.Helper()
	if c.bytes > bytes || c.steps > maxSteps+maxSteps/4 {
		t.Errorf("out of bounds: %s", c)
	}
	if c.res.Refusal == "" && c.res.SyntaxError == "" && len(c.res.Effects) > maxEffects {
		t.Errorf("%s: %d effects", c.name, len(c.res.Effects))
	}
	if strings.Contains(c.res.Refusal, "fault") || strings.Contains(c.res.Refusal, "the parser failed") {
		t.Errorf("%s: %s", c.name, c.res.Refusal)
	}
}

func boundReport(t *testing.T, costs []boundCost, most int) {
	slices.SortFunc(costs, func(a, b boundCost) int { return int(b.cpu - a.cpu) })
	for _, c := range costs[:min(most, len(costs))] {
		t.Log(&c)
	}
	big := slices.MaxFunc(costs, func(a, b boundCost) int { return int(a.bytes) - int(b.bytes) })
	t.Logf("most memory: %s", &big)
}

// TestBounded gives the analysis the longest text of each family that can be
// an argument: it is answered or refused within the bounds. Work that is in no
// proportion to the text shows as memory or as steps.
func TestBounded(t *testing.T) {
	var costs []boundCost
	for _, f := range boundFamilies {
		c := boundMeasure(f.name, benchInput(f.text(boundText)))
		c.check(t, boundBytes)
		costs = append(costs, c)
	}
	boundReport(t, costs, 12)
}

// TestBoundedFiles does the same with script files of 1 MiB, which are never
// refused: what is too much in them is unknown.
func TestBoundedFiles(t *testing.T) {
	const size = 1 << 20
	script := filepath.Join(t.TempDir(), "script")
	var costs []boundCost
	for _, f := range boundFamilies {
		text := f.text(size)
		if err := os.WriteFile(script, []byte(text[:min(size, len(text))]), 0o600); err != nil {
			t.Fatal(err)
		}
		in := benchInput("sh " + script)
		in.FS = diskFS{}
		c := boundMeasure(f.name, in)
		c.check(t, 8*boundBytes)
		if c.res.Refusal != "" {
			t.Errorf("%s: refused for what is in a file: %s", f.name, c.res.Refusal)
		}
		costs = append(costs, c)
	}
	boundReport(t, costs, 12)
}

// envInt is a number that the environment gives to a test.
func envInt(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// TestBoundedSearch looks for texts that take more than their share: pieces of
// the families in random order and nesting, of which the dearest are changed
// further. RAMPART_SEARCH is how many to try.
func TestBoundedSearch(t *testing.T) {
	n, seed := envInt("RAMPART_SEARCH", 60), uint64(envInt("RAMPART_SEED", 1))
	r := rand.New(rand.NewPCG(seed, 3))
	var pool []boundCost
	texts := map[string]string{}
	var costs []boundCost
	for i := range n {
		var pieces []string
		for range 1 + r.IntN(5) {
			f := boundFamilies[r.IntN(len(boundFamilies))]
			piece := f.text(16 << r.IntN(9))
			if len(pool) > 0 && r.IntN(3) == 0 {
				dear := texts[pool[r.IntN(len(pool))].name]
				at := r.IntN(len(dear) + 1)
				piece = dear[at:min(len(dear), at+64<<r.IntN(8))]
			}
			pieces = append(pieces, piece)
		}
		text := strings.Join(pieces, [...]string{"\n", "; ", "", " | "}[r.IntN(4)])
		if r.IntN(2) == 0 {
			text = strings.ReplaceAll(wrappings[r.IntN(len(wrappings))], "@", text)
		}
		if len(text) == 0 {
			continue
		}
		text = strings.Repeat(text+"\n", max(1, min(boundText/(len(text)+1), 1<<r.IntN(14))))
		text = text[:min(len(text), boundText)]
		name := fmt.Sprintf("search %d", i)
		in := benchInput(text)
		in.Dialect = Dialect(r.IntN(4))
		c := boundMeasure(name, in)
		if c.check(t, boundBytes); c.cpu > 0 {
			texts[name] = text
			pool = append(pool, c)
			slices.SortFunc(pool, func(a, b boundCost) int { return int(b.cpu - a.cpu) })
			if len(pool) > 12 {
				delete(texts, pool[12].name)
				pool = pool[:12]
			}
		}
		costs = append(costs, c)
	}
	boundReport(t, costs, 5)
	if dir := os.Getenv("RAMPART_SEARCH_DIR"); dir != "" { // the dearest, to look at
		for _, c := range pool {
			if err := os.WriteFile(dir+"/"+strings.ReplaceAll(c.name, " ", "-"), []byte(texts[c.name]), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
