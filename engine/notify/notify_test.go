package notify

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// service is a chat service on loopback.
type service struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	at     []time.Time
	answer func(n int, w http.ResponseWriter)
}

func newService(t *testing.T, answer func(int, http.ResponseWriter)) *service {
	s := &service{answer: answer}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.bodies, s.at = append(s.bodies, string(body)), append(s.at, time.Now())
		n := len(s.bodies)
		s.mu.Unlock()
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v", r.Method, r.Header)
		}
		if s.answer != nil {
			s.answer(n, w)
		}
	}))
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

func (s *service) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.bodies...)
}

// notifier is one without pauses, and what it reported.
func notifier() (*Notifier, func() []Dropped) {
	var mu sync.Mutex
	var all []Dropped
	n := &Notifier{pace: time.Nanosecond, Report: func(d Dropped) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, d)
	}}
	return n, func() []Dropped {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

func message(command string) Message {
	return Message{
		Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Action: "deny", Outcome: "refused", Mode: "enforce", Tool: "exec", Command: command,
		Cwd: "/home/dev", Agent: "claude", Session: "s1", User: "dev", Host: "box", Policy: "secrets", Rule: "standard.yaml:67", Reason: "A private key",
	}
}

// TestPayloads: the exact body for each platform.
func TestPayloads(t *testing.T) {
	for platform, want := range map[string]string{
		Slack: `{"blocks":[{"text":{"emoji":false,"text":"Rampart refused","type":"plain_text"},"type":"section"},` +
			`{"text":{"emoji":false,"text":"cat key","type":"plain_text"},"type":"section"},{"elements":[` +
			`{"emoji":false,"text":"Why: A private key","type":"plain_text"},{"emoji":false,"text":"Rule: standard.yaml:67","type":"plain_text"},` +
			`{"emoji":false,"text":"In: /home/dev","type":"plain_text"},{"emoji":false,"text":"Agent: claude","type":"plain_text"},` +
			`{"emoji":false,"text":"Session: s1","type":"plain_text"},{"emoji":false,"text":"Machine: dev@box","type":"plain_text"}],"type":"context"}],` +
			`"link_names":false,"parse":"none","text":"Rampart refused","unfurl_links":false,"unfurl_media":false}`,
		Discord: `{"allowed_mentions":{"parse":[]},"embeds":[{"color":12597547,"description":"` + "```\\ncat key\\n```" + `","fields":[` +
			`{"inline":false,"name":"Why","value":"` + "```\\nA private key\\n```" + `"},{"inline":false,"name":"Rule","value":"` + "```\\nstandard.yaml:67\\n```" + `"},` +
			`{"inline":false,"name":"In","value":"` + "```\\n/home/dev\\n```" + `"},{"inline":false,"name":"Agent","value":"` + "```\\nclaude\\n```" + `"},` +
			`{"inline":false,"name":"Session","value":"` + "```\\ns1\\n```" + `"},{"inline":false,"name":"Machine","value":"` + "```\\ndev@box\\n```" + `"}],` +
			`"timestamp":"2026-01-02T03:04:05Z","title":"Rampart refused"}]}`,
		Teams: `{"attachments":[{"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","body":[` +
			`{"size":"Medium","text":"Rampart refused","type":"TextBlock","weight":"Bolder","wrap":true},` +
			`{"inlines":[{"fontType":"Monospace","text":"cat key","type":"TextRun"}],"type":"RichTextBlock"},` +
			line("Why", "A private key") + "," + line("Rule", "standard.yaml:67") + "," + line("In", "/home/dev") + "," + line("Agent", "claude") + "," +
			line("Session", "s1") + "," + line("Machine", "dev@box") +
			`],"type":"AdaptiveCard","version":"1.4"},"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null}],"type":"message"}`,
		Webhook: `{"version":1,"text":"Rampart refused","time":"2026-01-02T03:04:05Z","action":"deny","outcome":"refused","mode":"enforce","tool":"exec",` +
			`"command":"cat key","cwd":"/home/dev","agent":"claude","session":"s1","user":"dev","host":"box","policy":"secrets","rule":"standard.yaml:67","message":"A private key"}`,
	} {
		t.Run(platform, func(t *testing.T) {
			s := newService(t, nil)
			n, dropped := notifier()
			n.Send(Address{s.URL, platform}, message("cat key"))
			n.Close(time.Minute)
			if got := s.got(); len(got) != 1 || got[0] != want {
				t.Errorf("sent %q\nwant %s", got, want)
			}
			if d := dropped(); len(d) > 0 {
				t.Error(d)
			}
		})
	}
}

func line(label, value string) string {
	return `{"inlines":[{"text":"` + label + `: ","type":"TextRun","weight":"Bolder"},{"text":"` + value + `","type":"TextRun"}],"type":"RichTextBlock"}`
}

// markup is what would be more than text to one of the platforms.
var markup = []string{
	"@everyone @here <!channel> <!here> <@U123> <@&1> <#C1> <@!1>",
	"[click](https://evil.example) <https://evil.example|your bank> https://evil.example",
	"*b* _i_ ~s~ `c` ```\nend\n``` **x** ||spoiler|| > quote # head",
	"<at>all</at> {{DATE(2026-01-01T00:00:00Z)}} ${title} &lt;!channel&gt; &amp;",
	"line\nline\r\x1b[31m\u202e\x00\xff",
	"``\u200b`", strings.Repeat("`", 5000), strings.Repeat("ü<", 5000),
	`","blocks":[{"type":"image","image_url":"https://evil.example"}]`,
}

// texts calls f for each string in a decoded payload, with the object that it is in.
func texts(v any, f func(key, s string, in map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		for k, one := range v {
			if s, ok := one.(string); ok {
				f(k, s, v)
			}
			texts(one, f)
		}
	case []any:
		for _, one := range v {
			texts(one, f)
		}
	}
}

// TestMarkup: whatever an agent writes is text to each platform, and only that.
func TestMarkup(t *testing.T) {
	for _, text := range markup {
		for _, outcome := range []string{"refused", "run", Waiting} {
			m := Message{Action: "deny", Outcome: outcome, Command: text, Cwd: text, Agent: text, Reason: text, Rule: text, Session: text, User: text, Tool: text}.clean()
			checkSlack(t, payloadOf(t, Slack, &m))
			checkDiscord(t, payloadOf(t, Discord, &m))
			checkTeams(t, payloadOf(t, Teams, &m))
			for _, p := range []string{Slack, Discord, Teams, Webhook} {
				texts(payloadOf(t, p, &m), func(key, s string, _ map[string]any) {
					for _, r := range s {
						if r < ' ' && (r != '\n' || p != Discord) || r == 0x7f || r == '\u202e' || r == '\u200b' {
							t.Errorf("%s: %s holds %q", p, key, r)
						}
					}
				})
			}
		}
	}
}

func payloadOf(t *testing.T, platform string, m *Message) map[string]any {
	t.Helper()
	b, err := payload(platform, m)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// checkSlack: only fixed words stand where Slack formats, and no control
// character of Slack's stands anywhere.
func checkSlack(t *testing.T, v map[string]any) {
	t.Helper()
	if len(v) != 6 || strings.Contains(fmt.Sprint(v["text"]), "evil") || !strings.HasPrefix(fmt.Sprint(v["text"]), "Rampart ") {
		t.Errorf("slack %v", v)
	}
	texts(v, func(key, s string, in map[string]any) {
		if strings.ContainsAny(s, "<>") {
			t.Errorf("slack: %q", s)
		}
		if key == "text" && in["type"] != "plain_text" && in["blocks"] == nil || key == "type" && s == "mrkdwn" || key == "image_url" {
			t.Errorf("slack formats %q in %v", s, in)
		}
		if key == "text" && (s == "" || len([]rune(s)) > 3000) {
			t.Errorf("slack: a text of %d", len(s))
		}
	})
	for _, b := range v["blocks"].([]any) {
		if e, ok := b.(map[string]any)["elements"].([]any); ok && len(e) > 10 {
			t.Errorf("slack: %d elements", len(e))
		}
	}
}

// checkDiscord: nobody is called, and what is not fixed is in a block of code
// that it can't end.
func checkDiscord(t *testing.T, v map[string]any) {
	t.Helper()
	if p, ok := v["allowed_mentions"].(map[string]any)["parse"].([]any); !ok || len(p) != 0 || v["content"] != nil {
		t.Errorf("discord %v", v)
	}
	total := 0
	texts(v["embeds"], func(key, s string, _ map[string]any) {
		total += len([]rune(s))
		if key != "value" && key != "description" {
			return
		}
		inside, ok1 := strings.CutPrefix(s, "```\n")
		inside, ok2 := strings.CutSuffix(inside, "\n```")
		if !ok1 || !ok2 || strings.ContainsAny(inside, "`\n") || strings.TrimSpace(inside) == "" || len([]rune(s)) > 1024 {
			t.Errorf("discord: %q", s)
		}
	})
	if total > 6000 {
		t.Errorf("discord: %d characters", total)
	}
}

// checkTeams: only fixed words stand in blocks that are formatted.
func checkTeams(t *testing.T, v map[string]any) {
	t.Helper()
	card := v["attachments"].([]any)[0].(map[string]any)["content"].(map[string]any)
	if v["type"] != "message" || card["type"] != "AdaptiveCard" || card["msteams"] != nil || card["actions"] != nil {
		t.Errorf("teams %v", v)
	}
	texts(card["body"], func(key, s string, in map[string]any) {
		if key == "text" && in["type"] != "TextRun" && !strings.HasPrefix(s, "Rampart ") || strings.Contains(s, "{{") || strings.Contains(s, "${") {
			t.Errorf("teams: %s %q in %v", key, s, in)
		}
	})
	if b, _ := json.Marshal(v); len(b) > 28<<10 {
		t.Errorf("teams: %d bytes", len(b))
	}
}

// TestSecrets: what looks like one does not leave.
func TestSecrets(t *testing.T) {
	m := message("curl -H 'Authorization: Bearer ghp_0123456789abcdefghijABCDEFGHIJ012345' https://u:hunter2hunter2@x/").clean()
	m2 := Message{Command: strings.Repeat("x", 15<<10) + " ghp_0123456789abcdefghijABCDEFGHIJ012345", Reason: "TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345"}.clean()
	for _, p := range []string{Slack, Discord, Teams, Webhook} {
		for _, m := range []*Message{&m, &m2} {
			b, _ := payload(p, m)
			if strings.Contains(string(b), "ghp_0123") || strings.Contains(string(b), "hunter2") {
				t.Errorf("%s: %s", p, b)
			}
		}
	}
}

func status(codes ...int) func(int, http.ResponseWriter) {
	return func(n int, w http.ResponseWriter) {
		code := codes[min(n, len(codes))-1]
		if code == http.StatusFound {
			w.Header().Set("Location", "/elsewhere?token=sesame")
		}
		w.Header().Set("Retry-After", "0.01")
		w.WriteHeader(code)
	}
}

// TestRetries: what is tried again and what is not.
func TestRetries(t *testing.T) {
	for _, tt := range []struct {
		name     string
		answer   func(int, http.ResponseWriter)
		requests int
		dropped  string
	}{
		{"at once", status(204), 1, ""},
		{"busy, then not", status(429, 200), 2, ""},
		{"broken, then not", status(500, 200), 2, ""},
		{"unknown", status(404), 1, "status 404"},
		{"forbidden", status(403), 1, "status 403"},
		{"elsewhere", status(302, 200), 2, ""}, // not followed, tried again
		{"without end", func(_ int, w http.ResponseWriter) {
			for err := error(nil); err == nil; {
				_, err = w.Write(make([]byte, 64<<10))
			}
		}, 1, ""},
		{"endless header", func(n int, w http.ResponseWriter) {
			if n == 1 {
				w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
			}
		}, 2, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, tt.answer)
			n, dropped := notifier()
			n.Send(Address{s.URL + "/T0/B0?token=sesame", ""}, message("x"))
			n.Close(time.Minute)
			d := dropped()
			if len(s.got()) != tt.requests || (tt.dropped == "") != (len(d) == 0) {
				t.Errorf("%d requests, dropped %+v", len(s.got()), d)
			}
			if len(d) > 0 && (d[0].Messages != 1 || d[0].Reason != tt.dropped || strings.Contains(fmt.Sprint(d), "sesame")) {
				t.Errorf("%+v", d)
			}
		})
	}
}

// TestRetryAfter: a service's wish is kept.
func TestRetryAfter(t *testing.T) {
	s := newService(t, func(n int, w http.ResponseWriter) {
		if n == 1 {
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(429)
		}
	})
	n, _ := notifier()
	n.Send(Address{s.URL, ""}, message("x"))
	n.Close(time.Minute)
	if len(s.at) != 2 || s.at[1].Sub(s.at[0]) < 2*time.Second {
		t.Errorf("%v", s.at)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, "0.5": 500 * time.Millisecond, "-1": 0, "NaN": 0, "1e99": 0, "x": 0,
		"Fri, 02 Jan 2026 03:04:15 GMT": 10 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0,
	} {
		if got := retryAfter(in, now); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

// TestFullQueue: a service that hangs holds nobody up, and what it does not take
// is counted to the last message.
func TestFullQueue(t *testing.T) {
	stop := make(chan struct{})
	s := newService(t, func(int, http.ResponseWriter) { <-stop })
	defer close(stop)
	n, dropped := notifier()
	const sent = 1000
	for range sent {
		n.Send(Address{s.URL, ""}, message("x"))
	}
	n.Close(50 * time.Millisecond)
	lost := 0
	for _, d := range dropped() {
		lost += d.Messages
		if !strings.Contains(s.URL, d.Address) {
			t.Errorf("%+v", d)
		}
	}
	if lost != sent {
		t.Errorf("%d of %d counted", lost, sent)
	}
	n.Send(Address{s.URL, ""}, message("late"))
	new(Notifier).Close(time.Minute)
}

// TestPlatform: the platform by the address.
func TestPlatform(t *testing.T) {
	for in, want := range map[string]string{
		"https://hooks.slack.com/services/T/B/x":                                  Slack,
		"https://discord.com/api/webhooks/1/x":                                    Discord,
		"https://ptb.discord.com/api/webhooks/1/x":                                Discord,
		"https://prod-1.westeurope.logic.azure.com:443/workflows/x":               Teams,
		"https://default1.a2.environment.api.powerplatform.com:443/powerautomate": Teams,
		"https://acme.webhook.office.com/webhookb2/x":                             Teams,
		"https://notdiscord.com/":                                                 Webhook,
		"https://hooks.slack.com.evil.example/":                                   Webhook,
		"http://127.0.0.1:9/":                                                     Webhook,
	} {
		if got := platformOf("auto", in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
		if got := platformOf(Discord, in); got != Discord {
			t.Errorf("%s: named, and %s", in, got)
		}
	}
}
