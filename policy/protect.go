package policy

import (
	_ "embed"
	"path"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

//go:embed builtin/self-protection.yaml
var selfProtection []byte

// Protect returns a source that adds places of this machine to what the guard
// keeps out of reach: its program, a home that was moved, policy and records
// that are kept elsewhere. A place is an absolute path; what is below it is
// kept out of reach too, and the keys and tokens in it from reading. Unpacking something into a directory that holds a
// place (/tmp holds sessions) is not taken for writing there, deleting all of
// the directory is.
//
// secret are files in these places, or elsewhere, that are not to be read either.
//
// process, if not 0, is the number of the process that judges: it is not to be
// signalled, nor is the group that it leads.
func Protect(places, secret []string, process int) Source {
	var globs, holders, secrets []string
	for _, p := range places {
		globs = append(globs, literalGlob(p)+"/**")
		secrets = append(secrets, literalGlob(p)+"/{,audit/}seal.{key,old,new}", literalGlob(p)+"/{token,tokens.json}")
		for dir := path.Dir(p); dir != "/" && dir != "."; dir = path.Dir(dir) {
			holders = append(holders, "!"+literalGlob(dir))
		}
	}
	for _, p := range secret {
		secrets = append(secrets, literalGlob(p))
	}
	type when struct {
		Reads   []string `yaml:"reads,omitempty"`
		Writes  []string `yaml:"writes,omitempty"`
		Deletes []string `yaml:"deletes,omitempty"`
		Program string   `yaml:"program,omitempty"`
		Args    []string `yaml:"args,omitempty"`
		Command []string `yaml:"command_matches,omitempty"`
		Not     []string `yaml:"command_not_matches,omitempty"`
	}
	type rule struct {
		Action  string `yaml:"action"`
		When    []when `yaml:"when"`
		Message string `yaml:"message"`
	}
	type protected struct {
		Name  string `yaml:"name"`
		Rules []rule `yaml:"rules"`
	}
	conditions := []when{{Writes: append(globs, holders...)}, {Deletes: globs}}
	rules := []rule{
		{"deny", conditions, "Rampart's own files are changed by people only"},
		{"deny", []when{{Reads: append(secrets, holders...)}}, "Rampart's tokens and keys are for people only"},
	}
	if process != 0 {
		n := strconv.Itoa(process)
		probe := []string{"kill -0 *"}
		signals := []when{
			{Program: "kill", Args: []string{"** " + n + " **", "** -" + n + " **"}, Not: probe},
			{Program: "kill", Command: []string{"kill * -" + n, "kill * -" + n + " *"}, Not: probe}, // looks like an option
		}
		rules = append(rules, rule{"deny", signals, "The guard's process stays up"})
	}
	top := struct {
		Version  string      `yaml:"version"`
		Policies []protected `yaml:"policies"`
	}{"1", []protected{{"self-protection", rules}}}
	data, err := yaml.Marshal(top)
	if err != nil {
		panic(err) // strings in structs
	}
	return Source{Name: "this session", Data: data, Tier: tierBuiltin}
}

var globSpecials = strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]", "{", "?", "}", "?", "$", "[$]") // a brace in a class would still be one

// literalGlob is the glob that matches this path, and hardly another.
func literalGlob(path string) string { return globSpecials.Replace(path) }

// protect adds the rules that keep the guard's own files out of reach, which
// no source can take away, and no exception: they are a group of their own.
func (s *Set) protect(g *group, err error) error {
	if err == nil {
		s.groups = append([]*group{g}, s.groups...)
	}
	return err
}

// loadProtection begins to load these rules, with those among sources, and
// returns what waits for them.
func loadProtection(sources []Source) (wait func() (*group, error)) {
	all := []Source{{Name: "self-protection.yaml", Data: selfProtection, Tier: tierBuiltin}}
	for _, s := range sources {
		if s.Tier == tierBuiltin {
			all = append(all, s)
		}
	}
	g := &group{tier: tierBuiltin}
	done := make(chan error, 1)
	go func() {
		for i, src := range all {
			f, problems := load(src, i-len(all))
			if len(problems) > 0 {
				done <- &LoadError{problems}
				return
			}
			g.add(f)
		}
		done <- nil
	}()
	return func() (*group, error) {
		err := <-done
		return g, err
	}
}
