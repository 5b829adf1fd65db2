package preload_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rampart/policy"
	"rampart/shellparse"
)

// ctable is the C matcher of the table of files under AddressSanitizer and
// UBSan, in a process of its own.
type ctable struct {
	in  io.WriteCloser
	out io.Reader
}

func newCtable(t testing.TB) *ctable {
	t.Helper()
	cc := "gcc"
	if _, err := exec.LookPath(cc); err != nil {
		cc = need(t, "clang")
	}
	program := filepath.Join(t.TempDir(), "table")
	build := exec.Command(cc, "-std=gnu11", "-D_GNU_SOURCE", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
		"-Wall", "-Wextra", "-Werror", "-o", program, "testdata/table.c", "c/table.c")
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("can't build with sanitizers: %v\n%s", err, out)
	}
	cmd := exec.Command(program)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("C table: %v", err)
		}
	})
	return &ctable{in, out}
}

// fileQuestion is one thing done to one file.
type fileQuestion struct {
	kind      shellparse.Kind
	path, cwd string
}

var doings = map[shellparse.Kind]byte{shellparse.Read: 1, shellparse.Write: 2, shellparse.Delete: 4}

// ask puts all questions to a table at once: whether a rule may concern each.
func (c *ctable) ask(t testing.TB, table []byte, qs []fileQuestion) []bool {
	t.Helper()
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(table)))
	b = append(b, table...)
	for _, q := range qs {
		b = append(append(append(append(b, doings[q.kind]), q.path...), 0), q.cwd...)
		b = append(b, 0)
	}
	go c.in.Write(append(b, 0))
	got := make([]byte, len(qs))
	if _, err := io.ReadFull(c.out, got); err != nil {
		t.Fatalf("C table died: %v", err)
	}
	out := make([]bool, len(qs))
	for i, a := range got {
		out[i] = a == 'y'
	}
	return out
}

const tableHome = "/home/dev"

// fileCall is what the engine makes of a question that a program asks.
func fileCall(q fileQuestion, program shellparse.Effect) *policy.Call {
	return &policy.Call{
		Tool: q.kind.String(), Path: q.path, Cwd: q.cwd, Home: tableHome, Session: "s1", Agent: "claude", OS: "linux",
		Time: time.Date(2030, 6, 1, 0, 0, 0, 0, time.UTC), By: &program,
		Effects:   []shellparse.Effect{{Kind: q.kind, Path: q.path}},
		Count:     func(string, time.Duration) int { return 3 },
		Unclaimed: func(string) bool { return true },
	}
}

var filePrograms = [][]string{{"git", "push"}, {"rm", "-rf", "x"}, {"cat"}, {"ssh-keygen"}, {"python3", "x.py"}, {"mv", "a", "b"}, {"find", "."}}

func someProgram(r *rand.Rand) shellparse.Effect {
	words := filePrograms[r.IntN(len(filePrograms))]
	x := shellparse.Effect{Kind: shellparse.Exec, Program: words[0], Path: "/usr/bin/" + words[0]}
	if r.IntN(8) == 0 {
		return shellparse.Effect{Kind: shellparse.Exec, Certainty: shellparse.Unknown}
	}
	for _, w := range words {
		x.Argv = append(x.Argv, shellparse.Value{Text: w})
	}
	return x
}

func oneOf(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

// someName is a component of a path that globs below may or may not match.
func someName(r *rand.Rand) string {
	return oneOf(r, "a", "b", "c", "a", "b", ".ssh", "id_rsa", "id_x", "x.key", "secret.key", "x.key.pub", ".env", ".env.local", "etc", "É", "\xff", "\xc3", "a\xffb", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\xe2\x82", "home", "dev", "app", "src", "go", "long-name-of-a-file.tar.gz", "credentials.json", "[a]", "*", "€uro", "x", "ab", "aab", ".")
}

func somePath(r *rand.Rand) string {
	p := oneOf(r, "", "", "/home/dev", "/home/dev/app", "/etc")
	for range r.IntN(6) {
		p += "/" + someName(r)
	}
	return path.Clean("/" + p)
}

// someGlob is a glob made of components that overlap with names.
func someGlob(r *rand.Rand) string {
	g := oneOf(r, "/", "~/", "./", "**/", "**/", "", "/home/*/", "/etc/")
	if r.IntN(16) == 0 {
		return oneOf(r, "**", "/", "~", ".", "*", "./**", "~/**", "/**", "**/*")
	}
	var parts []string
	for range 1 + r.IntN(4) {
		parts = append(parts, oneOf(r, "a", "b", "**", "*", "?", "[ab]", "[!a]", "[a-c]b", "id_*", "*.key", "*key", "s*t.key", ".env*", ".env.*", ".ssh", "{a,b}", "{id_rsa,.ssh}", "*.{key,json}",
			"É", "?uro", "[É€]uro", "a*b", "*a*", "a**b", "etc", "src", "long-*", "long-name-of-*.gz", "home", "c*s.json", "**", "[[]a]", "[*]", "??", ".*", "\uFFFD"))
	}
	return g + strings.Join(parts, "/")
}

func someFileRule(r *rand.Rand) string {
	var keys []string
	add := func(format string, args ...any) { keys = append(keys, fmt.Sprintf(format, args...)) }
	key := oneOf(r, "reads", "writes", "deletes", "path_matches")
	switch r.IntN(8) {
	case 0:
		add("%s: ['!%s']", key, someGlob(r))
	case 1, 2, 3:
		add("%s: ['%s', '%s', '!%s', '!%s']", key, someGlob(r), someGlob(r), someGlob(r), someGlob(r))
	case 4:
		long := []string{}
		for range 12 {
			long = append(long, "'"+someGlob(r)+"'")
		}
		add("%s: [%s]", key, strings.Join(long, ", "))
	default:
		add("%s: '%s'", key, someGlob(r))
	}
	for _, more := range []string{oneOf(r, "program: '!git'", "program: [rm, cat]"), "flags: '-r'", "args: 'push'", "command_matches: 'rm *'", oneOf(r, "recursive: true", "recursive: false"),
		oneOf(r, "unresolved: true", "unresolved: false"), "session_matches: 's*'", "call_count: {gte: 2, window: 1m}", "sets_env: X", "fetches: x.example", "response_matches: x", "path_not_matches: '**/a/**'"} {
		if r.IntN(24) == 0 {
			add("%s", more)
		}
	}
	if r.IntN(30) == 0 {
		keys = []string{"default: true"}
	}
	action := oneOf(r, "allow", "allow", "watch", "ask", "deny", "deny")
	extra := ""
	switch {
	case r.IntN(20) == 0:
		action, extra = "webhook", ", webhook: {url: 'https://h.example/'}"
	case action == "allow" && r.IntN(8) == 0:
		extra = ", once: true"
	case r.IntN(12) == 0:
		extra = fmt.Sprintf(", expires_at: %d-01-01T00:00:00Z", 2025+r.IntN(10))
	}
	return fmt.Sprintf("{action: %s, when: {%s}%s}", action, strings.Join(keys, ", "), extra)
}

func someFilePolicies(r *rand.Rand, name string, tier policy.Tier) policy.Source {
	var b strings.Builder
	if tier != policy.TierProject {
		fmt.Fprintf(&b, "default_action: %s\n", oneOf(r, "allow", "watch", "ask", "deny"))
	}
	b.WriteString("policies:\n")
	for i := range 1 + r.IntN(4) {
		fmt.Fprintf(&b, "- name: p%d\n  priority: %d\n", i, r.IntN(3))
		if r.IntN(4) == 0 {
			fmt.Fprintf(&b, "  match: {%s}\n", oneOf(r, "tool: [exec]", "tool: [read]", "tool: [write, exec]", "tool: [delete]", "tool: [fetch]", "tool: ['*']", "os: linux", "os: windows", "agent: [claude]", "agent: ['!claude']"))
		}
		b.WriteString("  rules:\n")
		for range 1 + r.IntN(4) {
			rule := someFileRule(r)
			if tier == policy.TierProject {
				rule = strings.Replace(strings.Replace(rule, "webhook,", "deny,", 1), ", webhook: {url: 'https://h.example/'}", "", 1)
			}
			fmt.Fprintf(&b, "  - %s\n", rule)
		}
	}
	return policy.Source{Name: name, Data: []byte(b.String()), Tier: tier}
}

// What the table clears, no policy minds; and it clears most of what none does.
func TestTableIsThePolicys(t *testing.T) {
	c := newCtable(t)
	seeds := uint64(400)
	if testing.Short() {
		seeds = 60
	}
	cleared, asked, inVain := 0, 0, 0
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 7))
		a, b := someFilePolicies(r, "a", policy.TierUser), someFilePolicies(r, "b", policy.TierSystem)
		project := someFilePolicies(r, "p", policy.TierProject)
		base, err := policy.Compile([]policy.Source{a, b})
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, a.Data, b.Data)
		}
		with, err := policy.Compile([]policy.Source{a, b, project})
		if err != nil {
			t.Fatalf("%v\n%s", err, project.Data)
		}
		var qs []fileQuestion
		for range 120 {
			qs = append(qs, fileQuestion{shellparse.Kind(int(shellparse.Read) + r.IntN(3)), somePath(r), oneOf(r, "/home/dev/app", "/home/dev", "/", "/etc", "", "/a/b")})
		}
		table := base.FileTable(tableHome, with)
		for i, concerned := range c.ask(t, table, qs) {
			minded := false
			for range 3 {
				d := with.Explain(fileCall(qs[i], someProgram(r)))
				for _, m := range d.Matched {
					minded = minded || m.Action > policy.Allow
				}
				if minded || d.Action > policy.Allow || d.Webhook != nil {
					minded = true
				}
				if minded && !concerned {
					t.Fatalf("seed %d: the table clears %+v, and %v by %s\n%s\n%s\n%s", seed, qs[i], d.Action, d.Rule, a.Data, b.Data, project.Data)
				}
			}
			switch {
			case !concerned:
				cleared++
			case minded:
				asked++
			default:
				inVain++
			}
		}
	}
	t.Logf("%d cleared, %d asked, %d asked in vain", cleared, asked, inVain)
	if cleared < asked/4 || asked == 0 || inVain > 2*asked {
		t.Error("the table tells nothing")
	}
}

// Ordinary files concern no rule of the profiles, and those that do are asked about.
func TestTableOfProfiles(t *testing.T) {
	c := newCtable(t)
	for _, name := range policy.ProfileNames() {
		src, err := policy.Profile(name)
		if err != nil {
			t.Fatal(err)
		}
		set, err := policy.Compile([]policy.Source{src})
		if err != nil {
			t.Fatal(err)
		}
		table := set.FileTable(tableHome)
		t.Logf("%s: %d bytes", name, len(table))
		var qs []fileQuestion
		add := func(cwd string, k shellparse.Kind, paths ...string) {
			for _, p := range paths {
				qs = append(qs, fileQuestion{k, p, cwd})
			}
		}
		add("/home/dev/app", shellparse.Read, "/usr/include/stdio.h", "/home/dev/app/src/main.go", "/home/dev/app/node_modules/x/index.js", "/etc/passwd", "/etc/hosts", "/usr/lib/python3/os.py",
			"/home/dev/.gitconfig", "/home/dev/.ssh/config", "/home/dev/.ssh/id_rsa.pub", "/home/dev/app/.npmrc", "/dev/null", "/proc/12/stat", "/tmp/x", "/", "/home/dev/.cache/pip/a/b")
		add("/home/dev/app", shellparse.Write, "/home/dev/app/src/main.go", "/tmp/x/y", "/home/dev/app/build/a.o", "/home/dev/.cache/x", "/dev/null")
		if name != "paranoid" && name != "research" { // where rules about writes hold for it
			add("/home/dev/app", shellparse.Delete, "/home/dev/app/build/a.o", "/tmp/x/y")
		}
		for i, concerned := range c.ask(t, table, qs) {
			if concerned {
				t.Errorf("%s: a rule is said to concern %s %s", name, qs[i].kind, qs[i].path)
			}
		}
		if name != "standard" {
			continue
		}
		qs = nil
		add("/home/dev/app", shellparse.Read, "/home/dev/.ssh/id_rsa", "/home/dev/app/.env", "/home/dev/.aws/credentials", "/etc/shadow", "/home/dev/.npmrc", "/x/y.kdbx", "/proc/1/environ")
		add("/home/dev/app", shellparse.Write, "/home/dev/.bashrc", "/home/dev/app/.git/hooks/pre-commit", "/etc/x", "/home/dev/.rampart/policies/a.yaml", "/home/dev/app/.claude/settings.json")
		add("/home/dev/app", shellparse.Delete, "/etc/passwd", "/home/dev/.rampart/audit/x", "/home/dev/app/.git/config")
		for i, concerned := range c.ask(t, table, qs) {
			if !concerned {
				t.Errorf("no rule is said to concern %s %s", qs[i].kind, qs[i].path)
			}
		}
	}
}

// Whatever the memory holds, the matcher comes back.
func TestTableGarbage(t *testing.T) {
	c := newCtable(t)
	src, _ := policy.Profile("standard")
	set, err := policy.Compile([]policy.Source{src})
	if err != nil {
		t.Fatal(err)
	}
	good := set.FileTable(tableHome)
	r := rand.New(rand.NewPCG(1, 2))
	var qs []fileQuestion
	for range 40 {
		qs = append(qs, fileQuestion{shellparse.Kind(int(shellparse.Read) + r.IntN(3)), somePath(r), "/home/dev"})
	}
	for range 300 {
		bad := append([]byte(nil), good...)
		for range 1 + r.IntN(400) {
			at := r.IntN(len(bad)/4) * 4
			binary.LittleEndian.PutUint32(bad[at:], uint32(r.IntN(len(bad)))>>(r.IntN(4)*8))
		}
		if r.IntN(4) == 0 {
			bad = bad[:r.IntN(len(bad))]
		}
		c.ask(t, bad, qs)
	}
}
