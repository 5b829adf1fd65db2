package shellparse

import (
	"fmt"
	"sort"
	"strings"
	"sync"

	"mvdan.cc/sh/v3/syntax"
)

// canonical is a text in the form that is judged and run, with its tree.
type canonical struct {
	text string
	file *syntax.File
	segs []canonSeg // nil: text is the original itself

	first *syntax.File // the tree of the original, nil if it had to be edited to be read
}

// knownTexts are texts of which the canonical form is known: a text is often
// met again, as the code in a command and then when the command is analysed.
type knownTexts struct{ texts map[textKey]*canonical }

type textKey struct {
	text    string
	dialect Dialect
	asIs    bool
}

// canonSeg says where text[from:to] came from in the original.
type canonSeg struct {
	from, to, origFrom, origTo int

	verbatim bool // byte by byte
}

// refusal says why a text can't be made canonical, and which part of it.
type refusal struct {
	reason string // lower case, for a person, no full stop
	span   Span   // in the original text

	// incomplete is set for a text that ends in the middle of something: no
	// shell runs such a thing.
	incomplete bool
}

// canonicalize parses text, emits it anew in forms that all shells of the
// dialect read alike, and parses the emitted text again. The second tree is
// the one to judge, its text the one to run; it has no comments, and is equal
// to the first but for the spellings that sameFile lists. What can't be
// emitted faithfully is refused. Canonical text is its own canonical text.
func canonicalize(text string, d Dialect) (*canonical, *refusal) {
	return new(knownTexts).make(textKey{text: text, dialect: d}, 0)
}

// The bounds of text within text: eval in eval, backquotes in backquotes.
const (
	canonMaxNesting = 8
	canonMaxInner   = 128 << 10 // bytes
)

// canonicalize looks t up, or makes it canonical. A text that is asIs runs as
// it was written, whatever is made of it: it is held against the same rules,
// and the tree is that of the original.
func (known *knownTexts) canonicalize(t textKey, depth int) (*canonical, *refusal) {
	if c := known.texts[t]; c != nil {
		return c, nil
	}
	c, r := known.make(t, depth)
	if r != nil {
		return nil, r
	}
	if known.texts == nil {
		known.texts = map[textKey]*canonical{}
	}
	known.texts[t] = c
	if t.text = c.text; c.first != c.file {
		known.texts[t] = &canonical{text: c.text, file: c.file, first: c.file}
	}
	return c, nil
}

func (known *knownTexts) make(t textKey, depth int) (c *canonical, r *refusal) {
	defer func() {
		if v := recover(); v != nil {
			c, r = nil, asRefusal(v)
		}
	}()
	lang, ok := canonLang(t.dialect)
	if !ok {
		return nil, &refusal{reason: "the language of this shell is not known, so its text can't be judged"}
	}
	text := t.text
	if depth > canonMaxNesting || depth > 0 && len(text) > canonMaxInner {
		return nil, &refusal{reason: "code is quoted within code too often, or too much of it, to follow"}
	}
	if scanIsPlain(text) {
		if f, err := canonParse(text, lang); err == nil && canonIsPlain(f) {
			return &canonical{text: text, file: f, first: f}, nil
		}
	}
	if r := scanText(text); r != nil {
		return nil, r
	}
	quoted, edits, first, r := canonQuoteLet(text, lang)
	if r != nil {
		return nil, r
	}
	e := &emitter{src: quoted, dialect: t.dialect, asIs: t.asIs, edits: edits, nesting: depth, known: known}
	e.emitFile(first)
	c = &canonical{text: text, file: first}
	if len(edits) == 0 {
		c.first = first
	}
	if t.asIs || string(e.out) == text {
		return c, nil
	}
	c.text, c.segs = string(e.out), e.segs
	if c.text == quoted {
		return c, nil
	}
	var err error
	if c.file, err = canonParse(c.text, lang); err != nil {
		return nil, &refusal{reason: "this can't be written in a form that every shell reads alike", span: Span{0, len(text)}}
	}
	if at, ok := sameFile(first, c.file, e); !ok {
		o := e.original(int(at.Offset()))
		return nil, &refusal{reason: "this can't be written in a form that every shell reads alike", span: Span{o, o}}
	}
	return c, nil
}

// asRefusal turns what was thrown while parsing or emitting into a refusal.
// A fault in the parser must not let a text through.
func asRefusal(v any) *refusal {
	if r, ok := v.(*refusal); ok {
		return r
	}
	return &refusal{reason: fmt.Sprintf("the parser failed on this text (%v)", v)}
}

// canonLang is the parser's name for a dialect.
func canonLang(d Dialect) (syntax.LangVariant, bool) {
	switch d {
	case Bash:
		return syntax.LangBash, true
	case POSIX:
		return syntax.LangPOSIX, true
	case Zsh:
		return syntax.LangZsh, true
	case Korn:
		return syntax.LangMirBSDKorn, true
	}
	return 0, false
}

// canonParser is a parser to be used again: a new one costs more than parsing
// a short command does.
type canonParser struct {
	parser *syntax.Parser
	reader strings.Reader
}

// canonPools has one pool for each dialect that canonLang knows.
var canonPools sync.Map // syntax.LangVariant -> *sync.Pool

func canonParse(text string, lang syntax.LangVariant) (f *syntax.File, err error) {
	canonParsing(text, lang, func(p *canonParser) { f, err = p.parser.Parse(&p.reader, "") })
	return f, err
}

// canonParseArith parses what bash evaluates as an expression.
func canonParseArith(text string) (x syntax.ArithmExpr, err error) {
	canonParsing(text, syntax.LangBash, func(p *canonParser) { x, err = p.parser.Arithmetic(&p.reader) })
	return x, err
}

func canonParsing(text string, lang syntax.LangVariant, do func(*canonParser)) {
	pool, ok := canonPools.Load(lang)
	if !ok {
		pool, _ = canonPools.LoadOrStore(lang, &sync.Pool{New: func() any {
			return &canonParser{parser: syntax.NewParser(syntax.Variant(lang))}
		}})
	}
	p := pool.(*sync.Pool).Get().(*canonParser)
	p.reader.Reset(text)
	do(p)
	// Not returned after a panic: its state is unknown then.
	pool.(*sync.Pool).Put(p)
}

// canonParseError puts the parser's complaint in words.
func canonParseError(err error) *refusal {
	switch err := err.(type) {
	case syntax.ParseError:
		o := int(err.Pos.Offset())
		return &refusal{
			reason: "not understood as shell code: " + err.Text, span: Span{o, o},
			// A here-document without its end is a warning to shells, and runs.
			incomplete: err.Incomplete && !strings.Contains(err.Text, "here-document"),
		}
	case syntax.LangError:
		o := int(err.Pos.Offset())
		return &refusal{reason: "a shell of this kind may not know " + err.Feature, span: Span{o, o}}
	}
	return &refusal{reason: "not understood as shell code: " + err.Error()}
}

// canonIsPlain reports whether a text that scanIsPlain let through is one
// simple command, and one that runs no text of its own.
func canonIsPlain(f *syntax.File) bool {
	if len(f.Stmts) != 1 {
		return false
	}
	s := f.Stmts[0]
	call, ok := s.Cmd.(*syntax.CallExpr)
	if !ok || s.Negated || s.Background || s.Semicolon.IsValid() || len(s.Redirs) > 0 || len(call.Assigns) > 0 || len(call.Args) == 0 {
		return false
	}
	if _, shell := DialectOf(call.Args[0].Lit()); shell {
		return false
	}
	return !emitSpecialWord(call.Args[0].Lit())
}

// span maps positions of the canonical tree back to the original text. Inside
// a word that was written anew, it is the whole word.
func (c *canonical) span(from, to syntax.Pos) Span {
	f, t := int(from.Offset()), int(to.Offset())
	if c.segs == nil {
		return Span{f, t}
	}
	s := Span{c.origin(f, false), c.origin(t, true)}
	if s.End < s.Start {
		s.End = s.Start
	}
	return s
}

// origin maps one offset. The end of a range belongs to what is before it.
func (c *canonical) origin(at int, end bool) int {
	i := sort.Search(len(c.segs), func(i int) bool {
		if end {
			return c.segs[i].from >= at
		}
		return c.segs[i].from > at
	}) - 1
	if i < 0 {
		return 0
	}
	s := c.segs[i]
	switch {
	case at >= s.to:
		return s.origTo
	case s.verbatim:
		return s.origFrom + at - s.from
	case end:
		return s.origTo
	}
	return s.origFrom
}
