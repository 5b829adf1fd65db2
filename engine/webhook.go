package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"rampart/audit"
	"rampart/platform/outbound"
	"rampart/policy"
	"rampart/shellparse"
)

// The bounds of a question to a web service.
const (
	maxAsked    = 32       // questions at a time; more wait
	maxAnswer   = 64 << 10 // bytes of an answer
	maxServices = 8        // one after the other about one Call
)

// webhooks asks web services in the owner's place. What comes back counts only
// if it is a clear yes, in time, from the very address that the rule names: no
// proxy of the environment is taken, and no redirect followed.
type webhooks struct {
	once   sync.Once
	client *http.Client
	slots  chan struct{}
}

// askServices lets the services that the Decision names have their say.
func (e *Engine) askServices(ctx func() context.Context, c *policy.Call, o *Outcome) {
	for n := 0; o.Webhook != nil && e.cfg.Mode != Monitor; n++ {
		if n == maxServices {
			o.Message = fmt.Sprintf("%s (more than %d services to ask)", o.Message, maxServices)
			return
		}
		host := serviceName(o.Webhook.URL)
		allowed, says, err := e.hooks.ask(ctx(), c, &o.Decision)
		switch {
		case err != nil:
			o.Message = fmt.Sprintf("%s has to allow this, and gave no clear answer: %v", host, err)
			return
		case !allowed:
			if says != "" {
				o.Message = host + ": " + says
			}
			return
		}
		next := policy.Decision{Action: policy.Allow}
		if o.IfAllowed != nil {
			next = *o.IfAllowed
		}
		if next.Action < policy.Ask && next.Message == "" {
			next.Message = "allowed by " + host
		}
		o.Decision = next
		o.Run = o.Action < policy.Ask
	}
}

// serviceName is how people know a service.
func serviceName(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Host != "" {
		return u.Host
	}
	return "a service"
}

// serviceQuestion is what a service is sent.
type serviceQuestion struct {
	Version int          `json:"version"`
	Tool    string       `json:"tool"`
	Command string       `json:"command"` // or what else the Call is about, on one line
	Cwd     string       `json:"cwd,omitempty"`
	User    string       `json:"user,omitempty"`
	Agent   string       `json:"agent,omitempty"`
	Session string       `json:"session,omitempty"`
	Policy  string       `json:"policy"`
	Rule    string       `json:"rule"`
	Message string       `json:"message,omitempty"`
	Effects []EffectJSON `json:"effects"`
}

// serviceAnswer is what it has to send back.
type serviceAnswer struct {
	Action  string `json:"action"` // allow or deny
	Message string `json:"message"`
}

// ask sends the question and returns the answer. An error is anything but a
// clear answer.
func (w *webhooks) ask(ctx context.Context, c *policy.Call, d *policy.Decision) (allowed bool, says string, err error) {
	w.once.Do(func() {
		w.slots = make(chan struct{}, maxAsked)
		w.client = outbound.Client(outbound.Options{})
	})
	ctx, cancel := context.WithTimeout(ctx, d.Webhook.Timeout)
	defer cancel()
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	case <-ctx.Done():
		return false, "", errors.New("too many questions at once")
	}
	body, err := json.Marshal(question(c, d))
	if err != nil {
		return false, "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Webhook.URL, bytes.NewReader(body))
	if err != nil {
		return false, "", errors.New("its address can't be used")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "rampart")
	resp, err := w.client.Do(req)
	if err != nil {
		return false, "", plainError(ctx, err, d.Webhook.Timeout)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return false, "", fmt.Errorf("status %d", resp.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return false, "", plainError(ctx, err, d.Webhook.Timeout)
	case len(data) > maxAnswer:
		return false, "", fmt.Errorf("more than %d bytes", maxAnswer)
	}
	var a serviceAnswer
	if err := json.Unmarshal(data, &a); err != nil {
		return false, "", errors.New("no JSON")
	}
	switch a.Action {
	case "allow":
		return true, a.Message, nil
	case "deny":
		return false, Sanitize(a.Message), nil
	}
	return false, "", errors.New(`its "action" is neither allow nor deny`)
}

// plainError words an error without the address, which may hold a token.
func plainError(ctx context.Context, err error, within time.Duration) error {
	err = outbound.PlainError(err)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("nothing within %s", within)
	}
	return err
}

func question(c *policy.Call, d *policy.Decision) *serviceQuestion {
	q := &serviceQuestion{
		Version: 1, Tool: c.Tool, Command: audit.Redact(CommandLine(c)), Cwd: audit.Redact(c.Cwd), User: c.User,
		Agent: c.Agent, Session: c.Session, Policy: d.Policy, Rule: d.Rule, Message: d.Message,
		Effects: EffectsJSON(c.Effects[:min(len(c.Effects), 256)]),
	}
	for i := range q.Effects {
		ef := &q.Effects[i]
		ef.Path, ef.URL = audit.Redact(ef.Path), audit.Redact(ef.URL)
		if ef.Kind == shellparse.Exec.String() {
			ef.Argv = nil // Command has the words, and is redacted as a whole
		}
	}
	return q
}
