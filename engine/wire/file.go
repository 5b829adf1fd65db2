package wire

import "strings"

// FileDoing is one thing that a process is about to do to a file.
type FileDoing struct {
	Doing byte   // 'r' reads, 'w' writes, 'd' deletes
	Below bool   // and everything below it
	Path  string // absolute, as the kernel names it
}

// FileOf reads a word of a Files request's Argv: a letter, upper case if all
// below the path is meant, and the path.
func FileOf(word string) (FileDoing, bool) {
	if len(word) < 2 || word[1] != '/' || strings.IndexByte("rwdRWD", word[0]) < 0 {
		return FileDoing{}, false
	}
	return FileDoing{Doing: word[0] | 0x20, Below: word[0] < 'a', Path: word[1:]}, true
}
