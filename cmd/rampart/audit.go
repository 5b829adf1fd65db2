package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"rampart/audit"
	"rampart/platform"
)

func newAuditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "read and check what was recorded",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("say what to do: audit tail, search, stats, export, report, verify, key or prune")
		},
	}
	cmd.AddCommand(newTailCommand("audit tail", "show the last records"), newSearchCommand(), newStatsCommand(), newExportCommand(), newReportCommand(), newVerifyCommand(), newKeyCommand(), newPruneCommand())
	return cmd
}

// newTailCommand makes `audit tail` and `log`, which are the same.
func newTailCommand(path, short string) *cobra.Command {
	var f filterFlags
	var opt audit.TailOptions
	cmd := &cobra.Command{
		Use:   path[strings.LastIndexByte(path, ' ')+1:],
		Short: short,
		Long: `Shows the last records of the audit trail, one line each: when, which layer saw
it, what was decided, the command, and the rule and reason. With -f it goes on,
also when the trail goes on in another file, and waits for a trail that isn't there
yet. Colours are for terminals; NO_COLOR=1 leaves them out.
` + filterHelp + `

Exit codes: 0, 2 there is no trail, it can't be read, or a flag is wrong.`,
		Example: "  rampart " + path + " -f\n  rampart " + path + " -f --action deny --action ask --agent claude",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opt.N < 0 {
				return fmt.Errorf("-n is %d: it can't be negative", opt.N)
			}
			var dir string
			var err error
			if opt.Filter, dir, err = f.get(); err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			opt.Color = platform.MayColor(out)
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			return audit.Tail(ctx, out, dir, opt)
		},
	}
	cmd.Flags().IntVarP(&opt.N, "lines", "n", 20, "how many of the last records")
	cmd.Flags().BoolVarP(&opt.Follow, "follow", "f", false, "go on with those to come")
	cmd.Flags().BoolVar(&opt.JSON, "json", false, "the records as they are in the trail, one JSON object a line")
	f.register(cmd)
	return cmd
}

func auditDirFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "audit-dir", "", "where the audit trail is kept (default ~/.rampart/audit)")
}

func auditDir(flag string) (string, error) {
	if flag != "" {
		return filepath.Abs(flag)
	}
	return platform.AuditDir()
}
