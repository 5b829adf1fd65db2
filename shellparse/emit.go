package shellparse

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// emitter writes a tree anew while it walks the source beside it: src[at:] is
// what no token has accounted for yet. It throws a *refusal.
type emitter struct {
	src     string
	dialect Dialect
	asIs    bool // src runs as it is, and so does the code within it
	at      int
	out     []byte
	segs    []canonSeg
	edits   []int // offsets in src that are not in the original

	known        *knownTexts
	nesting      int  // texts within texts
	depth        int  // constructs within constructs
	substituting int  // substitutions around what is written
	wordEnd      int  // where in src the last word ended: another must not touch it
	glue         bool // the next token stands against the last one
	spaced       int  // the length of out when it was last given a blank of ours
	blanks       Span // the blanks of src before the next token

	reading *syntax.Stmt // the < file of $(< file), which no command reads

	heredocs []*syntax.Redirect // their bodies begin after the next newline
	buried   int                // here-documents that wait outside of this construct

	// rewritten holds the words of the first tree that were written as
	// another text: the code given to eval and the like.
	rewritten map[*syntax.Word]string
}

// emitMaxDepth bounds constructs within constructs.
const emitMaxDepth = 250

func (e *emitter) original(at int) int { return canonOriginal(e.edits, at) }

// refuse ends the work. from and to are offsets in src.
func (e *emitter) refuse(from, to int, reason string) {
	panic(&refusal{reason: reason, span: Span{e.original(from), e.original(max(from, to))}})
}

func (e *emitter) enter(n syntax.Node) {
	if e.depth++; e.depth > emitMaxDepth {
		e.refuse(int(n.Pos().Offset()), int(n.Pos().Offset()), "the text is nested too deeply to be judged; split it into simpler commands")
	}
}

func (e *emitter) leave() { e.depth-- }

func (e *emitter) emitFile(f *syntax.File) {
	e.out = make([]byte, 0, len(e.src)+len(e.src)/4+16)
	e.wordEnd = -1
	e.stmts(f.Stmts, false)
	e.gap()
	if e.at != len(e.src) {
		e.misread(e.at)
	}
	if len(e.heredocs) > 0 {
		e.refuse(e.at, e.at, "a here-document has no body")
	}
}

// misread refuses a byte that no token accounts for.
func (e *emitter) misread(at int) {
	reason := "this is read differently by different shells; write it in a plainer way"
	if at < len(e.src) {
		switch e.src[at] {
		case '\v', '\f':
			reason = "a form feed or vertical tab outside of quotes is read differently by different shells; remove it"
		case '#':
			reason = "a comment here is read differently by different shells; remove it"
		}
	}
	e.refuse(at, at+1, reason)
}

// mark notes that what is written next, n bytes, came from src[from:to].
func (e *emitter) mark(n, from, to int, verbatim bool) {
	at := len(e.out)
	from, to = e.original(from), e.original(to)
	verbatim = verbatim && n == to-from // there may be an edit between them
	if k := len(e.segs); k > 0 {
		s := &e.segs[k-1]
		if s.to == at && s.origTo == from && s.verbatim && verbatim {
			s.to, s.origTo = at+n, to
			return
		}
	}
	e.segs = append(e.segs, canonSeg{at, at + n, from, to, verbatim})
}

// copyTo writes src[at:to] as it stands.
func (e *emitter) copyTo(to int) {
	e.mark(to-e.at, e.at, to, true)
	e.out = append(e.out, e.src[e.at:to]...)
	e.at = to
}

// replace writes s in the place of src[at:to].
func (e *emitter) replace(to int, s string) {
	e.mark(len(s), e.at, to, false)
	e.out = append(e.out, s...)
	e.at = to
}

// gap passes over what may stand between two tokens: blanks, continued lines,
// comments, newlines with the here-documents behind them. Lines are kept, for
// $LINENO and because shells read and run by the line; comments and blanks are
// not. It reports whether there was a newline that is a token.
func (e *emitter) gap() (newline bool) {
	blank := false
	for e.at < len(e.src) {
		switch e.src[e.at] {
		case ' ', '\t':
			from := e.at
			for e.at++; e.at < len(e.src) && (e.src[e.at] == ' ' || e.src[e.at] == '\t'); e.at++ {
			}
			e.blanks = Span{from, e.at}
			blank = true
		case '\n':
			if e.buried > 0 {
				e.refuse(e.at, e.at+1, "a line ends within a substitution or parentheses while a here-document waits for its body; shells disagree about where that begins")
			}
			e.copyTo(e.at + 1)
			e.bodies()
			newline, blank = true, true
		case '\\':
			if !strings.HasPrefix(e.src[e.at:], "\\\n") {
				return newline
			}
			if !blank && e.at > 0 {
				e.splitToken()
			}
			if e.blanks.End == e.at {
				e.at = e.blanks.Start
				e.copyTo(e.blanks.End + 2)
				continue
			}
			e.replace(e.at+2, " \\\n")
		case '#':
			if !e.commentMayStart(blank) {
				e.misread(e.at)
			}
			e.comment()
		default:
			return newline
		}
	}
	return newline
}

// splitToken refuses a continued line within an operator: '&', newline, '&'.
func (e *emitter) splitToken() {
	next := e.at
	for strings.HasPrefix(e.src[next:], "\\\n") {
		next += 2
	}
	const operators = "&|;<>()!$"
	if next < len(e.src) && strings.IndexByte(operators, e.src[e.at-1]) >= 0 && strings.IndexByte(operators+"-", e.src[next]) >= 0 {
		e.refuse(e.at-1, next+1, "an operator is split by a continued line; write it in one piece")
	}
}

// commentMayStart reports whether every shell takes the '#' at e.at for the
// beginning of a comment: at the beginning of a word, that is.
func (e *emitter) commentMayStart(blank bool) bool {
	if blank || e.at == 0 {
		return true
	}
	prev := e.src[e.at-1]
	return prev == ';' || prev == '(' && e.dialect != Zsh
}

// comment passes over a comment.
func (e *emitter) comment() {
	end := len(e.src)
	if i := strings.IndexByte(e.src[e.at:], '\n'); i >= 0 {
		end = e.at + i
	}
	if e.src[end-1] == '\\' {
		e.refuse(e.at, end, "a comment that ends in a backslash is read differently by different shells; remove the backslash")
	}
	e.at = end
}

// space separates the next token from what is written already: by the blanks
// of the source, or by one of ours. A text that is written as canonical text
// is comes out as it went in.
func (e *emitter) space() {
	if e.glue {
		e.glue = false
		return
	}
	n := len(e.out)
	if n == e.spaced {
		return
	}
	if e.blanks.End == e.at && e.blanks.Start > 0 {
		e.at = e.blanks.Start
		e.copyTo(e.blanks.End)
	} else if n > 0 && e.out[n-1] != '\n' {
		e.out = append(e.out, ' ')
	}
	e.spaced = len(e.out)
}

// apart refuses a word that touches the word before it: some token was there
// for the parser that isn't one for every shell.
func (e *emitter) apart() {
	if e.at == e.wordEnd {
		e.refuse(e.at, e.at+1, "two words without a blank between them are read differently by different shells; put a blank there")
	}
}

// next passes the gap before a token and separates it.
func (e *emitter) next() {
	e.gap()
	e.space()
}

// token writes an operator or reserved word that the tree has at pos.
func (e *emitter) token(pos syntax.Pos, s string) {
	e.gap()
	if e.at != int(pos.Offset()) || !strings.HasPrefix(e.src[e.at:], s) {
		e.misread(e.at)
	}
	e.space()
	e.copyTo(e.at + len(s))
}

// expect writes an operator whose position the tree doesn't have.
func (e *emitter) expect(s string) {
	if !e.optional(s) {
		e.misread(e.at)
	}
}

func (e *emitter) optional(s string) bool {
	e.gap()
	if !strings.HasPrefix(e.src[e.at:], s) {
		return false
	}
	if s == ";" {
		e.glue = true
	}
	e.space()
	e.copyTo(e.at + len(s))
	return true
}

// put writes a token that the source need not have.
func (e *emitter) put(s string) {
	e.out = append(e.out, s...)
}

// nested runs f for the content of a construct whose newlines are not those
// that start the bodies of here-documents outside of it.
func (e *emitter) nested(f func()) {
	outer := e.heredocs
	e.heredocs = nil
	e.buried += len(outer)
	f()
	if len(e.heredocs) > 0 {
		e.refuse(e.at, e.at, "a here-document begins in a substitution or parentheses and its body doesn't; move it out")
	}
	e.buried -= len(outer)
	e.heredocs = outer
}
