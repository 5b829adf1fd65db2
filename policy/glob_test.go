package policy

import (
	"bytes"
	"errors"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"rampart/shellparse"
)

func TestPathGlobs(t *testing.T) {
	p := places{home: testHome, cwd: testCwd}
	for _, c := range []struct {
		glob, path string
		want       bool
	}{
		{"/", "/", true}, {"/", "/a", false}, {"/a", "/a", true}, {"/a/", "/a", true}, {"/a//b", "/a/b", true},
		{"/*", "/a", true}, {"/*", "/", false}, {"/*", "/a/b", false}, {"/*", "/.a", true},
		{"/**", "/", true}, {"/**", "/a/b", true}, {"/a/**", "/a", true}, {"/a/**", "/ab", false},
		{"**", "/", true}, {"**/b", "/b", true}, {"**/b", "/a/b", true}, {"**/b", "/a/xb", false},
		{"**/a/**/b", "/a/b", true}, {"**/a/**/b", "/x/a/y/z/b", true}, {"**/a/**/b", "/b/a", false},
		{"**/a/*/b", "/a/a/b", true}, {"**/a/*/b", "/a/x/c/b", false}, {"**/a/b/**/c", "/a/a/b/c", true},
		{"~", testHome, true}, {"~/x", "/home/dev/x", true}, {"~/x", "/home/deva/x", false}, {"$HOME/x", "/home/dev/x", true}, {"${HOME}/{x,y}", "/home/dev/y", true},
		{".", testCwd, true}, {"x/*", "/home/dev/app/x/y", true}, {"./x", "/home/dev/app/x", true}, {"x", "/x", false},
		{"/a{b,c{d,e}}", "/ace", true}, {"/a{b,c}", "/a", false}, {"/a{,b}", "/a", true},
		{"/[a-c]?", "/bz", true}, {"/[!a-c]", "/b", false}, {"/[^a]", "/b", true}, {"/[]]", "/]", true}, {"/[[:digit:]]", "/7", true}, {"/[[]x", "/[x", true},
		{`\a\*.x`, "/a/q.x", true}, {"/é?", "/éü", true}, {"/*é", "/aé", true}, {"/a*b*c", "/axxbyyc", true}, {"/a*b*c", "/axxbyy", false},
		{"/**foo", "/xfoo", true}, {"/**foo", "/x/foo", false},
	} {
		gs, err := compilePath(c.glob)
		if err != nil {
			t.Fatalf("%s: %v", c.glob, err)
		}
		got := false
		for i := range gs {
			got = got || gs[i].matchExact(&p, c.path)
		}
		if got != c.want {
			t.Errorf("%s on %s: got %v", c.glob, c.path, got)
		}
	}
}

func TestReach(t *testing.T) {
	p := places{home: testHome, cwd: testCwd}
	for _, c := range []struct {
		glob, path string
		recursive  bool
		want       tri
	}{
		{"~/.ssh/**", "/home/dev/.ssh", true, yes},
		{"~/.ssh/id_*", "/home/dev/.ssh", true, maybe},
		{"~/.ssh/id_*", "/home/dev", true, maybe},
		{"~/.ssh/id_*", "/home/dev", false, no},
		{"~/.ssh/id_*", "/home/dev/.sshx", true, no},
		{"~/**/id", "/home/dev", true, maybe},
		{"~/**/id", "/home/dev/app", true, no},
		{"**/.ssh/id", "/x", true, no},
		{"**/.ssh/id", "/x/.ssh", true, maybe},
		{"**/.ssh/id", "/", true, maybe},
		{"**/*/id", "/x/y", true, no},
		{"**/.config/x/**", "/x/.config", true, maybe},
		{"/etc/**/x", "/etc", true, maybe},
		{"/etc/**/x", "/etc/y", true, no},
		{"/home/*/.ssh/*", "/home/bob", true, maybe},
		{"./x", "/home", true, maybe},
		{"./x", "/home/dev/app/y", true, no},
		{"/etc/passwd", "/etc/pass*", false, maybe},
		{"/etc/*", "/etc/pass*", false, yes},
		{"/etc/p?", "/etc/p*", false, maybe},
		{"/etc/**", "/*/passwd", false, maybe},
		{"/etc/**", "/etc/*/x", false, yes},
		{"**/.env", "/home/dev/app/.*", false, maybe},
		{"**/.env", "/home/dev/app/*", false, no},
		{"**/.env", "/home/dev/app/?env", false, no},
		{"**/.env", "/home/dev/app/.e[mn]v", false, maybe},
		{"**/credentials.json", "/p/*.json", false, no},
		{"**/credentials.json", "/p/cred*", false, maybe},
		{"**/credentials.json", "/p/*tials*", false, maybe},
		{"**/*.kdbx", "/p/*.kd*", false, maybe},
		{"**/*.kdbx", "/p/*x*", false, no},
		{"**/.ssh/id_*", "/p/*.s*/id*", false, no},
		{"**/.ssh/id_*", "/p/.s*/id*", false, maybe},
		{"~", "/home/*", true, maybe},
		{"~", "/home/dev/*", true, maybe},
		{"~", "/home/dev/*/*", true, maybe},
		{"~", "/home/dev/x*", true, no},
		{"~/.ssh/id", "/home/dev/*", true, no},
		{"~/.ssh/id", "/home/dev/.*", true, maybe},
		{"**/id", "/*", true, maybe},
		{"/", "/*", true, maybe},
		{`/a\*`, `/a\*`, false, maybe},
		{"/a[*]", `/a\*`, false, yes},
		{"/ab", `/a\*`, false, no},
	} {
		gs, err := compilePath(c.glob)
		if err != nil {
			t.Fatalf("%s: %v", c.glob, err)
		}
		e := shellparse.Effect{Path: c.path, Recursive: c.recursive}
		if strings.ContainsAny(c.path, `*?[\`) {
			e.Certainty = shellparse.Pattern
		}
		x := targetOf(&p, &e)
		if got := gs[0].match(&p, &x, false); got != c.want && !strings.Contains(c.glob, `\`) {
			t.Errorf("%s on %s: got %v, want %v", c.glob, c.path, got, c.want)
		}
	}
}

// counting returns how many steps the matchers take in f.
func counting(f func()) int {
	n := 0
	spent = &n
	defer func() { spent = nil }()
	f()
	return n
}

// TestCost: no pattern takes long, whatever it is held against. What is counted
// are steps: characters and pairs of characters that are looked at.
func TestCost(t *testing.T) {
	p := places{home: testHome, cwd: testCwd}
	long := strings.Repeat("a", 250)
	deep := strings.Repeat("/"+strings.Repeat("a", 20), 500)
	for _, glob := range []string{
		"**/" + strings.Repeat("*a", 120) + "b", strings.Repeat("**/a*/", 20) + "b", strings.Repeat("**/*?/", 20) + "b", "/" + strings.Repeat("?*", 100),
		"**/" + strings.Repeat("[ab]*", 200), "/" + strings.Repeat("*aa", 1000) + "b", strings.Repeat("*a*/", 40) + "*b",
	} {
		gs, err := compilePath(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/" + long, deep, "/" + strings.Repeat("*a", 2000), strings.Repeat("/*a*", 250), "/" + strings.Repeat("[ab]", 500), strings.Repeat("/*a?a*", 60), strings.Repeat("/"+strings.Repeat("a*", 120), 60)} {
			for _, certainty := range []shellparse.Certainty{shellparse.Exact, shellparse.Pattern} {
				n := counting(func() {
					e := shellparse.Effect{Path: path, Certainty: certainty, Recursive: true}
					x := targetOf(&p, &e)
					gs[0].match(&p, &x, false)
				})
				// Walking, accepting and containing: each looks at a pair at most once.
				if limit := 3 * len(glob) * len(path); n > limit {
					t.Errorf("%.40s (%d) on %.40s (%d): %d steps, more than %d", glob, len(glob), path, len(path), n, limit)
				}
			}
		}
	}
	text := strings.Repeat("ab ", 300_000)
	for _, glob := range []string{
		strings.Repeat("*a", 50) + "c", strings.Repeat("*?b", 50) + "c", strings.Repeat("*b ", 50) + "?c", "*" + strings.Repeat("?", 63) + "c*", "*" + strings.Repeat("ab ", 20) + "?c*",
		"*" + strings.Repeat("ab ", 1300) + "c*", strings.Repeat("*", 4000) + "c",
	} {
		g := compileText(glob)
		if g.tooLong() {
			t.Fatalf("%.40s: too long", glob)
		}
		n := counting(func() { g.match(text) })
		if n > 2*len(text)+len(glob) { // a place that was found is not looked at again
			t.Errorf("%.40s on %d bytes: %d steps", glob, len(text), n)
		}
	}
	u := unit{run: &evaluation{call: callOf(text)}}
	w := conditions{contains: []string{strings.Repeat("ab ", 100) + "c"}, needsText: true}
	if n := counting(func() {
		if w.matchText(&u) {
			t.Error("found what is not there")
		}
	}); n > 2*len(text) {
		t.Errorf("command_contains: %d steps on %d bytes", n, len(text))
	}
}

// FuzzGlob holds our globs against doublestar's where both mean the same, and
// an exact path against itself taken for a pattern.
func FuzzGlob(f *testing.F) {
	for _, s := range [][2]string{{"/a/**/b*", "/a/x/bc"}, {"**/x", "/y/x"}, {"/[a-c]?{d,e}", "/bze"}, {"~/x", "/home/dev/x"}, {"/*a*b*", "/xaxbx"}} {
		f.Add(s[0], s[1])
	}
	p := places{home: testHome, cwd: testCwd}
	f.Fuzz(func(t *testing.T, glob, name string) {
		gs, err := compilePath(glob)
		name = path.Clean("/" + name)
		if err != nil || len(name) > 200 {
			return
		}
		got := false
		start := time.Now()
		e := shellparse.Effect{Path: name}
		quoted := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
		q := shellparse.Effect{Path: quoted, Certainty: shellparse.Pattern}
		for i := range gs {
			x, y := targetOf(&p, &e), targetOf(&p, &q)
			a, b := gs[i].match(&p, &x, false), gs[i].match(&p, &y, false)
			if a == yes && b == no || a == no && b == yes {
				t.Fatalf("%q on %q: %v, as a pattern %v", glob, name, a, b)
			}
			e.Recursive = true
			x = targetOf(&p, &e)
			if c := gs[i].match(&p, &x, false); c < a {
				t.Fatalf("%q on %q: %v, with all below %v", glob, name, a, c)
			}
			e.Recursive = false
			got = got || a == yes
		}
		t.Logf("%q on %q took %v", glob, name, time.Since(start))
		// The other one may take for ever on many stars.
		if strings.Count(glob, "*") > 6 || !strings.HasPrefix(glob, "/") || strings.ContainsAny(glob, `\~${}`) || strings.Contains(glob, "[") || strings.Contains(glob, "//") || strings.Contains(glob, "/./") ||
			strings.HasSuffix(glob, "/") || strings.HasSuffix(glob, "/.") || strings.ContainsRune(glob, 0xFFFD) || strings.ContainsRune(name, 0xFFFD) || glob == "/" || name == "/" {
			return
		}
		want, err := doublestar.Match(glob, name)
		if err == nil && want != got {
			t.Errorf("%q on %q: got %v, doublestar %v", glob, name, got, want)
		}
	})
}

// FuzzCompile: whatever a file says, it loads or is refused with a place.
func FuzzCompile(f *testing.F) {
	// Small seeds: what the engine finds of interest it minimises, byte by byte.
	for _, when := range []string{
		"{command_matches: ['a *'], command_not_matches: b, command_contains: c}",
		"{program: [a, '!b*'], args: ['x ** y', '!z'], flags: ['r|f', '!--']}",
		"[{deletes: ['**', '!./**'], recursive: true}, {unresolved: true}]",
		"{flow: {from: [secret, env], to: any, path: /x, host: y, program: z, name: n}}",
		"{fetches: [a.b, 'tcp://*'], sends: true, agent_depth: {gte: 1}}",
		"{call_count: {gte: 1, window: 1h}, tool_param_matches: {a: b}, response_matches: c}",
	} {
		f.Add([]byte(rules("  - action: deny\n    when: " + when + "\n")))
	}
	f.Add([]byte(rules("  - action: deny\n    when: {reads: ['**/{a,b}[c-d]'], flow: {from: secret}}\n")))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Compile([]Source{{Name: "f", Data: data}})
		if err != nil {
			var load *LoadError
			if !errors.As(err, &load) || len(load.Problems) == 0 {
				t.Fatalf("an error without problems: %v", err)
			}
			for _, p := range load.Problems {
				whole := strings.HasPrefix(p.Message, "the file ") || strings.HasPrefix(p.Message, "not ")
				if p.File != "f" || p.Message == "" || (p.Line < 1 || p.Column < 1) && !whole {
					t.Errorf("a problem without a place: %+v", p)
				}
				if p.Line > bytes.Count(data, []byte("\n"))+bytes.Count(data, []byte("\r"))+bytes.Count(data, []byte("\u0085"))+bytes.Count(data, []byte("\u2028"))+bytes.Count(data, []byte("\u2029"))+1 {
					t.Errorf("a place beyond the file: %+v", p)
				}
			}
			return
		}
		c := callOf("rm -rf /", execOf(0, "rm", "-rf", "/"), tree(on(shellparse.Delete, "/", 0)), on(shellparse.Read, "/home/dev/.ssh/*", 0))
		if d, e := s.Evaluate(c), s.Explain(c); d.Action != e.Action {
			t.Errorf("Evaluate %v, Explain %v", d.Action, e.Action)
		}
	})
}
