package engine

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// codeByVariable are variables by which a program is given code to run within
// itself. What the dynamic linker brings in shows in the program's memory.
var codeByVariable = []string{
	"NODE_OPTIONS", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONUSERBASE", "PERL5OPT", "PERL5LIB", "PERLLIB", "RUBYOPT", "RUBYLIB",
	"BASH_ENV", "ENV", "PHPRC", "PHP_INI_SCAN_DIR", "LUA_INIT", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS",
}

// holdsForeign reports whether a process has loaded code that came to be during
// the session. Then it is not the program whose name it has.
func (e *Engine) holdsForeign(pid int) bool {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/maps")
	if err != nil {
		return true
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	last := ""
	for lines.Scan() {
		// address, rights, offset, device, inode, path
		fields := strings.SplitN(lines.Text(), " ", 6)
		if len(fields) < 6 || !strings.Contains(fields[1], "x") {
			continue
		}
		file := strings.TrimLeft(fields[5], " ")
		if file == last || !strings.HasPrefix(file, "/") { // memory of its own, the kernel's
			continue
		}
		if last = file; !e.isGenuine(file, file) {
			return true
		}
	}
	return lines.Err() != nil
}

// givenCode reports whether a process was started with such a variable that is
// not the session's own.
func givenCode(pid int) bool {
	env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return true
	}
	find := LookupIn(strings.Split(string(env), "\x00"))
	for _, name := range codeByVariable {
		if value, ok := find(name); ok && value != "" && value != os.Getenv(name) {
			return true
		}
	}
	return false
}
