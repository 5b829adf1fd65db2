package shellparse

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// emitOptions are the options that change how the lines after them are read,
// or make data into code, by dialect. Names are without "_" and case.
//
// With history and histexpand on, bash replaces `!r` and `^a^b` in the text it
// is about to parse, also in the text of -c: what runs is not what was judged.
var emitOptions = map[Dialect]map[string]string{
	Bash: {
		"history":    "with the history on, bash replaces ! and ^ in the lines that follow",
		"histexpand": "with the history on, bash replaces ! and ^ in the lines that follow",
		"H":          "with the history on, bash replaces ! and ^ in the lines that follow",
		"extdebug":   "with extdebug on, a trap decides which of the commands that follow run",
	},
	Zsh: {
		"globsubst":      "with globsubst, zsh takes values for patterns, and patterns can run code",
		"cshjunkieloops": "with this option zsh reads the lines that follow in another way",
		"cshjunkiequote": "with this option zsh reads the lines that follow in another way",
		"ignorebraces":   "with this option zsh reads the lines that follow in another way",
		"i":              "with this option zsh reads the lines that follow in another way", // -I
		"rcquotes":       "with this option zsh reads the lines that follow in another way",
		"kshglob":        "with this option zsh reads the lines that follow in another way",
		"shglob":         "with this option zsh reads the lines that follow in another way",
	},
}

// emitTables are arrays that are the shell's own tables of what names run.
var emitTables = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Fields("BASH_CMDS BASH_ALIASES options aliases galiases saliases functions commands nameddirs dis_aliases dis_functions dis_galiases dis_saliases") {
		m[name] = true
	}
	return m
}()

// table refuses an assignment to one of emitTables.
func (e *emitter) table(l *syntax.Lit) {
	if name := l.Value; emitTables[name] && (e.dialect == Zsh || e.dialect == Bash && strings.HasPrefix(name, "BASH")) {
		e.refuse(int(l.ValuePos.Offset()), int(l.ValueEnd.Offset()), "an assignment to "+name+" changes which program a name runs, or how text is read; use another name")
	}
}

// option refuses a command that sets one of emitOptions.
func (e *emitter) option(name string, args []*syntax.Word) {
	table := emitOptions[e.dialect]
	if e.dialect == POSIX {
		table = emitOptions[Bash] // sh may be bash
	}
	if table == nil {
		return
	}
	for i, w := range args {
		text, ok := emitStatic(w)
		switch {
		case !ok && name == "set" && i > 0 && args[i-1].Lit() == "-o", !ok && name != "set" && name != "emulate":
			e.refuse(int(w.Pos().Offset()), int(w.End().Offset()), "an option of the shell that is not known could change how the lines after it are read; write its name")
		case !ok:
			continue
		}
		if text == "--" || text == "-" {
			return
		}
		if name == "emulate" && (text == "sh" || text == "ksh" || text == "csh") {
			text = "globsubst"
		}
		if i := strings.IndexByte(text, 'o'); e.dialect == Zsh && i > 0 && text[0] == '-' && text[1] != '-' {
			text = text[i+1:] // -oNAME
		}
		why := table[strings.ToLower(strings.ReplaceAll(strings.TrimLeft(text, "-"), "_", ""))]
		if len(text) > 1 && text[0] == '-' && strings.IndexByte(text, 'H') > 0 {
			why = table["H"]
		}
		if why != "" {
			e.refuse(int(w.Pos().Offset()), int(w.End().Offset()), why)
		}
	}
}
