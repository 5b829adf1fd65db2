//go:build unix

package wrap

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"rampart/engine"
)

// quiet is how long nothing must have been typed before an answer counts: what
// was typed before the question could be read is not an answer to it.
const quiet = 500 * time.Millisecond

// terminal stands between the owner's terminal and the agent's PTY. While a
// question is open it holds the agent's output back and takes the input for
// itself. Safe for concurrent use.
type terminal struct {
	screen io.Writer // the owner's terminal
	agent  io.Writer // the agent's side: the PTY's master

	asking sync.Mutex // held while a question is open: one at a time
	output sync.Mutex // held while something writes to screen; also guards redraw
	redraw func()     // makes a full-screen agent draw itself anew
	inLine bool       // the agent's last output ended inside a line

	input    sync.Mutex
	escapes  escapeFilter
	lastKey  time.Time
	question *answer // nil: input goes to the agent
}

// connect sets both sides. It must be called before anything else.
func (t *terminal) connect(screen, agent io.Writer) { t.screen, t.agent = screen, agent }

// onAnswer sets what is called after each question.
func (t *terminal) onAnswer(redraw func()) {
	t.output.Lock()
	defer t.output.Unlock()
	t.redraw = redraw
}

// fromAgent passes output of the agent on. It blocks while a question is open.
func (t *terminal) fromAgent(p []byte) error {
	t.output.Lock()
	defer t.output.Unlock()
	t.inLine = len(p) > 0 && p[len(p)-1] != '\n'
	_, err := t.screen.Write(p)
	return err
}

// newline ends a line that the agent left open.
func (t *terminal) newline() {
	t.output.Lock()
	defer t.output.Unlock()
	if t.inLine {
		io.WriteString(t.screen, "\r\n")
		t.inLine = false
	}
}

// fromOwner takes what was typed.
func (t *terminal) fromOwner(p []byte) error {
	if t.answers(p) {
		return nil
	}
	_, err := t.agent.Write(p) // not under the lock: it blocks while the agent does not read
	return err
}

// answers reports whether p went to an open question.
func (t *terminal) answers(p []byte) bool {
	t.input.Lock()
	defer t.input.Unlock()
	now := time.Now()
	early := now.Sub(t.lastKey) < quiet
	t.lastKey = now
	if !early {
		t.escapes.forget()
	}
	keys := t.escapes.plain(p) // always: a sequence may have begun before the question
	a := t.question
	switch {
	case a == nil:
		return false
	case now.Sub(a.asked) < quiet, early && !a.started:
		return true // type-ahead
	}
	a.started = true
	a.keys(keys)
	return true
}

// Approve implements engine.Approver: a plain question on the terminal.
func (t *terminal) Approve(ctx context.Context, q engine.Question) bool {
	t.asking.Lock()
	defer t.asking.Unlock()
	if ctx.Err() != nil {
		return false // whoever asked is gone
	}
	t.output.Lock()
	defer t.output.Unlock()
	a := &answer{asked: time.Now(), echo: t.screen, done: make(chan bool, 1)}
	fmt.Fprint(t.screen, questionText(q))
	t.input.Lock()
	t.question = a
	t.input.Unlock()
	var yes bool
	select {
	case yes = <-a.done:
	case <-ctx.Done():
	}
	t.input.Lock()
	t.question = nil
	t.input.Unlock()
	if yes {
		fmt.Fprint(t.screen, "\r\n[rampart] approved, once\r\n")
	} else {
		fmt.Fprint(t.screen, "\r\n[rampart] refused\r\n")
	}
	if t.redraw != nil {
		t.redraw()
	}
	return yes
}

func questionText(q engine.Question) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\r\n[rampart] %s asks before this runs: %s\r\n", orRule(q.Decision.Policy), engine.Sanitize(q.Decision.Message))
	fmt.Fprintf(&b, "[rampart]   command  %s\r\n", engine.Sanitize(engine.CommandLine(q.Call)))
	if q.Decision.Effect != nil {
		fmt.Fprintf(&b, "[rampart]   it       %s\r\n", engine.Sanitize(engine.DescribeEffect(q.Decision.Effect)))
	}
	fmt.Fprintf(&b, "[rampart]   in       %s\r\n", engine.Sanitize(q.Call.Cwd))
	fmt.Fprint(&b, "[rampart] type yes and Enter to run it once, anything else and Enter to refuse: ")
	return b.String()
}

func orRule(policy string) string {
	if policy == "" {
		return "policy"
	}
	return "policy " + engine.Sanitize(policy)
}

// answer collects the line that answers a question.
type answer struct {
	asked   time.Time
	started bool // a key came after the quiet time
	line    []byte
	echo    io.Writer
	done    chan bool
	over    bool
}

// keys takes typed characters without escape sequences.
func (a *answer) keys(p []byte) {
	for _, c := range p {
		if a.over {
			return
		}
		switch {
		case c == '\r' || c == '\n':
			a.finish(string(a.line) == "yes")
		case c == 3 || c == 4: // ^C, ^D
			a.finish(false)
		case c == 0x7f || c == 8:
			if len(a.line) > 0 {
				a.line = a.line[:len(a.line)-1]
				io.WriteString(a.echo, "\b \b")
			}
		case c == escapeMark:
			a.line = a.line[:0]
		case c >= ' ' && len(a.line) < 16:
			a.line = append(a.line, c)
			a.echo.Write([]byte{c})
		}
	}
}

func (a *answer) finish(yes bool) {
	a.over = true
	a.done <- yes
}

// pump copies the owner's input until it ends.
func (t *terminal) pump(in *os.File) error {
	buf := make([]byte, 4096)
	for {
		n, err := in.Read(buf)
		if n > 0 {
			if werr := t.fromOwner(buf[:n]); werr != nil {
				return werr
			}
		}
		if err != nil {
			return err
		}
	}
}
