package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"rampart/engine"
	"rampart/platform"
	"rampart/policy"
)

func newFmtCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "fmt [FILE...]",
		Short: "write policy files in their canonical form",
		Long: `Rewrites the files, or those in ~/.rampart/policies if none is named: keys in one
order, two spaces of indentation, quotes only where they are needed, a blank line
between policies. What a file says does not change, and its comments stay. A file
that is - is read from standard input and written to standard output.

With --check nothing is written: the files that would change are listed, and exit
status 1 says that there are some. Exit status 2: a file is not YAML, or can't be
written so without losing a comment.`,
		Example: "  rampart fmt\n  rampart fmt --check .rampart/policy.yaml\n  rampart fmt - < policy.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			if input := len(args) == 1 && args[0] == "-"; !check && !input {
				if err := outsideOnly("rampart fmt"); err != nil {
					return err
				}
			}
			if len(args) == 0 {
				home, err := platform.Home()
				if err != nil {
					return err
				}
				if args, err = engine.PolicyFiles(filepath.Join(home, "policies")); err != nil {
					return err
				}
				if len(args) == 0 {
					return errors.New("there are no policy files in ~/.rampart/policies; name the files to format")
				}
			}
			if len(args) == 1 && args[0] == "-" {
				return formatInput(cmd.InOrStdin(), cmd.OutOrStdout(), check)
			}
			changed := 0
			for _, name := range args {
				did, err := engine.FormatFile(name, !check)
				if err != nil {
					return err
				}
				if did {
					changed++
					fmt.Fprintln(cmd.OutOrStdout(), engine.Sanitize(name))
				}
			}
			if check && changed > 0 {
				return &exitError{code: exitFailed}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; list what would change")
	return cmd
}

func formatInput(r io.Reader, w io.Writer, check bool) error {
	data, err := io.ReadAll(io.LimitReader(r, 2<<20))
	if err != nil {
		return err
	}
	out, err := policy.Format("standard input", data)
	switch {
	case err != nil:
		return err
	case !check:
		_, err = w.Write(out)
		return err
	case string(out) != string(data):
		fmt.Fprintln(os.Stderr, "standard input is not in canonical form")
		return &exitError{code: exitFailed}
	}
	return nil
}
