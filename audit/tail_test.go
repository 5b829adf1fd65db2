package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
)

func tailOf(t *testing.T, dir string, opt TailOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Tail(t.Context(), &b, dir, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTail(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, Options{})
	for i := range 10 {
		appendAll(t, l, decision("allow", fmt.Sprintf("echo %d", i)))
	}
	for n, want := range map[int]string{0: "", 1: "9", 3: "7 8 9", 10: "0 1 2 3 4 5 6 7 8 9", 99: "0 1 2 3 4 5 6 7 8 9"} {
		var got []string
		for l := range strings.Lines(tailOf(t, dir, TailOptions{N: n})) {
			_, after, _ := strings.Cut(l, "echo ")
			got = append(got, after[:1])
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("last %d: %s", n, s)
		}
	}
	if got := tailOf(t, dir, TailOptions{N: 2, JSON: true}); got != strings.Join(lines(t, dir)[8:], "") {
		t.Errorf("%s", got)
	}
	if err := Tail(t.Context(), &bytes.Buffer{}, filepath.Join(dir, "missing"), TailOptions{N: 1}); !errors.Is(err, ErrNoTrail) {
		t.Errorf("%v", err)
	}
}

func TestTailOverSegments(t *testing.T) {
	dir := trail(t, 20)
	all := lines(t, dir)
	for n := range len(all) + 2 {
		want := strings.Join(all[max(0, len(all)-n):], "")
		if got := tailOf(t, dir, TailOptions{N: n, JSON: true}); got != want {
			t.Fatalf("last %d: got %d lines", n, strings.Count(got, "\n"))
		}
	}
}

func TestShow(t *testing.T) {
	at := time.Date(2026, 11, 22, 13, 50, 29, 0, time.Local)
	const stamp = "2026-11-22 13:50:29  "
	for _, tt := range []struct {
		r    Record
		want string
	}{
		{Record{Event: EventDecision, Layer: "shell", Action: "allow", Command: "git status", Message: "fine"}, "shell    allow   git status"},
		{Record{Event: EventDecision, Layer: "preload", Action: "deny", Argv: []string{"rm", "-rf", "a b", "it's"}, Rule: "standard.yaml:31", Message: "no."},
			`preload  deny    rm -rf 'a b' 'it'\''s'  [standard.yaml:31] no`},
		{Record{Event: EventDecision, Layer: "shell", Action: "ask", Outcome: "run", Command: "x"}, "shell    ask, run  x"},
		{Record{Event: EventDecision, Layer: "shell", Action: "deny", Outcome: "run", Mode: "monitor", Command: "x"}, "shell    deny, run  x"},
		{Record{Event: EventDecision, Layer: "shell", Action: "deny", Outcome: "refused", Command: "x", Refusal: "too deep"}, "shell    deny    x  too deep"},
		{Record{Event: EventDecision, Layer: "hook", Action: "watch", Tool: "read", Path: "/etc/passwd"}, "hook     watch   read /etc/passwd"},
		{Record{Event: EventSessionStart, Argv: []string{"claude"}}, "         session_start  claude"},
		{Record{Event: EventRotate}, ""},
		{Record{Event: EventDecision, Layer: "shell", Action: "deny", Command: "a\nb\x1b[2J\u202e\x9b\xff\u200b"}, `shell    deny    a\nb\x1b[2J\u202e` + "\ufffd9b\ufffdff" + `\u200b`},
	} {
		tt.r.Time = at
		got := string(appendReadable(nil, line(&tt.r), false))
		want := tt.want
		if want != "" {
			want = strings.TrimRight(stamp+want, " ")
		}
		if got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	r := Record{Time: at, Event: EventDecision, Layer: "shell", Action: "deny", Command: "x", Message: "m"}
	if got, want := string(appendReadable(nil, line(&r), true)), stamp+"shell    \x1b[1;31mdeny  \x1b[0m  x  \x1b[2mm\x1b[0m"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A trail that somebody else wrote does nothing to a terminal either.
func TestHostileTrail(t *testing.T) {
	dir := t.TempDir()
	hostile := []string{
		"\x1b]0;title\x07", "{\"v\":1,\"event\":\"\x1b[2J\"}", `{"v":1,"event":"decision","action":"\u001b[2J","command":"\u009b2J\u202e"}`,
		"{}", "null", "[1]", "", "\xff\xfe", strings.Repeat("[", 100_000), strings.Repeat("x", MaxLine+MaxLine/2), `{"v":1,"event":"end"}`, "\x1b[31mtorn",
	}
	os.WriteFile(filepath.Join(dir, segmentName(1)), []byte(strings.Join(hostile, "\n")), 0o600)
	for _, json := range []bool{false, true} {
		got := tailOf(t, dir, TailOptions{N: 100, JSON: json})
		for _, r := range got {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("json %v: %q is shown raw", json, r)
			}
		}
		if !strings.Contains(got, "more than 8 MiB") || !strings.Contains(got, "end") {
			t.Errorf("json %v: what follows a hostile line is not shown", json)
		}
	}
	if r := verify(t, dir); r.Intact || r.Found < 11 {
		t.Errorf("%s", r)
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// Followed from before it is there, over segments, and beyond being replaced.
func TestFollow(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	ctx, stop := context.WithCancel(t.Context())
	var out syncBuffer
	done := make(chan error)
	go func() { done <- Tail(ctx, &out, dir, TailOptions{N: 5, Follow: true}) }()
	waitFor := func(want string) {
		t.Helper()
		for range 500 {
			if strings.Contains(out.String(), want) {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("%q is not shown:\n%s", want, out.String())
	}
	l := openLog(t, dir, Options{SegmentSize: 1500})
	for i := range 30 {
		appendAll(t, l, decision("allow", fmt.Sprintf("echo <%d>", i)))
	}
	waitFor("<29>")
	for i := range 30 { // from where it began, without a gap
		if strings.Contains(out.String(), fmt.Sprintf("<%d>", i)) && i < 29 && !strings.Contains(out.String(), fmt.Sprintf("<%d>", i+1)) {
			t.Errorf("%d is missing:\n%s", i+1, out.String())
		}
	}
	os.RemoveAll(dir)
	appendAll(t, l, decision("deny", "echo <again>"))
	waitFor("<again>")
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Whoever follows slowly while segments are ended and removed misses only what
// was removed before its file was opened.
func TestFollowPruned(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, Options{SegmentSize: 1500})
	add := func(from, to int) {
		for i := from; i < to; i++ {
			appendAll(t, l, decision("allow", fmt.Sprintf("echo <%d>", i)))
		}
	}
	add(0, 1)
	var out syncBuffer
	tl := tailer{w: &out, dir: dir, opt: TailOptions{N: 0, Follow: true}}
	defer tl.close()
	step := func(want string) {
		t.Helper()
		if err := tl.step(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(out.String()) {
			if _, after, ok := strings.Cut(line, "echo <"); ok {
				got = append(got, after[:strings.IndexByte(after, '>')])
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s, want %s", s, want)
		}
		out.b.Reset()
	}
	step("")
	add(1, 12) // several segments further on
	nums, _ := segments(dir)
	held := 1
	for line := range strings.Lines(string(must(os.ReadFile(filepath.Join(dir, segmentName(nums[0])))))) {
		held += strings.Count(line, "echo <") - strings.Count(line, "echo <0>")
	}
	for _, num := range nums[:2] {
		os.Remove(filepath.Join(dir, segmentName(num)))
	}
	gap := 0
	for line := range strings.Lines(string(must(os.ReadFile(filepath.Join(dir, segmentName(nums[2])))))) {
		if _, after, ok := strings.Cut(line, "echo <"); ok {
			fmt.Sscan(after, &gap)
			break
		}
	}
	var want []string
	for i := 1; i < 12; i++ {
		if i < held || i >= gap {
			want = append(want, fmt.Sprint(i))
		}
	}
	if len(nums) < 4 || gap <= held || gap > 9 {
		t.Fatalf("%d segments; the first holds %d, the third begins with %d", len(nums), held, gap)
	}
	step(strings.Join(want, " "))
	add(12, 13)
	step("12")
}

// A record that is only half there is not shown, and one that takes the place
// of a torn one is shown whole.
func TestFollowRepair(t *testing.T) {
	dir := trail(t, 1)
	path := filepath.Join(dir, segmentName(1))
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.WriteString(`{"v":1,"seq":2,"time":"2026`)
	var out syncBuffer
	tl := tailer{w: &out, dir: dir, opt: TailOptions{N: 5, Follow: true}}
	defer tl.close()
	steps := func(want string) {
		t.Helper()
		if err := tl.step(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		for i := range got {
			got[i] = strings.Fields(got[i][len("2026-11-22 13:50:29"):])[0]
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s, want %s:\n%s", s, want, out.String())
		}
	}
	steps("shell")
	l := openLog(t, dir, Options{})
	steps("shell repair")
	appendAll(t, l, decision("allow", "x"))
	steps("shell repair shell")
}

func TestLastLines(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for _, tt := range []struct {
		text  string
		n     int
		want  string
		found int
	}{
		{"", 3, "", 0},
		{"a\n", 0, "", 0},
		{"a\n", 1, "a\n", 1},
		{"a\nb\nc\n", 2, "b\nc\n", 2},
		{"a\nb\nc", 2, "a\nb\nc", 2},
		{"a\nb\nc", 1, "b\nc", 1},
		{"abc", 1, "abc", 0},
		{"\n\n\n", 2, "\n\n", 2},
		{"a\n" + long + "\nb\n", 2, long + "\nb\n", 2},
		{"a\n" + long + "\nb\n", 9, "a\n" + long + "\nb\n", 3},
	} {
		at, found, err := lastLines(strings.NewReader(tt.text), int64(len(tt.text)), tt.n, nil)
		if err != nil || tt.text[at:] != tt.want || found != tt.found {
			t.Errorf("%.20q, %d: %.20q, %d, %v", tt.text, tt.n, tt.text[at:], found, err)
		}
	}
}
