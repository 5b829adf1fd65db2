package ship

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"rampart/audit"
)

// receiver listens on loopback and gives each connection to f.
func receiver(t *testing.T, f func(net.Conn)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	t.Cleanup(func() { l.Close(); wait.Wait() })
	wait.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
			wait.Go(func() { f(c) })
		}
	})
	return l.Addr().String()
}

// jsonStream is a stream whose frames hold the lines of the trail alone.
func jsonStream(addr string) *stream {
	return &stream{addr: addr, message: func(it Item) []byte { return it.Line }}
}

// frames reads what a stream sent.
func frames(r io.Reader, each func(string)) {
	b := bufio.NewReaderSize(r, 64<<10)
	for {
		n, err := b.ReadString(' ')
		if err != nil {
			return
		}
		size, err := strconv.Atoi(strings.TrimSuffix(n, " "))
		if err != nil {
			each("not a frame: " + n)
			return
		}
		line := make([]byte, size)
		if _, err := io.ReadFull(b, line); err != nil {
			return
		}
		each(string(line))
	}
}

// long is a command that makes a record of some size.
var long = strings.Repeat("x", 20_000)

// TestStalledReceiver: one that takes the connection and nothing else, one that
// does not even speak TLS, one that hangs up at once: records can be written all
// the while, the session ends in time, and nothing counts as sent that was not.
func TestStalledReceiver(t *testing.T) {
	for name, tt := range map[string]struct {
		receive func(net.Conn)
		tls     bool
	}{
		"reads nothing":   {func(net.Conn) {}, false},
		"no handshake":    {func(net.Conn) {}, true},
		"hangs up":        {func(c net.Conn) { c.Close() }, false},
		"hangs up in TLS": {func(c net.Conn) { c.Close() }, true},
		"talks for ever": {func(c net.Conn) {
			for {
				if _, err := c.Write([]byte(long)); err != nil {
					return
				}
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := jsonStream(receiver(t, tt.receive))
			s.patience = 100 * time.Millisecond
			if tt.tls {
				s.tls = &tls.Config{ServerName: "localhost"}
			}
			w := newWorld(t, audit.Options{})
			x := Destination{"d", s}.Start(audit.Position{}, w.options())
			for range 600 { // more than the kernels' buffers hold
				w.add(long)
			}
			if left := x.Close(300 * time.Millisecond); left.Records == 0 || left.Reason == "" {
				t.Errorf("left %+v", left)
			}
		})
	}
}

// TestSlowReceiver: one that is slow gets every record once, in order.
func TestSlowReceiver(t *testing.T) {
	var mu sync.Mutex
	var got []string
	s := jsonStream(receiver(t, func(c net.Conn) {
		defer c.Close() // as a server does that has read everything
		frames(slow{c}, func(line string) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, line)
		})
	}))
	s.patience = 5 * time.Second
	w := newWorld(t, audit.Options{})
	x := Destination{"d", s}.Start(audit.Position{}, w.options())
	for i := range 100 {
		w.add(fmt.Sprint(i, long))
	}
	if left := x.Close(time.Minute); left.Records > 0 {
		t.Errorf("left %+v", left)
	}
	mu.Lock()
	defer mu.Unlock()
	sameLines(t, got, w.lines())
}

// slow reads a little at a time.
type slow struct{ r io.Reader }

func (s slow) Read(b []byte) (int, error) {
	time.Sleep(2 * time.Millisecond)
	return s.r.Read(b[:min(len(b), 16<<10)])
}

// TestBreakingReceiver: one that breaks the connection several times, with what
// it has not read, gets every record, some twice.
func TestBreakingReceiver(t *testing.T) {
	var mu sync.Mutex
	var got []string
	breaks := 0
	s := jsonStream(receiver(t, func(c net.Conn) {
		n := 0
		frames(c, func(line string) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, line)
			if n++; n == 25 && breaks < 5 {
				breaks++
				c.(*net.TCPConn).SetLinger(0)
				c.Close()
			}
		})
		c.Close()
	}))
	w := newWorld(t, audit.Options{})
	x := Destination{"d", s}.Start(audit.Position{}, w.options())
	for i := range 150 {
		w.add(fmt.Sprint(i))
		if i%10 == 0 {
			time.Sleep(pollEvery / 2)
		}
	}
	until(t, "every record", func() bool {
		mu.Lock()
		defer mu.Unlock()
		for _, line := range w.lines() {
			if !slices.Contains(got, line) {
				return false
			}
		}
		return true
	})
	x.Close(time.Minute)
}
