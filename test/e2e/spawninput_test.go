package e2e

import (
	"strings"
	"testing"
)

// givenInput starts shells by posix_spawn, which puts a file in the place of
// their input in the child: what they read is not the parent's.
const givenInput = `
import os, subprocess, sys
subprocess.run(["curl", "-s", "-o", "x", "http://127.0.0.1:9/install"])
open("plain", "w").write("echo harmless\n")
def spawn(name):
    child = os.posix_spawn("/bin/sh", ["sh"], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 0, name, os.O_RDONLY, 0)])
    print(name, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
def run(name):
    print(name, subprocess.run(["/bin/sh"], stdin=open(name), close_fds=False).returncode, flush=True)
for way in spawn, run:
    way("plain")
    way("x")
`

// TestSpawnedInput: a shell that is given a downloaded file to read by
// posix_spawn is refused, one that is given another runs.
func TestSpawnedInput(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	needKernel(t)
	for _, layer := range []string{wrapped, preload, kernel} {
		t.Run(layer, func(t *testing.T) {
			t.Parallel()
			w := standardWorld(t)
			w.write("home/app/given.py", givenInput)
			got := w.do(layer, "", "python3", "given.py")
			if w.has("PWNED") || got.stdout != "harmless\nplain 0\nx 126\nharmless\nplain 0\nx 126\n" || !strings.Contains(got.stderr, "rampart:") {
				t.Errorf("%+v", got)
			}
		})
	}
}
