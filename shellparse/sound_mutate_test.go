package shellparse

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// soundSeeds are programs to start from: the tables of this package, the
// everyday commands, real ones when there are some to test with, and what the
// coverage of the parser's fuzzing has found worth to keep.
func soundSeeds() []string {
	var seeds []string
	for _, rows := range [][]effectRow{effectTable, disguises, moreDisguises, downloads, leaks} {
		for _, r := range rows {
			seeds = append(seeds, r.text)
		}
	}
	for _, p := range fidelityPrograms {
		seeds = append(seeds, p.text)
	}
	for _, d := range differentials {
		seeds = append(seeds, d.text)
	}
	seeds = append(seeds, fileCommands...)
	seeds = append(seeds, everydayCommands()...)
	seeds = append(seeds, corpusTexts(1<<20)...)
	return append(seeds, fuzzFound()...)
}

// fuzzFound reads the inputs that Go's fuzzer keeps since they reach code that
// no other reaches.
func fuzzFound() []string {
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		return nil
	}
	var found []string
	for _, dir := range []string{filepath.Join(strings.TrimSpace(string(cache)), "fuzz", "rampart", "shellparse"), "testdata/fuzz"} {
		files, _ := filepath.Glob(filepath.Join(dir, "Fuzz*", "*"))
		for _, f := range files {
			b, _ := os.ReadFile(f)
			for line := range strings.SplitSeq(string(b), "\n") {
				q, ok := strings.CutPrefix(line, "string(")
				if !ok {
					continue
				}
				if s, err := strconv.Unquote(strings.TrimSuffix(q, ")")); err == nil && len(s) < 2000 {
					found = append(found, s)
				}
			}
		}
	}
	return found
}

// disguise rewrites a program so that it does much the same in another way.
func disguise(g *soundGen, s string) string {
	switch g.IntN(16) {
	case 0:
		return "eval " + g.quoted(s)
	case 1:
		return g.pick("sh", "bash", "dash") + " -c " + g.quoted(s)
	case 2:
		return "f() {\n" + s + "\n}; f " + g.words()
	case 3:
		return "( " + s + "\n)"
	case 4:
		return "trap " + g.quoted(s) + " EXIT"
	case 5:
		return "x=" + g.quoted(s) + "; " + g.pick("eval \"$x\"", "sh -c \"$x\"", "$x", "echo \"$x\" | sh", "bash <<< \"$x\"", "eval $x", "${x}")
	case 6:
		return "cat > t.sh <<'EOT'\n" + s + "\nEOT\n" + g.pick("sh", ".", "bash") + " ./t.sh " + g.word()
	case 7:
		return "if " + g.cond() + "; then\n" + s + "\nfi"
	case 8:
		return "for x in " + g.words() + "; do\n" + s + "\ndone"
	case 9:
		return "echo $(" + s + "\n)"
	case 10:
		return "cd " + g.pick("d", "..", "ldir") + " && " + s
	case 11:
		return g.assign() + "; " + s
	}
	return otherWords(g, s)
}

// otherWords spells some words of a program in another way.
func otherWords(g *soundGen, s string) string {
	words := strings.Split(s, " ")
	for range 1 + g.IntN(2) {
		i := g.IntN(len(words))
		w := words[i]
		if w == "" || strings.ContainsAny(w, "'\"\\$`(){}<>|&;\n*?[~=") {
			continue
		}
		k := g.IntN(len(w) + 1)
		switch g.IntN(9) {
		case 0:
			w = "'" + w[:k] + "'" + w[k:]
		case 1:
			w = "\"" + w + "\""
		case 2:
			w = "$(echo " + w + ")"
		case 3:
			w = "$(printf %s " + w + ")"
		case 4:
			w = w[:k] + "$NOPE" + "\"\"" + w[k:]
		case 5:
			w = "${NOPE:-" + w + "}"
		case 6:
			w = w[:k] + "\\" + w[k:]
		case 7:
			words[0] = "x=" + w + "; " + words[0]
			if i > 0 {
				w = g.pick("$x", "\"$x\"", "${x}", "${x:0}", "${x%q}")
			}
		case 8:
			w = g.word()
		}
		if i == 0 && strings.HasPrefix(words[0], "x=") {
			w = words[0][:strings.Index(words[0], "; ")+2] + "$x"
		}
		words[i] = w
	}
	return strings.Join(words, " ")
}

// soundProgram is one program to try, and whether its file programs are real.
func soundProgram(r *rand.Rand, seeds []string) (text string, real bool) {
	g := &soundGen{Rand: r, real: r.IntN(3) == 0, posix: r.IntN(2) == 0}
	switch n := r.IntN(100); {
	case n < 55:
		text = g.program()
	case n < 85:
		text = seeds[r.IntN(len(seeds))]
		for range 1 + r.IntN(2) {
			if r.IntN(3) == 0 {
				text = mutate(r, text)
			} else {
				text = disguise(g, text)
			}
		}
	default:
		text = randomProgram(r)
		if r.IntN(3) == 0 {
			text = mutate(r, g.program())
		}
		if r.IntN(3) == 0 {
			text = strings.Replace(wrappings[r.IntN(len(wrappings))], "@", text, 1)
		}
	}
	return text, g.real
}

// generated is the program that two numbers stand for.
func generated(a, b uint64) string {
	g := &soundGen{Rand: rand.New(rand.NewPCG(a, b)), real: a%3 == 0, posix: b%2 == 0}
	return g.program()
}
