package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"rampart/audit"
	"rampart/audit/format"
	"rampart/platform"
)

func newSearchCommand() *cobra.Command {
	var f filterFlags
	var how audit.Listing
	var count bool
	cmd := &cobra.Command{
		Use:   "search [TEXT...]",
		Short: "find records",
		Long: `Shows the records of the audit trail that fit, in the order of the trail, one line
each. TEXT is what stands somewhere in them: in the command, its words, paths and
hosts it touches, the message, the rule.
` + filterHelp + `

Exit codes: 0 something was found, 1 nothing was, 2 there is no trail, or a flag is
wrong. Lines that are no records are passed over, and their number is said on stderr.`,
		Example: `  rampart audit search id_rsa
  rampart audit search --action deny --since 24h -n 20
  rampart audit search --path '~/.ssh/**' --program ssh --json
  rampart audit search --rule secrets --count`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.filter.Text = append(f.filter.Text, args...)
			filter, dir, err := f.get()
			if err != nil {
				return err
			}
			if how.First < 0 || how.Last < 0 {
				return errors.New("a number of records can't be negative")
			}
			out := cmd.OutOrStdout()
			how.Color = platform.MayColor(out)
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			var s audit.Searched
			if count {
				s, err = audit.Search(ctx, dir, filter, func(audit.Match) error { return nil })
			} else {
				s, err = audit.List(ctx, out, dir, filter, how)
			}
			if err != nil {
				return err
			}
			switch {
			case count && how.JSON:
				err = writeJSON(out, s, "")
			case count:
				_, err = fmt.Fprintln(out, s.Matched)
			}
			tellUnreadable(cmd, s.Unreadable)
			if err == nil && s.Matched == 0 {
				err = &exitError{code: exitFailed}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&how.JSON, "json", false, "the records as they are in the trail, one JSON object a line; with --count one object")
	cmd.Flags().BoolVarP(&count, "count", "c", false, "only how many")
	cmd.Flags().IntVarP(&how.Last, "lines", "n", 0, "only the last `N` of them")
	cmd.Flags().IntVar(&how.First, "first", 0, "only the first `N` of them; ends the search")
	cmd.MarkFlagsMutuallyExclusive("lines", "first", "count")
	f.register(cmd)
	return cmd
}

func newExportCommand() *cobra.Command {
	var f filterFlags
	var form, file string
	cmd := &cobra.Command{
		Use:   "export --format jsonl|csv|cef|ocsf",
		Short: "write records for other programs",
		Long: `Writes the records of the audit trail that fit, one line each, in the order of the
trail, all of them if nothing is said. jsonl is the trail as it is, and what can be
checked later (rampart audit verify --anchor); csv is for spreadsheets and keeps
formulas from being any; cef and ocsf are for log servers.
` + filterHelp + `

Exit codes: 0 it was written, 2 there is no trail, it can't be written, or a flag is
wrong. With -o the file takes its name once it is whole. Lines that are no records
are passed over, and their number is said on stderr.`,
		Example: `  rampart audit export --format csv --since 7d -o week.csv
  rampart audit export --format ocsf --action deny`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.filter.Trail = true
			filter, dir, err := f.get()
			if err != nil {
				return err
			}
			host, _ := os.Hostname()
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			var s audit.Searched
			err = toFile(cmd, dir, file, func(w io.Writer) (err error) {
				s, err = format.Export(ctx, w, dir, filter, form, format.Origin{Version: versionOrRevision(), Host: host})
				return err
			})
			if err == nil {
				tellUnreadable(cmd, s.Unreadable)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&form, "format", "jsonl", "the `form`: jsonl, csv, cef or ocsf")
	cmd.Flags().StringVarP(&file, "output", "o", "", "write to this `file`, not to standard output")
	f.register(cmd)
	return cmd
}
