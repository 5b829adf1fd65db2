package shellparse

import "strings"

// just runs the recipes of a justfile.
func (a *analyzer) just(c *call) {
	f := str{}
	for _, n := range []string{"justfile", "Justfile", ".justfile"} {
		if f = a.codeText(c, lit(n)); f.known() && f.t != "" {
			break
		}
	}
	for i := range c.args {
		a.carry(c, &c.args[i])
		if c.args[i].role == "r" {
			f = a.codeText(c, c.args[i].val)
		}
	}
	if f.known() && f.t != "" && !c.on("list") {
		var want []string
		for _, t := range c.all("target") {
			want = append(want, t.prefix())
		}
		a.inFileDo(c.cmd.span, func() { a.justRecipes(c, f.t, want) })
	}
	a.finishCall(c)
}

func (a *analyzer) justRecipes(c *call, t string, want []string) {
	type recipe struct{ needs, lines []string }
	recipes, first, now := map[string]*recipe{}, "", (*recipe)(nil)
	for line := range strings.SplitSeq(t, "\n") {
		switch {
		case strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t"):
			if now != nil {
				now.lines = append(now.lines, line)
			}
		case strings.TrimSpace(line) == "" || line[0] == '#' || line[0] == '[':
		default:
			now = nil
			head, needs, ok := strings.Cut(line, ":")
			if !ok || strings.HasPrefix(needs, "=") {
				if i := strings.IndexByte(line, '`'); i >= 0 { // x := `command`
					if end := strings.IndexByte(line[i+1:], '`'); end >= 0 {
						a.ownScript(c, lit(line[i+1:i+1+end]))
					}
				}
				continue
			}
			name := strings.TrimPrefix(strings.Fields(head + " x")[0], "@")
			now = &recipe{needs: strings.Fields(needs)}
			recipes[name] = now
			if first == "" {
				first = name
			}
		}
	}
	if len(want) == 0 && first != "" {
		want = []string{first}
	}
	seen := map[string]bool{}
	for n := 0; len(want) > 0 && n < maxRecipes && a.tick(1); n++ {
		r := recipes[want[0]]
		name := want[0]
		want = want[1:]
		if r == nil || seen[name] {
			continue
		}
		seen[name] = true
		for _, d := range r.needs {
			want = append(want, strings.Trim(d, "()&"))
		}
		text := ""
		for _, l := range r.lines {
			text += strings.TrimLeft(strings.TrimSpace(l), "@-") + "\n"
		}
		if strings.HasPrefix(text, "#!") {
			a.runShebang(c.cmd, "/tmp/just", lit(text))
			continue
		}
		a.ownScript(c, braced(text))
	}
}

// braced takes {{expression}} for what is not known.
func braced(t string) str {
	var b builder
	for t != "" {
		i := strings.Index(t, "{{")
		if i < 0 {
			break
		}
		b.lit(t[:i])
		end := strings.Index(t[i:], "}}")
		if end < 0 {
			t = t[i:]
			break
		}
		b.lit("${" + unknownName + "}")
		t = t[i+end+2:]
	}
	b.lit(t)
	return b.str()
}

// task runs the commands of a Taskfile: what stands under cmds and deps of the
// tasks asked for. Only the plain form of YAML that these files have is read.
func (a *analyzer) task(c *call) {
	f := str{}
	for _, n := range []string{"Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "Taskfile.dist.yml"} {
		if f = a.codeText(c, lit(n)); f.known() && f.t != "" {
			break
		}
	}
	for i := range c.args {
		a.carry(c, &c.args[i])
		if c.args[i].role == "r" {
			f = a.codeText(c, c.args[i].val)
		}
	}
	if f.known() && f.t != "" && !c.on("list") {
		want := []string{}
		for _, t := range c.all("target") {
			want = append(want, t.prefix())
		}
		if len(want) == 0 {
			want = []string{"default"}
		}
		tasks := taskfile(f.t)
		a.inFileDo(c.cmd.span, func() {
			seen := map[string]bool{}
			for len(want) > 0 && len(seen) < maxRecipes && a.tick(1) {
				t, name := tasks[want[0]], want[0]
				want = want[1:]
				if seen[name] {
					continue
				}
				seen[name] = true
				want = append(want, t.deps...)
				for _, l := range t.cmds {
					a.ownScript(c, braced(l))
				}
			}
		})
	}
	a.finishCall(c)
}

type taskEntry struct{ cmds, deps []string }

// taskfile reads the tasks of a Taskfile by their indentation.
func taskfile(t string) map[string]taskEntry {
	tasks := map[string]taskEntry{}
	inTasks, name, key := false, "", ""
	nameCol, block := -1, -1
	var text []string
	flush := func() {
		if len(text) > 0 && name != "" {
			e := tasks[name]
			e.cmds = append(e.cmds, strings.Join(text, "\n"))
			tasks[name] = e
		}
		text, block = nil, -1
	}
	for line := range strings.SplitSeq(t, "\n") {
		bare := strings.TrimSpace(line)
		col := len(line) - len(strings.TrimLeft(line, " "))
		if block >= 0 && (bare == "" || col > block) {
			text = append(text, bare)
			continue
		}
		flush()
		switch {
		case bare == "" || bare[0] == '#':
		case col == 0:
			inTasks = strings.HasPrefix(bare, "tasks:")
			nameCol = -1
		case !inTasks:
		case nameCol < 0 || col == nameCol:
			nameCol = col
			var rest string
			name, rest, _ = strings.Cut(bare, ":")
			name = strings.Trim(name, `'"`)
			key = ""
			if rest = strings.TrimSpace(rest); rest != "" && rest[0] != '{' && rest[0] != '[' {
				tasks[name] = taskEntry{cmds: []string{unquoteYAML(rest)}}
			}
		case strings.HasPrefix(bare, "- "):
			v := strings.TrimSpace(bare[2:])
			e := tasks[name]
			switch sub, isTask := strings.CutPrefix(v, "task:"); {
			case isTask:
				e.deps = append(e.deps, unquoteYAML(strings.TrimSpace(sub)))
			case key == "deps":
				e.deps = append(e.deps, unquoteYAML(v))
			case key == "cmds":
				v = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(v, "cmd:"), "defer:"))
				if v == "|" || v == ">" || v == "|-" || v == ">-" {
					block = col
					break
				}
				e.cmds = append(e.cmds, unquoteYAML(v))
			}
			tasks[name] = e
		default:
			k, v, _ := strings.Cut(bare, ":")
			key = k
			v = strings.TrimSpace(v)
			e := tasks[name]
			switch {
			case k == "cmd" && v != "" || k == "cmds" && v != "" && v[0] != '[':
				e.cmds = append(e.cmds, unquoteYAML(v))
			case k == "deps" && strings.HasPrefix(v, "["):
				for d := range strings.SplitSeq(strings.Trim(v, "[]"), ",") {
					e.deps = append(e.deps, unquoteYAML(strings.TrimSpace(d)))
				}
			case k == "cmds" && strings.HasPrefix(v, "["):
				for d := range strings.SplitSeq(strings.Trim(v, "[]"), ",") {
					e.cmds = append(e.cmds, unquoteYAML(strings.TrimSpace(d)))
				}
			}
			tasks[name] = e
		}
	}
	flush()
	return tasks
}

func unquoteYAML(v string) string {
	if n := len(v); n > 1 && (v[0] == '"' || v[0] == '\'') && v[n-1] == v[0] {
		q := v[:1]
		v = v[1 : n-1]
		if q == "'" {
			return strings.ReplaceAll(v, "''", "'")
		}
		return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(v)
	}
	return v
}
