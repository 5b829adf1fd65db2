package wire

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"rampart/platform"
)

// Server answers on the socket of a session's directory until Close.
type Server struct {
	handler Handler
	opts    options
	dir     string

	listener   *os.File
	rendezvous *rendezvous
	shared     sharedConns

	// idle counts who waits in accept. One that takes a connection away sees to it
	// that another is waiting, before it does anything else.
	idle        atomic.Int32
	takingNotes sync.Mutex // held while they are taken, one after the other
	noteBuf     []byte

	conns atomic.Int32
	place *placement

	closed atomic.Bool
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// Listen makes the socket in dir, a directory that only its owner can enter,
// and answers on it.
//
// Accepting waits in the runtime's poller. A thread in a blocking system call is
// woken some 15 µs sooner, but the runtime watches it while it waits, which costs
// an exec more than that, of a processor that the exec itself may want.
func Listen(dir string, handler Handler, opts ...Option) (*Server, error) {
	s := &Server{handler: handler, dir: dir, opts: options{uid: -1}}
	for _, o := range opts {
		o(&s.opts)
	}
	if s.opts.uid < 0 {
		s.opts.uid = os.Geteuid()
	}
	if err := checkDir(dir); err != nil {
		return nil, fmt.Errorf("listen in session directory: %w", err)
	}
	path := filepath.Join(dir, SocketName)
	fd, err := listenUnix(path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	s.listener = os.NewFile(uintptr(fd), path)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.place = newPlacement()
	if s.rendezvous, err = newRendezvous(dir); err != nil {
		s.listener.Close()
		os.Remove(path)
		return nil, fmt.Errorf("make rendezvous in %s: %w", dir, err)
	}
	if s.opts.permits != nil {
		s.opts.permits.ring.offer()
		s.done.Add(1)
		go s.takeNotes()
	}
	for range runtime.GOMAXPROCS(0) {
		s.addAcceptor()
	}
	s.done.Add(1)
	go s.acceptPassed()
	return s, nil
}

func checkDir(dir string) error {
	if !filepath.IsAbs(dir) || len(dir) > maxDir {
		return fmt.Errorf("%q must be absolute and at most %d bytes long", dir, maxDir)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s must be a directory that only its owner can enter (chmod 700)", dir)
	}
	return nil
}

func listenUnix(path string) (int, error) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, err
	}
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}); err == nil {
		err = syscall.Listen(fd, backlog)
		if err == nil {
			return fd, nil
		}
		syscall.Close(fd)
		os.Remove(path)
		return -1, err
	} else {
		syscall.Close(fd)
		return -1, err
	}
}

// Close stops answering: who asks now, or is waiting for an answer, is
// refused. It waits for handlers to return; their Context is cancelled.
func (s *Server) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.opts.permits.Clear()
	s.endNotes() // who has seen a permit, and leaves its note now, will have to ask
	s.cancel()
	err := errors.Join(s.listener.Close(), s.rendezvous.close())
	s.shared.close()
	s.done.Wait()
	return errors.Join(err, os.Remove(filepath.Join(s.dir, SocketName)))
}

func (s *Server) report(pid, uid int, err error) {
	if s.opts.incident != nil {
		s.opts.incident(Incident{PID: pid, UID: uid, Err: err})
	}
}

func (s *Server) addAcceptor() {
	s.idle.Add(1)
	s.done.Add(1)
	go s.accept()
}

func (s *Server) accept() {
	defer s.done.Done()
	for {
		fd, err := s.acceptOne()
		switch {
		case s.closed.Load():
			if err == nil {
				syscall.Close(fd)
			}
			return
		case err == syscall.EMFILE || err == syscall.ENFILE || err == syscall.ENOMEM || err == syscall.ENOBUFS:
			// Those who wait go on waiting until there is room.
			s.report(0, 0, fmt.Errorf("accept: %w", err))
			time.Sleep(10 * time.Millisecond)
			continue
		case err != nil: // EINTR, ECONNABORTED
			continue
		}
		if s.idle.Add(-1) == 0 {
			s.addAcceptor()
		}
		s.serve(&conn{in: fd, out: fd, accepted: true, server: s})
		if s.idle.Add(1) > int32(2*runtime.GOMAXPROCS(0)) {
			s.idle.Add(-1)
			return
		}
	}
}

// acceptOne waits for a connection, which it returns as a blocking descriptor.
func (s *Server) acceptOne() (fd int, err error) {
	c, err := s.listener.SyscallConn()
	if err != nil {
		return -1, err
	}
	waitErr := c.Read(func(listener uintptr) bool {
		fd, err = acceptDirect(int(listener))
		return err != syscall.EAGAIN
	})
	if waitErr != nil {
		return -1, waitErr
	}
	return fd, err
}

// serve answers one question, or hands the connection on to a goroutine that
// may wait for it.
func (s *Server) serve(c *conn) {
	if s.conns.Add(1) > maxConns {
		s.report(0, 0, fmt.Errorf("more than %d connections at once", maxConns))
		c.close()
		return
	}
	if c.pid == 0 { // else it came through the rendezvous, with credentials
		var err error
		if c.pid, c.uid, err = peerOf(c.in); err != nil {
			s.report(0, 0, err)
			c.close()
			return
		}
	}
	if c.uid != s.opts.uid {
		s.report(c.pid, c.uid, fmt.Errorf("%w %d", ErrPeer, c.uid))
		c.close()
		return
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	n, whole := c.readNow(*buf)
	if whole {
		s.answer(c, (*buf)[:n])
		c.close()
		return
	}
	head := append([]byte(nil), (*buf)[:n]...)
	s.done.Add(1)
	go func() {
		defer s.done.Done()
		defer c.close()
		message, err := c.readSlow(head)
		if err != nil {
			s.fail(c, err)
			return
		}
		s.answer(c, message)
	}()
}

// fail reports, and denies in case somebody listens. A peer that hung up
// before it asked is nobody's business.
func (s *Server) fail(c *conn, err error) {
	if errors.Is(err, errHungUp) || s.closed.Load() {
		return
	}
	s.report(c.pid, c.uid, err)
	c.send(&Reply{Action: Deny, Message: "rampart: refused: the question to the engine was not understood: " + err.Error()})
}

func (s *Server) answer(c *conn, message []byte) {
	r, err := DecodeRequest(message)
	if big := (*oversizeError)(nil); errors.As(err, &big) {
		s.report(c.pid, c.uid, err)
		c.send(&Reply{Action: Deny, Message: "rampart: refused: " + err.Error() +
			"; pass long lists through a file or standard input"})
		return
	}
	if err != nil {
		s.report(c.pid, c.uid, err)
		return // closed without an answer: not a client of ours
	}
	claimed := claims{r.PID, r.PPID}
	r.PID, r.UID, r.conn = c.pid, c.uid, c
	if claimed.pid != c.pid { // another process namespace numbers them otherwise
		r.PPID = platform.ParentOf(c.pid)
	}
	if r.Layer == Files && len(r.Argv) == 0 {
		if err := c.sendPermits(s.opts.permits); err != nil && !s.closed.Load() && !errors.Is(err, syscall.EPIPE) {
			s.report(c.pid, c.uid, fmt.Errorf("send memory of permits: %w", err))
		}
		return
	}
	if r.Layer == Files && len(r.Argv) == 1 && r.Argv[0] == "n" {
		s.TakeNotes() // those of its own come before those that it will leave there
		if err := c.sendRing(s.opts.permits, claimed.pid == c.pid); err != nil && !s.closed.Load() && !errors.Is(err, syscall.EPIPE) {
			s.report(c.pid, c.uid, fmt.Errorf("send ring of notes: %w", err))
		}
		return
	}
	if r.Ahead && r.Processor >= 0 {
		s.place.asked(r.Processor)
	}
	r.body = message[requestHeader:]
	s.TakeNotes() // what was acted upon before stands before this in the record
	reply := s.judge(r)
	c.stopWatching()
	if err := c.send(reply); err != nil && !s.closed.Load() && !errors.Is(err, syscall.EPIPE) {
		s.report(c.pid, c.uid, fmt.Errorf("send answer: %w", err))
	}
	if s.opts.permits != nil && reply.Standing != nil && reply.Action == Allow && reply.Path == "" && len(reply.Rewrites) == 0 {
		if standing := reply.Standing(); standing != nil {
			s.opts.permits.grant(r, message, standing)
		}
	}
}

func (s *Server) judge(r *Request) (reply *Reply) {
	defer func() {
		if p := recover(); p != nil {
			s.report(r.PID, r.UID, fmt.Errorf("handler panicked: %v", p))
			reply = nil
		}
		if reply == nil {
			reply = &Reply{Action: Deny, Message: "rampart: refused: the engine failed to judge this; nothing was run"}
		}
	}()
	return s.handler(r)
}
