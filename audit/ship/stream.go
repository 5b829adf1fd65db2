package ship

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

const (
	dialWithin   = 10 * time.Second
	stalledAfter = 30 * time.Second       // a receiver that takes nothing for so long is left
	firstDoubt   = 100 * time.Millisecond // a receiver that does not want us has hung up by then
	closeWithin  = time.Second
	keepSent     = 256 << 10       // bytes that are sent again if the connection
	keepFor      = 5 * time.Second // breaks so soon after
	maxHeard     = 1 << 20         // bytes from a receiver, which has nothing to say
)

// stream sends records over TCP or TLS, each with the number of its octets
// before it, so that nothing in it can end it.
//
// Syslog knows no confirmation. What the receiver's kernel has confirmed counts
// as sent; what was sent shortly before a connection broke is sent again over
// the next one.
type stream struct {
	addr    string
	tls     *tls.Config // nil: plain TCP
	message func(Item) []byte
	// patience is how long the receiver may take nothing; 0: stalledAfter.
	patience time.Duration

	conn  net.Conn
	raw   *net.TCPConn
	gone  chan struct{} // closed when the receiver has hung up
	fresh bool
	sent  []sent
}

// sent is a frame that was sent a moment ago.
type sent struct {
	frame []byte
	at    time.Time
}

var errHungUp = errors.New("the receiver closed the connection")

// Send sends items and waits until the receiver's kernel has them.
func (s *stream) Send(ctx context.Context, items []Item) (err error) {
	if s.conn != nil && s.hungUp() {
		s.drop()
	}
	var again []sent
	if s.conn == nil { // what waits in sent is for the new connection
		if err := s.dial(ctx); err != nil {
			return err
		}
		again = s.sent
	}
	before := len(s.sent)
	stop := context.AfterFunc(ctx, func() { s.raw.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	defer func() {
		if err != nil {
			s.sent = s.sent[:before] // the rest is handed over again
			for i := range again {
				s.sent[i].at = time.Now() // they still wait
			}
			s.drop()
			if ctx.Err() != nil {
				err = errors.New("not taken in time")
			}
		}
	}()
	for _, one := range again {
		if err := s.write(ctx, one.frame); err != nil {
			return err
		}
	}
	for _, it := range items {
		m := s.message(it)
		frame := append(append(strconv.AppendInt(nil, int64(len(m)), 10), ' '), m...)
		if err := s.write(ctx, frame); err != nil {
			return err
		}
		s.sent = append(s.sent, sent{frame, time.Now()})
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	for i := range again {
		s.sent[i].at = time.Now() // over this connection
	}
	s.forget()
	return nil
}

func (s *stream) stall() time.Duration {
	if s.patience > 0 {
		return s.patience
	}
	return stalledAfter
}

func (s *stream) write(ctx context.Context, frame []byte) error {
	if ctx.Err() == nil {
		s.raw.SetWriteDeadline(time.Now().Add(s.stall()))
	}
	_, err := s.conn.Write(frame)
	return err
}

// dial connects, and listens for the receiver hanging up.
func (s *stream) dial(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	d := net.Dialer{}
	conn, err := d.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return err
	}
	s.raw, s.conn = conn.(*net.TCPConn), conn
	if s.tls != nil {
		t := tls.Client(conn, s.tls)
		if err := t.HandshakeContext(ctx); err != nil {
			conn.Close()
			s.conn = nil
			return fmt.Errorf("TLS with %s: %w", s.addr, err)
		}
		s.conn = t
	}
	s.fresh, s.gone = true, make(chan struct{})
	go listen(s.conn, s.gone)
	return nil
}

// listen reads until there is no more to come.
func listen(conn net.Conn, gone chan struct{}) {
	defer close(gone)
	io.Copy(io.Discard, io.LimitReader(conn, maxHeard))
}

func (s *stream) hungUp() bool {
	select {
	case <-s.gone:
		return true
	default:
		return false
	}
}

// settle waits until the receiver's kernel has confirmed what was sent. A
// receiver may be slow, as long as it goes on.
func (s *stream) settle(ctx context.Context) error {
	if s.fresh {
		select {
		case <-s.gone:
			return errHungUp
		case <-time.After(firstDoubt):
			s.fresh = false
		}
	}
	least, since := unsent(s.raw), time.Now()
	for wait := time.Millisecond; least > 0; wait = min(2*wait, 100*time.Millisecond) {
		select {
		case <-s.gone:
			return errHungUp
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		switch n := unsent(s.raw); {
		case n < least:
			least, since = n, time.Now()
		case time.Since(since) > s.stall():
			return fmt.Errorf("the receiver took nothing for %s", s.stall())
		}
	}
	if s.hungUp() {
		return errHungUp
	}
	return nil
}

// forget drops what need not be sent again any more.
func (s *stream) forget() {
	size, keep := 0, len(s.sent)
	for keep > 0 && size+len(s.sent[keep-1].frame) <= keepSent && time.Since(s.sent[keep-1].at) < keepFor {
		keep--
		size += len(s.sent[keep].frame)
	}
	s.sent = append([]sent(nil), s.sent[keep:]...)
}

// drop leaves a broken connection. What was sent over it shortly before waits for
// the next one, however long that takes.
func (s *stream) drop() {
	if s.conn == nil {
		return
	}
	s.raw.SetLinger(0)
	s.conn.Close()
	s.conn = nil
	s.forget()
}

// Close says that there is no more, and waits until the receiver has read it all.
func (s *stream) Close(ctx context.Context) {
	if s.conn != nil && s.hungUp() {
		s.drop()
		if len(s.sent) > 0 {
			s.Send(ctx, nil)
		}
	}
	if s.conn == nil {
		return
	}
	s.raw.SetDeadline(time.Now().Add(closeWithin))
	if t, ok := s.conn.(*tls.Conn); ok {
		t.CloseWrite()
	}
	s.raw.CloseWrite()
	select {
	case <-s.gone:
	case <-time.After(closeWithin):
	case <-ctx.Done():
	}
	s.conn.Close()
	s.conn = nil
}
