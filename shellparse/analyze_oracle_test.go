package shellparse

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sandbox runs a script by bash in a throwaway namespace: read-only root, no
// network, dir mounted at /oracle, and returns what it printed.
func sandbox(t *testing.T, dir, script string) []byte {
	t.Helper()
	for _, p := range []string{"bwrap", "bash"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is not installed", p)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/mnt",
		"--ro-bind", dir, "/mnt", "--unshare-all", "--die-with-parent", "--new-session", "--chdir", "/tmp",
		"--clearenv", "--setenv", "PATH", "/mnt/bin:/usr/bin:/bin", "--setenv", "HOME", "/home/dev",
		"bash", "-c", script)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if strings.Contains(errs.String(), "bwrap:") {
			t.Skipf("no sandbox here: %s", errs.String())
		}
		t.Fatalf("%v: %s", err, errs.String())
	}
	return out.Bytes()
}

// fileCommands are run for real below /tmp/w, where a, b, d/x and d/y are.
var fileCommands = []string{
	"cat a b", "cat < a > c", "cp a c", "cp a d", "cp -r d e", "cp -t d a b", "mv a c", "mv a d/", "mv d e", "rm a", "rm -rf d", "rm d/*",
	"tee c d/z < a", "tee -a b < a", "dd if=a of=c", "sed -i s/1/2/ a", "sed s/1/2/ a b", "sed -n '1w c' a", "ln a c", "ln -s a c; cat c",
	"tar cf c.tar d", "tar cf c.tar a && tar xf c.tar -C d", "tar cf - d | cat > c", "find . -name a -delete", "find d -type f -exec rm {} +",
	"find . -name x -exec cat {} \\;", "find d -delete", "touch c", "touch -r a c", "mkdir c", "mkdir -p c/d", "rmdir d || rm -r d", "truncate -s 0 a", "head -n1 a", "tail -c1 a",
	"sort -o c a", "sort a b", "uniq a c", "split -l1 a c", "install -m600 a c", "install -d c", "chmod 600 a", "grep -r 1 d", "grep 1 a", "wc -l a b",
	"cut -c1 a", "base64 a > c", "xxd a c", "diff a b", "cmp a b", "gzip a", "gzip -c a > c", "gzip a && gunzip a.gz", "shred -u a", "unlink a",
	"cd d && cat x > z", "while read l; do echo $l > c; done < a", "for f in d/*; do cat $f; done", "awk '{print > \"c\"}' a", "awk '{print}' a",
	"xargs rm < list", "echo a | xargs cat", "perl -pi -e s/1/2/ a", "python3 -c 'open(\"c\",\"w\").write(open(\"a\").read())'",
	"python3 -c 'import os; os.remove(\"a\")'", "(cd d; rm x)", "bash -c 'cat a > c'", "f() { rm \"$1\"; }; f a", "exec 3< a; cat <&3", "echo x >> a",
	"cp -- a -c", "mv -f a b", "csplit a 1", "paste a b", "join a b", "comm a b", "nl a", "od a", "md5sum a", "cksum a", "tac a", "rev a", "fold a", "shuf -o c a",
}

// Every file that a real program opens, makes or removes is among the effects.
func TestFilesAgainstStrace(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed")
	}
	dir := t.TempDir()
	for i, text := range fileCommands {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("t%d", i)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := sandbox(t, dir, fmt.Sprintf(`
run() {
	mkdir -p /tmp/r$1
	bwrap --bind / / --dev /dev --proc /proc --tmpfs /tmp --bind /tmp/r$1 /tmp/r$1 --dir /tmp/w --chdir /tmp/w --unshare-pid --die-with-parent \
		bash -c 'mkdir d; echo 1 > a; echo 2 > b; echo 3 > d/x; echo 4 > d/y; echo a > list
			strace -f -y -qq -s 4096 -o /tmp/r'$1'/log -e trace=openat,open,creat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,truncate,chmod,fchmodat,chdir timeout 10 bash -c "$(cat /mnt/t'$1')"' </dev/null >/dev/null 2>&1
}
for ((i = 0; i < %d; i++)); do
	run $i & ((i %% 4 == 3)) && wait
done
wait
for ((i = 0; i < %d; i++)); do
	cat /tmp/r$i/log 2>/dev/null; printf '\035'
done`, len(fileCommands), len(fileCommands)))
	logs := strings.Split(string(out), "\035")
	files := 0
	for i, text := range fileCommands {
		in := testInput(text)
		in.Cwd = "/tmp/w"
		r := Analyze(in)
		if r.Refusal != "" {
			t.Errorf("%s: %s", text, r.Refusal)
			continue
		}
		for _, a := range touched(logs[i]) {
			files++
			if !a.coveredBy(r.Effects) {
				var got []string
				for _, e := range r.Effects {
					got = append(got, show(e))
				}
				t.Errorf("%s\ntouched %s %s, which is not among\n %s", text, a.kind, a.path, strings.Join(got, "; "))
			}
		}
	}
	t.Logf("%d commands, %d files touched", len(fileCommands), files)
	if files < len(fileCommands) {
		t.Errorf("strace saw only %d files", files)
	}
}

// access is one thing that a program did to a file.
type access struct {
	kind Kind
	path string
}

// touched reads a trace made with -y, which shows what descriptors stand for.
func touched(log string) []access {
	var out []access
	cwd := map[string]string{}
	for line := range strings.SplitSeq(log, "\n") {
		pid, call, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, args, ok := strings.Cut(strings.TrimSpace(call), "(")
		parts := strings.Split(args, "\"")
		if !ok || len(parts) < 2 || strings.Contains(call, " = -1 ") || strings.HasPrefix(call, "<") {
			continue
		}
		full := func(i int) string {
			p, dir := parts[i], parts[i-1]
			if from, to := strings.LastIndexByte(dir, '<'), strings.LastIndexByte(dir, '>'); from >= 0 && to > from {
				dir = dir[from+1 : to]
			} else if dir = cwd[pid]; dir == "" {
				dir = "/tmp/w"
			}
			if !strings.HasPrefix(p, "/") {
				p = dir + "/" + p
			}
			return path.Clean(p)
		}
		add := func(k Kind, i int) {
			p := full(i)
			if strings.HasPrefix(p, "/tmp/w/") && p != "/tmp/w/d" && !strings.Contains(args, "O_DIRECTORY") {
				out = append(out, access{k, p})
			}
		}
		switch name {
		case "chdir":
			cwd[pid] = full(1)
		case "openat", "open", "creat":
			if strings.Contains(args, "O_WRONLY") || strings.Contains(args, "O_RDWR") || name == "creat" {
				add(Write, 1)
			} else {
				add(Read, 1)
			}
		case "unlink", "unlinkat", "rmdir":
			add(Delete, 1)
		case "rename", "renameat", "renameat2":
			add(Delete, 1)
			add(Write, 3)
		case "mkdir", "mkdirat", "truncate", "chmod", "fchmodat":
			add(Write, 1)
		case "link", "linkat", "symlink", "symlinkat":
			if len(parts) > 3 {
				add(Write, 3)
			}
		}
	}
	return out
}

// coveredBy reports whether an effect allows for the access. What a program
// writes it may read, and what it writes anew it may remove first.
func (a access) coveredBy(effects []Effect) bool {
	switch name := path.Base(a.path); {
	case strings.HasPrefix(name, "sed"), strings.HasPrefix(name, "XX"), name == "0":
		return true // temporary names of sed, perl and shred
	}
	for _, e := range effects {
		ok := e.Kind == a.kind || a.kind == Read && (e.Kind == Write || e.Kind == Delete || e.Kind == Exec) ||
			a.kind == Delete && e.Kind == Write || a.kind == Write && e.Kind == Delete
		if !ok {
			continue
		}
		if e.Kind == Write && strings.HasPrefix(e.Path, a.path+"/") {
			return true // a directory made on the way
		}
		if e.Certainty == Unknown || e.Path == a.path || e.Recursive && strings.HasPrefix(a.path, e.Path+"/") {
			return true
		}
		if e.Certainty == Pattern && (globMatch(e.Path, a.path) || strings.HasPrefix(a.path, strings.TrimSuffix(e.Path, "*"))) {
			return true
		}
	}
	return false
}
