package preload_test

import (
	"os"
	"path/filepath"
	"testing"

	"rampart/engine/wire"
)

// binfmt has the kernel start mark.c for what ends in .foo, and runs a file of
// that text with that ending by its name; it returns the file and the exit code.
func binfmt(t *testing.T, s *session, mark, flags, text string) (file string, code int) {
	t.Helper()
	dir := t.TempDir()
	file = filepath.Join(dir, "x.foo")
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	formats := filepath.Join(dir, "formats")
	if err := os.Mkdir(formats, 0o755); err != nil {
		t.Fatal(err)
	}
	res, _ := s.run(s.guarded(), buildC(t, "testdata/binfmt.c"), formats, ":x:E::foo::"+mark+":"+flags, file)
	if res.code == 77 {
		t.Skip("this kernel has no binfmt_misc in namespaces of users")
	}
	return file, res.code
}

// TestRegisteredFormat: a program that the kernel puts in a file's place by a
// format that somebody registered is asked about itself.
func TestRegisteredFormat(t *testing.T) {
	mark := buildC(t, "testdata/mark.c")
	for _, c := range []struct{ name, flags, text string }{
		{"of data", "", "data"},
		{"opened before", "F", "data"},
		{"argv[0] kept", "P", "data"},
		{"of a script", "", "#!/bin/sh\n:\n"},
		{"of a script that names it", "P", "#!" + mark + "\n"},
		{"of a script with an option", "", "#!/bin/sh -e\n:\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSession(t)
			s.judge = func(r *wire.Request) *wire.Reply {
				if r.Path == mark {
					return &wire.Reply{Action: wire.Deny, Message: "no marks"}
				}
				return &wire.Reply{Action: wire.Allow}
			}
			file, code := binfmt(t, s, mark, c.flags, c.text)
			text, err := os.ReadFile(file)
			if err != nil || string(text) != c.text || code != 126 {
				t.Errorf("exit status %d, the file is %q, %v", code, text, err)
			}
		})
	}
}

// TestScriptAskedOnce: a script is judged as one, its interpreters along with it.
func TestScriptAskedOnce(t *testing.T) {
	s := newSession(t)
	dir := t.TempDir()
	inner := filepath.Join(dir, "inner")
	for i, text := range []string{"#!/bin/sh\n", "#! /bin/sh", "#!/bin/sh -e \n", "#!/usr/bin/env  -S sh -e\n", "#!\t" + inner + " a b\n", "#!" + inner + "\n"} {
		file := filepath.Join(dir, "script")
		for name, text := range map[string]string{inner: "#!/bin/sh\n", file: text} {
			if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		for _, args := range [][]string{{}, {"x"}, {"", "y"}} {
			s.requests()
			res, _ := s.run(s.guarded(), append([]string{need(t, "env"), file}, args...)...)
			asked := 0
			for _, r := range s.requests() {
				if r.Path == file || r.Layer == wire.Constructor && r.Path != need(t, "env") {
					asked++
				}
			}
			if res.code != 0 || asked != 1 {
				t.Errorf("%d, %q with %q: asked %d times: %+v", i, text, args, asked, res)
			}
		}
	}
}

// TestFormatsAreMounted: who mounts the file system that formats are registered
// in changes what the kernel starts.
func TestFormatsAreMounted(t *testing.T) {
	mark := buildC(t, "testdata/mark.c")
	s := newFileSession(t, t.TempDir())
	s.judge = func(r *wire.Request) *wire.Reply {
		if r.Path == "/proc/sys/fs/binfmt_misc/register" {
			return &wire.Reply{Action: wire.Deny, Message: "no formats"}
		}
		return &wire.Reply{Action: wire.Allow}
	}
	if _, code := binfmt(t, s, mark, "", "data"); code != 78 {
		t.Errorf("exit status %d", code)
	}
}
