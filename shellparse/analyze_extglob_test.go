package shellparse

import (
	"os/exec"
	"testing"
)

// TestPatternInArray: what bash can't read in an array makes it run what stands on the
// lines behind it, in a function that nobody calls or as a here-document. The shell says
// which texts are such; none of them is given to one.
func TestPatternInArray(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not installed")
	}
	texts := []string{
		"f() { r=(@(a|b) z)\nrm y\n}",
		"f() { r=([0]=!(a))\nrm y\n}",
		"f() { r+=(a?(b))\nrm y\n}",
		"f() { declare -a r=(x +(b))\nrm y\n}",
		"f() { r=(a{b,*(c)})\nrm y\n}",
		"while false; do r=(@(a|b)); done <<\\E\nrm y\nE",
		"f() { g() { r=(@(a)); }\nrm y\n}",
		"shopt -s extglob; f() { r=(@(a))\nrm y\n}",
		"shopt extglob\nf() { r=(@(a))\nrm y\n}",
		"shopt -q extglob\nf() { r=(@(a))\nrm y\n}",
		"shopt -su extglob\nf() { r=(@(a))\nrm y\n}",
		"shopt() { :; }\nshopt -s extglob\nf() { r=(@(a))\nrm y\n}",
		"false && shopt -s extglob\nf() { r=(@(a))\nrm y\n}",
		"(shopt -s extglob)\nf() { r=(@(a))\nrm y\n}",
		"shopt -s extglob\nshopt -u extglob\nf() { r=(@(a))\nrm y\n}",
		"enable -n shopt\nshopt -s extglob\nf() { r=(@(a))\nrm y\n}",
		"shopt -s extglob <&9\nf() { r=(@(a))\nrm y\n}",
		"{ shopt -s extglob; } <&9\nf() { r=(@(a))\nrm y\n}",
		"shopt -so extglob\nf() { r=(@(a))\nrm y\n}",
		"shopt -sx extglob\nf() { r=(@(a))\nrm y\n}",
		"shopt -s EXTGLOB\nf() { r=(@(a))\nrm y\n}",
		"shopt -s ext_glob\nf() { r=(@(a))\nrm y\n}",
		"eval 'f() { r=(@(a|b) z)\nrm y\n}'",
		// These are read as they are meant.
		"shopt -s extglob\nf() { r=(@(a))\nrm y\n}",
		"shopt -s nullglob extglob\nf() { r=(!(a))\nrm y\n}",
		"f() { r=('@(a)' \"?(b)\" ${x%@(c)} $(aa))\nrm y\n}",
		"f() { r=(* a[bc] ?)\nrm y\n}",
	}
	var jobs []*rigJob
	for _, text := range texts {
		jobs = append(jobs, &rigJob{Argv: []string{"bash", "-c", text}, Standin: true})
	}
	rigRun(t, jobs)
	for i, j := range jobs {
		in := testInput(texts[i])
		in.Dialect = Bash
		if refused := Analyze(in).Refusal != ""; refused != (len(j.Ran) > 0) {
			t.Errorf("%q: refused %v, and bash ran %q", texts[i], refused, j.Ran)
		}
	}
	in := testInput("")
	in.Text, in.Argv = "", []string{"bash", "-O", "extglob", "-c", "r=(@(a))"}
	if r := Analyze(in); r.Refusal != "" {
		t.Errorf("%q: %s", in.Argv, r.Refusal)
	}
}
