package policy

import "strings"

// Probe is a rule that stops something, with commands that it stops.
type Probe struct {
	File         string
	Line, Column int
	Rule         string // FILE:LINE
	Action       Action
	TextOnly     bool // it goes by how a command is spelled
	Commands     []string
}

// Probes returns the rules that stop commands, but for Rampart's own: with
// their examples, and commands made up from what their text globs say.
func (s *Set) Probes() []Probe {
	var out []Probe
	at := map[string]int{}
	for _, g := range s.groups {
		if g.tier == tierBuiltin {
			continue
		}
		for _, r := range g.rules {
			if r.action < Ask || r.webhook != nil || r.own != nil {
				continue
			}
			i, ok := at[r.ref]
			if !ok {
				i = len(out)
				at[r.ref] = i
				out = append(out, Probe{File: r.policy.source.name, Line: r.line, Column: r.column, Rule: r.ref, Action: r.action})
			}
			p := &out[i]
			p.TextOnly = p.TextOnly || r.textOnly()
			for _, e := range r.examples {
				if c := e.Call(); c.Tool == "exec" && c.OS == "" {
					p.Commands = append(p.Commands, c.Command)
				}
			}
			for i := range r.when.command {
				if text := r.when.command[i].invented(); text != "" {
					p.Commands = append(p.Commands, text)
				}
			}
		}
	}
	return out
}

// invented is a command that the glob matches, "" if none comes to mind.
func (g *textGlob) invented() string {
	text := strings.ReplaceAll(strings.Join(g.chunks, "x"), "?", "x")
	if text = strings.TrimSpace(text); g.match(text) {
		return text
	}
	text = strings.TrimSpace(strings.ReplaceAll(strings.Join(g.chunks, ""), "?", "x"))
	if g.match(text) {
		return text
	}
	return ""
}

// FlagSpellings returns other ways to write the options of a program's words,
// which mean the same: apart, together, in another order, by their long names.
func FlagSpellings(words []string) [][]string {
	longs := longOf[words[0]]
	if len(words) < 2 || len(longs) == 0 {
		return nil
	}
	var out [][]string
	for i, word := range words[1:] {
		if word == "--" {
			break
		}
		if len(word) < 2 || word[0] != '-' || word[1] == '-' {
			continue
		}
		letters := word[1:]
		if strings.ContainsAny(letters, gluedValue[words[0]]) {
			continue
		}
		with := func(middle ...string) {
			line := append(append(append([]string{}, words[:i+1]...), middle...), words[i+2:]...)
			out = append(out, line)
		}
		var apart, named []string
		reversed := ""
		for _, l := range letters {
			apart = append(apart, "-"+string(l))
			reversed = string(l) + reversed
			if long := longs[byte(l)]; long != "" && genuineLong(words[0]) {
				named = append(named, "--"+long)
			}
		}
		if len(letters) > 1 {
			with(apart...)
			with("-" + reversed)
		}
		if len(named) == len(letters) {
			with(named...)
		}
	}
	return out
}

// genuineLong reports whether the long names of a program's options are its
// own, and not only what they are called here.
func genuineLong(program string) bool {
	switch program {
	case "rm", "cp", "mv", "ln", "chmod", "chown", "chgrp", "grep", "shred", "sed", "tar":
		return true
	}
	return false
}
