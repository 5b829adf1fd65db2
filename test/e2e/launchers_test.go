package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// launcher is one way of starting a program: it makes a file whose name is the
// words @A@ and @B@ joined, by `cp -v /dev/null`. In the forbidden run they
// make FORBIDDEN, in the harmless one ALLOWED; neither the program's own
// arguments nor its text have the whole name where that can be helped, so that
// the one who judges the last step has to be there.
type launcher struct {
	name  string
	needs []string
	argv  []string
	stdin string
	files map[string]string // in the project, names and texts
	noise string            // in lines that only the guarded run has on standard error
}

// named holds the whole name, for programs in whose text it could be read.
var named = map[string]string{"name": "@A@@B@"}

var launchers = []launcher{
	{name: "bash", argv: []string{"bash", "-c", `a=@A@; cp -v /dev/null "${a}@B@"; echo "status $?"`}},
	{name: "bash word from a file", argv: []string{"bash", "-c", `a=$(cat part); cp -v /dev/null "${a}@B@"; echo "status $?"`}, files: map[string]string{"part": "@A@\n"}},
	{name: "bash stdin", argv: []string{"bash"}, stdin: "a=@A@\ncp -v /dev/null \"${a}@B@\"\necho \"status $?\"\n"},
	{name: "bash script", argv: []string{"bash", "./script", "x y", "z"}, files: map[string]string{"script": "a=@A@\ncp -v /dev/null \"${a}@B@\"; echo \"$# $1 ${BASH_SOURCE[0]} $LINENO\"\n"}},
	{name: "bash shebang", argv: []string{"./script", "x y"}, files: map[string]string{"script": "#!/bin/bash -e\na=@A@\ncp -v /dev/null \"${a}@B@\"; echo \"$# $1 $0\"\n"}},
	{name: "bash login", argv: []string{"bash", "-lc", `a=@A@; cp -v /dev/null "${a}@B@"`}},
	{name: "bash exec", argv: []string{"bash", "-c", `a=@A@; exec cp -v /dev/null "${a}@B@"`}},
	{name: "bash background", argv: []string{"bash", "-c", `a=@A@; cp -v /dev/null "${a}@B@" & wait $!; echo "status $?"`}},
	{name: "bash substitution", argv: []string{"bash", "-c", `a=@A@; x=$(cp -v /dev/null "${a}@B@"); echo "got $x"`}},
	{name: "bash three deep", argv: []string{"bash", "-c", `bash -c 'bash -c "bash -c \"a=@A@; cp -v /dev/null \\\${a}@B@\""'`}},
	{name: "sh", argv: []string{"sh", "-c", `a=@A@; cp -v /dev/null "${a}@B@"; echo "status $?"`}},
	{name: "dash", needs: []string{"dash"}, argv: []string{"dash", "-c", `a=@A@; cp -v /dev/null "${a}@B@"; echo "status $?"`}},
	{name: "zsh", needs: []string{"zsh"}, argv: []string{"zsh", "-c", `a=@A@; cp -v /dev/null ${a}@B@; echo "status $?"`}},
	{name: "fish", needs: []string{"fish"}, argv: []string{"fish", "-c", `set a @A@; cp -v /dev/null "$a"@B@; echo "status $status"`}},
	{name: "mksh", needs: []string{"mksh"}, argv: []string{"mksh", "-c", `a=@A@; cp -v /dev/null "${a}@B@"; echo "status $?"`}},
	{name: "busybox sh", needs: []string{"busybox"}, argv: []string{"busybox", "sh", "-c", `a=@A@; /bin/cp -v /dev/null "${a}@B@"; echo "status $?"`}},

	{name: "env -i", argv: []string{"bash", "-c", `a=$(cat part); env -i PATH=/usr/bin:/bin cp -v /dev/null "${a}@B@"; echo "status $?"`}, files: map[string]string{"part": "@A@\n"}},
	{name: "env -i sh", argv: []string{"env", "-i", "/bin/sh", "-c", `a=@A@; /bin/cp -v /dev/null "${a}@B@"`}},
	{name: "env -i alone", argv: []string{"env", "-i", "/bin/sh", "script"}, files: map[string]string{"script": "a=@A@\n/bin/cp -v /dev/null \"${a}@B@\"\n"}},
	{name: "unset LD_PRELOAD", argv: []string{"bash", "-c", `unset LD_PRELOAD; a=$(cat part); cp -v /dev/null "${a}@B@"; echo "status $?"`}, files: map[string]string{"part": "@A@\n"}},
	{name: "env -u LD_PRELOAD", argv: []string{"bash", "-c", `a=$(cat part); env -u LD_PRELOAD bash -c 'cp -v /dev/null "$1@B@"' sh "$a"; echo "status $?"`}, files: map[string]string{"part": "@A@\n"}},
	{name: "python drops LD_PRELOAD", needs: []string{"python3"}, argv: []string{"python3", "prog.py"}, files: map[string]string{"name": "@A@@B@", "prog.py": "import os, subprocess\nos.environ.pop('LD_PRELOAD', None)\nprint(subprocess.run(['cp', '-v', '/dev/null', open('name').read()]).returncode)\n"}},

	{name: "find -exec", needs: []string{"find"}, argv: []string{"find", "src", "-type", "f", "-exec", "cp", "-v", "{}", ".", ";"}, files: map[string]string{"src/@A@@B@": ""}},
	{name: "find -exec +", needs: []string{"find"}, argv: []string{"find", "src", "-type", "f", "-exec", "cp", "-v", "-t", ".", "{}", "+"}, files: map[string]string{"src/@A@@B@": ""}},
	{name: "xargs", needs: []string{"xargs"}, argv: []string{"xargs", "cp", "-v", "/dev/null"}, stdin: "@A@@B@\n"},
	{name: "xargs -P", needs: []string{"xargs"}, argv: []string{"xargs", "-P2", "-n1", "cp", "-v", "/dev/null"}, stdin: "@A@@B@\n"},
	{name: "make", needs: []string{"make"}, argv: []string{"make"}, files: map[string]string{"Makefile": "A := @A@\nall:\n\t@cp -v /dev/null $(A)@B@\n\techo done\n"}},
	{name: "make shell", needs: []string{"make"}, argv: []string{"make"}, files: map[string]string{"Makefile": "A := @A@\nX := $(shell cp -v /dev/null $(A)@B@ | tee copied)\nall:\n\t@echo '$(X)'\n"}},
	{name: "git alias", needs: []string{"git"}, argv: []string{"git", "-C", "repo", "mark"}, files: map[string]string{
		"repo/.git/HEAD": "ref: refs/heads/main\n", "repo/.git/objects/x": "", "repo/.git/refs/x": "",
		"repo/.git/config": "[core]\n\trepositoryformatversion = 0\n\tbare = false\n[alias]\n\tmark = \"!a=@A@; cp -v /dev/null ../${a}@B@; cp -v /dev/null ${a}@B@\"\n"}},
	{name: "awk", needs: []string{"awk"}, argv: []string{"awk", `BEGIN { getline n < "name"; print system("cp -v /dev/null " n) }`}, files: named},
	{name: "tar checkpoint", needs: []string{"tar"}, argv: []string{"tar", "-cf", "t.tar", "--checkpoint=1", "--checkpoint-action=exec=sh script", "script"}, files: map[string]string{"script": "a=@A@\ncp -v /dev/null \"${a}@B@\"\n"}},

	{name: "python subprocess", needs: []string{"python3"}, argv: []string{"python3", "-c", "import subprocess\nprint(subprocess.run(['cp', '-v', '/dev/null', open('name').read()]).returncode)"}, files: named},
	{name: "python subprocess captured", needs: []string{"python3"}, argv: []string{"python3", "-c", "import subprocess\nr = subprocess.run(['cp', '-v', '/dev/null', open('name').read()], capture_output=True, text=True)\nprint(r)\nimport sys; sys.stderr.write(r.stderr)"}, files: named},
	{name: "python shell", needs: []string{"python3"}, argv: []string{"python3", "-c", "import subprocess\nprint(subprocess.run('cp -v /dev/null ' + open('name').read(), shell=True).returncode)"}, files: named},
	{name: "python empty env", needs: []string{"python3"}, argv: []string{"python3", "-c", "import subprocess\nprint(subprocess.run(['/bin/cp', '-v', '/dev/null', open('name').read()], env={}).returncode)"}, files: named},
	{name: "python os.system", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os\nprint(os.system('cp -v /dev/null ' + open('name').read()) >> 8)"}, files: named},
	{name: "python os.popen", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os\nprint(os.popen('cp -v /dev/null ' + open('name').read()).read())"}, files: named},
	{name: "python os.execv", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os\nos.execv('/bin/cp', ['cp', '-v', '/dev/null', open('name').read()])"}, files: named},
	{name: "python os.execvp", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os\nos.execvp('cp', ['cp', '-v', '/dev/null', open('name').read()])"}, files: named},
	{name: "python os.execve", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os\nos.execve('/bin/cp', ['cp', '-v', '/dev/null', open('name').read()], {})"}, files: named},
	{name: "python os.execl", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os\nos.execl('/bin/cp', 'cp', '-v', '/dev/null', open('name').read())"}, files: named},
	{name: "python os.posix_spawn", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os\np = os.posix_spawn('/bin/cp', ['cp', '-v', '/dev/null', open('name').read()], os.environ)\nprint(os.waitpid(p, 0)[1] >> 8)"}, files: named},
	{name: "python os.posix_spawnp", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os\np = os.posix_spawnp('cp', ['cp', '-v', '/dev/null', open('name').read()], {})\nprint(os.waitpid(p, 0)[1] >> 8)"}, files: named},
	{name: "python fork", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os\np = os.fork()\nif p == 0: os.execlp('cp', 'cp', '-v', '/dev/null', open('name').read())\nprint(os.waitpid(p, 0)[1] >> 8)"}, files: named},
	{name: "python pty", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os, pty\nprint(pty.spawn(['cp', '-v', '/dev/null', open('name').read()]) >> 8)"}, files: named},

	{name: "python asyncio", needs: []string{"python3"}, argv: []string{"python3", "-c", "import asyncio\nasync def main():\n  p = await asyncio.create_subprocess_exec('cp', '-v', '/dev/null', open('name').read())\n  print(await p.wait())\nasyncio.run(main())"}, files: named},
	{name: "python multiprocessing", needs: []string{"python3"}, argv: []string{"python3", "prog.py"}, files: map[string]string{"name": "@A@@B@", "prog.py": "import multiprocessing, os\ndef f(n): os.execlp('cp', 'cp', '-v', '/dev/null', n)\nif __name__ == '__main__':\n  p = multiprocessing.get_context('spawn').Process(target=f, args=(open('name').read(),))\n  p.start(); p.join(); print(p.exitcode)\n"}},
	{name: "python memfd", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os\nf = os.memfd_create('x')\nos.write(f, open('/bin/cp', 'rb').read())\nos.execve(f, ['cp', '-v', '/dev/null', open('name').read()], {})"}, files: named},

	{name: "node exec", needs: []string{"node"}, argv: []string{"node", "-e", "require('child_process').exec('cp -v /dev/null ' + require('fs').readFileSync('name', 'utf8'), (e, o, x) => { console.log(e ? e.code : 0, o); console.error(x) })"}, files: named},
	{name: "node execFile", needs: []string{"node"}, argv: []string{"node", "-e", "require('child_process').execFile('cp', ['-v', '/dev/null', require('fs').readFileSync('name', 'utf8')], (e, o, x) => { console.log(e ? e.code : 0, o); console.error(x) })"}, files: named},
	{name: "node spawn", needs: []string{"node"}, argv: []string{"node", "-e", "require('child_process').spawn('cp', ['-v', '/dev/null', require('fs').readFileSync('name', 'utf8')], {stdio: 'inherit'}).on('close', c => console.log(c))"}, files: named},
	{name: "node spawn empty env", needs: []string{"node"}, argv: []string{"node", "-e", "require('child_process').spawn('/bin/cp', ['-v', '/dev/null', require('fs').readFileSync('name', 'utf8')], {stdio: 'inherit', env: {}}).on('close', c => console.log(c))"}, files: named},
	{name: "node execSync", needs: []string{"node"}, argv: []string{"node", "-e", "try { console.log(String(require('child_process').execSync('cp -v /dev/null ' + require('fs').readFileSync('name', 'utf8')))) } catch (e) { console.log(e.status) }"}, files: named},
	{name: "node spawnSync", needs: []string{"node"}, argv: []string{"node", "-e", "console.log(require('child_process').spawnSync('cp', ['-v', '/dev/null', require('fs').readFileSync('name', 'utf8')], {stdio: 'inherit'}).status)"}, files: named},

	{name: "perl system", needs: []string{"perl"}, argv: []string{"perl", "-e", `open(N, "name"); $n = <N>; print system("cp -v /dev/null " . $n) >> 8, "\n"`}, files: named},
	{name: "perl system list", needs: []string{"perl"}, argv: []string{"perl", "-e", `open(N, "name"); $n = <N>; print system("cp", "-v", "/dev/null", $n) >> 8, "\n"`}, files: named},
	{name: "perl backticks", needs: []string{"perl"}, argv: []string{"perl", "-e", `open(N, "name"); $n = <N>; print "got ", scalar ` + "`cp -v /dev/null $n`" + `, $? >> 8, "\n"`}, files: named},
	{name: "perl exec", needs: []string{"perl"}, argv: []string{"perl", "-e", `open(N, "name"); $n = <N>; exec("cp", "-v", "/dev/null", $n)`}, files: named},
	{name: "ruby system", needs: []string{"ruby"}, argv: []string{"ruby", "-e", "system('cp', '-v', '/dev/null', File.read('name')); puts $?.exitstatus"}, files: named},
	{name: "ruby backticks", needs: []string{"ruby"}, argv: []string{"ruby", "-e", "n = File.read('name'); puts `cp -v /dev/null #{n}`, $?.exitstatus"}, files: named},
	{name: "ruby exec", needs: []string{"ruby"}, argv: []string{"ruby", "-e", "exec('cp', '-v', '/dev/null', File.read('name'))"}, files: named},
	{name: "lua os.execute", needs: []string{"lua5.4"}, argv: []string{"lua5.4", "-e", "print(os.execute('cp -v /dev/null ' .. io.open('name'):read('a')))"}, files: named},
	{name: "lua io.popen", needs: []string{"lua5.4"}, argv: []string{"lua5.4", "-e", "local f = io.popen('cp -v /dev/null ' .. io.open('name'):read('a')); print(f:read('a')); print(f:close())"}, files: named},
	{name: "perl open", needs: []string{"perl"}, argv: []string{"perl", "-e", `open(N, "name"); $n = <N>; open(F, "-|", "cp", "-v", "/dev/null", $n); print "got ", <F>; close F; print $? >> 8, "\n"`}, files: named},
}

// others are languages and builders whose programs are not on every machine.
var others = []launcher{
	{name: "ninja", needs: []string{"ninja"}, argv: []string{"ninja"}, files: map[string]string{"build.ninja": "a = @A@\nrule mark\n  command = cp -v /dev/null ${a}@B@\nbuild out: mark\n"}},
	{name: "php exec", needs: []string{"php"}, argv: []string{"php", "-r", "passthru('cp -v /dev/null ' . file_get_contents('name'), $s); echo $s;"}, files: named},
	{name: "php proc_open", needs: []string{"php"}, argv: []string{"php", "-r", "$p = proc_open(['cp', '-v', '/dev/null', file_get_contents('name')], [], $pipes); echo proc_close($p);"}, files: named},
	{name: "java", needs: []string{"javac"}, argv: []string{"java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "Launch.java"}, files: map[string]string{"name": "@A@@B@",
		"Launch.java": "import java.nio.file.*;\npublic class Launch {\n  public static void main(String[] words) throws Exception {\n" +
			"    System.out.println(new ProcessBuilder(\"cp\", \"-v\", \"/dev/null\", Files.readString(Path.of(\"name\"))).inheritIO().start().waitFor());\n  }\n}\n"}},
	{name: "bun", needs: []string{"bun"}, argv: []string{"bun", "prog.js"}, files: map[string]string{"name": "@A@@B@",
		"prog.js": "console.log(Bun.spawnSync(['cp', '-v', '/dev/null', await Bun.file('name').text()], {stdio: ['inherit', 'inherit', 'inherit']}).exitCode)\n"}},
	{name: "rust", needs: []string{"launch-rust"}, argv: []string{"launch-rust", "@A@", "@B@"}},
	{name: "dynamic Go", needs: []string{"launch-go-dynamic"}, argv: []string{"launch-go-dynamic", "@A@", "@B@", "keep"}},
	{name: "32 bits", needs: []string{"launch-32"}, argv: []string{"launch-32", "execve", "@A@", "@B@"}, noise: "(wrong ELF class: ELFCLASS64): ignored."},
}

// doors are the modes of testdata/launch.c.
var doors = []string{
	"execve", "execve-empty-env", "execve-null-env", "clearenv", "execv", "execvp", "execvpe", "execl", "execle", "execlp",
	"fexecve", "execveat", "syscall", "vfork", "posix_spawn", "posix_spawnp", "system", "popen", "wordexp", "thread-execve", "thread-execlp",
}

// cases are the launchers with those in C, one for each door and libc.
func cases() []launcher {
	all := slices.Concat(launchers, others)
	for _, prog := range []string{"launch", "launch-musl"} {
		for _, door := range doors {
			all = append(all, launcher{name: prog + " " + door, needs: []string{prog}, argv: []string{prog, door, "@A@", "@B@"}})
		}
	}
	return all
}

// fill puts the two words in.
func (l launcher) fill(a, b string) launcher {
	r := strings.NewReplacer("@A@", a, "@B@", b)
	l.stdin = r.Replace(l.stdin)
	l.argv = slices.Clone(l.argv)
	for i := range l.argv {
		l.argv[i] = r.Replace(l.argv[i])
	}
	if path, ok := built[l.argv[0]]; ok {
		l.argv[0] = path
	}
	files := map[string]string{}
	for name, text := range l.files {
		files[r.Replace(name)] = r.Replace(text)
	}
	l.files = files
	return l
}

// in makes the launcher's files in a world.
func (l launcher) in(w *world) {
	for _, name := range slices.Sorted(maps.Keys(l.files)) {
		w.write(filepath.Join("home/app", name), l.files[name])
	}
}

// TestHarmless runs each launcher's harmless twin bare and guarded: nothing
// may tell the runs apart.
func TestHarmless(t *testing.T) {
	t.Parallel()
	for _, l := range cases() {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			need(t, l.needs...)
			l := l.fill("ALLO", "WED")
			run := func(layer string) (*world, result) {
				w := newWorld(t)
				l.in(w)
				return w, w.do(layer, l.stdin, l.argv...)
			}
			plain, want := run(bare)
			if !plain.has("ALLOWED") {
				t.Fatalf("the bare run makes no mark: %+v", want)
			}
			for _, layer := range withKernel() {
				t.Run(layer, func(t *testing.T) {
					w, got := run(layer)
					w.t = t
					if l.noise != "" {
						got.stderr = strings.Join(slices.DeleteFunc(strings.SplitAfter(got.stderr, "\n"), func(line string) bool { return strings.Contains(line, l.noise) }), "")
					}
					w.same(want, got)
					if !w.has("ALLOWED") {
						t.Error("no mark")
					}
					w.clean()
				})
			}
		})
	}
}

// TestForbidden runs each launcher's forbidden twin. What docs/interception.md
// says of it and the layer must be so: it leaves no mark and somebody is told
// why, or it is not seen.
func TestForbidden(t *testing.T) {
	t.Parallel()
	told := interceptions(t)
	rows := append(cases(), unreached...)
	for _, l := range rows {
		if told[l.name] == nil {
			t.Errorf("docs/interception.md has no row for %q", l.name)
		}
	}
	if len(told) != len(rows) {
		t.Errorf("docs/interception.md has %d rows, there are %d launchers", len(told), len(rows))
	}
	for _, l := range rows {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			need(t, l.needs...)
			l := l.fill("FORBID", "DEN")
			for _, layer := range withKernel() {
				t.Run(layer, func(t *testing.T) {
					w := newWorld(t)
					l.in(w)
					got := w.do(layer, l.stdin, l.argv...)
					seen := told[l.name][layer] == "refused"
					if w.has("FORBIDDEN") == seen {
						t.Errorf("docs/interception.md says %q, and it ran: %v: %+v", told[l.name][layer], w.has("FORBIDDEN"), got)
					}
					if seen && !strings.Contains(got.stdout+got.stderr, "this mark is not to be made") {
						t.Errorf("the reason is nowhere: %+v", got)
					}
					w.clean()
				})
			}
		})
	}
}

// interceptions reads the table of docs/interception.md: launcher, layer, what
// becomes of it.
func interceptions(t *testing.T) map[string]map[string]string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/interception.md")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]map[string]string{}
	_, rows, _ := strings.Cut(string(doc), "## The launchers")
	for line := range strings.Lines(rows) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 || strings.HasPrefix(strings.TrimSpace(cells[0]), "-") || strings.TrimSpace(cells[0]) == "launcher" {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		table[cells[0]] = map[string]string{wrapped: cells[1], preload: cells[2], kernel: cells[3]}
	}
	return table
}

// judged are launchers that strace watches as well.
var judged = []string{
	"bash", "bash word from a file", "bash stdin", "fish", "env -i", "unset LD_PRELOAD", "make", "find -exec", "xargs", "git alias",
	"python subprocess", "python os.execve", "python os.posix_spawn", "node spawn", "perl backticks",
	"launch vfork", "launch syscall", "launch system", "launch posix_spawn", "launch-musl vfork", "launch-musl system",
}

// TestForbiddenByStrace has strace say that the forbidden program never began: did
// nothing with any file.
func TestForbiddenByStrace(t *testing.T) {
	t.Parallel()
	need(t, "strace")
	for _, l := range cases() {
		if !slices.Contains(judged, l.name) {
			continue
		}
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			need(t, l.needs...)
			for _, twin := range []struct {
				a, b string
				runs bool
			}{{"FORBID", "DEN", false}, {"ALLO", "WED", true}} {
				l := l.fill(twin.a, twin.b)
				for _, layer := range guarded {
					w := newWorld(t)
					l.in(w)
					log := filepath.Join(w.root, "strace")
					argv := append([]string{"strace", "-f", "-qq", "-s", "4096", "-e", "trace=%file", "-e", "signal=none", "-o", log}, w.argv(layer, l.argv...)...)
					got := w.do(bare, l.stdin, argv...)
					trace, err := os.ReadFile(log)
					if err != nil {
						t.Fatal(err)
					}
					if ran := copied(string(trace), twin.a+twin.b); ran != twin.runs {
						t.Errorf("%s %s: ran is %v: %+v\n%s", layer, twin.a+twin.b, ran, got, trace)
					}
				}
			}
		})
	}
}

// copied tells whether a trace has a cp that did something with a name: an image
// may be in place before it is judged, but then it has not begun. What prints a
// refusal takes the refused program's argv[0], but is not it.
func copied(trace, name string) bool {
	is, starts := map[string]bool{}, map[string]bool{} // by pid: what it is, and what an exec that another line ends makes it
	for line := range strings.Lines(trace) {
		pid, call, _ := strings.Cut(strings.TrimSpace(line), " ")
		call = strings.TrimSpace(call)
		resumed := strings.Contains(call, "resumed>")
		switch {
		case strings.HasPrefix(call, "execve") || resumed && strings.Contains(call, "execve"):
			if !resumed {
				starts[pid] = strings.Contains(call, `["cp", `) && strings.Contains(call, name) && !strings.Contains(call, `/rampart-refused", `)
			}
			if strings.HasSuffix(call, "= 0") {
				is[pid] = starts[pid]
			}
		case is[pid] && strings.Contains(call, name):
			return true
		}
	}
	return false
}
