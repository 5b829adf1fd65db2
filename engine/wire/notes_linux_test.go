package wire

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// noted is a server that takes notes, and what it has taken.
type noted struct {
	*Server
	permits *Permits

	mu        sync.Mutex
	notes     []string
	incidents int
}

func newNoted(t *testing.T) *noted {
	t.Helper()
	p, err := NewPermits()
	if err != nil {
		t.Skip(err)
	}
	dir, err := os.MkdirTemp("", "rw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	n := &noted{permits: p}
	n.Server, err = Listen(dir, func(r *Request) *Reply {
		n.add("asked " + r.Path)
		return &Reply{Action: Allow}
	}, WithPermits(p, func(note *Note) {
		n.add(fmt.Sprint(note.Request.Path, " ", note.Permit, " ", note.PID == os.Getpid() && note.Request.PID == os.Getpid()))
	}), OnIncident(func(Incident) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.incidents++
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close(); p.Close() })
	return n
}

func (n *noted) add(what string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.notes = append(n.notes, what)
}

func (n *noted) send(t *testing.T, path string, permit uint32, more ...byte) error {
	t.Helper()
	b, err := EncodeRequest(&Request{Layer: Preload, Path: path, Cwd: "/", PID: 1})
	if err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint32(b[28:], permit)
	return unix.Sendto(int(n.permits.theirs.Fd()), append(b, more...), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, nil)
}

func (n *noted) seen() ([]string, int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.notes), n.incidents
}

// TestNotes: notes are taken in their order and before what is asked after
// them; what is none is an incident, and holds nothing up.
func TestNotes(t *testing.T) {
	n := newNoted(t)
	fd := int(n.permits.theirs.Fd())
	n.send(t, "/a", 7)
	unix.Sendto(fd, nil, unix.MSG_DONTWAIT, nil)
	unix.Sendto(fd, []byte("garbage"), unix.MSG_DONTWAIT, nil)
	n.send(t, "/long", 1, make([]byte, 64<<10)...)
	unix.Sendmsg(fd, []byte("x"), unix.UnixRights(0), nil, unix.MSG_DONTWAIT)
	n.send(t, "/b", 8)
	if reply, err := ask(n.dir, &Request{Layer: Preload, Path: "/c"}); err != nil || reply.Action != Allow {
		t.Fatal(reply, err)
	}
	notes, incidents := n.seen()
	if want := []string{"/a 7 true", "/b 8 true", "asked /c"}; !slices.Equal(notes, want) || incidents != 4 {
		t.Errorf("%q and %d incidents, want %q and 4", notes, incidents, want)
	}
}

// TestNotesAreBounded: who floods them is turned away, and loses none.
func TestNotesAreBounded(t *testing.T) {
	n := newNoted(t)
	sent := 0
	for range 100000 {
		if n.send(t, "/a", 1) != nil {
			break
		}
		sent++
	}
	n.TakeNotes()
	if notes, _ := n.seen(); len(notes) != sent || sent < 100 || sent == 100000 {
		t.Errorf("%d taken of %d", len(notes), sent)
	}
}

// TestNotesShut: any process below can shut the socket, and nothing more; what
// was sent before is there, and the server ends as ever.
func TestNotesShut(t *testing.T) {
	n := newNoted(t)
	fd := int(n.permits.theirs.Fd())
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: n.dir + "/" + RendezvousName}); err == nil {
		t.Error("the socket was turned to another place")
	}
	n.send(t, "/a", 1)
	if err := unix.Shutdown(fd, unix.SHUT_RDWR); err != nil {
		t.Fatal(err)
	}
	if err := n.send(t, "/b", 1); err == nil {
		t.Error("a note was sent to nobody")
	}
	n.TakeNotes()
	if notes, _ := n.seen(); !slices.Equal(notes, []string{"/a 1 true"}) {
		t.Errorf("%q", notes)
	}
	done := make(chan struct{})
	go func() { n.Close(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("the server does not end")
	}
}

// TestNotesWake: a note wakes who waits for one, and nobody while none is waited for.
func TestNotesWake(t *testing.T) {
	p, err := NewPermits()
	if err != nil {
		t.Skip(err)
	}
	defer p.Close()
	wakes := func() bool {
		come, err := hasCome(int(p.arrival.Fd()), unix.POLLIN, 0)
		if err != nil {
			t.Fatal(err)
		}
		return come != 0
	}
	for i := range 3 {
		if _, err := unix.Write(int(p.theirs.Fd()), []byte("a note")); err != nil {
			t.Fatal(err)
		}
		if wakes() {
			t.Errorf("note %d wakes", i)
		}
		if shut, err := p.waitForNotes(); shut || err != nil {
			t.Errorf("%v, %v", shut, err)
		}
	}
	var b [64]byte
	for range 3 {
		receivePacket(p.notes, b[:], nil)
	}
	waited := make(chan error)
	go func() {
		shut, err := p.waitForNotes()
		if err == nil && !shut {
			err = fmt.Errorf("it was woken by nothing")
		}
		waited <- err
	}()
	time.Sleep(20 * time.Millisecond) // it waits
	unix.Shutdown(p.notes, unix.SHUT_RDWR)
	if err := <-waited; err != nil {
		t.Error(err)
	}
}
