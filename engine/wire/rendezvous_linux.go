package wire

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// rendezvousFD is where an inherited descriptor is looked for, or one of the
// places after it. preload/c/channel.h has the same, and why; here a larger
// table of descriptors also costs milliseconds, as all threads share it.
const (
	rendezvousFD     = 48
	rendezvousPlaces = 8
)

// rendezvous takes connections from processes to whom connect is closed (an
// agent's own sandbox): they send one end of a socket pair, or of two pipes,
// through a connected descriptor that they inherited. The kernel adds who they
// are. Such descriptors are opened by the server, for all that it starts, and
// by the C library in programs that are about to close a sandbox.
type rendezvous struct {
	listener *net.UnixListener
	dir      string
	theirs   *os.File
}

func newRendezvous(dir string) (*rendezvous, error) {
	path := filepath.Join(dir, RendezvousName)
	passes := filepath.Join(dir, PassesName)
	if err := os.Mkdir(passes, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	l, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: path, Net: "unixpacket"})
	if err != nil {
		return nil, err
	}
	r := &rendezvous{listener: l, dir: dir}
	raw, err := l.SyscallConn()
	if err == nil {
		// The connections that it accepts have it too.
		err = errors.Join(raw.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_PASSCRED, 1)
		}), err)
	}
	if err == nil {
		r.theirs, err = leaveOpen(path, passes)
	}
	if err != nil {
		l.Close()
		return nil, err
	}
	return r, nil
}

// leaveOpen connects a descriptor without close-on-exec: the agent and all
// below it inherit it. A file says that it is the session's, as its number
// alone may be closed and used anew.
func leaveOpen(path, passes string) (*os.File, error) {
	s, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(s)
	if err := syscall.Connect(s, &syscall.SockaddrUnix{Name: path}); err != nil {
		return nil, err
	}
	fd, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(s), syscall.F_DUPFD, rendezvousFD)
	if errno != 0 {
		return nil, errno
	}
	f := os.NewFile(fd, RendezvousName)
	var st syscall.Stat_t
	err = syscall.Fstat(int(fd), &st)
	if err == nil {
		err = os.WriteFile(filepath.Join(passes, strconv.FormatUint(st.Ino, 10)), nil, 0o600)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (r *rendezvous) close() error {
	r.theirs.Close()
	return errors.Join(r.listener.Close(), os.RemoveAll(filepath.Join(r.dir, PassesName)))
}

// acceptPassed takes the connected descriptors, each shared by the processes
// that inherited it, and what comes through them. These waits are the poller's:
// there may be many, and they are long.
func (s *Server) acceptPassed() {
	defer s.done.Done()
	for {
		shared, err := s.rendezvous.listener.AcceptUnix()
		if err != nil {
			if !s.closed.Load() {
				s.report(0, 0, fmt.Errorf("rendezvous: %w", err))
			}
			return
		}
		s.done.Add(1)
		go func() {
			defer s.done.Done()
			s.receivePassed(shared)
		}()
	}
}

func (s *Server) receivePassed(shared *net.UnixConn) {
	defer shared.Close()
	if !s.shared.add(shared) {
		return
	}
	defer s.shared.remove(shared)
	for {
		c, err := receive(shared)
		switch {
		case errors.Is(err, ErrGarbage):
			s.report(c.pid, c.uid, fmt.Errorf("rendezvous: %w", err))
		case err != nil:
			return // all who held it are gone, or the server closes
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

// receive waits for the next connection to come through.
func receive(shared *net.UnixConn) (*conn, error) {
	var data [16]byte
	control := make([]byte, syscall.CmsgSpace(4*4)+syscall.CmsgSpace(syscall.SizeofUcred))
	n, used, flags, _, err := shared.ReadMsgUnix(data[:], control)
	if err != nil {
		return nil, err
	}
	if n == 0 && used == 0 {
		return nil, io.EOF
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
