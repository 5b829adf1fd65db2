package wire

import (
	"errors"
	"fmt"
	"time"
)

// Names in the session's directory. preload/c/session.h has the same.
const (
	SocketName     = "sock"
	RendezvousName = "rendezvous"
	PassesName     = "passes"
)

// Limits of a Server.
const (
	// slowTimeout is how long a question may take to arrive, and an answer to be taken.
	slowTimeout = 10 * time.Second
	// maxConns is how many connections are served at once; more are closed,
	// which the asker takes for a refusal.
	maxConns = 4096
	// maxShared bounds the descriptors left open for sandboxes.
	maxShared = 1024
	backlog   = 4096
	// maxDir is the longest directory whose socket has an address.
	maxDir = 95
)

// ErrPeer is reported for a connection from another user.
var ErrPeer = errors.New("connection from another user")

// Incident is a connection that came to nothing: a peer of another user
// (ErrPeer), a message out of format (ErrGarbage), a question too big, or half
// of one; a handler that panicked.
type Incident struct {
	PID, UID int // from the kernel; 0 if unknown
	Err      error
}

func (i Incident) String() string {
	return fmt.Sprintf("connection of process %d (user %d): %v", i.PID, i.UID, i.Err)
}

// Option changes how a Server works.
type Option func(*options)

type options struct {
	incident func(Incident)
	uid      int // -1: our own
	permits  *Permits
	note     func(*Note)
}

// OnIncident sets what is called for each connection that came to nothing. It
// is called from several goroutines at once, and must return soon.
func OnIncident(f func(Incident)) Option {
	return func(o *options) { o.incident = f }
}

// ForUID makes the server answer processes of that user, and no others. The
// default is the server's own effective user.
func ForUID(uid int) Option {
	return func(o *options) { o.uid = uid }
}

// WithPermits lets processes answer standing questions themselves (see Reply),
// by what p tells them. Of each that they do, note is called soon after: never
// twice at once, and before any question is judged that comes in later.
func WithPermits(p *Permits, note func(*Note)) Option {
	return func(o *options) { o.permits, o.note = p, note }
}

// Handler judges one Request. Handlers run at the same time, and may take as
// long as they like: others are answered meanwhile. A panic denies.
type Handler func(*Request) *Reply
