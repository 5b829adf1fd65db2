//go:build amd64 || arm64

package execwatch

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// maxIdle is how many workers stay when there is nothing to do.
	maxIdle = 8
	// patience is how long the leader may be busy with one exec while it is not
	// known whether others wait.
	patience = 5 * time.Millisecond
	// quietAfter is after how many such times without an exec nobody looks any more.
	quietAfter = 200
)

// Watcher answers a filter's notifications until it is closed.
//
// Its workers each have a thread, since only the thread that has attached to a
// task may wait for it and let it go. One of them leads: it waits for the
// kernel. It stays the leader while it is busy, as waking another one costs an
// exec more than all else here, unless others wait, or what it does may take long.
type Watcher struct {
	opts     Options
	listener *os.File
	fd       int
	stopFD   int
	killable bool     // a caller that waits for us wakes for nothing but death
	stop     *os.File // closed: pollers see that at the other end
	stopped  *os.File
	done     sync.WaitGroup

	mu     sync.Mutex
	leader *worker
	idle   []*worker
	over   bool

	// turn changes with each step of the leader; it is odd while the leader is
	// busy. It becomes even under mu only.
	turn   atomic.Uint64
	active chan struct{}
}

// worker is one of a Watcher's threads.
type worker struct {
	wake chan struct{} // it leads, or all is over
}

// Start answers the notifications of a filter that come from listener, which it
// takes over. The caller must not wait for children that are held: they show up
// as stopped ones.
func Start(listener *os.File, o Options) (*Watcher, error) {
	stopped, stop, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("watch execs: %w", err)
	}
	w := &Watcher{opts: o, listener: listener, fd: int(listener.Fd()), stop: stop, stopped: stopped, stopFD: int(stopped.Fd()), active: make(chan struct{})}
	w.killable = w.shareCPU()
	hushStops()
	w.done.Add(1)
	go w.watchLeader()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.appoint()
	return w, nil
}

// Close stops answering. Whatever the tree still tries to start fails with
// ENOSYS from then on: it is never set free.
func (w *Watcher) Close() error {
	w.stop.Close()
	w.end()
	w.done.Wait()
	return errors.Join(w.listener.Close(), w.stopped.Close())
}

// end sends all workers away that have nothing to do.
func (w *Watcher) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	w.over = true
	close(w.active)
	for _, one := range w.idle {
		one.wake <- struct{}{}
	}
	w.idle = nil
}

// appoint gives the lead to a worker that has nothing to do, or to a new one;
// mu is held.
func (w *Watcher) appoint() {
	if w.over {
		w.leader = nil
		return
	}
	w.turn.Store((w.turn.Load() + 2) &^ 1)
	if n := len(w.idle); n > 0 {
		w.leader, w.idle = w.idle[n-1], w.idle[:n-1]
		w.leader.wake <- struct{}{}
		return
	}
	w.leader = &worker{wake: make(chan struct{}, 1)}
	w.done.Add(1)
	go w.work(w.leader)
}

// pass gives the lead to another one, if it is this worker's.
func (w *Watcher) pass(me *worker) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.leader == me {
		w.appoint()
	}
}

// lead returns when the lead is this worker's; false if it is to end.
func (w *Watcher) lead(me *worker) bool {
	w.mu.Lock()
	switch {
	case w.over:
		w.mu.Unlock()
		return false
	case w.leader == me:
		w.turn.Store((w.turn.Load() + 2) &^ 1)
		w.mu.Unlock()
		return true
	case len(w.idle) >= maxIdle:
		w.mu.Unlock()
		return false
	}
	w.idle = append(w.idle, me)
	w.mu.Unlock()
	<-me.wake
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.over
}

// work is a worker's life.
func (w *Watcher) work(me *worker) {
	defer w.done.Done()
	runtime.LockOSThread() // and never unlocked: the thread ends with the worker
	if hasChildren() {
		// Waiting for all that this thread traces would take their end from who
		// started them. While it is locked another one has to do the work.
		w.done.Add(1)
		instead := make(chan struct{})
		go func() { close(instead); w.work(me) }()
		<-instead
		runtime.UnlockOSThread()
		return
	}
	var n notification
	for w.lead(me) {
		if !w.receive(&n) {
			w.end()
			return
		}
		w.turn.Add(1)
		select {
		case w.active <- struct{}{}:
		default:
		}
		w.answer(me, &n)
	}
}

// watchLeader sees to it that nobody waits for long for a leader that is busy:
// what it waits for may itself wait for another exec, as a program on a file
// system that a process of the tree provides does.
func (w *Watcher) watchLeader() {
	defer w.done.Done()
	for range w.active {
		for quiet, last := 0, w.turn.Load(); quiet < quietAfter; quiet++ {
			time.Sleep(patience)
			turn := w.turn.Load()
			if turn != last {
				quiet, last = 0, turn
				continue
			}
			w.mu.Lock()
			over := w.over
			if turn%2 == 1 && w.turn.Load() == turn && w.leader != nil {
				w.appoint()
			}
			w.mu.Unlock()
			if over {
				return
			}
		}
	}
}

// hasChildren reports whether this thread has any, or traces any task.
func hasChildren() bool {
	return waitid(nil, unix.WEXITED|unix.WSTOPPED|unix.WNOHANG|unix.WNOWAIT) != unix.ECHILD
}
