package preload_test

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFace: the library needs no other, asks libc for little, and can do
// without that: nothing in it allocates, locks or writes to a stream between a
// fork and an exec. What it gives is what exports.map names, and no more.
func TestFace(t *testing.T) {
	newSession(t) // or there is no library here
	a, err := artifacts()
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(a.Library))
	if err != nil {
		t.Fatal(err)
	}
	if needed, err := f.ImportedLibraries(); err != nil || len(needed) > 0 {
		t.Errorf("it needs %q, %v", needed, err)
	}
	may := []string{
		"__errno_location", "__libc_single_threaded", "_dl_debug_addr", "_r_debug", "environ", "getauxval", "gnu_get_libc_version",
		"close", "fclose", "fdopen", "fileno", "setenv", "unsetenv", // fopen, system and popen only
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	var given []string
	for _, s := range symbols {
		switch {
		case s.Section != elf.SHN_UNDEF:
			given = append(given, s.Name)
		case elf.ST_BIND(s.Info) != elf.STB_WEAK || !slices.Contains(may, s.Name):
			t.Errorf("it wants %s of libc", s.Name)
		}
	}
	text, err := os.ReadFile("c/exports.map")
	if err != nil {
		t.Fatal(err)
	}
	list, _, _ := strings.Cut(strings.TrimPrefix(string(text), "{\nglobal:"), "local:")
	named := regexp.MustCompile(`\w+`).FindAllString(list, -1)
	slices.Sort(given)
	slices.Sort(named)
	if !slices.Equal(given, named) {
		t.Errorf("it gives\n%q\nand exports.map names\n%q", given, named)
	}
}

// TestBesideOthers: the library works beside others that are preloaded, and
// when it is loaded once more.
func TestBesideOthers(t *testing.T) {
	s := newSession(t)
	python := need(t, "python3")
	for _, c := range []struct{ name, file, script string }{
		{"fakeroot", "", `fakeroot sh -c 'touch a; chown 5:6 a; stat -c %u:%g a; env touch FORB""IDDEN'`},
		{"faketime", "libfaketime.so.1", `LD_PRELOAD=$L FAKETIME='2001-01-01 00:00:00' date +%Y; LD_PRELOAD=$L env touch FORB""IDDEN`},
		{"jemalloc", "libjemalloc.so.2", `LD_PRELOAD=$L ls /etc/passwd; LD_PRELOAD=$L env touch FORB""IDDEN`},
		{"once more", "", python + ` -c 'import ctypes, os, sys; ctypes.CDLL(sys.argv[1]); print(os.system("echo fine")); os.execlp("touch", "touch", "FORB" + "IDDEN")' $S/librampart.so`},
	} {
		t.Run(c.name, func(t *testing.T) {
			library := ""
			if c.file != "" {
				found, _ := filepath.Glob("/usr/lib/*/" + c.file)
				more, _ := filepath.Glob("/usr/lib/*/*/" + c.file)
				if found = append(found, more...); len(found) == 0 {
					t.Skipf("%s is not installed", c.file)
				}
				library = found[0]
			} else if c.name == "fakeroot" {
				need(t, "fakeroot")
			}
			vars := []string{"S=" + s.dir, "L=" + library}
			bare, at := s.run(append(plain(), vars...), "/bin/bash", "-c", c.script)
			if !exists(at, forbidden) {
				t.Skipf("does not work bare: %+v", bare)
			}
			got, at := s.run(append(s.guarded(), vars...), "/bin/bash", "-c", c.script)
			if got.out != bare.out || exists(at, forbidden) || !strings.Contains(got.err, "test policy: FORBIDDEN is refused") {
				t.Errorf("bare %+v\ngot  %+v", bare, got)
			}
		})
	}
}

// TestAnotherRoot: where the session can't be reached, nothing is started.
func TestAnotherRoot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	s := newSession(t)
	need(t, "python3")
	static := buildStatic(t)
	script := `
import os, shutil, sys
os.makedirs("root/bin")
shutil.copy(sys.argv[1], "root/bin/x")
os.chroot("root")
os.chdir("/")
try:
    os.execv("/bin/x", ["x"])
except OSError as e:
    print(e)
`
	if got, _ := s.run(plain(), "python3", "-c", script, static); !strings.Contains(got.out, "ran") {
		t.Skipf("does not work bare: %+v", got)
	}
	if got, _ := s.run(s.guarded(), "python3", "-c", script, static); strings.Contains(got.out, "ran") {
		t.Errorf("ran: %+v", got)
	}
}

func buildStatic(t *testing.T) string {
	t.Helper()
	source := filepath.Join(t.TempDir(), "ran.c")
	if err := os.WriteFile(source, []byte("#include <unistd.h>\nint main(void) { return write(1, \"ran\\n\", 4) != 4; }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return buildWith(t, source, "-static")
}
