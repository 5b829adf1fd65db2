package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rampart/platform/outbound"
	"rampart/policy"
)

// webhookEngine asks url about deploy, and about release before the owner is.
func webhookEngine(t *testing.T, url string, change func(*Config)) *Engine {
	t.Helper()
	text := `policies:
  - name: services
    rules:
      - action: webhook
        when: {program: [deploy, release, ruin]}
        message: deploying is decided elsewhere
        webhook: {url: "` + url + `", timeout: 300ms}
  - name: others
    rules:
      - {action: ask, when: {program: release}, message: a release}
      - {action: deny, when: {program: ruin}, message: never}
`
	set, err := policy.Compile([]policy.Source{{Name: "w.yaml", Data: []byte(text), Tier: policy.TierUser}})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Policies: &Policies{Set: set}, NoProject: true, Home: "/home/dev", User: "dev", OS: "linux", Session: "s", Agent: "a"}
	if change != nil {
		change(&cfg)
	}
	return New(cfg)
}

func answer(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }
}

// TestWebhookAnswers: only a clear yes in time is one.
func TestWebhookAnswers(t *testing.T) {
	var reached atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		io.WriteString(w, `{"action":"allow"}`)
	}))
	defer elsewhere.Close()
	stop := make(chan struct{})
	hang := func(http.ResponseWriter, *http.Request) { <-stop }
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		run     bool
		message string
	}{
		{"yes", answer(`{"action":"allow"}`), true, ""},
		{"yes with more", answer(`{"action":"allow","message":"fine","x":[1]}`), true, ""},
		{"no", answer(`{"action":"deny","message":"not on \u001b[31mFridays"}`), false, "not on  [31mFridays"},
		{"ask", answer(`{"action":"ask"}`), false, "neither allow nor deny"},
		{"nothing", answer(``), false, "no JSON"},
		{"garbage", answer("<html>allow</html>"), false, "no JSON"},
		{"a word", answer(`"allow"`), false, "no JSON"},
		{"two answers", answer(`{"action":"deny"}{"action":"allow"}`), false, "no JSON"},
		{"case", answer(`{"action":"ALLOW"}`), false, "neither"},
		{"null", answer(`{"action":null}`), false, "neither"},
		{"status 500", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			io.WriteString(w, `{"action":"allow"}`)
		}, false, "status 500"},
		{"status 204", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, false, "status 204"},
		{"hangs", hang, false, "nothing within"},
		{"hangs in its answer", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"action":"allow"`)
			w.(http.Flusher).Flush()
			<-stop
		}, false, "nothing within"},
		{"drips", func(w http.ResponseWriter, r *http.Request) {
			for {
				select {
				case <-r.Context().Done():
					return
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
					io.WriteString(w, " ")
					w.(http.Flusher).Flush()
				}
			}
		}, false, "nothing within"},
		{"huge", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"action":"allow","message":"`)
			for range 1000 {
				if _, err := io.WriteString(w, strings.Repeat("x", 10_000)); err != nil {
					return
				}
			}
			io.WriteString(w, `"}`)
		}, false, "more than"},
		{"huge header", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 1<<20))
			io.WriteString(w, `{"action":"allow"}`)
		}, false, "no clear answer"},
		{"redirects away", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, false, "redirect"},
		{"redirects to itself", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other", http.StatusFound)
		}, false, "redirect"},
		{"breaks off", func(w http.ResponseWriter, r *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				c.Close()
			}
		}, false, "no clear answer"},
		{"speaks something else", func(w http.ResponseWriter, r *http.Request) {
			c, b, err := w.(http.Hijacker).Hijack()
			if err == nil {
				b.WriteString("SSH-2.0-x\r\n{\"action\":\"allow\"}\r\n")
				b.Flush()
				c.Close()
			}
		}, false, "no clear answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := httptest.NewServer(tt.handler)
			t.Cleanup(s.CloseClientConnections)
			e := webhookEngine(t, s.URL+"/ask?token=sesame", nil)
			o := e.Decide(context.Background(), execCall("deploy"))
			if o.Run != tt.run || !strings.Contains(o.Message, tt.message) {
				t.Errorf("run %v, %s %q", o.Run, o.Action, o.Message)
			}
			if strings.Contains(o.Message, "sesame") {
				t.Errorf("the address is told: %q", o.Message)
			}
		})
	}
	close(stop)
	if reached.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

// TestWebhookBesideRules: a service's yes hides neither a deny nor an ask.
func TestWebhookBesideRules(t *testing.T) {
	var questions atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		questions.Add(1)
		io.WriteString(w, `{"action":"allow"}`)
	}))
	defer s.Close()
	who := &approver{}
	e := webhookEngine(t, s.URL, func(c *Config) { c.Approver = who })
	if o := e.Decide(context.Background(), execCall("ruin")); o.Run || o.Message != "never" || questions.Load() != 0 {
		t.Errorf("ruin: %s %q after %d questions", o.Action, o.Message, questions.Load())
	}
	if o := e.Decide(context.Background(), execCall("release")); o.Run || o.Action != policy.Ask || len(who.asked) != 1 {
		t.Errorf("release: %s %q, asked %q", o.Action, o.Message, who.asked)
	}
	who.yes = true
	if o := e.Decide(context.Background(), execCall("release")); !o.Run {
		t.Errorf("release, with two who say yes: %s %q", o.Action, o.Message)
	}
	n := questions.Load()
	if o := e.Decide(context.Background(), execCall("echo hello")); !o.Run || questions.Load() != n {
		t.Error("asked about what is none of its business")
	}
	if o := e.Judge(execCall("deploy")); o.Run || questions.Load() != n {
		t.Error("a judgement that nothing hangs on asks")
	}
	e = webhookEngine(t, s.URL, func(c *Config) { c.Mode = Monitor })
	if o := e.Decide(context.Background(), execCall("deploy")); !o.Run || questions.Load() != n {
		t.Error("monitor mode asks, or blocks")
	}
}

// TestWebhookQuestion: what is sent, without its secrets, and by no proxy.
func TestWebhookQuestion(t *testing.T) {
	proxy := httptest.NewServer(answer(`{"action":"allow"}`))
	defer proxy.Close()
	for _, name := range []string{"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	var body []byte
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		io.WriteString(w, `{"action":"deny"}`)
	}))
	defer s.Close()
	e := webhookEngine(t, s.URL, nil)
	e.Decide(context.Background(), execCall("deploy --password hunter2hunter2 AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"))
	var q map[string]any
	if err := json.Unmarshal(body, &q); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if q["tool"] != "exec" || q["agent"] != "a" || q["session"] != "s" || !strings.HasPrefix(fmt.Sprint(q["command"]), "deploy") || q["rule"] == "" {
		t.Errorf("sent %s", body)
	}
	for _, secret := range []string{"hunter2hunter2", "wJalrXUtnFEMIK7MDENG"} {
		if strings.Contains(string(body), secret) {
			t.Errorf("a secret is sent: %s", body)
		}
	}
}

// TestWebhookPlainHTTP: over the network only https is spoken, whatever a name
// resolves to.
func TestWebhookPlainHTTP(t *testing.T) {
	var w webhooks
	w.once.Do(func() { w.slots, w.client = make(chan struct{}, 1), outbound.Client(outbound.Options{}) })
	d := &policy.Decision{Webhook: &policy.Webhook{URL: "http://192.0.2.1/", Timeout: time.Second}} // TEST-NET-1, RFC 5737
	if ok, _, err := w.ask(context.Background(), execCall("deploy"), d); ok || err == nil || !strings.Contains(err.Error(), "plain http") {
		t.Errorf("%v, %v", ok, err)
	}
}
