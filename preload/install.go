package preload

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"rampart/engine/wire"
)

// Names in the session's directory; c/session.h has the same.
const (
	refusedName = "rampart-refused"
	launchName  = "rampart-launch"
	heirName    = "rampart-heir"
	markName    = "RAMPART_JUDGED" // c/env.h
	shellsName  = "bin"
	realName    = "real"
	openName    = "librampart-open.so" // the library of a session that fails open
)

// maxShellName keeps the longest path of a session within c/session.h's
// SESSION_PATH_MAX.
const maxShellName = 16

// Injection is the C side, laid out in a session's directory.
type Injection struct {
	dir     string
	library string // name in dir
	shells  map[string]string
}

// Install lays the C side out in the session's directory, which must exist.
// shells are the substitutes to make there: name to the real one's path.
//
// permits, if not "", is the identity of the session's memory of permits (see
// wire.Permits): the library looks into no other.
func Install(a *Artifacts, sessionDir string, shells map[string]string, permits string) (*Injection, error) {
	if strings.ContainsAny(sessionDir, ": \t\n$") {
		return nil, fmt.Errorf("install in %q: the dynamic linker can't have blanks, ':' or '$' in a path to preload; "+
			"choose another place with XDG_RUNTIME_DIR or TMPDIR", sessionDir)
	}
	if err := checkExecutable(sessionDir); err != nil {
		return nil, fmt.Errorf("install in session directory: %w", err)
	}
	in := &Injection{dir: sessionDir, library: libraryName, shells: shells}
	identity, err := placeIn(a.Library, permits)
	if err != nil {
		return nil, err
	}
	if err := in.lay(a, identity); err != nil {
		return nil, fmt.Errorf("install in session directory: %w", err)
	}
	return in, nil
}

// identity is what the session's copies of library and program are to know;
// c/identity.h. Of other files the program looks up what it needs.
type identity struct {
	place   int // in the file, behind the magic
	permits string
}

// placeIn finds the place in the library, or the program.
func placeIn(file []byte, permits string) (*identity, error) {
	place := []byte(wire.IdentityMagic + strings.Repeat("-", wire.IdentityLen))
	if permits == "" {
		permits = strings.Repeat("-", 6*16+2)
	}
	if bytes.Count(file, place) != 1 || len(permits) != 6*16+2 {
		return nil, errors.New("the preload layer has no place for what it is to know of the session; build Rampart anew with `make`")
	}
	return &identity{bytes.Index(file, place) + len(wire.IdentityMagic), permits}, nil
}

// in returns the file with the identity in place: the permits', the library's own
// file and the stub's.
func (i *identity) in(file []byte, own, refused stamp) []byte {
	text := i.permits[:4*16] + own.String() + refused.String() + i.permits[4*16:]
	out := bytes.Clone(file)
	copy(out[i.place:], text)
	return out
}

// stamp tells a file from others, and from what it becomes when somebody writes
// to it: session.c's read_stamp.
type stamp struct{ device, inode, size, modified uint64 }

func (s stamp) String() string {
	return fmt.Sprintf("%016x%016x%016x%016x", s.device, s.inode, s.size, s.modified)
}

func (in *Injection) lay(a *Artifacts, id *identity) error {
	refused := filepath.Join(in.dir, refusedName)
	program, err := placeIn(a.Program, id.permits)
	if err != nil {
		return err
	}
	stub, err := writeProgram(refused, a.Program, func(stamp) []byte { return program.in(a.Program, stamp{}, stamp{}) })
	if err != nil {
		return err
	}
	_, err = writeProgram(filepath.Join(in.dir, libraryName), a.Library, func(own stamp) []byte { return id.in(a.Library, own, stub) })
	if err != nil {
		return err
	}
	for _, name := range []string{launchName, heirName} {
		if err := os.Link(refused, filepath.Join(in.dir, name)); err != nil {
			return err
		}
	}
	for _, d := range []string{shellsName, realName} {
		if err := os.Mkdir(filepath.Join(in.dir, d), 0o700); err != nil {
			return err
		}
	}
	for name, path := range in.shells {
		if len(name) > maxShellName || name != filepath.Base(name) || !filepath.IsAbs(path) {
			return fmt.Errorf("shell %q -> %q: want a short name and an absolute path", name, path)
		}
		if err := os.Link(refused, filepath.Join(in.dir, shellsName, name)); err != nil {
			return err
		}
		if err := os.Symlink(path, filepath.Join(in.dir, realName, name)); err != nil {
			return err
		}
	}
	return nil
}

// ShellDir is where the substitute shells are.
func (in *Injection) ShellDir() string { return filepath.Join(in.dir, shellsName) }

// Launcher is the program that starts the agent under the kernel layer, and keeps
// its tree; see c/launch.h.
func (in *Injection) Launcher() string { return filepath.Join(in.dir, launchName) }

// Heir is the program that counts what is lost if the guard is killed; see c/heir.h.
func (in *Injection) Heir() string { return filepath.Join(in.dir, heirName) }

// FailOpen makes processes run on when the engine can't be reached. Call it
// before Environ: it is the library's name that says so, which programs can't
// change later, as they could a file.
func (in *Injection) FailOpen() error {
	err := os.Rename(filepath.Join(in.dir, in.library), filepath.Join(in.dir, openName))
	if err != nil {
		return fmt.Errorf("make the session fail open: %w", err)
	}
	in.library = openName
	return nil
}

// Layers say what Environ puts in.
type Layers uint

// The layers of the C side.
const (
	Library Layers = 1 << iota // the library, by LD_PRELOAD
	Shells                     // the substitute shells, by PATH, SHELL and CLAUDE_CODE_SHELL
)

// Environ returns base as it is to be for the agent. base is left alone, and
// variables that are there keep their place.
func (in *Injection) Environ(base []string, layers Layers) []string {
	env := append([]string(nil), base...)
	if layers&Library != 0 {
		// In front, as the C side expects it.
		value := filepath.Join(in.dir, in.library)
		if own, ok := lookup(env, "LD_PRELOAD"); ok {
			value += ":" + own
		}
		env = set(env, "LD_PRELOAD", value)
	}
	if layers&Shells == 0 || len(in.shells) == 0 {
		return env
	}
	bin := filepath.Join(in.dir, shellsName)
	path, ok := lookup(env, "PATH")
	if !ok {
		path = "/usr/local/bin:/usr/bin:/bin"
	}
	env = set(env, "PATH", bin+":"+path)
	shell, _ := lookup(env, "SHELL")
	if name := in.choose(shell, "bash", "zsh", "sh", "dash"); name != "" {
		env = set(env, "SHELL", filepath.Join(bin, name))
	}
	// Claude Code takes a bash or a zsh, and silently looks for another if it
	// is given anything else.
	claude, ok := lookup(env, "CLAUDE_CODE_SHELL")
	if !ok {
		claude = shell
	}
	if b := filepath.Base(claude); b != "bash" && b != "zsh" {
		claude = ""
	}
	if name := in.choose(claude, "bash", "zsh"); name != "" {
		env = set(env, "CLAUDE_CODE_SHELL", filepath.Join(bin, name))
	}
	return env
}

// Preloaded reports whether an environment has the session's library loaded
// before all others.
func (in *Injection) Preloaded(environ []string) bool {
	value, _ := lookup(environ, "LD_PRELOAD")
	library := filepath.Join(in.dir, in.library)
	return value == library || strings.HasPrefix(value, library+":")
}

// Visible returns an environment as the program is to see it: without what the
// C side puts in at each exec.
func (in *Injection) Visible(environ []string) []string {
	out := make([]string, 0, len(environ))
	library := filepath.Join(in.dir, in.library)
	for _, e := range environ {
		if strings.HasPrefix(e, markName+"=") {
			continue
		}
		if value, ok := strings.CutPrefix(e, "LD_PRELOAD="); ok {
			if value == library {
				continue
			}
			if own, ok := strings.CutPrefix(value, library+":"); ok {
				e = "LD_PRELOAD=" + own
			}
		}
		out = append(out, e)
	}
	return out
}

// choose returns the name of the substitute for the shell that the user has
// chosen, else the first of the others that there is, else "".
func (in *Injection) choose(chosen string, others ...string) string {
	if _, ok := in.shells[filepath.Base(chosen)]; ok {
		return filepath.Base(chosen)
	}
	for _, name := range others {
		if _, ok := in.shells[name]; ok {
			return name
		}
	}
	return ""
}

// lookup finds the last value of name, the one that counts.
func lookup(env []string, name string) (value string, ok bool) {
	for _, e := range env {
		if v, found := strings.CutPrefix(e, name+"="); found {
			value, ok = v, true
		}
	}
	return value, ok
}

// set replaces the first entry of name and drops others, or appends one.
func set(env []string, name, value string) []string {
	out, done := env[:0], false
	for _, e := range env {
		if !strings.HasPrefix(e, name+"=") {
			out = append(out, e)
		} else if !done {
			out, done = append(out, name+"="+value), true
		}
	}
	if !done {
		out = append(out, name+"="+value)
	}
	return out
}
