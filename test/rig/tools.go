package rig

import "strings"

// tool is one that an agent offers to the model.
type tool struct {
	name      string
	namespace string // OpenAI: the group that it is in
	schema    schema
}

// schema is as much of a JSON schema as is needed to fill in arguments.
type schema struct {
	Type       any               `json:"type"` // a name or a list of names
	Enum       []any             `json:"enum"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	AnyOf      []schema          `json:"anyOf"`
}

// is tells whether the schema admits the type.
func (s schema) is(want string) bool {
	switch t := s.Type.(type) {
	case string:
		if t == want {
			return true
		}
	case []any:
		for _, x := range t {
			if x == want {
				return true
			}
		}
	}
	for _, alt := range s.AnyOf {
		if alt.is(want) {
			return true
		}
	}
	return false
}

// shellTools are the names under which agents offer their shell, best first.
var shellTools = []string{"Bash", "exec_command", "shell_command", "shell", "local_shell", "run_shell_command", "bash", "execute_command", "terminal"}

// commandKeys are the names of the argument that holds the command.
var commandKeys = []string{"command", "cmd", "script", "input"}

// shellTool picks the agent's shell.
func shellTool(tools []tool) (tool, bool) {
	for _, want := range shellTools {
		for _, t := range tools {
			if t.name == want {
				return t, true
			}
		}
	}
	return tool{}, false
}

// arguments are those of a call of the shell tool for a command.
func (t tool) arguments(command string) map[string]any {
	args := map[string]any{}
	for _, key := range commandKeys {
		s, ok := t.schema.Properties[key]
		if !ok {
			continue
		}
		if s.is("array") && !s.is("string") {
			args[key] = []string{"bash", "-lc", command}
		} else {
			args[key] = command
		}
		break
	}
	for _, name := range t.schema.Required {
		if _, ok := args[name]; !ok {
			args[name] = plausible(name, t.schema.Properties[name])
		}
	}
	return args
}

// plausible is a value for an argument that the script doesn't care about.
func plausible(name string, s schema) any {
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.is("boolean"):
		return false
	case s.is("integer"), s.is("number"):
		if strings.Contains(name, "time") {
			return 60000
		}
		return 1
	case s.is("array"):
		return []any{}
	case s.is("object"):
		return map[string]any{}
	case strings.Contains(name, "dir"), strings.Contains(name, "path"):
		return "."
	}
	return "scripted step"
}
