package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// kept lets nobody near a directory, nor write to one file.
const kept = `version: "1"
policies:
  - name: places
    rules:
      - action: deny
        when: {path_matches: "**/FORBIDDEN/**"}
        message: this file is not to be touched
      - action: deny
        when: {writes: "**/kept"}
        message: this file is not to be touched
`

func withPlaces(t *testing.T, name string) *world {
	t.Helper()
	w := newStandardWorld(t)
	w.flags = []string{"--config", w.write("policy.yaml", kept)}
	w.write("home/app/"+name+"/x", "content\n")
	w.write("home/app/"+name+"/who", strings.Repeat("content\n", 48)) // one record of utmp
	w.write("home/app/holds/x", "harmless\n")
	w.write("home/app/kept", "old\n")
	if err := os.Mkdir(filepath.Join(w.work, "dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestFilePlaces: a file is not got at by giving the directory that it lies in
// another name (a mount, another root), nor by calls that name it by something
// else than its path.
func TestFilePlaces(t *testing.T) {
	t.Parallel()
	if built["places"] == "" {
		t.Skip("no compiler on this machine")
	}
	for _, mode := range []string{
		"open", "bind", "syscall-bind", "overlay", "open-tree", "chroot", "chroot-user", "chroot-outside", "handle", "syscall-handle",
		"setmntent", "utmpname", "utmpname-swapped", "pututline", "updwtmp", "addchdir", "chdir-late", "x32", "freopen-null", "setxattr", "lsetxattr", "fsetxattr", "fchmodat2",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			if got := withPlaces(t, "FORBIDDEN").do(bare, "", built["places"], mode, "FORBID", "DEN"); got.exit != 0 {
				t.Skipf("does not work without a guard: %+v", got)
			}
			w := withPlaces(t, "FORBIDDEN")
			before := w.tree()
			got := w.do(preload, "", built["places"], mode, "FORBID", "DEN")
			if got.exit != 1 || strings.Contains(got.stdout, "content") || w.tree() != before {
				t.Errorf("refused, and yet: %+v\n%s", got, w.tree())
			}
		})
	}
}

// TestOtherPlaces: what concerns no rule goes as it does bare.
func TestOtherPlaces(t *testing.T) {
	t.Parallel()
	if built["places"] == "" {
		t.Skip("no compiler on this machine")
	}
	for _, mode := range []string{"open", "bind", "overlay", "chroot", "chroot-user", "handle", "setmntent", "utmpname"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			want := withPlaces(t, "ALLOWED").do(bare, "", built["places"], mode, "ALLO", "WED")
			w := withPlaces(t, "ALLOWED")
			w.same(want, w.do(preload, "", built["places"], mode, "ALLO", "WED"))
		})
	}
}

// TestDirectoryRace has a thread change the directory while another opens by
// a relative name what may be opened in one of them only.
func TestDirectoryRace(t *testing.T) {
	t.Parallel()
	if built["places"] == "" {
		t.Skip("no compiler on this machine")
	}
	for _, mode := range []string{"race", "race-truncate"} {
		w := withPlaces(t, "FORBIDDEN")
		got := w.do(preload, "", built["places"], mode, "FORBID", "DEN")
		text, err := os.ReadFile(filepath.Join(w.work, "FORBIDDEN/x"))
		if err != nil || string(text) != "content\n" || mode == "race" && got.exit == 0 {
			t.Errorf("%s: the race was won: %q %v %+v", mode, text, err, got)
		}
	}
}

// TestRemovedWhole: what a command may remove with all that is below it, it
// removes, though rules speak of a file that lies there; and no more than that.
func TestRemovedWhole(t *testing.T) {
	t.Parallel()
	need(t, "bash", "git")
	for _, c := range []struct{ name, text string }{
		{"a clone", "git init -q r; ls r/.git/hooks | wc -l; rm -rf r; ls -A"},
		{"in a script", "git init -q r; echo 'rm -rf r' >s; bash s; rm s; ls -A"},
		{"by another name", "git init -q r; n=$(echo r); rm -rf ./$n; ls -A"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, layer := range guarded {
				plain, w := newStandardWorld(t), newStandardWorld(t)
				w.same(plain.do(bare, "", "bash", "-c", c.text), w.do(layer, "", "bash", "-c", c.text))
			}
		})
	}
	t.Run("a temporary directory", func(t *testing.T) {
		t.Parallel()
		need(t, "python3")
		make := func() *world {
			w := newStandardWorld(t)
			w.write("home/app/x.py", "import os, shutil, subprocess, tempfile\nd = tempfile.mkdtemp()\nsubprocess.run(['git', 'init', '-q', d])\nshutil.rmtree(d)\nprint(os.path.exists(d))\n")
			return w
		}
		make().same(make().do(bare, "", "python3", "x.py"), make().do(preload, "", "python3", "x.py"))
	})
	w := newStandardWorld(t)
	w.write("home/app/half", "r/.git/ho")
	got := w.do(preload, "", "bash", "-c", "git init -q r; rm -rf r/x; python3 -c 'import os; d = open(\"half\").read() + \"oks\"; os.unlink(d + \"/update.sample\")'")
	if got.exit == 0 || !strings.Contains(got.stderr, "at the next login, boot or commit") {
		t.Errorf("another file was removed: %+v", got)
	}
}
