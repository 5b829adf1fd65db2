package engine

import (
	"fmt"
	"strings"

	"rampart/policy"
)

// This file finds rules that are easily walked around, by writing a command in
// another way. Each finding is a command that was judged, and runs.

// walkarounds returns one for each rule that has some.
func (e *Engine) walkarounds(set *policy.Set) []policy.Problem {
	var out []policy.Problem
	for _, p := range set.Probes() {
		around, command := e.walkAround(&p)
		if around == "" {
			continue
		}
		advice := ""
		if p.TextOnly {
			advice = "; name program, args and flags, or effects, in place of the text"
		}
		out = append(out, policy.Problem{
			File: p.File, Line: p.Line, Column: p.Column,
			Message: fmt.Sprintf("stops %q and is walked around by %q%s", command, around, advice),
		})
	}
	return out
}

// walkAround tries other spellings of what a rule stops. Only commands that
// this very rule stops count, and spellings that nothing else stops.
func (e *Engine) walkAround(p *policy.Probe) (around, command string) {
	judge := func(text string) policy.Decision {
		return e.example(true)(&policy.Call{Tool: "exec", Command: text})
	}
	for _, text := range p.Commands {
		words := strings.Fields(text)
		if len(words) == 0 || strings.ContainsAny(text, "'\"\\`$|&;<>(){}*?[]#~=\n") {
			continue // one plain command says enough
		}
		d := judge(text)
		if d.Action < p.Action || d.Rule != p.Rule {
			continue
		}
		for _, other := range otherSpellings(words, p.TextOnly) {
			if d := judge(other); d.Action < policy.Ask {
				return other, text
			}
		}
	}
	return "", ""
}

// otherSpellings are lines that do what the words do.
func otherSpellings(words []string, equivalents bool) []string {
	line := strings.Join(words, " ")
	name := words[0]
	rest := strings.TrimPrefix(line, name)
	var out []string
	for _, w := range policy.FlagSpellings(words) {
		out = append(out, strings.Join(w, " "))
	}
	if name == "git" && len(words) > 1 && !strings.HasPrefix(words[1], "-") {
		out = append(out, "git -C ."+rest, "git -c color.ui=never"+rest)
	}
	if option := harmless[name]; option != "" {
		out = append(out, name+" "+option+rest, line+" "+option)
	}
	if equivalents {
		for _, f := range sameByOthers[name] {
			if other := f(words); other != "" {
				out = append(out, other)
			}
		}
	}
	return append(out,
		`"`+name+`"`+rest, `\`+line, "X="+name+"; $X"+rest, "command "+line, "env "+line, "nice "+line,
		"sh -c '"+line+"'", "eval '"+line+"'", "true && "+line, "cd . && "+line)
}

// harmless are options that change nothing about what a program does, and may
// stand before or behind its operands.
var harmless = map[string]string{
	"rm": "-v", "cp": "-v", "mv": "-v", "ln": "-v", "chmod": "-v", "chown": "-v", "chgrp": "-v", "shred": "-v", "mkdir": "-v", "rsync": "-v", "curl": "-s",
	"terraform": "-no-color", "tofu": "-no-color", "kubectl": "--v=0", "helm": "--debug", "npm": "--silent", "cargo": "-q",
	"aws": "--no-cli-pager", "gcloud": "--quiet", "systemctl": "--quiet", "pip": "-q",
}

// sameByOthers do what a program does by another one.
var sameByOthers = map[string][]func(words []string) string{
	"cat":  {withProgram("tac"), withProgram("tail -n +1"), withProgram("sed p")},
	"head": {withProgram("cat")},
	"tail": {withProgram("cat")},
	"curl": {withProgram("wget -qO-")},
	"wget": {withProgram("curl -s")},
	"rm": {func(words []string) string {
		if n := len(words); n > 2 && strings.HasPrefix(words[1], "-") && strings.ContainsAny(words[1], "rR") {
			return "find " + words[n-1] + " -delete"
		}
		return ""
	}},
}

func withProgram(other string) func([]string) string {
	return func(words []string) string {
		for _, w := range words[1:] {
			if strings.HasPrefix(w, "-") {
				return ""
			}
		}
		if len(words) < 2 {
			return ""
		}
		return other + " " + strings.Join(words[1:], " ")
	}
}
