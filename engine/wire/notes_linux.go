package wire

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
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
	// noteTimeout is for a sender that was interrupted between connecting and
	// sending, which it does in one go.
	noteTimeout = 2 * time.Millisecond
)

// notes is the socket that takes questions without answering. They wait in its
// queue, unread, while their senders go on, or end.
type notes struct {
	listener int
	path     string
	mu       sync.Mutex // held while they are taken, one after the other
	buf      []byte
}

func listenNotes(dir string) (*notes, error) {
	path := filepath.Join(dir, NotesName)
	fd, err := listenUnix(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return nil, err
	}
	return &notes{listener: fd, path: path, buf: make([]byte, requestHeader+permitSlot)}, nil
}

// takeNotes takes notes until the server closes.
func (s *Server) takeNotes() {
	defer s.done.Done()
	for {
		if err := s.notes.wait(); err != nil {
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
	}
}

// wait returns when there is a note, or the server closes.
func (n *notes) wait() error {
	fds := []unix.PollFd{{Fd: int32(n.listener), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, -1)
		if err != unix.EINTR {
			return err
		}
	}
}

// TakeNotes hands all notes that have come in up to now to their handler, in
// their order, and returns how many there were. What is recorded after it has
// returned stands after them.
func (s *Server) TakeNotes() (taken int) {
	if s.notes == nil {
		return 0
	}
	s.notes.mu.Lock()
	defer s.notes.mu.Unlock()
	for {
		fd, _, err := syscall.Accept4(s.notes.listener, syscall.SOCK_CLOEXEC)
		switch {
		case err == syscall.EINTR || err == syscall.ECONNABORTED:
			continue
		case err != nil:
			if err != syscall.EAGAIN && !s.closed.Load() {
				s.report(0, 0, fmt.Errorf("accept note: %w", err))
			}
			return taken
		}
		if s.takeNote(fd) {
			taken++
		}
		syscall.Close(fd)
	}
}

func (s *Server) takeNote(fd int) bool {
	cred, err := syscall.GetsockoptUcred(fd, syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	if err != nil {
		s.report(0, 0, err)
		return false
	}
	n := &Note{PID: int(cred.Pid), UID: int(cred.Uid)}
	if n.UID != s.opts.uid {
		s.report(n.PID, n.UID, fmt.Errorf("%w %d", ErrPeer, n.UID))
		return false
	}
	if n.message, err = s.notes.read(fd); err != nil {
		// Its sender asked instead, or has no permit: nothing ran by it.
		if !errors.Is(err, errHungUp) {
			s.report(n.PID, n.UID, err)
		}
		return false
	}
	n.Body = n.message[requestHeader:]
	defer func() {
		if p := recover(); p != nil {
			s.report(n.PID, n.UID, fmt.Errorf("handler of notes panicked: %v", p))
		}
	}()
	s.opts.note(n)
	return true
}

// read returns one whole note, errHungUp if less of it was sent.
func (n *notes) read(fd int) ([]byte, error) {
	timeout := syscall.NsecToTimeval(int64(noteTimeout))
	read := readNow
	for got := 0; ; {
		m, err := read(fd, n.buf[got:])
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN && got == 0: // then once more, patiently
			if err := syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &timeout); err != nil {
				return nil, err
			}
			if m, err = syscall.Read(fd, n.buf); err != nil || m == 0 {
				return nil, errHungUp
			}
		case err != nil || m == 0:
			return nil, errHungUp
		}
		if got += m; got < requestHeader {
			continue
		}
		size, err := requestSize(n.buf[:got])
		switch {
		case err != nil:
			return nil, err
		case size > len(n.buf) || size < got:
			return nil, garbage("a note of %d bytes", size)
		case size == got:
			return n.buf[:got], nil
		}
	}
}

func (n *notes) close() error {
	return errors.Join(syscall.Close(n.listener), os.Remove(n.path))
}
