package policy

import (
	"strings"

	"rampart/shellparse"
)

// kindSet is a set of what a rule can be about: bit 0 is the Call as a whole,
// the others are shellparse.Kind.
type kindSet uint16

const callKind kindSet = 1

func kindBit(k shellparse.Kind) kindSet { return 1 << k }

const (
	pathKinds   = kindSet(1<<shellparse.Read | 1<<shellparse.Write | 1<<shellparse.Delete)
	effectKinds = kindSet(1<<(shellparse.Flow+1) - 2)
)

// toolKinds are the tool names of policies and agents that mean an effect.
var toolKinds = map[string]shellparse.Kind{
	"exec": shellparse.Exec, "bash": shellparse.Exec, "shell": shellparse.Exec,
	"read": shellparse.Read, "write": shellparse.Write, "edit": shellparse.Write,
	"delete": shellparse.Delete, "fetch": shellparse.Fetch, "web_fetch": shellparse.Fetch,
}

// ToolName returns the name that a tool which means an effect is judged by:
// "exec" for Bash, "fetch" for web_fetch, "read" for Read. Other tools keep theirs.
func ToolName(tool string) string {
	lower := strings.ToLower(tool)
	switch toolKinds[lower] {
	case 0:
		return tool
	case shellparse.Exec:
		return "exec"
	case shellparse.Fetch:
		return "fetch"
	}
	return lower
}

// tools is a policy's match.tool.
type tools struct {
	kinds kindSet // of toolKinds
	names []textGlob
}

func compileTools(entries []string) *tools {
	if len(entries) == 0 {
		return nil
	}
	t := &tools{}
	for _, e := range entries {
		t.kinds |= kindBit(toolKinds[strings.ToLower(e)])
		t.names = append(t.names, compileText(e))
	}
	t.kinds &^= callKind
	return t
}

// named reports whether the tool of a Call, or its MCP category, is one of
// these.
func (t *tools) named(tool, category string) bool {
	if t == nil {
		return true
	}
	if k := toolKinds[strings.ToLower(tool)]; k != 0 && t.kinds&kindBit(k) != 0 {
		return true
	}
	for i := range t.names {
		if t.names[i].match(tool) || category != "" && t.names[i].match(category) {
			return true
		}
	}
	return false
}

// bring reports whether a Call that a policy of these tools is about may have
// what a rule can be about: a command has effects of every kind, another tool
// that of its name alone.
func (t *tools) bring(kinds, toolKindsOfRule kindSet) bool {
	if kinds&(callKind|toolKindsOfRule) != 0 {
		return true
	}
	for tool, kind := range toolKinds {
		if (kind == shellparse.Exec || kinds&kindBit(kind) != 0) && t.named(tool, "") {
			return true
		}
	}
	return false
}

// mcpWords sort MCP tools by the words of their names; the first row with a
// word of the name counts.
var mcpWords = []struct{ category, words string }{
	{"mcp-destructive", " delete destroy remove drop purge kill terminate wipe erase truncate uninstall reset "},
	{"exec", " exec execute run shell bash terminal command "},
	{"mcp-dangerous", " stop restart shutdown reboot modify update send post publish deploy set patch migrate resize merge push approve transfer pay "},
	{"write", " write edit create save move rename copy upload put "},
	{"read", " read list get search view show describe find query "},
	{"fetch", " fetch http request download browse navigate "},
}

// mcpCategory returns the class of an MCP tool (mcp__server__tool), "" for
// other tools. The name is all that is known of such a tool, so the class is
// the worst that the name allows for.
func mcpCategory(tool string) string {
	if !strings.HasPrefix(tool, "mcp__") {
		return ""
	}
	name := tool[strings.LastIndex(tool, "__")+2:]
	for _, row := range mcpWords {
		rest := name
		for rest != "" {
			i := strings.IndexAny(rest, "_-.")
			word := rest
			if i >= 0 {
				word, rest = rest[:i], rest[i+1:]
			} else {
				rest = ""
			}
			if word != "" && containsWord(row.words, word) {
				return row.category
			}
		}
	}
	return "mcp"
}

// containsWord reports whether list holds word between blanks, in any case.
func containsWord(list, word string) bool {
	for i := 0; i+len(word)+1 < len(list); i++ {
		if list[i] == ' ' && list[i+1+len(word)] == ' ' && strings.EqualFold(list[i+1:i+1+len(word)], word) {
			return true
		}
	}
	return false
}
