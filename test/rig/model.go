// Package rig drives real coding agents with a scripted model.
//
// A [Model] is a server on loopback that speaks the vendors' wire formats. It
// finds the shell tool among those an agent offers, calls it once for each
// scripted command, and keeps what the agent sends back. An [Agent] is a row
// of [Agents]: how to install it, point it at the model and start it.
//
// Nothing here knows of Rampart: tests put it in front of an agent's command
// line and then look at what the model was told.
package rig

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// Script is what the model does in one conversation.
type Script struct {
	Commands []string // run through the agent's shell tool, one after the other
	Final    string   // the closing text; "" stands for "Done."
}

// Result is what became of one scripted command.
type Result struct {
	Command  string
	Tool     string // the agent's shell tool
	Issued   bool   // the agent was asked to run it
	Answered bool   // the agent sent a result
	Text     string // the result, as the model sees it
	IsError  bool   // the agent marked the result as an error; only Anthropic's format has that
}

// Request is one HTTP request that came in.
type Request struct {
	Method, Path string
	Tools        []string
	Unknown      bool // no such endpoint here
}

// Model is a scripted model server. It is safe for concurrent use.
type Model struct {
	URL string // http://127.0.0.1:PORT

	script Script
	server *http.Server
	done   chan struct{}

	mu       sync.Mutex
	finished bool
	results  []Result
	requests []Request
}

// NewModel starts a server for one conversation. Close it after use.
func NewModel(script Script) (*Model, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("model server: %w", err)
	}
	if script.Final == "" {
		script.Final = "Done."
	}
	m := &Model{URL: "http://" + l.Addr().String(), script: script, done: make(chan struct{})}
	for _, c := range script.Commands {
		m.results = append(m.results, Result{Command: c})
	}
	m.server = &http.Server{Handler: m}
	go m.server.Serve(l)
	return m, nil
}

// Close stops the server.
func (m *Model) Close() error { return m.server.Close() }

// Done is closed when the closing text has been sent.
func (m *Model) Done() <-chan struct{} { return m.done }

// Results returns what is known of the commands, in the script's order.
func (m *Model) Results() []Result {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Result(nil), m.results...)
}

// Requests returns the requests so far.
func (m *Model) Requests() []Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Request(nil), m.requests...)
}

// protocols by the end of an endpoint's path.
var protocols = map[string]protocol{
	"/messages":  anthropic{},
	"/responses": responses{},
}

// A protocol is a vendor's wire format.
type protocol interface {
	parse(body []byte) (*turn, error)
	write(w http.ResponseWriter, t *turn, a answer)
}

// turn is a request in no vendor's terms.
type turn struct {
	model      string
	stream     bool
	tools      []tool
	results    []toolResult
	structured bool // the answer must be a JSON object
}

type toolResult struct {
	id   string
	text string
	err  bool
}

// answer is either a text or a call of a tool.
type answer struct {
	text string
	call *call
}

type call struct {
	id   string
	tool tool
	args map[string]any
}

// ServeHTTP answers an agent.
func (m *Model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	rec := Request{Method: r.Method, Path: r.URL.Path}
	for suffix, p := range protocols {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, suffix) {
			continue
		}
		t, err := p.parse(body)
		if err != nil {
			http.Error(w, "model server: "+err.Error(), http.StatusBadRequest)
			return
		}
		for _, tl := range t.tools {
			rec.Tools = append(rec.Tools, tl.name)
		}
		m.record(rec)
		a, last := m.decide(t)
		p.write(w, t, a)
		if last {
			m.finish()
		}
		return
	}
	switch {
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/count_tokens"):
		m.record(rec)
		writeJSON(w, http.StatusOK, object{"input_tokens": 100})
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/models"):
		m.record(rec)
		writeJSON(w, http.StatusOK, object{"object": "list", "data": []object{}, "has_more": false})
	case r.Method == http.MethodHead:
		m.record(rec)
	default:
		rec.Unknown = true
		m.record(rec)
		writeJSON(w, http.StatusNotFound, object{"error": object{"type": "not_found_error", "message": "no such endpoint " + r.URL.Path}})
	}
}

func (m *Model) record(r Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests = append(m.requests, r)
}

func (m *Model) finish() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.finished {
		m.finished = true
		close(m.done)
	}
}

// decide takes in the results that a turn carries and chooses what comes
// next. A turn without a shell tool is a side request (a title, a summary).
func (m *Model) decide(t *turn) (a answer, last bool) {
	if t.structured && len(t.tools) == 0 {
		return answer{text: "{}"}, false
	}
	shell, ok := shellTool(t.tools)
	if !ok {
		return answer{text: "ok"}, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	next := 0
	for _, r := range t.results {
		var n int
		if _, err := fmt.Sscanf(r.id, "call_%d", &n); err != nil || n < 0 || n >= len(m.results) {
			continue
		}
		m.results[n].Answered, m.results[n].Text, m.results[n].IsError = true, r.text, r.err
		next = max(next, n+1)
	}
	if next == len(m.results) {
		return answer{text: m.script.Final}, true
	}
	m.results[next].Issued, m.results[next].Tool = true, shell.name
	return answer{call: &call{
		id:   fmt.Sprintf("call_%d", next),
		tool: shell,
		args: shell.arguments(m.results[next].Command),
	}}, false
}

// object is a JSON object under construction.
type object map[string]any

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

// events starts a stream of server-sent events and returns what sends one.
func events(w http.ResponseWriter) func(kind string, data object) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusOK)
	return func(kind string, data object) {
		data["type"] = kind
		b, _ := json.Marshal(data)
		fmt.Fprintf(w, "event: %s\ndata: %s\n\n", kind, b)
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
	}
}
