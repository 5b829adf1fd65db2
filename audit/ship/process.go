package ship

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"rampart/audit"
)

// Job is what a process that sends for the session is told, on its standard
// input. When that ends, so does the session.
type Job struct {
	Dir      string            `json:"dir"` // of the trail
	From     audit.Position    `json:"from"`
	Backlog  int64             `json:"backlog"`
	Version  string            `json:"version"`
	Endpoint string            `json:"endpoint"`
	CA       string            `json:"ca"` // file
	Headers  map[string]string `json:"headers"`
	Within   time.Duration     `json:"within"` // to send what is left at the end
}

// told is one line of what such a process says.
type told struct {
	Event *Event `json:"event,omitempty"`
	Left  *Left  `json:"left,omitempty"`
}

// Process is a destination that another program sends to, so that this one need
// not carry, and start, what that takes.
type Process struct {
	Path string // of the program
	Name string // of the destination, for people
	Job  Job
}

// process is a running Process. One that dies is started anew.
type process struct {
	Process
	opt     Options
	closing chan struct{}
	over    chan struct{}

	mu    sync.Mutex
	input io.Closer
	cmd   *exec.Cmd
	left  Left
}

// restartAfter is how long after its end a process is started anew.
const restartAfter = 2 * time.Second

// Start implements the same as Destination does.
func (p Process) Start(from audit.Position, o Options) Running {
	p.Job.Dir, p.Job.From, p.Job.Backlog = o.Dir, from, o.Backlog
	r := &process{Process: p, opt: o, closing: make(chan struct{}), over: make(chan struct{})}
	c := newCursor(o.Dir, p.Name)
	c.begin(from)
	go r.run()
	return r
}

func (p *process) run() {
	defer close(p.over)
	said := false
	for {
		err := p.once()
		select {
		case <-p.closing:
			return
		default:
		}
		if err == nil {
			err = errors.New("it ended")
		}
		if !said && p.opt.Report != nil { // else it would be said for ever
			said = true
			p.opt.Report(Event{Kind: Down, Destination: p.Name, Reason: fmt.Sprintf("%s: %v", p.Path, err)})
		}
		p.setLeft(Left{Destination: p.Name, Reason: err.Error()})
		select {
		case <-p.closing:
			return
		case <-time.After(restartAfter):
		}
	}
}

// once runs the program until it ends. It gets nothing of the environment, which
// could tell it to send elsewhere.
func (p *process) once() error {
	cmd := exec.Command(p.Path)
	cmd.Env = []string{}
	cmd.Dir = "/"
	cmd.SysProcAttr = detached
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.mu.Lock()
	p.input, p.cmd = in, cmd
	p.mu.Unlock()
	json.NewEncoder(in).Encode(p.Job)
	select {
	case <-p.closing:
		in.Close()
	default:
	}
	p.listen(out)
	in.Close()
	return cmd.Wait()
}

// listen takes what the program says.
func (p *process) listen(r io.Reader) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var t told
		if json.Unmarshal(lines.Bytes(), &t) != nil {
			continue
		}
		if t.Event != nil && p.opt.Report != nil {
			p.opt.Report(*t.Event)
		}
		if t.Left != nil {
			p.setLeft(*t.Left)
		}
	}
}

func (p *process) setLeft(l Left) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = l
}

// Close implements Running.
func (p *process) Close(within time.Duration) Left {
	close(p.closing)
	p.mu.Lock()
	if p.input != nil {
		p.input.Close()
	}
	p.mu.Unlock()
	select {
	case <-p.over:
	case <-time.After(within + time.Second):
		p.mu.Lock()
		if p.cmd != nil {
			p.cmd.Process.Kill()
		}
		p.mu.Unlock()
		<-p.over
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.left
}

// Serve is the other side: it reads a Job, sends to the destination that is made
// of it until the input ends, and says what happened.
func Serve(in io.Reader, out io.Writer, destination func(*Job) (Destination, error)) error {
	var job Job
	d := json.NewDecoder(in)
	if err := d.Decode(&job); err != nil {
		return fmt.Errorf("this program is started by rampart: %w", err)
	}
	dest, err := destination(&job)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	tell := func(t told) {
		mu.Lock()
		defer mu.Unlock()
		json.NewEncoder(out).Encode(t)
	}
	running := dest.Start(job.From, Options{Dir: job.Dir, Backlog: job.Backlog, Report: func(e Event) { tell(told{Event: &e}) }})
	io.Copy(io.Discard, in)
	left := running.Close(job.Within)
	tell(told{Left: &left})
	return nil
}

// ProgramBeside returns the path of a program in the directory of this one.
func ProgramBeside(name string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(self), name)
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not there; it comes with make and make install, and belongs beside rampart", path)
	}
	return path, nil
}
