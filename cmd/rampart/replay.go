package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"rampart/engine"
)

func newReplayCommand() *cobra.Command {
	var f judgeFlags
	var since string
	var rows int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "replay [--config NEW.yaml] [--since 7d]",
		Short: "what a policy would have decided over recorded calls, and what changes",
		Long: `Judges the calls in the audit trail once more, by the effects that they had, and
shows those that would be decided differently: under the files of --config or the
profile of --profile, else under the policy in force. Nothing is run, asked or
recorded. Exit status 0 whether something changes or not, 2 if there is no trail
or the policy does not load.`,
		Example: "  rampart replay --config new.yaml\n  rampart replay --profile paranoid --since 7d",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, err := sinceTime(since)
			if err != nil {
				return err
			}
			if rows < 0 {
				return fmt.Errorf("--rows is %d: it can't be negative", rows)
			}
			e, err := f.engine()
			if err != nil {
				return err
			}
			dir, err := f.audit()
			if err != nil {
				return err
			}
			r, err := e.Replay(dir, from)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), r, "")
			}
			return engine.WriteReplay(cmd.OutOrStdout(), r, rows, paint())
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&since, "since", "", "only calls of the last `time`: 90m, 24h, 7d (default all)")
	cmd.Flags().IntVar(&rows, "rows", 40, "how many rows of the table; 0 is all")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object, with all changes")
	return cmd
}

// sinceTime is the moment so long ago; zero if nothing is said.
func sinceTime(span string) (time.Time, error) {
	if span == "" {
		return time.Time{}, nil
	}
	d, err := engine.ParseTime(span)
	if err != nil {
		return time.Time{}, err
	}
	return time.Now().Add(-d), nil
}
