package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"rampart/audit"
	"rampart/platform"
)

// exitUnsealed says that a trail is intact, but its end could have been cut.
const exitUnsealed = 3

func newVerifyCommand() *cobra.Command {
	var dir, key string
	var opt audit.VerifyOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "check that nothing was changed or removed",
		Long: `Reads the whole audit trail and checks every record, its place in the chain, and
every seal. A seal is signed with a key that is gone, so that nobody can change
what is before it. The first key of all (rampart audit key) should be kept on
another machine and be given here: without it a whole trail could be replaced by
another one. An anchor is a file of seals that were copied elsewhere, as a log
server keeps them: with it, a trail whose end was cut off is found.

Exit codes: 0 intact and sealed to the end, 3 intact with records at the end that
are not sealed yet, or with neither the sealing key nor an anchor to tell whether
later seals were cut off (a copy), 1 tampered with, 2 there is no trail or it can't be read.`,
		Example: "  rampart audit verify\n  rampart audit verify --key 5f0c... --anchor seals.jsonl",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			trail, err := auditDir(dir)
			if err != nil {
				return err
			}
			if key != "" {
				if opt.Key, err = audit.ParseKey(key); err != nil {
					return err
				}
			}
			report, err := audit.VerifyWith(trail, opt)
			if err != nil {
				return err
			}
			if asJSON {
				err = writeJSON(cmd.OutOrStdout(), report, "")
			} else {
				_, err = io.WriteString(cmd.OutOrStdout(), report.String())
			}
			switch {
			case err != nil:
				return err
			case !report.Intact:
				return &exitError{code: exitFailed}
			case report.Unsealed > 0 || !report.EndKnown:
				return &exitError{code: exitUnsealed}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "the first `key`, from where you kept it")
	cmd.Flags().StringVar(&opt.Anchor, "anchor", "", "a `file` of seals that were copied elsewhere")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the report as one JSON object")
	auditDirFlag(cmd, &dir)
	return cmd
}

func newKeyCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "key",
		Short: "show the public key that all seals can be checked with",
		Long: `Shows the first public key of the audit trail, as text and as a QR code. Keep it
on another machine, a phone or paper: rampart audit verify --key KEY then proves
that the trail is the one that began with it. It is no secret. A trail without a
key gets one.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			trail, err := auditDir(dir)
			if err != nil {
				return err
			}
			if err := platform.HardenProcess(); err != nil { // it may hold the sealing key for a moment
				return err
			}
			key, err := audit.EnsureKey(trail)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			code, err := audit.KeyQR(key, platform.MayColor(out))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(out, "%x\n\n%s", []byte(key), code)
			return err
		},
	}
	auditDirFlag(cmd, &dir)
	return cmd
}
