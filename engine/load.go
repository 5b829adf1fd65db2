package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"rampart/platform"
	"rampart/policy"
)

// systemPolicies is where an administrator puts policy for all users.
const systemPolicies = "/etc/rampart"

// maxPolicySize bounds a policy file, in bytes.
const maxPolicySize = 8 << 20

// PolicyOptions say where policy comes from.
type PolicyOptions struct {
	Configs   []string // files given by the owner; they replace the user's own
	Profile   string   // embedded profile; replaces the user's own; "" means none was named
	Home      string   // Rampart's own directory (~/.rampart); "" means there is none
	NoProject bool     // leave .rampart/policy.yaml of projects alone
	Guard     []string // files and directories that only people change, beside the usual ones
	Secret    []string // files of those that are not to be read either
}

// Policies are the sources of a session's policy below the project tier.
type Policies struct {
	Set     *policy.Set
	Sources []policy.Source
	// Origin says where the user's tier came from, for people: a path or
	// "embedded profile standard".
	Origin string
	// Warnings are what the owner should be told at the start.
	Warnings []string

	home string        // Rampart's own directory, "" if there is none
	from PolicyOptions // what LoadPolicies was asked for
	read versions      // of the files, from before they were read; nil if they are not from LoadPolicies
}

// LoadPolicies reads and compiles the system's and the user's policy. Its error
// names file, line and column of every mistake.
func LoadPolicies(o PolicyOptions) (*Policies, error) {
	p := &Policies{from: o, read: o.look()}
	if err := p.addSystem(systemPolicies); err != nil {
		return nil, err
	}
	if err := p.addUser(o); err != nil {
		return nil, err
	}
	if err := p.addOwn(o.Home); err != nil {
		return nil, err
	}
	if guard := o.guarded(); len(guard) > 0 {
		p.Sources = append(p.Sources, policy.Protect(guard, absolutes(o.Secret), os.Getpid()))
	}
	set, err := policy.Compile(p.Sources)
	if err != nil {
		return nil, err
	}
	p.Set = set
	return p, nil
}

// guarded are the places of this configuration.
func (o *PolicyOptions) guarded() []string {
	names := append(append([]string{o.Home}, o.Guard...), o.Configs...)
	for _, name := range o.places() {
		names = append(names, linked(name)...)
	}
	return absolutes(names)
}

// linked are the places that a file or directory is linked to, each on the way:
// whoever writes there, or takes one away, changes what the name means.
func linked(name string) []string {
	var out []string
	for range maxOwnLinks {
		to, err := os.Readlink(name)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			dir := filepath.Dir(name)
			if real, err := filepath.EvalSymlinks(dir); err == nil {
				dir = real // .. is that one's
			}
			to = filepath.Join(dir, to)
		}
		name = filepath.Clean(to)
		out = append(out, name)
	}
	return out
}

// astray is why a file can't be read that is there by its name: fs.ErrNotExist
// would say that there is none. nil if there is none.
func astray(name string) error {
	if _, err := (platform.HostFS{}).Lstat(name); err != nil {
		return nil
	}
	return fmt.Errorf("can't read policy: %s is a link that leads nowhere", name)
}

// absolutes are places by each name that they have.
func absolutes(names []string) []string {
	var out []string
	for _, name := range names {
		abs, err := filepath.Abs(name)
		if name == "" || err != nil {
			continue
		}
		out = append(out, abs)
		if real, err := filepath.EvalSymlinks(abs); err == nil && real != abs {
			out = append(out, real)
		}
	}
	return out
}

func (p *Policies) addSystem(dir string) error {
	names, err := yamlFiles(dir)
	if errors.Is(err, fs.ErrPermission) {
		// The directory of a service under its own user: that service answers for it.
		p.Warnings = append(p.Warnings, fmt.Sprintf("policy in %s is not readable for this user and not applied here", dir))
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := p.addFile(name, policy.TierSystem); err != nil {
			return err
		}
	}
	return nil
}

func (p *Policies) addUser(o PolicyOptions) error {
	if len(o.Configs) > 0 {
		for _, name := range o.Configs {
			if err := p.addFile(name, policy.TierUser); err != nil {
				return err
			}
		}
		p.Origin = o.Configs[0]
		if n := len(o.Configs) - 1; n > 0 {
			p.Origin += fmt.Sprintf(" and %d more", n)
		}
		if o.Profile == "" {
			return nil
		}
	}
	if o.Profile == "" && o.Home != "" {
		dir := filepath.Join(o.Home, "policies")
		names, err := yamlFiles(dir)
		if err != nil {
			return fmt.Errorf("can't list policies: %w", err)
		}
		for _, name := range names {
			if err := p.addFile(name, policy.TierUser); err != nil {
				return err
			}
		}
		if len(names) > 0 {
			p.Origin = dir
			return nil
		}
	}
	name := o.Profile
	if name == "" {
		name = "standard"
	}
	src, err := policy.Profile(name)
	if err != nil {
		return err
	}
	p.Sources = append(p.Sources, src)
	if p.Origin != "" {
		p.Origin += " and "
	}
	p.Origin += "embedded profile " + name
	return nil
}

// addOwn adds what the owner allowed and blocked by commands, which holds
// whatever the policy is.
func (p *Policies) addOwn(home string) error {
	if p.home = home; home == "" {
		return nil
	}
	name := OwnRulesFile(home)
	data, err := readPolicy(name)
	if errors.Is(err, fs.ErrNotExist) {
		return astray(name)
	}
	if err == nil {
		p.Sources = append(p.Sources, policy.Source{Name: name, Data: data, Tier: policy.TierExceptions})
	}
	return err
}

func (p *Policies) addFile(name string, tier policy.Tier) error {
	data, err := readPolicy(name)
	if err != nil {
		return err
	}
	p.Sources = append(p.Sources, policy.Source{Name: name, Data: data, Tier: tier})
	return nil
}

// readPolicy reads a policy file without ever blocking on what isn't one, or
// reading more of it than a policy has: a repository may hold a link to anything.
func readPolicy(name string) ([]byte, error) {
	data, err := platform.HostFS{}.ReadFile(name, maxPolicySize)
	if err != nil {
		return nil, fmt.Errorf("can't read policy: %w", err)
	}
	return data, nil
}

// yamlFiles lists the policy files in dir, sorted. A missing dir has none.
func yamlFiles(dir string) ([]string, error) {
	if _, err := (platform.HostFS{}).Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil // known at once: this is looked for again and again
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, astray(dir)
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	sort.Strings(names)
	return names, nil
}
