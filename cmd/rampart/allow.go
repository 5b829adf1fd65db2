package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rampart/engine"
	"rampart/platform"
	"rampart/policy"
	"rampart/preload"
)

// exitRefused is the exit code of a command that was refused.
const exitRefused = 126

// ownFlags are those of allow and block.
type ownFlags struct {
	engine.OwnRequest
	span    string
	project bool
	asJSON  bool
}

func (f *ownFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.Tool, "tool", "exec", "what PATTERN is about: exec, read, write, delete, fetch, or a tool's `name`")
	fl.StringVar(&f.span, "for", "", "how `long` it holds: 90s, 10m, 1h, 7d (default until it is removed)")
	fl.StringVar(&f.In, "in", "", "only for commands that are run in this `directory`")
	fl.BoolVar(&f.project, "project", false, "only in the project that the current directory belongs to")
	fl.BoolVar(&f.asJSON, "json", false, "print JSON")
	cmd.MarkFlagsMutuallyExclusive("in", "project")
}

func newAllowCommand() *cobra.Command {
	f := ownFlags{OwnRequest: engine.OwnRequest{Action: policy.Allow}}
	cmd := &cobra.Command{
		Use:   "allow PATTERN...",
		Short: "make an exception: the one thing that beats a deny",
		Long: `Allows exactly what PATTERN names, from now on and in sessions that are running
already. A refusal prints the allow command for what was refused; paste it into
a terminal outside of the session. Within one, this command is refused.

A command without * and ? is allowed as it stands: with what it does now, and
nothing that it may come to do later, when a script or a link in it has changed.
It may be spelled differently, or be a part of a longer command. With * (any
text: further words where it ends one, but in a path that path alone) and ? (any
character) PATTERN is held against the words of each program that is run, and
covers what that program itself does; redirections around it and data that flows
from one place to another (a key to the network, a download into a shell) need a
command that is spelled out. With --tool read, write, delete or fetch, PATTERN is
a path or a URL, whatever program comes to it. PATTERN may be - for standard
input.

An exception reaches rules of your own and of profiles. It does not reach what
/etc/rampart or a project's .rampart/policy.yaml says, nor Rampart's own
protection; the command then says so and leaves with status 1.`,
		Example: `  rampart allow --for 1h 'git push --force'
  rampart allow --once --in ~/app 'rm -rf data'
  rampart allow --project 'terraform apply*'
  rampart allow --tool read ~/.kube/config`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&f.Once, "once", false, "for one use, whichever session comes first")
	cmd.Flags().BoolVar(&f.Exact, "exact", false, "take * and ? in PATTERN as they are")
	return cmd
}

func newBlockCommand() *cobra.Command {
	f := ownFlags{OwnRequest: engine.OwnRequest{Action: policy.Deny}}
	ask := false
	cmd := &cobra.Command{
		Use:   "block PATTERN...",
		Short: "add a rule that refuses, or asks about, what PATTERN names",
		Long: `Refuses what PATTERN names, from now on and in sessions that are running already.
A command of plain words is taken as program, operands and flags, so that other
spellings of it are refused as well; any other is a pattern over the text of
each program's words. It counts against everything you allowed before it.`,
		Example: `  rampart block terraform
  rampart block 'git push --force'
  rampart block --ask 'npm install'
  rampart block --tool write '**/migrations/**'
  rampart block --tool fetch '*.example.com'`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if ask {
				f.Action = policy.Ask
			}
			return f.run(cmd, args)
		},
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&ask, "ask", false, "ask about it instead of refusing it")
	return cmd
}

// outsideOnly refuses what only people may do.
func outsideOnly(what string) error {
	if !preload.InSession() {
		return nil
	}
	return &exitError{exitRefused, what + " is for people: it is not done from inside of a guarded session. Say what you need and why; the owner can run it in another terminal."}
}

func (f *ownFlags) run(cmd *cobra.Command, args []string) error {
	if err := outsideOnly("rampart " + cmd.Name()); err != nil {
		return err
	}
	if err := f.complete(args); err != nil {
		return err
	}
	e, err := new(judgeFlags).enforcing()
	if err != nil {
		return err
	}
	now := time.Now()
	rules, err := e.OwnRules(f.OwnRequest, now)
	if not, ok := errors.AsType[*engine.NotYours](err); ok {
		return &exitError{exitFailed, not.Error()}
	}
	if err != nil {
		return err
	}
	home, err := platform.Home()
	if err != nil {
		return err
	}
	store := engine.OpenOwnRules(home)
	for i := range rules {
		n, err := store.Add(&rules[i], now)
		if err != nil {
			return err
		}
		if err := writeAdded(cmd.OutOrStdout(), n, &rules[i], f.asJSON); err != nil {
			return err
		}
	}
	return nil
}

// complete works out what the flags mean here and now.
func (f *ownFlags) complete(args []string) (err error) {
	if f.Cwd, err = os.Getwd(); err != nil {
		return err
	}
	if f.span != "" {
		if f.For, err = engine.ParseTime(f.span); err != nil {
			return err
		}
	}
	if f.In != "" {
		if f.In, err = filepath.Abs(f.In); err != nil {
			return err
		}
	}
	if f.project {
		f.Below = policy.ProjectRoot(f.Cwd, fileExists)
	}
	f.Patterns = args
	if len(args) == 1 && args[0] == "-" {
		data, err := io.ReadAll(io.LimitReader(os.Stdin, 1<<20))
		if err != nil {
			return err
		}
		f.Patterns = []string{strings.TrimSuffix(string(data), "\n")}
	}
	return nil
}

func fileExists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

func writeAdded(w io.Writer, number int, r *policy.OwnRule, asJSON bool) error {
	if asJSON {
		return writeJSON(w, engine.OwnRuleToJSON(number, r, ""), "")
	}
	engine.WriteOwnRule(w, number, r)
	_, err := fmt.Fprintf(w, "  to undo    rampart rules remove %d\n", number)
	return err
}
