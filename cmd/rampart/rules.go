package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"rampart/engine"
	"rampart/platform"
)

func newRulesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "list what you allowed and blocked, or take it back",
		Long: `Lists your own rules, made by rampart allow and rampart block, with their numbers:
what they name, where and how long they hold, and whether one that may be used
once has been. They are kept in ~/.rampart/rules.yaml.`,
		Example: "  rampart rules\n  rampart rules remove 2",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := ownRules()
			if err != nil {
				return err
			}
			list, err := store.List()
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			if asJSON {
				out := []engine.OwnRuleJSON{}
				for i := range list {
					out = append(out, engine.OwnRuleToJSON(i+1, &list[i], store.State(&list[i], time.Now())))
				}
				return writeJSON(w, out, "")
			}
			if len(list) == 0 {
				_, err = fmt.Fprintln(w, "no rules of your own; rampart allow and rampart block make them")
			}
			for i := range list {
				engine.WriteOwnRuleLine(w, i+1, &list[i], store.State(&list[i], time.Now()), paint())
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.AddCommand(newRulesRemoveCommand())
	return cmd
}

func newRulesRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove N",
		Short: "take back the rule with this number, or this ID",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := outsideOnly("rampart rules remove"); err != nil {
				return err
			}
			store, err := ownRules()
			if err != nil {
				return err
			}
			gone, err := store.Remove(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "removed: %s\n", engine.Sanitize(gone.Describe()))
			return err
		},
	}
}

func ownRules() (engine.OwnRules, error) {
	home, err := platform.Home()
	if err != nil {
		return engine.OwnRules{}, err
	}
	return engine.OpenOwnRules(home), nil
}
