package preload

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"rampart/engine/wire"
)

func TestNamesAreTheHeaders(t *testing.T) {
	text, err := source.ReadFile("c/session.h")
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"LIBRARY": libraryName, "REFUSED": refusedName, "SHELLS": shellsName, "REAL": realName, "LIBRARY_OPEN": openName,
	} {
		if !strings.Contains(string(text), "#define SESSION_"+name+" "+strconv.Quote(value)) {
			t.Errorf("session.h does not call %s %q", name, value)
		}
	}
}

func TestEnviron(t *testing.T) {
	in := &Injection{dir: "/s", library: libraryName, shells: map[string]string{"sh": "/bin/sh", "bash": "/bin/bash", "zsh": "/bin/zsh"}}
	for _, c := range []struct {
		layers     Layers
		base, want []string
	}{
		{Library, []string{"A=1"}, []string{"A=1", "LD_PRELOAD=/s/librampart.so"}},
		{Library, []string{"LD_PRELOAD=/x.so", "PATH=/bin"}, []string{"LD_PRELOAD=/s/librampart.so:/x.so", "PATH=/bin"}},
		{Library, []string{"LD_PRELOAD=", "LD_PRELOAD=/y.so"}, []string{"LD_PRELOAD=/s/librampart.so:/y.so"}},
		{Shells, []string{"SHELL=/usr/bin/zsh", "PATH=/bin"},
			[]string{"SHELL=/s/bin/zsh", "PATH=/s/bin:/bin", "CLAUDE_CODE_SHELL=/s/bin/zsh"}},
		{Shells, []string{"SHELL=/usr/bin/fish", "CLAUDE_CODE_SHELL=/opt/zsh"},
			[]string{"SHELL=/s/bin/bash", "CLAUDE_CODE_SHELL=/s/bin/zsh", "PATH=/s/bin:/usr/local/bin:/usr/bin:/bin"}},
		{Shells, []string{"SHELL=/bin/sh", "PATH="},
			[]string{"SHELL=/s/bin/sh", "PATH=/s/bin:", "CLAUDE_CODE_SHELL=/s/bin/bash"}},
	} {
		base := slices.Clone(c.base)
		if got := in.Environ(c.base, c.layers); !slices.Equal(got, c.want) {
			t.Errorf("%q\n got %q\nwant %q", c.base, got, c.want)
		}
		if !slices.Equal(base, c.base) {
			t.Errorf("the base was changed: %q", c.base)
		}
	}
	alone := &Injection{dir: "/s", library: libraryName}
	if got := alone.Environ([]string{"PATH=/bin", "SHELL=/bin/sh"}, Shells); len(got) != 2 || got[0] != "PATH=/bin" {
		t.Errorf("without shells: %q", got)
	}
}

func TestInstall(t *testing.T) {
	place := wire.IdentityMagic + strings.Repeat("-", wire.IdentityLen)
	a := &Artifacts{Library: []byte("l" + place + "y"), Program: []byte("p" + place + "m")}
	dir := t.TempDir()
	begin := time.Now()
	if _, err := Install(a, dir, map[string]string{"sh": "/bin/sh", "bash": "/bin/bash"}, ""); err != nil {
		t.Fatal(err)
	}
	t.Logf("took %v of a start that may take 20 ms in all", time.Since(begin))
	if to, err := os.Readlink(filepath.Join(dir, "real", "bash")); to != "/bin/bash" {
		t.Error(to, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "bin", "sh")); err != nil || info.Mode().Perm() != 0o500 {
		t.Error(info, err)
	}
	// The library knows its own file and the stub's, as the kernel shows them.
	if runtime.GOOS == "linux" {
		text, err := os.ReadFile(filepath.Join(dir, libraryName))
		want := strings.Repeat("-", 64) + stampOf(t, filepath.Join(dir, libraryName)) + stampOf(t, filepath.Join(dir, refusedName)) + strings.Repeat("-", 34)
		if string(text) != "l"+wire.IdentityMagic+want+"y" {
			t.Errorf("%q, %v; want %q in it", text, err, want)
		}
	}
	for _, bad := range []string{"/tmp/a b", "/tmp/a:b", "/tmp/$ORIGIN", filepath.Join(dir, "missing")} {
		if _, err := Install(a, bad, nil, ""); err == nil {
			t.Errorf("installed in %q", bad)
		}
	}
	for name, path := range map[string]string{"../sh": "/bin/sh", "sh": "sh", "a-name-that-is-too-long": "/bin/sh"} {
		if _, err := Install(a, t.TempDir(), map[string]string{name: path}, ""); err == nil {
			t.Errorf("installed %q -> %q", name, path)
		}
	}
}

func stampOf(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command("stat", "-c", "%d %i %s %.9Y", path).Output()
	var device, inode, size uint64
	var modified string
	if _, e := fmt.Sscan(string(out), &device, &inode, &size, &modified); err != nil || e != nil {
		t.Fatal(err, e)
	}
	nanoseconds, err := strconv.ParseUint(strings.Replace(modified, ".", "", 1), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return stamp{device, inode, size, nanoseconds}.String()
}

func TestLoad(t *testing.T) {
	if !supported[target()] {
		if _, err := Load(t.TempDir()); !errors.Is(err, ErrUnavailable) {
			t.Error(err)
		}
		t.Skip("no C side on this system")
	}
	cache := filepath.Join(t.TempDir(), "lib")
	a, err := Load(cache)
	if errors.Is(err, ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil || len(a.Library) == 0 || len(a.Program) == 0 {
		t.Fatal(err)
	}
	if _, ok := readArtifacts(embedded, "embedded/"+target()); ok {
		return // no compiler is asked
	}
	t.Setenv("CC", "no-such-compiler-here")
	if b, err := Load(cache); err != nil || string(b.Library) != string(a.Library) {
		t.Errorf("not found in the cache: %v", err)
	}
	_, err = Load(t.TempDir())
	if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "no-such-compiler-here") || !strings.Contains(err.Error(), "make") {
		t.Errorf("without a compiler: %v", err)
	}
	t.Setenv("CC", "false")
	if _, err = Load(t.TempDir()); !errors.Is(err, ErrUnavailable) {
		t.Errorf("with a compiler that fails: %v", err)
	}
}
