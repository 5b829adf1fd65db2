package platform

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// RuntimeDir returns the directory that holds the sessions' own, and makes it
// if need be: $XDG_RUNTIME_DIR/rampart, else rampart-UID in the temporary
// directory, else run in [Home]. It is a real directory, belongs to this user
// and is closed to everybody else.
func RuntimeDir() (string, error) {
	var errs []error
	for _, candidate := range runtimeCandidates() {
		if err := makePrivate(candidate); err != nil {
			errs = append(errs, err)
			continue
		}
		return candidate, nil
	}
	return "", fmt.Errorf("no private place for sessions: %w", errors.Join(errs...))
}

func runtimeCandidates() []string {
	var dirs []string
	if xdg := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(xdg) && checkPrivate(xdg) == nil {
		dirs = append(dirs, filepath.Join(xdg, "rampart"))
	}
	if tmp := os.TempDir(); filepath.IsAbs(tmp) {
		dirs = append(dirs, filepath.Join(tmp, "rampart-"+userTag()))
	}
	if home, err := Home(); err == nil {
		dirs = append(dirs, filepath.Join(home, "run"))
	}
	return dirs
}

// makePrivate makes dir unless it is there, and checks that it is private.
func makePrivate(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, os.ErrNotExist) {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return checkPrivate(dir)
}

// graceTime is how long a directory may be without its lock, in making.
const graceTime = time.Minute

// LastWords is the file in a session's directory that outlives it.
const LastWords = "last-words"

// KilledSession is one that died without removing its directory.
type KilledSession struct {
	ID        string
	LastWords string // what stood in that file, at most 4 KiB
}

// SessionDir is the private directory of a session.
type SessionDir struct {
	Path string
	// Killed are the sessions that were found to have died without removing
	// theirs; it is removed now, and nobody else is told.
	Killed []KilledSession

	owner *os.File
}

// NewSessionDir makes the directory of session id in [RuntimeDir]. Until it is
// removed, or this process ends, RemoveStale leaves it alone. Directories of
// sessions that have died are deleted.
func NewSessionDir(id string) (*SessionDir, error) {
	if id == "" || strings.HasPrefix(id, ".") || strings.ContainsAny(id, "/\\\x00") {
		return nil, fmt.Errorf("%q can't be the name of a session", id)
	}
	base, err := RuntimeDir()
	if err != nil {
		return nil, err
	}
	d := &SessionDir{Path: filepath.Join(base, id), Killed: RemoveStale(base)}
	// Made and locked under another name, so that nobody sees it unlocked.
	making := filepath.Join(base, "."+id)
	if err := os.Mkdir(making, 0o700); err != nil {
		return nil, err
	}
	d.owner, err = lockSession(making)
	if err == nil {
		if _, err = os.Lstat(d.Path); err == nil {
			err = fmt.Errorf("session %s is already there: %s", id, d.Path)
		} else {
			err = os.Rename(making, d.Path)
		}
	}
	if err != nil {
		if d.owner != nil {
			d.owner.Close()
		}
		os.RemoveAll(making)
		return nil, err
	}
	return d, nil
}

// Remove deletes the directory.
func (d *SessionDir) Remove() {
	d.owner.Close() // first: where files that are open can't be removed
	os.RemoveAll(d.Path)
}

// RemoveStale deletes the directories below base whose sessions have died
// without doing so, and returns those sessions that had begun.
// Of several who do so at once, one is told of each.
func RemoveStale(base string) []KilledSession {
	entries, err := os.ReadDir(base)
	if err != nil {
		return nil
	}
	var killed []KilledSession
	for _, e := range entries {
		name := e.Name()
		dir := filepath.Join(base, name)
		if !e.IsDir() || !stale(dir) {
			continue
		}
		if name[0] != '.' {
			mine := filepath.Join(base, "."+name)
			if os.Rename(dir, mine) != nil {
				continue
			}
			killed, dir = append(killed, KilledSession{name, lastWords(mine)}), mine
		}
		os.RemoveAll(dir)
	}
	return killed
}

func lastWords(dir string) string {
	info, err := os.Lstat(filepath.Join(dir, LastWords))
	if err != nil || !info.Mode().IsRegular() || info.Size() > 4096 {
		return ""
	}
	b, _ := os.ReadFile(filepath.Join(dir, LastWords))
	return string(b)
}

func stale(dir string) bool {
	if filepath.Base(dir)[0] == '.' && !old(dir) {
		return false // in making; even to try its lock would be in the way
	}
	return !sessionAlive(dir)
}

func old(dir string) bool {
	fi, err := os.Lstat(dir)
	return err == nil && time.Since(fi.ModTime()) > graceTime
}
