package shellparse

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// knownRoles are the roles that [analyzer.carry] or a handler gives a meaning.
var knownRoles = strings.Fields(`_ r rw rabs rsend w meta d dir cwd u host send data sh code script cmd
	src dest destdir path addr member archive action xform prog ex setting giturl mount unset split replace
	rpath wpath latex gdbcmd makecode makefile worktree sql sqlwords sqlfile target tool dot smb module method dirprefix rawdata cookie
	gnuplot fromfile railscode pyrun cmdrest dirabs gitdir names
	loads gittemplate below envfile buildfile jars jarabs wgetrc wgetconfig sshopt execall tree patchfile strip config serves awkvar packed prefix wrapper header make tmpdir template suffix list urls keyfile far dtree device hostdev sendtree`)

// knownTraits are those that the code asks for.
var knownTraits = strings.Fields("sub posix long1 noopt net stdin decode env lang shell go unpacks run typed")

// TestRolesMeanSomething holds the roles against the code that asks for them.
func TestRolesMeanSomething(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(f, "_test.go") {
			code.Write(b)
		}
	}
	for _, role := range append(knownRoles, knownTraits...) {
		if role != "_" && !strings.Contains(code.String(), `"`+role+`"`) {
			t.Errorf("no code asks for %q", role)
		}
	}
}

func TestProgramTable(t *testing.T) {
	seen := map[string]bool{}
	for line := range strings.SplitSeq(programsText, "\n") {
		if line == "" || line[0] == '#' || line[0] == '\t' || line[0] == ' ' {
			continue
		}
		names, _, ok := strings.Cut(line, ":")
		if !ok {
			t.Errorf("no colon in %q", line)
			continue
		}
		for n := range strings.SplitSeq(names, ",") {
			n = strings.TrimSpace(n)
			if n == "" || seen[n] {
				t.Errorf("%q stands there twice, or is empty", n)
			}
			seen[n] = true
			checkProgram(t, n)
		}
	}
	if n := len(programNames()); n < 300 {
		t.Errorf("only %d programs", n)
	}
}

func checkProgram(t *testing.T, name string) {
	t.Helper()
	p := lookupProgram(name)
	if p == nil {
		t.Errorf("%s: not found", name)
		return
	}
	role := func(r string) {
		if r != "" && !slices.Contains(knownRoles, r) {
			t.Errorf("%s: no role %q", name, r)
		}
	}
	modes := map[string]bool{}
	for _, o := range p.options {
		role(o.role)
		modes[o.mode] = true
	}
	for _, o := range p.operands {
		role(o.role)
		if o.role == "" {
			t.Errorf("%s: an operand without a role", name)
		}
		for _, m := range []string{o.mode, o.unless} {
			if m != "" && !modes[m] {
				t.Errorf("%s: no option switches %q on", name, m)
			}
		}
	}
	for _, tr := range p.traits {
		key, val, _ := strings.Cut(tr, "=")
		if !slices.Contains(knownTraits, key) {
			t.Errorf("%s: no trait %q", name, key)
		}
		if key == "go" && handlers[val] == nil {
			t.Errorf("%s: no handler %q", name, val)
		}
	}
}

// The first command must not pay for a table of which it needs one line.
func TestProgramIndexIsQuick(t *testing.T) {
	saved := index.lines
	defer func() { index.lines = saved }()
	best := time.Hour
	for range 5 {
		start := time.Now()
		index.names = nil
		loadIndex()
		best = min(best, time.Since(start))
	}
	t.Logf("%v for %d programs", best, len(index.names))
}

func TestOptionsOfPrograms(t *testing.T) {
	for _, tt := range []struct{ argv, want string }{
		{"rm -rf a b", "d:a d:b rec"},
		{"rm --recurs a", "d:a rec"},
		{"rm -- -r a", "d:-r d:a"},
		{"cp -t d a b", "destdir:d src:a src:b into"},
		{"cp -td a", "destdir:d src:a into"},
		{"cp a b c", "src:a src:b dest:c"},
		{"grep x f g", "_:x r:f r:g"},
		{"grep -e x f", "_:x r:f given"},
		{"grep -ex f", "_:x r:f given"},
		{"sed -i s/a/b/ f", "prog:s/a/b/ rw:f inplace"},
		{"sed -n p f", "prog:p r:f quietly"},
		{"sort -o out in", "w:out r:in"},
		{"sort --output=out in", "w:out r:in"},
		{"head -n5 f", "_:5 r:f"},
		{"chmod -R 755 f", "_:755 meta:f rec"},
		{"gcc -o x y.c", "w:x r:y.c named"},
		{"cc1 -quiet -imultiarch m y.c -dumpdir a- -dumpbase y.c -dumpbase-ext .c -MD y.d -include z.h -mtune=generic -o /tmp/x.s", "_:m _:a- _:y.c _:.c w:y.d r:z.h w:/tmp/x.s r:y.c"},
		{"curl -sXPOST -d @f u", "method:POST data:@f u:u"},
	} {
		argv := strings.Fields(tt.argv)
		cmd := &command{st: &state{}}
		for _, w := range argv {
			cmd.argv = append(cmd.argv, field{str: lit(w)})
		}
		c := parseArgs(cmd, lookupProgram(argv[0]))
		var got []string
		for _, g := range c.args {
			got = append(got, g.role+":"+g.val.t)
		}
		for _, m := range c.modes {
			if m != "" {
				got = append(got, m)
			}
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.argv, s, tt.want)
		}
	}
}
