package policy

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"rampart/shellparse"
)

// Random policies and calls over a small vocabulary, so that rules do hold.

var (
	somePaths = []string{
		"/a", "/a/b", "/a/b/c", "/a/.x", "/etc/passwd", "/home/dev/.ssh/id_rsa", "/home/dev/app/x", "/home/dev", "/", "/home", "/home/dev/app",
		"/home/dev/app/src/a.go", "/home/dev/Abc.Key", "/srv/b/secret.key", "/home/bob/.ssh/id_x", "/É/b", "/a/b/",
	}
	somePatterns = []string{
		"/a/*", "/home/dev/.ssh/*", "/*", "/home/dev/app/*.go", "/home/*/.ssh/id_*", "/home/dev/*", "/srv/*/s*t.key", "/a/b*/c", "/home/dev/app/src/?.go",
		"/*/b/c", "/a/[ab]/c", "/home/dev/app/*/a.*", "/srv/b/*cre*", "/a/*/*", "/x/*/ab/*", "/etc/pass*/*", `/a/\*x`,
	}
	someGlobs = []string{
		"/a", "/a/**", "/a/*", "**/b", "**/.ssh/id_*", "~", "~/**", ".", "./**", "**", "/{a,etc}/*", "**/*a*", "/a/[bc]/?", "**/*.key", "**/secret.*",
		"/home/*/.ssh/*", "src/*.go", "./src/**/a.go", "~/.ssh/**/id_rsa", "**/src/**/*.go", "/srv/**", "**/É/*", "**/*cre*", "**/foo/*", "**/[a-c]", "/etc/pass*", "**/a/**/b", "/",
	}
	someWords  = []string{"git", "rm", "cat", "push", "-f", "--force", "-rf", "x", "reg.exe", "/bin/rm", "*.go"}
	someHosts  = []string{"x.example", "api.x.example", "evil.test", "10.0.0.1", "", "*.x.example", "api.*"}
	someTexts  = []string{"git *", "*push*", "rm -rf *", "/bin/rm *", "*--force", "c?t *", "git push", "*x; rm*", "*"}
	someTools  = []string{"exec", "read", "write", "fetch", "mcp__a__list_x", "mcp__a__drop_x", "mcp__b__x", "message"}
	someAgents = []string{"", "claude", "codex"}
)

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

func oneIn(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }

func randomWhen(r *rand.Rand) string {
	var keys []string
	add := func(format string, args ...any) { keys = append(keys, fmt.Sprintf(format, args...)) }
	if oneIn(r, 3) {
		add("program: [%s]", pick(r, []string{"git", "rm", "cat", "rm, cat", "'g*'", "'*t'", "'!rm'", "reg", "'c?t'"}))
	}
	if oneIn(r, 6) {
		add("flags: %s", pick(r, []string{"force", "-r", "'!f'", "-rf"}))
	}
	if oneIn(r, 6) {
		add("args: ['%s', '%s']", pick(r, []string{"push", "** x", "x **", "!push", "*"}), pick(r, []string{"x", "push x"}))
	}
	if oneIn(r, 6) {
		add("command_matches: ['%s', '%s']", pick(r, someTexts), pick(r, someTexts))
	}
	if oneIn(r, 9) {
		add("command_not_matches: '%s'", pick(r, someTexts))
	}
	if oneIn(r, 9) {
		add("command_contains: ['%s', PUSH]", pick(r, []string{"rm -r", "x", "orce"}))
	}
	switch r.IntN(9) {
	case 0:
		add("fetches: ['%s', '%s']", pick(r, []string{"*.example", "x.example", "*", "10.*", "!evil.test"}), pick(r, []string{"evil.test", "https://api.x.example/*", "*/secret"}))
	case 1:
		add("domain_matches: '%s'", pick(r, []string{"*.example", "*x.example", "e*.test"}))
		if oneIn(r, 2) {
			add("url_matches: '%s'", pick(r, []string{"https://*", "https://api.x.example/*", "*secret*"}))
		}
	case 2:
		add("sets_env: ['%s']", pick(r, []string{"LD_*", "PATH", "*", "!PATH", "*_PATH"}))
	case 3:
		add("flow: {from: %s, to: %s}", pick(r, []string{"any", "network", "secret", "file"}), pick(r, []string{"any", "network", "interpreter"}))
	}
	for _, key := range []string{"reads", "writes", "deletes", "path_matches"} {
		if oneIn(r, 4) {
			add("%s: ['%s', '%s%s']", key, pick(r, someGlobs), pick(r, []string{"", "", "", "!"}), pick(r, someGlobs))
			break
		}
	}
	if oneIn(r, 8) {
		add("unresolved: %v", oneIn(r, 2))
	}
	if oneIn(r, 12) {
		add("recursive: true")
	}
	if oneIn(r, 12) {
		add("tool_param_matches: {%s: '%s'}", pick(r, []string{"a", "a.b", "c"}), pick(r, []string{"*", "x*"}))
	}
	if oneIn(r, 16) {
		add("agent_depth: {gte: %d}", r.IntN(3))
	}
	if oneIn(r, 16) {
		add("call_count: {gte: %d, window: %s}", r.IntN(4), pick(r, []string{"1m", "1h"}))
	}
	if oneIn(r, 16) {
		add("session_matches: '%s'", pick(r, []string{"s*", "t", "!s1"}))
	}
	if oneIn(r, 16) {
		add("response_matches: 'k[a-z]y'")
	}
	if len(keys) == 0 {
		return "{default: true}"
	}
	return "{" + strings.Join(keys, ", ") + "}"
}

// randomRule is a rule of any action, kind and duration.
func randomRule(r *rand.Rand, tier Tier) string {
	action := Action(r.IntN(4)).String()
	more := ""
	switch {
	case tier != TierProject && oneIn(r, 8):
		action = "webhook"
		more = fmt.Sprintf(", webhook: {url: 'https://%s/'}", pick(r, []string{"h.example", "i.example"}))
	case action == "allow" && oneIn(r, 4):
		more = ", once: true"
	}
	if oneIn(r, 8) {
		more += fmt.Sprintf(", expires_at: %d-01-01T00:00:00Z", 2020+r.IntN(20))
	}
	return fmt.Sprintf("{action: %s, when: %s%s}", action, randomWhen(r), more)
}

func randomPolicy(r *rand.Rand, name string, tier Tier) string {
	var b strings.Builder
	fmt.Fprintf(&b, "- name: %s\n  priority: %d\n", name, r.IntN(3))
	var match []string
	if oneIn(r, 3) {
		match = append(match, "tool: ["+pick(r, []string{"exec", "read", "write", "exec, write", "'mcp__a__*'", "mcp-destructive", "mcp__b__x, message", "'*'", "fetch"})+"]")
	}
	if oneIn(r, 8) {
		match = append(match, "agent: ["+pick(r, []string{"claude", "'c*'", "'!codex'"})+"]")
	}
	if oneIn(r, 16) {
		match = append(match, "os: "+pick(r, []string{"linux", "darwin", "windows"}))
	}
	if len(match) > 0 {
		fmt.Fprintf(&b, "  match: {%s}\n", strings.Join(match, ", "))
	}
	b.WriteString("  rules:\n")
	for range 1 + r.IntN(4) {
		fmt.Fprintf(&b, "  - %s\n", randomRule(r, tier))
	}
	return b.String()
}

func randomSource(r *rand.Rand, name string, tier Tier) Source {
	text := ""
	if oneIn(r, 2) {
		text = fmt.Sprintf("default_action: %s\n", Action(r.IntN(4)))
	}
	text += "policies:\n"
	for i := range 1 + r.IntN(4) {
		text += randomPolicy(r, fmt.Sprintf("p%d", i), tier)
	}
	return Source{Name: name, Data: []byte(text), Tier: tier}
}

func randomEffect(r *rand.Rand, at int) shellparse.Effect {
	path := pick(r, somePaths)
	switch {
	case oneIn(r, 3):
		path = pick(r, somePatterns)
	case oneIn(r, 12):
		path = ""
	}
	e := on(shellparse.Kind(int(shellparse.Read)+r.IntN(6)), path, at)
	e.Recursive, e.Redirect = oneIn(r, 3), oneIn(r, 8)
	switch e.Kind {
	case shellparse.Fetch:
		e.Certainty = shellparse.Exact
		if e.Host = pick(r, someHosts); strings.Contains(e.Host, "*") {
			e.Certainty = shellparse.Pattern
		}
		if oneIn(r, 2) {
			e.URL = "https://" + e.Host + pick(r, []string{"", "/", "/a/secret", "/x"})
			if oneIn(r, 3) {
				e.URL, e.Certainty = e.URL+"/*", shellparse.Pattern
			}
		}
		e.Path, e.Recursive, e.Sends = "", false, oneIn(r, 2)
	case shellparse.SetEnv:
		e.Certainty, e.Path, e.Name = shellparse.Exact, "", pick(r, []string{"LD_X", "PATH", "MY_PATH", "x"})
	case shellparse.Flow:
		e.From = []shellparse.Endpoint{shellparse.Network, shellparse.File, shellparse.Decoded}[r.IntN(3)]
		e.To = []shellparse.Endpoint{shellparse.Network, shellparse.Interpreter}[r.IntN(2)]
	}
	return e
}

func randomCall(r *rand.Rand) *Call {
	c := callOf("")
	c.OS = pick(r, []string{"linux", "", "darwin", "windows"})
	c.Agent, c.Session, c.AgentDepth = pick(r, someAgents), pick(r, []string{"s1", "t"}), r.IntN(3)
	c.Time = time.Date(2020+r.IntN(20), 6, 1, 0, 0, 0, 0, time.UTC)
	counted := r.IntN(5)
	c.Count = func(_ string, window time.Duration) int { return counted * int(window/time.Minute) / 60 }
	unclaimed := oneIn(r, 2)
	c.Unclaimed = func(string) bool { return unclaimed }
	if oneIn(r, 8) {
		c.Response = pick(r, []string{"a key", "nothing"})
	}
	if oneIn(r, 4) {
		c.Tool = pick(r, someTools)
		c.Params = map[string]any{pick(r, []string{"a", "c"}): pick(r, []string{"x1", "y"})}
		if oneIn(r, 2) {
			c.Params["a"] = map[string]any{"b": "x"}
		}
		switch c.Tool {
		case "read", "write":
			c.Path = pick(r, somePaths)
		case "fetch":
			c.URL = "https://api.x.example/secret"
		}
		if c.Tool != "exec" {
			return c
		}
	}
	for i := range r.IntN(4) {
		words := []string{pick(r, []string{"git", "rm", "cat", "reg.exe", "/bin/rm", "/tmp/git"})}
		for range r.IntN(3) {
			words = append(words, pick(r, append(someWords, "$?")))
		}
		c.Command += strings.Join(words, " ") + "; "
		x := execOf(i*20, words...)
		switch {
		case oneIn(r, 16):
			x.Program, x.Certainty = "r*", shellparse.Pattern
		case oneIn(r, 16):
			x.Program, x.Certainty = "", shellparse.Unknown
		case oneIn(r, 16):
			x.Program = "cat" // started under another name
		}
		c.Effects = append(c.Effects, x)
		for range r.IntN(3) {
			c.Effects = append(c.Effects, randomEffect(r, i*20))
		}
	}
	if oneIn(r, 16) {
		c.Refusal = "not understood"
	}
	return c
}

func compiled(t *testing.T, sources ...Source) *Set {
	t.Helper()
	s, err := Compile(sources)
	if err != nil {
		t.Fatalf("%v\n%s", err, sources[0].Data)
	}
	return indexed(s)
}

// indexed makes the set's indexes now.
func indexed(s *Set) *Set {
	for _, g := range s.groups {
		for k := range g.index.kinds {
			g.index.make(shellparse.Kind(k))
		}
	}
	return s
}

// unindex makes a set try every rule.
func unindex(s *Set) {
	for _, g := range s.groups {
		for k := range g.index.kinds {
			ki := g.index.make(shellparse.Kind(k))
			ki.other, ki.keyed = ki.all, nil
		}
	}
}

// outcome is how strict a Decision is in the end: what every service would let
// pass is what the other rules say.
func outcome(d Decision) Action {
	for d.IfAllowed != nil {
		d = *d.IfAllowed
	}
	return d.Action
}

// looser reports whether a lets more pass than b, whatever services answer.
func looser(a, b Decision) bool { return a.Action < b.Action || outcome(a) < outcome(b) }

func TestProperties(t *testing.T) {
	// RAMPART_SEED looks at others, and at more of them.
	first, seeds := uint64(0), uint64(500)
	if s, err := strconv.ParseUint(os.Getenv("RAMPART_SEED"), 10, 32); err == nil {
		first, seeds = s, 5000
	}
	for seed := first; seed < first+seeds; seed++ {
		r := rand.New(rand.NewPCG(seed, 1))
		a, b := randomSource(r, "a", TierUser), randomSource(r, "b", TierUser)
		system, project := randomSource(r, "s", TierSystem), randomSource(r, "p", TierProject)
		base := compiled(t, a, b, system)
		swapped := compiled(t, system, b, a)
		withProject := compiled(t, a, b, system, project)
		scan := compiled(t, a, b, system, project)
		unindex(scan)
		for range 8 {
			c := randomCall(r)
			fail := func(format string, args ...any) {
				t.Helper()
				t.Fatalf("seed %d: %s\n%+v\n%s\n%s\n%s\n%s", seed, fmt.Sprintf(format, args...), *c, a.Data, b.Data, system.Data, project.Data)
			}
			d := base.Evaluate(c)
			if o := swapped.Evaluate(c); looser(o, d) || looser(d, o) {
				fail("the order of files matters: %v, %v", d, o)
			}
			p := withProject.Evaluate(c)
			if looser(p, d) {
				fail("a project loosens %v to %v", d, p)
			}
			if p.Action == d.Action && len(p.Claims) < len(d.Claims) {
				fail("with a project, %v and not %v are claimed", p.Claims, d.Claims)
			}
			if s := scan.Evaluate(c); s.Action != p.Action || s.Rule != p.Rule || outcome(s) != outcome(p) {
				fail("the index finds %v by %s, a scan %v by %s", p.Action, p.Rule, s.Action, s.Rule)
			}
			x := withProject.Explain(c)
			if x.Action != p.Action || x.Rule != p.Rule {
				fail("Explain says %v by %s, Evaluate %v by %s", x.Action, x.Rule, p.Action, p.Rule)
			}
			strictest := Allow
			for _, m := range x.Matched {
				strictest = max(strictest, m.Action)
			}
			if p.Action < strictest || p.Action > strictest && !p.Default && c.Refusal == "" {
				fail("got %v (%s), matched are up to %v", p.Action, p.Rule, strictest)
			}
			// More effects never make it looser, unless a default was at work.
			if len(c.Effects) > 0 && !p.Default && c.Refusal == "" {
				less := *c
				less.Effects = c.Effects[:len(c.Effects)-1]
				if l := withProject.Evaluate(&less); l.Action > p.Action && !l.Default {
					fail("without the last effect it is %v by %s, with it %v", l.Action, l.Rule, p.Action)
				}
			}
		}
	}
}
