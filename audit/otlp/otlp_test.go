package otlp

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/protobuf/proto"

	"rampart/audit"
	"rampart/audit/ship"
)

// receiver decodes what arrives by the types of the collector's service.
type receiver struct {
	t  *testing.T
	mu sync.Mutex

	records  []*logs.LogRecord
	resource map[string]string
	headers  http.Header
	requests int
	answer   func(n int, w http.ResponseWriter) bool // false: nothing was said yet
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	r.headers = req.Header.Clone()
	if req.Method != http.MethodPost || req.URL.Path != "/v1/logs" || req.Header.Get("Content-Type") != "application/x-protobuf" || req.Header.Get("Content-Encoding") != "gzip" {
		r.t.Errorf("%s %s %v", req.Method, req.URL, req.Header)
	}
	if r.answer != nil && r.answer(r.requests, w) {
		return
	}
	z, err := gzip.NewReader(req.Body)
	if err != nil {
		r.t.Error(err)
		return
	}
	body, err := io.ReadAll(z)
	if err != nil {
		r.t.Error(err)
	}
	var got collector.ExportLogsServiceRequest
	if err := proto.Unmarshal(body, &got); err != nil {
		r.t.Error(err)
	}
	for _, rl := range got.ResourceLogs {
		r.resource = map[string]string{}
		for _, kv := range rl.Resource.Attributes {
			r.resource[kv.Key] = kv.Value.GetStringValue()
		}
		for _, sl := range rl.ScopeLogs {
			r.records = append(r.records, sl.LogRecords...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	answer, _ := proto.Marshal(&collector.ExportLogsServiceResponse{})
	w.Write(answer)
}

func attributes(r *logs.LogRecord) map[string]string {
	out := map[string]string{}
	for _, kv := range r.Attributes {
		out[kv.Key] = kv.Value.GetStringValue()
	}
	return out
}

type world struct {
	t      *testing.T
	dir    string
	log    *audit.Log
	mu     sync.Mutex
	events []ship.Event
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, dir: filepath.Join(t.TempDir(), "audit")}
	var err error
	if w.log, err = audit.Open(w.dir, audit.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.log.Close() })
	return w
}

func (w *world) start(job ship.Job) ship.Running {
	w.t.Helper()
	d, err := New(&job)
	if err != nil {
		w.t.Fatal(err)
	}
	return d.Start(audit.Position{}, ship.Options{Dir: w.dir, Report: func(e ship.Event) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events = append(w.events, e)
	}})
}

func (w *world) add(n int, command string) {
	for range n {
		if err := w.log.Append(&audit.Record{Event: audit.EventDecision, Session: "s1", Agent: "a", Tool: "exec", Command: command, Action: "deny", Outcome: "refused", Rule: "r", Policy: "p", Message: "m"}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestCollector: every record arrives, whole, with its fields.
func TestCollector(t *testing.T) {
	r := &receiver{t: t}
	server := httptest.NewServer(r)
	defer server.Close()
	w := newWorld(t)
	x := w.start(ship.Job{Endpoint: server.URL, Version: "1.2", Headers: map[string]string{"Authorization": "Bearer sesame"}})
	w.add(600, "ls \x1b[31m\nü")
	if err := w.log.Seal(); err != nil {
		t.Fatal(err)
	}
	if left := x.Close(time.Minute); left.Records != 0 || left.Reason != "" {
		t.Fatalf("left %+v", left)
	}
	if r.resource["service.name"] != "rampart" || r.resource["service.version"] != "1.2" || r.headers.Get("Authorization") != "Bearer sesame" {
		t.Errorf("%v %v", r.resource, r.headers)
	}
	reader := audit.NewFollower(w.dir, audit.Position{})
	for i := 0; ; i++ {
		line, err := reader.Next()
		if err != nil {
			if i != len(r.records) || i < 602 {
				t.Errorf("%d records arrived of %d", len(r.records), i)
			}
			return
		}
		want, err := audit.ParseRecord(line)
		if err != nil || i >= len(r.records) {
			t.Fatal(i, err)
		}
		got := r.records[i]
		a := attributes(got)
		if got.Body.GetStringValue() != string(line) || got.EventName != "rampart."+want.Event || got.TimeUnixNano != uint64(want.Time.UnixNano()) ||
			a["rampart.command"] != want.CommandLine() || a["rampart.action"] != want.Action || a["rampart.session"] != want.Session || a["rampart.hash"] != want.Hash {
			t.Fatalf("%v of %s", got, line)
		}
		if severity := got.SeverityText; want.Action == "deny" && severity != "WARNING" {
			t.Errorf("severity %s", severity)
		}
	}
}

// TestCollectorSays: what becomes of records by what the collector answers.
func TestCollectorSays(t *testing.T) {
	status := func(code int, times int) func(int, http.ResponseWriter) bool {
		return func(n int, w http.ResponseWriter) bool {
			if n > times {
				return false
			}
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(code)
			io.WriteString(w, "no \x1b[31m")
			return true
		}
	}
	for _, tt := range []struct {
		name    string
		answer  func(int, http.ResponseWriter) bool
		arrives bool
		dropped string
	}{
		{"busy", status(503, 2), true, ""},
		{"too many", status(429, 1), true, ""},
		{"unknown token, put right", status(401, 1), true, ""},
		{"bad request", status(400, 99), false, "rejected: status 400: no  [31m"},
		{"partly", func(_ int, w http.ResponseWriter) bool {
			b, _ := proto.Marshal(&collector.ExportLogsServiceResponse{PartialSuccess: &collector.ExportLogsPartialSuccess{RejectedLogRecords: 1, ErrorMessage: "too old"}})
			w.Header().Set("Content-Type", "application/x-protobuf")
			w.Write(b)
			return true
		}, false, "rejected, of these: too old"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &receiver{t: t, answer: tt.answer}
			server := httptest.NewServer(r)
			defer server.Close()
			w := newWorld(t)
			w.add(1, "x")
			x := w.start(ship.Job{Endpoint: server.URL})
			arrived := func() int {
				r.mu.Lock()
				defer r.mu.Unlock()
				return len(r.records)
			}
			for range 500 {
				if tt.arrives && arrived() > 0 {
					break
				}
				w.mu.Lock()
				n := len(w.events)
				w.mu.Unlock()
				if !tt.arrives && n > 0 {
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
			x.Close(time.Minute)
			if (arrived() > 0) != tt.arrives {
				t.Errorf("%d arrived", arrived())
			}
			said := ""
			for _, e := range w.events {
				if e.Kind == ship.Dropped && e.First == 1 && e.Records == 1 {
					said = e.Reason
				}
			}
			if said != tt.dropped {
				t.Errorf("dropped %q, want %q; %+v", said, tt.dropped, w.events)
			}
		})
	}
}

// TestNobodyRedirects: neither the environment nor the collector sends records
// elsewhere.
func TestNobodyRedirects(t *testing.T) {
	reached := make(chan string, 100)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached <- r.URL.String() }))
	defer elsewhere.Close()
	for _, name := range []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY",
	} {
		t.Setenv(name, elsewhere.URL)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "evil=1")
	t.Setenv("NO_PROXY", "")
	r := &receiver{t: t, answer: func(n int, w http.ResponseWriter) bool {
		if n == 1 {
			w.Header().Set("Location", elsewhere.URL+"/v1/logs")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
		return n == 1
	}}
	server := httptest.NewServer(r)
	defer server.Close()
	d, err := New(&ship.Job{Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	line := []byte(`{"v":1,"seq":7,"time":"2026-01-02T03:04:05.123456789Z","event":"decision"}`)
	record, err := audit.ParseRecord(line)
	if err != nil {
		t.Fatal(err)
	}
	items := []ship.Item{{Line: line, Record: record}}
	if err := d.Sink.Send(context.Background(), items); err == nil {
		t.Error("a redirect counts as an answer")
	}
	if err := d.Sink.Send(context.Background(), items); err != nil || len(r.records) != 1 {
		t.Errorf("%v, %d arrived", err, len(r.records))
	}
	if len(reached) > 0 {
		t.Errorf("sent elsewhere: %s", <-reached)
	}
	secret := ship.Job{Endpoint: "http://192.0.2.1:4318", Headers: map[string]string{"x": "y"}} // TEST-NET-1, RFC 5737
	if d, err = New(&secret); err == nil {
		err = d.Sink.Send(context.Background(), items)
	}
	if err == nil || !strings.Contains(fmt.Sprint(err), "this machine only") {
		t.Errorf("a secret goes over plain http: %v", err)
	}
}
