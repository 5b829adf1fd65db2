package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"rampart/platform"
	"rampart/policy"
)

// projectTTL is how long the answer to "which project policy holds in this
// directory" is believed before the file system is asked again.
const projectTTL = 250 * time.Millisecond

// maxProjectDirs bounds the number of remembered directories.
const maxProjectDirs = 1024

// projects finds and compiles project policies on top of a session's own, and
// remembers them by directory and by file. Safe for concurrent use.
type projects struct {
	base  *Policies
	kept  *lastGood
	begun string // where the session began; "": nowhere

	mu    sync.Mutex
	dirs  map[string]projectDir
	files map[string]projectFile // by the names of the files that hold together
}

type projectDir struct {
	set     *policy.Set
	err     error
	checked time.Time
}

type projectFile struct {
	versions [2]platform.FileVersion
	set      *policy.Set
	err      error
}

// lastGood is what project policies said when they last loaded. A broken edit
// leaves that in force, over a new policy of the owner's as well. Safe for
// concurrent use.
type lastGood struct {
	note func(projectLoad) // called without locks held, each time a file is loaded

	mu      sync.Mutex
	sources map[string]policy.Source
	broken  map[string]string // why a file does not load now
}

// projectLoad is one load of a project's policy.
type projectLoad struct {
	source policy.Source
	err    error
	kept   bool // what was there before holds
}

func newProjects(base *Policies, kept *lastGood, begun string) *projects {
	return &projects{base: base, kept: kept, begun: begun, dirs: map[string]projectDir{}, files: map[string]projectFile{}}
}

// in returns the policy that holds for a Call made in cwd. An error means that
// a project policy is there and does not load.
func (p *projects) in(cwd string, now time.Time) (*policy.Set, error) {
	if cwd == "" && p.begun == "" {
		return p.base.Set, nil
	}
	var loads []projectLoad
	defer func() {
		for _, l := range loads {
			p.kept.note(l)
		}
	}()
	p.mu.Lock()
	defer p.mu.Unlock()
	if d, ok := p.dirs[cwd]; ok && now.Sub(d.checked) < projectTTL {
		return d.set, d.err
	}
	set, err := p.load(cwd, &loads)
	if len(p.dirs) >= maxProjectDirs {
		clear(p.dirs)
		clear(p.files)
	}
	p.dirs[cwd] = projectDir{set: set, err: err, checked: now}
	return set, err
}

// holding are the files of project policies that hold in cwd: that of its own
// project, and that of the one where the session began, which nobody leaves by
// going elsewhere, or by making a repository below it.
func (p *projects) holding(cwd string) []string {
	exists := func(path string) bool {
		_, err := platform.HostFS{}.Lstat(path)
		return err == nil
	}
	var names []string
	for _, dir := range []string{cwd, p.begun} {
		if name := policy.FindProject(dir, exists); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func (p *projects) load(cwd string, loads *[]projectLoad) (*policy.Set, error) {
	names := p.holding(cwd)
	if len(names) == 0 {
		return p.base.Set, nil
	}
	key := strings.Join(names, "\x00")
	look := func() (v [2]platform.FileVersion) {
		for i, name := range names {
			v[i] = platform.VersionOf(name)
		}
		return v
	}
	versions := look()
	if f, ok := p.files[key]; ok && f.versions == versions {
		return f.set, f.err
	}
	f := projectFile{versions: versions}
	f.set, f.err = p.compile(names, loads)
	if versions == look() { // else it was written meanwhile
		p.files[key] = f
	}
	return f.set, f.err
}

// compile reads project policies.
func (p *projects) compile(names []string, loads *[]projectLoad) (set *policy.Set, err error) {
	sources := p.base.Sources[:len(p.base.Sources):len(p.base.Sources)]
	set = p.base.Set
	for _, name := range names {
		l := projectLoad{source: policy.Source{Name: name, Tier: policy.TierProject}}
		more, with, err := p.one(sources, &l)
		if errors.Is(l.err, fs.ErrNotExist) {
			continue // removed since it was found
		}
		*loads = append(*loads, l)
		if err != nil {
			return with, err
		}
		sources, set = more, with
	}
	return set, nil
}

// one adds a project's policy to others, and what it is linked to to what only
// people change. If it does not load and did before, what it said then holds.
func (p *projects) one(under []policy.Source, l *projectLoad) (sources []policy.Source, set *policy.Set, err error) {
	if to := absolutes(linked(l.source.Name)); len(to) > 0 {
		under = append(under[:len(under):len(under)], policy.Protect(to, nil, 0))
	}
	with := func(src policy.Source) ([]policy.Source, *policy.Set, error) {
		all := append(under[:len(under):len(under)], src)
		set, err := policy.Compile(all)
		return all, set, err
	}
	l.source.Data, l.err = readPolicy(l.source.Name)
	if errors.Is(l.err, fs.ErrNotExist) {
		if lost := astray(l.source.Name); lost != nil {
			l.err = lost
		} else {
			return nil, nil, nil
		}
	}
	if l.err == nil {
		sources, set, l.err = with(l.source)
	}
	if old, had := p.kept.loaded(l.source, l.err); had {
		if all, kept, err := with(old); err == nil {
			l.kept = true
			return all, kept, nil
		}
	}
	return sources, set, l.err
}

// loaded takes note of a load; if it failed, it returns what the file said
// when it last did not.
func (k *lastGood) loaded(src policy.Source, err error) (old policy.Source, had bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sources == nil {
		k.sources, k.broken = map[string]policy.Source{}, map[string]string{}
	}
	if err == nil {
		if len(k.sources) >= maxProjectDirs {
			clear(k.sources)
		}
		k.sources[src.Name] = src
		delete(k.broken, src.Name)
		return policy.Source{}, false
	}
	if len(k.broken) >= maxProjectDirs {
		clear(k.broken)
	}
	k.broken[src.Name] = fmt.Sprint(err)
	old, had = k.sources[src.Name]
	return old, had
}

// trouble returns why project policies do not load that did before, by file.
func (k *lastGood) trouble() map[string]string {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := map[string]string{}
	for name, why := range k.broken {
		if _, had := k.sources[name]; had {
			out[name] = why
		}
	}
	return out
}

// notice is what a refusal adds when the policy that refused is not the one
// that was written last.
func (e *Engine) notice(c *policy.Call) string {
	if why := e.Trouble(); why != "" {
		return why
	}
	for name, why := range e.kept.trouble() {
		root := filepath.Dir(filepath.Dir(name))
		in := func(dir string) bool { return dir == root || strings.HasPrefix(dir, root+"/") }
		if in(c.Cwd) || in(e.cfg.Begun) {
			return "an edit of this project's policy does not load, so what it said before holds: " + why
		}
	}
	return ""
}
