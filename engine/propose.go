package engine

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"rampart/policy"
	"rampart/shellparse"
)

// seen is what recorded Calls did that ran.
type seen struct {
	calls    int
	commands map[string]bool // texts of calls, to tell what is new from what is not
	programs map[string]*seenProgram
	writes   map[string]int // globs
	deletes  map[string]int // globs
	reads    map[string]int // globs, of tools that are no commands
	hosts    map[string]int
	tools    map[string]int // MCP and other tools
	from, to time.Time
}

type seenProgram struct {
	count        int
	subs         map[string]int // by first operand, of programs with subcommands
	bare         bool           // without an operand
	any          bool           // with operands that are no subcommands
	writesBlind  bool           // to files that were not known beforehand
	fetchesBlind bool
	samples      []string
	alsoCovers   []string
}

// multi are programs whose first operand says what they do.
const multi = " git npm pnpm yarn bun cargo go docker podman kubectl helm terraform tofu gh glab aws gcloud az make just systemctl brew " +
	"apt apt-get dnf pacman pip pip3 uv poetry rustup dotnet flyctl heroku vercel conda bundle rails mix nix composer gradle mvn rake deno "

var subcommand = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9:_.-]*$`) })

func newSeen() *seen {
	return &seen{
		commands: map[string]bool{}, programs: map[string]*seenProgram{}, writes: map[string]int{}, deletes: map[string]int{},
		reads: map[string]int{}, hosts: map[string]int{}, tools: map[string]int{},
	}
}

func (s *seen) add(r *Recorded, home string) {
	c := &r.Call
	if s.calls++; s.from.IsZero() {
		s.from = c.Time
	}
	s.to = c.Time
	s.commands[strings.TrimSpace(CommandLine(c))] = true
	isCommand := c.Tool == "exec"
	if len(c.Effects) == 0 && !isCommand {
		s.tools[c.Tool]++
	}
	var owner *seenProgram // effects are recorded behind the program they belong to
	for i := range c.Effects {
		x := &c.Effects[i]
		switch x.Kind {
		case shellparse.Exec:
			owner = s.program(x)
		case shellparse.Write, shellparse.Delete:
			to := s.writes
			if x.Kind == shellparse.Delete {
				to = s.deletes
			}
			switch g := placeGlob(x, c.Cwd, home); {
			case g != "":
				to[g]++
			case owner != nil:
				owner.writesBlind = true
			}
		case shellparse.Read:
			if g := placeGlob(x, c.Cwd, home); g != "" && !isCommand {
				s.reads[g]++
			}
		case shellparse.Fetch:
			switch {
			case x.Host != "" && x.Certainty == shellparse.Exact:
				s.hosts[x.Host]++
			case owner != nil:
				owner.fetchesBlind = true
			}
		}
	}
}

func (s *seen) program(x *shellparse.Effect) *seenProgram {
	if x.Builtin || x.Certainty != shellparse.Exact || x.Program == "" || strings.ContainsAny(x.Program, "*?!") {
		return nil
	}
	p := s.programs[x.Program]
	if p == nil {
		p = &seenProgram{subs: map[string]int{}}
		s.programs[x.Program] = p
	}
	p.count++
	if line := execWords(x); len(p.samples) < 3 && !slices.Contains(p.samples, line) {
		p.samples = append(p.samples, line)
	}
	switch sub, ok := policy.FirstOperand(x); {
	case !strings.Contains(multi, " "+x.Program+" ") || !ok || sub != "" && !subcommand().MatchString(sub):
		p.any = true
	case sub == "":
		p.bare = true
	default:
		p.subs[sub]++
	}
	return p
}

// placeGlob is the narrowest glob worth a rule that covers the path of an
// effect: a file in the working directory, else the directory that it is in;
// "" if it is not known.
func placeGlob(x *shellparse.Effect, cwd, home string) string {
	p := x.Path
	if x.Certainty == shellparse.Unknown || p == "" {
		return ""
	}
	whole := x.Recursive
	if x.Certainty == shellparse.Pattern {
		p = p[:strings.IndexAny(p+"*", "*?[\\")]
		if p = path.Dir(p + "x"); p == "/" {
			return ""
		}
		whole = true
	}
	if cwd != "" && cwd != "/" {
		switch {
		case p == cwd && whole:
			return "./**"
		case p == cwd:
			return "."
		}
		if rest, ok := strings.CutPrefix(p, cwd+"/"); ok {
			dir, _, deep := strings.Cut(rest, "/")
			if deep || whole {
				return "./" + literalGlob(dir) + "{,/**}"
			}
			return "./" + literalGlob(rest)
		}
	}
	dir := p
	if !whole {
		dir = path.Dir(p)
	}
	if dir == "/" || dir == home {
		return tilde(literalGlob(p), home) // nothing below it, however much was written
	}
	if strings.HasPrefix(dir, "/dev") {
		return p
	}
	if whole {
		return tilde(literalGlob(dir), home) + "{,/**}"
	}
	return tilde(literalGlob(dir), home) + "/*"
}

func tilde(p, home string) string {
	if rest, ok := strings.CutPrefix(p, home+"/"); ok && home != "" && home != "/" {
		return "~/" + rest
	}
	return p
}

var globSpecials = strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]", "{", "?", "}", "?", "$", "[$]", `\`, "?")

// literalGlob is the glob that matches this path, and hardly another.
func literalGlob(p string) string { return globSpecials.Replace(p) }

// Proposal is a policy that allows what was seen and asks about the rest.
type Proposal struct {
	YAML     []byte
	Calls    int
	From, To time.Time
	Covered  int
	// Left are calls that ran and would be stopped all the same, by what the
	// profile says or because nothing narrow covers them; with their number.
	Left []Change
}

// Propose makes the narrowest policy that is worth reading and covers what the
// trail says was run since a time. For a project it is only about what the
// owner's policy leaves open.
func (e *Engine) Propose(dir string, since time.Time, project bool) (*Proposal, error) {
	s := newSeen()
	if _, err := ReadRecorded(dir, since, func(r *Recorded) error {
		if r.Ran && !r.Cut && r.Call.Refusal == "" {
			s.add(r, e.cfg.Home)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	if s.calls == 0 {
		return nil, fmt.Errorf("nothing that ran is recorded in %s; work with rampart wrap for a while first", dir)
	}
	// What the rules cover besides is found out by trying.
	first, err := e.proposed(s.yaml(project), project)
	if err != nil {
		return nil, err
	}
	s.tryExamples(first)
	text, err := policy.Format("proposal", s.yaml(project))
	if err != nil {
		return nil, err
	}
	judge, err := e.proposed(text, project)
	if err != nil {
		return nil, err
	}
	p := &Proposal{YAML: text, Calls: s.calls, From: s.from, To: s.to}
	return p, p.check(judge, dir, since)
}

// proposed is an engine under the proposal alone, a project's beside standard.
func (e *Engine) proposed(text []byte, project bool) (*Engine, error) {
	sources := []policy.Source{{Name: "proposal", Data: text, Tier: policy.TierUser}}
	if project {
		std, err := policy.Profile("standard")
		if err != nil {
			return nil, err
		}
		sources = []policy.Source{std, {Name: "proposal", Data: text, Tier: policy.TierProject}}
	}
	set, err := policy.Compile(sources)
	if err != nil {
		return nil, err
	}
	cfg := e.cfg
	cfg.NoProject, cfg.FS, cfg.Policies = true, nil, &Policies{Set: set, Origin: "the proposal"}
	return New(cfg), nil
}

// check replays what was seen.
func (p *Proposal) check(judge *Engine, dir string, since time.Time) error {
	at := map[string]int{}
	_, err := ReadRecorded(dir, since, func(r *Recorded) error {
		if !r.Ran || r.Cut || r.Call.Refusal != "" {
			return nil
		}
		d := judge.JudgeRecorded(r)
		if d.Action < policy.Ask {
			p.Covered++
			return nil
		}
		call := Sanitize(CommandLine(&r.Call))
		key := d.Rule + "\x00" + call
		i, ok := at[key]
		if !ok {
			i = len(p.Left)
			at[key] = i
			p.Left = append(p.Left, Change{Before: r.Action.String(), After: d.Action.String(), Policy: d.Policy, Rule: d.Rule, Message: d.Message, Call: call})
		}
		p.Left[i].Count++
		return nil
	})
	return err
}

// tryExamples notes which of the commands that the profiles know would run
// under the proposal though they were never seen.
func (s *seen) tryExamples(judge *Engine) {
	std, err := LoadPolicies(PolicyOptions{Profile: "standard"})
	if err != nil {
		return
	}
	for _, c := range std.Set.Examples() {
		text := strings.TrimSpace(c.Command)
		if c.Tool != "exec" || text == "" || s.commands[text] {
			continue
		}
		c.Home, c.Cwd = exampleHome, exampleCwd
		if judge.Judge(&c).Action >= policy.Ask {
			continue
		}
		for i := range c.Effects {
			x := &c.Effects[i]
			if p := s.programs[x.Program]; x.Kind == shellparse.Exec && p != nil && len(p.alsoCovers) < 4 && !slices.Contains(p.alsoCovers, text) {
				p.alsoCovers = append(p.alsoCovers, text)
			}
		}
	}
}

// yaml writes the policy, with what each rule was made from and covers besides.
func (s *seen) yaml(project bool) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Made by rampart init --from-audit from %d calls that ran between %s and %s.", s.calls, day(s.from), day(s.to))
	line("# It allows what was seen and asks about the rest. Read what else each rule covers.")
	line("")
	line(`version: "1"`)
	if !project {
		line("extends: standard # what it stops stays stopped")
	}
	line("default_action: ask\n\npolicies:")
	s.yamlPrograms(line)
	if len(s.tools) > 0 {
		line("  - name: seen-tools\n    match: {tool: %s}", flowList(slices.Sorted(maps.Keys(s.tools))))
		line("    rules:\n      # also covers: these tools with any parameters")
		line("      - {action: allow}")
	}
	s.yamlFiles(line)
	s.yamlHosts(line)
	return []byte(b.String())
}

func (s *seen) yamlPrograms(line func(string, ...any)) {
	names := slices.Sorted(maps.Keys(s.programs))
	if len(names) == 0 {
		return
	}
	line("  - name: seen-programs\n    rules:")
	var plain []string
	for _, name := range names {
		p := s.programs[name]
		if p.any {
			plain = append(plain, name)
			continue
		}
		args := slices.Sorted(maps.Keys(p.subs))
		line("      # seen %d times: %s", p.count, commentText(strings.Join(p.samples, "; ")))
		line("      # also covers: these with any options and further operands%s", commentText(p.also()))
		switch {
		case len(args) > 0 && p.bare:
			line("      - {action: allow, when: [{program: %s, args: %s}, {program: %s, args: \"!*\"}]}", flowText(name), flowList(args), flowText(name))
		case len(args) > 0:
			line("      - {action: allow, when: {program: %s, args: %s}}", flowText(name), flowList(args))
		default:
			line("      - {action: allow, when: {program: %s, args: \"!*\"}}", flowText(name))
		}
	}
	if len(plain) == 0 {
		return
	}
	line("      # also covers: these programs with any arguments, as far as standard and the rules below let them")
	for _, name := range plain {
		p := s.programs[name]
		line("      # %s: seen %d times: %s%s", commentText(name), p.count, commentText(strings.Join(p.samples, "; ")), commentText(p.also()))
	}
	line("      - action: allow\n        when: {program: %s}", flowList(plain))
}

func (p *seenProgram) also() string {
	if len(p.alsoCovers) == 0 {
		return ""
	}
	return "; also covers: " + strings.Join(p.alsoCovers, "; ")
}

func (s *seen) yamlFiles(line func(string, ...any)) {
	line("  - name: seen-files\n    rules:")
	places(line, "writes", s.writes)
	places(line, "deletes", s.deletes)
	var blind []string
	for _, name := range slices.Sorted(maps.Keys(s.programs)) {
		if s.programs[name].writesBlind {
			blind = append(blind, name)
		}
	}
	if len(blind) > 0 {
		line("      # these wrote to files that were not known beforehand; also covers: any file that they write")
		line("      - {action: allow, when: {program: %s, writes: \"**\"}}", flowList(blind))
	}
	line("      - action: ask\n        when: {writes: \"**\"}\n        message: Writes where nothing was written before")
	if len(s.reads) > 0 {
		line("  - name: seen-reads\n    match: {tool: [read]}\n    rules:")
		places(line, "reads", s.reads)
	}
}

// places writes the rule that allows one kind of effect in some places.
func places(line func(string, ...any), key string, globs map[string]int) {
	if len(globs) == 0 {
		return
	}
	line("      # also covers: every other file in these places")
	line("      - action: allow\n        when:\n          %s:", key)
	for _, g := range slices.Sorted(maps.Keys(globs)) {
		line("            - %s # %d times", flowText(g), globs[g])
	}
}

func (s *seen) yamlHosts(line func(string, ...any)) {
	line("  - name: seen-hosts\n    rules:")
	if len(s.hosts) > 0 {
		line("      # also covers: every address at these hosts, and sending to them")
		line("      - {action: allow, when: {fetches: %s}}", flowList(slices.Sorted(maps.Keys(s.hosts))))
	}
	var blind []string
	for _, name := range slices.Sorted(maps.Keys(s.programs)) {
		if s.programs[name].fetchesBlind {
			blind = append(blind, name)
		}
	}
	if len(blind) > 0 {
		line("      # these went to hosts that were not known beforehand; also covers: any host that they contact")
		line("      - {action: allow, when: {program: %s, fetches: \"*\"}}", flowList(blind))
	}
	line("      - action: ask\n        when: {fetches: \"*\"}\n        message: Contacts a host that was not contacted before")
}

func flowText(s string) string { return fmt.Sprintf("%q", s) }

func flowList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = flowText(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// commentText is text that an agent chose, made fit for a comment.
func commentText(s string) string { return shorten(strings.ReplaceAll(Sanitize(s), "#", "♯"), 200) }
