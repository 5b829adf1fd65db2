package shellparse

import (
	"slices"
	"strings"
)

// Origin is a place that the content of a file came from. From is Network,
// Decoded, File or Environment; Path is a file's, Name a variable's.
type Origin struct {
	From Endpoint
	Path string
	Host string
	URL  string
	Name string
}

// FileState is what a command leaves in a file.
type FileState struct {
	Path string // absolute
	// Below: the state is that of all files that the command makes below Path,
	// whose names are not known.
	Below   bool
	Origins []Origin
	// Known: Content is all there is in the file, if the command gets that far.
	Known   bool
	Content string
}

// RanBefore sets Origins to what commands leave that ran before, one after the
// other, in the situation that the rest of the Input describes: for examples and
// tests, where nothing runs and no file is looked at.
func (in *Input) RanBefore(texts []string) {
	var left []FileState
	before := *in
	before.Argv = nil
	for _, text := range texts {
		before.Text = text
		left = append(left, Analyze(&before).Leaves...)
		before.Origins = func(p string, below bool) []Origin {
			var out []Origin
			for _, f := range left {
				if f.Path == p || f.Below && strings.HasPrefix(p, f.Path+"/") || below && strings.HasPrefix(f.Path, p+"/") {
					out = append(out, f.Origins...)
				}
			}
			return out
		}
	}
	in.Origins = before.Origins
}

// maxStates bounds the files of which a Result tells.
const maxStates = 512

// origins is what earlier commands left in a file; with below, also in those
// below it if it is a directory.
func (a *analyzer) origins(p string, below bool) *source {
	if a.in.Origins == nil && len(a.trees) == 0 || p == "" || !a.tick(1) {
		return nil
	}
	var src *source
	for _, t := range a.trees {
		if !a.madeBelow(t.Path, p) {
			continue
		}
		for _, o := range t.Origins {
			if o.From == Network || o.From == Decoded {
				src = join(src, &source{from: o.From, path: o.Path, host: o.Host, url: o.URL, name: o.Name, via: t.Path})
			}
		}
	}
	if a.in.Origins == nil {
		return src
	}
	for _, o := range a.in.Origins(p, below) {
		src = join(src, &source{from: o.From, path: o.Path, host: o.Host, url: o.URL, name: o.Name, via: p})
	}
	return src
}

// madeBelow reports whether a file is likely one of those that were unpacked
// below dir: not one that was there before, nor one that stands beside what an
// archive's own directory is.
func (a *analyzer) madeBelow(dir, p string) bool {
	if !holdsPath(dir, p) || p == dir {
		return false
	}
	if a.in.FS != nil {
		if _, err := a.in.FS.Lstat(p); err == nil {
			return false
		}
	}
	return dir != a.in.Cwd || a.loose[dir] || strings.Contains(strings.TrimPrefix(p[len(dir):], "/"), "/")
}

// fromFile is where data comes from that is read from a file.
func (a *analyzer) fromFile(p string, c Certainty, below bool) *source {
	src := &source{from: File, path: p, cert: c}
	if c == Exact {
		return join(src, a.origins(p, below))
	}
	return src
}

// ranFile records what an earlier command left in a file that program runs.
func (a *analyzer) ranFile(program, p string, c Certainty, sp Span) {
	if c == Exact && a.files[p] == nil {
		a.flowInto(program, a.origins(p, false), sp)
	}
}

// inPath returns the file that PATH leads a program's name to, if an earlier
// command left data in it; "" for any other.
func (a *analyzer) inPath(cmd *command) string {
	if a.in.Origins == nil && len(a.files) == 0 {
		return ""
	}
	dirs := a.scalar(cmd.st, "PATH")
	first := dirs.t
	if !dirs.known() { // those that come before the unknown ones
		first = dirs.prefix()
		first = first[:strings.LastIndexByte(first, ':')+1]
		if first = strings.TrimSuffix(first, ":"); first == "" {
			return ""
		}
	}
	for dir := range strings.SplitSeq(first, ":") {
		if dir == "" {
			dir = "."
		}
		if systemDir(dir + "/") {
			continue
		}
		p, c := a.resolve(cmd.st, lit(dir+"/"+cmd.argv[0].t), true)
		if c != Exact {
			continue
		}
		if a.files[p] != nil || a.origins(p, false) != nil {
			return p
		}
		if a.in.FS != nil {
			if _, err := a.in.FS.Lstat(p); err == nil {
				return ""
			}
		}
	}
	return ""
}

// unpacked records that the files of an archive appear below a directory.
func (a *analyzer) unpacked(dir string, c Certainty, src *source) {
	if c == Exact && src != nil && len(a.trees) < maxStates {
		a.trees = append(a.trees, FileState{Path: dir, Below: true, Origins: originsOf(src)})
	}
}

func originsOf(src *source) []Origin {
	var out []Origin
	for ; src != nil; src = src.next {
		o := Origin{From: src.from, Path: src.path, Host: src.host, URL: src.url, Name: src.name}
		if src.cert == Unknown {
			o.Path = ""
		}
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

// states lists what the command leaves in files, sorted by path.
func (a *analyzer) states() []FileState {
	out := a.trees
	for p, f := range a.files {
		if strings.HasPrefix(p, "/dev/") || strings.HasPrefix(p, "/proc/") || len(out) >= maxStates {
			continue
		}
		s := FileState{Path: p}
		v := f.content()
		if s.Origins = originsOf(v.src); len(f.vals) == 1 && v.known() {
			s.Known, s.Content = true, v.t
		}
		if s.Known || s.Origins != nil {
			out = append(out, s)
		}
	}
	out = a.carried(out)
	slices.SortFunc(out, func(x, y FileState) int { return strings.Compare(x.Path, y.Path) })
	return out
}

// carried adds the files that a program writes while it reads data of note:
// whatever it does with them, the data may end up there.
func (a *analyzer) carried(out []FileState) []FileState {
	if a.in.Origins == nil && len(a.files) == 0 {
		return out
	}
	effects := a.res.Effects
	var input *source // what the program's standard input is redirected from
	for i := 0; i < len(effects); {
		end, src := i, input
		input = nil
		for end < len(effects) && effects[end].after == effects[i].after {
			if r := &effects[end]; r.Kind == Read && r.Certainty == Exact {
				if s := a.noted(r.Path, r.Recursive); r.Redirect {
					input = join(input, s)
				} else {
					src = join(src, s)
				}
			}
			end++
		}
		for ; i < end; i++ {
			e := &effects[i]
			if src == nil || e.Kind != Write || e.Redirect || e.Certainty == Unknown || a.files[e.Path] != nil || len(out) >= maxStates {
				continue
			}
			if e.Certainty == Pattern { // split: new files, whatever their names
				known := str{t: e.Path, glob: true}.prefix()
				if end := strings.LastIndexByte(known, '/'); end > 0 && !a.stored(known) {
					out = append(out, FileState{Path: known[:end], Below: true, Origins: originsOf(src)})
				}
				continue
			}
			if e.Recursive && slices.ContainsFunc(a.trees, func(t FileState) bool { return t.Path == e.Path }) {
				continue
			}
			out = append(out, FileState{Path: e.Path, Below: e.Recursive, Origins: originsOf(src)})
		}
	}
	return out
}

// stored reports whether the content of a file is known whose name begins so.
func (a *analyzer) stored(beginning string) bool {
	for p := range a.files {
		if strings.HasPrefix(p, beginning) {
			return true
		}
	}
	return false
}

// noted is where the content of a file came from, by this command or before it.
func (a *analyzer) noted(p string, below bool) *source {
	if f := a.files[p]; f != nil {
		return f.content().src
	}
	return a.origins(p, below)
}
