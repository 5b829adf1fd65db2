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

	"rampart/audit"
	"rampart/engine"
	"rampart/platform"
	"rampart/preload"
)

// filterFlags say which records of the trail are meant, to all commands alike.
type filterFlags struct {
	filter       audit.Filter
	since, until string
	dir          string
}

func (f *filterFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.BoolVarP(&f.filter.IgnoreCase, "ignore-case", "i", false, "in texts, capital and small letters are the same")
	for _, v := range []struct {
		values      *[]string
		name, usage string
	}{
		{&f.filter.Text, "text", "records in which this `text` stands, anywhere"},
		{&f.filter.Action, "action", "by what was decided: allow, watch, ask or deny"},
		{&f.filter.Outcome, "outcome", "by what came of it: run or refused"},
		{&f.filter.Tool, "tool", "of this `tool`: exec, read, 'mcp__*'"},
		{&f.filter.Layer, "layer", "seen by this `layer`: shell, preload, kernel, hook"},
		{&f.filter.Agent, "agent", "of this `agent`"},
		{&f.filter.Session, "session", "of this `session`"},
		{&f.filter.Event, "event", "of this `event`; seals and ends of files only if they are named"},
		{&f.filter.Rule, "rule", "decided by this `rule`: file:line, a file, or a policy's name"},
		{&f.filter.Path, "path", "that touch this path; a `glob`, without a slash in front anywhere: '.ssh/*'"},
		{&f.filter.Program, "program", "that execute this `program`, by path or name"},
	} {
		fl.StringArrayVar(v.values, v.name, nil, v.usage)
	}
	fl.StringVar(&f.since, "since", "", "not before this `time`: 2h, 7d, 2026-11-22, or as RFC 3339")
	fl.StringVar(&f.until, "until", "", "before this `time`")
	fl.BoolVar(&f.filter.Unpredicted, "unpredicted", false, "execs that no judgement had foreseen")
	fl.BoolVar(&f.filter.Unresolved, "unresolved", false, "with an effect that could not be known beforehand")
	auditDirFlag(cmd, &f.dir)
}

const filterHelp = `
The flags that choose records may be given more than once; a record needs to fit one
value of each (of --text: all of them). Values are taken as globs where they hold
* ? [ or {.`

// get returns the filter and the directory of the trail.
func (f *filterFlags) get() (audit.Filter, string, error) {
	var err error
	for _, t := range []struct {
		text string
		to   *time.Time
	}{{f.since, &f.filter.Since}, {f.until, &f.filter.Until}} {
		if t.text != "" && err == nil {
			*t.to, err = engine.ParseMoment(t.text, time.Now())
		}
	}
	if err != nil {
		return f.filter, "", err
	}
	home, _ := os.UserHomeDir()
	for i, p := range f.filter.Path {
		if rest, ok := strings.CutPrefix(p, "~/"); ok && home != "" {
			f.filter.Path[i] = filepath.ToSlash(home) + "/" + rest
		}
	}
	dir, err := auditDir(f.dir)
	return f.filter, dir, err
}

// tellUnreadable says on stderr what a search passed over.
func tellUnreadable(cmd *cobra.Command, n int) {
	if n == 0 {
		return
	}
	lines := "lines are no records and were"
	if n == 1 {
		lines = "line is no record and was"
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "rampart: %d %s passed over; rampart audit verify tells more\n", n, lines)
}

// toFile calls write with the command's output, or with a new file that takes
// its name once it is whole. A guarded agent could have files written that its
// policy keeps from it; what a shell redirects is judged.
func toFile(cmd *cobra.Command, trail, name string, write func(io.Writer) error) error {
	if name == "" || name == "-" {
		return write(cmd.OutOrStdout())
	}
	if err := outsideTrail(trail, name); err != nil {
		return err
	}
	if preload.InSession() {
		return errors.New("-o is for the owner, outside of a session; within one, write to standard output")
	}
	return platform.WriteFile(name, write)
}

// outsideTrail refuses a file in the trail's own directory: it would become part
// of what it is a copy of, or take its place.
func outsideTrail(trail, name string) error {
	rel, err := filepath.Rel(realPath(trail), realPath(name))
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return nil
	}
	return fmt.Errorf("%s lies in the audit trail's own directory; write to another one", name)
}

// realPath is a path without symbolic links, as far as it is there.
func realPath(path string) string {
	path, _ = filepath.Abs(path)
	for rest := ""; ; {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return filepath.Join(real, rest)
		}
		dir := filepath.Dir(path)
		if dir == path {
			return filepath.Join(path, rest)
		}
		path, rest = dir, filepath.Join(filepath.Base(path), rest)
	}
}
