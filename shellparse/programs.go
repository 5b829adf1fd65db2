package shellparse

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// The table of programs. Its format is described at its top.
//
//go:embed programs.txt
var programsText string

// program is what the table says about one program, or about one of its
// subcommands.
type program struct {
	name     string
	options  map[string]option
	operands []operand
	traits   []string
}

// option is an option that takes a value, or that changes what others mean.
type option struct {
	value    bool   // takes a value: attached, or the next argument
	attached bool   // the value is optional, and attached if there
	role     string // what the value is
	mode     string // what the option switches on
}

// operand is a place in the list of what is left when options are taken off.
type operand struct {
	role   string
	many   bool   // any number of them
	mode   string // only with this mode on
	unless string // only with this mode off
}

var index struct {
	once  sync.Once
	lines map[string]string // name -> the rest of its entry
	names []string
	done  sync.Map // name -> *program
}

// loadIndex splits the table into entries, without reading them.
func loadIndex() {
	index.lines = make(map[string]string, 1024)
	text := programsText
	for text != "" {
		end := 0
		for { // an entry goes on in indented lines
			nl := strings.IndexByte(text[end:], '\n')
			if nl < 0 {
				end = len(text)
				break
			}
			end += nl + 1
			if end == len(text) || (text[end] != ' ' && text[end] != '\t') {
				break
			}
		}
		entry := text[:end]
		text = text[end:]
		if entry[0] == '#' || entry[0] == '\n' {
			continue
		}
		names, rest, ok := strings.Cut(entry, ":")
		if !ok {
			continue
		}
		for names != "" {
			name, tail, _ := strings.Cut(names, ",")
			names = tail
			name = strings.TrimSpace(name)
			index.lines[name] = rest
			if strings.IndexByte(name, ' ') < 0 {
				index.names = append(index.names, name)
			}
		}
	}
	slices.Sort(index.names)
}

// programNames are the programs of the table, sorted.
func programNames() []string {
	index.once.Do(loadIndex)
	return index.names
}

// KnownPrograms returns the names that the table of programs has, sorted. The
// caller must not change it.
func KnownPrograms() []string { return programNames() }

// lookupProgram returns the entry of a program by its base name, or of a
// subcommand by "PROGRAM SUB"; nil if the table has none.
func lookupProgram(name string) *program {
	index.once.Do(loadIndex)
	if p, ok := index.done.Load(name); ok {
		return p.(*program)
	}
	rest, ok := index.lines[name]
	if !ok {
		short := withoutVersion(name)
		if short == name {
			return nil
		}
		if rest, ok = index.lines[short]; !ok {
			return nil
		}
	}
	p := parseProgram(name, rest)
	index.done.Store(name, p)
	return p
}

// withoutVersion takes python3.11, gcc-12 and lua5.4 for what they are.
func withoutVersion(name string) string {
	if strings.IndexByte(name, ' ') >= 0 {
		return name
	}
	short := strings.TrimRight(name, "0123456789.")
	short = strings.TrimSuffix(short, "-")
	if short == "" {
		return name
	}
	return short
}

// parseProgram reads one entry.
func parseProgram(name, text string) *program {
	p := &program{name: name, options: map[string]option{}}
	for _, tok := range strings.Fields(text) {
		switch {
		case tok[0] == '@':
			p.traits = append(p.traits, tok[1:])
		case (tok[0] == '-' || tok[0] == '+') && len(tok) > 1:
			p.parseOption(tok)
		default:
			p.operands = append(p.operands, parseOperand(tok))
		}
	}
	return p
}

func (p *program) parseOption(tok string) {
	var o option
	tok, o.mode, _ = strings.Cut(tok, "!")
	names, role, hasValue := strings.Cut(tok, "=")
	if hasValue {
		o.value, o.role = true, role
		if strings.HasSuffix(names, "?") {
			o.attached, names = true, strings.TrimSuffix(names, "?")
		}
	}
	for _, n := range strings.Split(names, "|") {
		p.options[n] = o
	}
}

func parseOperand(tok string) operand {
	var o operand
	tok, o.unless, _ = strings.Cut(tok, "/")
	tok, o.mode, _ = strings.Cut(tok, "?")
	o.role, o.many = strings.CutSuffix(tok, "*")
	return o
}

// trait reports whether the entry has @name, and the value of @name=value.
func (p *program) trait(name string) (string, bool) {
	for _, t := range p.traits {
		if t == name {
			return "", true
		}
		if len(t) > len(name) && t[len(name)] == '=' && t[:len(name)] == name {
			return t[len(name)+1:], true
		}
	}
	return "", false
}

// option finds an option by its spelling, or by an unambiguous beginning of a
// long one.
func (p *program) option(name string) (option, bool) {
	if o, ok := p.options[name]; ok {
		return o, true
	}
	if !strings.HasPrefix(name, "--") || len(name) < 4 {
		return option{}, false
	}
	var found option
	n := 0
	for k, o := range p.options {
		if strings.HasPrefix(k, name) {
			found = o
			n++
		}
	}
	return found, n == 1
}
