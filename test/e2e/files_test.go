package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// touchy minds everything that is done to files named FORBIDDEN.
const touchy = `version: "1"
policies:
  - name: files
    rules:
      - action: deny
        when: {path_matches: ["**/FORBIDDEN*", "**/FORBIDDEN*/**"]}
        message: this file is not to be touched
`

// doings are the modes of testdata/files.c, each a way to get at a file.
var doings = []string{
	"open", "open-absolute", "open64", "openat", "openat64", "dirfd", "dirfd-path", "dots", "chdir", "link-open", "link-parent", "link-dots",
	"proc-cwd", "proc-root", "proc-fd", "dev-fd", "open_2", "openat_2", "dlsym", "syscall-openat", "syscall-open", "openat2", "openat2-in-root",
	"fopen", "fopen64", "fopen-e", "fopen-ccs", "freopen", "freopen64", "mmap", "thread", "fork", "vfork", "addopen",
	"write", "append", "both", "create", "create-by-link", "truncate-by-link", "creat", "creat64", "fopen-w", "fopen-a", "fopen-a+", "fopen-wx", "freopen-w", "mkstemp", "tmpfile",
	"truncate", "truncate64", "syscall-truncate", "chmod", "fchmod", "fchmodat", "chown", "lchown", "fchownat",
	"unlink", "unlinkat", "unlink-parent-link", "unlink-full-table", "syscall-unlinkat", "remove", "rmdir", "rmdir-slash", "remove-dir",
	"rename", "rename-onto", "renameat", "renameat2", "exchange", "rename-dir", "link", "linkat", "link-onto", "link-follow", "symlink-onto", "symlinkat",
}

// touched prepares a project with a file of that name, and what leads there.
func touched(t *testing.T, name string) *world {
	t.Helper()
	w := newStandardWorld(t)
	w.flags = []string{"--config", w.write("policy.yaml", touchy)}
	w.write("home/app/"+name, "content\n")
	w.write("home/app/plain", "plain\n")
	w.write("home/app/dir/x", "x\n")
	for _, d := range []string{"holds", name + ".d"} {
		if err := os.Mkdir(filepath.Join(w.work, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"to": name, "up": "../app"} {
		if err := os.Symlink(to, filepath.Join(w.work, link)); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// tree is everything that a project holds.
func (w *world) tree() string {
	var b strings.Builder
	filepath.WalkDir(w.work, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			w.t.Fatal(err)
		}
		info, err := d.Info()
		if err != nil {
			w.t.Fatal(err)
		}
		text, to := []byte(nil), ""
		switch {
		case info.Mode().IsRegular():
			text, _ = os.ReadFile(path)
		case info.Mode()&fs.ModeSymlink != 0:
			to, _ = os.Readlink(path)
		}
		fmt.Fprintf(&b, "%s %v %q %s\n", strings.TrimPrefix(path, w.work), info.Mode(), text, to)
		return nil
	})
	return b.String()
}

// TestFiles does to a file what policy forbids in every way that libc has, and
// the same to one that no rule minds.
func TestFiles(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"files", "files-musl"} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			if built[program] == "" {
				t.Skipf("no compiler for %s on this machine", program)
			}
			for _, mode := range doings {
				t.Run(mode, func(t *testing.T) {
					t.Parallel()
					testDoing(t, built[program], mode)
				})
			}
		})
	}
}

func testDoing(t *testing.T, program, mode string) {
	plain := touched(t, "FORBIDDEN")
	if got := plain.do(bare, "", program, mode, "FORBID", "DEN"); got.exit != 0 {
		t.Skipf("does not work without a guard: %+v", got)
	}
	fine := touched(t, "ALLOWED")
	want := fine.do(bare, "", program, mode, "ALLO", "WED")
	for _, layer := range guarded {
		w := touched(t, "FORBIDDEN")
		before := w.tree()
		got := w.do(layer, "", program, mode, "FORBID", "DEN")
		if !strings.HasSuffix(got.stdout, "Permission denied\n") || strings.Contains(got.stdout, "read content") || got.exit != 1 {
			t.Errorf("%s: refused, and yet: %+v", layer, got)
		}
		if n := strings.Count(got.stderr, "this file is not to be touched"); n != 1 {
			t.Errorf("%s: the reason was told %d times: %s", layer, n, got.stderr)
		}
		if after := w.tree(); after != before {
			t.Errorf("%s: refused, and yet it has become\n%swas\n%s", layer, after, before)
		}
		w.clean()

		w = touched(t, "ALLOWED")
		w.same(want, w.do(layer, "", program, mode, "ALLO", "WED"))
		if got, want := w.tree(), fine.tree(); got != want {
			t.Errorf("%s: has become\n%sbare\n%s", layer, got, want)
		}
	}
}

// TestFileRace has a thread turn a link from a harmless file to a forbidden one
// and back while another opens it.
func TestFileRace(t *testing.T) {
	t.Parallel()
	need(t, "cc")
	for _, mode := range []string{"race", "race-truncate"} {
		w := touched(t, "FORBIDDEN")
		got := w.do(preload, "", built["files"], mode, "FORBID", "DEN")
		text, err := os.ReadFile(filepath.Join(w.work, "FORBIDDEN"))
		if err != nil || string(text) != "content\n" || mode == "race" && got.exit == 0 {
			t.Errorf("%s: the race was won: %q %v %+v", mode, text, err, got)
		}
	}
}
