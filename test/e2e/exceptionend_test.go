package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// reader opens the key in ways that no text tells, again and again: read() is
// what is in it, or "refused".
const reader = `import os, subprocess, sys, time
path = os.environ['HOME'] + '/' + open('half').read() + 'sa'
def read():
    try: return open(path).read().strip()
    except OSError: return 'refused'
def last(n):
    for _ in range(n):
        if read() == 'refused': return 'it ended'
        time.sleep(0.1)
    return 'it lasted'
`

// readerWorld is one with that reader, and with programs that use it.
func readerWorld(t *testing.T, programs map[string]string) *world {
	t.Helper()
	t.Parallel()
	need(t, "python3")
	w := standardWorld(t)
	w.write("home/app/half", ".ssh/id_r")
	w.write("home/app/reader.py", reader)
	for name, text := range programs {
		w.write("home/app/"+name, "from reader import *\n"+text)
	}
	return w
}

// TestExceptionEnds: an exception that is over is over for processes too that
// made use of it while it held.
func TestExceptionEnds(t *testing.T) {
	w := readerWorld(t, map[string]string{"x.py": "print(read())\nopen('ready', 'w').close()\nprint(last(300))\n"})
	if got := w.do(bare, "", append(owner(w, "allow"), "--tool", "read", "--for", "3s", "~/.ssh/id_rsa")...); got.exit != 0 {
		t.Fatalf("%+v", got)
	}
	if got := w.do(preload, "", "python3", "x.py"); !strings.Contains(got.stdout, "it ended") {
		t.Errorf("%+v", got)
	}
}

// TestExceptionTakenBack: so is one that the owner has taken back.
func TestExceptionTakenBack(t *testing.T) {
	w := readerWorld(t, map[string]string{"x.py": "print(read())\nopen('ready', 'w').close()\nprint(last(300))\n"})
	if got := w.do(bare, "", append(owner(w, "allow"), "--tool", "read", "~/.ssh/id_rsa")...); got.exit != 0 {
		t.Fatalf("%+v", got)
	}
	c := w.command(preload, "python3", "x.py")
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for range 600 {
		if _, err := os.Stat(filepath.Join(w.work, "ready")); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if got := w.do(bare, "", append(owner(w, "rules"), "remove", "1")...); got.exit != 0 {
		t.Errorf("%+v", got)
	}
	if got := w.wait(c, &stdout, &stderr); !strings.HasPrefix(got.stdout, secret) || !strings.Contains(got.stdout, "it ended") {
		t.Errorf("%+v", got)
	}
}

// TestExceptionOfOneProcess: what a process was let do once by itself is not for
// those that it starts, nor for what it becomes.
func TestExceptionOfOneProcess(t *testing.T) {
	w := readerWorld(t, map[string]string{
		"x.py":     "print(read())\nsys.stdout.flush()\nsubprocess.run(['python3', 'child.py'])\nos.execvp('python3', ['python3', 'child.py'])\n",
		"child.py": "print(read())\n",
	})
	if got := w.do(bare, "", append(owner(w, "allow"), "--tool", "read", "--once", "~/.ssh/id_rsa")...); got.exit != 0 {
		t.Fatalf("%+v", got)
	}
	if got := w.do(preload, "", "sh", "-c", "python3 x.py; :"); got.stdout != secret+"\nrefused\nrefused\n" {
		t.Errorf("%+v", got)
	}
}
