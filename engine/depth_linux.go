package engine

import (
	"os"
	"strconv"
	"strings"

	"rampart/shellparse"

	"rampart/platform"
)

// agents are the programs that run commands for a model, by their base names.
var agents = map[string]bool{
	"claude": true, "codex": true, "gemini": true, "qwen": true, "opencode": true, "kilo": true, "copilot": true,
	"pi": true, "cline": true, "cn": true, "grok": true, "droid": true, "openclaw": true, "aider": true,
	"goose": true, "amp": true, "crush": true, "cursor-agent": true, "auggie": true,
}

// agentDepth returns how many agents stand between the session's own and a
// process: 0 for what the agent starts that the owner started. An agent that
// starts itself again is one. own is the parent of the session's own.
func agentDepth(pid, own int) int {
	agentsSeen, inAgent := 0, false
	for n := 0; pid > 1 && pid != own && n < maxAncestors; n++ {
		parent := platform.ParentOf(pid)
		is := isAgent(pid) || parent == own && !isShell(pid)
		if n > 0 && is && !inAgent { // the process itself is what is judged
			agentsSeen++
		}
		inAgent = is && n > 0
		pid = parent
	}
	return max(0, agentsSeen-1)
}

// isAgent looks at the first words of a command line: the program, and the
// script if the program runs one.
func isAgent(pid int) bool {
	for _, w := range firstWords(pid) {
		name := w[strings.LastIndexByte(w, '/')+1:]
		if dot := strings.LastIndexByte(name, '.'); dot > 0 {
			name = name[:dot] // claude.js
		}
		if agents[name] {
			return true
		}
	}
	return false
}

func isShell(pid int) bool {
	w := firstWords(pid)
	if len(w) == 0 || len(w) > 1 && w[1] != "" && w[1][0] != '-' { // a script
		return false
	}
	_, ok := shellparse.DialectOf(w[0])
	return ok
}

func firstWords(pid int) []string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err != nil || len(b) == 0 {
		return nil
	}
	words := strings.SplitN(string(b), "\x00", 3)
	return words[:min(len(words), 2)]
}
