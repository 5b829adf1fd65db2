package wire

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// rendezvousFD is where the descriptor is put, or the next free one above: high
// enough to be nobody's, low enough for the usual limit of 1024.
const rendezvousFD = 850

// rendezvous takes connections from processes to whom connect is closed (an
// agent's own sandbox): they send one end of a socket pair, or of two pipes,
// through a descriptor that they inherited. The kernel adds who they are.
type rendezvous struct {
	ours   int
	theirs *os.File
}

func newRendezvous(dir string) (*rendezvous, error) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(pair[1])
	r := &rendezvous{ours: pair[0]}
	if err := syscall.SetsockoptInt(r.ours, syscall.SOL_SOCKET, syscall.SO_PASSCRED, 1); err != nil {
		syscall.Close(r.ours)
		return nil, err
	}
	// Without close-on-exec: the agent and all below it inherit it.
	fd, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(pair[1]), syscall.F_DUPFD, rendezvousFD)
	if errno != 0 {
		syscall.Close(r.ours)
		return nil, errno
	}
	r.theirs = os.NewFile(fd, RendezvousName)
	var st syscall.Stat_t
	if err := syscall.Fstat(int(fd), &st); err != nil {
		r.close()
		return nil, err
	}
	// An address that can't be taken for another's: a number alone might be
	// closed and used anew.
	text := fmt.Sprintf("%d %d %d\n", fd, st.Dev, st.Ino)
	if err := os.WriteFile(filepath.Join(dir, RendezvousName), []byte(text), 0o600); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// stop makes receive return.
func (r *rendezvous) stop() { syscall.Shutdown(r.ours, syscall.SHUT_RDWR) }

func (r *rendezvous) close() {
	syscall.Close(r.ours)
	r.theirs.Close()
}

// receive waits for the next connection.
func (r *rendezvous) receive() (*conn, error) {
	var data [16]byte
	control := make([]byte, syscall.CmsgSpace(4*4)+syscall.CmsgSpace(syscall.SizeofUcred))
	n, used, flags, _, err := syscall.Recvmsg(r.ours, data[:], control, syscall.MSG_CMSG_CLOEXEC)
	if err != nil {
		return nil, err
	}
	if n == 0 && used == 0 {
		return nil, errHungUp
	}
	messages, err := syscall.ParseSocketControlMessage(control[:used])
	if err != nil {
		return nil, err
	}
	c := &conn{}
	var fds []int
	for _, m := range messages {
		switch m.Header.Type {
		case syscall.SCM_RIGHTS:
			got, err := syscall.ParseUnixRights(&m)
			if err == nil {
				fds = append(fds, got...)
			}
		case syscall.SCM_CREDENTIALS:
			if cred, err := syscall.ParseUnixCredentials(&m); err == nil {
				c.pid, c.uid = int(cred.Pid), int(cred.Uid)
			}
		}
	}
	if c.pid == 0 || flags&syscall.MSG_CTRUNC != 0 || !fit(fds) {
		for _, fd := range fds {
			syscall.Close(fd)
		}
		return c, garbage("%d descriptors passed", len(fds))
	}
	c.in, c.out = fds[0], fds[len(fds)-1]
	if !c.isSocket() {
		syscall.SetNonblock(c.out, true) // a pipe has no way to say so each time
	}
	return c, nil
}

// fit says whether the descriptors are a socket, or a pair of pipes; a file or
// a terminal would make reads behave in ways nobody expects.
func fit(fds []int) bool {
	want := uint32(syscall.S_IFSOCK)
	if len(fds) == 2 {
		want = syscall.S_IFIFO
	}
	for _, fd := range fds {
		var st syscall.Stat_t
		if syscall.Fstat(fd, &st) != nil || st.Mode&syscall.S_IFMT != want {
			return false
		}
	}
	return len(fds) == 1 || len(fds) == 2
}

func (s *Server) acceptPassed() {
	defer s.done.Done()
	for {
		c, err := s.rendezvous.receive()
		switch {
		case s.closed.Load():
			return
		case errors.Is(err, ErrGarbage):
			s.report(c.pid, c.uid, fmt.Errorf("rendezvous: %w", err))
		case errors.Is(err, errHungUp):
			// Somebody shut the shared descriptor down: no more will come, and
			// who depends on it is refused.
			s.report(0, 0, errors.New("the rendezvous descriptor was shut down by a process that inherited it"))
			return
		case err != nil: // EINTR
			continue
		default:
			c.server = s
			s.done.Add(1)
			go func() {
				defer s.done.Done()
				s.serve(c)
			}()
		}
	}
}
