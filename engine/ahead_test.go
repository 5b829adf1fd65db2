package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// TestPlainProgram: only what has no way to run anything before constructors, and comes
// up with glibc's linker, may start ahead of its answer.
func TestPlainProgram(t *testing.T) {
	if runtime.GOOS != "linux" || linkers[runtime.GOARCH].path == "" {
		t.Skip("for glibc's dynamic linker")
	}
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("needs a C compiler")
	}
	const body = "int main(void) { return 0; }\n"
	ifunc := "static int one(void) { return 1; }\nstatic void *choose(void) { return one; }\n"
	dir := t.TempDir()
	build := func(name, text string, flags ...string) string {
		t.Helper()
		source, file := filepath.Join(dir, name+".c"), filepath.Join(dir, name)
		if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("cc", append([]string{"-o", file, source}, flags...)...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		return file
	}
	library := build("libown.so", "int own(void) { return 1; }\n", "-shared", "-fPIC")
	for _, c := range []struct {
		name, text string
		flags      []string
		want       bool
	}{
		{"plain", body, nil, true},
		{"of a fixed place", body, []string{"-no-pie"}, true},
		{"stripped", body, []string{"-s"}, true},
		{"with the old hash table", body, []string{"-Wl,--hash-style=sysv"}, true},
		{"bound at once", body, []string{"-Wl,-z,now"}, true},
		{"with the system's libraries", "#include <math.h>\nint main(int n, char **v) { return (int)cos(n); }\n", []string{"-lm", "-pthread"}, true},
		{"with functions for plugins", "int plugin(void) { return 1; }\n" + body, []string{"-rdynamic"}, true},
		{"with constructors", "__attribute__((constructor)) static void first(void) {}\n" + body, nil, true},
		{"static", body, []string{"-static"}, false},
		{"static, of no fixed place", body, []string{"-static-pie"}, false},
		{"another linker", body, []string{"-Wl,--dynamic-linker=/tmp/ld.so"}, false},
		{"a place for libraries", body, []string{"-Wl,-rpath,/tmp"}, false},
		{"an old place for libraries", body, []string{"-Wl,--disable-new-dtags,-rpath,/tmp"}, false},
		{"a library of its own", "extern int own(void);\nint main(void) { return own(); }\n", []string{library}, false},
		{"an auditor", body, []string{"-Wl,--audit,x.so"}, false},
		{"an auditor for libraries", body, []string{"-Wl,--depaudit,x.so"}, false},
		{"a filter", body, []string{"-Wl,-z,nodefaultlib"}, false},
		{"before constructors", "static void first(void) {}\n__attribute__((section(\".preinit_array\"), used)) static void (*p)(void) = first;\n" + body, nil, false},
		{"a function that is chosen", ifunc + "static int chosen(void) __attribute__((ifunc(\"choose\")));\nint main(void) { return chosen(); }\n", nil, false},
		{"a function that is chosen, for others", ifunc + "int chosen(void) __attribute__((ifunc(\"choose\")));\n" + body, []string{"-rdynamic"}, false},
		{"memory of its own", "#include <stddef.h>\nvoid *malloc(size_t n) { return NULL; }\n" + body, []string{"-rdynamic", "-fno-builtin"}, false},
		{"a library", body, []string{"-shared", "-fPIC"}, false},
	} {
		if got := isPlainProgram(build("program", c.text, c.flags...)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	plain := build("rights", body)
	if err := os.Chmod(plain, 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	if isPlainProgram(plain) {
		t.Error("with rights of its own")
	}
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if isPlainProgram(script) || isPlainProgram(dir) {
		t.Error("a script, or a directory")
	}
}
