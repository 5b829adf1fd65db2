// Package workloads runs what people really run, bare and under guard, and
// holds the results against each other: make workloads.
package workloads

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"rampart/test/binary"
)

// workload is a piece of work in an empty directory. What text prints to standard
// output must not depend on time and place. Before it, set is carried out
// unguarded: what the owner would have done.
type workload struct {
	name string
	need []string
	set  string
	text string
}

var workloads = []workload{
	{"a C project of 200 files, make -j2", []string{"make", "cc", "ar"}, "", `
mkdir src; for i in $(seq 200); do printf 'int f%d(int x) { return x + %d; }\n' $i $i > src/f$i.c; done
printf 'OBJ = $(patsubst %%.c,%%.o,$(wildcard *.c))\nlibx.a: $(OBJ)\n\tar rcsD $@ $^\n%%.o: %%.c\n\t$(CC) -O1 -c -o $@ $<\n' > src/Makefile
make -s -C src -j2 && nm src/libx.a | grep -c ' T '`},
	{"go test of the standard library", []string{"go"}, "", `GOCACHE=$RAMPART_GOCACHE go test -count=1 sort strings os/exec | sed 's/\t[0-9.]*s$//; s/\t(cached)$//'`},
	{"npm ci and a Vite build", []string{"npm", "node"}, "", `
npm create -y vite@latest app -- --template vanilla >/dev/null 2>&1 && cd app && npm install --silent >/dev/null && rm -rf node_modules && npm ci --silent >/dev/null && npx vite build --logLevel error && find dist -type f | sed 's/-[^.]*//' | sort`},
	{"a Python venv", []string{"python3"}, "", `python3 -m venv v && v/bin/python -c 'import sys; print(sys.prefix != sys.base_prefix)'`},
	{"git, with hooks", []string{"git"}, `
git init -q -b main a && cd a && git config user.email a@b && git config user.name n && git config core.hooksPath .hooks && mkdir .hooks &&
printf '#!/bin/sh\necho "hook $(basename "$0")" >>../hooks\n' | tee .hooks/pre-commit .hooks/post-rewrite .hooks/post-checkout >/dev/null && chmod +x .hooks/*`, `
export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z' GIT_CONFIG_NOSYSTEM=1
cd a && for i in 1 2 3; do echo $i > f$i && git add . && git commit -qm $i; done
git checkout -q -b side HEAD~1 && echo s > s && git add . && git commit -qm s && git rebase -q main && cd .. && git clone -q a b && git -C b log --format='%H %s' && cat hooks`},
	{"PostgreSQL: initdb, start, a query", []string{"psql", "initdb", "pg_ctl"}, "", `
initdb -D db -A trust >/dev/null && pg_ctl -D db -o "-k $PWD -c listen_addresses=" -l log -w start >/dev/null && psql -qAt -h "$PWD" -d postgres -c 'select sum(x) from generate_series(1, 1000) x'; pg_ctl -D db -m fast stop >/dev/null`},
	{"a JVM", []string{"java"}, "", `java -version 2>&1 | sed -n 1p`},
	{"Chromium without a window", []string{"chromium"}, "", `chromium --headless --no-sandbox --disable-gpu --user-data-dir="$PWD/profile" --dump-dom 'data:text/html,<p id=x>hi' 2>/dev/null`},
	{ownSandbox, []string{"chromium"}, "", `chromium --headless --disable-gpu --user-data-dir="$PWD/profile" --dump-dom 'data:text/html,<p id=x>hi' 2>/dev/null`},
	{"archives and many files", []string{"tar", "find"}, "", `
mkdir d && for i in $(seq 300); do echo $i > d/$i.txt; done && tar cf x.tar d && rm -rf d && tar xf x.tar && find d -name '*.txt' -exec cat {} + | sort -n | tail -1 && ls d | xargs -n 50 echo | wc -l`},
}

// ownSandbox is what a browser builds around its pages, if it is not root's.
const ownSandbox = "Chromium with its own sandbox"

func TestMain(m *testing.M) { os.Exit(binary.Main(m)) }

// TestWorkloads compares output and exit status, and shows the times.
func TestWorkloads(t *testing.T) {
	if os.Getenv("RAMPART_WORKLOADS") == "" {
		t.Skip("takes minutes and a network: make workloads")
	}
	for _, w := range workloads {
		t.Run(w.name, func(t *testing.T) {
			for _, p := range w.need {
				if _, err := exec.LookPath(p); err != nil && (postgres() == "" || !strings.Contains("psql initdb pg_ctl", p)) {
					t.Skipf("no %s here", p)
				}
			}
			run(t, w) // what is fetched or built once
			bare, tookBare := run(t, w)
			if !strings.HasSuffix(bare, "exit status 0") {
				t.Fatalf("bare: %s", bare)
			}
			for _, layer := range []string{"preload", "wrap"} {
				guarded, took := run(t, w, binary.Path(t), layer, "--")
				if bare != guarded {
					t.Errorf("bare:\n%s\n%s:\n%s", bare, layer, guarded)
				}
				t.Logf("%-8s %6.2f s, bare %6.2f s: %.2f", layer, took.Seconds(), tookBare.Seconds(), took.Seconds()/tookBare.Seconds())
			}
		})
	}
}

// nobody is who does what refuses to be done by root.
const nobody = 65534

// run carries a workload out in a new directory, with a home of its own, and
// returns what it printed and how it ended.
func run(t *testing.T, w workload, before ...string) (string, time.Duration) {
	t.Helper()
	home, err := os.MkdirTemp("", "work-") // t.TempDir's are too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	work := filepath.Join(home, "work")
	if err := os.Mkdir(work, 0o700); err != nil {
		t.Fatal(err)
	}
	command := func(argv ...string) *exec.Cmd {
		c := exec.Command(argv[0], argv[1:]...)
		c.Dir = work
		c.Env = append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+home, "GOFLAGS=-mod=mod")
		if cache, err := exec.Command("go", "env", "GOCACHE").Output(); err == nil {
			c.Env = append(c.Env, "RAMPART_GOCACHE="+strings.TrimSpace(string(cache)))
		}
		if path := postgres(); path != "" {
			c.Env = append(c.Env, "PATH="+path+":"+os.Getenv("PATH"))
		}
		if os.Getuid() == 0 && (slices.Contains(w.need, "initdb") || w.name == ownSandbox) {
			for dir := work; dir != os.TempDir(); dir = filepath.Dir(dir) {
				if err := os.Chown(dir, nobody, nobody); err != nil {
					t.Fatal(err)
				}
			}
			c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		}
		return c
	}
	if out, err := command("bash", "-c", w.set).CombinedOutput(); err != nil {
		t.Fatalf("what comes before: %v\n%s", err, out)
	}
	c := command(append(before, "bash", "-c", w.text)...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	start := time.Now()
	err = c.Run()
	took := time.Since(start)
	if strings.Contains(errs.String(), "rampart: refused") || strings.Contains(errs.String(), "rampart: not approved") {
		t.Errorf("refused: %s", errs.String())
	}
	end := "exit status 0"
	if err != nil {
		end = err.Error()
	}
	return out.String() + end, took
}

// postgres is where Debian has the server's programs; "" where it has none.
func postgres() string {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(dirs) == 0 {
		return ""
	}
	return dirs[len(dirs)-1]
}
