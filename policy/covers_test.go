package policy

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestCoversIsTrue: a rule that lint calls unreachable because of another never
// decides anything that the other would not have decided before it.
func TestCoversIsTrue(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	found, held := 0, 0
	for range 20_000 {
		text := rules(fmt.Sprintf("  - {action: deny, when: %s}\n  - {action: ask, when: %s}\n", randomWhen(r), randomWhen(r)))
		s, err := Compile([]Source{{Name: "p", Data: []byte(text)}})
		if err != nil {
			continue
		}
		list := ownRulesOf(s)
		if len(list) != 2 || !list[0].covers(list[1]) {
			continue
		}
		found++
		for range 60 {
			c := randomCall(r)
			e := evaluation{set: s, call: c, effects: c.Effects}
			e.prepare()
			units := []unit{{run: &e, kind: callKind}}
			for i := range e.effects {
				units = append(units, unit{run: &e, kind: kindBit(e.effects[i].Kind), effect: &e.effects[i]})
			}
			for i := range units {
				if list[1].match(&units[i]) != yes {
					continue
				}
				if held++; list[0].match(&units[i]) != yes {
					t.Fatalf("%s\nthe first does not hold for %+v of %+v", text, units[i].effect, c)
				}
			}
		}
	}
	if found < 50 || held < 100 {
		t.Errorf("only %d pairs, %d of their matches: the test shows nothing", found, held)
	}
}

func ownRulesOf(s *Set) (out []*rule) {
	for _, g := range s.groups {
		if g.tier == TierUser {
			out = append(out, g.rules...)
		}
	}
	return out
}
