package engine

import (
	"strings"

	"rampart/policy"
	"rampart/shellparse"
)

// DescribeEffect says an effect in a few words, as the end of "it ...".
func DescribeEffect(ef *shellparse.Effect) string {
	target := orUnknown(ef.Path, "a file that can't be known beforehand")
	below := ""
	if ef.Recursive {
		below = " and everything below it"
	}
	switch ef.Kind {
	case shellparse.Exec:
		return "runs " + execWords(ef)
	case shellparse.Read:
		return "reads " + target + below
	case shellparse.Write:
		return "writes " + target + below
	case shellparse.Delete:
		return "deletes " + target + below
	case shellparse.Fetch:
		peer := orUnknown(ef.URL, orUnknown(ef.Host, "a host that can't be known beforehand"))
		if ef.Sends {
			return "sends data to " + peer
		}
		return "contacts " + peer
	case shellparse.SetEnv:
		return "sets " + ef.Name
	case shellparse.Flow:
		if ef.Via != "" {
			return earlierFlow(ef)
		}
		return "sends " + endpoint(ef, ef.From) + " to " + endpoint(ef, ef.To)
	}
	return "does something unknown"
}

// earlierFlow says a Flow of data that an earlier command left in a file.
func earlierFlow(ef *shellparse.Effect) string {
	does := "sends " + ef.Via + " to " + endpoint(ef, ef.To)
	if ef.To == shellparse.Interpreter {
		does = "runs " + ef.Via
	}
	from := *ef // its Host and URL are those of the other end
	if ef.To == shellparse.Network {
		from.Host, from.URL = "", ""
	}
	return does + ", which an earlier command made of " + endpoint(&from, ef.From)
}

func execWords(ef *shellparse.Effect) string {
	if ef.Certainty == shellparse.Unknown || ef.Program == "" && len(ef.Argv) == 0 {
		return "a program that can't be known beforehand"
	}
	words := make([]string, 0, len(ef.Argv))
	for _, v := range ef.Argv {
		words = append(words, word(v))
	}
	if len(words) == 0 {
		return ef.Program
	}
	return strings.Join(words, " ")
}

func word(v shellparse.Value) string {
	switch {
	case v.Text != "":
		return v.Text
	case v.Certainty == shellparse.Exact:
		return "''"
	}
	return "?"
}

func endpoint(ef *shellparse.Effect, e shellparse.Endpoint) string {
	switch e {
	case shellparse.Network:
		return "the network" + paren(orUnknown(ef.URL, ef.Host))
	case shellparse.Interpreter:
		return "an interpreter" + paren(ef.Program)
	case shellparse.File:
		return "a file" + paren(ef.Path)
	case shellparse.Decoded:
		return "decoded data"
	case shellparse.Environment:
		return "the environment" + paren(ef.Name)
	}
	return string(e)
}

func paren(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func orUnknown(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// CommandLine returns what a Call runs or touches, on one line, for people.
func CommandLine(c *policy.Call) string {
	switch {
	case c.Command != "":
		return c.Command
	case c.By != nil:
		return c.Tool + " " + c.Path + " by " + strings.Join(c.Argv, " ")
	case len(c.Argv) > 0:
		return strings.Join(c.Argv, " ")
	case c.Path != "":
		return c.Tool + " " + c.Path
	}
	return strings.TrimSpace(c.Tool + " " + c.URL)
}
