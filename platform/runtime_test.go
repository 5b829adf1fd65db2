//go:build unix

package platform

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// place sets the environment that RuntimeDir looks at.
func place(t *testing.T) (xdg, tmp, home string) {
	t.Helper()
	base := t.TempDir()
	xdg, tmp, home = filepath.Join(base, "xdg"), filepath.Join(base, "tmp"), filepath.Join(base, "home")
	for _, dir := range []string{xdg, tmp, home} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("XDG_RUNTIME_DIR", xdg)
	t.Setenv("TMPDIR", tmp)
	t.Setenv("HOME", home)
	t.Setenv("RAMPART_HOME", "")
	return xdg, tmp, home
}

func TestRuntimeDir(t *testing.T) {
	inTmp := "rampart-" + userTag()
	for _, tt := range []struct {
		name  string
		spoil func(t *testing.T, xdg, tmp string)
		want  func(xdg, tmp, home string) string
	}{
		{"xdg", func(*testing.T, string, string) {}, func(xdg, _, _ string) string { return filepath.Join(xdg, "rampart") }},
		{"xdg open to others", func(t *testing.T, xdg, _ string) { os.Chmod(xdg, 0o755) },
			func(_, tmp, _ string) string { return filepath.Join(tmp, inTmp) }},
		{"xdg missing", func(t *testing.T, xdg, _ string) { os.Remove(xdg) },
			func(_, tmp, _ string) string { return filepath.Join(tmp, inTmp) }},
		{"xdg relative", func(t *testing.T, _, _ string) { t.Setenv("XDG_RUNTIME_DIR", "xdg") },
			func(_, tmp, _ string) string { return filepath.Join(tmp, inTmp) }},
		{"a link planted in xdg", func(t *testing.T, xdg, tmp string) { os.Symlink(tmp, filepath.Join(xdg, "rampart")) },
			func(_, tmp, _ string) string { return filepath.Join(tmp, inTmp) }},
		{"a link planted in tmp", func(t *testing.T, xdg, tmp string) {
			os.Remove(xdg)
			os.Symlink("/etc", filepath.Join(tmp, inTmp))
		}, func(_, _, home string) string { return filepath.Join(home, ".rampart", "run") }},
		{"a wide directory planted in tmp", func(t *testing.T, xdg, tmp string) {
			os.Remove(xdg)
			os.Mkdir(filepath.Join(tmp, inTmp), 0o700)
			os.Chmod(filepath.Join(tmp, inTmp), 0o777)
		}, func(_, _, home string) string { return filepath.Join(home, ".rampart", "run") }},
		{"a file planted in tmp", func(t *testing.T, xdg, tmp string) {
			os.Remove(xdg)
			os.WriteFile(filepath.Join(tmp, inTmp), nil, 0o600)
		}, func(_, _, home string) string { return filepath.Join(home, ".rampart", "run") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			xdg, tmp, home := place(t)
			tt.spoil(t, xdg, tmp)
			got, err := RuntimeDir()
			if err != nil || got != tt.want(xdg, tmp, home) {
				t.Fatalf("%q, %v", got, err)
			}
			if fi, err := os.Lstat(got); err != nil || fi.Mode() != os.ModeDir|0o700 {
				t.Errorf("%v, %v", fi.Mode(), err)
			}
		})
	}
}

func TestRuntimeDirOfSomebodyElse(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("giving a directory away takes root")
	}
	xdg, tmp, _ := place(t)
	os.Chown(xdg, 12345, 12345)
	got, err := RuntimeDir()
	if err != nil || filepath.Dir(got) != tmp {
		t.Errorf("%q, %v", got, err)
	}
}

func TestRuntimeDirNowhere(t *testing.T) {
	xdg, tmp, home := place(t)
	os.Remove(xdg)
	os.WriteFile(filepath.Join(tmp, "rampart-"+userTag()), nil, 0o600)
	os.WriteFile(filepath.Join(home, ".rampart"), nil, 0o600)
	if got, err := RuntimeDir(); err == nil || !strings.Contains(err.Error(), tmp) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestSessionDir(t *testing.T) {
	place(t)
	s1, err := NewSessionDir("s1")
	if err != nil {
		t.Fatal(err)
	}
	dir := s1.Path
	os.WriteFile(filepath.Join(dir, "sock"), nil, 0o600)
	if fi, err := os.Lstat(dir); err != nil || fi.Mode() != os.ModeDir|0o700 {
		t.Errorf("%v, %v", fi.Mode(), err)
	}
	if _, err := NewSessionDir("s1"); err == nil {
		t.Error("the same session twice")
	}
	s2, err := NewSessionDir("s2") // looks for stale ones
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "sock")); err != nil {
		t.Error("a living session was removed:", err)
	}
	s1.Remove()
	s2.Remove()
	for _, d := range []string{dir, s2.Path} {
		if _, err := os.Lstat(d); !os.IsNotExist(err) {
			t.Errorf("%s is still there", d)
		}
	}
	for _, id := range []string{"", ".", "..", "a/b", "../x", ".x", "a\x00"} {
		if _, err := NewSessionDir(id); err == nil {
			t.Errorf("session %q was made", id)
		}
	}
}

// TestMain lets the test program be a session that is killed.
func TestMain(m *testing.M) {
	if id := os.Getenv("PLATFORM_TEST_SESSION"); id != "" {
		if _, err := NewSessionDir(id); err != nil {
			panic(err)
		}
		os.Stdout.WriteString("ready\n")
		time.Sleep(time.Minute)
	}
	os.Exit(m.Run())
}

func TestStaleSessions(t *testing.T) {
	place(t)
	base, err := RuntimeDir()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PLATFORM_TEST_SESSION=killed")
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out.Read(make([]byte, 6))
	if got := RemoveStale(base); len(got) != 0 {
		t.Errorf("removed %q while it lives", got)
	}
	cmd.Process.Kill()
	cmd.Wait()

	// What others may have left: young and old ones in making, a link.
	outside := t.TempDir()
	os.Symlink(outside, filepath.Join(base, "link"))
	for name, age := range map[string]time.Duration{".young": 0, ".old": time.Hour, "nolock": 0} {
		dir := filepath.Join(base, name)
		os.Mkdir(dir, 0o700)
		os.Symlink(outside, filepath.Join(dir, "link"))
		os.Chtimes(dir, time.Now().Add(-age), time.Now().Add(-age))
	}
	os.WriteFile(filepath.Join(outside, "keep"), nil, 0o600)

	os.WriteFile(filepath.Join(base, "nolock", LastWords), []byte("12"), 0o600)
	got := fmt.Sprint(RemoveStale(base))
	if got != "[{killed } {nolock 12}]" {
		t.Errorf("killed %q", got)
	}
	left, _ := os.ReadDir(base)
	if names := fmt.Sprint(left); len(left) != 2 || !strings.Contains(names, "link") || !strings.Contains(names, ".young") {
		t.Errorf("left %s", names)
	}
	if _, err := os.Stat(filepath.Join(outside, "keep")); err != nil {
		t.Error(err)
	}
}
