package wire

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// grantAll gives permits for paths, and returns their numbers.
func (n *noted) grantAll(t *testing.T, paths ...string) []uint32 {
	t.Helper()
	var out []uint32
	for _, path := range paths {
		permit := n.permits.Next()
		n.permits.Grant(&Request{Layer: Preload, Path: path, Cwd: "/"}, &Standing{Permit: permit, Era: n.permits.Era()})
		out = append(out, permit)
	}
	return out
}

// put leaves a note as preload/c/ring.c does.
func (n *noted) put(pid int, permit uint32) bool {
	r := n.permits.ring
	if atomic.LoadUint32(r.reader()) == 0 {
		return false
	}
	for range 64 {
		tail := atomic.LoadUint64(r.tail())
		if tail-atomic.LoadUint64(r.told()) >= ringSlots {
			return false
		}
		free := ringLap(tail) << ringLapShift
		word := free | uint64(pid)<<ringPermitBits | uint64(permit&(1<<ringPermitBits-1))
		put := atomic.CompareAndSwapUint64(r.word(tail), free, word)
		atomic.CompareAndSwapUint64(r.tail(), tail, tail+1)
		if put {
			return true
		}
	}
	return false
}

// TestRing: what is in the ring is taken in its order, before what its sender
// sends or asks later. What was garbled is counted, and costs nobody else's.
func TestRing(t *testing.T) {
	n := newNoted(t)
	p, pid := n.grantAll(t, "/a", "/b", "/c"), os.Getpid()
	r := n.permits.ring
	n.put(pid, p[0])
	n.put(pid, 77777) // no such permit
	n.put(pid, p[1])
	atomic.StoreUint64(r.word(1), 1<<63|5) // garbled is the one that there is no permit for
	n.put(pid, p[2])
	n.send(t, "/sent", 9)
	ask(n.dir, &Request{Layer: Preload, Path: "/asked"})
	want := []string{
		fmt.Sprint("/a ", p[0], " true"), fmt.Sprint("/b ", p[1], " true"), fmt.Sprint("/c ", p[2], " true"), "/sent 9 true", "asked /asked",
	}
	if notes, incidents := n.seen(); !slices.Equal(notes, want) || incidents != 1 {
		t.Errorf("%q and %d incidents, want %q and 1", notes, incidents, want)
	}
	n.put(pid, 77777)
	n.TakeNotes()
	if _, incidents := n.seen(); incidents != 2 {
		t.Errorf("%d incidents after a permit that there is not, want 2", incidents)
	}
	// Who is killed after it has put a word, and before it has moved the tail on.
	tail := atomic.LoadUint64(r.tail())
	n.put(pid, p[0])
	atomic.StoreUint64(r.tail(), tail)
	n.put(pid, p[1])
	n.TakeNotes()
	if notes, incidents := n.seen(); len(notes) != 7 || notes[5] != want[0] || notes[6] != want[1] || incidents != 2 {
		t.Errorf("%q and %d incidents after one was killed", notes, incidents)
	}
}

// TestRingNonsense: whatever is written there, the engine goes on, says so, and
// takes what comes later.
func TestRingNonsense(t *testing.T) {
	n := newNoted(t)
	p := n.grantAll(t, "/a")
	r := n.permits.ring
	for i, tail := range []uint64{1 << 40, ringSlots - 1, ^uint64(0), 0} {
		for at := range uint64(ringSlots) {
			atomic.StoreUint64(r.word(at), 0x9e3779b97f4a7c15*(at+uint64(i)))
		}
		atomic.StoreUint64(r.tail(), tail)
		n.TakeNotes()
	}
	n.TakeNotes()
	if _, incidents := n.seen(); incidents == 0 {
		t.Error("nobody heard of it")
	}
	before, _ := n.seen()
	if !n.put(os.Getpid(), p[0]) {
		t.Fatal("the ring is of no use any more")
	}
	n.TakeNotes()
	if notes, _ := n.seen(); len(notes) != len(before)+1 {
		t.Errorf("%q, and before %q", notes, before)
	}
}

// TestRingOfMany: of many who leave notes at once, lap after lap, none is lost; who
// finds no room is told, and so is who comes after the end.
func TestRingOfMany(t *testing.T) {
	n := newNoted(t)
	p := n.grantAll(t, "/a")
	var put, full atomic.Int64
	var closed atomic.Bool
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for !closed.Load() {
				if n.put(1000+w, p[0]) {
					put.Add(1)
				} else {
					full.Add(1)
					time.Sleep(time.Millisecond)
				}
			}
			if n.put(1000+w, p[0]) {
				t.Error("a ring that is closed took a note")
			}
		}()
	}
	for range 50 {
		time.Sleep(2 * time.Millisecond)
		n.TakeNotes()
	}
	n.Close()
	closed.Store(true)
	wg.Wait()
	notes, incidents := n.seen()
	if int64(len(notes)) != put.Load() || full.Load() == 0 || put.Load() < 2*ringSlots || incidents != 0 {
		t.Errorf("%d taken of %d, %d times full, %d incidents", len(notes), put.Load(), full.Load(), incidents)
	}
}

// TestRingWakes: a note is taken though nobody asks, and in the time that is said.
func TestRingWakes(t *testing.T) {
	n := newNoted(t)
	p := n.grantAll(t, "/a")
	for deadline := time.Now().Add(10 * time.Second); atomic.LoadUint32(n.permits.ring.asleep()) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("it does not sleep")
		}
		time.Sleep(time.Millisecond)
	}
	n.put(os.Getpid(), p[0])
	unix.Sendto(int(n.permits.theirs.Fd()), magic[:], unix.MSG_DONTWAIT, nil)
	time.Sleep(time.Second)
	if notes, incidents := n.seen(); len(notes) != 1 || incidents != 0 {
		t.Errorf("%q, %d incidents", notes, incidents)
	}
}

// TestRingKnowsDeath: who looks into the memory sees that the reader was killed.
func TestRingKnowsDeath(t *testing.T) {
	if os.Getenv("WIRE_TEST_READER") != "" {
		n := newNoted(t)
		fmt.Println("reads")
		time.Sleep(time.Minute)
		n.Close()
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestRingKnowsDeath$")
	cmd.Env = append(os.Environ(), "WIRE_TEST_READER=1")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	said := make([]byte, 5)
	if _, err := out.Read(said); err != nil || string(said) != "reads" {
		t.Skipf("no permits here: %q, %v", said, err)
	}
	fd, err := openPermits(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	memory, err := unix.Mmap(fd, 0, tableAt+tableArea, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(memory)
	reader := (*uint32)(unsafe.Pointer(&memory[ringState+8]))
	if alive := atomic.LoadUint32(reader); alive == 0 || alive&ownerDied != 0 {
		t.Fatalf("%#x while it is alive", alive)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if dead := atomic.LoadUint32(reader); dead&ownerDied == 0 {
		t.Errorf("%#x after it was killed", dead)
	}
}

// ownerDied is the kernel's FUTEX_OWNER_DIED.
const ownerDied = 0x40000000

// openPermits opens another process's memory of permits.
func openPermits(pid int) (int, error) {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return -1, err
	}
	for _, e := range entries {
		if name, _ := os.Readlink(dir + "/" + e.Name()); strings.Contains(name, "rampart-permits") {
			return unix.Open(dir+"/"+e.Name(), unix.O_RDONLY, 0)
		}
	}
	return -1, fmt.Errorf("process %d has no memory of permits", pid)
}
