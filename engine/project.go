package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
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
	base *Policies
	kept *lastGood

	mu    sync.Mutex
	dirs  map[string]projectDir
	files map[string]projectFile
}

type projectDir struct {
	set     *policy.Set
	err     error
	checked time.Time
}

type projectFile struct {
	version platform.FileVersion
	set     *policy.Set
	err     error
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

func newProjects(base *Policies, kept *lastGood) *projects {
	return &projects{base: base, kept: kept, dirs: map[string]projectDir{}, files: map[string]projectFile{}}
}

// in returns the policy that holds for a Call made in cwd. An error means that
// a project policy is there and does not load.
func (p *projects) in(cwd string, now time.Time) (*policy.Set, error) {
	if cwd == "" {
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

func (p *projects) load(cwd string, loads *[]projectLoad) (*policy.Set, error) {
	name := policy.FindProject(cwd, func(path string) bool {
		_, err := platform.HostFS{}.Lstat(path)
		return err == nil
	})
	if name == "" {
		return p.base.Set, nil
	}
	version := platform.VersionOf(name)
	if f, ok := p.files[name]; ok && f.version == version {
		return f.set, f.err
	}
	f := projectFile{version: version}
	f.set, f.err = p.compile(name, loads)
	if version == platform.VersionOf(name) { // else it was written meanwhile
		p.files[name] = f
	}
	return f.set, f.err
}

// compile reads a project's policy. If that fails and it loaded before, what
// it said then holds.
func (p *projects) compile(name string, loads *[]projectLoad) (*policy.Set, error) {
	l := projectLoad{source: policy.Source{Name: name, Tier: policy.TierProject}}
	var set *policy.Set
	if l.source.Data, l.err = readPolicy(name); l.err == nil {
		set, l.err = p.with(l.source)
	}
	if errors.Is(l.err, fs.ErrNotExist) {
		return p.base.Set, nil // removed since it was found
	}
	old, had := p.kept.loaded(l.source, l.err)
	if had {
		if kept, err := p.with(old); err == nil {
			set, l.kept = kept, true
		}
	}
	*loads = append(*loads, l)
	if l.kept {
		return set, nil
	}
	return set, l.err
}

func (p *projects) with(src policy.Source) (*policy.Set, error) {
	sources := append(p.base.Sources[:len(p.base.Sources):len(p.base.Sources)], src)
	return policy.Compile(sources)
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
		if root := filepath.Dir(filepath.Dir(name)); c.Cwd == root || strings.HasPrefix(c.Cwd, root+"/") {
			return "an edit of this project's policy does not load, so what it said before holds: " + why
		}
	}
	return ""
}
