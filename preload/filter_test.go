package preload_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"rampart/engine/wire"
)

// filterProgram puts on itself the filters that it reads, each in a process of its own,
// and prints whether that was possible.
const filterProgram = `import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
class Program(ctypes.Structure): _fields_ = [('size', ctypes.c_ushort), ('at', ctypes.c_void_p)]
libc.prctl(38, 1, 0, 0, 0)
for line in sys.argv[2:]:
  code = b''.join(struct.pack('HBBI', *map(int, i.split(','))) for i in line.split())
  room = ctypes.create_string_buffer(code)
  program = ctypes.byref(Program(len(code) // 8, ctypes.addressof(room)))
  if os.fork() == 0:
    if sys.argv[1] == 'prctl': rc = libc.prctl(22, 2, program)
    elif sys.argv[1] == 'syscall': rc = libc.syscall(317, 1, 0, program)
    else: rc = libc.syscall(157, 22, 2, program)
    os.write(1, b'%d ' % (rc and ctypes.get_errno()))
    os._exit(0)
  os.wait()
print(libc.syscall(317, 1, 0, None), ctypes.get_errno())`

// TestFilters: a program may forbid itself system calls, but not those by which the
// library gets into what it starts, or sees which file a name means, while it
// leaves those that do the same for others.
func TestFilters(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the numbers are those of x86_64")
	}
	s := newSession(t)
	python := need(t, "python3")
	const (
		number, refuse, allow = "32,0,0,0 ", "6,0,0,327681 ", "6,0,0,2147418112"
		trap, notify          = "6,0,0,196608 ", "6,0,0,2143289344 "
		openat, mmap          = "257", "9"
	)
	// on asks of one call whether a word of it is at least some number.
	on := func(call string, word, number0 int, action string) string {
		return number + "21,0,3," + call + fmt.Sprintf(" 32,0,0,%d 53,0,1,%d ", word, number0) + action + allow
	}
	all := func(call, action string) string { return number + "21,0,1," + call + " " + action + allow }
	for _, c := range []struct {
		name, filter string
		refused      bool
	}{
		{"by a length", on(mmap, 24, 70000, refuse), true},
		{"by an address", on(openat, 28, 0x7ff0, refuse), true},
		{"by who calls", on(mmap, 12, 0x7ff0, refuse), true},
		{"by a descriptor", on("0", 16, 4, refuse), true},
		{"told to somebody", on(mmap, 24, 70000, notify), true},
		{"by an address in memory", number + "21,0,5," + openat + " 32,0,0,28 2,0,0,3 96,0,0,3 53,0,1,32752 " + refuse + allow, true},
		{"by a sum with an address", number + "21,0,4," + openat + " 32,0,0,28 4,0,0,1 53,0,1,32752 " + refuse + allow, true},
		{"what can't be executed as it is mapped first", number + "21,0,3," + mmap + " 32,0,0,32 21,0,1,5 " + refuse + allow, true},
		{"looking up", number + "21,0,3," + openat + " 32,0,0,32 69,0,1,2097152 " + refuse + allow, true},
		{"opening, and truncate is left", all(openat, refuse), true},
		{"an action that is computed", number + "21,0,2," + mmap + " 32,0,0,24 22,0,0,0 " + allow, true},
		{"kills by an address", on(openat, 28, 0x7ff0, trap), false},
		{"opening for writing", number + "21,0,3," + openat + " 32,0,0,32 69,0,1,3 " + refuse + allow, false},
		{"another call", all("161", refuse), false},
		{"sockets", all("41", refuse), false},
		{"all calls but write", number + "21,0,1,1 " + allow + " " + refuse, false},
		{"an architecture", "32,0,0,4 21,1,0,3221225534 6,0,0,0 " + allow, false},
	} {
		for _, door := range []string{"prctl", "syscall", "syscall prctl"} {
			want := "0 "
			if got, _ := s.run(plain(), python, "-c", filterProgram, door, c.filter); !strings.HasPrefix(got.out, want) {
				t.Fatalf("%s is no filter: %+v", c.name, got)
			}
			if c.refused {
				want = "13 "
			}
			if got, _ := s.run(s.guarded(), python, "-c", filterProgram, door, c.filter); got.out != want+"-1 14\n" {
				t.Errorf("%s, by %s: %+v, want %s", c.name, door, got, want)
			}
		}
	}
}

// TestShut: a program that forbids itself all that touches files, by what its own handler
// knows of, is not ended by calls that it does not know of; what it has not forbidden is
// looked after, and so is who only shares its memory.
func TestShut(t *testing.T) {
	s := newFileSession(t, "/home/dev")
	s.judge = func(r *wire.Request) *wire.Reply {
		if r.Layer == wire.Files {
			return &wire.Reply{Action: wire.Deny}
		}
		return &wire.Reply{Action: wire.Allow}
	}
	const key = "id_rsa" // a rule speaks of it, so the table does not clear it
	program := buildC(t, "testdata/shut.c")
	for _, c := range []struct {
		mode string
		want string
	}{
		{"all", "trapped"}, // its own handler was asked about openat, and nothing else
		{"but open", "open denied"},
		{"child of vfork", "open denied"},
		{"one thread", "open denied"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, key), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, _ := run(t, dir, s.guarded(), program, c.mode, key); got.out != c.want+"\n" || !exists(dir, key) {
			t.Errorf("%s: %+v", c.mode, got)
		}
	}
}
