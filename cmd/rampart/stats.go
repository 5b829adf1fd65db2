package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/cobra"

	"rampart/audit"
	"rampart/audit/report"
)

func newStatsCommand() *cobra.Command {
	var f filterFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "count what was decided",
		Long: `Counts the records of the audit trail that fit: by action, outcome, tool, layer,
agent and session, the rules that decided most, the programs in commands that were
refused, and what was decided in each hour or, over more than two days, each day.
` + filterHelp + `

Exit codes: 0, 2 there is no trail, or a flag is wrong.`,
		Example: "  rampart audit stats --since 7d\n  rampart audit stats --agent claude --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, _, err := f.gather(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				err = s.WriteJSON(cmd.OutOrStdout())
			} else {
				err = s.WriteText(cmd.OutOrStdout())
			}
			tellUnreadable(cmd, s.Unreadable)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object, with hours and days")
	f.register(cmd)
	return cmd
}

func newReportCommand() *cobra.Command {
	var f filterFlags
	var file string
	cmd := &cobra.Command{
		Use:   "report [-o FILE]",
		Short: "make a page of what happened",
		Long: `Writes one HTML page about the records of the audit trail that fit: what happened,
a timeline, what was refused most and why, programs that no judgement had foreseen,
each session, and what verify says of the trail. The page needs nothing else, no
script and no network, in light and dark, on a screen and on paper.
` + filterHelp + `

Exit codes: 0 it was written, 2 there is no trail, it can't be written, or a flag is
wrong. That the trail was tampered with stands in the page, and is rampart audit
verify's to tell by its exit code.`,
		Example: "  rampart audit report -o report.html\n  rampart audit report --since 24h --agent claude -o today.html",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, dir, err := f.gather(cmd.Context())
			if err != nil {
				return err
			}
			verified, err := audit.Verify(dir)
			if err != nil {
				return err
			}
			host, _ := os.Hostname()
			o := report.Origin{
				Host: host, Version: versionOrRevision(), Made: time.Now(), Verified: verified,
				Filtered: !f.filter.IsZero(),
			}
			err = toFile(cmd, dir, file, func(w io.Writer) error { return report.WriteHTML(w, s, o) })
			if err == nil {
				tellUnreadable(cmd, s.Unreadable)
			}
			return err
		},
	}
	cmd.Flags().StringVarP(&file, "output", "o", "", "write to this `file`, not to standard output")
	f.register(cmd)
	return cmd
}

// gather counts the records that are meant, and returns where they are.
func (f *filterFlags) gather(ctx context.Context) (s *report.Summary, dir string, err error) {
	filter, dir, err := f.get()
	if err != nil {
		return nil, "", err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	s, err = report.Gather(ctx, dir, filter)
	return s, dir, err
}
