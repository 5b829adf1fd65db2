package platform

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestResolve(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	os.Mkdir(filepath.Join(dir, "a"), 0o700)
	os.WriteFile(filepath.Join(dir, "a", "f"), nil, 0o600)
	for name, to := range map[string]string{"l": "a", "a/up": "..", "lost": "none", "round": "round", "exe": "/proc/self/exe", "me": "/proc/self", "in": "/dev/stdin"} {
		os.Symlink(to, filepath.Join(dir, name))
	}
	for path, want := range map[string]string{
		"": dir, "a/f": dir + "/a/f", "l/f": dir + "/a/f", "l/up/l/f": dir + "/a/f", "a/../a/./f": dir + "/a/f", "a//f": dir + "/a/f",
		"none": "", "lost": "", "round": "", "a/f/": "", "exe": "", "me": "", "me/exe": "", "in": "", "a/f\x00": "",
	} {
		os.Lstat(filepath.Join(dir, path)) // what is to be at hand
		got, ok := HostFS{}.Resolve(dir + "/" + path)
		if ok != (want != "") || got != want {
			t.Errorf("%q: %q, %v", path, got, ok)
		}
	}
	if got, ok := (HostFS{}).Resolve("a/f"); ok {
		t.Errorf("a relative path leads to %q", got)
	}
	gone := filepath.Join(dir, "gone")
	os.WriteFile(gone+" (deleted)", nil, 0o600)
	if got, ok := (HostFS{}).Resolve(gone + " (deleted)"); ok {
		t.Errorf("a name that says its file is gone: %q", got)
	}
}

func TestStatFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	os.WriteFile(file, []byte("123"), 0o640)
	os.Symlink("f", file+"l")
	var want unix.Stat_t
	unix.Stat(file, &want)
	for _, path := range []string{file, file + "l"} {
		var st unix.Statx_t
		if err := StatFile(path, &st); err != nil || st.Ino != want.Ino || st.Size != 3 || uint32(st.Mode) != want.Mode ||
			unix.Mkdev(st.Dev_major, st.Dev_minor) != want.Dev || st.Ctime.Sec != want.Ctim.Sec || int64(st.Ctime.Nsec) != want.Ctim.Nsec {
			t.Errorf("%s: %+v, %v", path, st, err)
		}
	}
	var st unix.Statx_t
	if err := StatFile(file+"none", &st); err != unix.ENOENT {
		t.Error(err)
	}
}
