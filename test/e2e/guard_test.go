package e2e

import (
	"strings"
	"testing"
)

// killers are ways to signal the process that judges, from a shell or a
// program that it has started or from one below. Each then makes a mark.
var killers = []struct {
	name, script string
	residual     bool // seen by no layer: docs/threat-model.md says so
}{
	{name: "parent", script: "kill -9 $PPID; touch mark"},
	{name: "parent, in braces and parts", script: "p=${PPID}; s=KI; kill -s ${s}LL -- \"$p\"; touch mark"},
	{name: "parent, by another name", script: "builtin kill -TERM \"${PPID:-1}\"; touch mark"},
	{name: "parent, stopped", script: "kill -STOP $PPID; touch mark"},
	{name: "parent, from a subshell", script: "(eval 'kill -9 $PPID'); touch mark"},
	{name: "the program kill", script: "/bin/kill -9 $PPID; touch mark"},
	{name: "the program kill, by a number found out", script: "env kill -9 $(ps -o ppid= -p $$); touch mark"},
	{name: "xargs", script: "ps -o ppid= -p $$ | xargs kill -9; touch mark"},
	{name: "the builtin, by a number found out", script: "kill -9 $(ps -o ppid= -p $$); touch mark", residual: true},
}

// TestGuardStaysUp: a signal to the guard is refused, and if one is not seen,
// nothing runs after it.
func TestGuardStaysUp(t *testing.T) {
	t.Parallel()
	need(t, "ps")
	for _, k := range killers {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			for _, layer := range guarded {
				w := newStandardWorld(t)
				got := w.do(layer, "", "bash", "-c", k.script)
				switch {
				case w.has("mark") && k.residual:
					t.Errorf("%s: something ran without a guard: %+v", layer, got)
				case k.residual && got.exit != 137:
					t.Errorf("%s: listed as open, but the guard lives: %+v", layer, got)
				case !k.residual && (got.exit == 137 || !strings.Contains(got.stderr, "guard's process stays up")):
					t.Errorf("%s: %+v", layer, got)
				}
			}
		})
	}
}
