package preload_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rampart/engine/wire"
	"rampart/preload"
)

// Files that can't be executed: the same answers as libc's, door by door.
func TestErrorsAreLibcs(t *testing.T) {
	for _, cc := range []string{"gcc", "musl-gcc"} {
		t.Run(cc, func(t *testing.T) {
			program := compile(t, cc, "errors.c")
			s := newSession(t)
			s.judge = func(*wire.Request) *wire.Reply { return &wire.Reply{Action: wire.Allow} }
			dir := t.TempDir()
			os.Mkdir(filepath.Join(dir, "adir"), 0o700)
			os.Mkdir(filepath.Join(dir, "sub"), 0o700)
			os.Mkdir(filepath.Join(dir, "forbidden"), 0o700)
			write := func(name, text string, mode os.FileMode) {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
					t.Fatal(err)
				}
			}
			write("plain", "x", 0o600)
			write("noexec", "#!/bin/sh\necho ran\n", 0o600)
			write("ascript", "echo script $0 $#\n", 0o700)
			write("sub/ascript", "echo sub script $0 $#\n", 0o700)
			write("bad-interp", "#!/nonexistent/interpreter\n", 0o700)
			write("truncated", "\x7fELF", 0o700)
			write("sub/both", "#!/bin/sh\necho sub both $*\n", 0o700)
			write("forbidden/both", "#!/bin/sh\necho both\n", 0o600)
			os.Symlink("loop", filepath.Join(dir, "loop"))
			os.Symlink("nowhere", filepath.Join(dir, "dangling"))
			bare, _ := run(t, dir, plain(), program)
			got, _ := run(t, dir, s.guarded(), program)
			if bare.code != 0 || len(bare.out) < 1000 {
				t.Fatalf("bare: %+v", bare)
			}
			b, g := strings.Split(bare.out, "\n"), strings.Split(got.out, "\n")
			for i := range min(len(b), len(g)) {
				if b[i] != g[i] {
					t.Errorf("line %d: bare %q, guarded %q", i, b[i], g[i])
				}
			}
			if len(b) != len(g) || got.err != bare.err || got.code != bare.code {
				t.Errorf("bare %d lines, %q, %d\nguarded %d lines, %q, %d", len(b), bare.err, bare.code, len(g), got.err, got.code)
			}
			for _, r := range s.requests() {
				if r.Path == "./missing" || r.Path == "missing" || r.Path == "./plain" {
					t.Errorf("asked about %q, which can't be executed", r.Path)
				}
			}
		})
	}
}

// Programs see the environment, arguments and directory they would see bare.
func TestNothingShows(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other.so")
	if out, err := exec.Command("gcc", "-shared", "-fPIC", "-o", other, "testdata/other.c").CombinedOutput(); err != nil {
		t.Skipf("no gcc: %s", out)
	}
	for name, env := range map[string][]string{
		"plain":         plain(),
		"empty":         {},
		"one":           {"A=1"},
		"other preload": append(plain(), "LD_PRELOAD="+other, "Z=9"),
		"two others":    append(plain(), "LD_PRELOAD="+other+" "+other, "Z=9"),
		"blank preload": append([]string{"LD_PRELOAD="}, plain()...),
		"odd":           append(plain(), "=x", "novalue", "LD_PRELOADX=1", "RAMPART=1", "E="),
	} {
		t.Run(name, func(t *testing.T) {
			s := newSession(t)
			guarded := s.in.Environ(env, preload.Library)
			for _, argv := range [][]string{
				{"/usr/bin/env"},
				{"/usr/bin/env", "/usr/bin/env"},
				{"/bin/sh", "-c", "/usr/bin/env; echo $0 $#", "zero", "one"},
				{"/bin/bash", "-c", "/usr/bin/env -u A /usr/bin/env | grep -v ^_=; export -p"},
				{"/usr/bin/env", "-i", "B=2", "/usr/bin/env"},
				{"/usr/bin/env", "-i", "/usr/bin/env"},
				{"/usr/bin/python3", "-c", "import os; print(sorted(os.environb.items())); os.system('/usr/bin/env'); os.execv('/usr/bin/env', ['env'])"},
				{"/usr/bin/perl", "-e", `print "$_\n" for sort keys %ENV; print qx(/usr/bin/env)`},
			} {
				dir := t.TempDir()
				bare, _ := run(t, dir, env, argv...)
				got, _ := run(t, dir, guarded, argv...)
				if got != bare {
					t.Errorf("%q\nbare %+v\ngot  %+v", argv, bare, got)
				}
			}
		})
	}
}

func TestBig(t *testing.T) {
	s := newSession(t)
	env := plain()
	for i := range 5000 {
		env = append(env, fmt.Sprintf("V%d=%s", i, strings.Repeat("v", i%100)))
	}
	guarded := s.in.Environ(env, preload.Library)
	for _, argv := range [][]string{
		{"sh", "-c", `env | wc -c; env -i env | wc -c`},
		{"/usr/bin/python3", "-c", `import subprocess; print(subprocess.run(["sh", "-c", "echo $#"] + ["x" * 10] * 60000, stdout=subprocess.PIPE))`},
		{"/usr/bin/python3", "-c", `import subprocess; print(subprocess.run(["wc", "-c", *["y" * 100000] * 7], stderr=subprocess.PIPE).returncode)`},
		{"perl", "-e", `print system("true", ("z") x 100000), "\n"; print system("true", "z" x 200000), "\n"; exec "echo", ("z") x 1000`},
		{"bash", "-c", `/bin/echo {1..150000} | md5sum; xargs -n 20000 echo <<< "$(seq 100000)" | md5sum`},
	} {
		bare, _ := s.run(env, argv...)
		got, _ := s.run(guarded, argv...)
		if got != bare || bare.out == "" {
			t.Errorf("%.60q\nbare %.200v\ngot  %.200v", argv, bare, got)
		}
	}
}

func TestEngineGone(t *testing.T) {
	s := newSession(t)
	argv := []string{"/bin/bash", "-c", `read x; /usr/bin/touch mark; echo $?; env -i touch mark2; echo > mark3`}
	cmd := exec.Command(argv[0], argv[1:]...)
	dir := t.TempDir()
	cmd.Dir, cmd.Env = dir, s.guarded()
	in, _ := cmd.StdinPipe()
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for i := 0; len(s.requests()) == 0 && i < 500; i++ {
		time.Sleep(10 * time.Millisecond)
	}
	s.server.Close()
	in.Write([]byte("go\n"))
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	const want = "rampart: refused: /usr/bin/touch was not run, because the Rampart session it belongs to has ended; start a new one with `rampart wrap` (ENOENT)\n126\n"
	if got := out.String(); !strings.HasPrefix(got, want) || exists(dir, "mark") || exists(dir, "mark2") {
		t.Errorf("got %q, marks %v %v", got, exists(dir, "mark"), exists(dir, "mark2"))
	}
	// What starts now is refused by its constructor, or by the substitute.
	for _, argv := range [][]string{{"/bin/sh", "-c", "echo > mark"}, {filepath.Join(s.dir, "bin", "sh"), "-c", "echo > mark"}} {
		got, at := s.run(s.guarded(), argv...)
		if got.code != 126 || exists(at, "mark") || !strings.Contains(got.err, "has ended") {
			t.Errorf("%q: %+v", argv, got)
		}
	}

	// The agent can't switch that off from inside.
	for _, name := range []string{"fail-open", "librampart-open.so"} {
		if err := os.WriteFile(filepath.Join(s.dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		env := append(s.guarded(), "OPEN=LD_PRELOAD="+filepath.Join(s.dir, "librampart-open.so"))
		got, at := s.run(env, filepath.Join(s.dir, "bin", "sh"), "-c", "/usr/bin/env $OPEN touch mark")
		if got.code != 126 || exists(at, "mark") {
			t.Errorf("with a file %s: %+v", name, got)
		}
	}
}

func TestFailOpen(t *testing.T) {
	s := newSession(t)
	if err := s.in.FailOpen(); err != nil {
		t.Fatal(err)
	}
	got, at := s.run(s.guarded(), "/bin/sh", "-c", "env touch FORB''IDDEN")
	if got.code != 126 || exists(at, forbidden) {
		t.Errorf("with an engine: %+v", got)
	}
	s.server.Close()
	for _, argv := range [][]string{{"/bin/sh", "-c", "env -i /usr/bin/touch mark"}, {filepath.Join(s.dir, "bin", "sh"), "-c", "echo > mark"}} {
		got, at := s.run(s.guarded(), argv...)
		if got.code != 0 || !exists(at, "mark") || got.err != "" {
			t.Errorf("failing open, %q: %+v", argv, got)
		}
	}
}

// Without its library the session would go on unguarded.
func TestLibraryTampered(t *testing.T) {
	for name, tamper := range map[string]string{
		"removed":  `os.unlink(f)`,
		"replaced": `os.unlink(f); open(f, "w").write("garbage")`,
		// Its code is gone from under everyone who runs it: that ends them.
		"emptied": `os.chmod(f, 0o600); os.truncate(f, 0)`,
		"other":   `os.rename("/proc/self/cwd/other", f)`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newSession(t)
			got, at := s.run(append(s.guarded(), "F="+filepath.Join(s.dir, "librampart.so"), "SUB="+filepath.Join(s.dir, "bin", "sh")),
				"/usr/bin/python3", "-c", `
import os, shutil, subprocess
f = os.environ["F"]
shutil.copy(f, "other")
`+tamper+`
print(subprocess.call(["/bin/sh", "-c", "echo > mark"]))
print(os.waitstatus_to_exitcode(os.waitpid(os.posix_spawn("/usr/bin/touch", ["touch", "mark"], {}), 0)[1]))
print(subprocess.call([os.environ["SUB"], "-c", "echo > mark"]))
`)
			if name == "emptied" && got.code != 0 && !exists(at, "mark") {
				return
			}
			if got.out != "126\n126\n126\n" || exists(at, "mark") || !strings.Contains(got.err, "was removed or changed") {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestEngineDiesWhileAsked(t *testing.T) {
	s := newSession(t)
	asked := make(chan struct{})
	s.judge = func(r *wire.Request) *wire.Reply {
		if strings.HasSuffix(r.Path, "touch") {
			close(asked)
			<-r.Context().Done()
		}
		return &wire.Reply{Action: wire.Allow}
	}
	// The socket is cut, as the kernel does for a killed engine.
	proxy := filepath.Join(s.dir, wire.SocketName)
	real := proxy + "-real"
	if err := os.Rename(proxy, real); err != nil {
		t.Fatal(err)
	}
	stop := cutter(t, proxy, real)
	go func() { <-asked; stop() }()
	got, at := s.run(s.guarded(), "/bin/sh", "-c", "/usr/bin/touch mark; exit $?")
	if got.code != 126 || exists(at, "mark") || !strings.Contains(got.err, "went away before it answered") {
		t.Errorf("%+v", got)
	}
	os.Rename(real, proxy)
}

// The stub is missing: refused all the same.
func TestNoStub(t *testing.T) {
	s := newSession(t)
	os.Remove(filepath.Join(s.dir, "rampart-refused"))
	got, at := s.run(s.guarded(), "/usr/bin/env", "sh", "-c", "touch FORB''IDDEN; echo $?")
	if got.out != "126\n" || !strings.Contains(got.err, "test policy: FORBIDDEN is refused\n") || exists(at, forbidden) {
		t.Errorf("%+v", got)
	}
}

func TestManyProcesses(t *testing.T) {
	s := newSession(t)
	loop := compile(t, "gcc", "spawnloop.c")
	each := 1000
	if testing.Short() {
		each = 100
	}
	for _, mode := range []string{"vfork", "spawn"} {
		got, _ := s.run(s.guarded(), loop, mode, fmt.Sprint(each/2), "8", "/bin/true")
		if got.code != 0 {
			t.Errorf("%s: %+v", mode, got)
		}
	}
	n := 0
	for _, r := range s.requests() {
		if r.Path == "/bin/true" && r.Layer == wire.Preload {
			n++
		}
	}
	if n != 8*each {
		t.Errorf("asked %d times, want %d", n, 8*each)
	}
	if len(s.incidents) > 0 {
		t.Error(s.incidents)
	}
}

var harmless = strings.NewReplacer("FORB''IDDEN", "o''k", `FORB""IDDEN`, `o""k`)

// A shell that gets its commands while it runs, and one in a deleted directory.
func TestOddPlaces(t *testing.T) {
	s := newSession(t)
	for _, script := range []string{
		`mkdir d; cd d; rmdir ../d; /bin/echo here; /bin/pwd; env touch FORB''IDDEN`,
		`exec 2>&-; env touch FORB''IDDEN`,
		`exec 0<&- 1>&- 2>&-; env touch FORB''IDDEN`,
		`ulimit -Sn 4; env touch FORB''IDDEN`,
		`ulimit -s 256; env touch FORB''IDDEN`,
		`PATH=; /usr/bin/env /usr/bin/touch FORB''IDDEN`,
		`cp /usr/bin/touch t; PATH=:; env ./t FORB''IDDEN; t FORB''IDDEN`,
		`ln -s /proc/self/exe x; exec -a env ./x -c 'touch FORB''IDDEN'`,
		`cd /; env usr/bin/touch $OLDPWD/FORB''IDDEN`,
		`umask 777; env touch FORB''IDDEN`,
		`export RAMPART_JUDGED=s$$:2:0000000000000000:0000000000000000; env touch FORB''IDDEN`,
		`LD_PRELOAD=/nonexistent.so env touch FORB''IDDEN`,
		`LD_PRELOAD=$S/librampart.so:x env touch FORB''IDDEN`,
		`BASH_ENV=/dev/null bash -p -c "touch FORB''IDDEN"`,
		`touch() { command touch "$@"; }; touch FORB''IDDEN`,
		`/lib64/ld-linux-x86-64.so.2 --preload "" /usr/bin/env touch FORB''IDDEN`,
		`setsid -w env touch FORB''IDDEN`,
		`exec -a '' env touch FORB''IDDEN`,
		`exec -c -l env touch FORB''IDDEN`,
		`env -u RAMPART_JUDGED -u LD_PRELOAD bash -c 'env touch FORB""IDDEN'`,
		`unshare -Ur true && unshare -Urpf env touch FORB''IDDEN`,
		`unshare -Ur chroot / /usr/bin/touch "$PWD/FORB""IDDEN"`,
		`bwrap --ro-bind / / --dev /dev --proc /proc --bind "$PWD" "$PWD" --unshare-all /usr/bin/env touch FORB''IDDEN`,
		`script -qec "env touch FORB''IDDEN" /dev/null </dev/null`,
		`nice -n 1 stdbuf -oL env -i PATH="$PATH" flock . touch FORB''IDDEN`,
		`exec 3< <(env touch FORB''IDDEN); cat <&3`,
		`printf '%s\n' 'touch FORB""IDDEN' | bash`,
		`bash <<< 'exec touch FORB""IDDEN'`,
		`eval 'env touch FORB""IDDEN'`,
		`command -p touch FORB''IDDEN`,
		`hash -p /usr/bin/touch innocent; innocent FORB''IDDEN`,
		`ln -s /usr/bin/touch innocent; ./innocent FORB''IDDEN`,
		`cp /bin/bash b; ./b -c "exec touch FORB''IDDEN"`,
		`cd /usr/bin; exec -a x ../bin/./touch "$OLDPWD/FORB""IDDEN"`,
		`(env touch FORB''IDDEN &) ; sleep 0.2`,
		`coproc env touch FORB''IDDEN; wait`,
		`trap "env touch FORB''IDDEN" EXIT`,
		`enable -n echo; echo $(env touch FORB''IDDEN)`,
	} {
		bare, at := s.run(append(plain(), "S="+s.dir), "/bin/bash", "-c", harmless.Replace(script))
		allowed, _ := s.run(append(s.guarded(), "S="+s.dir), "/bin/bash", "-c", harmless.Replace(script))
		if !strings.Contains(script, "nonexistent") && !strings.Contains(script, ":x ") && (allowed.code != bare.code || allowed.err != bare.err) {
			t.Errorf("%s\nbare %+v\ngot  %+v", script, bare, allowed)
		}
		if !exists(at, "ok") && !strings.Contains(script, "rmdir") {
			t.Errorf("%s does not work bare: %+v", script, bare)
		}
		got, at := s.run(append(s.guarded(), "S="+s.dir), "/bin/bash", "-c", script)
		if exists(at, forbidden) || exists(filepath.Join(at, "d"), forbidden) {
			t.Errorf("%s ran: %+v", script, got)
		}
	}
}
