package engine

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"rampart/policy"
	"rampart/shellparse"
)

// analyse finds the effects of a Call, whatever its tool.
func (e *Engine) analyse(c *policy.Call, origins originsFunc) shellparse.Result {
	tool := policy.ToolName(c.Tool)
	switch tool {
	case "exec":
		return e.analyseExec(c, origins)
	case "read", "write", "edit", "delete":
		kind := shellparse.Write
		switch tool {
		case "read":
			kind = shellparse.Read
		case "delete":
			kind = shellparse.Delete
		}
		ef := shellparse.Effect{Kind: kind, Path: absolute(c.Path, c.Cwd, c.Home)}
		if c.OS == "windows" && len(c.Path) > 2 && c.Path[1] == ':' { // with a drive
			ef.Path = path.Clean(strings.ReplaceAll(c.Path, `\`, "/"))
		}
		if ef.Path == "" {
			ef.Certainty = shellparse.Unknown
		}
		return shellparse.Result{Effects: []shellparse.Effect{ef}, Unresolved: ef.Path == ""}
	case "fetch":
		ef := shellparse.Effect{Kind: shellparse.Fetch, URL: c.URL, Host: hostOf(c.URL)}
		if ef.Host == "" {
			ef.Certainty = shellparse.Unknown
		}
		return shellparse.Result{Effects: []shellparse.Effect{ef}, Unresolved: ef.Host == ""}
	}
	return shellparse.Result{}
}

func (e *Engine) analyseExec(c *policy.Call, origins originsFunc) shellparse.Result {
	in := e.input(c, origins)
	if c.Command == "" && len(c.Argv) > 0 {
		in.Argv, in.Path = c.Argv, c.Path
		if origins != nil {
			in.Stdin = openedBy(c.PID, 0)
		}
		res := shellparse.Analyze(&in)
		res.Leaves = append(res.Leaves, printed(c.PID, res.Prints)...)
		if i := res.TextIndex; i > 0 && i < len(c.Argv) {
			c.Command = c.Argv[i]
		}
		return res
	}
	in.Text = c.Command
	switch {
	case c.Shell != "":
		in.Dialect, _ = shellparse.DialectOf(c.Shell)
	case c.OS == "windows":
		in.Dialect = shellparse.Foreign
	}
	return shellparse.Analyze(&in)
}

func (e *Engine) input(c *policy.Call, origins originsFunc) shellparse.Input {
	in := shellparse.Input{
		Cwd: c.Cwd, Home: c.Home, User: c.User, OS: c.OS,
		Env: c.Env, Environ: c.Environ, FS: e.cfg.FS, Origins: origins, Parents: parents(c),
	}
	if c.Env != nil {
		if home, ok := c.Env("HOME"); ok && strings.HasPrefix(home, "/") {
			in.Home = home
		}
	}
	return in
}

// heedsInput reports whether it matters to what c does, or to what it writes to
// its output, where its standard input comes from.
func (e *Engine) heedsInput(c *policy.Call) bool {
	res := e.analyseReading(c)
	return len(res.Effects) != 1 || len(res.Prints) > 0 && !slices.Contains(inputless, res.Effects[0].Program)
}

// runsInput reports whether c would be refused, or asked about, for reading what
// was downloaded, in a session in which something was.
func (e *Engine) runsInput(c *policy.Call) bool {
	past := e.sessions.of(c.Session, looker{e.cfg.FS}, c.Time)
	return past.stains.some.Load() && slices.ContainsFunc(e.analyseReading(c).Effects, func(ef shellparse.Effect) bool {
		return ef.Kind == shellparse.Flow && ef.To == shellparse.Interpreter
	})
}

// analyseReading is what c does if its standard input comes from the network.
func (e *Engine) analyseReading(c *policy.Call) shellparse.Result {
	in := e.input(c, func(string, bool) []shellparse.Origin {
		return []shellparse.Origin{{From: shellparse.Network}}
	})
	in.Argv, in.Path, in.Stdin = c.Argv, c.Path, "/dev/stdin"
	return shellparse.Analyze(&in)
}

// inputless are programs that read nothing; what others print may be what they
// were given.
var inputless = []string{
	"[", "basename", "date", "dirname", "echo", "expr", "false", "getconf", "hostname", "id", "mktemp", "nproc", "printf", "pwd", "seq", "sleep", "test", "true",
	"tty", "uname", "whoami",
}

// parents are the processes that may be the parent of what c starts: the one
// that asks goes on as the program that it starts, or has a child do so.
func parents(c *policy.Call) []int {
	var out []int
	for _, pid := range []int{c.PPID, c.PID} {
		if pid != 0 {
			out = append(out, pid)
		}
	}
	return out
}

// absolute cleans a path that a tool gave.
func absolute(p, cwd, home string) string {
	switch {
	case p == "":
		return ""
	case p == "~" || strings.HasPrefix(p, "~/"):
		if home == "" {
			return ""
		}
		return path.Join(home, p[1:])
	case strings.HasPrefix(p, "/"):
		return path.Clean(p)
	case cwd == "":
		return ""
	}
	return path.Join(cwd, p)
}

// hostOf returns the host of a URL, lower case, without user and port; "" if
// there is none to be found.
func hostOf(raw string) string {
	if !strings.Contains(raw, "://") {
		raw = "//" + raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
