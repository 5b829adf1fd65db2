package audit

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// line encodes r as the first record of a trail.
func line(r *Record) []byte {
	b, _ := appendLine(nil, encodeBody(nil, r), link{})
	return b[:len(b)-1]
}

func fullRecord() *Record {
	return &Record{
		Time: time.Date(2026, 11, 22, 13, 50, 29, 1000, time.FixedZone("x", 3600)), Event: EventDecision, Session: "s", Agent: "a", Layer: "l",
		PID: 1, UID: 2, Cwd: "/c", Tool: "exec", Command: "cmd", Argv: []string{"a", "", "b"}, Path: "/p", URL: "http://u",
		Effects: []Effect{
			{Kind: "exec", Certainty: "exact", Program: "p", Argv: []string{"x"}, Path: "/x", Builtin: true},
			{Kind: "flow", Certainty: "unknown", Host: "h", URL: "u", Name: "N", Value: "v", From: "f", To: "t", Recursive: true, Sends: true, Via: "v"},
		},
		Files:      []File{{Path: "/s.sh", Size: 0, SHA256: "00ff"}, {Path: "/t", Size: 7, SHA256: "1"}},
		Unresolved: true, Unpredicted: true, Action: "ask", Outcome: "run", Mode: "enforce", Policy: "po", Rule: "r:1", Message: "m",
		Instead: "i", Refusal: "re", Details: map[string]string{"b": "2", "a": "1"}, Duration: 5 * time.Microsecond,
	}
}

func TestEncode(t *testing.T) {
	const want = `{"v":1,"seq":1,"time":"2026-11-22T12:50:29.000001000Z","event":"decision","session":"s","agent":"a","layer":"l",` +
		`"pid":1,"uid":2,"cwd":"/c","tool":"exec","command":"cmd","argv":["a","","b"],"path":"/p","url":"http://u","effects":[` +
		`{"kind":"exec","certainty":"exact","program":"p","argv":["x"],"path":"/x","builtin":true},` +
		`{"kind":"flow","certainty":"unknown","host":"h","url":"u","name":"N","value":"v","from":"f","to":"t","recursive":true,"sends":true,"via":"v"}],"files":[{"path":"/s.sh","size":0,"sha256":"00ff"},{"path":"/t","size":7,"sha256":"1"}],` +
		`"unresolved":true,"unpredicted":true,"action":"ask","outcome":"run","mode":"enforce","policy":"po","rule":"r:1","message":"m",` +
		`"instead":"i","refusal":"re","details":{"a":"1","b":"2"},"duration_us":5,"prev":"`
	r := fullRecord()
	got := line(r)
	if !strings.HasPrefix(string(got), want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !isCanonical(got) {
		t.Error("not canonical by its own account")
	}
	back, err := ParseRecord(got)
	if err != nil {
		t.Fatal(err)
	}
	r.Seq, r.Prev, r.Hash, r.Time = back.Seq, back.Prev, back.Hash, back.Time
	if !reflect.DeepEqual(back, r) {
		t.Errorf("got  %+v\nwant %+v", back, r)
	}
}

// Every field of a record is in the schema, and every key of the schema in a
// record that has everything.
func TestSchemaIsWhole(t *testing.T) {
	r := fullRecord()
	r.Cut = true
	var m map[string]any
	if err := json.Unmarshal(line(r), &m); err != nil {
		t.Fatal(err)
	}
	if len(m) != len(recordKeys)-1 { // without seal
		t.Errorf("%d keys are written, %d are known", len(m), len(recordKeys))
	}
	var sealed struct{ Seal map[string]any }
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	seal := appendSealBody(nil, r.Time, &Seal{Epoch: 1, Since: "x", Reason: "x", Idle: 1, Next: "x"}, link{}, private)
	sealedLine, _ := appendLine(nil, seal, link{})
	if err := json.Unmarshal(sealedLine, &sealed); err != nil || !isCanonical(sealedLine[:len(sealedLine)-1]) {
		t.Errorf("%s: %v", sealedLine, err)
	}
	if len(sealed.Seal) != len(sealKeys) || len(sealKeys) != reflect.TypeFor[Seal]().NumField() {
		t.Errorf("%d keys of a seal are written, %d are known", len(sealed.Seal), len(sealKeys))
	}
	for _, k := range recordKeys {
		if _, ok := m[k.name]; !ok && k.name != "seal" {
			t.Errorf("%s is not written", k.name)
		}
	}
	if n := reflect.TypeFor[Record]().NumField(); n != len(recordKeys)-1 { // v has no field
		t.Errorf("%d fields, %d keys", n, len(recordKeys))
	}
	if n := reflect.TypeFor[File]().NumField(); n != len(fileKeys) {
		t.Errorf("%d fields, %d keys", n, len(fileKeys))
	}
	if n := reflect.TypeFor[Effect]().NumField(); n != len(effectKeys) {
		t.Errorf("%d fields, %d keys", n, len(effectKeys))
	}
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		`a"b\c`:              `a\"b\\c`,
		"a\nb\tc\rd":         `a\nb\tc\u000dd`,
		"\x1b[2J\x07\x00":    `\u001b[2J\u0007\u0000`,
		"\u0085\u009b31m":    `\u0085\u009b31m`, // C1: NEL, CSI
		"\u2028\u2029":       `\u2028\u2029`,
		"\u202eevil\u2066":   `\u202eevil\u2066`,
		"\u200b\ufeff\u00ad": `\u200b\ufeff\u00ad`,
		"\U000e0041":         `\udb40\udc41`, // a tag: invisible text
		"\x7f":               `\u007f`,
		"é漢🎉":                "é漢🎉",
		"a\xffb\xc3":         `a\ufffdffb\ufffdc3`,
		"\xed\xa0\x80":       `\ufffded\ufffda0\ufffd80`,
		"\ufffd":             "\ufffd",
	} {
		got := string(appendEscaped(nil, in))
		if got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
		var back string
		if err := json.Unmarshal([]byte(`"`+got+`"`), &back); err != nil || utf8.ValidString(in) && back != in {
			t.Errorf("%q: read back %q, %v", in, back, err)
		}
	}
}

// No record is too long for its line, whatever it is about.
func TestEncodeLimits(t *testing.T) {
	huge := strings.Repeat("\xff", 8<<20)
	many := make([]string, 200_000)
	details := map[string]string{}
	for i := range 10000 {
		details[fmt.Sprint("k\xff", i)] = huge[:100]
	}
	effects := make([]Effect, 10000)
	for i := range effects {
		effects[i] = Effect{Kind: "exec", Certainty: "exact", Program: huge[:100], Argv: []string{huge[:100], "x"}}
	}
	r := &Record{
		Event: huge, Session: huge, Agent: huge, Layer: huge, Cwd: huge, Tool: huge, Command: huge[:maxCommand-10], Argv: many, Path: huge,
		URL: huge, Effects: effects, Action: huge, Outcome: huge, Mode: huge, Policy: huge, Rule: huge, Message: huge, Instead: huge,
		Refusal: huge, Details: details,
	}
	for range 2 {
		got := line(r)
		if len(got) > MaxLine {
			t.Errorf("%d bytes", len(got))
		}
		back, err := ParseRecord(got)
		if err != nil || !back.Cut || !isCanonical(got) {
			t.Errorf("%v, cut %v, canonical %v", err, back.Cut, isCanonical(got))
		}
		r.Command, r.Argv = huge, []string{huge, huge}
	}
	back, _ := ParseRecord(line(&Record{Event: "x", Command: "ä" + strings.Repeat("x", maxCommand), Argv: []string{"a", "b"}, Action: "deny"}))
	if want := "…[+2 bytes]"; !strings.HasSuffix(back.Command, want) || back.Action != "deny" || back.Argv[0] != "…[+2 arguments]" {
		t.Errorf("%q %q %q", back.Command[len(back.Command)-20:], back.Action, back.Argv)
	}
}

func TestSecretsStayOut(t *testing.T) {
	const secret = "hunter2hunter2"
	r := &Record{
		Event: "decision", Command: "TOKEN=" + secret, Argv: []string{"x", "--password", secret}, URL: "http://u:" + secret + "@h/",
		Path: "/x?token=" + secret, Message: "TOKEN=" + secret, Refusal: "TOKEN=" + secret, Instead: "TOKEN=" + secret,
		Details: map[string]string{"token": secret, "x": "TOKEN=" + secret},
		Effects: []Effect{
			{Kind: "exec", Argv: []string{"mysql", "-p" + secret}}, {Kind: "fetch", URL: "http://u:" + secret + "@h/"},
			{Kind: "setenv", Name: "TOKEN", Value: secret},
		},
	}
	if got := string(line(r)); strings.Contains(got, secret) || strings.Count(got, "[redacted]") != 12 {
		t.Errorf("%d in %s", strings.Count(got, "[redacted]"), got)
	}
}

func FuzzEncode(f *testing.F) {
	f.Add("rm -rf /", "a\x1b[2J\n", "k")
	f.Add("\xff\u2028\u202e", `"}`, `","hash":"`)
	f.Fuzz(func(t *testing.T, command, other, key string) {
		r := &Record{
			Event: EventDecision, Session: other, Command: command, Argv: []string{other, command}, Message: other, Action: key,
			Effects: []Effect{{Kind: "exec", Program: other, Argv: []string{key}}}, Details: map[string]string{key: other, "x": command},
		}
		got := line(r)
		if !utf8.Valid(got) || !json.Valid(got) || !isCanonical(got) {
			t.Fatalf("%q", got)
		}
		for _, c := range got {
			if c < ' ' || c == 0x7f {
				t.Fatalf("a control in %q", got)
			}
		}
		if c, ok := readChained(got); !ok || !c.valid || c.seq != 1 {
			t.Fatalf("%q does not read back", got)
		}
		if _, err := ParseRecord(got); err != nil {
			t.Fatal(err)
		}
	})
}
