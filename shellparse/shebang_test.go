package shellparse

import (
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// What is taken from a script's first line is what the kernel takes from it: an
// interpreter that echoes its arguments says so.
func TestShebangIsTheKernels(t *testing.T) {
	echo, err := exec.LookPath("/bin/echo")
	if err != nil {
		t.Skip("no /bin/echo on this machine")
	}
	pad := func(n int) string { return strings.Repeat(" ", n) }
	for _, line := range []string{
		"", " ", "\t", "\x00", " a", "\ta", " \t a \t ", " a b", "\ta\tb", " a\tb  c ", "\x00a", " \x00a", " a\x00b", " a \x00b", "\ra", " a\r", "\va", " a\v",
		" a\f", "\u00a0a", " a\u00a0",
		pad(240) + "abcdef", pad(241) + "abcdef", pad(242) + "abcdef", pad(243) + "abcdef", pad(244) + "abcdef", pad(400), pad(400) + "a",
	} {
		for _, lead := range []string{"", " ", "\t \t"} {
			for _, end := range []string{"\n", "", "\nx\x00y\n"} {
				text := "#!" + lead + echo + line + end
				dir := onDisk(t, map[string]string{"s": text})
				c := exec.Command("./s")
				c.Dir = dir
				out, err := c.Output()
				name, args, ok := shebang(text)
				want := strings.Join(append(args, "./s\n"), " ")
				switch {
				case errors.Is(err, syscall.ENOEXEC) && !ok, err != nil && ok && name != echo:
				case err != nil || !ok || name != echo || string(out) != want:
					t.Errorf("%q: the kernel gives %q, %v; taken are %q %q %v", text, out, err, name, args, ok)
				}
			}
		}
	}
	for _, text := range []string{"#!\n", "#! \t\n" + echo, "#!/" + strings.Repeat("n", 300), "# !" + echo, "#!" + pad(300) + echo} {
		if _, _, ok := shebang(text); ok {
			t.Errorf("%q: taken for one that the kernel starts", text)
		}
		dir := onDisk(t, map[string]string{"s": text})
		if err := exec.Command(filepath.Join(dir, "s")).Run(); !errors.Is(err, syscall.ENOEXEC) {
			t.Errorf("%q: the kernel says %v", text, err)
		}
	}
}

// NUL bytes hide nothing of a script: what shells make of them is judged.
func TestScriptWithNULs(t *testing.T) {
	dir := onDisk(t, map[string]string{
		"later":  "X=1\n\x00\nec\x00ho x > made\n",
		"line":   "#!/bin/sh\x00 -n\necho x > made\n",
		"binary": "MZ\x00\necho x > made\n",
	})
	ran := func(argv ...string) bool {
		c := exec.Command(argv[0], argv[1:]...)
		c.Dir = dir
		c.Run()
		return exec.Command("rm", filepath.Join(dir, "made")).Run() == nil
	}
	for _, shell := range []string{"bash", "dash", "mksh", "busybox sh"} {
		if _, err := exec.LookPath(strings.Fields(shell)[0]); err != nil {
			t.Logf("no %s on this machine", shell)
			continue
		}
		for _, file := range []string{"./later", "./line", "./binary"} {
			for _, argv := range [][]string{append(strings.Fields(shell), file), append(strings.Fields(shell), "-c", file)} {
				in := testInput("")
				in.Text, in.Argv, in.Cwd, in.FS = "", argv, dir, diskFS{}
				seen := slices.ContainsFunc(Analyze(in).Effects, func(e Effect) bool {
					return e.Kind == Write && e.Path == filepath.Join(dir, "made")
				})
				if file == "./binary" {
					if shell == "bash" && seen {
						t.Errorf("%q: taken for a script", argv)
					}
				} else if ran := ran(argv...); ran && !seen {
					t.Errorf("%q: it ran, and is not seen", argv)
				}
			}
		}
	}
}
