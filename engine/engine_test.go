package engine

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"rampart/audit"
	"rampart/engine/wire"
	"rampart/platform"
	"rampart/policy"
)

// testPolicy has one rule for each action.
const testPolicy = `version: "1"
policies:
  - name: test
    match: {tool: [exec]}
    rules:
      - action: deny
        when: {program: forbidden}
        message: "forbidden is not to be run"
        instead: "run allowed"
      - action: ask
        when: {program: [careful, sudo]}
        message: "careful needs approval"
      - action: watch
        when: {program: noisy}
        message: "noisy is watched"
  - name: deletes
    rules:
      - action: ask
        when: {deletes: ["**/precious.txt"]}
        message: "precious things need approval"
  - name: files
    match: {tool: [read]}
    rules:
      - action: deny
        when: {path_matches: ["**/secret.txt"]}
        message: "secrets stay where they are"
`

type memory struct {
	mu      sync.Mutex
	records []audit.Record
	err     error
}

func (m *memory) Append(r *audit.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records = append(m.records, *r)
	return m.err
}

type approver struct {
	asked []string
	yes   bool
}

func (a *approver) Approve(_ context.Context, q Question) bool {
	a.asked = append(a.asked, CommandLine(q.Call))
	return a.yes
}

func newTestEngine(t *testing.T, change func(*Config)) *Engine {
	t.Helper()
	file := filepath.Join(t.TempDir(), "test.yaml")
	if err := os.WriteFile(file, []byte(testPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := LoadPolicies(PolicyOptions{Configs: []string{file}})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Policies: p, FS: platform.HostFS{}, Home: "/home/dev", User: "dev", OS: "linux", Session: "s1", Agent: "agent"}
	if change != nil {
		change(&cfg)
	}
	return New(cfg)
}

func execCall(text string) *policy.Call {
	return &policy.Call{Tool: "exec", Command: text, Cwd: "/home/dev/app", Layer: policy.LayerShell}
}

func TestDecide(t *testing.T) {
	tests := []struct {
		command string
		action  policy.Action
		run     bool
	}{
		{"echo hello", policy.Allow, true},
		{"forbidden --now", policy.Deny, false},
		{"X=forbidden; $X", policy.Deny, false},
		{"sh -c 'bash -c forbidden'", policy.Deny, false},
		{"noisy", policy.Watch, true},
		{"careful", policy.Ask, false},
		{"cat ~/secret.txt", policy.Deny, false},
		{"sort < ../secret.txt", policy.Deny, false},
		{"echo 'forbidden'", policy.Allow, true},
		{"echo )", policy.Deny, false},
	}
	log := new(memory)
	e := newTestEngine(t, func(c *Config) { c.Audit = log })
	for _, tt := range tests {
		o := e.Decide(context.Background(), execCall(tt.command))
		if o.Action != tt.action || o.Run != tt.run {
			t.Errorf("%s: got %s, run %v; want %s, run %v (%s)", tt.command, o.Action, o.Run, tt.action, tt.run, o.Message)
		}
		r := log.records[len(log.records)-1]
		if r.Command != tt.command || r.Action != tt.action.String() || (r.Outcome == "run") != tt.run || r.Session != "s1" {
			t.Errorf("%s: recorded as %+v", tt.command, r)
		}
	}
	if got := e.Stats(); got.Seen != uint64(len(tests)) || got.Refused != 7 || got.Asked != 1 || got.Watched != 1 {
		t.Errorf("stats: %+v", got)
	}
}

func TestMonitorBlocksNothing(t *testing.T) {
	log := &memory{err: errors.New("disk full")}
	e := newTestEngine(t, func(c *Config) { c.Mode, c.Audit = Monitor, log })
	for _, command := range []string{"forbidden", "careful", "echo )"} {
		if o := e.Decide(context.Background(), execCall(command)); !o.Run {
			t.Errorf("%s was blocked: %s", command, o.Message)
		}
	}
	if r := log.records[0]; r.Action != "deny" || r.Outcome != "run" || r.Mode != "monitor" {
		t.Errorf("recorded as %+v", r)
	}
}

func TestNothingRunsUnrecorded(t *testing.T) {
	e := newTestEngine(t, func(c *Config) { c.Audit = &memory{err: errors.New("disk full")} })
	o := e.Decide(context.Background(), execCall("echo hello"))
	if o.Run || o.Action != policy.Deny || !strings.Contains(o.Message, "disk full") {
		t.Errorf("got %+v", o.Decision)
	}
}

// Where the owner chose so, what is allowed goes on; it is counted, and the first
// record that can be written again is followed by one that tells of the gap.
func TestGoesOnUnrecorded(t *testing.T) {
	log := &memory{err: errors.New("disk full")}
	e := newTestEngine(t, func(c *Config) { c.Audit, c.FailOpen = log, true })
	ctx := context.Background()
	for range 3 {
		if o := e.Decide(ctx, execCall("echo hello")); !o.Run || o.Action != policy.Allow {
			t.Errorf("got %+v", o.Decision)
		}
	}
	if o := e.Decide(ctx, execCall("forbidden")); o.Run {
		t.Error("what is forbidden has run")
	}
	if got := e.Unrecorded(); !strings.Contains(got, "3 commands") || !strings.Contains(got, "disk full") {
		t.Errorf("says %q", got)
	}
	log.err, log.records = nil, nil
	for range 2 {
		e.Decide(ctx, execCall("echo hello"))
	}
	var events []string
	for _, r := range log.records {
		events = append(events, r.Event+" "+r.Message)
	}
	if len(events) != 3 || !strings.Contains(events[1], "layer_failure 3 allowed commands") || !strings.Contains(events[1], "disk full") ||
		!strings.Contains(events[1], "not recorded: 1; disk full") || log.records[1].Details["refused"] != "forbidden" {
		t.Errorf("recorded %q", events)
	}
}

// What is refused while nothing can be recorded is told afterwards, the first of
// it by its words, at the latest when the session ends.
func TestRefusedUnrecorded(t *testing.T) {
	log := &memory{err: errors.New("disk full")}
	e := newTestEngine(t, func(c *Config) { c.Audit, c.Session, c.Agent = log, "s", "claude" })
	for i := range 30 {
		if o := e.Decide(context.Background(), execCall(fmt.Sprintf("forbidden %d", i))); o.Run {
			t.Error("it has run")
		}
	}
	e.Flush() // in vain
	log.err, log.records = nil, nil
	e.Flush()
	e.Flush()
	if len(log.records) != 1 {
		t.Fatalf("recorded %+v", log.records)
	}
	r := log.records[0]
	if r.Event != audit.EventFailure || r.Session != "s" || r.Agent != "claude" || !strings.HasSuffix(r.Message, "not recorded: 30; disk full") || strings.Count(r.Details["refused"], "forbidden") != keptRefusals {
		t.Errorf("%+v", r)
	}
}

func TestAskOnce(t *testing.T) {
	who := &approver{yes: true}
	e := newTestEngine(t, func(c *Config) { c.Approver = who })
	ctx := context.Background()
	if o := e.Decide(ctx, execCall("careful one && careful two; careful four")); !o.Run {
		t.Fatal("an approved command did not run")
	}
	argv := func(args ...string) *policy.Call {
		return &policy.Call{Tool: "exec", Argv: args, Cwd: "/home/dev/app", Layer: policy.LayerPreload}
	}
	// What was approved comes by again, piece by piece, from the layer below.
	for _, c := range []*policy.Call{argv("careful", "one"), argv("careful", "two")} {
		if o := e.Decide(ctx, c); !o.Run {
			t.Errorf("%v: not covered by the approval", c.Argv)
		}
	}
	if len(who.asked) != 1 {
		t.Errorf("asked %d times: %q", len(who.asked), who.asked)
	}
	// An approval covers each part once, and nothing else.
	who.yes = false
	planted := argv("careful", "four")
	planted.Path = "/tmp/careful"
	for _, c := range []*policy.Call{argv("careful", "one"), argv("careful", "three"), planted} {
		if o := e.Decide(ctx, c); o.Run {
			t.Errorf("%v ran without approval", c.Argv)
		}
	}
}

// TestApprovalNamesItsTarget: the same words mean another file elsewhere.
func TestApprovalNamesItsTarget(t *testing.T) {
	who := &approver{yes: true}
	e := newTestEngine(t, func(c *Config) { c.Approver = who })
	ctx := context.Background()
	rm := func(cwd string) *policy.Call {
		return &policy.Call{Tool: "exec", Argv: []string{"rm", "precious.txt"}, Cwd: cwd, Layer: policy.LayerPreload}
	}
	text := execCall("true; rm precious.txt")
	if o := e.Decide(ctx, text); !o.Run {
		t.Fatal("an approved command did not run")
	}
	who.yes = false
	if o := e.Decide(ctx, rm("/two")); o.Run {
		t.Error("approved in one directory, run in another")
	}
	if o := e.Decide(ctx, rm(text.Cwd)); !o.Run {
		t.Error("what was approved was asked again")
	}
}

func TestAnswer(t *testing.T) {
	e := newTestEngine(t, func(c *Config) {
		c.ShimDir, c.Shells = "/run/session/bin", map[string]string{"bash": "/usr/bin/bash"}
	})
	r := e.Answer(&wire.Request{Path: "/run/session/bin/bash", Argv: []string{"bash", "-c", "echo  a;echo b"}, Cwd: "/"})
	if r.Action != wire.Allow || r.Path != "/usr/bin/bash" {
		t.Errorf("substitute shell: %+v", r)
	}
	for _, rw := range r.Rewrites {
		if rw.Index != 2 {
			t.Errorf("rewrites argument %d", rw.Index)
		}
	}
	r = e.Answer(&wire.Request{Path: "forbidden", Argv: []string{"forbidden"}, Cwd: "/"})
	if r.Action != wire.Deny {
		t.Fatalf("got %+v", r)
	}
	for _, want := range []string{"forbidden is not to be run", "run allowed", "test.yaml:", "did not run"} {
		if !strings.Contains(r.Message, want) {
			t.Errorf("the refusal does not say %q:\n%s", want, r.Message)
		}
	}
}

func TestDecideStart(t *testing.T) {
	e := newTestEngine(t, func(c *Config) {
		p, err := LoadPolicies(PolicyOptions{Profile: "paranoid"})
		if err != nil {
			t.Fatal(err)
		}
		c.Policies = p
	})
	start := func(argv ...string) bool {
		return e.DecideStart(context.Background(), &policy.Call{Tool: "exec", Argv: argv, Path: argv[0], Cwd: "/home/dev/app"}).Run
	}
	if !start("/usr/bin/some-agent", "--resume") {
		t.Error("the agent that the owner starts is stopped by the default action")
	}
	if start("/bin/bash", "-c", "some-program --flag") {
		t.Error("a command text passes as the agent's start")
	}
}

func TestProjectPolicyTightens(t *testing.T) {
	repo := t.TempDir()
	sub := filepath.Join(repo, "a", "b")
	for _, dir := range []string{sub, filepath.Join(repo, ".git"), filepath.Join(repo, ".rampart")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	project := filepath.Join(repo, ".rampart", "policy.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(project, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`
policies:
  - name: here
    match: {tool: [exec]}
    rules:
      - {action: allow, when: {program: forbidden}}
      - {action: deny, when: {program: deploy}, message: "not from here"}
`)
	decide := func(e *Engine, command string) Outcome {
		c := execCall(command)
		c.Cwd = sub
		return e.Judge(c)
	}
	e := newTestEngine(t, nil)
	if o := decide(e, "deploy"); o.Action != policy.Deny || !strings.HasPrefix(o.Message, "[Project Policy] ") {
		t.Errorf("deploy: %s %q", o.Action, o.Message)
	}
	if o := decide(e, "forbidden"); o.Action != policy.Deny {
		t.Errorf("a project's allow weakened the owner's deny: %s", o.Action)
	}
	if o := decide(newTestEngine(t, func(c *Config) { c.NoProject = true }), "deploy"); o.Action != policy.Allow {
		t.Errorf("switched off, the project's policy still holds: %s", o.Action)
	}
	write("policies: [nonsense")
	if o := decide(newTestEngine(t, nil), "echo hello"); o.Action != policy.Deny || !strings.Contains(o.Message, project) {
		t.Errorf("with a broken project policy: %s %q", o.Action, o.Message)
	}
}

func TestSanitize(t *testing.T) {
	for in, want := range map[string]string{
		"plain ü":            "plain ü",
		"a\x1b[31mb":         "a [31mb",
		"a\nb\rc\x00d\u009b": "a b c d ",
		"a\u202eb\u2028c":    "a b c",
		"\xff":               "?",
		"a\u200fb\u00adc":    "a b c",
	} {
		if got := Sanitize(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestHostOf(t *testing.T) {
	for in, want := range map[string]string{
		"https://Example.COM:8443/x?y": "example.com",
		"http://user:pw@evil.example":  "evil.example",
		"example.com/path":             "example.com",
		"http://[::1]:80/":             "::1",
		"http://%zz":                   "",
	} {
		if got := hostOf(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestAsSeenBy: a link that is a process's own is read as that process reads it.
func TestAsSeenBy(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has /proc")
	}
	sleeper := exec.Command("sleep", "60")
	if err := sleeper.Start(); err != nil {
		t.Skipf("no sleep here: %v", err)
	}
	defer sleeper.Wait()
	defer sleeper.Process.Kill()
	pid := sleeper.Process.Pid
	want, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	link := filepath.Join(dir, "x")
	for name, to := range map[string]string{link: "/proc/self/exe", filepath.Join(dir, "y"): "x", filepath.Join(dir, "d"): "/proc/self"} {
		if err := os.Symlink(to, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"/proc/self/exe", "//proc/self/exe", "/usr/../proc/./self/exe", link, filepath.Join(dir, "y")} {
		if got, ok := asSeenBy(pid, file); got != want || !ok {
			t.Errorf("%s: %q, %v, want %q", file, got, ok, want)
		}
	}
	if got, ok := asSeenBy(pid, filepath.Join(dir, "d", "exe")); ok {
		t.Errorf("through a directory of its own: %q", got)
	}
	for _, file := range []string{"/bin/sh", "relative", dir} {
		if got, ok := asSeenBy(pid, file); got != file || !ok {
			t.Errorf("%s: %q, %v", file, got, ok)
		}
	}
}

func TestAmbiguousEnvironment(t *testing.T) {
	e := newTestEngine(t, nil)
	r := e.Answer(&wire.Request{Path: "/bin/echo", Argv: []string{"echo"}, Cwd: "/", Environ: []string{"X=a", "Y=b", "X=c"}})
	if r.Action != wire.Deny || !strings.Contains(r.Message, "X twice") {
		t.Errorf("got %+v", r)
	}
	if r := e.Answer(&wire.Request{Path: "/bin/echo", Argv: []string{"echo"}, Cwd: "/", Environ: []string{"X=a", "X=a"}}); r.Action != wire.Allow {
		t.Errorf("the same twice: %+v", r)
	}
}

// What a script holds is judged, and the record says which content that was.
func TestFilesInRecord(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"ok.sh": "echo hello\n", "bad.sh": "forbidden --now\n", "outer.sh": ". ./ok.sh\nsh ./bad.sh\n", "Makefile": "all:\n\t./bad.sh\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	log := new(memory)
	e := newTestEngine(t, func(c *Config) { c.Audit = log })
	for _, tt := range []struct {
		command string
		action  policy.Action
		files   []string
	}{
		{"sh ok.sh", policy.Allow, []string{"ok.sh"}},
		{"./bad.sh", policy.Deny, []string{"bad.sh"}},
		{". ./outer.sh", policy.Deny, []string{"outer.sh", "ok.sh", "bad.sh"}},
		{"make", policy.Deny, []string{"Makefile", "bad.sh"}},
		{"sh missing.sh; cat ok.sh", policy.Allow, nil},
	} {
		c := execCall(tt.command)
		c.Cwd = dir
		o := e.Decide(context.Background(), c)
		if o.Action != tt.action {
			t.Errorf("%s: %s", tt.command, o.Action)
		}
		var want []audit.File
		for _, n := range tt.files {
			b, err := os.ReadFile(filepath.Join(dir, n))
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, audit.File{Path: filepath.Join(dir, n), Size: int64(len(b)), SHA256: fmt.Sprintf("%x", sha256.Sum256(b))})
		}
		if got := log.records[len(log.records)-1].Files; !slices.Equal(got, want) {
			t.Errorf("%s: recorded %v, want %v", tt.command, got, want)
		}
	}
}
