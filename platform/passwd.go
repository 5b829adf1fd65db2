package platform

import (
	"os"
	"os/user"
	"strconv"
	"strings"
)

const maxPasswd = 4 << 20

// LookupHome returns the home directory of a user by name, as ~name in a
// shell. /etc/passwd is looked at first, since directory services may be slow.
func LookupHome(name string) (string, bool) {
	if w := passwdEntry(func(w []string) bool { return w[0] == name }); w != nil {
		return w[5], w[5] != ""
	}
	u, err := user.Lookup(name)
	if err != nil || u.HomeDir == "" {
		return "", false
	}
	return u.HomeDir, true
}

// LoginShell returns the shell of this user's entry in /etc/passwd, else
// $SHELL, else /bin/sh.
func LoginShell() string {
	uid := strconv.Itoa(os.Getuid())
	if w := passwdEntry(func(w []string) bool { return w[2] == uid }); w != nil && w[6] != "" {
		return w[6]
	}
	if sh := os.Getenv("SHELL"); strings.HasPrefix(sh, "/") {
		return sh
	}
	return "/bin/sh"
}

// passwdEntry returns the seven fields of the first entry that matches.
func passwdEntry(match func([]string) bool) []string {
	b, err := HostFS{}.ReadFile("/etc/passwd", maxPasswd)
	if err != nil {
		return nil
	}
	return findPasswd(string(b), match)
}

func findPasswd(text string, match func([]string) bool) []string {
	for line := range strings.Lines(text) {
		if w := strings.Split(strings.TrimRight(line, "\r\n"), ":"); len(w) == 7 && match(w) {
			return w
		}
	}
	return nil
}
