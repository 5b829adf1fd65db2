package shellparse

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// diskFS is the real file system, for tests.
type diskFS struct{}

func (diskFS) Lstat(p string) (fs.FileInfo, error) { return os.Lstat(p) }
func (diskFS) Readlink(p string) (string, error)   { return os.Readlink(p) }
func (diskFS) ReadFile(p string, limit int64) ([]byte, error) {
	fi, err := os.Stat(p)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if int64(len(b)) > limit {
		return nil, errors.New("too large")
	}
	return b, err
}
func (diskFS) ReadDirNames(p string) ([]string, error) {
	es, err := os.ReadDir(p)
	var names []string
	for _, e := range es {
		names = append(names, e.Name())
	}
	return names, err
}

// onDisk makes files: a name that ends in / is a directory, "->TARGET" a link.
func onDisk(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		p := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(p), 0o755)
		if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(p, 0o755)
		} else if to, ok := strings.CutPrefix(text, "->"); ok {
			err = os.Symlink(to, p)
		} else {
			err = os.WriteFile(p, []byte(text), 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestWithFileSystem(t *testing.T) {
	dir := onDisk(t, map[string]string{
		"real/deep/file": "1",
		"real/other":     "2",
		"link":           "->real/deep",
		"loop":           "->loop",
		"secret":         "->/etc/shadow",
		"run.sh":         "#!/bin/sh\nrm -rf \"$1\"\n",
		"run.py":         "#!/usr/bin/env python3\nimport os\nos.remove('/etc/hosts')\n",
		"lib.sh":         "wipe() { rm -rf /opt; }\n",
		"Makefile":       "all: dep\n\t@rm -f out\ndep:\n\ttouch $(X) dep.o\nclean:\n\trm -rf build $$HOME/x\n",
		"package.json":   `{"scripts":{"build":"rm -rf dist","prebuild":"touch stamp"}}`,
		"g/one.txt":      "", "g/two.txt": "", "g/.dot.txt": "",
		"dir/": "",
	})
	for _, row := range []effectRow{
		{"cat link/file", "r DIR/real/deep/file"},
		{"cat link/../other", "r DIR/real/other"},
		{"cd link && cat ../other", "r DIR/real/other"},
		{"cd link/.. && cat link/file", "r DIR/real/deep/file"},
		{"cat secret", "r /etc/shadow"},
		{"rm secret", "d DIR/secret"},
		{"rm -rf link/", "d DIR/real/deep/**"},
		{"rm -rf link", "d DIR/link/**"},
		{"echo x > secret", "w /etc/shadow"},
		{"cat loop", "r DIR/loop"},
		{"cat g/*.txt", "r DIR/g/one.txt; r DIR/g/two.txt"},
		{"cat g/.*.txt", "r DIR/g/.dot.txt"},
		{"touch g/x.txt; cat g/*.txt", "w DIR/g/x.txt; ~r DIR/g/*.txt"},
		{"cp run.sh dir", "r DIR/run.sh; w DIR/dir/run.sh"},
		{"./run.sh /srv", "d /srv/**"},
		{"sh run.sh /srv", "r DIR/run.sh; d /srv/**"},
		{"bash < run.sh", "r DIR/run.sh"},
		{"cat run.sh | sh -s /srv", "r DIR/run.sh; d /srv/**"},
		{"./run.py", "d /etc/hosts"},
		{"python3 run.py", "r DIR/run.py; d /etc/hosts"},
		{". ./lib.sh; wipe", "r DIR/lib.sh; d /opt/**"},
		{"make", "w DIR/dep.o; ?w ; d DIR/out"},
		{"make clean", "d DIR/build/**; d /home/dev/x/**"},
		{"npm run build", "w DIR/stamp; d DIR/dist/**"},
		{"ln -s /etc q; cat q/passwd", "w DIR/q; r /etc/passwd"},
	} {
		in := testInput(row.text)
		in.Cwd, in.FS = dir, diskFS{}
		var got []string
		for _, e := range Analyze(in).Effects {
			if e.Kind == Read || e.Kind == Write || e.Kind == Delete {
				got = append(got, show(e))
			}
		}
		want := strings.ReplaceAll(row.want, "DIR", dir)
		gotText := strings.Join(got, "; ")
		for w := range strings.SplitSeq(want, "; ") {
			if !strings.Contains("; "+gotText+"; ", "; "+w+"; ") {
				t.Errorf("%s\nlacks %s\n  has %s", row.text, w, gotText)
			}
		}
	}
}

// resolvingFS has the kernel say at once where a path leads.
type resolvingFS struct{ diskFS }

func (resolvingFS) Resolve(p string) (string, bool) {
	f, err := os.Open(p)
	if err != nil {
		return "", false
	}
	defer f.Close()
	real, err := os.Readlink("/proc/self/fd/" + padNumber(int64(f.Fd()), 0))
	return real, err == nil && real != "/proc" && !strings.HasPrefix(real, "/proc/")
}

// A file system that resolves paths by itself changes nothing of what is found.
func TestWalkResolved(t *testing.T) {
	dir := onDisk(t, map[string]string{
		"a/f": "", "l": "->a", "a/up": "->..", "lost": "->a/none", "round": "->round", "self": "->/proc/self/exe", "fd": "->/dev/fd", "file": "->a/f", "out": "->lost",
	})
	parts := []string{"a", "f", "l", "up", "..", ".", "", "lost", "round", "self", "fd", "file", "none", "out"}
	slow, fast := &analyzer{in: &Input{FS: diskFS{}}}, &analyzer{in: &Input{FS: resolvingFS{}}}
	for _, p := range parts {
		for _, q := range parts {
			for _, r := range parts {
				for _, follow := range []bool{false, true} {
					full := dir + "/" + p + "/" + q + "/" + r
					*slow, *fast = analyzer{in: slow.in}, analyzer{in: fast.in}
					if got, want := fast.walk(full, dir, follow), slow.walk(full, dir, follow); got != want {
						t.Errorf("%s, follow %v\n got %s\nwant %s", full, follow, got, want)
					}
				}
			}
		}
	}
	made := &analyzer{in: &Input{FS: resolvingFS{}}, links: map[string]string{dir + "/l": "/elsewhere"}}
	if got := made.walk(dir+"/l/f", dir, true); got != "/elsewhere/f" {
		t.Errorf("a link that the text has made leads to %s", got)
	}
}

// What the kernel says a path leads to is what walk says.
func TestWalkAgainstKernel(t *testing.T) {
	dir := onDisk(t, map[string]string{
		"a/b/c/f": "", "l1": "->a/b", "a/l2": "->../l1/c", "a/b/up": "->..", "abs": "->/usr/bin/../lib", "a/b/c/l3": "->../../l2/../up",
	})
	a := &analyzer{in: &Input{FS: diskFS{}}}
	parts := []string{"a", "b", "c", "l1", "l2", "up", "..", ".", "", "abs", "l3"}
	n := 0
	for _, p := range parts {
		for _, q := range parts {
			for _, r := range parts {
				for _, s := range parts {
					full := dir + "/" + p + "/" + q + "/" + r + "/" + s
					want, err := filepath.EvalSymlinks(full)
					f, err2 := os.Open(full) // EvalSymlinks cleans before it looks
					if err != nil || err2 != nil {
						continue
					}
					if k, err := os.Readlink("/proc/self/fd/" + padNumber(int64(f.Fd()), 0)); err == nil {
						want = k
					}
					f.Close()
					n++
					if got := a.walk(full, dir, true); got != want {
						t.Errorf("%s\n got %s\nwant %s", full, got, want)
					}
				}
			}
		}
	}
	t.Logf("%d paths", n)
}

// What links lead to is judged by the name that was given, too.
func TestNamed(t *testing.T) {
	dir := onDisk(t, map[string]string{"dot/rc": "1", ".rc": "->dot/rc", "ln": "->dot", "plain": "2"})
	for cmd, want := range map[string]string{
		"cat .rc":                           "dot/rc .rc",
		"cat ln/rc":                         "dot/rc ln/rc",
		"cat plain":                         "plain ",
		"cat dot/../plain":                  "plain ",
		"echo >> .rc":                       "dot/rc .rc",
		"ln -s plain new; cat new":          "plain new",
		"cd ln; cat rc":                     "dot/rc ln/rc",
		"python3 -c 'open(\".rc\", \"w\")'": "dot/rc .rc",
	} {
		in := &Input{Text: cmd, Cwd: dir, FS: diskFS{}}
		found := false
		for _, e := range Analyze(in).Effects {
			if e.Kind != Read && e.Kind != Write || e.Path == filepath.Join(dir, "new") {
				continue
			}
			got := strings.TrimPrefix(e.Path, dir+"/") + " " + strings.TrimPrefix(e.Named, dir+"/")
			if found = got == want; !found {
				t.Errorf("%s: %q, want %q", cmd, got, want)
			}
		}
		if !found {
			t.Errorf("%s: nothing is read or written", cmd)
		}
	}
}
