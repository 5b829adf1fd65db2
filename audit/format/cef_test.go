package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"rampart/audit"
)

var here = Origin{Version: "1.2", Host: "host"}

func refused() *audit.Record {
	return &audit.Record{
		Seq: 7, Hash: strings.Repeat("ab", 32), Time: time.UnixMilli(1_700_000_000_123), Event: audit.EventDecision,
		Session: "s-1", Agent: "claude", Layer: "shell", PID: 41, UID: 1000, Cwd: "/home/dev", Tool: "exec",
		Command: "cat ~/.ssh/id_rsa", Action: "deny", Outcome: "refused", Mode: "enforce",
		Policy: "secrets", Rule: "standard.yaml:68", Message: "A private SSH key", Unresolved: true, Duration: 90 * time.Microsecond,
		Effects: []audit.Effect{
			{Kind: "exec", Certainty: "exact", Program: "cd", Builtin: true},
			{Kind: "exec", Certainty: "exact", Program: "/usr/bin/cat"},
			{Kind: "read", Certainty: "exact", Path: "/home/dev/.ssh/id_rsa"},
		},
	}
}

func TestCEF(t *testing.T) {
	const want = `CEF:0|Rampart|Rampart|1.2|decision.deny|Refused|8|rt=1700000000123 externalId=7 cat=decision dvchost=host ` +
		`deviceFacility=shell act=deny outcome=refused sourceServiceName=claude spid=41 suid=1000 dproc=/usr/bin/cat ` +
		`msg=A private SSH key cs1=cat ~/.ssh/id_rsa cs1Label=Command cs2=s-1 cs2Label=Session cs3=standard.yaml:68 cs3Label=Rule ` +
		`cs4=secrets cs4Label=Policy cs5=/home/dev cs5Label=Directory cs6=HASH cs6Label=Record ` +
		`flexString1=exec flexString1Label=Tool flexString2=unresolved flexString2Label=Remarks cn1=90 cn1Label=Microseconds`
	r := refused()
	if got := string(CEF(nil, r, here)); got != strings.Replace(want, "HASH", r.Hash, 1) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// parseCEF reads a line by the rules of the format.
func parseCEF(line string) (header []string, ext map[string]string, err error) {
	rest, ok := strings.CutPrefix(line, "CEF:")
	if !ok {
		return nil, nil, fmt.Errorf("no CEF")
	}
	var b strings.Builder
	for len(header) < 7 {
		if rest == "" {
			return nil, nil, fmt.Errorf("a header of %d fields", len(header))
		}
		switch c := rest[0]; {
		case c == '|':
			header = append(header, b.String())
			b.Reset()
		case c == '\\':
			if len(rest) < 2 || rest[1] != '|' && rest[1] != '\\' {
				return nil, nil, fmt.Errorf("an unknown escape in the header")
			}
			rest = rest[1:]
			b.WriteByte(rest[0])
		default:
			b.WriteByte(c)
		}
		rest = rest[1:]
	}
	ext = map[string]string{}
	for rest != "" {
		key, value, ok := strings.Cut(rest, "=")
		if !ok || key == "" || strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			return nil, nil, fmt.Errorf("%q is no key", key)
		}
		end := len(value) // or the blank before the last word in front of the next bare =
		for i := 0; i < len(value); i++ {
			if value[i] == '\\' {
				i++
			} else if value[i] == '=' {
				if end = strings.LastIndexByte(value[:i], ' '); end < 0 {
					return nil, nil, fmt.Errorf("a bare = in the value of %s", key)
				}
				break
			}
		}
		rest = strings.TrimPrefix(value[end:], " ")
		value = value[:end]
		if _, twice := ext[key]; twice {
			return nil, nil, fmt.Errorf("the key %s twice", key)
		}
		if ext[key], err = unescape(value); err != nil {
			return nil, nil, err
		}
	}
	return header, ext, nil
}

func unescape(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		if i++; i == len(s) {
			return "", fmt.Errorf("a backslash at the end")
		}
		n := strings.IndexByte(`\=nr`, s[i])
		if n < 0 {
			return "", fmt.Errorf("the escape \\%c", s[i])
		}
		b.WriteByte("\\=\n\r"[n])
	}
	return b.String(), nil
}

// hostile are texts that try to be more than text.
var hostile = []string{
	"a\nCEF:0|x|y|1|z|n|0|act=allow", "x act=allow outcome=run", `\`, `\\`, `x\`, `a\=b`, `|`, "a|b\\|c", "\x1b]0;t\a\x1b[2J", "\u202egnp.exe",
	"\xff\xfe", "\r\n", "\u2028x", "=1+1", "=", " ", "  x  ", "x =y", "x\\ act=allow", "é=ü", "\x00", "a\tb", "cs1Label=x", "\ufeff", "…",
	"x\u00a0act=allow", "<script>alert(1)</script>",
}

func TestCEFHostile(t *testing.T) {
	for _, s := range hostile {
		r := refused()
		r.Command, r.Message, r.Cwd, r.Agent, r.Session, r.Rule, r.Event = s, s, s, s, s, s, s
		line := string(CEF(nil, r, Origin{Version: s, Host: s}))
		checkLine(t, line)
		header, ext, err := parseCEF(line)
		if err != nil {
			t.Errorf("%q: %v in %q", s, err, line)
			continue
		}
		if header[1] != "Rampart" || header[4] != "other" || header[6] != "5" || ext["act"] != "deny" || ext["outcome"] != "refused" || ext["cs1"] != ext["msg"] {
			t.Errorf("%q: %q, %q", s, header, ext)
		}
		if want := strings.Trim(s, " "); utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\r' }) < 0 && ext["cs1"] != want {
			t.Errorf("%q became %q", want, ext["cs1"])
		}
	}
}

// checkLine holds a line against what every form promises.
func checkLine(t *testing.T, line string) {
	t.Helper()
	if !utf8.ValidString(line) {
		t.Errorf("%q is not UTF-8", line)
	}
	for _, r := range line {
		if !unicode.IsPrint(r) {
			t.Errorf("%q holds %U", line, r)
		}
	}
}

func TestCEFLengths(t *testing.T) {
	for _, s := range []string{strings.Repeat("x", 1<<20), strings.Repeat("é\n", 5000), strings.Repeat("=\\", 5000), strings.Repeat("\x1b", 5000)} {
		r := refused()
		r.Command, r.Message, r.Action, r.URL, r.Path, r.Cwd = s, s, s, s, s, s
		_, ext, err := parseCEF(string(CEF(nil, r, Origin{Host: s})))
		if err != nil {
			t.Fatal(err)
		}
		for key, limit := range map[string]int{"cs1": 4000, "cs5": 4000, "msg": 1023, "act": 63, "dvchost": 100, "request": 1023, "filePath": 1023} {
			if n := utf8.RuneCountInString(ext[key]); n > limit || n < limit-4 || !strings.HasSuffix(ext[key], "…") {
				t.Errorf("%s has %d characters: %.20q", key, n, ext[key])
			}
		}
	}
	r := refused()
	r.Action = strings.Repeat("x", 63)
	if _, ext, _ := parseCEF(string(CEF(nil, r, here))); ext["act"] != r.Action {
		t.Errorf("cut without need: %q", ext["act"])
	}
}

// TestCEFOracle has the parser of rsyslog's normaliser read what was written.
func TestCEFOracle(t *testing.T) {
	program, err := exec.LookPath("lognormalizer")
	if err != nil {
		t.Skip("lognormalizer (liblognorm-utils) is not installed")
	}
	rules := filepath.Join(t.TempDir(), "cef.rb")
	if err := os.WriteFile(rules, []byte("version=2\nrule=:%f:cef%\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var in bytes.Buffer
	var want []map[string]string
	for _, s := range hostile {
		r := refused()
		r.Command, r.Message = s, s
		line := CEF(nil, r, Origin{Version: "1", Host: "host"})
		in.Write(append(line, '\n'))
		_, ext, err := parseCEF(string(line))
		if err != nil {
			t.Fatal(err)
		}
		ext["t"] = ext["rt"] // it drops the first letter of the first key
		delete(ext, "rt")
		want = append(want, ext)
	}
	cmd := exec.Command(program, "-r", rules, "-e", "json")
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines of %d:\n%s", len(lines), len(want), out)
	}
	for i, line := range lines {
		var got struct {
			F struct {
				SignatureID string
				Extensions  map[string]string
			}
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil || got.F.SignatureID != "decision.deny" || !maps.Equal(got.F.Extensions, want[i]) {
			t.Errorf("%q: %v\n%s\nwant %q", hostile[i], err, line, want[i])
		}
	}
}

// Every event and every action has a name of its own to a log server.
func TestKinds(t *testing.T) {
	source, err := os.ReadFile("../record.go")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(source)) {
		if !strings.HasPrefix(line, "\tEvent") || !strings.Contains(line, " = ") {
			continue
		}
		if event := strings.Split(line, `"`)[1]; event != audit.EventDecision && kindOf(&audit.Record{Event: event}).id != event {
			t.Errorf("the event %s has no kind", event)
		}
	}
	for _, action := range []string{"allow", "watch", "ask", "deny"} {
		for _, outcome := range []string{"run", "refused"} {
			if k := kindOf(&audit.Record{Event: audit.EventDecision, Action: action, Outcome: outcome}); k.id != "decision."+action {
				t.Errorf("%s, %s has no kind", action, outcome)
			}
		}
	}
}

func FuzzCEF(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		r := refused()
		r.Command, r.Message, r.Session, r.Path, r.URL = a, b, b, a, b
		line := string(CEF(nil, r, Origin{Version: a, Host: b}))
		checkLine(t, line)
		header, ext, err := parseCEF(line)
		if err != nil || header[4] != "decision.deny" || ext["act"] != "deny" || ext["outcome"] != "refused" || ext["cs6"] != r.Hash {
			t.Errorf("%v: %q", err, line)
		}
	})
}
