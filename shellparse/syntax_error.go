package shellparse

import "strings"

// syntaxErrorText is what runs in place of a text that ends in the middle of
// something. A shell would report that and run nothing; so does this, in every
// shell. It is no refusal: an agent that reads "refused" would look for another
// way where it only has to mend its quotes.
func syntaxErrorText(r *refusal) string {
	message := "syntax error: " + r.reason
	quoted := strings.ReplaceAll(message, "'", `'\''`)
	return "printf '%s\\n' '" + quoted + "' >&2; exit 2"
}

// completed returns the canonical form of an incomplete text with what it lacks
// at its end, nil if that is not easily said. Its effects are what the text was
// to do: what would be refused when finished is refused unfinished.
func completed(text string, d Dialect, r *refusal) *canonical {
	const most = 8 // of openers without an end
	for range most {
		closer := missingEnd(r.reason)
		if closer == "" {
			return nil
		}
		text += closer
		var c *canonical
		if c, r = canonicalize(text, d); r == nil {
			return c
		}
		if !r.incomplete {
			return nil
		}
	}
	return nil
}

// missingEnd reads from the parser's complaint what a text lacks.
func missingEnd(reason string) string {
	for _, m := range [...]struct{ complaint, end string }{
		{"closing quote `'`", "'"},
		{"closing quote `\"`", `"`},
		{"closing quote \"`\"", "`"},
		{"`$((` with `))`", "))"},
		{"`$(` with `)`", ")"},
		{"`(` with `)`", "\n)"},
		{"`{` with `}`", "\n}"},
		{"`${` with `}`", "}"},
	} {
		if strings.HasSuffix(reason, m.complaint) {
			return m.end
		}
	}
	return ""
}
