// Command rampart guards an AI coding agent: it judges what the agent runs
// before it runs.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"rampart/audit"
	"rampart/engine"
	"rampart/platform"
)

// Exit codes of commands that start no agent.
const (
	exitFailed = 1 // a check did not hold
	exitUsage  = 2 // wrong usage, or a configuration that can't be used
)

// exitError makes rampart leave with a code; text is printed if not empty.
type exitError struct {
	code int
	text string
}

func (e *exitError) Error() string { return e.text }

func main() {
	platform.WarmHeap()
	debug.SetGCPercent(400) // commands wait for the engine, and its heap is small
	os.Exit(run(newRoot()))
}

func run(root *cobra.Command) int {
	err := root.Execute()
	if err == nil {
		return 0
	}
	code := exitUsage
	if e, ok := errors.AsType[*exitError](err); ok {
		code = e.code
	}
	if msg := err.Error(); msg != "" {
		fmt.Fprintln(os.Stderr, "rampart: "+printable(msg))
	}
	return code
}

// printable makes lines safe for a terminal: names of files, and what stands in
// them, may be an agent's.
func printable(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = engine.Sanitize(lines[i])
	}
	return strings.Join(lines, "\n")
}

// writeJSON writes v on one line, or indented on several. What is not printable
// is spelled out: it may be an agent's, and land on a terminal.
func writeJSON(w io.Writer, v any, indent string) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return err
	}
	for line := range bytes.Lines(b.Bytes()) {
		if _, err := w.Write(append(audit.Harmless(bytes.TrimSuffix(line, []byte("\n"))), '\n')); err != nil {
			return err
		}
	}
	return nil
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "rampart",
		Short: "guard for AI coding agents",
		Long: `Rampart judges every command an AI coding agent runs before it runs, refuses
what policy forbids with a reason the agent understands, and records everything.

  rampart wrap -- claude      start an agent under guard
  rampart test 'rm -rf ~'     see what would be decided about a command
  rampart log                 see what was decided`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		newWrapCommand(), newPreloadCommand(),
		newTestCommand(), newExplainCommand(), newEvalCommand(), newLintCommand(), newInitCommand(),
		newFmtCommand(), newReplayCommand(), newAllowCommand(), newBlockCommand(), newRulesCommand(),
		newAuditCommand(), newLogCommand(),
		newVersionCommand(),
	)
	return root
}
