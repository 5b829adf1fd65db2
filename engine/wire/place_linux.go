package wire

import (
	"bytes"
	"os"
	"strconv"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// placement keeps this process off the processor on which programs ask, while
// another one has nothing to do: who starts a program ahead of its answer goes on
// meanwhile. The kernel would see to that, but the one of a virtual machine takes an
// idle processor that its host has put to sleep for one that is taken.
type placement struct {
	mu       sync.Mutex
	all      unix.CPUSet // where we may run
	excluded int         // the processor that is left to others; -1: none
	same     int         // questions in a row that came from the processor that we were on
	looked   time.Time
	idle     time.Duration // of all processors, then
	calm     bool          // one has nothing to do
}

const (
	placeAfter = 2                      // such questions
	placeLook  = 100 * time.Millisecond // how often to see whether that is still so
)

func newPlacement() *placement {
	p := &placement{excluded: -1}
	if unix.SchedGetaffinity(0, &p.all) != nil || p.all.Count() < 2 {
		return nil
	}
	return p
}

// asked is told on which processor a program asks that does not wait.
func (p *placement) asked(cpu int) {
	if p == nil || !p.mu.TryLock() {
		return
	}
	defer p.mu.Unlock()
	if cpu == processor() {
		p.same++
	} else {
		p.same = 0
	}
	if p.excluded < 0 && p.same < placeAfter {
		return
	}
	now := time.Now()
	if now.Sub(p.looked) > placeLook {
		p.look(now)
	}
	switch {
	case !p.calm && p.excluded >= 0:
		p.leave(-1)
	case p.calm && p.same >= placeAfter && p.excluded != cpu:
		p.leave(cpu)
	}
}

// look finds out whether half a processor or more was idle since the last time.
func (p *placement) look(now time.Time) {
	since, before := now.Sub(p.looked), p.idle
	p.looked, p.idle = now, idleTime()
	p.calm = since < 10*placeLook && p.idle-before >= since/2
}

// leave has all threads run elsewhere than on one processor.
func (p *placement) leave(cpu int) {
	set := p.all
	if cpu >= 0 {
		set.Clear(cpu)
	}
	p.excluded, p.same = cpu, 0
	for _, tid := range ownThreads() {
		unix.SchedSetaffinity(tid, &set)
	}
}

// ownThreads are those of this process.
func ownThreads() (list []int) {
	names, _ := os.ReadDir("/proc/self/task")
	for _, n := range names {
		if tid, err := strconv.Atoi(n.Name()); err == nil {
			list = append(list, tid)
		}
	}
	return list
}

// processor is the one that the calling thread is on.
func processor() int {
	var cpu uint32
	if _, _, errno := unix.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&cpu)), 0, 0); errno != 0 {
		return -1
	}
	return int(cpu)
}

// idleTime is how long all processors together had nothing to do since the machine
// began, to a hundredth of a second.
func idleTime() time.Duration {
	var text [64]byte
	f, err := os.Open("/proc/uptime")
	if err != nil {
		return 0
	}
	defer f.Close()
	n, _ := f.Read(text[:])
	_, idle, _ := bytes.Cut(bytes.TrimSpace(text[:n]), []byte(" "))
	d, _ := time.ParseDuration(string(idle) + "s")
	return d
}
