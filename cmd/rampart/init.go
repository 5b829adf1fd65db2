package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"rampart/engine"
	"rampart/platform"
	"rampart/policy"
)

// projectTemplate is what `init --project` writes.
const projectTemplate = `# Policy of this project: it can only tighten what the owner's own policy allows.
version: "1"

policies:
  - name: this-project
    match:
      tool: [write, delete]
    rules:
      - action: deny
        when:
          path_matches: ["**/db/production/**"]
        message: "the production data is not to be changed"
`

func newInitCommand() *cobra.Command {
	var profile, since, auditFlag string
	var project, fromAudit, write bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "write a policy file of your own to start from",
		Long: `Copies an embedded profile to ~/.rampart/policies, where it replaces the profile
for every later session and may be edited. With --project, writes
.rampart/policy.yaml for the project in this directory instead. An existing file
is never overwritten.

With --from-audit, proposes a policy made from what the audit trail says was run:
it allows that, as narrowly as is worth reading, asks about the rest, and says
beside each rule what else it covers. The proposal is printed, and replayed over
the same calls; with --write it becomes ~/.rampart/policies/from-audit.yaml (or,
with --project, the project's file).`,
		Example: "  rampart init\n  rampart init --profile paranoid\n  rampart init --project\n  rampart init --from-audit --since 7d",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := outsideOnly("rampart init"); err != nil {
				return err
			}
			name, data := filepath.Join(".rampart", "policy.yaml"), []byte(projectTemplate)
			if fromAudit {
				p, err := propose(since, auditFlag, project)
				if err != nil {
					return err
				}
				if err := engine.WriteProposal(cmd.OutOrStdout(), cmd.ErrOrStderr(), p, !write); err != nil || !write {
					return err
				}
				if data = p.YAML; !project {
					home, err := platform.Home()
					if err != nil {
						return err
					}
					name = filepath.Join(home, "policies", "from-audit.yaml")
				}
			} else if !project {
				src, err := policy.Profile(profile)
				if err != nil {
					return err
				}
				home, err := platform.Home()
				if err != nil {
					return err
				}
				name, data = filepath.Join(home, "policies", profile+".yaml"), src.Data
			}
			if err := writeNew(name, data); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "wrote %s\nedit it, then check it with: rampart lint %s\n", engine.Sanitize(name), engine.Sanitize(name))
			return nil
		},
	}
	cmd.Flags().StringVar(&profile, "profile", "standard", "embedded profile to start from: standard, paranoid, yolo or ci")
	cmd.Flags().BoolVar(&project, "project", false, "write .rampart/policy.yaml in this directory")
	cmd.Flags().BoolVar(&fromAudit, "from-audit", false, "propose a policy from what was recorded")
	cmd.Flags().StringVar(&since, "since", "", "with --from-audit: only calls of the last `time`: 24h, 7d (default all)")
	cmd.Flags().BoolVar(&write, "write", false, "with --from-audit: write the proposal, not only print it")
	cmd.Flags().StringVar(&auditFlag, "audit-dir", "", "where the audit trail is kept (default ~/.rampart/audit)")
	cmd.MarkFlagsMutuallyExclusive("profile", "project")
	cmd.MarkFlagsMutuallyExclusive("profile", "from-audit")
	return cmd
}

func propose(since, auditFlag string, project bool) (*engine.Proposal, error) {
	from, err := sinceTime(since)
	if err != nil {
		return nil, err
	}
	dir, err := auditDir(auditFlag)
	if err != nil {
		return nil, err
	}
	e, err := (&judgeFlags{profile: "standard"}).enforcing()
	if err != nil {
		return nil, err
	}
	return e.Propose(dir, from, project)
}

// writeNew writes a file that must not exist yet, for the owner alone.
func writeNew(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if os.IsExist(err) {
		return fmt.Errorf("%s is there already: edit it, or move it away first", name)
	}
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		os.Remove(name)
		return fmt.Errorf("can't write %s: %w", name, err)
	}
	return f.Close()
}
