package wire

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ring is the engine's end of the ring of notes. All of it but the descriptor
// belongs to who holds Server.takingNotes.
type ring struct {
	file  *os.File // given to processes that want it
	words []byte
	state []byte // what they are told, in the memory of permits
	head  uint64
	shut  bool

	offered atomic.Bool
	done    chan struct{}
	gone    chan struct{}
}

func newRing(state []byte) (*ring, error) {
	fd, err := unix.MemfdCreate("rampart-notes", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, err
	}
	r := &ring{file: os.NewFile(uintptr(fd), "rampart-notes"), state: state}
	if err = unix.Ftruncate(fd, ringSize); err == nil {
		// Who cut it off would end all who write to it, and us.
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW)
	}
	if err == nil {
		r.words, err = unix.Mmap(fd, 0, ringSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	}
	if err != nil {
		r.file.Close()
		return nil, err
	}
	return r, nil
}

func (r *ring) tail() *uint64 { return (*uint64)(unsafe.Pointer(&r.words[0])) }

func (r *ring) word(position uint64) *uint64 {
	return (*uint64)(unsafe.Pointer(&r.words[ringAt+8*(position%ringSlots)]))
}

func (r *ring) told() *uint64   { return (*uint64)(unsafe.Pointer(&r.state[0])) }
func (r *ring) reader() *uint32 { return (*uint32)(unsafe.Pointer(&r.state[8])) }
func (r *ring) asleep() *uint32 { return (*uint32)(unsafe.Pointer(&r.state[12])) }

// sleeps tells whether a note has to wake us.
func (r *ring) sleeps(yes bool) {
	n := uint32(0)
	if yes {
		n = 1
	}
	atomic.StoreUint32(r.asleep(), n)
}

// robust is what set_robust_list(2) is given: a list of one, and where the word
// is, seen from its link.
type robust struct {
	first   uintptr
	offset  uintptr
	pending uintptr
	link    uintptr
}

// offer lets processes use the ring for as long as this one lives. If it is
// killed, nothing tells them but the kernel: a thread holds a lock that is in the
// memory they look into, and there the kernel writes that its owner has died.
func (r *ring) offer() {
	if r.done != nil {
		return
	}
	r.done, r.gone = make(chan struct{}), make(chan struct{})
	held := make(chan bool)
	go func() {
		defer close(r.gone)
		runtime.LockOSThread() // and never unlocked: the thread ends with this function
		list := new(robust)
		list.first = uintptr(unsafe.Pointer(&list.link))
		list.link = uintptr(unsafe.Pointer(list))
		list.offset = uintptr(unsafe.Pointer(r.reader())) - list.first
		var pinner runtime.Pinner
		pinner.Pin(list)
		defer pinner.Unpin()
		_, _, errno := unix.RawSyscall(unix.SYS_SET_ROBUST_LIST, uintptr(unsafe.Pointer(list)), unsafe.Offsetof(list.link), 0)
		if errno == 0 {
			atomic.StoreUint32(r.reader(), uint32(unix.Gettid()))
		}
		held <- errno == 0
		<-r.done
		atomic.StoreUint32(r.reader(), 0)
		unix.RawSyscall(unix.SYS_SET_ROBUST_LIST, 0, unsafe.Offsetof(list.link), 0)
	}()
	r.offered.Store(<-held)
}

// withdraw has everybody ask instead.
func (r *ring) withdraw() {
	r.offered.Store(false)
	atomic.StoreUint32(r.reader(), 0)
}

// take hands over the notes that are there, in their order, and returns how many
// words are none: those who may write here may write anything. With last, who
// puts one later learns that it is not taken.
func (r *ring) take(last bool, note func(pid int, permit uint32)) (garbled int) {
	if r.shut {
		return 0
	}
	r.shut = last
	tail := atomic.LoadUint64(r.tail()) // before the words: up to it all are taken
	if tail-r.head > ringSlots {
		if int64(tail-r.head) > 0 {
			garbled++
		}
		tail = r.head
	}
	for range ringSlots {
		free := ringLap(r.head) << ringLapShift
		next := ringLap(r.head+ringSlots) << ringLapShift
		if last {
			next = ringClosed
		}
		word := atomic.LoadUint64(r.word(r.head))
		if word == free && int64(tail-r.head) <= 0 && !last {
			break
		}
		if !atomic.CompareAndSwapUint64(r.word(r.head), word, next) {
			word = atomic.SwapUint64(r.word(r.head), next)
		}
		switch lap, pid, permit := ringWord(word); {
		case lap == ringLap(r.head) && pid != 0:
			note(pid, permit)
		case word == free && int64(tail-r.head) <= 0: // nobody came while it was closed
		default:
			garbled++
		}
		r.head++
		atomic.StoreUint64(r.told(), r.head)
	}
	// Who was killed before it moved the tail on holds nobody up.
	if now := atomic.LoadUint64(r.tail()); now-r.head > ringSlots {
		atomic.CompareAndSwapUint64(r.tail(), now, r.head)
	}
	return garbled
}

func (r *ring) close() {
	if r.done != nil {
		close(r.done)
		<-r.gone
	}
	unix.Munmap(r.words)
	r.file.Close()
}

// takeRing hands what is in the ring to the handler of notes. The caller holds
// takingNotes.
func (s *Server) takeRing(last bool) (taken int) {
	p := s.opts.permits
	unknown := 0
	garbled := p.ring.take(last, func(pid int, permit uint32) {
		permit, r := p.granted(permit)
		if r == nil {
			unknown++
			return
		}
		r.PID, r.UID = pid, s.opts.uid
		s.noteOf(&Note{PID: pid, UID: s.opts.uid, Permit: permit, Request: r})
		taken++
	})
	if n := garbled + unknown; n > 0 {
		s.report(0, 0, garbage("%d notes in the ring that nobody is given", n))
	}
	return taken
}

func (s *Server) noteOf(n *Note) {
	defer func() {
		if p := recover(); p != nil {
			s.report(n.PID, n.UID, fmt.Errorf("handler of notes panicked: %v", p))
		}
	}()
	s.opts.note(n)
}
