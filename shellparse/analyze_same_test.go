package shellparse

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// A text is judged in the same way each time, though its functions lie in a map.
func TestSameEachTime(t *testing.T) {
	var b strings.Builder
	for i := range 20 {
		fmt.Fprintf(&b, "f%d() { m %d \"$1\"; x%d=$(b); [ -e \"$x%d\" ] && y=%d; }\n", i, i, i, i, i)
	}
	b.WriteString("$(b) a; eval \"$(b)\"; m \"$y\"; f3; $y c\n")
	in := testInput(b.String())
	first := Analyze(in)
	if len(first.Effects) < 40 {
		t.Fatalf("%d effects: %s", len(first.Effects), first.Refusal)
	}
	for range 20 {
		if again := Analyze(in); !reflect.DeepEqual(again, first) {
			t.Fatalf("%d effects, and then %d, or others", len(first.Effects), len(again.Effects))
		}
	}
}
