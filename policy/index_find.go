package policy

import (
	"slices"
	"strings"

	"rampart/shellparse"
)

// has reports whether there are keys of a sort.
func (k *kindIndex) has(s keySort) bool { return k.sorts&(1<<s) != 0 }

func (k *kindIndex) lookup(key key, buf []int32) []int32 { return append(buf, k.keyed[key]...) }

// lookupGrams appends the rules about texts that have something in a row with s.
func (k *kindIndex) lookupGrams(s string, buf []int32) []int32 {
	if k.grams == nil {
		return buf
	}
	for i := range len(s) {
		if s[i] >= 0x80 {
			s = strings.ToLower(s) // of some letters it is ASCII
			break
		}
	}
	var b uint32
	for i := range len(s) {
		b = b<<8 | uint32(lower(s[i]))
		if i < gramLen-1 {
			continue
		}
		if word, bit := k.grams.place(b); k.grams[word]&bit != 0 {
			buf = append(buf, k.keyed[gramOf(b)]...)
		}
	}
	return buf
}

// lookupName appends the rules about a name, its beginning or its ending.
func (k *kindIndex) lookupName(s keySort, name string, buf []int32) []int32 {
	if k.has(s) {
		buf = k.lookup(s.of(name), buf)
	}
	for n := 1; n <= affixLen && n <= len(name); n++ {
		if k.pres&(1<<n) != 0 {
			buf = k.lookup(byBeginning.of(name[:n]), buf)
		}
		if k.sufs&(1<<n) != 0 {
			buf = k.lookup(byEnding.of(name[len(name)-n:]), buf)
		}
	}
	return buf
}

// candidates appends the rules that may hold for the unit to buf, in order.
func (k *kindIndex) candidates(u *unit, buf []int32) []int32 {
	if len(k.other) == len(k.all) {
		return append(buf, k.all...)
	}
	buf = append(buf, k.other...)
	buf, ok := k.find(u, buf)
	if !ok {
		return append(buf[:0], k.all...)
	}
	slices.Sort(buf)
	return buf
}

// find appends the rules that are filed under what the unit has. It gives up on
// a unit of which too little is known.
func (k *kindIndex) find(u *unit, buf []int32) ([]int32, bool) {
	c := u.run.call
	if k.has(byTool) {
		buf = k.lookup(byTool.of(c.Tool), buf)
		if u.run.category != "" {
			buf = k.lookup(byTool.of(u.run.category), buf)
		}
	}
	if k.has(byToolPrefix) {
		for i := 0; ; {
			n := strings.Index(c.Tool[i:], "__")
			if n < 0 {
				break
			}
			buf = k.lookup(byToolPrefix.of(c.Tool[:i+n]), buf)
			i += n + 1
		}
	}
	if k.has(byAgent) {
		buf = k.lookup(byAgent.of(c.Agent), buf)
	}
	if u.effect == nil {
		return k.findCall(c, buf), true
	}
	if u.kind == kindBit(shellparse.Exec) {
		return k.findExec(u, buf)
	}
	if k.has(byProgram) {
		p := u.program()
		if p != nil && p.Certainty == shellparse.Pattern {
			return nil, false
		}
		if p != nil {
			buf = k.lookupName(byProgram, p.Program, buf)
			if c.OS == "windows" {
				buf = k.lookupName(byProgram, programName(c, p.Program), buf)
			}
		}
	}
	switch {
	case u.kind&pathKinds != 0:
		return k.findPath(u, buf)
	case u.effect.Kind == shellparse.Fetch:
		return k.findFetch(u.effect, buf), true
	case u.effect.Kind == shellparse.SetEnv:
		if u.effect.Certainty == shellparse.Pattern {
			return nil, false
		}
		return k.lookupName(byName, u.effect.Name, buf), true
	}
	return buf, true
}

func (k *kindIndex) findCall(c *Call, buf []int32) []int32 {
	text := callText(c)
	if k.has(byFirstWord) {
		word, _, _ := strings.Cut(text, " ")
		buf = k.lookup(byFirstWord.of(word), buf)
	}
	if k.has(byParam) {
		for name := range c.Params {
			buf = k.lookup(byParam.of(name), buf)
		}
	}
	return k.lookupGrams(text, buf)
}

func (k *kindIndex) findExec(u *unit, buf []int32) ([]int32, bool) {
	e := u.effect
	if e.Certainty == shellparse.Pattern {
		return nil, false
	}
	name := programName(u.run.call, e.Program)
	buf = k.lookupName(byProgram, name, buf)
	if name != e.Program {
		buf = k.lookupName(byProgram, e.Program, buf)
	}
	if k.has(byProgramArg) {
		program, loose := byProgramArg.of(name), false
		for i := range e.Argv {
			switch {
			case i == 0:
			case e.Argv[i].Certainty == shellparse.Exact:
				buf = k.lookup(program.add(e.Argv[i].Text), buf)
			case e.Argv[i].Certainty == shellparse.Pattern && !loose:
				loose = true
				buf = k.lookup(byPatternArg.of(name), buf)
			}
		}
	}
	if len(e.Argv) > 0 && e.Argv[0].Text != e.Program { // exec -a
		if called := base(e.Argv[0].Text); called != e.Program && called != name {
			buf = k.lookupName(byProgram, called, buf)
		}
	}
	if k.grams != nil {
		for _, text := range u.commands() {
			buf = k.lookupGrams(text, buf)
		}
	}
	return buf, true
}

// programName is how a program's name is held against rules.
func programName(c *Call, name string) string {
	if c.OS == "windows" {
		return windowsName(name)
	}
	return name
}

// windowsName is what Windows makes of a program's name: it ignores case, and
// .exe goes without saying.
func windowsName(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".exe") }

func (k *kindIndex) findFetch(e *shellparse.Effect, buf []int32) []int32 {
	host := strings.TrimSuffix(e.Host, ".")
	if e.Certainty == shellparse.Pattern {
		buf = append(buf, k.loose...)
		if strings.ContainsAny(host, `*?[\`) {
			return append(buf, k.all...)
		}
		if h, ok := urlHost(e.URL); !ok || strings.ContainsAny(h, `*?[\`) {
			return append(buf, k.all...)
		}
	}
	if host != "" {
		buf = k.lookup(byName.of(host), buf)
		for i := 0; i < len(host) && k.has(byDot); i++ {
			if host[i] == '.' {
				buf = k.lookup(byDot.of(host[i:]), buf)
			}
		}
		buf = k.lookupGrams(host, buf)
	}
	if e.URL != "" {
		if h, ok := urlHost(e.URL); ok && k.has(byURLHost) {
			buf = k.lookup(byURLHost.of(h), buf)
		}
		buf = k.lookupGrams(e.URL, buf)
	}
	return buf
}
