package main

import (
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"rampart/engine"
	"rampart/platform"
	"rampart/policy"
)

// commandCall is a Call for a command text given on the command line, made
// here and now.
func commandCall(args []string, shell string) (*policy.Call, error) {
	text := strings.Join(args, " ")
	if text == "-" {
		data, err := io.ReadAll(io.LimitReader(os.Stdin, 64<<20))
		if err != nil {
			return nil, err
		}
		text = strings.TrimSuffix(string(data), "\n")
	}
	cwd, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	return &policy.Call{
		Tool: "exec", Command: text, Cwd: cwd, Shell: shell, Layer: policy.LayerAPI,
		Environ: os.Environ(), Env: os.LookupEnv,
	}, nil
}

// paint reports whether stdout wants colour.
func paint() engine.Paint {
	return engine.Paint(os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && platform.IsTerminal(int(os.Stdout.Fd())))
}

// verdictJSON is what test and explain print with --json.
type verdictJSON struct {
	Action     string              `json:"action"`
	Policy     string              `json:"policy,omitempty"`
	Rule       string              `json:"rule,omitempty"`
	Message    string              `json:"message,omitempty"`
	Instead    string              `json:"instead,omitempty"`
	Effects    []engine.EffectJSON `json:"effects"`
	Files      []engine.FileJSON   `json:"files,omitempty"`
	Unresolved bool                `json:"unresolved"`
	Canonical  string              `json:"canonical,omitempty"`
	Matched    []matchJSON         `json:"matched,omitempty"`
}

type matchJSON struct {
	Action string `json:"action"`
	Policy string `json:"policy"`
	Rule   string `json:"rule"`
}

func writeVerdictJSON(w io.Writer, c *policy.Call, o *engine.Outcome) error {
	v := verdictJSON{
		Action: o.Action.String(), Policy: o.Policy, Rule: o.Rule, Message: o.Message, Instead: o.Instead,
		Effects: engine.EffectsJSON(c.Effects), Files: engine.FilesJSON(c.Files), Unresolved: c.Unresolved, Canonical: o.Canonical,
	}
	for _, m := range o.Matched {
		v.Matched = append(v.Matched, matchJSON{m.Action.String(), m.Policy, m.Rule})
	}
	return writeJSON(w, v, "  ")
}

func newExplainCommand() *cobra.Command {
	var f judgeFlags
	var asJSON bool
	var shell string
	cmd := &cobra.Command{
		Use:     "explain COMMAND",
		Short:   "show every effect of a command, every rule that matched, and which won",
		Long:    "Shows what COMMAND would do and why it is allowed or not. Nothing is run. COMMAND may be - for standard input.",
		Example: "  rampart explain 'cd ~/.ssh && cat id_rsa'",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := f.engine()
			if err != nil {
				return err
			}
			c, err := commandCall(args, shell)
			if err != nil {
				return err
			}
			o := e.Explain(c)
			if asJSON {
				return writeVerdictJSON(cmd.OutOrStdout(), c, &o)
			}
			engine.WriteExplanation(cmd.OutOrStdout(), c, &o, paint())
			return nil
		},
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&shell, "shell", "bash", "`shell` that would run it")
	return cmd
}

func newEvalCommand() *cobra.Command {
	f := judgeFlags{anywhere: true}
	cmd := &cobra.Command{
		Use:   "eval < calls.jsonl",
		Short: "judge many calls: one JSON object a line in, one decision a line out",
		Long: `Reads one Call a line from standard input and writes one Decision a line, in
order. Nothing is run and nothing recorded. A line that can't be read is answered
with an error; the exit status is then 1.

  {"id":"x1","tool":"exec","command":"cat ~/.ssh/id_rsa","cwd":"/home/u/p","home":"/home/u"}

"fs":false keeps the judgement from looking at this machine's files.`,
		Example: `  echo '{"tool":"exec","command":"git status"}' | rampart eval`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, err := f.engine()
			if err != nil {
				return err
			}
			failed, err := e.Eval(cmd.InOrStdin(), cmd.OutOrStdout())
			if err == nil && failed {
				return &exitError{exitFailed, "some lines could not be read; their answers say why"}
			}
			return err
		},
	}
	f.register(cmd)
	return cmd
}
