package ship

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"rampart/audit"
)

// hostile are texts that would be something else if a frame broke.
var hostile = []string{
	"plain",
	"two\nlines\r\n<13>1 2026-01-01T00:00:00Z host app - - - forged",
	"\n<165>1 2026-01-01T00:00:00Z h a - - - forged\n",
	"120 <13>1 - - - - - - forged",
	"nul\x00esc\x1b[31mbell\x07del\x7f",
	`quote " backslash \ bracket ] [x@1 a="b"]`,
	`"} {"v":1,"event":"forged"}`,
	"bidi \u202eevil\u2066 sep\u2028end\u0085",
	"grüße, 漢字 🚀",
	"not utf-8 \xff\xfe",
	"%s %n #012 #011 |=|",
	strings.Repeat("long ", 10_000),
}

// hostileRecords appends one record for each text, with it in every place.
func (w *world) hostileRecords() {
	w.t.Helper()
	for i, text := range hostile {
		r := &audit.Record{
			Event: audit.EventDecision, Session: "s1", Agent: text, Layer: "shell", Tool: "exec", Command: text, Argv: []string{text, text},
			Cwd: "/" + text, Path: text, URL: text, Action: "deny", Outcome: "refused", Policy: text, Rule: text, Message: text,
			Effects: []audit.Effect{{Kind: "read", Certainty: "exact", Path: text}}, Details: map[string]string{"text": text},
		}
		if i%2 == 1 {
			r.Action, r.Outcome = "allow", "run"
		}
		if err := w.log.Append(r); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestRsyslogd: what a real rsyslogd understands of the messages, over each
// transport, and that its file is an anchor.
func TestRsyslogd(t *testing.T) {
	for _, transport := range []string{"udp", "tcp", "gtls", "ossl"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			server := startRsyslogd(t, transport, 0)
			address, ca := fmt.Sprintf("%s://127.0.0.1:%d", transport, server.port), ""
			if strings.HasSuffix(transport, "tls") || transport == "ossl" {
				address, ca = fmt.Sprintf("tls://localhost:%d", server.port), server.dir+"/ca.pem"
			}
			d, err := NewSyslog(address, ca, JSON)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, audit.Options{})
			s := d.Start(audit.Position{}, w.options())
			w.hostileRecords()
			if err := w.log.Seal(); err != nil {
				t.Fatal(err)
			}
			lines := w.lines()
			if left := s.Close(time.Minute); left.Records != 0 {
				t.Fatalf("left %+v", left)
			}
			got := server.messages(len(lines))
			if len(got) != len(lines) {
				plain, _ := os.ReadFile(server.dir + "/plain")
				t.Fatalf("%d messages of %d records:\n%s", len(got), len(lines), plain)
			}
			for i, line := range lines {
				checkParsed(t, got[i], line)
			}
			if d := w.reported(Dropped); len(d) > 0 {
				t.Errorf("dropped %+v", d)
			}
			w.log.Close()
			report, err := audit.VerifyWith(w.dir, audit.VerifyOptions{Anchor: server.dir + "/plain"})
			if err != nil || !report.Intact || report.Anchored < len(lines)-1 {
				t.Errorf("rsyslogd's file as an anchor: %v, %+v", err, report)
			}
		})
	}
}

func checkParsed(t *testing.T, got parsed, line string) {
	t.Helper()
	r, err := audit.ParseRecord([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	pri := fmt.Sprint(13*8 + Severity(r))
	want := parsed{pri, r.Time.Format("2006-01-02T15:04:05.000000") + "+00:00", host, "rampart", headerWord(r.Session, 128), r.Event, "", ""}
	data, msg := got.Data, strings.TrimPrefix(got.Msg, " ")
	got.Data, got.Msg = "", ""
	if got != want {
		t.Errorf("parsed %+v\nwant   %+v", got, want)
	}
	if !strings.HasPrefix(data, fmt.Sprintf(`[rampart@32473 seq="%d"`, r.Seq)) || !strings.HasSuffix(data, "]") {
		t.Errorf("structured data %q", data)
	}
	if msg = strings.TrimPrefix(msg, bom); msg == line {
		return
	}
	short, err := audit.ParseRecord([]byte(msg))
	if err != nil || len(line) < maxMessage/2 || !strings.Contains(msg, `"shortened":true`) || short.Hash != r.Hash || short.Seq != r.Seq || short.Command == "" {
		t.Errorf("message %d bytes: %q, %v", len(msg), msg, err)
	}
}

// TestRsyslogdCEF: the same as CEF, in which the seals are whole.
func TestRsyslogdCEF(t *testing.T) {
	server := startRsyslogd(t, "tcp", 0)
	d, err := NewSyslog(fmt.Sprintf("tcp://127.0.0.1:%d", server.port), "", CEF("1.0"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cef")
	also, err := NewFile(path, CEF("1.0"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, audit.Options{})
	s, f := d.Start(audit.Position{}, w.options()), also.Start(audit.Position{}, w.options())
	w.hostileRecords()
	if err := w.log.Seal(); err != nil {
		t.Fatal(err)
	}
	lines := w.lines()
	s.Close(time.Minute)
	f.Close(time.Minute)
	got := server.messages(len(lines))
	data, _ := os.ReadFile(path)
	file := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if len(got) != len(lines) || len(file) != len(lines) {
		t.Fatalf("%d messages and %d lines of %d records", len(got), len(file), len(lines))
	}
	for i := range lines {
		msg := strings.TrimPrefix(strings.TrimPrefix(got[i].Msg, " "), bom)
		seq := fmt.Sprintf(" externalId=%d ", i+1)
		if !strings.HasPrefix(msg, "CEF:0|Rampart|Rampart|1.0|") || !strings.Contains(msg, seq) || msg != file[i] && len(file[i]) < maxMessage/2 || !strings.Contains(file[i], seq) {
			t.Errorf("message %q\nfile %q", msg, file[i])
		}
	}
	w.log.Close()
	for _, anchor := range []string{path, server.dir + "/plain"} {
		if report, err := audit.VerifyWith(w.dir, audit.VerifyOptions{Anchor: anchor}); err != nil || !report.Intact || report.Anchored < 2 {
			t.Errorf("%s as an anchor: %v, %+v", anchor, err, report)
		}
	}
}

// TestRsyslogdComesAndGoes: nothing is lost to a server that is not there yet, and
// what is sent after it was restarted arrives.
func TestRsyslogdComesAndGoes(t *testing.T) {
	for _, transport := range []string{"udp", "tcp", "gtls"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			w := newWorld(t, audit.Options{})
			d, err := NewSyslog(fmt.Sprintf("%s://localhost:%d", strings.TrimPrefix(transport, "g"), port), "", JSON)
			if err != nil {
				t.Fatal(err)
			}
			w.add("early")
			s := d.Start(audit.Position{}, w.options())
			until(t, "the outage to be told", func() bool { return len(w.reported(Down)) == 1 })
			server := startRsyslogd(t, transport, port)
			if transport == "gtls" { // whose authority was not known before
				s.Close(time.Second)
				if d, err = NewSyslog(fmt.Sprintf("tls://localhost:%d", port), server.dir+"/ca.pem", JSON); err != nil {
					t.Fatal(err)
				}
				s = d.Start(audit.Position{}, w.options())
			}
			seen := func(command string) func() bool {
				return func() bool {
					data, _ := os.ReadFile(server.dir + "/plain")
					return strings.Contains(string(data), `"command":"`+command+`"`)
				}
			}
			until(t, "the early record", seen("early"))
			server.stop()
			w.add("meanwhile")
			time.Sleep(2 * pollEvery)
			server.start("/usr/sbin/rsyslogd")
			w.add("late")
			until(t, "the record of between", seen("meanwhile"))
			until(t, "the late record", seen("late"))
			if left := s.Close(time.Minute); left.Records != 0 {
				t.Errorf("left %+v", left)
			}
		})
	}
}

// TestTLS: a certificate that is not good means that nothing is sent.
func TestTLS(t *testing.T) {
	server := startRsyslogd(t, "gtls", 0)
	other := t.TempDir()
	writeCertificate(t, other, "localhost")
	for _, tt := range []struct{ name, host, ca, want string }{
		{"wrong host", "127.0.0.1", server.dir + "/ca.pem", "certificate"},
		{"unknown authority", "localhost", "", "certificate"},
		{"another authority of the same name", "localhost", other + "/ca.pem", "certificate"},
	} {
		d, err := NewSyslog(fmt.Sprintf("tls://%s:%d", tt.host, server.port), tt.ca, JSON)
		if err != nil {
			t.Fatal(err)
		}
		err = d.Sink.Send(context.Background(), []Item{testItem("x")})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
		d.Sink.Close(context.Background())
	}
	if data, _ := os.ReadFile(server.dir + "/plain"); strings.Contains(string(data), `"v":1`) {
		t.Errorf("something was sent: %s", data)
	}
	for _, ca := range []string{server.dir + "/nothing", server.dir + "/conf"} {
		if _, err := NewSyslog("tls://localhost", ca, JSON); err == nil {
			t.Errorf("%s is taken for an authority", ca)
		}
	}
}

func testItem(command string) Item {
	line := []byte(`{"v":1,"seq":7,"time":"2026-01-02T03:04:05.123456789Z","event":"decision","command":"` + command + `","action":"deny","prev":"","hash":""}`)
	r, err := audit.ParseRecord(line)
	if err != nil {
		panic(err)
	}
	return Item{line, r}
}

// TestMessage: the text itself, by the grammar of RFC 5424.
func TestMessage(t *testing.T) {
	m := rfc5424{"host", JSON}
	got := string(m.message(testItem("ls")))
	want := `<108>1 2026-01-02T03:04:05.123456Z host rampart - decision [rampart@32473 seq="7" action="deny"] ` + string(testItem("ls").Line)
	if got != want {
		t.Errorf("%s\n%s", got, want)
	}
	if got := string(m.message(testItem("ü"))); !strings.Contains(got, "] \ufeff{\"v\"") {
		t.Errorf("no mark: %s", got)
	}
	if host := newRFC5424(JSON).hostname; host == "" || strings.ContainsAny(host, " \n") {
		t.Errorf("host %q", host)
	}
}

// grammar is that of a message whose text is printable.
var grammar = regexp.MustCompile(`^<1[0-9]{2}>1 [0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z [!-~]{1,255} rampart [!-~]{1,128} [!-~]{1,32} \[rampart@32473( [a-z]+="([^"\\\]]|\\["\\\]])*")+\] (` + bom + `)?(\{.*\}|CEF:0\|.*)$`)

// FuzzMessage: whatever a record holds, the message keeps to the grammar and the
// limit, and has nothing unprintable in it.
func FuzzMessage(f *testing.F) {
	for _, text := range hostile {
		f.Add(text, text, uint8(0))
		f.Add("s-1", text, uint8(3))
	}
	dir := f.TempDir()
	log, err := audit.Open(dir, audit.Options{})
	if err != nil {
		f.Fatal(err)
	}
	defer log.Close()
	reader := audit.NewFollower(dir, audit.Position{})
	messages := []rfc5424{{"host", JSON}, {"host", CEF("1")}}
	f.Fuzz(func(t *testing.T, name, text string, kind uint8) {
		actions := []string{"allow", "deny", "ask", text}
		r := &audit.Record{Event: audit.EventDecision, Session: name, Agent: name, Tool: name, Command: text, Argv: []string{text, name}, Message: text,
			Action: actions[kind%4], Rule: text, Policy: name, Details: map[string]string{name: text}}
		if kind > 127 {
			r.Event = text
		}
		if err := log.Append(r); err != nil {
			t.Fatal(err)
		}
		for {
			line, err := reader.Next()
			if err != nil {
				return
			}
			r, err := audit.ParseRecord(line)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range messages {
				got := m.message(Item{audit.Harmless(line), r})
				if len(got) > maxMessage || !grammar.Match(got) {
					t.Fatalf("%d bytes: %q", len(got), got)
				}
				for _, c := range string(got) {
					if c < ' ' || c >= 0x7f && c < 0xa0 || c == '\u2028' || c == '\u202e' {
						t.Fatalf("%q in %q", c, got)
					}
				}
			}
		}
	})
}

// TestAddress: what --syslog takes.
func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"logs:1514":             "syslog udp://logs:1514 (json)",
		"udp://logs":            "syslog udp://logs:514 (json)",
		"tcp://logs":            "syslog tcp://logs:601 (json)",
		"tcp://10.0.0.1:1":      "syslog tcp://10.0.0.1:1 (json)",
		"tls://logs.example":    "syslog tls://logs.example:6514 (json)",
		"tls://[::1]:7":         "syslog tls://[::1]:7 (json)",
		"[2001:db8::1]:514":     "syslog udp://[2001:db8::1]:514 (json)",
		"logs":                  "syslog udp://logs:514 (json)",
		"":                      "",
		"http://logs":           "",
		"tcp://":                "",
		"tcp://u:p@logs":        "",
		"tcp://logs/x":          "",
		"tcp://logs?x=1":        "",
		"logs:99999":            "",
		"logs:0":                "",
		"logs:x":                "",
		"tcp://logs:514 evil\n": "",
	} {
		d, err := NewSyslog(in, "", JSON)
		if (err == nil) != (want != "") || d.Name != want {
			t.Errorf("%q: %q, %v", in, d.Name, err)
		}
	}
}

// TestFile: lines are whole, whatever happened to the file meanwhile.
func TestFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	if err := os.WriteFile(path, []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := NewFile(path, JSON)
	if err != nil {
		t.Fatal(err)
	}
	send := func(command string) error { return d.Sink.Send(context.Background(), []Item{testItem(command)}) }
	line := func(command string) string { return string(testItem(command).Line) + "\n" }
	check := func(path, want string) {
		t.Helper()
		if got, _ := os.ReadFile(path); string(got) != want {
			t.Errorf("%s holds %q, want %q", path, got, want)
		}
	}
	if err := errors.Join(send("a"), send("b")); err != nil {
		t.Fatal(err)
	}
	check(path, "torn\n"+line("a")+line("b"))
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := send("c"); err != nil {
		t.Fatal(err)
	}
	check(path, line("c"))
	d.Sink.Close(context.Background())
	if err := errors.Join(os.Remove(path), os.Symlink(path+".1", path)); err != nil {
		t.Fatal(err)
	}
	if err := send("d"); err == nil {
		t.Error("a link was followed")
	}
	check(path+".1", "torn\n"+line("a")+line("b"))
	if _, err := os.Stat("/dev/full"); err == nil {
		full := &file{path: "/dev/full", format: JSON}
		if err := full.Send(context.Background(), []Item{testItem("x")}); err == nil {
			t.Error("a device is taken for a file")
		}
	}
}

// TestEndpoint: what --otlp takes, and that no token is in its name.
func TestEndpoint(t *testing.T) {
	for in, want := range map[string]string{
		"http://127.0.0.1:4318":         "http://127.0.0.1:4318/v1/logs",
		"https://collector":             "https://collector/v1/logs",
		"https://collector/tok-en/logs": "https://collector/tok-en/logs",
		"collector:4318":                "",
		"ftp://collector":               "",
		"https://":                      "",
		"https://u:sesame@collector":    "",
		"https://collector?x=1":         "",
	} {
		u, err := ParseEndpoint(in)
		if (err == nil) != (want != "") || err == nil && u.String() != want {
			t.Errorf("%s: %v, %v", in, u, err)
		}
		if err != nil && strings.Contains(err.Error(), "sesame") || err == nil && strings.Contains(EndpointName(u), "tok-en") {
			t.Errorf("%s: a secret is told: %v", in, err)
		}
	}
}
