package preload_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// cutter passes connections on until stop cuts them all, as it looks when the
// process behind them is killed.
func cutter(t *testing.T, at, to string) (stop func()) {
	t.Helper()
	l, err := net.Listen("unix", at)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(true)
	var mu sync.Mutex
	var conns []net.Conn
	go func() {
		for {
			a, err := l.Accept()
			if err != nil {
				return
			}
			b, err := net.Dial("unix", to)
			if err != nil {
				a.Close()
				continue
			}
			mu.Lock()
			conns = append(conns, a, b)
			mu.Unlock()
			go io.Copy(b, a)
			go func() { io.Copy(a, b); a.Close() }()
		}
	}()
	return func() {
		l.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, c := range conns {
			c.Close()
		}
	}
}
