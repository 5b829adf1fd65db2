package ship

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"rampart/audit"
	"rampart/platform"
)

// stateDir is the folder in the trail's directory that holds the cursors.
const stateDir = "export"

// cursor is the file that says how far a destination is.
type cursor struct {
	trail, dir, name, dest string
	complained             bool
}

// newCursor names the file after the destination, which has no place in a
// file's name itself.
func newCursor(trail, dest string) cursor {
	sum := sha256.Sum256([]byte(dest))
	return cursor{trail: trail, dir: filepath.Join(trail, stateDir), name: hex.EncodeToString(sum[:8]), dest: dest}
}

func (c *cursor) path(ext string) string { return filepath.Join(c.dir, c.name+ext) }

func (c *cursor) makeDir() error {
	err := os.Mkdir(c.dir, 0o700)
	if err == nil {
		c.own(c.dir)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	fi, err := os.Lstat(c.dir)
	switch {
	case err != nil:
		return err
	case !fi.IsDir():
		return fmt.Errorf("%s is not a directory; move it away", c.dir)
	case fi.Mode().Perm()&0o022 != 0 && runtime.GOOS != "windows":
		return fmt.Errorf("others may write to %s; run: chmod go-w %[1]s", c.dir)
	}
	return nil
}

// begin notes the place from which a new destination is sent to, before the
// session writes its first record: it may be killed at any moment after that. A
// destination that is not new keeps its place. If this fails, the Shipper will
// run into the same, and say so.
func (c *cursor) begin(from audit.Position) {
	if c.makeDir() != nil {
		return
	}
	data, err := json.Marshal(state{1, c.dest, from})
	if err != nil {
		return
	}
	f, err := os.OpenFile(c.path(".json"), os.O_WRONLY|os.O_CREATE|os.O_EXCL|noFollow, 0o600)
	if err != nil {
		return
	}
	audit.GiveToOwner(f, c.trail)
	_, err = f.Write(append(data, '\n'))
	if errors.Join(err, f.Close()) != nil {
		os.Remove(f.Name())
	}
}

// lock keeps other processes from sending to the same destination.
func (c *cursor) lock() (unlock func(), err error) {
	if err := c.makeDir(); err != nil {
		return nil, err
	}
	name := c.path(".lock")
	if unlock, err = platform.TryLockFile(name); err == nil {
		c.own(name)
	}
	return unlock, err
}

// own keeps root from locking the trail's owner out.
func (c *cursor) own(name string) {
	if f, err := os.Open(name); err == nil {
		audit.GiveToOwner(f, c.trail)
		f.Close()
	}
}

// state is what the file holds.
type state struct {
	Version     int    `json:"version"`
	Destination string `json:"destination"`
	audit.Position
}

var errNoCursor = errors.New("nothing was sent to this destination yet")

// load returns how far the destination is; errNoCursor if it is new.
func (c *cursor) load() (audit.Position, error) {
	f, err := os.OpenFile(c.path(".json"), os.O_RDONLY|noFollow, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return audit.Position{}, errNoCursor
	}
	if err != nil {
		return audit.Position{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 64<<10))
	if err != nil {
		return audit.Position{}, err
	}
	var s state
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil || s.Version != 1 || s.Destination != c.dest || s.Offset < 0 || s.Segment < 0 ||
		s.Offset > 0 && len(s.Hash) != 2*sha256.Size {
		return audit.Position{}, fmt.Errorf("%s does not say what was sent", f.Name())
	}
	return s.Position, nil
}

// save writes the file whole or not at all.
func (c *cursor) save(pos audit.Position) error {
	data, err := json.Marshal(state{1, c.dest, pos})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.path(".new"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC|noFollow, 0o600)
	if err != nil {
		return err
	}
	audit.GiveToOwner(f, c.trail)
	_, err = f.Write(append(data, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), c.path(".json"))
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
