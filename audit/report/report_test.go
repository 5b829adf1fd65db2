package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"rampart/audit"
)

// written makes a trail of records.
func written(t testing.TB, records ...*audit.Record) string {
	t.Helper()
	dir := t.TempDir()
	l, err := audit.Open(dir, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if err := l.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Seal(); err != nil {
		t.Fatal(err)
	}
	l.Close()
	return dir
}

func decided(at time.Time, session, action, outcome, command string, programs ...string) *audit.Record {
	r := &audit.Record{
		Time: at, Event: audit.EventDecision, Session: session, Agent: "claude", Layer: "shell", Tool: "exec", Command: command, Action: action, Outcome: outcome,
	}
	if action != "allow" {
		r.Policy, r.Rule, r.Message = "secrets", "standard.yaml:68", "A private SSH key"
	}
	for _, p := range programs {
		r.Effects = append(r.Effects, audit.Effect{Kind: "exec", Certainty: "exact", Program: p})
	}
	return r
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.Local)

func sample(t testing.TB) string {
	at := func(h int) time.Time { return noon.Add(time.Duration(h) * time.Hour) }
	surprise := decided(at(3), "s2", "allow", "run", "", "id")
	surprise.Argv, surprise.Unpredicted, surprise.Unresolved = []string{"id"}, true, true
	surprise.Details = map[string]string{"within": "sh x", "foreseen": "ls\ndate"}
	return written(t,
		&audit.Record{Time: at(0), Event: audit.EventSessionStart, Session: "s1", Agent: "claude", Mode: "enforce", Argv: []string{"claude", "--resume"}},
		decided(at(0), "s1", "allow", "run", "git status", "git"),
		decided(at(0), "s1", "allow", "run", "git status", "git"),
		decided(at(1), "s1", "deny", "refused", "cat id_rsa", "cat", "cat"),
		decided(at(1), "s1", "deny", "refused", "cat id_rsa", "cat"),
		decided(at(2), "s2", "ask", "refused", "git push", "git"),
		decided(at(2), "s2", "watch", "run", "npm i", "npm"),
		surprise,
		decided(at(3), "s2", "deny", "run", "cat id_rsa", "cat"),
		&audit.Record{Time: at(4), Event: audit.EventFailure, Session: "s2", Message: "the kernel layer ended"},
		&audit.Record{Time: at(4), Event: audit.EventPolicyLoad, Message: "loaded anew"},
	)
}

func gather(t testing.TB, dir string, f audit.Filter) *Summary {
	t.Helper()
	s, err := Gather(t.Context(), dir, f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGather(t *testing.T) {
	s := gather(t, sample(t), audit.Filter{})
	if s.Records != 11 || s.Decisions != 8 || s.Refused != 3 || s.Stats.Unpredicted != 1 || s.Stats.Unresolved != 1 || !s.From.Equal(noon) || !s.To.Equal(noon.Add(4*time.Hour)) {
		t.Errorf("%+v", s.Stats)
	}
	for _, tt := range []struct {
		name string
		got  []Count
		want string
	}{
		{"actions", s.Actions, "[{allow 3} {deny 3} {ask 1} {watch 1}]"},
		{"outcomes", s.Outcomes, "[{run 5} {refused 3}]"},
		{"sessions", s.Stats.Sessions, "[{s1 4} {s2 4}]"},
		{"rules", s.Rules, "[{standard.yaml:68 secrets 5}]"},
		{"programs", s.RefusedPrograms, "[{cat 2} {git 1}]"},
		{"events", s.Events, "[{decision 8} {layer_failure 1} {policy_load 1} {session_start 1}]"},
		{"agents", s.Agents, "[{claude 8}]"}, {"tools", s.Tools, "[{exec 8}]"}, {"layers", s.Layers, "[{shell 8}]"},
	} {
		if got := fmt.Sprint(tt.got); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if len(s.Hours) != 4 || s.Hours[1].Deny != 2 || s.Hours[1].Refused != 2 || s.Hours[3].Allow != 1 || s.Hours[3].Deny != 1 || len(s.Days) != 1 || s.Days[0].all() != 8 {
		t.Errorf("%+v\n%+v", s.Hours, s.Days)
	}
	if len(s.Refusals) != 3 || s.Refusals[0].Count != 2 || s.Refusals[0].What != "cat id_rsa" || s.Refusals[0].Outcome != "refused" {
		t.Errorf("%+v", s.Refusals)
	}
	if len(s.Sessions) != 2 || s.Sessions[0].Command != "claude --resume" || s.Sessions[0].Refused != 2 || s.Sessions[1].Asked != 1 || s.Sessions[1].Watched != 1 ||
		s.Sessions[1].Unpredicted != 1 || s.Sessions[1].Failures != 1 || len(s.Sessions[0].First) != 2 {
		t.Errorf("%+v", s.Sessions)
	}
	if len(s.Unpredicted) != 1 || s.Unpredicted[0].What != "id" || s.Unpredicted[0].Details != "foreseen: ls\ndate\nwithin: sh x" || len(s.Others) != 2 {
		t.Errorf("%+v, %+v", s.Unpredicted, s.Others)
	}
	if s := gather(t, sample(t), audit.Filter{Action: []string{"deny"}, Session: []string{"s1"}}); s.Records != 2 || s.Decisions != 2 {
		t.Errorf("filtered: %+v", s.Stats)
	}
}

func TestText(t *testing.T) {
	s := gather(t, sample(t), audit.Filter{})
	s.Agents = append(s.Agents, Count{"\x1b[2Jx\u202e", 1})
	var b bytes.Buffer
	if err := s.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"11 records, 2026-11-20 12:00:00 to 2026-11-20 16:00:00\n8 decisions: 3 refused, 1 not foreseen, 1 with unknown effects\n",
		"\n  deny                                             3\n", "\n2026-11-20 13:00         0         0         0         2         2\n", `\x1b[2Jx\u202e`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
	if err := gather(t, hostile(t), audit.Filter{}).WriteText(&b); err != nil {
		t.Fatal(err)
	}
	if err := gather(t, hostile(t), audit.Filter{}).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	for _, r := range b.String() {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Fatalf("%q is shown raw", r)
		}
	}
	var empty Stats
	if err := empty.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if err := gather(t, written(t), audit.Filter{}).WriteJSON(&b); err != nil || !json.Valid(b.Bytes()) || !strings.Contains(b.String(), `"actions":[],`) || strings.Contains(b.String(), "null") {
		t.Errorf("%v: %s", err, b.String())
	}
}

// hostile wants to be more than text in every field.
func hostile(t testing.TB) string {
	var records []*audit.Record
	for i, s := range []string{
		`<script>document.title="pwned"</script>`, `"><img src=x onerror="document.title='pwned'">`, `' onmouseover='x`, `</style><script>document.title="pwned"</script>`,
		`</title><script>document.title="pwned"</script>`, "{}{}", "\u202egnp.exe\u2066", "\x1b]0;pwned\a\x1b[2J", "&lt;b&gt;", "<!--", "]]>", "\xff\xfe", "שלום עולם", strings.Repeat("W", 20_000), "a\nb\r\nc",
	} {
		for _, action := range []string{"deny", "allow"} {
			r := decided(noon.Add(time.Duration(i)*time.Hour), s, action, "refused", s, s)
			r.Agent, r.Layer, r.Tool, r.Policy, r.Rule, r.Message, r.Refusal, r.Cwd, r.Path, r.Unpredicted = s, s, s, s, s, s, s, s, s, true
			r.Details = map[string]string{s: s}
			records = append(records, r)
		}
		records = append(records,
			&audit.Record{Event: audit.EventSessionStart, Session: s, Agent: s, Mode: "monitor", Argv: []string{s}},
			&audit.Record{Event: audit.EventFailure, Session: s, Message: s, Details: map[string]string{s: s}})
	}
	return written(t, records...)
}

func origin(dir string) Origin {
	verified, err := audit.Verify(dir)
	if err != nil {
		panic(err)
	}
	return Origin{Host: "host<b>", Version: "1", Made: noon, Verified: verified}
}

func htmlOf(t testing.TB, dir string) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteHTML(&b, gather(t, dir, audit.Filter{}), origin(dir)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// elements are all that a page may be made of, with their attributes.
var elements = map[string]string{
	"html": "lang", "head": "", "meta": "charset http-equiv content name", "title": "id", "style": "", "body": "", "a": "class href", "header": "", "h1": "", "h2": "id",
	"p": "class", "bdi": "", "nav": "aria-label", "ul": "class aria-label", "li": "", "main": "id", "section": "id aria-labelledby", "dl": "class", "div": "class", "dt": "", "dd": "class",
	"strong": "", "figure": "", "svg": "viewBox role aria-labelledby aria-hidden", "desc": "id", "line": "class x1 x2 y1 y2", "text": "x y text-anchor", "rect": "class x y width height",
	"table": "", "caption": "", "thead": "", "tbody": "", "tr": "", "th": "scope class", "td": "class", "code": "class", "span": "class", "br": "", "footer": "",
}

// checkHTML reads a page as a strict reader would, and says what in it is not
// of this package's making.
func checkHTML(page string) error {
	head, rest, ok := strings.Cut(page, "<!DOCTYPE html>\n")
	if head != "" || !ok {
		return fmt.Errorf("no document type")
	}
	for _, r := range page {
		if r != '\n' && !unicode.IsPrint(r) {
			return fmt.Errorf("%U is in it", r)
		}
	}
	d := xml.NewDecoder(strings.NewReader(rest))
	var open []string
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			open = append(open, e.Name.Local)
			allowed, ok := elements[e.Name.Local]
			if !ok {
				return fmt.Errorf("<%s> is in it", e.Name.Local)
			}
			for _, a := range e.Attr {
				if !slices.Contains(strings.Fields(allowed), a.Name.Local) || a.Name.Local == "href" && !strings.HasPrefix(a.Value, "#") {
					return fmt.Errorf("<%s %s=%q> is in it", e.Name.Local, a.Name.Local, a.Value)
				}
			}
		case xml.EndElement:
			if open[len(open)-1] != e.Name.Local {
				return fmt.Errorf("</%s> ends <%s>", e.Name.Local, open[len(open)-1])
			}
			open = open[:len(open)-1]
		case xml.Comment, xml.ProcInst, xml.Directive:
			return fmt.Errorf("%T is in it", e)
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("%s is left open", open)
	}
	_, style, _ := strings.Cut(page, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	if want := `content="default-src 'none'; style-src 'sha256-` + base64.StdEncoding.EncodeToString(sum[:]) + `'; base-uri 'none'; form-action 'none'"`; strings.Count(strings.ReplaceAll(page, "&#43;", "+"), want) != 1 {
		return fmt.Errorf("%s is not in it", want)
	}
	return nil
}

func TestHTML(t *testing.T) {
	page := htmlOf(t, sample(t))
	if err := checkHTML(page); err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		"<dt>Decisions</dt><dd>8</dd>", "<strong>The trail is intact", "<code>cat id_rsa</code>", "A private SSH key", "standard.yaml:68", "foreseen: ls\ndate",
		"claude --resume", "the kernel layer ended", "2026-11-20 13:00: 2 denied", "host&lt;b&gt;", "1 failure",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is not in the page", want)
		}
	}
	if page := htmlOf(t, hostile(t)); checkHTML(page) != nil || len(page) > 1<<20 {
		t.Errorf("%v, %d bytes", checkHTML(page), len(page))
	}
	if err := checkHTML(htmlOf(t, written(t))); err != nil {
		t.Errorf("an empty trail: %v", err)
	}
	// The check can fail.
	for old, bad := range map[string]string{
		"A private SSH key": "<script>x</script>", "claude --resume": "<b>x", "<td>": `<td onclick="x">`, "<bdi>": "\u202e<bdi>", "body{": "body {", `href="#timeline"`: `href="http://x"`, "cat id_rsa": "<!-- -->",
	} {
		if broken := strings.Replace(page, old, bad, 1); broken == page || checkHTML(broken) == nil {
			t.Errorf("with %s for %s the page is as good", bad, old)
		}
	}
}

func TestVerdicts(t *testing.T) {
	dir := sample(t)
	for want, o := range map[string]func() Origin{
		"The trail was not checked.":         func() Origin { return Origin{} },
		"The trail is intact and sealed":     func() Origin { return origin(dir) },
		"whether later records were cut off": func() Origin { o := origin(dir); o.Verified.EndKnown = false; return o },
		"Not sealed yet, and as safe":        func() Origin { o := origin(dir); o.Verified.Unsealed = 3; return o },
		"The trail was tampered with.":       func() Origin { o := origin(dir); o.Verified.Intact, o.Verified.Found = false, 1; return o },
		"The first: trail-1:2: &lt;script&gt;.": func() Origin {
			o := origin(dir)
			o.Verified.Intact, o.Verified.Problems = false, []audit.Problem{{Segment: "trail-1", Line: 2, What: "<script>"}}
			return o
		},
	} {
		var b bytes.Buffer
		if err := WriteHTML(&b, gather(t, dir, audit.Filter{}), o()); err != nil || !strings.Contains(strings.ToLower(b.String()), strings.ToLower(want)) {
			t.Errorf("%s is not in the page: %v", want, err)
		}
	}
}

// Whatever is in a trail, what is kept of it is bounded.
func TestBounded(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "trail-00000001.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 2000)
	const n = 30_000
	for i := range n {
		fmt.Fprintf(f, `{"v":1,"seq":%d,"time":"%s","event":"decision","session":"s%d %s","agent":"a%d","tool":"t%d","command":"c%d %s","effects":[{"kind":"exec","certainty":"exact","program":"p%d"}],"unpredicted":true,"action":"deny","outcome":"refused","rule":"r%d","prev":"","hash":""}`+"\n",
			i+1, time.Unix(int64(i)*100_000, 0).UTC().Format(time.RFC3339Nano), i, long, i, i, i, long, i, i)
	}
	f.Close()
	s := gather(t, dir, audit.Filter{})
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 64<<20 {
		t.Errorf("%d bytes are in use", m.HeapAlloc)
	}
	if s.Records != n || len(s.Sessions) != maxSessions || len(s.Refusals) != maxDistinct || len(s.Unpredicted) != maxEvents || len(s.Days) != maxDays || s.Hours != nil {
		t.Errorf("%d records, %d sessions, %d refusals, %d surprises, %d days, %d hours", s.Records, len(s.Sessions), len(s.Refusals), len(s.Unpredicted), len(s.Days), len(s.Hours))
	}
	if last := s.Agents[len(s.Agents)-1]; len(s.Agents) != 51 || last.Name != "(others)" || last.Count != n-50 {
		t.Errorf("%d agents, %+v", len(s.Agents), last)
	}
	if s.Unpredicted[maxEvents-1].Seq != n {
		t.Errorf("the last of the surprises is %d", s.Unpredicted[maxEvents-1].Seq)
	}
	var b bytes.Buffer
	if err := WriteHTML(&b, s, Origin{}); err != nil || b.Len() > 4<<20 || checkHTML(b.String()) != nil {
		t.Errorf("%d bytes, %v, %v", b.Len(), err, checkHTML(b.String()))
	}
	runtime.KeepAlive(s)
}

// Times that no clock showed make no chart that nobody can draw.
func TestChart(t *testing.T) {
	far := time.Date(9999, 1, 1, 0, 0, 0, 0, time.Local)
	for _, times := range [][]time.Time{{noon}, {noon, noon.Add(47 * time.Hour)}, {noon, noon.AddDate(0, 0, 119)}, {noon, noon.AddDate(0, 0, 120)}, {time.Time{}, noon, far}} {
		var records []*audit.Record
		for _, at := range times {
			records = append(records, decided(at, "s", "allow", "run", "x"))
		}
		s := &Summary{}
		s.Days = nil
		for _, r := range records {
			s.Days = append(s.Days, Period{Start: r.Time, Allow: 1})
		}
		c := newChart(s)
		for _, b := range c.bars {
			if b.x < chartLeft || b.x+b.w > chartWidth || b.y < 0 || b.y+b.h > chartHeight || b.w < 1 {
				t.Errorf("%v: %+v", times, b)
			}
		}
		if len(c.bars) == 0 || len(c.labels) > 7 || len(c.labels) == 0 {
			t.Errorf("%v: %d bars, %d labels", times, len(c.bars), len(c.labels))
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add(`<script>`, "\u202e'\"&")
	f.Add("{}", "\xff\x00")
	f.Fuzz(func(t *testing.T, a, b string) {
		g := gatherer{hours: map[time.Time]*Period{}, days: map[time.Time]*Period{}, sessions: map[string]*Session{}, refusals: map[string]*Refusal{}}
		r := decided(noon, a, b, a, b, a)
		r.Message, r.Rule, r.Unpredicted, r.Details = b, a, true, map[string]string{a: b}
		g.add(r)
		g.add(&audit.Record{Event: b, Message: a, Session: b, Argv: []string{a}})
		var out bytes.Buffer
		if err := WriteHTML(&out, g.summary(), Origin{Host: a, Version: b}); err != nil {
			t.Fatal(err)
		}
		if err := checkHTML(out.String()); err != nil {
			t.Errorf("%v: %q, %q", err, a, b)
		}
	})
}
