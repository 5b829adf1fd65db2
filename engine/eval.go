package engine

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"rampart/audit"
	"rampart/policy"
	"rampart/shellparse"
)

// maxEvalLine bounds a line of Eval's input, in bytes.
const maxEvalLine = 4 << 20

// evalCall is one line of Eval's input.
type evalCall struct {
	ID      json.RawMessage   `json:"id"`
	Tool    string            `json:"tool"`
	Command string            `json:"command"`
	Argv    []string          `json:"argv"`
	Path    string            `json:"path"`
	URL     string            `json:"url"`
	Cwd     string            `json:"cwd"`
	Home    string            `json:"home"`
	User    string            `json:"user"`
	Shell   string            `json:"shell"`
	Env     map[string]string `json:"env"`
	OS      string            `json:"os"`
	Agent   string            `json:"agent"`
	Session string            `json:"session"`
	Params  map[string]any    `json:"params"`
	FS      *bool             `json:"fs"`
	After   []string          `json:"after"`
}

// evalAnswer is one line of Eval's output.
type evalAnswer struct {
	ID         json.RawMessage `json:"id,omitempty"`
	Action     string          `json:"action"`
	Policy     string          `json:"policy,omitempty"`
	Rule       string          `json:"rule,omitempty"`
	Message    string          `json:"message,omitempty"`
	Instead    string          `json:"instead,omitempty"`
	Effects    []EffectJSON    `json:"effects"`
	Files      []FileJSON      `json:"files,omitempty"`
	Unresolved bool            `json:"unresolved"`
	Canonical  string          `json:"canonical,omitempty"`
}

type evalFailure struct {
	ID    json.RawMessage `json:"id,omitempty"`
	Error string          `json:"error"`
}

// EffectJSON is an effect as commands print it for scripts.
type EffectJSON struct {
	Kind      string   `json:"kind"`
	Certainty string   `json:"certainty"`
	Program   string   `json:"program,omitempty"`
	Argv      []string `json:"argv,omitempty"`
	Path      string   `json:"path,omitempty"`
	Recursive bool     `json:"recursive,omitempty"`
	Host      string   `json:"host,omitempty"`
	URL       string   `json:"url,omitempty"`
	Sends     bool     `json:"sends_data,omitempty"`
	Name      string   `json:"name,omitempty"`
	From      string   `json:"from,omitempty"`
	To        string   `json:"to,omitempty"`
	Via       string   `json:"via,omitempty"`
	Span      [2]int   `json:"span"`
}

// FileJSON is a file of code as commands print it for scripts.
type FileJSON struct {
	Path   string `json:"path"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

// FilesJSON returns files of code as commands print them for scripts.
func FilesJSON(files []shellparse.CodeFile) []FileJSON {
	var out []FileJSON
	for _, f := range files {
		out = append(out, FileJSON(f))
	}
	return out
}

// EffectsJSON returns effects as commands print them for scripts.
func EffectsJSON(effects []shellparse.Effect) []EffectJSON {
	out := make([]EffectJSON, len(effects))
	for i := range effects {
		ef := &effects[i]
		out[i] = EffectJSON{
			Kind: ef.Kind.String(), Certainty: ef.Certainty.String(), Program: ef.Program, Path: ef.Path,
			Recursive: ef.Recursive, Host: ef.Host, URL: ef.URL, Sends: ef.Sends, Name: ef.Name,
			From: string(ef.From), To: string(ef.To), Via: ef.Via, Span: [2]int{ef.Span.Start, ef.Span.End},
		}
		for _, v := range ef.Argv {
			out[i].Argv = append(out[i].Argv, word(v))
		}
	}
	return out
}

// Eval answers one Call a line, in order; nothing is executed, asked or
// recorded. A line that can't be read is answered with an error, and the lines
// after it are still answered; failed says whether there was one. The returned
// error is about reading from r or writing to w.
func (e *Engine) Eval(r io.Reader, w io.Writer) (failed bool, err error) {
	blind := New(e.withoutFS())
	in := bufio.NewReaderSize(r, 64<<10)
	out := bufio.NewWriterSize(w, 64<<10)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for n := 1; ; n++ {
		line, rerr := readLine(in, maxEvalLine)
		if rerr != nil && !errors.Is(rerr, errLineTooLong) {
			if rerr == io.EOF {
				rerr = nil
			}
			return failed, errors.Join(rerr, out.Flush())
		}
		if rerr == nil && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var c evalCall
		if rerr == nil {
			rerr = c.parse(line)
		}
		var answer any
		if rerr != nil {
			failed = true
			answer = evalFailure{ID: c.ID, Error: fmt.Sprintf("line %d: %v", n, rerr)}
		} else {
			judge := e
			if c.FS != nil && !*c.FS {
				judge = blind
			}
			answer = c.answer(judge)
		}
		b.Reset()
		if err := enc.Encode(answer); err != nil {
			return failed, err
		}
		if _, err := out.Write(append(audit.Harmless(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), '\n')); err != nil {
			return failed, err
		}
	}
}

// withoutFS is the configuration of an engine that looks at nothing on this machine.
func (e *Engine) withoutFS() Config {
	cfg := e.cfg
	cfg.FS, cfg.NoProject = nil, true
	return cfg
}

var errLineTooLong = fmt.Errorf("longer than %d bytes", maxEvalLine)

// readLine reads one line of at most most bytes; a longer one is read to its
// end and is errLineTooLong.
func readLine(r *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if long = long || len(line)+len(part) > most; !long {
			line = append(line, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case long:
			return nil, errLineTooLong
		case err == io.EOF && len(line) > 0:
			return line, nil
		}
		return line, err
	}
}

func (c *evalCall) parse(line []byte) error {
	if err := json.Unmarshal(line, c); err != nil {
		return err
	}
	if err := unambiguous(line); err != nil {
		return err
	}
	c.Tool = policy.ToolName(c.Tool)
	exec := c.Tool == "exec"
	switch {
	case c.Tool == "":
		return errors.New(`"tool" is missing: say "exec", "read", "write", "delete", "fetch" or a tool's name`)
	case exec && c.Command == "" && len(c.Argv) == 0:
		return errors.New(`an exec needs "command" or "argv"`)
	case exec && c.Command != "" && len(c.Argv) > 0:
		return errors.New(`an exec has "command" or "argv", not both`)
	case !exec && (c.Command != "" || len(c.Argv) > 0):
		return fmt.Errorf(`"command" and "argv" are an exec's, and the tool is %q; what another tool is given goes into "params"`, c.Tool)
	case (c.Tool == "read" || c.Tool == "write" || c.Tool == "edit" || c.Tool == "delete") && c.Path == "":
		return fmt.Errorf(`a %s needs "path"`, c.Tool)
	case c.Tool == "fetch" && c.URL == "":
		return errors.New(`a fetch needs "url"`)
	}
	return nil
}

func (c *evalCall) answer(e *Engine) evalAnswer {
	call := &policy.Call{
		Tool: c.Tool, Command: c.Command, Argv: c.Argv, Path: c.Path, URL: c.URL,
		Cwd: c.Cwd, Home: c.Home, User: c.User, Shell: c.Shell, OS: c.OS,
		Agent: c.Agent, Session: c.Session, Params: c.Params, Layer: policy.LayerAPI,
	}
	if c.Env != nil { // else nothing is known of it
		call.Env = func(name string) (string, bool) { v, ok := c.Env[name]; return v, ok }
	}
	for k, v := range c.Env {
		call.Environ = append(call.Environ, k+"="+v)
	}
	if len(c.After) > 0 {
		call.After = c.After
		e = e.afterwards(call)
	}
	o := e.Judge(call)
	return evalAnswer{
		ID: c.ID, Action: o.Action.String(), Policy: o.Policy, Rule: o.Rule, Message: o.Message, Instead: o.Instead,
		Effects: EffectsJSON(call.Effects), Files: FilesJSON(call.Files), Unresolved: call.Unresolved, Canonical: o.Canonical,
	}
}
