package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"rampart/audit"
	"rampart/platform/outbound"
)

// The bounds.
const (
	maxQueue   = 64 // messages to one address that wait
	maxLanes   = 16 // addresses
	maxTries   = 5
	maxLater   = time.Minute      // what a service may wish to be left alone for
	oneRequest = 10 * time.Second //
	oneMessage = 2 * time.Minute  // with all its tries
	paceBefore = time.Second      // between two messages to one address, which is what chats allow
)

// Address is where messages go.
type Address struct {
	URL      string
	Platform string // "" and auto: by the URL
}

// Dropped are messages that were not delivered.
type Dropped struct {
	Address  string // for people: the host
	Messages int
	Reason   string
}

// Notifier sends messages. The zero Notifier is ready for use, and does nothing
// before the first message. Safe for concurrent use.
type Notifier struct {
	// Report is called, from goroutines of the Notifier's own, when messages were not
	// delivered. It must be set before the first message.
	Report func(Dropped)

	mu      sync.Mutex
	lanes   map[Address]*lane
	closed  bool
	client  *http.Client
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	ending  chan struct{}
	pace    time.Duration // 0: paceBefore
}

// lane is the queue for one address.
type lane struct {
	to       Address
	messages chan Message

	mu     sync.Mutex
	lost   int    // not told yet
	why    string // the last reason
	toldAt time.Time
}

// Send queues a message, and never waits.
func (n *Notifier) Send(to Address, m Message) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return
	}
	if n.lanes == nil {
		n.lanes = map[Address]*lane{}
		n.client = outbound.Client(outbound.Options{})
		n.ending = make(chan struct{})
		n.ctx, n.cancel = context.WithCancel(context.Background())
	}
	l := n.lanes[to]
	if l == nil {
		if len(n.lanes) == maxLanes {
			return // policy names that many addresses on purpose only
		}
		l = &lane{to: to, messages: make(chan Message, maxQueue)}
		n.lanes[to] = l
		n.running.Go(func() { n.run(l) })
	}
	select {
	case l.messages <- m:
	default:
		l.lose(1, "too many at once")
	}
}

func (l *lane) lose(n int, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost, l.why = l.lost+n, why
}

// run sends the messages of one lane, one after the other.
func (n *Notifier) run(l *lane) {
	pace := n.pace
	if pace == 0 {
		pace = paceBefore
	}
	defer func() { n.tell(l, true) }()
	last := time.Time{}
	for m := range l.messages {
		n.rest(pace - time.Since(last))
		if n.ctx.Err() != nil {
			l.lose(1+len(l.messages), "there was not time enough")
			return
		}
		if err := n.deliver(l.to, m); err != nil {
			l.lose(1, err.Error())
		}
		n.tell(l, false)
		last = time.Now()
	}
}

// rest waits, for nothing any more once the session ends.
func (n *Notifier) rest(d time.Duration) {
	select {
	case <-n.ending:
	case <-time.After(d):
	}
}

// tell reports what was lost, at most once a minute.
func (n *Notifier) tell(l *lane, now bool) {
	l.mu.Lock()
	lost, why := l.lost, l.why
	if lost == 0 || !now && time.Since(l.toldAt) < time.Minute {
		l.mu.Unlock()
		return
	}
	l.lost, l.toldAt = 0, time.Now()
	l.mu.Unlock()
	if n.Report != nil {
		n.Report(Dropped{hostOf(l.to.URL), lost, why})
	}
}

// hostOf is how people know an address; the rest of it is a secret.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return "a service"
}

// deliver sends one message, again if that may help.
func (n *Notifier) deliver(to Address, m Message) error {
	m = m.clean()
	body, err := payload(platformOf(to.Platform, to.URL), &m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(n.ctx, oneMessage)
	defer cancel()
	wait := 500 * time.Millisecond
	for try := 1; ; try++ {
		later, err := n.post(ctx, to.URL, body)
		if err == nil {
			return nil
		}
		if final, ok := errors.AsType[*refused](err); ok {
			return final
		}
		if try == maxTries || ctx.Err() != nil {
			return err
		}
		wait *= 2
		select {
		case <-ctx.Done():
			return err
		case <-time.After(max(wait, min(later, maxLater))):
		}
	}
}

// refused is the answer of a service that will not take a message later either.
type refused struct{ why string }

func (r *refused) Error() string { return r.why }

// post makes one request. later is when the service wants the next one.
func (n *Notifier) post(ctx context.Context, address string, body []byte) (later time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, oneRequest)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, &refused{"its address can't be used"}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "rampart")
	resp, err := n.client.Do(req)
	if err != nil {
		return 0, errors.New(audit.Redact(outbound.PlainError(err).Error()))
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return 0, nil
	case code == http.StatusTooManyRequests || code == http.StatusRequestTimeout || code >= 500:
		return retryAfter(resp.Header.Get("Retry-After"), time.Now()), fmt.Errorf("status %d", code)
	default:
		return 0, &refused{fmt.Sprintf("status %d", code)}
	}
}

// retryAfter reads seconds, with a fraction as Discord writes them, or a date.
func retryAfter(s string, now time.Time) time.Duration {
	if f, err := strconv.ParseFloat(s, 64); err == nil && f > 0 && f < 1e6 {
		return time.Duration(f * float64(time.Second))
	}
	if t, err := http.ParseTime(s); err == nil {
		return max(t.Sub(now), 0)
	}
	return 0
}

// Close delivers what waits, as far as that is done within a time, and reports
// what is left as dropped.
func (n *Notifier) Close(within time.Duration) {
	n.mu.Lock()
	if n.closed || n.lanes == nil {
		n.closed = true
		n.mu.Unlock()
		return
	}
	n.closed = true
	close(n.ending)
	for _, l := range n.lanes {
		close(l.messages)
	}
	n.mu.Unlock()
	timer := time.AfterFunc(within, n.cancel)
	defer timer.Stop()
	n.running.Wait()
	n.cancel()
}
