package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"rampart/engine"
	"rampart/platform"
	"rampart/wrap"
)

// sessionFlags are shared by wrap and preload.
type sessionFlags struct {
	judgeFlags
	agent    string
	failOpen bool
	kernel   string
	export   exportFlags
	files    string
}

func (f *sessionFlags) register(cmd *cobra.Command) {
	f.judgeFlags.register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.agent, "agent", "", "`name` of the agent in the audit (default the program's)")
	fl.BoolVar(&f.failOpen, "fail-open", false, "let commands run unjudged when the engine can't be reached, unrecorded when the audit trail can't be written")
	fl.StringVar(&f.kernel, "kernel", "auto", "see execs in the kernel (Linux): auto (where that takes nothing away), on, off")
	f.export.register(fl)
	fl.StringVar(&f.files, "files", "on", "judge the files that programs open and change by themselves (Linux): on, off")
	fl.SetInterspersed(false)
}

func newWrapCommand() *cobra.Command {
	var f sessionFlags
	cmd := &cobra.Command{
		Use:   "wrap [flags] -- AGENT [ARG...]",
		Short: "run an agent in a guarded session",
		Long: `Runs AGENT on a terminal of its own, with a substitute $SHELL, PATH shims for
sh, bash, zsh and dash, and the preload library in every process below it.

Exit status: the agent's own, 128+n if signal n ended it; 126 if its start was
refused; 125 if Rampart could not start it; 2 for wrong usage or a policy that
does not load.`,
		Example: "  rampart wrap -- claude\n  rampart wrap --mode monitor -- codex\n  rampart wrap -- bash",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return f.run(args, false) },
	}
	f.register(cmd)
	return cmd
}

func newPreloadCommand() *cobra.Command {
	var f sessionFlags
	cmd := &cobra.Command{
		Use:   "preload [flags] -- AGENT [ARG...]",
		Short: "run an agent with the preload layer only, without a terminal of its own",
		Long: `Runs AGENT with the preload library in every process below it: each program it
starts is judged first. Its descriptors stay the caller's own. Policy that says
ask is a refusal here, since the agent itself reads the terminal; use wrap to be
asked. Exit status as for wrap.`,
		Example: "  rampart preload -- python agent.py",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return f.run(args, true) },
	}
	f.register(cmd)
	return cmd
}

func (f *sessionFlags) run(argv []string, preloadOnly bool) error {
	mode, err := engine.ParseMode(f.mode)
	if err != nil {
		return err
	}
	kernel, err := wrap.ParseKernel(f.kernel)
	if err != nil {
		return err
	}
	exports, err := f.export.targets()
	if err != nil {
		return err
	}
	backlog, err := f.export.limit()
	if err != nil {
		return err
	}
	if f.files != "on" && f.files != "off" {
		return fmt.Errorf("unknown --files %q: it is on or off", f.files)
	}
	sessions, _ := platform.RuntimeDir()
	guard := append(f.export.files(), sessions)
	auditDir, err := f.audit()
	if err != nil {
		return &exitError{wrap.ExitNotStart, err.Error()}
	}
	for _, name := range slices.Concat(f.export.jsonFiles, f.export.cefFiles) {
		if err := outsideTrail(auditDir, name); err != nil {
			return err
		}
	}
	code, err := wrap.Run(wrap.Options{
		Argv: argv, PreloadOnly: preloadOnly, Load: func() (*engine.Policies, error) { return f.policies(f.export.secrets(), guard...) }, NoProject: noProject(),
		Mode: mode, FailOpen: f.failOpen, Kernel: kernel, NoFiles: f.files == "off", Agent: f.agent, AuditDir: auditDir,
		Exports: exports, Backlog: backlog,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	})
	if err != nil {
		return &exitError{code, err.Error()}
	}
	if code != 0 {
		return &exitError{code: code}
	}
	return nil
}
