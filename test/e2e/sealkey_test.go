package e2e

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"rampart/test/binary"
)

// wants is an agent that wants the key that seals the trail, by every means that
// a program has: the file by any spelling and call, the memory, environment and
// descriptors of the guard, its own environment and descriptors.
const wants = `import ctypes, glob, mmap, os, shutil, socket, subprocess
names = open('names').read().split('\n')
audit, K = names[0], names[1]
libc = ctypes.CDLL(None, use_errno=True)
def all_of(f):
    with f: return f.read()
def by(name, f):
    try: got = f()
    except BaseException as e: got = 'no: %s' % type(e).__name__
    print(name, repr(got), flush=True)
def dirfd():
    d = os.open(audit, os.O_RDONLY)
    try: return os.read(os.open(K, os.O_RDONLY, dir_fd=d), 999)
    finally: os.close(d)
def chdir():
    os.chdir(audit)
    try: return all_of(open(K))
    finally: os.chdir(os.environ['PWD'])
def link(make, name):
    make(audit + '/' + K, name)
    return all_of(open(name))
def mapped():
    f = os.open(audit + '/' + K, os.O_RDWR)
    return mmap.mmap(f, 0)[:]
def fopen():
    libc.fopen.restype = ctypes.c_void_p
    f = libc.fopen((audit + '/' + K).encode(), b'r')
    b = ctypes.create_string_buffer(999)
    return b.raw[:libc.fread(b, 1, 999, ctypes.c_void_p(f))] if f else 'no: null'
for n in names[1:4]: by('open ' + n, lambda: all_of(open(audit + '/' + n)))
by('open, another spelling', lambda: all_of(open(audit + '/../audit//./' + K)))
by('openat', dirfd)
by('chdir', chdir)
by('symlink', lambda: link(os.symlink, 'sym'))
by('hard link', lambda: link(os.link, 'hard'))
by('rename', lambda: link(os.rename, 'moved'))
by('copy', lambda: all_of(open(shutil.copy(audit + '/' + K, 'copied'))))
by('directory renamed', lambda: (os.rename(audit, 'a'), all_of(open('a/' + K))))
by('mmap', mapped)
by('fopen', fopen)
for c in names[4:]:
    by(c, lambda: subprocess.run(['sh', '-c', c], capture_output=True).stdout)
pid = os.getppid()
while pid > 1 and pid != int(os.environ['OUTSIDE']):
    line = open('/proc/%d/cmdline' % pid).read()
    by('guard', lambda: line)
    for f in 'mem', 'environ', 'maps', 'auxv': by('/proc/guard/' + f, lambda: os.read(os.open('/proc/%d/%s' % (pid, f), os.O_RDONLY), 99))
    by('descriptors', lambda: [os.readlink(f) for f in glob.glob('/proc/%d/fd/*' % pid)])
    by('ptrace', lambda: 'no: errno' if libc.ptrace(16, pid, 0, 0) else 'attached')
    pid = int(open('/proc/%d/stat' % pid).read().rsplit(')', 1)[1].split()[1])
by('own descriptors', lambda: [os.readlink('/proc/self/fd/' + f) for f in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + f)])
by('own environment', lambda: [k for k, v in os.environ.items() if 'seal' in v or len(v) == 64])
print('tried all')
`

// wanted are the names that it works with, and commands.
const wanted = `/.rampart/audit
seal.key
seal.new
seal.old
cat ~/.rampart/audit/seal.key
cd ~/.rampart/audit; cat s*.key
cp -r ~/.rampart/audit x; cat x/seal.key
tar c ~/.rampart
grep -r seed ~/.rampart
dd if=$HOME/.rampart/audit/seal.key`

// TestSealKeyOutOfReach: the agent is an ordinary user, as the guard is.
func TestSealKeyOutOfReach(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	for _, layer := range guarded {
		w := newWorld(t)
		w.write("home/app/wants.py", wants)
		w.write("home/app/names", w.home+wanted) // so that the script's own text does not tell
		c := w.command(layer, "python3", "wants.py")
		c.Env = append(c.Env, "OUTSIDE="+strconv.Itoa(os.Getpid()))
		asOther(t, w, c)
		got := w.finish(c)
		if got.exit != 0 || !strings.Contains(got.stdout, "tried all") {
			t.Fatalf("%s: %+v", layer, got)
		}
		guards := 0
		for line := range strings.Lines(got.stdout) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), " '")
			switch {
			case strings.Contains(line, "rampart seal key") || strings.Contains(line, `\nseed `):
				t.Errorf("%s: the key is read: %s", layer, line)
			case strings.HasPrefix(line, "guard "):
				guards++
			case strings.HasPrefix(line, "own descriptors"):
				if strings.Contains(line, ".rampart/audit") {
					t.Errorf("%s: inherited: %s", layer, line)
				}
			case strings.HasPrefix(line, "own environment"):
				if !strings.HasPrefix(line, "own environment []") {
					t.Errorf("%s: %s", layer, line)
				}
			case strings.HasPrefix(line, "/proc/guard/"), strings.HasPrefix(line, "ptrace"), strings.HasPrefix(line, "open "), strings.HasPrefix(line, "mmap"):
				if !strings.HasPrefix(value, "no: ") {
					t.Errorf("%s: %s is possible: %s", layer, name, line)
				}
			case strings.HasPrefix(line, "descriptors"):
				if !strings.HasPrefix(line, "descriptors []") {
					t.Errorf("%s: %s", layer, line)
				}
			}
		}
		if guards == 0 {
			t.Errorf("%s: no guard above it:\n%s", layer, got.stdout)
		}
		if _, err := os.Stat(filepath.Join(w.home, ".rampart/audit/seal.key")); err != nil {
			t.Errorf("%s: %v", layer, err)
		}
		if v := w.audit("verify"); v.exit != 0 {
			t.Errorf("%s: verify: %s%s", layer, v.stdout, v.stderr)
		}
	}
}

// asOther has a program run as an ordinary user, to whom the world then belongs,
// if this is root, from whom no process can hide its memory.
func asOther(t *testing.T, w *world, c *exec.Cmd) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	const nobody = 65534
	rampart := filepath.Join(w.bin, "rampart")
	in, err := os.Open(binary.Path(t))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	syscall.ForkLock.RLock()
	out, err := os.OpenFile(rampart, os.O_WRONLY|os.O_CREATE, 0o755)
	if err == nil {
		_, err = io.Copy(out, in)
		out.Close()
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	if err := filepath.WalkDir(w.root, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody)
	}); err != nil {
		t.Fatal(err)
	}
	c.Path, c.Args[0] = rampart, rampart
	c.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
}
