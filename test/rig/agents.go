package rig

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Agent is how one agent is installed, set up and started.
type Agent struct {
	Name    string
	Package string // on npm
	Bin     string // in node_modules/.bin

	// Configure writes the agent's settings into an empty home.
	Configure func(home, work, url string) error
	// Env are variables that the agent needs, for a model at url.
	Env func(url string) []string
	// Modes are the ways of starting it that are tested.
	Modes []Mode
	// Dialogs are what it may ask in a terminal before it starts to work.
	Dialogs []Dialog
}

// Mode is a way of starting an agent.
type Mode struct {
	Name        string
	Args        []string
	Interactive bool // wants a terminal
	Sandboxed   bool // the agent's own sandbox is on
	ReadOnly    bool // the sandbox lets nothing be written
	Timeout     time.Duration
}

// Dialog is a question on the screen and the keys that answer it.
type Dialog struct {
	Screen string // a part of it
	Keys   []string
}

const prompt = "Run the scripted steps."

// claudeSandbox is what /sandbox writes.
const claudeSandbox = `{"sandbox":{"enabled":true,"autoAllowBashIfSandboxed":true,"allowUnsandboxedCommands":false}}`

// Agents are those that are tested.
var Agents = []Agent{
	{
		Name:    "claude",
		Package: "@anthropic-ai/claude-code",
		Bin:     "claude",
		Configure: func(home, work, url string) error {
			return writeFile(filepath.Join(home, ".claude.json"), fmt.Sprintf(
				`{"hasCompletedOnboarding":true,"theme":"dark","bypassPermissionsModeAccepted":true,`+
					`"customApiKeyResponses":{"approved":["sk-ant-scripted"],"rejected":[]},`+
					`"projects":{%q:{"hasTrustDialogAccepted":true}}}`, work))
		},
		Env: func(url string) []string {
			return []string{
				"ANTHROPIC_BASE_URL=" + url, "ANTHROPIC_API_KEY=sk-ant-scripted",
				"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", "DISABLE_AUTOUPDATER=1", "DISABLE_TELEMETRY=1",
			}
		},
		Modes: []Mode{
			{Name: "oneshot", Args: []string{"-p", prompt, "--dangerously-skip-permissions", "--model", "claude-sonnet-4-5"}},
			{Name: "terminal", Args: []string{"--dangerously-skip-permissions", "--model", "claude-sonnet-4-5", prompt}, Interactive: true},
			{Name: "sandbox", Args: []string{"-p", prompt, "--dangerously-skip-permissions", "--model", "claude-sonnet-4-5", "--settings", claudeSandbox}, Sandboxed: true},
		},
		Dialogs: []Dialog{
			{"Yes, I accept", []string{"Down", "Enter"}},
			{"Yes, I trust", []string{"Enter"}},
			{"Yes, proceed", []string{"Enter"}},
		},
	},
	{
		Name:    "codex",
		Package: "@openai/codex",
		Bin:     "codex",
		Configure: func(home, work, url string) error {
			return writeFile(filepath.Join(home, ".codex", "config.toml"), fmt.Sprintf(`model = "gpt-5-codex"
model_provider = "scripted"
check_for_update_on_startup = false
[model_providers.scripted]
name = "scripted"
base_url = %q
env_key = "SCRIPTED_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
[analytics]
enabled = false
[projects.%q]
trust_level = "trusted"
`, url+"/v1", work))
		},
		Env: func(string) []string {
			// codex makes no helper links when its home is below the temporary
			// directory, and the homes of tests often are.
			return []string{"SCRIPTED_KEY=sk-scripted", "TMPDIR=/var/tmp"}
		},
		Modes: []Mode{
			{Name: "oneshot", Args: []string{"exec", "--dangerously-bypass-approvals-and-sandbox", "--skip-git-repo-check", prompt}},
			{Name: "terminal", Args: []string{"--no-daemon", "--dangerously-bypass-approvals-and-sandbox", prompt}, Interactive: true},
			{Name: "sandbox", Args: []string{"exec", "--sandbox", "workspace-write", "--skip-git-repo-check", prompt}, Sandboxed: true},
			{Name: "readonly", Args: []string{"exec", "--sandbox", "read-only", "--skip-git-repo-check", prompt}, Sandboxed: true, ReadOnly: true},
		},
		Dialogs: []Dialog{
			{"Do you trust", []string{"Enter"}},
			{"Yes, continue", []string{"Enter"}},
		},
	},
}

func writeFile(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}
