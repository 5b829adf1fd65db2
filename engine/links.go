package engine

import (
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// maxOwnLinks bounds the links followed in search of one that is a process's own.
const maxOwnLinks = 16

// asSeenBy returns the file that process pid means by file where links of its
// own lead there (/proc/self/exe, /dev/fd/3, a symlink to one of these): read
// here, such links would name the engine's files. Any other file is returned as
// it is. ok is false if it can't be told what pid means.
func asSeenBy(pid int, file string) (seen string, ok bool) {
	if !strings.HasPrefix(file, "/") || file == path.Clean(file) && systemPlace(file) {
		return file, true
	}
	at := path.Clean(file)
	for range maxOwnLinks {
		if own, is := ownLink(pid, at); is {
			to, err := os.Readlink(own)
			return to, err == nil && strings.HasPrefix(to, "/")
		}
		// A directory on the way may be such a link as well.
		if dir, err := filepath.EvalSymlinks(path.Dir(at)); err == nil && strings.HasPrefix(dir+"/", "/proc/") {
			return "", false
		}
		to, err := os.Readlink(at)
		if err != nil {
			return file, true
		}
		if !strings.HasPrefix(to, "/") {
			to = path.Join(path.Dir(at), to)
		}
		at = path.Clean(to)
	}
	return "", false
}

// systemPlace reports whether only root can have put a link there.
func systemPlace(file string) bool {
	for _, dir := range [...]string{"/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/", "/usr/lib/"} {
		if strings.HasPrefix(file, dir) {
			return true
		}
	}
	return false
}

// ownLink spells a path below /proc/self or /dev with the process's number.
func ownLink(pid int, p string) (string, bool) {
	proc := "/proc/" + strconv.Itoa(pid)
	for _, self := range []string{"/proc/self/", "/proc/thread-self/"} {
		if rest, ok := strings.CutPrefix(p, self); ok {
			return proc + "/" + rest, true
		}
	}
	if rest, ok := strings.CutPrefix(p, "/dev/fd/"); ok {
		return proc + "/fd/" + rest, true
	}
	switch p {
	case "/dev/stdin":
		return proc + "/fd/0", true
	case "/dev/stdout":
		return proc + "/fd/1", true
	case "/dev/stderr":
		return proc + "/fd/2", true
	}
	return "", false
}
