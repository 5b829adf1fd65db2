package shellparse

import "encoding/json"

// packageScript is the text of a script in the package.json of the working
// directory, with those that npm runs before and after it.
func (a *analyzer) packageScript(c *call, name string) string {
	f := a.fileText(c.cmd.st, lit("package.json"))
	if !f.known() || f.t == "" || name == "" {
		return ""
	}
	var pkg struct {
		Scripts map[string]string `json:"scripts"`
	}
	if json.Unmarshal([]byte(f.t), &pkg) != nil {
		return ""
	}
	text := ""
	for _, n := range []string{"pre" + name, name, "post" + name} {
		if s := pkg.Scripts[n]; s != "" {
			text += s + "\n"
		}
	}
	return text
}
