package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"rampart/shellparse"
)

// What shellparse's table of programs says about this one is held against the
// commands as they are: every flag that takes a value, wherever it stands.
func TestProgramTable(t *testing.T) {
	const file = "/w/.file"
	does := map[string]shellparse.Kind{
		"output": shellparse.Write, "json-file": shellparse.Write, "cef-file": shellparse.Write,
		"config": shellparse.Read, "anchor": shellparse.Read, "otlp-headers": shellparse.Read, "export-ca": shellparse.Read, "audit-dir": shellparse.Read,
		"syslog": shellparse.Fetch, "otlp": shellparse.Fetch,
	}
	// These judge for another machine, or write into the directory.
	audit := map[string]shellparse.Kind{
		"wrap": shellparse.Write, "preload": shellparse.Write, "key": shellparse.Write, "prune": shellparse.Write,
		"test": 0, "explain": 0, "eval": 0,
	}
	commands, flags := 0, 0
	eachCommand(newRoot(), func(c *cobra.Command) {
		commands++
		path := strings.Fields(c.CommandPath())
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.NoOptDefVal != "" || f.Value.Type() == "bool" {
				return
			}
			flags++
			want := does[f.Name]
			if kind, ok := audit[c.Name()]; ok && f.Name == "audit-dir" {
				want = kind
			}
			value := file
			if want == shellparse.Fetch {
				value = "tls://logs.example:6514"
			}
			spelt := [][]string{{"--" + f.Name, value}, {"--" + f.Name + "=" + value}}
			if f.Shorthand != "" {
				spelt = append(spelt, []string{"-" + f.Shorthand, value}, []string{"-" + f.Shorthand + value})
			}
			for _, flag := range spelt {
				check(t, append(append([]string{}, path...), flag...), want, value)
				if c.Name() == "audit-dir" || f.Name == "audit-dir" {
					continue // written into or read, by which subcommand comes
				}
				check(t, append(append([]string{path[0]}, flag...), path[1:]...), want, value)
			}
		})
	})
	if commands < 20 || flags < 100 {
		t.Errorf("only %d commands with %d flags", commands, flags)
	}
	for line, want := range map[string]shellparse.Kind{
		"rampart fmt " + file:               shellparse.Write,
		"rampart fmt --check " + file:       shellparse.Read,
		"rampart lint " + file:              shellparse.Read,
		"rampart test " + file:              shellparse.Read,
		"rampart explain " + file:           0,
		"rampart audit search " + file:      0,
		"rampart wrap -- cp a " + file:      shellparse.Write,
		"rampart preload rm " + file:        shellparse.Delete,
		"rampart wrap env cat -- " + file:   shellparse.Read,
		"rampart audit -i export -o" + file: shellparse.Write,
	} {
		check(t, strings.Fields(line), want, file)
	}
}

func eachCommand(c *cobra.Command, do func(*cobra.Command)) {
	if c.Runnable() {
		do(c)
	}
	for _, sub := range c.Commands() {
		eachCommand(sub, do)
	}
}

// check fails the test unless a call does what is wanted with value, and nothing
// if that is 0.
func check(t *testing.T, argv []string, want shellparse.Kind, value string) {
	t.Helper()
	r := shellparse.Analyze(&shellparse.Input{Argv: argv, Cwd: "/w", Home: "/h"})
	found := false
	for _, e := range r.Effects {
		switch e.Kind {
		case shellparse.Exec, shellparse.Flow:
			continue
		case want:
			found = found || e.Certainty == shellparse.Exact && (e.Path == value || e.Host == "logs.example")
		case shellparse.Read: // what is rewritten is read before
			if want == shellparse.Write {
				continue
			}
			fallthrough
		default:
			t.Errorf("%q: %s of %s%s", argv, e.Kind, e.Path, e.Host)
		}
	}
	if found != (want != 0) {
		t.Errorf("%q: no %s of %s", argv, want, value)
	}
}
