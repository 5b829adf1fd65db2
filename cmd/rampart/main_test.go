package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestPrintable: an error that names an agent's file steers no terminal.
func TestPrintable(t *testing.T) {
	if got := printable("open \x1b]0;x\a\x1b[2J.yaml\nline\t2"); strings.ContainsAny(got, "\x1b\a") || !strings.Contains(got, "\nline") {
		t.Errorf("%q", got)
	}
	var out strings.Builder
	root := &cobra.Command{}
	lint := newLintCommand()
	root.AddCommand(lint)
	root.SetOut(&out)
	root.SetArgs([]string{"lint", "none\x1b[2J.yaml"})
	if err := root.Execute(); err == nil || strings.Contains(printable(err.Error()), "\x1b") || strings.Contains(out.String(), "\x1b") {
		t.Errorf("%v %q", err, out.String())
	}
}
