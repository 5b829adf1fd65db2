package engine

import (
	"math"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"rampart/platform"
	"rampart/shellparse"
)

// The bounds of what is remembered of one session. When there are more stains,
// the oldest become stains of their directories: what comes to be there later
// is held for what was there before. Of identities the oldest are forgotten,
// which matters for files that were renamed unseen.
const (
	maxStains     = 4096
	maxIdentities = 8192
	maxOpen       = 64
)

// openTime is how long a command of which the process is not known is taken to
// run at most.
const openTime = 10 * time.Minute

// maxCompare is the longest file whose content is held against what a command
// was to put there, in bytes.
const maxCompare = 1 << 20

// looker sees files. With a nil FS it sees none, and stains go by path alone.
type looker struct{ fs shellparse.FS }

func (l looker) identify(p string) (id platform.FileIdentity, dir, ok bool) {
	if l.fs == nil {
		return platform.FileIdentity{}, false, false
	}
	return platform.IdentifyFile(p)
}

// originsFunc is the type of shellparse.Input.Origins.
type originsFunc = func(path string, below bool) []shellparse.Origin

// stains are the files of a session whose content came from where rules may
// ask about. Safe for concurrent use.
//
// A path stays stained until a command removes the file or puts known content
// there, and that has come to pass: that it was to happen is not enough. A file
// carries its stain along under other names, and a directory gives its own to
// the files that came to be below it while the command ran.
type stains struct {
	look looker
	some atomic.Bool // there are any

	mu    sync.Mutex
	paths map[string]*stain
	order []string // of paths, the oldest first; some may be there no more
	files map[platform.FileIdentity]*stain
	born  []platform.FileIdentity // of files, the oldest first
	open  []*stain                // of commands that may still run
}

func newStains(look looker) *stains {
	return &stains{look: look, paths: map[string]*stain{}, files: map[platform.FileIdentity]*stain{}}
}

// origins is the shellparse.Input.Origins of the session, nil if nothing is
// stained.
func (s *stains) origins(now time.Time) originsFunc {
	if !s.some.Load() {
		return nil
	}
	s.mu.Lock()
	s.refresh(now)
	s.mu.Unlock()
	return s.of
}

// of returns where the content of a file came from; with below, also that of
// the files below a directory.
func (s *stains) of(p string, below bool) []shellparse.Origin {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []shellparse.Origin
	id, isDir, there := s.look.identify(p)
	if x := s.paths[p]; x != nil && s.holds(x, id, there) {
		out = join(out, x.origins)
	}
	if there && id != (platform.FileIdentity{}) {
		if x := s.files[id]; x != nil {
			out = join(out, x.origins)
		}
	}
	if there || s.look.fs == nil {
		for dir := path.Dir(p); ; dir = path.Dir(dir) {
			if x := s.paths[dir]; x != nil && x.covers(id.Born) && s.stillThere(x) {
				out = join(out, x.origins)
			}
			if dir == "/" || dir == "." {
				break
			}
		}
	}
	if below && (isDir || s.look.fs == nil) {
		for q, x := range s.paths {
			if strings.HasPrefix(q, p) && len(q) > len(p) && (q[len(p)] == '/' || p == "/") && s.stillThere(x) {
				out = join(out, x.origins)
			}
		}
	}
	return out
}

// stillThere reports whether what is at a stained path was not removed.
func (s *stains) stillThere(x *stain) bool {
	if !x.removed || s.look.fs == nil {
		return !x.removed
	}
	id, _, there := s.look.identify(x.path)
	return there && slices.Contains(x.gone, id)
}

func join(a, b []shellparse.Origin) []shellparse.Origin {
	for _, o := range b {
		if !slices.Contains(a, o) {
			a = append(a[:len(a):len(a)], o)
		}
	}
	return a
}

// holds reports whether the stain of a path is still on what is there now, and
// forgets it if not.
func (s *stains) holds(x *stain, id platform.FileIdentity, there bool) bool {
	switch {
	case s.look.fs == nil && x.removed:
		return false
	case s.look.fs == nil:
		return true
	case x.removed && there && !slices.Contains(x.gone, id):
		delete(s.paths, x.path) // another file of that name
		return false
	case x.clean != nil && there && s.is(x.path, x.clean):
		delete(s.paths, x.path)
		if s.files[id] == x {
			delete(s.files, id)
		}
		return false
	}
	return true
}

func (s *stains) is(p string, c *content) bool {
	if c.size > maxCompare {
		return false
	}
	b, err := s.look.fs.ReadFile(p, maxCompare)
	return err == nil && len(b) == c.size && *contentOf(string(b)) == *c
}

// command is what a Call that may run leaves behind, as far as stains go.
type command struct {
	leaves  []shellparse.FileState // origins already left out that no rule asks about
	effects []shellparse.Effect
	pid     int
	now     time.Time
}

// record remembers what a command leaves in files.
func (s *stains) record(c *command) {
	some := s.some.Load()
	if !some && !slices.ContainsFunc(c.leaves, func(f shellparse.FileState) bool { return len(f.Origins) > 0 }) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh(c.now)
	for i := range c.effects {
		if ef := &c.effects[i]; ef.Kind == shellparse.Delete && ef.Certainty == shellparse.Exact {
			s.remove(ef.Path, ef.Recursive)
		} else if ef.Kind == shellparse.Write && ef.Certainty == shellparse.Exact && len(s.files) > 0 {
			s.rewrite(ef.Path, c)
		}
	}
	var by platform.ProcessIdentity
	for i := range c.leaves {
		f := &c.leaves[i]
		if len(f.Origins) == 0 {
			if x := s.paths[f.Path]; x != nil && f.Known {
				x.clean = contentOf(f.Content)
			}
			continue
		}
		if by.PID == 0 && c.pid > 0 {
			by = platform.IdentifyProcess(c.pid)
		}
		s.put(f.Path, f.Origins, by, c.now)
	}
}

// put stains a path.
func (s *stains) put(p string, origins []shellparse.Origin, by platform.ProcessIdentity, now time.Time) {
	x := s.paths[p]
	if x == nil {
		x = &stain{path: p}
		s.paths[p] = x
		if s.order = append(s.order, p); len(s.order) > 2*maxStains {
			s.order = slices.DeleteFunc(s.order, func(q string) bool { return s.paths[q] == nil })
		}
	}
	x.add(origins)
	x.ran(run{since: now.UnixNano(), by: by})
	x.clean, x.removed, x.gone = nil, false, nil
	s.some.Store(true)
	if !slices.Contains(s.open, x) {
		if s.open = append(s.open, x); len(s.open) > maxOpen {
			s.open[0].end(now.UnixNano())
			s.open = s.open[1:]
		}
	}
	s.notice(x)
	if len(s.paths) > maxStains {
		s.merge()
	}
}

// remove takes note that a command is to remove a file, or a whole directory.
func (s *stains) remove(p string, below bool) {
	drop := func(q string, x *stain) {
		id, _, ok := s.look.identify(q)
		x.removed = true
		if ok && !slices.Contains(x.gone, id) {
			x.gone = append(x.gone, id)
		}
	}
	if x := s.paths[p]; x != nil {
		drop(p, x)
	}
	if !below {
		return
	}
	for q, x := range s.paths {
		if strings.HasPrefix(q, p+"/") || p == "/" {
			drop(q, x)
		}
	}
}

// rewrite keeps the stain of a file that is about to be written anew by a
// program that may put another one in its place (sed -i): from now on its path
// is stained as well.
func (s *stains) rewrite(p string, c *command) {
	if s.paths[p] != nil {
		return
	}
	if id, _, ok := s.look.identify(p); ok && id != (platform.FileIdentity{}) {
		if x := s.files[id]; x != nil {
			s.put(p, x.origins, platform.ProcessIdentity{}, c.now)
		}
	}
}

// refresh looks what has become of the files of commands that may still run.
func (s *stains) refresh(now time.Time) {
	s.open = slices.DeleteFunc(s.open, func(x *stain) bool {
		x.settle(now.UnixNano()) // before looking: what comes after is not theirs
		s.notice(x)
		return !x.open()
	})
}

// notice takes down which file is at a stained path.
func (s *stains) notice(x *stain) {
	id, dir, ok := s.look.identify(x.path)
	if !ok || dir || id == (platform.FileIdentity{}) || x.removed && !slices.Contains(x.gone, id) {
		return
	}
	if _, known := s.files[id]; !known {
		s.born = append(s.born, id)
		if len(s.born) > maxIdentities {
			delete(s.files, s.born[0])
			s.born = s.born[1:]
		}
	}
	s.files[id] = x
}

// merge makes the older half of the stains stains of their directories.
func (s *stains) merge() {
	for len(s.paths) > maxStains/2 {
		old := s.order[:len(s.order)/2]
		rest := slices.Clone(s.order[len(s.order)/2:])
		for _, p := range old {
			x := s.paths[p]
			if x == nil {
				continue
			}
			delete(s.paths, p)
			dir := path.Dir(p)
			d := s.paths[dir]
			if d == nil {
				d = &stain{path: dir}
				s.paths[dir] = d
				rest = append(rest, dir)
			}
			since := x.runs[0].since
			if len(d.runs) > 0 {
				since = min(since, d.runs[0].since)
			}
			d.runs = []run{{since: since, until: math.MaxInt64}}
			d.removed, d.gone, d.clean = false, nil, nil
			d.add(x.origins)
		}
		s.order = rest
	}
}

// trust takes off what came the same way as data that the owner allowed to be
// run: who downloads a tool in several files is asked once.
func (s *stains) trust(flow *shellparse.Effect) {
	s.mu.Lock()
	defer s.mu.Unlock()
	took := func(x *stain) {
		x.origins = slices.DeleteFunc(slices.Clone(x.origins), func(o shellparse.Origin) bool {
			if o.From != flow.From || o.Host != flow.Host || o.URL != flow.URL {
				return false
			}
			return o.URL != "" || x.path == flow.Via || strings.HasPrefix(flow.Via, x.path+"/")
		})
	}
	for _, x := range s.paths {
		took(x)
	}
	if id, _, ok := s.look.identify(flow.Via); ok && s.files[id] != nil {
		took(s.files[id])
	}
	for _, x := range s.files {
		took(x)
	}
}
