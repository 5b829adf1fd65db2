package main

import "github.com/spf13/cobra"

func newLogCommand() *cobra.Command {
	return newTailCommand("log", "show what was decided: short for audit tail")
}
