package e2e

import (
	"os"
	"strings"
	"testing"
)

// gitWork are commands of everyday work in which git runs git for what would be
// asked about if the agent ran it.
var gitWork = []string{
	"echo x >> f && git stash && git stash pop",
	"echo x > new && git stash -u && git stash pop",
	"git worktree add ../tree other && git worktree remove ../tree",
	"git gc -q && git fsck",
	"git -c protocol.file.allow=always submodule add -q ../lib lib && git commit -qm lib",
	"git bisect start HEAD HEAD~2 && git bisect good && git bisect reset",
	"git rebase -q --autostash HEAD~1",
}

// gitTricks are asked about, though git is somewhere above.
var gitTricks = []string{
	"git reset --hard",
	"printf '#!/bin/sh\\ngit reset --hard\\n' > /tmp/h.$$; sh -c 'git reset --hard'",
	"git rebase -q --exec 'git reset --hard' HEAD~1",
	"git -c alias.x='!git reset --hard' x",
	"git submodule foreach 'git reset --hard'",
	"git config --global x.y \"$PWD\"; git for-each-repo --config=x.y reset --hard",
	"git -c protocol.ext.allow=always fetch 'ext::git reset --hard'",
	"git bisect start HEAD HEAD~2; git bisect run git reset --hard",
	"bash -c 'exec -a /usr/lib/git-core/git-subtree git reset --hard'",
	"python3 -c 'import os; os.execv(os.popen(\"command -v git\").read().strip(), [\"git\", \"reset\", chr(45)*2 + \"hard\"])'",
}

// TestGitsOwnSteps: what git does by itself is part of what it was allowed; what
// others have it do is not.
func TestGitsOwnSteps(t *testing.T) {
	t.Parallel()
	need(t, "git", "bash", "python3")
	const setup = `git config --global user.email a@b; git config --global user.name n; git config --global protocol.file.allow always
git init -q -b main ../lib && (cd ../lib && echo s > s && git add . && git commit -qm s)
git init -q -b main . && for i in 1 2 3; do echo $i > f; git add .; git commit -qm $i; done; git branch other`
	try := func(layer, text, before string, check func(*testing.T, *world, result)) {
		t.Run(layer+"/"+text, func(t *testing.T) {
			t.Parallel()
			w := newStandardWorld(t)
			if got := w.do(bare, "", "bash", "-c", setup+before); got.exit != 0 {
				t.Fatalf("%+v", got)
			}
			check(t, w, w.do(layer, "", "bash", "-c", text))
		})
	}
	for _, layer := range guarded {
		for _, text := range gitWork {
			try(layer, text, "", func(t *testing.T, _ *world, got result) {
				if got.exit != 0 || strings.Contains(got.stderr, "rampart: ") {
					t.Errorf("%+v", got)
				}
			})
		}
		for _, text := range gitTricks {
			try(layer, text, "; echo precious >> f", func(t *testing.T, w *world, got result) {
				if data, _ := os.ReadFile(w.work + "/f"); !strings.Contains(string(data), "precious") {
					t.Errorf("what was not committed is gone: %+v", got)
				}
			})
		}
		try(layer, "cp $(command -v git) ./git2 && ./git2 stash", "; echo precious >> f", func(t *testing.T, _ *world, got result) {
			if !strings.Contains(got.stderr, "not approved") {
				t.Errorf("a copy of git is taken for the system's: %+v", got)
			}
		})
	}
}

// TestPackageManager installs a package for real, as root in a container does.
// It changes the machine: only where that is said to be wanted.
func TestPackageManager(t *testing.T) {
	if os.Getenv("RAMPART_CHANGE_SYSTEM") == "" || os.Getuid() != 0 {
		t.Skip("set RAMPART_CHANGE_SYSTEM=1, as root, to let it install and remove a package")
	}
	need(t, "apt-get")
	for _, layer := range guarded {
		w := newStandardWorld(t)
		for _, text := range []string{"apt-get install -y -qq --reinstall sl", "apt-get remove -y -qq sl"} {
			if got := w.do(layer, "", "bash", "-c", text); got.exit != 0 || strings.Contains(got.stderr, "not approved") {
				t.Errorf("%s: %s: %+v", layer, text, got)
			}
		}
		for _, text := range []string{"apt-get -o Dir::Etc::sourcelist=/dev/null install -y -qq sl", "dpkg -i /nowhere/x.deb"} {
			if got := w.do(layer, "", "bash", "-c", text); got.exit == 0 {
				t.Errorf("%s: %s: %+v", layer, text, got)
			}
		}
	}
}
