package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"rampart/audit"
	"rampart/engine"
	"rampart/platform"
)

func newPruneCommand() *cobra.Command {
	var dir, older, over string
	cmd := &cobra.Command{
		Use:   "prune --older 90d | --over 1G",
		Short: "remove the oldest files of the trail",
		Long: `Removes whole files from the beginning of the audit trail, never the one that is
written to. Their seals are kept, so that what is left can still be checked from
the first key, and a record says what was removed. A trail that was tampered with
is left alone.`,
		Example: "  rampart audit prune --older 90d --over 2G",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if err := outsideOnly("rampart audit prune"); err != nil {
				return err
			}
			var keep audit.Retention
			if older != "" {
				keep.Age, err = engine.ParseTime(older)
			}
			if over != "" && err == nil {
				keep.Size, err = audit.ParseSize(over)
			}
			if err == nil && older == "" && over == "" {
				err = errors.New("say what may go: --older 90d, --over 1G, or both")
			}
			if err != nil {
				return err
			}
			trail, err := auditDir(dir)
			if err != nil {
				return err
			}
			if err := platform.HardenProcess(); err != nil { // it may hold the sealing key for a moment
				return err
			}
			p, err := audit.Prune(trail, keep)
			if err != nil {
				return err
			}
			if p.Segments == 0 {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), "nothing to remove")
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "removed %d of the oldest files, up to record %d\n", p.Segments, p.Through)
			return err
		},
	}
	cmd.Flags().StringVar(&older, "older", "", "files whose records are all older than this `time`: 24h, 90d")
	cmd.Flags().StringVar(&over, "over", "", "the oldest files, until the rest has no more than this `size`: 500M, 2G")
	auditDirFlag(cmd, &dir)
	return cmd
}
