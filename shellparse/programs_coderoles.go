package shellparse

import (
	_ "embed"
	"strings"
	"sync"
)

// The table of calls in other languages. Its format is described at its top.
//
//go:embed code_calls.txt
var codeCallsText string

// codeCalls are the roles of calls, by language and name.
var codeCalls = sync.OnceValue(func() map[string]map[string]string {
	out := map[string]map[string]string{}
	lang, role := "", ""
	for line := range strings.Lines(codeCallsText) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		names := line
		if line[0] != '\t' {
			head, rest, _ := strings.Cut(line, ":")
			lang, role, _ = strings.Cut(head, " ")
			names = rest
		}
		if out[lang] == nil {
			out[lang] = map[string]string{}
		}
		for name := range strings.FieldsSeq(names) {
			out[lang][name] = role
		}
	}
	return out
})

// roleOf is what a call of v does, which may be a method of recv.
func (s *codeScan) roleOf(v *val) string {
	calls := codeCalls()[s.lang]
	last := v.name[strings.LastIndexByte(v.name, '.')+1:]
	if v.recv != nil && v.recv.class != "" {
		if r := calls[v.recv.class+"#"+last]; r != "" {
			return r
		}
	}
	if calls == nil {
		return s.looseRole(v, last)
	}
	name := v.name
	if s.lang == "js" {
		name = plainModule(name)
	}
	if r := calls[name]; r != "" && (v.recv == nil || v.recv.class == "") {
		return r
	}
	if s.lang == "perl" {
		if i := strings.LastIndex(name, "::"); i > 0 { // LWP::Simple::get
			pack := strings.TrimPrefix(name[:i], "CORE::GLOBAL")
			if r := calls[strings.TrimPrefix(strings.TrimPrefix(pack, "CORE")+"."+name[i+2:], ".")]; r != "" {
				return r
			}
		}
	}
	if v.recv == nil {
		for _, m := range s.stars {
			if r := calls[m+"."+name]; r != "" {
				return r
			}
		}
		return ""
	}
	if r := calls["#"+last]; r != "" {
		return r
	}
	if s.lang == "python" && strings.HasPrefix(name, "sh.") && strings.Count(name, ".") == 1 {
		return "shmodule"
	}
	return ""
}

// plainModule takes off a name what says nothing: node:, .promises, .default.
func plainModule(name string) string {
	name = strings.TrimPrefix(name, "node:")
	for _, p := range []string{"globalThis.", "global.", "window."} {
		name = strings.TrimPrefix(name, p)
	}
	name = strings.Replace(name, "/promises", "", 1)
	name = strings.Replace(name, ".promises.", ".", 1)
	return strings.Replace(name, ".default", "", 1)
}

// looseRole is for languages whose modules are not known: the last part of a
// name counts.
func (s *codeScan) looseRole(v *val, last string) string {
	calls := codeCalls()["any"]
	name := strings.ReplaceAll(v.name, "()", "")
	if v.recv != nil {
		if r := calls["#"+last]; r != "" {
			return r
		}
		parts := strings.Split(name, ".")
		if n := len(parts); n > 1 {
			if r := calls[parts[n-2]+"."+last]; r != "" {
				return r
			}
		}
		if v.recv.class != "" {
			if r := calls[v.recv.class+"#"+last]; r != "" {
				return r
			}
		}
	}
	return calls[last]
}
