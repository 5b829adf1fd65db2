package audit

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestMain lets the test program be a writer of its own, which tells the number
// and hash of each record as soon as Append has returned.
func TestMain(m *testing.M) {
	if dir := os.Getenv("AUDIT_TEST_WRITER"); dir != "" {
		writer(dir)
		return
	}
	os.Exit(m.Run())
}

func writer(dir string) {
	n, _ := strconv.Atoi(os.Getenv("AUDIT_TEST_RECORDS"))
	quiet := os.Getenv("AUDIT_TEST_QUIET") != "" // for benchmarks
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return otherwise
	}
	deny := number("AUDIT_TEST_DENY", 50)
	opt := Options{SegmentSize: int64(number("AUDIT_TEST_SEGMENT", 20_000)), SealRecords: uint64(number("AUDIT_TEST_SEAL", 10_000)),
		LockTimeout: time.Minute} // these writers leave each other no time, and on a busy machine one may starve for long
	if quiet {
		opt = Options{}
	}
	l, err := Open(dir, opt)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	if !quiet {
		go l.sealDue() // it may be dead before the timer comes
	}
	for i := 0; n == 0 || i < n; i++ {
		r := decision("allow", fmt.Sprintf("echo %d %s", i, strings.Repeat("x", i%700)))
		if quiet {
			r = decision("allow", "git status")
		} else if i%deny == 0 {
			r.Action = "deny"
		}
		if err := l.Append(r); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		if !quiet {
			fmt.Println(r.Seq, r.Hash)
		}
	}
	if err := l.Close(); err != nil {
		fmt.Println("error", err)
	}
}

// process is a writer in a process of its own.
type process struct {
	*exec.Cmd
	lines atomic.Int64
	said  []string
	done  chan struct{}
}

// startWriter starts one that writes so many records; 0: without end.
func startWriter(t testing.TB, dir string, records int) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0]), done: make(chan struct{})}
	p.Env = append(os.Environ(), "AUDIT_TEST_WRITER="+dir, "AUDIT_TEST_RECORDS="+strconv.Itoa(records))
	p.Stderr = os.Stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		for sc := bufio.NewScanner(out); sc.Scan(); p.lines.Add(1) {
			p.said = append(p.said, sc.Text())
		}
	}()
	return p
}

// end waits for the process, and returns what it has said.
func (p *process) end() []string {
	<-p.done
	p.Wait()
	return p.said
}

// reach waits until the process has acknowledged so many records, or is over.
func (p *process) reach(records int64) {
	for p.lines.Load() < records {
		select {
		case <-p.done:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

func TestManyProcesses(t *testing.T) {
	dir := t.TempDir()
	const procs, records = 4, 300
	var wg sync.WaitGroup
	for range procs {
		p := startWriter(t, dir, records)
		wg.Go(func() {
			if said := p.end(); len(said) != records || strings.HasPrefix(said[len(said)-1], "error") {
				t.Errorf("a writer said %q last", said[max(0, len(said)-1):])
			}
		})
	}
	wg.Wait()
	r := verify(t, dir)
	if rotations := r.Segments - 1; !r.Intact || r.Records != uint64(procs*records+rotations+r.Seals) || r.Seals == 0 || rotations < 5 {
		t.Errorf("%s", r)
	}
}

// Killed writers lose nothing that was acknowledged, leave nothing locked and
// nothing that looks like tampering.
func TestKilledWriters(t *testing.T) {
	kills := 200
	if n, err := strconv.Atoi(os.Getenv("RAMPART_KILLS")); err == nil {
		kills = n
	} else if testing.Short() {
		kills = 9
	}
	t.Setenv("AUDIT_TEST_SEAL", "30") // so that some die while they seal
	seals := 0
	for kills > 0 {
		batch := min(kills, 150)
		kills -= batch
		seals += killWriters(t, t.TempDir(), batch)
	}
	t.Logf("%d seals", seals)
}

// killWriters kills n writers of one trail, three at a time, and returns how
// many seals there are then. How long writers live is counted in records, so
// that they get as far on a machine that is busy.
func killWriters(t *testing.T, dir string, n int) (seals int) {
	acknowledged := map[string]string{}
	for round := range (n + 2) / 3 {
		var writers []*process
		for range 3 {
			writers = append(writers, startWriter(t, dir, 0))
		}
		for i, p := range writers {
			p.reach(int64(29 * ((round + i) % 23)))
			p.Process.Kill()
			said := p.end()
			for j, line := range said {
				seq, hash, _ := strings.Cut(line, " ")
				if len(hash) != 64 {
					if j == len(said)-1 && seq != "error" {
						continue // cut short by the kill
					}
					t.Fatalf("a writer said %q", line)
				}
				acknowledged[seq] = hash
			}
		}
	}
	l := openLog(t, dir, Options{})
	appendAll(t, l, decision("deny", "the survivor"))
	if err := l.Seal(); err != nil {
		t.Errorf("after the kills: %v", err)
	}
	l.Close()
	r := verify(t, dir)
	if !r.Intact || r.Torn != 0 || r.Seals == 0 || r.Unsealed > 0 {
		t.Errorf("%s", r)
	}
	for _, line := range lines(t, dir) {
		rec, err := ParseRecord([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		seq := strconv.FormatUint(rec.Seq, 10)
		if want, ok := acknowledged[seq]; ok && want != rec.Hash {
			t.Errorf("record %s is another than was acknowledged", seq)
		}
		delete(acknowledged, seq)
	}
	if len(acknowledged) > 0 {
		t.Errorf("%d acknowledged records are lost", len(acknowledged))
	}
	return r.Seals
}

// A crash may leave any part of the last line, with or without blocks of zeros.
func TestTornTail(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, Options{})
	small := func() *Record { return &Record{Event: EventDecision, Action: "allow", Command: "echo"} }
	appendAll(t, l, small(), small())
	l.Close()
	path := filepath.Join(dir, segmentName(1))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	second := strings.Index(string(whole), "\n") + 1
	for _, zeros := range []int{0, 5} {
		for n := second; n <= len(whole); n++ {
			if n == second && zeros == 0 {
				continue // nothing torn
			}
			if zeros > 0 && n%5 != 0 && n < len(whole)-2 {
				continue
			}
			torn := append(append([]byte(nil), whole[:n]...), make([]byte, zeros)...)
			if err := os.WriteFile(path, torn, 0o600); err != nil {
				t.Fatal(err)
			}
			bytes := n - second + zeros
			if n == len(whole) {
				bytes = zeros
			}
			if r := verify(t, dir); !r.Intact || r.Torn != int64(bytes) {
				t.Fatalf("%d bytes and %d zeros: %s", n-second, zeros, r)
			}
			l := openLog(t, dir, Options{})
			appendAll(t, l, small())
			l.Close()
			r := verify(t, dir)
			records := lines(t, dir)
			if !r.Intact || r.Torn != 0 {
				t.Fatalf("%d bytes and %d zeros: %s", n-second, zeros, r)
			}
			if bytes == 0 {
				if len(records) != 3 {
					t.Fatalf("repaired without need: %q", records)
				}
				continue
			}
			repair, err := ParseRecord([]byte(records[len(records)-2]))
			if err != nil || repair.Event != EventRepair {
				t.Fatalf("%d bytes: %q, %v", n-second, records, err)
			}
			kept := 1
			if n >= len(whole)-1 {
				kept = 2 // only the line feed was missing, or not even that
			} else if repair.Details["bytes"] != strconv.Itoa(bytes) || repair.Details["text"] != string(whole[second:n]) {
				t.Fatalf("%d bytes: %+v", n-second, repair)
			}
			if len(records) != kept+2 {
				t.Fatalf("%d bytes: %q", n-second, records)
			}
		}
	}
}

// What is no tear is left as evidence.
func TestNoTear(t *testing.T) {
	for name, tail := range map[string]string{
		"garbage":            "garbage",
		"of another number":  `{"v":1,"seq":9,"time":"2026`,
		"a record, changed":  strings.TrimSuffix(strings.Replace(string(line2(t)), "echo 2", "echo 9", 1), "\n"),
		"zeros in between":   `{"v":1,"se` + "\x00\x00" + `"time":`,
		"longer than a line": strings.Repeat("x", MaxLine+100),
	} {
		t.Run(name, func(t *testing.T) {
			dir := trail(t, 1)
			path := filepath.Join(dir, segmentName(1))
			f, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			f.WriteString(tail)
			f.Close()
			l := openLog(t, dir, Options{})
			appendAll(t, l, decision("deny", "later"))
			l.Close()
			if r := verify(t, dir); r.Intact {
				t.Errorf("%s", r)
			}
			b, _ := os.ReadFile(path)
			if !strings.Contains(string(b), tail+"\n") {
				t.Error("the evidence is gone")
			}
		})
	}
}

func line2(t *testing.T) []byte {
	dir := t.TempDir()
	l := openLog(t, dir, Options{})
	appendAll(t, l, decision("allow", "echo 1"), decision("allow", "echo 2"))
	return []byte(lines(t, dir)[1])
}
