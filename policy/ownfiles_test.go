package policy

import (
	"testing"

	"rampart/shellparse"
)

func TestOwnFiles(t *testing.T) {
	of := func(program, path string) Ownership {
		by := shellparse.Effect{Kind: shellparse.Exec, Program: program, Path: "/usr/bin/" + program}
		c := &Call{Tool: "read", Path: path, Home: testHome, Cwd: testCwd, By: &by}
		return Owns(c, shellparse.Effect{Kind: shellparse.Read, Path: path})
	}
	for _, x := range []struct {
		program, path string
		want          Ownership
	}{
		{"ssh", testHome + "/.ssh/id_rsa", Own},
		{"cat", testHome + "/.ssh/id_rsa", NotOwn},
		{"python3", testHome + "/.ssh/id_rsa", NotOwn},
		{"git", testHome + "/.ssh/id_rsa", NotOwn},
		{"git", testHome + "/.bashrc", NotOwn},
		{"git", testHome + "/.claude/settings.json", NotOwn},
		{"git", testHome + "/.rampart/policies/x.yaml", NotOwn},
		{"git", "/etc/passwd", NotOwn},
		{"git", testCwd + "/.env", Own},
		{"git", testCwd + "/.git/hooks/pre-commit", Own},
		{"git", testCwd + "/.claude/settings.json", OwnSettings},
		{"git-remote-https", testHome + "/.netrc", Own},
		{"gpg-agent", testHome + "/.gnupg/private-keys-v1.d/x", Own},
		{"claude", testHome + "/.claude/.credentials.json", OwnSettings},
		{"claude", testHome + "/.codex/auth.json", NotOwn},
		{"claude", testHome + "/.ssh/id_rsa", NotOwn},
		{"codex", testHome + "/.codex/auth.json", OwnSettings},
		{"dpkg", "/usr/bin/x", OwnBelow},
		{"npm", testHome + "/.npmrc", Own},
		{"pip", testCwd + "/v/lib/python3.11/site-packages/x.pth", OwnBelow},
		{"node", testCwd + "/.env", Own},
		{"node", testHome + "/.env", NotOwn},
		{"grep", testCwd + "/.env", NotOwn},
		{"python3.11", testCwd + "/conf/.env.local", Own},
	} {
		if got := of(x.program, x.path); got != x.want {
			t.Errorf("%s of %s: %d, want %d", x.path, x.program, got, x.want)
		}
	}
}

// Inside of a program only rules about files count, and no default action.
func TestBy(t *testing.T) {
	set, err := Compile([]Source{{Name: "x", Data: []byte(`default_action: deny
policies:
  - name: a
    rules:
      - {action: deny, when: {program: "!ssh", reads: "**/key"}}
      - {action: ask, when: {program: python3, writes: "/x/**"}}
      - {action: deny, when: {default: true}}
  - name: b
    match: {tool: [delete]}
    rules:
      - {action: deny}
  - name: c
    match: {tool: [exec]}
    rules:
      - {action: deny, when: {path_matches: "**/cred"}}
      - {action: deny, when: {command_matches: "*"}}
`)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		program string
		kind    shellparse.Kind
		path    string
		want    Action
	}{
		{"python3", shellparse.Read, "/a", Allow},
		{"python3", shellparse.Read, "/a/key", Deny},
		{"ssh", shellparse.Read, "/a/key", Allow},
		{"python3", shellparse.Write, "/x/y", Ask},
		{"node", shellparse.Write, "/x/y", Allow},
		{"node", shellparse.Delete, "/y", Deny},
		{"node", shellparse.Read, "/cred", Deny},
	} {
		by := shellparse.Effect{Kind: shellparse.Exec, Program: x.program, Path: "/usr/bin/" + x.program, Argv: []shellparse.Value{{Text: x.program}}}
		c := &Call{Tool: x.kind.String(), Path: x.path, By: &by, Effects: []shellparse.Effect{{Kind: x.kind, Path: x.path}}}
		if d := set.Evaluate(c); d.Action != x.want {
			t.Errorf("%s %s by %s: %v by %s, want %v", x.kind, x.path, x.program, d.Action, d.Rule, x.want)
		}
	}
}
