package main

import (
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"rampart/engine"
	"rampart/platform"
	"rampart/policy"
	"rampart/preload"
	"rampart/shellparse"
)

// judgeFlags are shared by all commands that judge.
type judgeFlags struct {
	configs  []string
	profile  string
	mode     string
	auditDir string
	anywhere bool // what is judged need not be of this machine: its own places don't count
}

func (f *judgeFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringArrayVar(&f.configs, "config", nil, "policy `file`; may be given again (default ~/.rampart/policies/*.yaml, else the standard profile)")
	fl.StringVar(&f.profile, "profile", "", "embedded profile: "+strings.Join(policy.ProfileNames(), ", "))
	fl.StringVar(&f.mode, "mode", "enforce", "enforce, or monitor: block nothing, only record")
	fl.StringVar(&f.auditDir, "audit-dir", "", "where the audit trail is kept (default ~/.rampart/audit)")
}

// policies loads what the flags and the environment say. What only people
// change is the program, its home, the records, and what more the caller names;
// secret files are not to be read either.
func (f *judgeFlags) policies(secret []string, guard ...string) (*engine.Policies, error) {
	home, err := platform.Home()
	if err != nil && len(f.configs) == 0 && f.profile == "" {
		return nil, err
	}
	if self, err := os.Executable(); err == nil && !f.anywhere {
		guard = append(guard, self, filepath.Join(filepath.Dir(self), otlpProgram), f.auditDir)
	}
	return engine.LoadPolicies(engine.PolicyOptions{
		Configs: f.configs, Profile: f.profile, Home: home, NoProject: noProject(), Guard: guard, Secret: secret,
	})
}

// audit returns the audit directory.
func (f *judgeFlags) audit() (string, error) {
	if f.auditDir != "" {
		return filepath.Abs(f.auditDir)
	}
	return platform.AuditDir()
}

// engine returns an Engine that judges and records nothing.
func (f *judgeFlags) engine() (*engine.Engine, error) {
	mode, err := engine.ParseMode(f.mode)
	if err != nil {
		return nil, err
	}
	p, err := f.policies(nil)
	if err != nil {
		return nil, err
	}
	home, _ := os.UserHomeDir()
	name := ""
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	var files shellparse.FS
	if preload.Inside() == "" { // else an agent could have files shown to it as code
		files = platform.HostFS{}
	}
	return engine.New(engine.Config{
		Policies: p, NoProject: noProject(), Mode: mode, FS: files,
		Home: home, User: name, OS: runtime.GOOS,
	}), nil
}

// enforcing returns an Engine for the policy in force.
func (f *judgeFlags) enforcing() (*engine.Engine, error) {
	f.mode = engine.Enforce.String()
	return f.engine()
}

// noProject reports whether project policies are switched off.
func noProject() bool {
	v := os.Getenv("RAMPART_NO_PROJECT_POLICY")
	return v != "" && v != "0"
}
