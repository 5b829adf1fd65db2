// Package shellparse turns the text of a command into the effects that running
// it would have.
//
// A text goes through three steps. scan bounds it before any parser sees it.
// canonicalize parses it with mvdan.cc/sh, walks source and tree side by side
// and emits every token anew, then parses what was emitted. Analyze walks that
// second tree and yields effects.
//
// The invariant: what is judged is what runs. Parser and shells read some texts
// differently, without an error from either. So the caller gives the shell the
// canonical text, never the original, and canonical text is made only of forms
// that all shells of a dialect read as the tree shows them. Every byte of the
// source between two tokens of the tree must be one that may stand there; a
// text in which parser and shell could disagree shows as a gap that doesn't
// fit, and is refused.
//
// The package never runs anything, never writes, and sees the file system only
// through [FS].
package shellparse
