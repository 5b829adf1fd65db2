package preload

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	libraryName = "librampart.so"
	programName = "rampart-program" // refusals and substitute shells in one
)

// Artifacts are the built C side.
type Artifacts struct {
	Library []byte
	Program []byte
}

// ErrUnavailable is wrapped by Load's error where the layer can't be had at
// all, as opposed to a build that failed.
var ErrUnavailable = errors.New("the preload layer is missing")

func target() string { return runtime.GOOS + "_" + runtime.GOARCH }

// supported are the targets that c/sys.h knows.
var supported = map[string]bool{"linux_amd64": true, "linux_arm64": true}

// Load returns the C side: what `make` put into the binary, else what an
// earlier Load built in cacheDir, else built there now with cc ($CC). Several
// processes may do so at the same time.
func Load(cacheDir string) (*Artifacts, error) {
	if !supported[target()] {
		return nil, fmt.Errorf("%w: it is not available on %s/%s", ErrUnavailable, runtime.GOOS, runtime.GOARCH)
	}
	if a, ok := readArtifacts(embedded, "embedded/"+target()); ok {
		return a, nil
	}
	name := target() + "-" + sourceDigest()[:16]
	if a, ok := readArtifacts(os.DirFS(cacheDir), name); ok {
		return a, nil
	}
	if err := os.MkdirAll(cacheDir, 0o700); err != nil {
		return nil, fmt.Errorf("build the preload library: %w", err)
	}
	tmp, err := os.MkdirTemp(cacheDir, ".building-")
	if err != nil {
		return nil, fmt.Errorf("build the preload library: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := Build(os.Getenv("CC"), tmp); err != nil {
		return nil, err
	}
	a, ok := readArtifacts(os.DirFS(tmp), ".")
	if !ok {
		return nil, errors.New("build the preload library: its build left nothing usable")
	}
	// An older or torn one of the same name gives way; if another process was
	// quicker, its result is the same.
	final := filepath.Join(cacheDir, name)
	if err := os.Rename(tmp, final); err != nil {
		os.RemoveAll(final)
		os.Rename(tmp, final)
	}
	return a, nil
}

// Build compiles the C side that this binary carries into outDir, with the
// compiler cc ("" means "cc"), which may be a command with arguments.
func Build(cc, outDir string) error {
	if cc == "" {
		cc = "cc"
	}
	words := strings.Fields(cc)
	if len(words) == 0 {
		return errors.New("build the preload library: the compiler's name is blank")
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		return fmt.Errorf("%w: this binary was built without it and there is no C compiler %q to build it now; "+
			"install one (gcc or clang), or build Rampart with `make`", ErrUnavailable, words[0])
	}
	src, err := os.MkdirTemp("", "rampart-c-")
	if err != nil {
		return fmt.Errorf("build the preload library: %w", err)
	}
	defer os.RemoveAll(src)
	c, err := fs.Sub(source, "c")
	if err != nil {
		return err
	}
	if err := os.CopyFS(src, c); err != nil {
		return fmt.Errorf("build the preload library: %w", err)
	}
	cmd := exec.Command("/bin/sh", filepath.Join(src, "build.sh"), outDir)
	cmd.Env = append(os.Environ(), "CC="+cc)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: its build with %q failed (%v); install a working C compiler, or build Rampart with `make`:\n%s",
			ErrUnavailable, cc, err, out)
	}
	return nil
}
