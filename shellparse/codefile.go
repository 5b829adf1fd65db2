package shellparse

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// CodeFile is a file that was read and judged as part of a command, because
// running the command runs what is in it.
type CodeFile struct {
	Path   string // as the kernel resolves it
	Size   int
	SHA256 string // in hex
}

// maxCodeFiles and maxCodeBytes bound what one analysis reads.
const (
	maxCodeFiles = 64
	maxCodeBytes = 4 << 20
)

// scriptText is a file that has been read. Each is read once, so that its digest is
// that of the text that was judged.
type scriptText struct {
	text string
	ok   bool
}

// readFile returns the content of a file that is code, and takes note of it.
// Whatever is no regular file, too large, or a program in machine code can't be
// judged by its text.
func (a *analyzer) readFile(p string) (str, bool) {
	f, seen := a.code[p]
	if !seen {
		f.text, f.ok = a.readCode(p)
		if a.code == nil {
			a.code = map[string]scriptText{}
		}
		a.code[p] = f
	}
	if !f.ok {
		return str{}, false
	}
	return str{t: f.text, src: a.fromFile(p, Exact, false)}, true
}

func (a *analyzer) readCode(p string) (string, bool) {
	if a.in.FS == nil || !a.tick(50) || len(a.code) >= maxCodeFiles {
		return "", false
	}
	b, err := a.in.FS.ReadFile(p, min(maxScript, int64(maxCodeBytes-a.codeBytes)))
	if err != nil || isMachineCode(b) {
		return "", false
	}
	a.codeBytes += len(b)
	sum := sha256.Sum256(b)
	a.res.Files = append(a.res.Files, CodeFile{Path: p, Size: len(b), SHA256: hex.EncodeToString(sum[:])})
	return string(b), true
}

// isMachineCode tells programs from scripts as the shells do that are asked to
// run a file the kernel does not know: by its first line.
func isMachineCode(b []byte) bool {
	head, _, _ := strings.Cut(string(b[:min(len(b), 256)]), "\n")
	return strings.HasPrefix(head, "\x7fELF") || !strings.HasPrefix(head, "#!") && strings.IndexByte(head, 0) >= 0
}
