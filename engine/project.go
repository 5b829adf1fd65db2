package engine

import (
	"fmt"
	"os"
	"sync"
	"time"

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
	modified time.Time
	size     int64
	set      *policy.Set
	err      error
}

func newProjects(base *Policies) *projects {
	return &projects{base: base, dirs: map[string]projectDir{}, files: map[string]projectFile{}}
}

// in returns the policy that holds for a Call made in cwd. An error means that
// a project policy is there and does not load.
func (p *projects) in(cwd string, now time.Time) (*policy.Set, error) {
	if cwd == "" {
		return p.base.Set, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if d, ok := p.dirs[cwd]; ok && now.Sub(d.checked) < projectTTL {
		return d.set, d.err
	}
	set, err := p.load(cwd)
	if len(p.dirs) >= maxProjectDirs {
		clear(p.dirs)
	}
	p.dirs[cwd] = projectDir{set: set, err: err, checked: now}
	return set, err
}

func (p *projects) load(cwd string) (*policy.Set, error) {
	name := policy.FindProject(cwd, func(path string) bool {
		_, err := os.Lstat(path)
		return err == nil
	})
	if name == "" {
		return p.base.Set, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("can't read project policy: %w", err)
	}
	if f, ok := p.files[name]; ok && f.modified.Equal(info.ModTime()) && f.size == info.Size() {
		return f.set, f.err
	}
	f := projectFile{modified: info.ModTime(), size: info.Size()}
	f.set, f.err = p.compile(name)
	p.files[name] = f
	return f.set, f.err
}

func (p *projects) compile(name string) (*policy.Set, error) {
	data, err := readPolicy(name)
	if err != nil {
		return nil, err
	}
	sources := append(p.base.Sources[:len(p.base.Sources):len(p.base.Sources)],
		policy.Source{Name: name, Data: data, Tier: policy.TierProject})
	return policy.Compile(sources)
}
