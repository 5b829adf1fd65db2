package shellparse

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// faultTexts start programs and touch files of every kind, each in a way that
// is predicted exactly.
var faultTexts = []string{
	"rm y", "x=rm; $x y; aa", "echo rm y | sh", "cat a > out", "cat a b", "cp a d/new", "rm a", "mv a d/", "f() { aa b; }; f", "eval 'aa; bb'", "while read l; do aa $l; done < list",
	"(cd d; cat x)", "sh -c 'rm y'", "for i in 1 2; do aa $i; done", "touch n; rm n", "sed -i s/1/2/ a", "tee t < a", "trap 'aa b' EXIT",
}

// A check that can't fail shows nothing. Each fault here is put in on purpose
// and has to be found.
func TestSoundnessFindsFaults(t *testing.T) {
	files := buildSoundRig(t)
	rig := files.start(t)
	drop := func(kind Kind) func(*string, *Result) {
		return func(_ *string, r *Result) {
			r.Effects = slices.DeleteFunc(slices.Clone(r.Effects), func(e Effect) bool { return e.Kind == kind && !e.Builtin })
		}
	}
	for _, fault := range []struct {
		name  string
		spoil func(*string, *Result)
		least int // texts of faultTexts in which it must show
	}{
		{"none", nil, 0},
		{"no execs", drop(Exec), len(faultTexts) - 1},
		{"no reads", drop(Read), 5},
		{"no writes", drop(Write), 5},
		{"no deletes", drop(Delete), 2},
		{"the last exec", func(_ *string, r *Result) {
			for i := len(r.Effects) - 1; i >= 0; i-- {
				if r.Effects[i].Kind == Exec && !r.Effects[i].Builtin {
					r.Effects = slices.Delete(slices.Clone(r.Effects), i, i+1)
					return
				}
			}
		}, len(faultTexts) - 1},
		{"another argument", func(_ *string, r *Result) {
			r.Effects = slices.Clone(r.Effects)
			for i, e := range r.Effects {
				if e.Kind == Exec && !e.Builtin && len(e.Argv) > 1 {
					r.Effects[i].Argv = append(slices.Clone(e.Argv[:len(e.Argv)-1]), Value{Text: "other"})
				}
			}
		}, len(faultTexts) / 2},
		{"another path", func(_ *string, r *Result) {
			r.Effects = slices.Clone(r.Effects)
			for i := range r.Effects {
				if r.Effects[i].Path != "" {
					r.Effects[i].Path += "x"
				}
			}
		}, 8},
		{"a program put in", func(text *string, _ *Result) { *text += "\nbb hidden\n" }, len(faultTexts) - 1},
		{"a file put in", func(text *string, _ *Result) { *text = "(: > hidden)\n" + *text }, len(faultTexts) - 1},
	} {
		c := newSoundCheck(t)
		c.spoil = fault.spoil
		found := 0
		for _, text := range faultTexts {
			failures := c.try(rig, trial{text: text, withFS: true, real: true}, c.shells[:1], false)
			if len(failures) > 0 {
				found++
			}
			if fault.spoil == nil {
				for _, f := range failures {
					t.Errorf("%s", f)
				}
			}
		}
		t.Logf("%-17s found in %d of %d", fault.name, found, len(faultTexts))
		if found < fault.least {
			t.Errorf("%s: found in %d texts, must show in %d", fault.name, found, fault.least)
		}
	}
}

// parserFaults are texts that run rm in the shell named and that a plain parse
// takes for something else. Judged by such a parse, and run as they are, each
// has to be found; made canonical they are sound.
var parserFaults = []struct{ shells, text string }{
	{"bash dash zsh mksh busybox", "echo a #c\\\nrm y"},
	{"bash dash zsh mksh busybox", "export x #c\\\nrm y"},
	{"bash dash zsh mksh busybox", "echo a\r#b; rm y"},
	{"bash dash zsh mksh busybox", "echo a\\\r\nrm y"},
	{"bash", "<&-rm y"},
	{"bash", ">&-rm y"},
	{"bash", "3<&-rm y"},
	{"bash dash zsh mksh busybox", "let 1|rm y"},
	{"bash dash zsh mksh busybox", "let a=1&rm y"},
	{"bash", "coproc rm y|cat"},
	{"zsh", "=rm y"},
}

// naiveEffects judges a text by the parser's tree of it, without an emitter.
func naiveEffects(in *Input, text string) []Effect {
	lang, _ := canonLang(in.Dialect)
	f, err := canonParse(text, lang)
	if err != nil {
		return nil
	}
	a := &analyzer{in: in, dialect: in.Dialect}
	a.unit = &unit{c: &canonical{text: text, file: f}, fixed: &Span{}}
	stdin := unknown(nil)
	a.stmts(a.start(), f.Stmts, stdio{in: &stdin})
	return a.res.Effects
}

func TestSoundnessFindsParserFaults(t *testing.T) {
	rig := buildSoundRig(t).start(t)
	c := newSoundCheck(t)
	for _, row := range parserFaults {
		for _, sh := range c.shells {
			tr := trial{text: row.text, withFS: true}
			if !slices.Contains(strings.Fields(row.shells), sh.name) {
				continue
			}
			text, program := row.text, "rm"
			if sh.name == "busybox" { // which has an rm of its own, and starts none
				text, program = strings.ReplaceAll(text, "rm", "aa"), "aa"
			}
			run, err := rig.run(soundJob{argv: append(slices.Clone(sh.argv), "-c", text), ms: 5000})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(run.execs, func(a []string) bool { return slices.Equal(a, []string{program, "y"}) }) {
				t.Errorf("%s: %q does not run %s: %q", sh.name, text, program, run.execs)
			}
			in := c.input(tr, sh)
			in.Dialect = Bash // as a guard would that knows no other grammar
			if failures := c.judge(tr, sh, text, naiveEffects(in, text), false, run, false); len(failures) == 0 {
				t.Errorf("%s: %q as it is, judged by a plain parse: nothing was found", sh.name, text)
			}
		}
		for _, f := range c.try(rig, trial{text: row.text, withFS: true}, c.shells, false) {
			t.Errorf("%s", f)
		}
	}
}

// TestSoundnessTables holds the tables of this package against every shell: a
// part of them, or all with RAMPART_TABLES=all.
func TestSoundnessTables(t *testing.T) {
	stride := 16
	if os.Getenv("RAMPART_TABLES") == "all" {
		stride = 1
	}
	rig := buildSoundRig(t).start(t)
	c := newSoundCheck(t)
	var texts []string
	for _, rows := range [][]effectRow{disguises, moreDisguises, downloads, leaks, effectTable} {
		for _, r := range rows {
			texts = append(texts, r.text)
		}
	}
	for _, d := range differentials {
		texts = append(texts, d.text)
	}
	texts = append(texts, fileCommands...)
	for i := 0; i < len(texts); i += stride {
		for _, f := range c.try(rig, trial{text: texts[i], withFS: true, real: i%2 == 0}, c.shells, true) {
			t.Errorf("%s", f)
		}
	}
	t.Logf("%d programs, %d execs, %d covered exactly", len(texts)/stride, c.stats.execs[1]+c.stats.execs[2]+c.stats.execs[3], c.stats.execs[byExact])
}
