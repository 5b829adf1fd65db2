package shellparse

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// What it means that a prediction covers what a run did.
//
// A program that was started is covered by an Exec effect whose program is the
// base name of the file that ran, and whose arguments are those it got: an
// exact one byte for byte, a pattern by its glob, an unknown one, or a word that
// may be split, by any number of arguments. What comes about only if words are
// split covers like all else. An Exec of unknown program covers everything, files
// too: such texts are counted apart, since with nothing else a proof would be empty.
//
// The text of a shell that is started is compared in its canonical form.
// A shell that a program starts by system(3) to run a text (sh -c TEXT) is
// covered when each command of the text is. A script without an interpreter
// line is run by sh: what is predicted is the script. tar stands for the
// compressor that it starts as its filter.
//
// A file that was touched is covered by an effect of the same kind on the same
// path, on a directory above it when the effect is recursive, or by a pattern
// or an unknown path of that kind. When the analysis was not shown the file
// system, a path of its is taken through the links of the world as well. There are five exceptions, each for a fact
// of how programs work:
//   - what is written anew may be removed first (ln -f), and the other way
//     round (shred): Write and Delete cover each other;
//   - a program that runs is read: an Exec covers the Read of its file;
//   - directories made on the way to a file that is written (mkdir -p);
//   - a wildcard that matches nothing stands for itself;
//   - a temporary name of sed and its like beside a file that is written.

// cover says how well something is predicted.
type cover int

const (
	uncovered cover = iota
	byUnknown       // by an effect of which nothing is known
	byPattern       // by a pattern, or an unknown argument
	byExact         // to the last byte
)

// coverExec is how well the effects predict that a program starts.
func coverExec(effects []Effect, argv []string) cover {
	best := coverStart(effects, argv)
	for depth := 0; best == uncovered && depth < 2; depth++ {
		best = coverStart(effects, withCanonicalText(argv, depth))
	}
	if best == uncovered && compressor(argv) && slices.ContainsFunc(effects, func(e Effect) bool { return e.Kind == Exec && strings.HasSuffix(e.Program, "tar") }) {
		best = byPattern
	}
	if best != uncovered || argv[0] != "sh" || len(argv) < 2 {
		return best
	}
	if argv[1] != "-c" {
		for i := range effects { // a script without an interpreter line
			e := &effects[i]
			if e.Kind == Exec && len(e.Argv) > 0 && CoverArgs(e.Argv, argv[1:]) {
				return byPattern
			}
		}
		return uncovered
	}
	text := argv[len(argv)-1]
	if len(argv) == 4 && argv[2] != "--" || len(argv) > 4 {
		return uncovered
	}
	inner := Analyze(&Input{Text: text, Dialect: POSIX, Cwd: soundCwd, Home: soundHome, User: "dev", Env: soundEnvOf(false)})
	for i := range inner.Effects {
		e := &inner.Effects[i]
		if e.Kind == Exec && !slices.ContainsFunc(effects, func(f Effect) bool {
			return f.Kind == Exec && (f.Certainty == Unknown || f.Program == e.Program && len(f.Argv) == len(e.Argv))
		}) {
			return uncovered
		}
	}
	return byPattern
}

// compressor reports whether argv is a filter that tar starts for itself.
func compressor(argv []string) bool {
	if len(argv) == 3 && argv[0] == "sh" && argv[1] == "-c" {
		argv = strings.Fields(argv[2])
	}
	if len(argv) == 0 {
		return false
	}
	switch argv[0] {
	case "gzip", "bzip2", "xz", "zstd", "lzma":
		return !slices.ContainsFunc(argv[1:], func(s string) bool { return !strings.HasPrefix(s, "-") })
	}
	return false
}

// withCanonicalText is the argv of a shell, or of what starts one, with its
// text made canonical, as the text of a prediction is: by itself, or as one
// within another, where the patterns of case get parentheses.
func withCanonicalText(argv []string, depth int) []string {
	out := slices.Clone(argv)
	shell := Dialect(Foreign)
	for i, s := range argv {
		if d, ok := DialectOf(s); ok && shell == Foreign {
			shell = d
		} else if shell != Foreign && strings.ContainsAny(s, " \n;|&<>()") {
			if c, ref := new(knownTexts).canonicalize(textKey{text: s, dialect: shell}, depth); ref == nil {
				out[i] = c.text
			}
		}
	}
	return out
}

// coverStart is coverExec for a program that starts by itself.
func coverStart(effects []Effect, argv []string) cover {
	best := uncovered
	for i := range effects {
		e := &effects[i]
		if e.Kind != Exec {
			continue
		}
		c := uncovered
		switch {
		case e.Certainty == Unknown:
			c = byUnknown
		case len(e.Argv) == 0:
			continue
		case (e.Program == argv[0] || e.Argv[0].Certainty == Exact && path0(e.Argv[0].Text) == argv[0]) && CoverArgs(e.Argv[1:], argv[1:]):
			c = byExact
			for _, v := range e.Argv {
				if v.Certainty != Exact {
					c = byPattern
				}
			}
			if e.Certainty != Exact {
				c = byPattern
			}
		case e.Certainty == Pattern && globMatch(e.Program, argv[0]) && CoverArgs(e.Argv[1:], argv[1:]):
			c = byPattern
		}
		best = max(best, c)
	}
	return best
}

var temporaryName = regexp.MustCompile(`^(sed|XX|csplit|sort|gz|Cu)[A-Za-z0-9]{6}$|^0+$|^tmp\.`)

// coverFile is how well the effects predict that a file is touched.
func coverFile(effects []Effect, a access, withFS bool) cover {
	best := uncovered
	temporary := temporaryName.MatchString(path.Base(a.path))
	for i := range effects {
		e := &effects[i]
		switch e.Kind {
		case Exec:
			if e.Certainty == Unknown {
				best = max(best, byUnknown)
			}
			if a.kind == Read && e.Path == a.path {
				best = max(best, byExact)
			}
			continue
		case Read, Write, Delete:
		default:
			continue
		}
		if e.Kind != a.kind && (e.Kind == Read || a.kind == Read) {
			continue
		}
		best = max(best, coverPath(e, a, temporary))
		if !withFS {
			best = max(best, coverPath(throughLinks(e), a, temporary))
		}
	}
	return best
}

func coverPath(e *Effect, a access, temporary bool) cover {
	switch e.Certainty {
	case Unknown:
		return byUnknown
	case Pattern:
		made := a.kind == Write && e.Kind == Write && strings.HasPrefix(unescape(e.Path), a.path+"/") // on the way to what a wildcard stands for that matches nothing
		if made || globMatch(e.Path, a.path) || unescape(e.Path) == a.path || e.Recursive && globPrefix(e.Path, a.path) ||
			temporary && globMatch(path.Dir(e.Path), path.Dir(a.path)) {
			return byPattern
		}
	default:
		if e.Path == a.path || e.Recursive && strings.HasPrefix(a.path, strings.TrimSuffix(e.Path, "/")+"/") ||
			a.kind == Write && e.Kind == Write && strings.HasPrefix(e.Path, a.path+"/") ||
			temporary && path.Dir(e.Path) == path.Dir(a.path) {
			return byExact
		}
	}
	return uncovered
}

// globPrefix reports whether a glob matches a directory that p is below.
func globPrefix(glob, p string) bool {
	for p = path.Dir(p); len(p) > 1; p = path.Dir(p) {
		if globMatch(glob, p) {
			return true
		}
	}
	return false
}

// throughLinks is an effect with the links of the world resolved in its path.
func throughLinks(e *Effect) *Effect {
	for _, w := range soundWorldFiles {
		if w.kind != 'l' {
			continue
		}
		to := path.Join(path.Dir(w.path), w.content)
		if e.Path == w.path && e.Kind != Delete || strings.HasPrefix(e.Path, w.path+"/") {
			c := *e
			c.Path = to + strings.TrimPrefix(e.Path, w.path)
			return &c
		}
	}
	return e
}
