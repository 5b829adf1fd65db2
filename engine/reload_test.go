package engine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rampart/audit"
	"rampart/policy"
)

// policyOf denies the programs.
func policyOf(programs ...string) string {
	return fmt.Sprintf("policies:\n  - name: p\n    rules:\n      - action: deny\n        when: {program: [%s]}\n        message: refused\n", strings.Join(programs, ", "))
}

type reloadRig struct {
	t    *testing.T
	home string // Rampart's own directory
	dir  string // of policies
	e    *Engine
	log  *memory
}

// newReloadRig follows the policies directory of a home, in which a.yaml denies
// the program one.
func newReloadRig(t *testing.T, before func(home string)) *reloadRig {
	t.Helper()
	r := &reloadRig{t: t, home: t.TempDir(), log: new(memory)}
	r.dir = filepath.Join(r.home, "policies")
	if before != nil {
		before(r.home)
	}
	os.MkdirAll(r.dir, 0o700)
	r.write("a.yaml", policyOf("one"))
	p, err := LoadPolicies(PolicyOptions{Home: r.home})
	if err != nil {
		t.Fatal(err)
	}
	r.e = New(Config{Policies: p, NoProject: true, Home: "/home/dev", User: "dev", OS: "linux", Audit: r.log})
	t.Cleanup(r.e.Follow())
	return r
}

func (r *reloadRig) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// shell changes files the way that a person or an editor does.
func (r *reloadRig) shell(text string) {
	r.t.Helper()
	cmd := exec.Command("sh", "-ec", text)
	cmd.Dir = r.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("%s: %v\n%s", text, err, out)
	}
}

func (r *reloadRig) denies(program string) bool {
	return r.e.Judge(execCall(program)).Action == policy.Deny
}

// becomes waits until the policy denies these programs, and no other of those
// that the tests speak of. It must never deny none: there is no moment without
// a policy.
func (r *reloadRig) becomes(programs ...string) {
	r.t.Helper()
	var got []string
	for range 2000 {
		got = got[:0]
		for _, p := range []string{"one", "two", "three"} {
			if r.denies(p) {
				got = append(got, p)
			}
		}
		if slices.Equal(got, programs) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	r.t.Fatalf("denies %q, want %q; %s", got, programs, r.e.Trouble())
}

// troubled waits until a change is known not to load.
func (r *reloadRig) troubled(want string) {
	r.t.Helper()
	for range 2000 {
		if strings.Contains(r.e.Trouble(), want) && r.e.Trouble() != "" {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	r.t.Fatalf("trouble is %q, want %q", r.e.Trouble(), want)
}

// TestReload: every way in which editors and people change files is followed.
func TestReload(t *testing.T) {
	two := policyOf("two")
	for _, tt := range []struct {
		name string
		edit func(*reloadRig)
		want []string
	}{
		{"truncate and write", func(r *reloadRig) { r.write("a.yaml", two) }, []string{"two"}},
		{"rename over", func(r *reloadRig) { r.write(".new", two); r.shell("mv .new a.yaml") }, []string{"two"}},
		{"sed -i", func(r *reloadRig) { r.shell("sed -i s/one/two/ a.yaml") }, []string{"two"}},
		{"the same size and time", func(r *reloadRig) { r.shell("touch -r a.yaml t; sed -i s/one/two/ a.yaml; touch -r t a.yaml; rm t") }, []string{"two"}},
		{"vim", func(r *reloadRig) { r.editor("vim", "-es", "-u", "NONE", "+%s/one/two/", "+wq", "a.yaml") }, []string{"two"}},
		{"vim with a backup", func(r *reloadRig) {
			r.editor("vim", "-es", "-u", "NONE", "+set nocp bk bkc=no", "+%s/one/two/", "+wq", "a.yaml")
		}, []string{"two"}},
		{"ed", func(r *reloadRig) { r.editor("sh", "-c", `printf '%s\n' ',s/one/two/' w q | ed -s a.yaml`) }, []string{"two"}},
		{"a new file", func(r *reloadRig) { r.write("b.yaml", two) }, []string{"one", "two"}},
		{"a file moved in", func(r *reloadRig) { r.write("../b.yaml", two); r.shell("mv ../b.yaml .") }, []string{"one", "two"}},
		{"a file removed", func(r *reloadRig) { r.write("b.yaml", two); r.becomes("one", "two"); r.shell("rm a.yaml") }, []string{"two"}},
		{"a file renamed away", func(r *reloadRig) {
			r.write("b.yaml", two)
			r.becomes("one", "two")
			r.shell("mv a.yaml a.yaml.bak")
		}, []string{"two"}},
		{"removed and made again", func(r *reloadRig) { r.shell("rm a.yaml"); r.write("a.yaml", two) }, []string{"two"}},
		{"the directory made again", func(r *reloadRig) {
			r.shell("cd ..; rm -r policies; mkdir policies; cat > policies/a.yaml <<'E'\n" + two + "E")
		}, []string{"two"}},
		{"the directory swapped", func(r *reloadRig) {
			r.shell("cd ..; mkdir next; cat > next/a.yaml <<'E'\n" + two + "E\nmv policies old; mv next policies")
		}, []string{"two"}},
		{"a link turned", func(r *reloadRig) {
			r.shell("mkdir ../v1 ../v2; mv a.yaml ../v1; sed s/one/two/ ../v1/a.yaml > ../v2/a.yaml; ln -s ../v1/a.yaml a.yaml")
			r.becomes("one")
			r.shell("ln -s ../v2/a.yaml next; mv -T next a.yaml")
		}, []string{"two"}},
		{"the directory's link turned", func(r *reloadRig) {
			r.shell("cd ..; mv policies v1; cp -r v1 v2; sed -i s/one/two/ v2/a.yaml; ln -s v1 policies")
			r.becomes("one")
			r.shell("cd ..; ln -s v2 next; mv -T next policies")
		}, []string{"two"}},
		{"what a link leads to edited", func(r *reloadRig) {
			r.shell("mv a.yaml ../real; ln -s ../real a.yaml")
			r.becomes("one")
			r.shell("sed -i s/one/two/ ../real")
		}, []string{"two"}},
		{"written in steps", func(r *reloadRig) {
			r.shell(": > a.yaml; sleep 0.05; printf '%s' 'polic' >> a.yaml; sleep 0.05; cat > a.yaml <<'E'\n" + two + "E")
		}, []string{"two"}},
		{"edit after edit", func(r *reloadRig) {
			r.shell("for i in 1 2 3 4 5; do sed -i s/one/one/ a.yaml; sleep 0.05; done; sed -i s/one/two/ a.yaml")
		}, []string{"two"}},
		{"broken, then mended", func(r *reloadRig) {
			r.write("a.yaml", "policies: [nonsense")
			r.troubled("a.yaml:1")
			r.becomes("one")
			r.write("a.yaml", two)
		}, []string{"two"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newReloadRig(t, nil)
			tt.edit(r)
			r.becomes(tt.want...)
			for range 400 {
				if r.e.Trouble() == "" {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
			t.Errorf("still in trouble: %s", r.e.Trouble())
		})
	}
}

func (r *reloadRig) editor(argv ...string) {
	r.t.Helper()
	if _, err := exec.LookPath(argv[0]); err != nil {
		r.t.Skipf("no %s here", argv[0])
	}
	if argv[0] == "sh" {
		if _, err := exec.LookPath("ed"); err != nil {
			r.t.Skip("no ed here")
		}
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = r.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("%q: %v\n%s", argv, err, out)
	}
}

// TestReloadBroken: a change that does not load keeps what held before, and the
// record, the refusal and Trouble say so.
func TestReloadBroken(t *testing.T) {
	for name, edit := range map[string]func(*reloadRig){
		"no YAML":        func(r *reloadRig) { r.write("a.yaml", "policies: [nonsense") },
		"an unknown key": func(r *reloadRig) { r.write("a.yaml", strings.Replace(policyOf("two"), "action", "acton", 1)) },
		"emptied":        func(r *reloadRig) { r.write("a.yaml", "\n") },
		"a directory":    func(r *reloadRig) { r.shell("rm a.yaml; mkdir a.yaml; mkdir b.yaml; ln -s b.yaml c.yaml") },
		"a FIFO":         func(r *reloadRig) { r.shell("rm a.yaml; mkfifo a.yaml") },
		"a dead link":    func(r *reloadRig) { r.shell("ln -sf nowhere a.yaml") },
		"too big":        func(r *reloadRig) { r.shell("truncate -s 2M a.yaml") },
		"a second file":  func(r *reloadRig) { r.write("b.yaml", "x: y") },
		"own rules":      func(r *reloadRig) { os.WriteFile(OwnRulesFile(r.home), []byte("- {"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReloadRig(t, nil)
			edit(r)
			r.troubled("does not load")
			if !r.denies("one") || r.denies("two") {
				t.Error("the policy before does not hold")
			}
			c := execCall("one")
			if o := r.e.Decide(context.Background(), c); o.Run || !strings.Contains(o.Refusal(c), "does not load") {
				t.Errorf("the refusal does not tell: %s", o.Refusal(c))
			}
			if n := r.log.count(audit.EventPolicyKept); n != 1 {
				t.Errorf("%d records of it", n)
			}
		})
	}
}

func (m *memory) count(event string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.records {
		if r.Event == event {
			n++
		}
	}
	return n
}

// TestReloadRecorded: the record says which files are in force now.
func TestReloadRecorded(t *testing.T) {
	r := newReloadRig(t, nil)
	r.write("a.yaml", policyOf("two"))
	r.becomes("two")
	for range 400 {
		if r.log.count(audit.EventPolicyLoad) > 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	var loads []audit.Record
	for _, x := range r.log.records {
		if x.Event == audit.EventPolicyLoad {
			loads = append(loads, x)
		}
	}
	if len(loads) != 1 || !strings.Contains(fmt.Sprint(loads[0].Details), "a.yaml sha256:") {
		t.Errorf("got %d records", len(loads))
	}
}

// TestReloadUntouched: a file that is touched, or written as it was, is no change.
func TestReloadUntouched(t *testing.T) {
	r := newReloadRig(t, nil)
	r.shell("touch a.yaml")
	r.write("a.yaml", policyOf("one"))
	time.Sleep(6 * lookEvery)
	if n := r.log.count(audit.EventPolicyLoad); n != 0 {
		t.Errorf("%d loads for nothing", n)
	}
}

// TestReloadNeverBare: whatever is done to the files, no decision is made without
// a policy, and none by half of two.
func TestReloadNeverBare(t *testing.T) {
	r := newReloadRig(t, nil)
	r.write("a.yaml", policyOf("one", "two"))
	r.becomes("one", "two")
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				c := execCall("one; three; two")
				var got []string
				for _, m := range r.e.Explain(c).Matched {
					if m.Policy == "p" && m.Effect != nil {
						got = append(got, m.Effect.Program)
					}
				}
				if s := strings.Join(got, " "); s != "one two" && s != "three" && s != "one three two" {
					t.Errorf("judged by %q", s)
					return
				}
			}
		})
	}
	for i := range 8 {
		switch i % 4 {
		case 0:
			r.write("a.yaml", policyOf("three"))
		case 1:
			r.write("a.yaml", "")
		case 2:
			r.shell("rm a.yaml; sleep 0.02")
			r.write("a.yaml", policyOf("one", "two"))
		case 3:
			r.write("a.yaml", "broken: [")
		}
		time.Sleep(3 * lookEvery)
	}
	close(done)
	wg.Wait()
}

// TestReloadProject: a project's policy is followed as well, and a broken edit
// of it keeps what it said; one that never loaded stops everything there.
func TestReloadProject(t *testing.T) {
	repo := t.TempDir()
	os.MkdirAll(filepath.Join(repo, ".rampart"), 0o700)
	os.MkdirAll(filepath.Join(repo, ".git"), 0o700)
	file := filepath.Join(repo, ".rampart", "policy.yaml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log := new(memory)
	e := newTestEngine(t, func(c *Config) { c.Audit = log })
	becomes := func(program string, want policy.Action) *Outcome {
		t.Helper()
		var o Outcome
		for range 400 {
			c := execCall(program)
			c.Cwd = repo
			if o = e.Judge(c); o.Action == want {
				return &o
			}
			time.Sleep(5 * time.Millisecond)
		}
		t.Fatalf("%s: %s %s", program, o.Action, o.Message)
		return nil
	}
	write(policyOf("one"))
	becomes("one", policy.Deny)
	write(policyOf("two"))
	becomes("one", policy.Allow)
	becomes("two", policy.Deny)
	write("policies: [nonsense")
	for log.count(audit.EventPolicyKept) == 0 {
		becomes("two", policy.Deny)
		becomes("one", policy.Allow)
		time.Sleep(5 * time.Millisecond)
	}
	c := execCall("forbidden")
	c.Cwd = repo
	if o := e.Decide(context.Background(), c); !strings.Contains(o.Refusal(c), "this project's policy does not load") {
		t.Errorf("the refusal does not tell: %s", o.Refusal(c))
	}
	e.SetPolicies(e.Policies()) // the owner's own is loaded anew meanwhile
	becomes("two", policy.Deny)
	os.Remove(file)
	becomes("two", policy.Allow)
	if n := log.count(audit.EventPolicyLoad); n != 2 {
		t.Errorf("%d loads recorded", n)
	}
}

func BenchmarkLook(b *testing.B) {
	home := b.TempDir()
	os.MkdirAll(filepath.Join(home, "policies"), 0o700)
	for i := range 5 {
		os.WriteFile(filepath.Join(home, "policies", fmt.Sprint(i, ".yaml")), nil, 0o600)
	}
	o := PolicyOptions{Home: home}
	b.ReportAllocs()
	for b.Loop() {
		o.look()
	}
}
