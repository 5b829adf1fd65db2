package policy

import (
	"strings"

	"rampart/shellparse"
)

// longOf names, for programs whose options agents spell both ways, the long
// form of each short option. A flag in a rule and a flag on a command line are
// the same if their long forms are. Options without a long form of their own
// have the name that git or GNU gives to what they do.
var longOf = map[string]map[byte]string{
	"rm":         {'r': "recursive", 'R': "recursive", 'f': "force", 'i': "interactive", 'd': "dir", 'v': "verbose"},
	"cp":         {'r': "recursive", 'R': "recursive", 'a': "archive", 'f': "force", 'n': "no-clobber"},
	"mv":         {'f': "force", 'n': "no-clobber"},
	"ln":         {'s': "symbolic", 'f': "force"},
	"chmod":      {'R': "recursive", 'f': "silent"},
	"chown":      {'R': "recursive", 'f': "silent"},
	"chgrp":      {'R': "recursive", 'f': "silent"},
	"grep":       {'r': "recursive", 'R': "dereference-recursive"},
	"shred":      {'u': "remove", 'f': "force", 'z': "zero"},
	"git":        {'f': "force", 'd': "delete", 'D': "delete-force", 'n': "dry-run", 'm': "message", 'a': "all", 'p': "patch", 'B': "force-create", 'S': "staged", 'W': "worktree"},
	"docker":     {'f': "force", 'v': "volume", 'a': "all"},
	"podman":     {'f': "force", 'v': "volume", 'a': "all"},
	"crontab":    {'e': "edit", 'r': "remove", 'l': "list", 'u': "user"},
	"sed":        {'i': "in-place", 'e': "expression", 'n': "quiet"},
	"curl":       {'k': "insecure", 'd': "data", 'F': "form", 'T': "upload-file", 'o': "output", 'X': "request"},
	"kill":       {'l': "list", 's': "signal"},
	"nc":         {'e': "exec", 'c': "sh-exec", 'l': "listen"},
	"ncat":       {'e': "exec", 'c': "sh-exec", 'l': "listen"},
	"systemctl":  {'H': "host"},
	"terraform":  {},
	"kubectl":    {'f': "filename", 'n': "namespace", 'A': "all-namespaces"},
	"rsync":      {'a': "archive", 'r': "recursive", 'n': "dry-run"},
	"tar":        {'x': "extract", 'c': "create", 'f': "file", 't': "list"},
	"userdel":    {'r': "remove", 'f': "force"},
	"sudo":       {'l': "list", 'v': "validate", 'k': "reset-timestamp", 'V': "version", 'h': "help"},
	"powershell": {},
}

// takesValue names the options whose value is a word of its own, where rules
// look at the operands that follow.
var takesValue = map[string]string{
	"git":       " -C -c --git-dir --work-tree --namespace --exec-path --super-prefix --config-env --attr-source --conflict --unified -U --inter-hunk-context --pathspec-from-file ",
	"kubectl":   " -n --namespace --context --kubeconfig --cluster --user -s --server --token --as --as-group --request-timeout --cache-dir -v ",
	"helm":      " -n --namespace --kube-context --kubeconfig --registry-config ",
	"docker":    " -H --host -c --context --config -l --log-level ",
	"podman":    " --connection -c --url --log-level --root --runroot ",
	"aws":       " --profile --region --output --endpoint-url --query --ca-bundle --cli-read-timeout --cli-connect-timeout --color ",
	"gcloud":    " --project --account --configuration --format --verbosity --billing-project ",
	"az":        " --subscription --output -o --query ",
	"gh":        " -R --repo --hostname ",
	"npm":       " --prefix -w --workspace --registry --loglevel --userconfig -C ",
	"pnpm":      " -C --dir --filter -F --registry ",
	"yarn":      " --cwd --registry ",
	"cargo":     " --color --config -Z -C --manifest-path ",
	"systemctl": " -H --host -M --machine -t --type -p --property -n --lines -o --output ",
	"launchctl": " ",
	"defaults":  " -host ",
	"flyctl":    " -a --app ",
	"heroku":    " -a --app ",
	"rampart":   " --config --profile --mode --audit-dir --agent --kernel ",
	"mount":     " -t -o -O -L -U --types --options --source --target ",
	"vercel":    " --token -t --cwd --scope -S ",
	"make":      " -C --directory -f --file --makefile -I --include-dir -o --old-file -W --what-if ",
	"terraform": " -var -var-file -target -replace -state -backend-config -lock-timeout -parallelism ",
	"tofu":      " -var -var-file -target -replace -state -backend-config -lock-timeout -parallelism ",
	"pulumi":    " -C --cwd -s --stack --color ",
	// After a first operand its own options count.
	"docker compose": " -f --file -p --project-name --profile --env-file --project-directory --ansi --parallel ",
	"podman compose": " -f --file -p --project-name --profile --env-file --project-directory --ansi --parallel ",
}

// gluedValue names the short options whose value may follow in the same word,
// so that the letters after them are no flags.
var gluedValue = map[string]string{
	"git":  "bBmUXcCFo",
	"tar":  "fCbTXIg",
	"curl": "dFToXHuAbeKmwxYyz",
}

// flagForms are the ways one wanted flag may stand on a command line.
type flagForms struct {
	long   string
	shorts string    // every one of these letters means it
	end    bool      // "--"
	all    *flagNeed // of a cluster like -rf: the flags that it stands for, all of them
}

// flagNeed is one entry of `flags`: at least one of its forms must be there.
type flagNeed struct {
	forms []flagForms
	every bool // all of them must be
	// by is set for a rule that names no program: what the flag is depends on
	// the program that it stands behind.
	by map[string]*flagNeed
}

// compileFlag reads an entry of `flags`: a name with or without dashes,
// alternatives separated by '|', in the vocabulary of the rule's programs.
// "--" is the end of options itself; of a cluster like -rf every letter must be
// there, in one word or in several.
func compileFlag(entry string, programs []string) flagNeed {
	need := compileFlagFor(entry, programs)
	if len(programs) == 0 {
		need.by = map[string]*flagNeed{}
		for program := range longOf {
			own := compileFlagFor(entry, []string{program})
			need.by[program] = &own
		}
	}
	return need
}

// spoken returns the programs that a flag's spelling may depend on: those whose
// spellings are known, and one for all others.
func spoken(programs []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, p := range programs {
		key := p
		if longOf[p] == nil {
			key = ""
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, p)
		}
	}
	return out
}

func compileFlagFor(entry string, programs []string) flagNeed {
	var need flagNeed
	for _, word := range strings.Split(entry, "|") {
		word = strings.TrimSpace(word)
		if word == "--" {
			need.forms = append(need.forms, flagForms{end: true})
			continue
		}
		name := strings.TrimLeft(word, "-")
		need.forms = append(need.forms, flagOf(name, programs))
		if strings.HasPrefix(word, "--") || len(name) < 2 || !isCluster(name, word, programs) {
			continue
		}
		all := flagNeed{every: true}
		for _, letter := range name {
			all.forms = append(all.forms, flagOf(string(letter), programs))
		}
		need.forms = append(need.forms, flagForms{all: &all})
	}
	return need
}

// isCluster reports whether a word may be several letters: each is known for a
// program, or the word has a dash and no program is known to spell it out.
func isCluster(name, word string, programs []string) bool {
	known := len(programs) > 0
	for _, program := range programs {
		for i := range len(name) {
			known = known && longOf[program][name[i]] != ""
		}
		for _, long := range longOf[program] {
			if long == name {
				return false
			}
		}
	}
	return known || len(word) == len(name)+1 && len(name) <= 3
}

// flagOf returns the forms of one flag, with the spellings that the programs
// have for it.
func flagOf(name string, programs []string) flagForms {
	f := flagForms{long: name}
	if len(name) == 1 {
		f = flagForms{shorts: name}
	}
	for _, program := range programs {
		for letter, long := range longOf[program] {
			if name == long || name == string(letter) {
				f.long = long
			}
		}
	}
	for _, program := range programs {
		for letter, long := range longOf[program] {
			if long == f.long && !strings.Contains(f.shorts, string(letter)) {
				f.shorts += string(letter)
			}
		}
	}
	return f
}

// met reports whether argv carries the flag. An argument of which nothing is
// known is not taken for it: that is what `unresolved` is for.
func (n *flagNeed) met(program string, argv []shellparse.Value) tri {
	if own := n.by[program]; own != nil {
		n = own
	}
	best := no
	for i := range n.forms {
		f := &n.forms[i]
		var t tri
		if f.all != nil {
			t = f.all.met("", argv)
		} else {
			t = f.met(argv)
		}
		switch {
		case n.every && t == no:
			return no
		case n.every && i > 0:
			best = min(best, t)
		default:
			best = max(best, t)
		}
	}
	return best
}

func (f *flagForms) met(argv []shellparse.Value) tri {
	answer, glued := no, ""
	for i := range argv {
		if i == 0 {
			glued = gluedValue[base(argv[0].Text)]
			continue
		}
		a := &argv[i]
		if a.Certainty == shellparse.Unknown || len(a.Text) < 2 || a.Text[0] != '-' {
			if a.Certainty == shellparse.Exact && i == 1 && f.bundled(argv[0].Text, a.Text) {
				return yes
			}
			continue
		}
		if a.Text == "--" {
			if f.end {
				return yes
			}
			break
		}
		if f.isIn(a.Text, glued) {
			if a.Certainty == shellparse.Exact {
				return yes
			}
			answer = maybe
		}
	}
	return answer
}

// bundled is tar's old style, in which the first word is flags without a dash.
func (f *flagForms) bundled(program, word string) bool {
	return base(program) == "tar" && strings.ContainsAny(word, f.shorts)
}

func (f *flagForms) isIn(arg, glued string) bool {
	if f.end {
		return false
	}
	if strings.HasPrefix(arg, "--") {
		name := arg[2:]
		if i := strings.IndexByte(name, '='); i >= 0 {
			name = name[:i]
		}
		// GNU programs take any unambiguous beginning of a long option.
		return f.long != "" && (name == f.long || len(name) >= 2 && strings.HasPrefix(f.long, name))
	}
	name := arg[1:]
	if f.long != "" && (name == f.long || strings.HasPrefix(name, f.long) && name[len(f.long)] == '=') {
		return true // find -delete, terraform -auto-approve=true
	}
	if f.shorts == "" || '0' <= name[0] && name[0] <= '9' {
		return false
	}
	if i := strings.IndexAny(name, glued); i >= 0 {
		name = name[:i+1]
	}
	return strings.ContainsAny(name, f.shorts)
}

// operands calls f with the arguments that are neither options nor, as far as
// takesValue knows, their values, until f returns false.
func operands(program string, argv []shellparse.Value, f func(*shellparse.Value) bool) {
	valued, first := takesValue[program], true
	for i := 1; i < len(argv); i++ {
		a := &argv[i]
		if a.Certainty == shellparse.Exact && len(a.Text) > 1 && a.Text[0] == '-' {
			if a.Text == "--" {
				for i++; i < len(argv); i++ {
					if !f(&argv[i]) {
						return
					}
				}
				return
			}
			if valued != "" && strings.Contains(valued, " "+a.Text+" ") {
				i++
			}
			continue
		}
		if !f(a) {
			return
		}
		if first {
			first = false
			if own := takesValue[program+" "+a.Text]; own != "" {
				valued = own
			}
		}
	}
}

// operandGlob is one entry of `args`: words that the operands must begin with.
// The word '**' stands for any number of operands.
type operandGlob struct {
	words []textGlob
	skips []bool // this word is '**'
}

func compileOperands(entry string) operandGlob {
	var g operandGlob
	for _, w := range strings.Fields(entry) {
		g.words = append(g.words, compileText(w))
		g.skips = append(g.skips, w == "**")
	}
	return g
}

// match runs the words over the operands as a set of positions.
func (g *operandGlob) match(program string, argv []shellparse.Value) tri {
	all := uint64(1)<<len(g.words) - 1
	sure := g.closure(1)
	may := sure
	done := func(s uint64) bool { return s&(1<<len(g.words)) != 0 }
	operands(program, argv, func(v *shellparse.Value) bool {
		sure, may = g.step(sure, v, false), g.step(may, v, true)
		return !done(sure) && may&all != 0
	})
	switch {
	case done(sure):
		return yes
	case done(may):
		return maybe
	}
	return no
}

func (g *operandGlob) closure(states uint64) uint64 {
	for i, skip := range g.skips {
		if skip && states&(1<<i) != 0 {
			states |= 1 << (i + 1)
		}
	}
	return states
}

func (g *operandGlob) step(states uint64, v *shellparse.Value, guess bool) uint64 {
	next := states & (1 << len(g.words))
	for i := range g.words {
		if states&(1<<i) == 0 {
			continue
		}
		w := &g.words[i]
		switch {
		case g.skips[i]:
			next |= 1 << i
		case v.Certainty == shellparse.Exact && w.match(v.Text), w.all():
			next |= 1 << (i + 1)
		case guess && v.Certainty == shellparse.Pattern && patternMeets(v.Text, w):
			next |= 1 << (i + 1)
		}
	}
	return g.closure(next)
}

// patternMeets reports whether a Pattern and a glob can name the same text, and
// have some of it in common.
func patternMeets(pattern string, g *textGlob) bool {
	p, err := compileComponent(pattern, true)
	if err != nil {
		return true
	}
	c, err := compileComponent(strings.ReplaceAll(g.source, "[", "[[]"), false)
	return err != nil || c.double || c.intersects(&p) == byText
}

func base(path string) string {
	return path[strings.LastIndexAny(path, `/\`)+1:]
}
