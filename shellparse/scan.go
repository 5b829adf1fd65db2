package shellparse

import "strings"

// The bounds of a text that the parser is given. The parser recurses: each
// open construct costs it up to 3 KB of a stack that can't be recovered from
// when it overflows, so they are counted here first, in one pass and without
// trusting any reading of quotes. 128 KiB, the longest argument that Linux
// takes, may still have an opener for every sixth byte.
const (
	scanMaxBytes   = 1 << 20
	scanMaxLines   = 200_000 // the parser's positions hold 262,143
	scanMaxDepth   = 400     // openers less closers
	scanMaxOpeners = 20_000  // openers alone: closers may be quoted
	scanMaxKeyword = 20_000
	scanMaxChain   = 20_000 // of a | b && c, which is a tree as deep as it is long
	scanMaxOps     = 40_000 // in a text with arithmetic: operators nest too
)

// scanText refuses texts that no parser should be given, or that parser and
// shells are known to read differently whatever surrounds the byte.
func scanText(text string) *refusal {
	if len(text) > scanMaxBytes {
		return &refusal{reason: "the text is larger than 1 MiB; put it in a file and run that"}
	}
	if i := strings.IndexByte(text, 0); i >= 0 {
		return &refusal{reason: "the text holds a NUL byte, which shells drop or stop at", span: Span{i, i + 1}}
	}
	if i := strings.IndexByte(text, '\r'); i >= 0 {
		return &refusal{reason: "the text holds a carriage return, which shells read differently; use plain line feeds, or $'\\r' for the character", span: Span{i, i + 1}}
	}
	var depth, openers, lines, keywords, chain, ops int
	arith := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '(', '{', '[':
			openers++
			depth++
			if c == '[' || i > 0 && text[i-1] == '(' {
				arith = true
			}
		case ')', '}', ']':
			depth = max(depth-1, 0)
		case '`':
			openers++
		case '\n':
			lines++
		case '|', '&':
			chain++
		case '=', '?', ':', '~', '!', '+', '-', '*':
			ops++
		default:
			if c >= 'a' && c <= 'z' && (i == 0 || !scanNameByte(text[i-1])) {
				end := i + 1
				for end < len(text) && text[end] >= 'a' && text[end] <= 'z' {
					end++
				}
				switch word := text[i:end]; word {
				case "if", "while", "until", "for", "case", "select":
					keywords++
					depth++
				case "fi", "done", "esac":
					depth = max(depth-1, 0)
				case "function", "time", "coproc", "elif":
					keywords++
				case "let":
					arith = true
				}
				i = end - 1
			}
		}
		if depth > scanMaxDepth || openers > scanMaxOpeners || keywords > scanMaxKeyword || chain > scanMaxChain || arith && ops > scanMaxOps {
			return &refusal{reason: "the text is nested too deeply to be judged; split it into simpler commands", span: Span{i, i + 1}}
		}
	}
	if lines > scanMaxLines {
		return &refusal{reason: "the text has too many lines to be judged; put it in a file and run that"}
	}
	return nil
}

func scanNameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// scanPlain are the bytes that mean themselves in a word of every shell.
var scanPlain = func() (t [256]bool) {
	for c := 0; c < 256; c++ {
		t[c] = scanNameByte(byte(c)) || strings.IndexByte("-./,:@%+= ", byte(c)) >= 0
	}
	return t
}()

// scanIsPlain reports whether text is made of plain words and blanks only,
// without anything that a shell might expand, so that it is canonical as it
// stands. A word that begins with '=' is a command's path to zsh.
func scanIsPlain(text string) bool {
	if len(text) == 0 || len(text) > 4096 || text[len(text)-1] == ' ' {
		return false
	}
	word := true // at the start of a word
	for i := 0; i < len(text); i++ {
		c := text[i]
		if !scanPlain[c] {
			if c != '\'' {
				return false
			}
			// Single quotes hold anything that prints and is no escape.
			for i++; i < len(text) && text[i] != '\''; i++ {
				if text[i] < ' ' || text[i] > '~' || text[i] == '\\' {
					return false
				}
			}
			if i >= len(text) {
				return false
			}
		} else if c == ' ' && word {
			return false // one blank is canonical
		} else if c == '=' && (word || text[i-1] == '=' || text[i-1] == ':') {
			return false
		}
		word = c == ' '
	}
	return true
}
