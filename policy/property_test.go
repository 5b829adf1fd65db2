package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"rampart/shellparse"
)

// Random policies and calls over a small vocabulary, so that rules do hold.

var (
	somePaths = []string{"/a", "/a/b", "/a/b/c", "/a/.x", "/etc/passwd", "/home/dev/.ssh/id_rsa", "/home/dev/app/x", "/home/dev", "/"}
	someGlobs = []string{"/a", "/a/**", "/a/*", "**/b", "**/.ssh/id_*", "~", "~/**", ".", "./**", "**", "/{a,etc}/*", "**/*a*", "/a/[bc]/?"}
	someWords = []string{"git", "rm", "cat", "push", "-f", "--force", "-rf", "x"}
)

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

func randomWhen(r *rand.Rand) string {
	var keys []string
	add := func(format string, args ...any) { keys = append(keys, fmt.Sprintf(format, args...)) }
	if r.IntN(3) == 0 {
		add("program: %s", pick(r, someWords[:3]))
	}
	if r.IntN(6) == 0 {
		add("flags: %s", pick(r, []string{"force", "-r", "'!f'"}))
	}
	if r.IntN(8) == 0 {
		add("command_matches: '%s*'", pick(r, someWords[:3]))
	}
	for _, key := range []string{"reads", "writes", "deletes", "path_matches"} {
		if r.IntN(4) == 0 {
			add("%s: ['%s', '%s']", key, pick(r, someGlobs), pick(r, someGlobs))
			break
		}
	}
	if r.IntN(8) == 0 {
		add("unresolved: true")
	}
	if len(keys) == 0 {
		return "{default: true}"
	}
	return "{" + strings.Join(keys, ", ") + "}"
}

func randomPolicy(r *rand.Rand, name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "- name: %s\n  priority: %d\n", name, r.IntN(3))
	if r.IntN(3) == 0 {
		fmt.Fprintf(&b, "  match: {tool: [%s]}\n", pick(r, []string{"exec", "read", "write", "exec, write"}))
	}
	b.WriteString("  rules:\n")
	for range 1 + r.IntN(4) {
		fmt.Fprintf(&b, "  - {action: %s, when: %s}\n", Action(r.IntN(4)), randomWhen(r))
	}
	return b.String()
}

func randomSource(r *rand.Rand, name string, tier Tier) Source {
	text := ""
	if r.IntN(2) == 0 {
		text = fmt.Sprintf("default_action: %s\n", Action(r.IntN(4)))
	}
	text += "policies:\n"
	for i := range 1 + r.IntN(4) {
		text += randomPolicy(r, fmt.Sprintf("p%d", i))
	}
	return Source{Name: name, Data: []byte(text), Tier: tier}
}

func randomCall(r *rand.Rand) *Call {
	c := callOf("")
	for i := range r.IntN(4) {
		words := []string{pick(r, someWords[:3])}
		for range r.IntN(3) {
			words = append(words, pick(r, append(someWords, "$?")))
		}
		c.Command += strings.Join(words, " ") + "; "
		c.Effects = append(c.Effects, execOf(i*20, words...))
		for range r.IntN(3) {
			e := on(shellparse.Kind(int(shellparse.Read)+r.IntN(3)), pick(r, append(somePaths, "", "/a/*", "/home/dev/.ssh/*", "/*")), i*20)
			e.Recursive = r.IntN(3) == 0
			c.Effects = append(c.Effects, e)
		}
	}
	return c
}

func compiled(t *testing.T, sources ...Source) *Set {
	t.Helper()
	s, err := Compile(sources)
	if err != nil {
		t.Fatalf("%v\n%s", err, sources[0].Data)
	}
	return s
}

func TestProperties(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		a, b := randomSource(r, "a", TierUser), randomSource(r, "b", TierUser)
		system, project := randomSource(r, "s", TierSystem), randomSource(r, "p", TierProject)
		base := compiled(t, a, b, system)
		swapped := compiled(t, system, b, a)
		withProject := compiled(t, a, b, system, project)
		scan := compiled(t, a, b, system, project)
		for _, g := range scan.groups {
			for k := range g.index.kinds {
				ki := &g.index.kinds[k]
				ki.other, ki.keyed = ki.all, nil
			}
		}
		for range 5 {
			c := randomCall(r)
			fail := func(format string, args ...any) {
				t.Helper()
				t.Fatalf("seed %d: %s\n%+v\n%s\n%s\n%s\n%s", seed, fmt.Sprintf(format, args...), c.Effects, a.Data, b.Data, system.Data, project.Data)
			}
			d := base.Evaluate(c)
			if o := swapped.Evaluate(c); o.Action != d.Action {
				fail("the order of files matters: %v, %v", d.Action, o.Action)
			}
			p := withProject.Evaluate(c)
			if p.Action < d.Action {
				fail("a project loosens %v to %v", d.Action, p.Action)
			}
			if s := scan.Evaluate(c); s.Action != p.Action || s.Rule != p.Rule {
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
			if p.Action < strictest || p.Action > strictest && !p.Default {
				fail("got %v (%s), matched are up to %v", p.Action, p.Rule, strictest)
			}
			// More effects never make it looser, unless a default was at work.
			if len(c.Effects) > 0 && !p.Default {
				less := *c
				less.Effects = c.Effects[:len(c.Effects)-1]
				if l := withProject.Evaluate(&less); l.Action > p.Action && !l.Default {
					fail("without the last effect it is %v by %s, with it %v", l.Action, l.Rule, p.Action)
				}
			}
		}
	}
}
