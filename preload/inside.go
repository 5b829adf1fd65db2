package preload

import (
	"os"
	"path/filepath"
	"strings"

	"rampart/engine/wire"
)

// Inside returns the directory of the session that this process runs in, "" if
// it runs in none. The library is put back into the environment at every exec,
// so the environment tells.
func Inside() string { return sessionOf(os.Getenv("LD_PRELOAD")) }

// sessionOf returns the directory of the session whose library is in a value
// of LD_PRELOAD, "" if there is none.
func sessionOf(preload string) string {
	for _, entry := range strings.FieldsFunc(preload, func(r rune) bool { return r == ':' || r == ' ' }) {
		if name := filepath.Base(entry); name != libraryName && name != openName {
			continue
		}
		dir := filepath.Dir(entry)
		if info, err := os.Lstat(filepath.Join(dir, wire.SocketName)); err == nil && info.Mode().Type() == os.ModeSocket {
			return dir
		}
	}
	return ""
}
