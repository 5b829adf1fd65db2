package shellparse

import (
	"os/exec"
	"strings"
	"testing"
)

// TestSyntaxError: the shells say whether a text runs at all.
func TestSyntaxError(t *testing.T) {
	tests := []struct {
		text    string
		program string // what the finished text would run; "" if that can't be said
	}{
		{"echo 'unterminated", "echo"},
		{`rm -rf /x "unterminated`, "rm"},
		{"echo $(ls", "ls"},
		{"echo ${x", "echo"},
		{"(ls; id", "id"},
		{"echo `id", "id"},
		{"if true", ""},
	}
	for _, tt := range tests {
		for _, in := range []*Input{{Text: tt.text}, {Argv: []string{"bash", "-c", tt.text}}} {
			res := Analyze(in)
			text := res.Canonical
			if in.Argv != nil && len(res.Rewrites) == 1 {
				text = res.Rewrites[0].Text
			}
			if res.SyntaxError == "" || res.Refusal != "" {
				t.Errorf("%q: syntax error %q, refusal %q", tt.text, res.SyntaxError, res.Refusal)
				continue
			}
			found := tt.program == ""
			for _, ef := range res.Effects {
				found = found || ef.Kind == Exec && ef.Program == tt.program
			}
			if !found {
				t.Errorf("%q: no effect of %s in %v", tt.text, tt.program, res.Effects)
			}
			for _, shell := range []string{"bash", "dash", "zsh", "mksh"} {
				if _, err := exec.LookPath(shell); err != nil {
					t.Logf("no %s here", shell)
					continue
				}
				if err := exec.Command(shell, "-n", "-c", tt.text).Run(); err == nil {
					t.Errorf("%q: %s finds nothing wrong with it", tt.text, shell)
				}
				// What runs in its place is ours, and harmless.
				var stderr strings.Builder
				cmd := exec.Command(shell, "-c", text)
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				if cmd.ProcessState.ExitCode() != 2 || len(out) > 0 || !strings.HasPrefix(stderr.String(), "syntax error: ") {
					t.Errorf("%q in %s: %v, printed %q, %q", tt.text, shell, err, out, stderr.String())
				}
			}
		}
	}
	if res := Analyze(&Input{Text: "cat <<E; id\nx"}); res.Refusal == "" {
		t.Error("shells run a here-document without its end, so it is refused, not reported")
	}
}
