package wire

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// notesPause is how long notes may lie: taking each when it comes would wake
	// a thread for every exec, which costs the exec more than being judged.
	notesPause = 50 * time.Millisecond
	// notesQuiet is after how many pauses without one the next is waited for.
	notesQuiet = 3
	// notesRoom is what of them may lie there, in the kernel's measure; it may
	// give less. Who finds no room asks.
	notesRoom = 1 << 20
	// maxNotes are taken at once: more than there is room for, so that somebody
	// who floods it keeps nobody waiting for ever.
	maxNotes = 8192
)

// shareNotes makes the socket that takes questions without answering, one end
// of which all processes below inherit. A packet lies there, unread, while its
// sender goes on, or ends. Such a socket can't be turned to another place by
// those who hold it; they can only shut it, and then everybody asks.
func (p *Permits) shareNotes() error {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer unix.Close(ends[1])
	unix.SetsockoptInt(ends[1], unix.SOL_SOCKET, unix.SO_SNDBUF, notesRoom)
	err = unix.SetsockoptInt(ends[0], unix.SOL_SOCKET, unix.SO_PASSCRED, 1)
	if err == nil {
		p.theirs, err = p.inherit(ends[1], notesFD)
	}
	if err == nil {
		p.arrival, err = watch(ends[0])
	}
	if err != nil {
		unix.Close(ends[0])
		if p.theirs != nil {
			p.theirs.Close()
		}
		return err
	}
	p.notes = ends[0]
	return nil
}

// watch returns what can be read when notes have come in, if they are waited for. The
// socket itself in the runtime's poller would wake a thread for each of them.
func watch(notes int) (*os.File, error) {
	arrival, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	err = unix.EpollCtl(arrival, unix.EPOLL_CTL_ADD, notes, &unix.EpollEvent{Events: unix.EPOLLONESHOT, Fd: int32(notes)})
	if err == nil {
		err = unix.SetNonblock(arrival, true)
	}
	if err != nil {
		unix.Close(arrival)
		return nil, err
	}
	return os.NewFile(uintptr(arrival), "rampart-notes"), nil
}

// endNotes lets no more notes come in, and takes those that have.
func (s *Server) endNotes() {
	p := s.opts.permits
	if p == nil {
		return
	}
	unix.Shutdown(p.notes, unix.SHUT_RDWR)
	s.endRing()
	s.TakeNotes()
}

// endRing does the same to the ring alone.
func (s *Server) endRing() {
	s.opts.permits.ring.withdraw()
	s.takingNotes.Lock()
	defer s.takingNotes.Unlock()
	s.takeRing(true)
}

func (p *Permits) closeNotes() {
	p.theirs.Close()
	p.arrival.Close()
	unix.Close(p.notes)
}

// takeNotes takes notes until the server closes, or nobody can send any more.
func (s *Server) takeNotes() {
	defer s.done.Done()
	p := s.opts.permits
	for {
		var shut bool
		var err error
		p.ring.sleeps(true)
		if s.TakeNotes() == 0 {
			shut, err = p.waitForNotes()
		}
		p.ring.sleeps(false)
		if err != nil {
			s.report(0, 0, fmt.Errorf("wait for notes: %w", err))
			time.Sleep(notesPause)
		}
		for quiet := 0; quiet < notesQuiet; quiet++ {
			if s.TakeNotes() > 0 {
				quiet = 0
			}
			select {
			case <-s.ctx.Done():
				return
			case <-time.After(notesPause):
			}
		}
		if shut {
			s.endRing() // which can't wake us any more
			s.report(0, 0, fmt.Errorf("a process has shut the socket for notes: from now on each exec is asked about"))
			return
		}
	}
}

// waitForNotes returns when there is a note, or there can be no more.
func (p *Permits) waitForNotes() (shut bool, err error) {
	c, err := p.arrival.SyscallConn()
	if err != nil {
		return false, err
	}
	var failed error
	err = c.Read(func(fd uintptr) bool {
		events := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLONESHOT, Fd: int32(p.notes)}
		if failed = unix.EpollCtl(int(fd), unix.EPOLL_CTL_MOD, p.notes, &events); failed != nil {
			return true
		}
		come, err := hasArrived(int(fd))
		shut = come&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0
		return err == nil && come != 0
	})
	return shut, errors.Join(err, failed)
}

// TakeNotes hands all notes that have come in up to now to their handler, in
// their order, and returns how many there were. What is recorded after it has
// returned stands after them.
func (s *Server) TakeNotes() (taken int) {
	p := s.opts.permits
	if p == nil {
		return 0
	}
	s.takingNotes.Lock()
	defer s.takingNotes.Unlock()
	if s.noteBuf == nil {
		s.noteBuf = make([]byte, requestHeader+permitSlot)
	}
	var control [64]byte // room for credentials, and for no descriptor
	for range maxNotes {
		n, used, flags, err := receivePacket(p.notes, s.noteBuf, control[:syscall.CmsgSpace(syscall.SizeofUcred)])
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN, err == nil && used == 0: // an empty note still has its sender's credentials
			return taken + s.takeRing(false)
		case err != nil:
			if !s.closed.Load() {
				s.report(0, 0, fmt.Errorf("take notes: %w", err))
			}
			return taken + s.takeRing(false)
		}
		// What its sender has left in the ring was before; after it, it has asked.
		taken += s.takeRing(false)
		if s.takeNote(s.noteBuf[:n], control[:used], flags) {
			taken++
		}
	}
	return taken
}

func (s *Server) takeNote(message, control []byte, flags int) bool {
	pid, uid := senderOf(control)
	switch {
	case pid == 0:
		s.report(0, 0, garbage("a note of nobody's"))
		return false
	case uid != s.opts.uid:
		s.report(pid, uid, fmt.Errorf("%w %d", ErrPeer, uid))
		return false
	case flags&(syscall.MSG_TRUNC|syscall.MSG_CTRUNC) != 0:
		s.report(pid, uid, garbage("a note of more than %d bytes, or with descriptors", len(message)))
		return false
	case bytes.Equal(message, magic[:]): // it has only woken us
		return false
	}
	n, err := decodeNote(message)
	if err != nil {
		s.report(pid, uid, err)
		return false
	}
	n.PID, n.UID = pid, uid
	n.Request.PID, n.Request.UID = pid, uid
	s.noteOf(n)
	return true
}

func senderOf(control []byte) (pid, uid int) {
	messages, err := syscall.ParseSocketControlMessage(control)
	if err != nil {
		return 0, 0
	}
	for i := range messages {
		if cred, err := syscall.ParseUnixCredentials(&messages[i]); err == nil {
			pid, uid = int(cred.Pid), int(cred.Uid)
		}
	}
	return pid, uid
}
