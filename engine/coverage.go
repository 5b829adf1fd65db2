package engine

import (
	"fmt"
	"io"
)

// WriteCoverage writes which rules no test reached, and how many there are.
func WriteCoverage(w io.Writer, rules []RuleCoverage) {
	reached := 0
	for i := range rules {
		r := &rules[i]
		switch {
		case r.Matched > 0:
			reached++
			if r.Decided == 0 {
				fmt.Fprintf(w, "%s: %s: matched by %d tests and decided none: %s\n", r.Rule, r.Action, r.Matched, Sanitize(r.Message))
			}
		case r.Examples > 0:
			fmt.Fprintf(w, "%s: %s: no test reaches it (%d examples beside it): %s\n", r.Rule, r.Action, r.Examples, Sanitize(r.Message))
		default:
			fmt.Fprintf(w, "%s: %s: no test reaches it: %s\n", r.Rule, r.Action, Sanitize(r.Message))
		}
	}
	fmt.Fprintf(w, "%d of %d rules are reached by tests\n", reached, len(rules))
}
