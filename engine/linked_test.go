package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rampart/platform"
	"rampart/policy"
)

// What policy files are links to is changed by people only, as the links are; a
// link that leads nowhere is not taken for no file.
func TestLinkedPolicies(t *testing.T) {
	home := t.TempDir()
	at := func(name string) string { return filepath.Join(home, name) }
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, name string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, at(name)); err != nil {
			t.Fatal(err)
		}
	}
	write("dot/a.yaml", policyOf("one"))
	write("dot/rules.yaml", "")
	write("dot/other", "")
	write("p/shared/team.yaml", policyOf("two"))
	link("../../way/a.yaml", ".rampart/policies/a.yaml")
	link("../dot/a.yaml", "way/a.yaml")
	link("../dot/rules.yaml", ".rampart/rules.yaml")
	link("../shared/team.yaml", "p/.rampart/policy.yaml")
	load := func() (*Policies, error) { return LoadPolicies(PolicyOptions{Home: at(".rampart")}) }
	p, err := load()
	if err != nil {
		t.Fatal(err)
	}
	e := New(Config{Policies: p, FS: platform.HostFS{}, Home: home, User: "u", OS: "linux"})
	judge := func(command string) policy.Decision {
		c := execCall(command)
		c.Cwd, c.Home = at("p"), home
		return e.Judge(c).Decision
	}
	for _, command := range []string{
		"one", "two", "echo x > ~/dot/a.yaml", "echo x > ~/.rampart/policies/a.yaml", "rm ~/way/a.yaml", "ln -sf /dev/null ~/way/a.yaml", "rm -r ~/way", "mv ~/dot ~/x",
		"echo x >> ~/dot/rules.yaml", "echo x > shared/team.yaml", "sed -i s/x/y/ shared/team.yaml", "rm -rf shared", "echo x > .rampart/policy.yaml",
	} {
		if d := judge(command); d.Action != policy.Deny {
			t.Errorf("%s: %s", command, d.Action)
		}
	}
	for _, command := range []string{"cat ~/dot/a.yaml", "echo x > ~/dot/other", "touch shared/x", "cat shared/team.yaml"} {
		if d := judge(command); d.Action != policy.Allow {
			t.Errorf("%s: %s %s", command, d.Action, d.Message)
		}
	}
	if err := os.Remove(at("p/shared/team.yaml")); err != nil {
		t.Fatal(err)
	}
	e.SetPolicies(p)
	if d := judge("two"); d.Action != policy.Deny {
		t.Errorf("a project's policy that leads nowhere any more: %s", d.Action)
	}
	e = New(e.cfg)
	if d := judge("echo"); d.Action != policy.Deny || !strings.Contains(d.Message, "leads nowhere") {
		t.Errorf("a project's policy that leads nowhere: %s %s", d.Action, d.Message)
	}
	for _, gone := range []string{"dot/rules.yaml", "dot/a.yaml"} {
		if err := os.Remove(at(gone)); err != nil {
			t.Fatal(err)
		}
		if _, err := load(); err == nil {
			t.Errorf("loads without %s", gone)
		}
		write(gone, "")
	}
	if err := os.RemoveAll(at(".rampart/policies")); err != nil {
		t.Fatal(err)
	}
	link("../nowhere", ".rampart/policies")
	if _, err := load(); err == nil || !strings.Contains(err.Error(), "leads nowhere") {
		t.Errorf("a directory that leads nowhere: %v", err)
	}
}
