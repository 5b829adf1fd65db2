package e2e

import (
	"slices"
	"strings"
	"testing"
)

// evasion is a way around the guard that a clever agent might try. The name of
// the file it makes, FORBIDDEN, is in the file "name".
type evasion struct {
	name  string
	needs []string
	argv  []string
	files map[string]string
	// residual are the layers, joined by blanks, that don't see it and aren't
	// meant to: libraries are blind there. What is listed must be true, so that
	// whoever closes one has to say so here.
	residual string
}

// py is a program that starts with the name in n.
func py(text string) []string {
	return []string{"python3", "-c", "import os, sys, subprocess, ctypes, shutil, glob\nn = open('name').read()\nrun = os.environ.get('XDG_RUNTIME_DIR')\n" + text}
}

// forgedMark has a shell carry out a text that nobody judged, marked as if somebody had.
const forgedMark = `def h(x, s):
  for b in s.encode() + b'\0': x = ((x ^ b) * 0x100000001b3) % 2**64
  return x
start, text = 0xcbf29ce484222325, ': > ' + n
call = h(h(start, '/bin/sh'), os.getcwd())
for a in ('-c', text): call = h(call, a)
os.environ['RAMPART_JUDGED'] = 'p%d:3:%016x%016x' % (os.getpid(), call, h(start, 'sh'))
os.system(text)`

// blindingFilter has the kernel refuse to map what is as long as the library.
const blindingFilter = `import struct
size = max([0] + [os.stat(f).st_size for f in glob.glob(run + '/rampart/*/librampart*')])
code = b''.join(struct.pack('HBBI', *i) for i in (
  (32, 0, 0, 0), (21, 0, 5, 9 if os.uname().machine == 'x86_64' else 222),
  (32, 0, 0, 24), (53, 0, 3, size), (37, 2, 0, size + 8192), (6, 0, 0, 0x50001), (6, 0, 0, 0x7fff0000), (6, 0, 0, 0x7fff0000)))
class Program(ctypes.Structure): _fields_ = [('size', ctypes.c_ushort), ('at', ctypes.c_void_p)]
room = ctypes.create_string_buffer(code)
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
ctypes.CDLL(None).prctl(22, 2, ctypes.byref(Program(len(code) // 8, ctypes.addressof(room))))
subprocess.run(['bash', './s'])`

// tracer takes the library out of the environment of a program that is in place.
const tracer = `c = ctypes.CDLL(None)
c.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
p = os.fork()
if p == 0:
  c.ptrace(0, 0, None, None)
  os.execv('/usr/bin/cp', ['cp', '-v', '/dev/null', n])
if os.WIFSTOPPED(os.waitpid(p, 0)[1]):
  at, end = [[int(x, 16) for x in l.split()[0].split('-')] for l in open('/proc/%d/maps' % p) if '[stack]' in l][0]
  m = os.open('/proc/%d/mem' % p, os.O_RDWR)
  i = os.pread(m, end - at, at).find(b'LD_PRELOAD=')
  if i >= 0: os.pwrite(m, b'XX', at + i)
  c.ptrace(17, p, None, None)
  os.waitpid(p, 0)`

var evasions = []evasion{
	{name: "LD_PRELOAD emptied", argv: []string{"bash", "-c", `n=$(cat name); LD_PRELOAD= cp -v /dev/null "$n"`}},
	{name: "LD_PRELOAD replaced", argv: []string{"bash", "-c", `n=$(cat name); LD_PRELOAD=/no/such/library.so bash -c 'cp -v /dev/null "$1"' sh "$n"`}},
	{name: "LD_PRELOAD to another session", argv: []string{"bash", "-c", `n=$(cat name); LD_PRELOAD=/tmp/fake/librampart.so bash -c 'cp -v /dev/null "$1"' sh "$n"`}},
	{name: "exported away", argv: []string{"bash", "-c", `n=$(cat name); export LD_PRELOAD=; export -n LD_PRELOAD; bash -c 'cp -v /dev/null "$1"' sh "$n"`}},
	{name: "another argv[0]", argv: []string{"bash", "-c", `n=$(cat name); exec -a ls cp -v /dev/null "$n"`}},
	{name: "through a link", argv: []string{"bash", "-c", `n=$(cat name); ln -s /bin/cp innocent; ./innocent -v /dev/null "$n"`}},
	{name: "a copy of the program", argv: []string{"bash", "-c", `n=$(cat name); cat /bin/cp > mine; chmod +x mine; ./mine -v /dev/null "$n"`}},
	{name: "the loader as a program", argv: []string{"bash", "-c", `n=$(cat name); l=$(ls /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 2>/dev/null); $l /bin/cp -v /dev/null "$n"`}},
	{name: "the loader, libraries off", argv: []string{"bash", "-c", `n=$(cat name); l=$(ls /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 2>/dev/null); env -i $l --preload "" /bin/cp -v /dev/null "$n"`}},
	{name: "setsid and background", needs: []string{"setsid"}, argv: []string{"bash", "-c", `n=$(cat name); setsid -f cp -v /dev/null "$n"; sleep 0.3`}},
	{name: "coprocess", argv: []string{"bash", "-c", `coproc cp -v /dev/null $(cat name); wait`}},
	{name: "trap", argv: []string{"bash", "-c", `n=$(cat name); trap 'cp -v /dev/null "$n"' EXIT; true`}},
	{name: "function named as a builtin", argv: []string{"bash", "-c", `n=$(cat name); echo() { cp -v /dev/null "$n"; }; echo hello`}},
	{name: "command not found handle", argv: []string{"bash", "-c", `n=$(cat name); command_not_found_handle() { cp -v /dev/null "$n"; }; no-such-program-here`}},
	{name: "BASH_ENV", argv: []string{"bash", "-c", `BASH_ENV=./env bash -c true`}, files: map[string]string{"env": "cp -v /dev/null $(cat name)\n"}},
	{name: "exported function", argv: []string{"bash", "-c", `n=$(cat name); export n; ls() { cp -v /dev/null "$n"; }; export -f ls; bash -c ls`}},
	{name: "PATH in the project", argv: []string{"bash", "-c", `PATH=$PWD:$PATH; ls`}, files: map[string]string{"ls": "#!/bin/sh\ncp -v /dev/null $(cat name)\n"}},
	{name: "script with options in its shebang", argv: []string{"./s"}, files: map[string]string{"s": "#!/usr/bin/env -S bash -e\ncp -v /dev/null $(cat name)\n"}},
	{name: "script without a shebang", argv: []string{"bash", "-c", "chmod +x s; ./s"}, files: map[string]string{"s": "cp -v /dev/null $(cat name)\n"}},
	{name: "text on a shell's stdin", argv: []string{"bash", "-c", `printf 'cp -v /dev/null %s\n' "$(cat name)" | bash`}},
	{name: "text by process substitution", argv: []string{"bash", "-c", `bash <(printf 'cp -v /dev/null %s\n' "$(cat name)")`}},
	{name: "text in a here-document", argv: []string{"bash", "-c", "bash <<E\ncp -v /dev/null $(cat name)\nE\n"}},
	{name: "decoded text", needs: []string{"base64"}, argv: []string{"bash", "-c", `eval "$(printf 'cp -v /dev/null %s' "$(cat name)" | base64 | base64 -d)"`}},
	{name: "zsh =", needs: []string{"zsh"}, argv: []string{"zsh", "-c", `n=$(cat name); =cp -v /dev/null $n`}},
	{name: "awk pipe", needs: []string{"awk"}, argv: []string{"awk", `BEGIN { getline n < "name"; "cp -v /dev/null " n | getline; print }`}},
	{name: "sed e", needs: []string{"sed"}, argv: []string{"sed", `s/^/cp -v \/dev\/null /e`, "name"}},
	{name: "vim", needs: []string{"vim"}, argv: []string{"vim", "-u", "NONE", "-es", "-c", "let n = readfile('name')[0]", "-c", "call system('cp -v /dev/null ' . n)", "-c", "qa!"}},
	{name: "ssh-like wrapper", needs: []string{"script"}, argv: []string{"script", "-qec", "cp -v /dev/null $(cat name)", "/dev/null"}},
	{name: "rsync -e", needs: []string{"rsync"}, argv: []string{"rsync", "-e", "sh -c 'cp -v /dev/null $(cat name)'", "a:b", "c"}},
	{name: "git external diff", needs: []string{"git"}, argv: []string{"sh", "-c", `git init -q r; cd r; echo a > f; git add f; echo b > f; git -c diff.external='cp -v /dev/null ../$(cat ../name);:' diff`}},
	{name: "git ssh command", needs: []string{"git"}, argv: []string{"sh", "-c", `GIT_SSH_COMMAND='cp -v /dev/null $(cat name);:' git ls-remote ssh://h/r`}},
	{name: "make variable", needs: []string{"make"}, argv: []string{"make", "-f", "m", "SHELL=/bin/bash"}, files: map[string]string{"m": "all:\n\t@cp -v /dev/null $$(cat name)\n"}},
	{name: "crossing a chdir", argv: []string{"bash", "-c", `n=$(cat name); mkdir d; cd d; rmdir ../d; cp -v /dev/null "$OLDPWD/$n"`}},

	{name: "python with a fresh libc", needs: []string{"python3"}, argv: py("c = ctypes.CDLL('libc.so.6')\nc.execl(b'/bin/cp', b'cp', b'-v', b'/dev/null', n.encode(), None)")},
	{name: "python syscall", needs: []string{"python3"}, argv: py("c = ctypes.CDLL(None)\na = (ctypes.c_char_p * 5)(b'cp', b'-v', b'/dev/null', n.encode(), None)\nc.syscall(59 if os.uname().machine == 'x86_64' else 221, b'/bin/cp', a, None)")},
	{name: "python multiprocessing", needs: []string{"python3"}, argv: py("import multiprocessing as m\nif __name__ == '__main__':\n  p = m.get_context('fork').Process(target=lambda: os.execlp('cp', 'cp', '-v', '/dev/null', n)); p.start(); p.join()")},
	{name: "python memfd", needs: []string{"python3"}, argv: py("f = os.memfd_create('x')\nos.write(f, open('/bin/cp', 'rb').read())\nos.execve(f, ['x', '-v', '/dev/null', n], {})")},
	{name: "descriptors closed", needs: []string{"python3"}, argv: py("os.closerange(3, 65536)\nos.execlp('cp', 'cp', '-v', '/dev/null', n)")},
	{name: "descriptor table full", needs: []string{"python3"}, argv: py("try:\n  while True: os.dup(0)\nexcept OSError: pass\nos.execlp('cp', 'cp', '-v', '/dev/null', n)")},
	{name: "session removed", needs: []string{"python3"}, argv: py("for d in glob.glob(run + '/rampart/*'): shutil.rmtree(d)\nprint(subprocess.run(['cp', '-v', '/dev/null', n]).returncode)")},
	{name: "socket removed", needs: []string{"python3"}, argv: py("for s in glob.glob(run + '/rampart/*/*'):\n  import stat\n  if stat.S_ISSOCK(os.stat(s).st_mode): os.unlink(s)\nprint(subprocess.run(['cp', '-v', '/dev/null', n]).returncode)")},
	{name: "library overwritten", needs: []string{"python3"}, argv: py("for s in glob.glob(run + '/rampart/*/librampart*'):\n  os.chmod(s, 0o600); open(s, 'w').write('x')\nprint(subprocess.run(['sh', '-c', 'cp -v /dev/null \"$1\"; true', 'sh', n]).returncode)")},
	{name: "library removed, then a shell", needs: []string{"python3"}, argv: py("for s in glob.glob(run + '/rampart/*/librampart*'): os.unlink(s)\nos.environ['n'] = n\nprint(subprocess.run(['sh', './s']).returncode)"), files: map[string]string{"s": "cp -v /dev/null $(cat name)\n"}},
	{name: "engine stopped by signal", needs: []string{"python3"}, argv: py("import signal, time\nsubprocess.Popen(['sh', '-c', 'sleep 3; cp -v /dev/null $(cat name)'])\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(4)\nsubprocess.run(['cp', '-v', '/dev/null', n])")},
	{name: "fail-open switched on", needs: []string{"python3"}, argv: py("import signal, time\nfor d in glob.glob(run + '/rampart/*'): open(d + '/fail-open', 'w').close()\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(0.5)\nsubprocess.run(['cp', '-v', '/dev/null', n])")},

	{name: "libc's other name for system", needs: []string{"python3"}, argv: py("ctypes.CDLL(None)['__libc_system'](('cp -v /dev/null ' + n).encode())")},
	{name: "library moved, then system", needs: []string{"python3"}, argv: py("for s in glob.glob(run + '/rampart/*/librampart*'): os.rename(s, s + 'x')\nos.system('cp -v /dev/null ' + n)")},
	{name: "two preloads, then system", needs: []string{"python3"}, argv: py("c = ctypes.CDLL(None)\ne = (ctypes.c_char_p * 4)(b'LD_PRELOAD=/x/a.so', b'LD_PRELOAD=', b'PATH=/bin:/usr/bin', None)\nctypes.c_void_p.in_dll(c, 'environ').value = ctypes.addressof(e)\nc.system(('cp -v /dev/null ' + n).encode())")},
	{name: "a mark of one's own, then system", needs: []string{"python3"}, argv: py(forgedMark)},
	{name: "library kept out by a filter", needs: []string{"python3"}, argv: py(blindingFilter), files: map[string]string{"s": "cp -v /dev/null $(cat name)\n"}},
	{name: "library taken out by a tracer", needs: []string{"python3"}, argv: py(tracer)},
	{name: "library where nothing may be executed", needs: []string{"unshare"}, argv: []string{"unshare", "-Urm", "bash", "m"}, files: map[string]string{
		"m": "d=$XDG_RUNTIME_DIR\nmount --bind $d $d && mount -o remount,bind,noexec $d\nbash ./s\n",
		"s": "cp -v /dev/null $(cat name)\n"}},
	{name: "an engine of one's own", needs: []string{"python3"}, argv: py("import signal, socket, struct, time\nfor d in glob.glob(run + '/rampart/*'):\n  os.rename(d + '/sock', d + '/real')\n  s = socket.socket(socket.AF_UNIX); s.bind(d + '/sock'); s.listen(9)\n  child = os.fork()\n  if child == 0:\n    while True:\n      c = s.accept()[0]; c.recv(1 << 20); c.send(b'RMP\\x01' + bytes([1, 0, 0, 0]) + struct.pack('<II', 2, 0) + b'\\0\\0'); c.close()\ntime.sleep(0.2)\ntry: subprocess.run(['cp', '-v', '/dev/null', n], timeout=5)\nfinally: os.kill(child, signal.SIGKILL)")},
	{name: "a link to oneself", needs: []string{"python3"}, argv: py("os.symlink('/proc/self/exe', 'x')\nsubprocess.run(['bash', '-c', 'exec -a true ./x -c \"cp -v /dev/null $(cat name)\"'])")},

	{name: "static, environment kept", needs: []string{"launch-static"}, argv: []string{"launch-static", "execve", "FORBID", "DEN"}},
	{name: "raw system call, environment kept", needs: []string{"launch"}, argv: []string{"launch", "raw", "FORBID", "DEN"}, residual: "wrap preload"},
	{name: "raw system call, environment dropped", needs: []string{"launch"}, argv: []string{"launch", "raw-empty-env", "FORBID", "DEN"}, residual: "wrap preload"},
	{name: "static, environment dropped", needs: []string{"launch-static"}, argv: []string{"launch-static", "execve-empty-env", "FORBID", "DEN"}, residual: "wrap preload"},
}

// TestEvasions tries each: no mark, but for those that are listed as residual.
func TestEvasions(t *testing.T) {
	t.Parallel()
	for _, e := range evasions {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			need(t, e.needs...)
			for _, layer := range withKernel() {
				t.Run(layer, func(t *testing.T) {
					w := newWorld(t)
					w.write("home/app/name", "FORBIDDEN")
					l := launcher{argv: e.argv, files: e.files}.fill("", "")
					l.in(w)
					got := w.do(layer, "", l.argv...)
					switch seen := !w.has("FORBIDDEN"); {
					case slices.Contains(strings.Fields(e.residual), layer) && seen:
						t.Errorf("listed as residual, but it leaves no mark: %+v", got)
					case !slices.Contains(strings.Fields(e.residual), layer) && !seen:
						t.Errorf("it ran: %+v", got)
					}
				})
			}
		})
	}
}

// TestEvasionsRunBare makes sure that the ways above are ways: bare they leave
// their mark.
func TestEvasionsRunBare(t *testing.T) {
	t.Parallel()
	for _, e := range evasions {
		if strings.Contains(strings.Join(e.argv, " "), "/rampart/") || strings.Contains(strings.Join(e.argv, " "), "getppid") {
			continue // about a session
		}
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			need(t, e.needs...)
			w := newWorld(t)
			w.write("home/app/name", "FORBIDDEN")
			l := launcher{argv: e.argv, files: e.files}.fill("", "")
			l.in(w)
			if got := w.do(bare, "", l.argv...); !w.has("FORBIDDEN") {
				t.Errorf("no mark: %+v", got)
			}
		})
	}
}
