//go:build unix

package wrap

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"rampart/engine"
	"rampart/policy"
)

// lockedBuffer is a screen that a test may look at while it is written to.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestQuestion(t *testing.T) {
	type keys struct {
		after time.Duration
		text  string
	}
	late := quiet + 200*time.Millisecond
	tests := []struct {
		name  string
		typed []keys
		want  bool
	}{
		{"yes", []keys{{late, "yes\r"}}, true},
		{"yes with a correction", []keys{{late, "yas\x7f\x7fes\r"}}, true},
		{"y alone", []keys{{late, "y\r"}}, false},
		{"empty line", []keys{{late, "\r"}}, false},
		{"no", []keys{{late, "no\r"}}, false},
		{"interrupt", []keys{{late, "yes\x03"}}, false},
		{"type-ahead does not answer", []keys{{0, "yes\r"}, {late, "\r"}}, false},
		{"type-ahead does not begin an answer", []keys{{0, "ye"}, {late, "s\r"}}, false},
		{"typing that goes on is no answer", []keys{{quiet - 100*time.Millisecond, "ye"}, {200 * time.Millisecond, "yes\r"}, {late, "no\r"}}, false},
		{"a title report does not answer", []keys{{late, "\x1b]lyes\r\x1b\\"}, {0, "\r"}}, false},
		{"a report clears what was typed", []keys{{late, "ye"}, {0, "\x1b[1;1R"}, {0, "s\r"}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			screen, agent := new(lockedBuffer), new(lockedBuffer)
			term := new(terminal)
			term.connect(screen, agent)
			if err := term.fromOwner([]byte("before ")); err != nil {
				t.Fatal(err)
			}
			answered := make(chan bool)
			go func() {
				answered <- term.Approve(context.Background(), engine.Question{
					Call:     &policy.Call{Tool: "exec", Command: "sudo \x1b[31mls", Cwd: "/tmp"},
					Decision: &policy.Decision{Action: policy.Ask, Message: "sudo needs approval"},
				})
			}()
			for !strings.Contains(screen.String(), "type yes") {
				time.Sleep(time.Millisecond)
			}
			for _, k := range tt.typed {
				time.Sleep(k.after)
				if err := term.fromOwner([]byte(k.text)); err != nil {
					t.Fatal(err)
				}
			}
			if got := <-answered; got != tt.want {
				t.Errorf("got %v, want %v; screen: %q", got, tt.want, screen)
			}
			if got := agent.String(); got != "before " {
				t.Errorf("the agent was given %q", got)
			}
			if strings.Contains(screen.String(), "\x1b") {
				t.Errorf("an escape sequence of the command reached the screen: %q", screen)
			}
		})
	}
}

// TestQuestionHoldsOutput: what the agent prints while a question is open
// could pass for a part of it.
func TestQuestionHoldsOutput(t *testing.T) {
	screen := new(lockedBuffer)
	term := new(terminal)
	term.connect(screen, new(lockedBuffer))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan bool)
	go func() {
		done <- term.Approve(ctx, engine.Question{Call: &policy.Call{}, Decision: &policy.Decision{}})
	}()
	for !strings.Contains(screen.String(), "type yes") {
		time.Sleep(time.Millisecond)
	}
	go term.fromAgent([]byte("AGENT"))
	time.Sleep(50 * time.Millisecond)
	if strings.Contains(screen.String(), "AGENT") {
		t.Error("the agent's output was shown over the question")
	}
	cancel()
	if <-done {
		t.Error("a question that was called off counts as answered with yes")
	}
	for deadline := time.Now().Add(5 * time.Second); !strings.Contains(screen.String(), "AGENT"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the agent's output never came")
		}
	}
}
