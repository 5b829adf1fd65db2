package ship

import (
	"context"
	"errors"
	"net"
	"time"
)

// datagrams sends each record in a UDP packet of its own. Nobody says that one
// has arrived; only that nobody listens may come back.
type datagrams struct {
	addr    string
	message func(Item) []byte
	conn    net.Conn
	since   time.Time
}

const (
	resolveEvery = 5 * time.Minute       // the name is looked up anew
	refusedAfter = 20 * time.Millisecond // a refusal is back by then, if the receiver is near
	burst        = 32                    // packets without a pause, so that the receiver's queue holds them
	pause        = 2 * time.Millisecond
)

// Send sends one packet for each item.
func (s *datagrams) Send(ctx context.Context, items []Item) (err error) {
	if s.conn == nil || time.Since(s.since) > resolveEvery {
		s.Close(ctx)
		d := net.Dialer{Timeout: dialWithin}
		if s.conn, err = d.DialContext(ctx, "udp", s.addr); err != nil {
			s.conn = nil
			return err
		}
		s.since = time.Now()
	}
	defer func() {
		if err != nil {
			s.Close(ctx)
		}
	}()
	for i, it := range items {
		if i%burst == burst-1 {
			time.Sleep(pause)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := s.conn.Write(s.message(it)); err != nil {
			return err
		}
	}
	s.conn.SetReadDeadline(time.Now().Add(refusedAfter))
	var b [64]byte
	if _, err := s.conn.Read(b[:]); err != nil {
		if t := net.Error(nil); !errors.As(err, &t) || !t.Timeout() {
			return err
		}
	}
	return nil
}

// Close closes the socket.
func (s *datagrams) Close(context.Context) {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
}
