package engine

import (
	"fmt"
	"io"
)

// WriteCoverage writes which rules no test reached, and how many there are.
func WriteCoverage(w io.Writer, rules []RuleCoverage) {
	reached := 0
	say := func(r *RuleCoverage, format string, args ...any) {
		fmt.Fprintf(w, "%s: %s: %s: %s\n", Sanitize(r.Rule), r.Action, fmt.Sprintf(format, args...), Sanitize(r.Message))
	}
	for i := range rules {
		r := &rules[i]
		switch {
		case r.Matched > 0:
			reached++
			if r.Decided == 0 {
				say(r, "matched by %d tests and decided none", r.Matched)
			}
		case r.Examples > 0:
			say(r, "no test reaches it (%d examples beside it)", r.Examples)
		default:
			say(r, "no test reaches it")
		}
	}
	fmt.Fprintf(w, "%d of %d rules are reached by tests\n", reached, len(rules))
}
