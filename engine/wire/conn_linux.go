package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// buffers hold what arrives at once; nearly every question fits.
var buffers = sync.Pool{New: func() any { b := make([]byte, 64<<10); return &b }}

// lateQuestion is for how many microseconds one that has connected is waited for: it may
// have been interrupted by us on its way to asking, and to have the poller tell when it
// does costs more than all else.
const lateQuestion = 200

var errHungUp = errors.New("peer hung up")

// conn is one peer: a socket, or two pipes. Its descriptors block until the
// poller takes them over.
type conn struct {
	in, out  int
	accepted bool // a socket of ours, not one that a process has passed: it has no surprises
	pid, uid int
	server   *Server

	mu      sync.Mutex
	file    *os.File // over in, once the poller has it
	ctx     context.Context
	cancel  context.CancelFunc
	watched chan struct{}
}

// readNow reads a question into buf as far as it is there: nearly always all of
// it. If it is not whole, n bytes of it are there.
func (c *conn) readNow(buf []byte) (n int, whole bool) {
	if !c.accepted {
		return 0, false
	}
	for waited := false; n < len(buf); {
		m, err := receiveDirect(c.in, buf[n:])
		if err == syscall.EINTR {
			continue
		}
		if err == syscall.EAGAIN && n == 0 && !waited {
			waited = true
			if come, err := hasCome(c.in, unix.POLLIN, lateQuestion); err == nil && come != 0 {
				continue
			}
		}
		if err != nil || m == 0 {
			return n, false
		}
		n += m
		if n < requestHeader {
			continue
		}
		size, err := requestSize(buf[:n])
		if err != nil || size > len(buf) || size < n {
			return n, false
		}
		if size == n {
			return n, true
		}
	}
	return n, false
}

// readSlow reads what readNow left, within slowTimeout.
func (c *conn) readSlow(head []byte) ([]byte, error) {
	f, err := c.polled()
	if err != nil {
		return nil, err
	}
	if err := f.SetReadDeadline(time.Now().Add(slowTimeout)); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(c.server.ctx, func() { f.SetReadDeadline(time.Unix(1, 0)) })
	defer func() {
		if stop() {
			f.SetReadDeadline(time.Time{})
		}
	}()
	read := func(size int) error {
		for len(head) < size {
			// Grown as bytes arrive: a header alone costs nobody 4 MiB.
			chunk := make([]byte, min(size-len(head), max(64<<10, len(head))))
			n, err := f.Read(chunk)
			head = append(head, chunk[:n]...)
			switch {
			case err == io.EOF && len(head) == 0, errors.Is(err, syscall.ECONNRESET):
				return errHungUp
			case err != nil:
				return garbage("%d bytes, then %v", len(head), err)
			}
		}
		return nil
	}
	if err := read(requestHeader); err != nil {
		return nil, err
	}
	size, err := requestSize(head)
	if err != nil {
		return nil, err
	}
	if err := read(size); err != nil {
		return nil, err
	}
	if c.isSocket() {
		var more [8]byte
		if n, _, _ := syscall.Recvfrom(c.in, more[:], syscall.MSG_DONTWAIT); n > 0 {
			head = append(head, more[:n]...)
		}
	}
	if len(head) > size {
		return nil, garbage("%d bytes after the message", len(head)-size)
	}
	return head, nil
}

func (c *conn) isSocket() bool { return c.in == c.out }

// polled hands the incoming side to the runtime's poller. The outgoing side
// of a socket is the same, and still works with plain system calls.
func (c *conn) polled() (*os.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file == nil {
		if err := syscall.SetNonblock(c.in, true); err != nil {
			return nil, err
		}
		c.file = os.NewFile(uintptr(c.in), "question")
	}
	return c.file, nil
}

// watch returns a context that ends when the peer hangs up: while it waits for
// its answer it has nothing to say, so any end of reading means that.
func (c *conn) watch() context.Context {
	c.mu.Lock()
	if c.ctx != nil {
		defer c.mu.Unlock()
		return c.ctx
	}
	c.ctx, c.cancel = context.WithCancel(c.server.ctx)
	c.watched = make(chan struct{})
	c.mu.Unlock()
	f, err := c.polled()
	if err != nil {
		close(c.watched)
		return c.ctx
	}
	go func() {
		defer close(c.watched)
		var one [1]byte
		if n, err := f.Read(one[:]); n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			c.cancel()
		}
	}()
	return c.ctx
}

func (c *conn) stopWatching() {
	c.mu.Lock()
	file, watched := c.file, c.watched
	c.mu.Unlock()
	if watched == nil {
		return
	}
	if file != nil {
		file.SetReadDeadline(time.Unix(1, 0))
	}
	<-watched
	c.cancel()
}

// send writes a reply. A peer that does not read it is not waited for longer
// than slowTimeout.
func (c *conn) send(r *Reply) error {
	b, err := EncodeReply(r)
	if err != nil {
		if b, err = EncodeReply(&Reply{Action: Deny, Message: "rampart: refused: the answer can't be sent: " + err.Error()}); err != nil {
			return err
		}
	}
	end := time.Now().Add(slowTimeout)
	for len(b) > 0 {
		var n int
		if c.isSocket() {
			n, err = sendDirect(c.out, b)
		} else {
			n, err = syscall.Write(c.out, b)
		}
		switch {
		case err == syscall.EINTR:
		case err == syscall.EAGAIN:
			if time.Now().After(end) {
				return fmt.Errorf("peer does not read: %w", err)
			}
			time.Sleep(time.Millisecond)
		case err != nil:
			return err
		default:
			b = b[n:]
		}
	}
	return nil
}

// sendPermits sends an answer and the descriptor of the memory with it; where
// that can't be sent, a refusal.
func (c *conn) sendPermits(p *Permits) error {
	fd, ok := p.descriptor()
	return c.sendDescriptor(fd, ok)
}

// sendRing does the same for the ring of notes. Who has another number for itself
// than we have would write that there.
func (c *conn) sendRing(p *Permits, sameNumber bool) error {
	if p == nil || !sameNumber || !p.ring.offered.Load() {
		return c.sendDescriptor(0, false)
	}
	return c.sendDescriptor(int(p.ring.file.Fd()), true)
}

func (c *conn) sendDescriptor(fd int, ok bool) error {
	if !ok || !c.isSocket() {
		return c.send(&Reply{Action: Deny})
	}
	b, err := EncodeReply(&Reply{Action: Allow})
	if err == nil {
		_, err = syscall.SendmsgN(c.out, b, syscall.UnixRights(fd), nil, syscall.MSG_NOSIGNAL|syscall.MSG_DONTWAIT)
	}
	return err
}

func (c *conn) close() {
	c.server.conns.Add(-1)
	switch {
	case c.file != nil:
		c.file.Close()
	case c.accepted:
		closeDirect(c.in)
	default:
		syscall.Close(c.in)
	}
	if !c.isSocket() {
		syscall.Close(c.out)
	}
}
