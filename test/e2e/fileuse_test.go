package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// fileRecord is what the trail says about a file.
type fileRecord struct {
	Layer, Tool, Path, Action, Outcome, Rule, Message string
	Argv                                              []string
	Details                                           map[string]string
}

// fileRecords are the records about files that programs touched by themselves.
func fileRecords(t *testing.T, w *world) (out []fileRecord) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(w.home, ".rampart/audit/*.jsonl"))
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			var r fileRecord
			if json.Unmarshal([]byte(line), &r) == nil && (r.Tool == "read" || r.Tool == "write" || r.Tool == "delete") {
				out = append(out, r)
			}
		}
	}
	return out
}

// scripts do to a file what policy forbids, in one language each. Its name
// comes from a file, as half a name.
var scripts = []struct{ name, program, file, text string }{
	{"python open", "python3", "x.py", "import sys\nn=open('half').read()+sys.argv[1]\nprint(open(n).read())\n"},
	{"python os.open", "python3", "x.py", "import os,sys\nn=open('half').read()+sys.argv[1]\nprint(os.read(os.open(n,os.O_RDONLY),9))\n"},
	{"python pathlib", "python3", "x.py", "import pathlib,sys\nn=open('half').read()+sys.argv[1]\npathlib.Path(n).write_text('x'); print(pathlib.Path(n).read_text())\n"},
	{"python shutil", "python3", "x.py", "import shutil,sys\nn=open('half').read()+sys.argv[1]\nshutil.copy(n,'copied'); print(open('copied').read())\n"},
	{"python mmap", "python3", "x.py", "import mmap,sys\nn=open('half').read()+sys.argv[1]\nf=open(n,'rb'); print(mmap.mmap(f.fileno(),0,prot=mmap.PROT_READ)[:])\n"},
	{"python os.remove", "python3", "x.py", "import os,sys\nn=open('half').read()+sys.argv[1]\nos.remove(n); print('gone')\n"},
	{"python os.replace", "python3", "x.py", "import os,sys\nn=open('half').read()+sys.argv[1]\nos.replace(n,'other'); print('moved')\n"},
	{"python ctypes", "python3", "x.py", "import ctypes,sys,os\nn=open('half').read()+sys.argv[1]\nl=ctypes.CDLL(None,use_errno=True)\nfd=l.open(n.encode(),0)\nif fd<0: raise OSError(ctypes.get_errno(),os.strerror(ctypes.get_errno()))\nprint(os.read(fd,9))\n"},
	{"python private open", "python3", "x.py", "import ctypes,sys,os\nn=open('half').read()+sys.argv[1]\nl=ctypes.CDLL(None,use_errno=True)\nf=getattr(l,'__open64_nocancel',l.open)\nfd=f(n.encode(),0)\nif fd<0: raise OSError(ctypes.get_errno(),os.strerror(ctypes.get_errno()))\nprint(os.read(fd,9))\n"},
	{"python without descriptors", "python3", "x.py", "import os,sys\nos.closerange(3,200)\nn=open('half').read()+sys.argv[1]\nprint(open(n).read())\n"},
	{"python io_uring", "python3", "x.py", "import ctypes,sys\nn=open('half').read()+sys.argv[1]\nl=ctypes.CDLL(None)\nb=ctypes.create_string_buffer(256)\nl.syscall(425,4,b)\nprint(open(n).read())\n"},
	{"python in a directory that is gone", "python3", "x.py", "import os,sys\nn=os.path.abspath(open('half').read()+sys.argv[1])\nos.mkdir('gone');os.chdir('gone');os.rmdir('../gone')\nprint(open(n).read())\n"},
	{"node readFileSync", "node", "x.js", "const f=require('fs');const n=f.readFileSync('half','utf8')+process.argv[2];console.log(f.readFileSync(n,'utf8'))\n"},
	{"node readFile", "node", "x.js", "const f=require('fs');const n=f.readFileSync('half','utf8')+process.argv[2];f.readFile(n,'utf8',(e,d)=>{if(e)throw e;console.log(d)})\n"},
	{"node promises", "node", "x.js", "const f=require('fs');const n=f.readFileSync('half','utf8')+process.argv[2];f.promises.writeFile(n,'y').then(()=>console.log('put'))\n"},
	{"node stream", "node", "x.js", "const f=require('fs');const n=f.readFileSync('half','utf8')+process.argv[2];f.createReadStream(n).pipe(process.stdout)\n"},
	{"node renameSync", "node", "x.js", "const f=require('fs');const n=f.readFileSync('half','utf8')+process.argv[2];f.renameSync(n,'other');console.log('moved')\n"},
	{"node unlink", "node", "x.js", "const f=require('fs');const n=f.readFileSync('half','utf8')+process.argv[2];f.unlinkSync(n);console.log('gone')\n"},
	{"perl open", "perl", "x.pl", "open H,'<','half';my $n=<H>.$ARGV[0];open F,'<',$n or die \"$!\\n\";print <F>;\n"},
	{"perl sysopen", "perl", "x.pl", "use Fcntl;open H,'<','half';my $n=<H>.$ARGV[0];sysopen F,$n,O_RDWR or die \"$!\\n\";print <F>;\n"},
	{"perl unlink", "perl", "x.pl", "open H,'<','half';my $n=<H>.$ARGV[0];unlink $n or die \"$!\\n\";print 'gone';\n"},
	{"perl rename", "perl", "x.pl", "open H,'<','half';my $n=<H>.$ARGV[0];rename $n,'other' or die \"$!\\n\";print 'moved';\n"},
	{"ruby read", "ruby", "x.rb", "n=File.read('half')+ARGV[0]\nputs File.read(n)\n"},
	{"ruby write", "ruby", "x.rb", "n=File.read('half')+ARGV[0]\nFile.write(n,'x')\nputs 'put'\n"},
	{"ruby delete", "ruby", "x.rb", "n=File.read('half')+ARGV[0]\nFile.delete(n)\nputs 'gone'\n"},
	{"lua open", "lua5.4", "x.lua", "n=io.open('half'):read('a')..arg[1]\nio.write(assert(io.open(n)):read('a'))\n"},
	{"awk getline", "awk", "x.awk", "BEGIN{getline h<\"half\"; n=h ENVIRON[\"X\"]; if((getline l<n)<0){print \"Permission denied\" >\"/dev/stderr\";exit 1}; print l}\n"},
	{"bash read", "bash", "x.sh", "read -r -n 6 h <half; read -r l <\"$h$1\" || exit 1; echo \"$l\"\n"},
	{"tar by a list", "bash", "x.sh", "printf '%s%s\\n' \"$(cat half)\" \"$1\" >list; tar cf - -T list | tar xfO -; exit ${PIPESTATUS[0]}\n"},
	{"sort by a list", "bash", "x.sh", "printf '%s%s\\0' \"$(cat half)\" \"$1\" >list; sort --files0-from=list\n"},
	{"cc include", "bash", "x.sh", "printf '#include \"%s%s\"\\n' \"$(cat half)\" \"$1\" >x.c; cc -E -P x.c\n"},
}

// TestFilesByLanguage is TestFiles for programs that people use.
func TestFilesByLanguage(t *testing.T) {
	t.Parallel()
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			need(t, s.program)
			argv := func(rest string) []string {
				if s.program == "awk" {
					return []string{"env", "X=" + rest, "awk", "-f", s.file}
				}
				return []string{s.program, s.file, rest}
			}
			prepare := func(name, half string) *world {
				w := touched(t, name)
				w.write("home/app/half", half)
				w.write("home/app/"+s.file, s.text)
				return w
			}
			if got := prepare("FORBIDDEN", "FORBID").do(bare, "", argv("DEN")...); got.exit != 0 {
				t.Skipf("does not work without a guard: %+v", got)
			}
			fine := prepare("ALLOWED", "ALLO")
			want := fine.do(bare, "", argv("WED")...)
			for _, layer := range guarded {
				w := prepare("FORBIDDEN", "FORBID")
				got := w.do(layer, "", argv("DEN")...)
				if got.exit == 0 || strings.Contains(got.stdout, "content") || !strings.Contains(got.stderr, "not to be touched") {
					t.Errorf("%s: refused, and yet: %+v", layer, got)
				}
				if text, err := os.ReadFile(filepath.Join(w.work, "FORBIDDEN")); err != nil || string(text) != "content\n" {
					t.Errorf("%s: refused, and the file holds %q (%v)", layer, text, err)
				}
				if rs := fileRecords(t, w); len(rs) == 0 || rs[0].Layer != "preload" || rs[0].Action != "deny" || rs[0].Outcome != "refused" ||
					rs[0].Path != filepath.Join(w.work, "FORBIDDEN") || len(rs[0].Argv) == 0 || rs[0].Rule == "" {
					t.Errorf("%s: recorded are %+v", layer, rs)
				}
				w = prepare("ALLOWED", "ALLO")
				w.same(want, w.do(layer, "", argv("WED")...))
				if got, want := w.tree(), fine.tree(); got != want {
					t.Errorf("%s: has become\n%sbare\n%s", layer, got, want)
				}
				if rs := fileRecords(t, w); len(rs) > 0 {
					t.Errorf("%s: recorded are %+v", layer, rs)
				}
			}
		})
	}
}

// opens are the lines of a trace that opened a file of that name for more than
// its place.
func opens(trace, name string) (out []string) {
	for line := range strings.Lines(trace) {
		if strings.Contains(line, name) && strings.Contains(line, "open") && !strings.Contains(line, "O_PATH") && !strings.Contains(line, "= -1") {
			out = append(out, line)
		}
	}
	return out
}

// TestFilesByStrace has strace say that a refused file was never opened.
func TestFilesByStrace(t *testing.T) {
	t.Parallel()
	need(t, "strace", "python3")
	script := "import sys\nn=open('half').read()+sys.argv[1]\nprint(open(n).read())\n"
	for name, rest := range map[string]string{"FORBIDDEN": "DEN", "ALLOWED": "WED"} {
		for _, layer := range guarded {
			w := touched(t, name)
			w.write("home/app/half", strings.TrimSuffix(name, rest))
			w.write("home/app/x.py", script)
			log := filepath.Join(w.root, "strace")
			argv := append([]string{"strace", "-f", "-qq", "-e", "trace=open,openat,openat2", "-e", "signal=none", "-o", log}, w.argv(layer, "python3", "x.py", rest)...)
			got := w.do(bare, "", argv...)
			trace, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			if seen := opens(string(trace), name); (len(seen) > 0) != (name == "ALLOWED") {
				t.Errorf("%s %s: opened %q: %+v", layer, name, seen, got)
			}
		}
	}
}

// TestFileFlood: a program that knocks all the time is not recorded all the time.
func TestFileFlood(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	const times = 1000
	w := touched(t, "FORBIDDEN")
	w.write("home/app/half", "FORBID")
	w.write("home/app/x.py", "import sys\nn=open('half').read()+sys.argv[1]\nfor i in range("+strconv.Itoa(times)+"):\n  try: open(n)\n  except PermissionError: pass\n")
	got := w.do(preload, "", "python3", "x.py", "DEN")
	if n := strings.Count(got.stderr, "not to be touched"); got.exit != 0 || n != 1 {
		t.Errorf("told %d times: %+v", n, got)
	}
	rs, sum := fileRecords(t, w), 0
	for _, r := range rs {
		n, err := strconv.Atoi(r.Details["repeated"])
		if err != nil {
			n = 1
		}
		sum += n
	}
	if sum != times || len(rs) > 4 {
		t.Errorf("%d records stand for %d refusals: %+v", len(rs), sum, rs)
	}
}

// TestFileModes: monitor mode and watch rules only record; without the layer
// nothing is seen.
func TestFileModes(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	for _, c := range []struct {
		name, action string
		flags        []string
		want         string // action and outcome of the record, "" for none
	}{
		{"monitor", "deny", []string{"--mode", "monitor"}, "deny run"},
		{"watch", "watch", nil, "watch run"},
		{"nobody to ask", "ask", nil, "ask refused"},
		{"off", "deny", []string{"--files", "off"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := touched(t, "FORBIDDEN")
			w.write("policy.yaml", strings.Replace(touchy, "deny", c.action, 1))
			w.flags = append(w.flags, c.flags...)
			w.write("home/app/half", "FORBID")
			w.write("home/app/x.py", "import sys\nn=open('half').read()+sys.argv[1]\nprint(open(n).read())\n")
			got := w.do(preload, "", "python3", "x.py", "DEN")
			if ran := strings.Contains(got.stdout, "content"); ran == strings.HasSuffix(c.want, "refused") {
				t.Errorf("%+v", got)
			}
			have := ""
			for _, r := range fileRecords(t, w) {
				have += r.Action + " " + r.Outcome
			}
			if have != c.want {
				t.Errorf("recorded %q, want %q", have, c.want)
			}
		})
	}
}

// TestOwnFiles: under the standard profile programs use the files that are
// theirs; others, copies of them and scripts of the same name don't.
func TestOwnFiles(t *testing.T) {
	t.Parallel()
	need(t, "python3", "git", "ssh", "perl")
	prepare := func() *world {
		w := standardWorld(t)
		w.write("home/app/half", ".ssh/id_r")
		w.write("home/app/mod.py", "import os\nprint(open(os.environ['HOME']+'/'+open('half').read()+'sa').read())\n")
		w.write("home/app/key.py", "import mod\n")
		w.write("home/app/loaded.py", "import os, sys\nos.environ[sys.argv[1]] = os.getcwd() + '/lib.so'\nos.execvp('ssh', ['ssh', '-V'])\n")
		w.write("home/app/lib.c", `#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
__attribute__((constructor)) static void f(void) {
  char p[300], t[300], h[20] = {0};
  if (read(open("half", O_RDONLY), h, 10) < 0) return;
  snprintf(p, sizeof p, "%s/%ssa", getenv("HOME"), h);
  int n = read(open(p, O_RDONLY), t, sizeof t);
  if (n > 0 && write(1, t, n)) return;
  _exit(1);
}
`)
		w.write("home/app/.env", "K="+secret+"\n")
		w.write("home/app/run.pl", "exec {$ARGV[0]} @ARGV\n")
		os.Symlink("/usr/bin/python3", filepath.Join(w.work, "ssh"))
		return w
	}
	for _, c := range []struct {
		name   string
		argv   []string
		denied bool
	}{
		{"python", []string{"python3", "key.py"}, true},
		{"python called ssh", []string{"./ssh", "key.py"}, true},
		{"a copy called ssh", []string{"bash", "-c", "mkdir d; cp $(readlink -f /usr/bin/python3) d/ssh; d/ssh key.py"}, true},
		{"a script called ssh", []string{"bash", "-c", "cp key.py ssh.py; python3 ssh.py"}, true},
		{"ssh with a library of another's", []string{"bash", "-c", "cc -shared -fPIC -o lib.so lib.c && python3 loaded.py LD_PRELOAD"}, true},
		{"a script called claude", []string{"bash", "-c", "mkdir -p ~/.claude; printf x > ~/.claude/.credentials.json; printf .claude/.credentials.j > half; sed -i s/sa/son/ mod.py; cp key.py claude; python3 claude"}, true},
		{"ssh", []string{"ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-p", "1", "127.0.0.1", "true"}, false},
		{"git", []string{"bash", "-c", "git init -q . && git add -A && git -c user.name=x -c user.email=x commit -qm x && echo k >> .env && git diff --stat && git status -s && git ls-files"}, false},
		{"git clone", []string{"bash", "-c", "git init -q r && cd r && mkdir .claude && cd .. && git clone -q r c 2>/dev/null; ls c/.git/hooks | wc -l"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want := prepare().do(bare, "", c.argv...)
			w := prepare()
			got := w.do(preload, "", c.argv...)
			if !c.denied {
				w.same(want, got)
				if rs := fileRecords(t, w); len(rs) > 0 {
					t.Errorf("recorded are %+v", rs)
				}
				return
			}
			if strings.Contains(got.stdout, secret) || got.exit == 0 || !strings.Contains(got.stderr, "The program goes on") {
				t.Errorf("refused, and yet: %+v", got)
			}
		})
	}
}

// TestAudit: what the dynamic linker would load out of everybody's sight is not,
// and the library is not left out.
func TestAudit(t *testing.T) {
	t.Parallel()
	need(t, "python3", "ssh")
	w := standardWorld(t)
	w.write("home/app/loaded.py", "import os\nos.environ['LD_AUDIT'] = os.getcwd() + '/lib.so'\nos.execvp('ssh', ['ssh', '-V'])\n")
	if got := w.do(preload, "", "python3", "loaded.py"); got.exit == 0 || !strings.Contains(got.stderr, "LD_AUDIT has the dynamic linker run code") {
		t.Errorf("refused, and yet: %+v", got)
	}
	w.write("home/app/tuned.py", "import os\nos.environ['GLIBC_TUNABLES'] = 'glibc.malloc.check=0:glibc.rtld.enable_secure=1'\nos.execvp('ssh', ['ssh', '-V'])\n")
	if got := w.do(preload, "", "python3", "tuned.py"); got.exit == 0 || !strings.Contains(got.stderr, "GLIBC_TUNABLES has the dynamic linker leave out the library") {
		t.Errorf("refused, and yet: %+v", got)
	}
}

// TestFileJudgedOnce: what the owner allowed for a command holds for the files
// that it opens, and is recorded once.
func TestFileJudgedOnce(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	w := standardWorld(t)
	allow := w.do(bare, "", append(owner(w, "allow"), "cat ~/.ssh/id_rsa")...)
	if allow.exit != 0 {
		t.Fatalf("%+v", allow)
	}
	for _, argv := range [][]string{{"bash", "-c", "cat ~/.ssh/id_rsa"}, {"bash", "-c", "cat ~/.ssh/id_rsa; :"}} {
		for _, layer := range guarded {
			if got := w.do(layer, "", argv...); got.exit != 0 || !strings.Contains(got.stdout, secret) {
				t.Errorf("%s %q: %+v", layer, argv, got)
			}
		}
	}
	if rs := fileRecords(t, w); len(rs) > 0 {
		t.Errorf("recorded are %+v", rs)
	}
	// One file, for whoever reads it.
	w.write("home/app/mod.py", "import os\nprint(open(os.environ['HOME']+'/'+open('half').read()+'sa').read())\n")
	w.write("home/app/key.py", "import mod\n")
	w.write("home/app/half", ".ssh/id_r")
	if got := w.do(preload, "", "python3", "key.py"); got.exit == 0 {
		t.Errorf("%+v", got)
	}
	allow = w.do(bare, "", append(owner(w, "allow"), "--tool", "read", "~/.ssh/id_rsa")...)
	if got := w.do(preload, "", "python3", "key.py"); allow.exit != 0 || got.exit != 0 || !strings.Contains(got.stdout, secret) {
		t.Errorf("%+v %+v", allow, got)
	}
}

// TestFileNotThere: what can't be done anyway fails as it does without a guard,
// and is no matter for a record.
func TestFileNotThere(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	run := func(layer string) (result, *world) {
		w := touched(t, "ALLOWED")
		w.write("home/app/mod.py", `import os
def t(f, *a):
    try: f(*a); print('done')
    except OSError as e: print(e.errno)
n = open('half').read() + 'DEN'
t(open, n)
t(open, n + '/x')
t(open, 'nowhere/' + n, 'w')
t(os.unlink, n)
t(os.rmdir, n)
t(os.rename, n, 'other')
t(os.truncate, n, 1)
t(os.chmod, n, 0o600)
t(os.link, 'nothing', 'other')
os.chmod('plain', 0o400)
t(os.chmod, 'plain', 0o600)
t(os.listdir, n)
`)
		w.write("home/app/x.py", "import mod\n")
		w.write("home/app/half", "FORBID")
		return w.do(layer, "", "python3", "x.py"), w
	}
	want, _ := run(bare)
	for _, layer := range guarded {
		got, w := run(layer)
		w.same(want, got)
		if rs := fileRecords(t, w); len(rs) > 0 {
			t.Errorf("%s: recorded are %+v", layer, rs)
		}
	}
}

// TestFilesBelow: what is moved or linked to as a whole is judged by all that
// lies below it, here and there.
func TestFilesBelow(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	w := newStandardWorld(t)
	w.flags = []string{"--config", w.write("policy.yaml", `version: "1"
policies:
  - name: below
    rules:
      - {action: deny, when: {writes: ["**/hooks/*"]}, message: no hooks}
      - {action: deny, when: {reads: ["**/deep/secret"]}, message: no secret}
`)}
	w.write("home/app/mod.py", `import os
def t(f, *a):
    try: f(*a); print('done')
    except OSError as e: print(e.errno)
h = 'ho' + open('half').read()
os.mkdir('tree'); open('tree/x', 'w').close()
os.mkdir('d'); os.mkdir('d/deep'); open('d/deep/secret', 'w').close()
t(os.rename, 'tree', h)
t(os.symlink, 'tree', h)
t(os.symlink, os.path.abspath('tree'), 'd/' + h)
t(os.rename, 'd/deep', 'shallow')
t(os.rename, 'tree', 'other')
t(os.symlink, 'other', 'link')
t(os.symlink, 'nothing', h)
`)
	w.write("home/app/x.py", "import mod\n")
	w.write("home/app/half", "oks")
	if got := w.do(preload, "", "python3", "x.py"); got.stdout != "13\n13\n13\n13\ndone\ndone\ndone\n" {
		t.Errorf("%+v", got)
	}
}

// TestFileEngineGone: without an engine, what the table clears goes on, and all
// else is refused.
func TestFileEngineGone(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	w := touched(t, "FORBIDDEN")
	w.write("home/app/half", "FORBID")
	w.write("home/app/x.py", `import os, signal, time
n = open('half').read() + 'DEN'
boss = os.getppid()
os.kill(boss, signal.SIGSTOP if False else signal.SIGKILL)
time.sleep(0.5)
print(open('plain').read(), end='')
try: print(open(n).read())
except OSError as e: print(e.errno)
`)
	if got := w.do(preload, "", "python3", "x.py"); !strings.HasSuffix(got.stdout, "plain\n13\n") {
		t.Errorf("%+v", got)
	}
}

// owner is the command line of what the owner says outside of the session.
func owner(w *world, command string) []string { return []string{w.argv(preload)[0], command} }
