package engine

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"rampart/platform"
	"rampart/policy"
)

// OwnRulesFile is where `rampart allow` and `rampart block` keep what they are
// told, below Rampart's own directory.
func OwnRulesFile(home string) string { return filepath.Join(home, "rules.yaml") }

// OwnRules is the file of the owner's own rules.
type OwnRules struct{ home string }

// OpenOwnRules returns the file in Rampart's own directory, which need not
// exist yet.
func OpenOwnRules(home string) OwnRules { return OwnRules{home} }

// Path returns the name of the file.
func (o OwnRules) Path() string { return OwnRulesFile(o.home) }

// List returns the rules in order, those that are over included.
func (o OwnRules) List() ([]policy.OwnRule, error) {
	data, err := readPolicy(o.Path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return policy.ParseOwnRules(o.Path(), data)
}

// Used reports whether a rule that may be used once has been.
func (o OwnRules) Used(r *policy.OwnRule) bool {
	if !r.Once {
		return false
	}
	_, err := os.Lstat(filepath.Join(claimsDir(o.home), r.ID))
	return err == nil
}

// Over reports whether a rule has no effect any more.
func (o OwnRules) Over(r *policy.OwnRule, now time.Time) bool {
	return !r.Expires.IsZero() && !now.Before(r.Expires) || o.Used(r)
}

// Add appends a rule, gives it its ID and the time, and returns its number.
// What is over is cleared away on the occasion, but for the marks of what was
// used: sessions may know the rule for as long as they can't load its removal.
func (o OwnRules) Add(r *policy.OwnRule, now time.Time) (number int, err error) {
	var id [6]byte
	if _, err := rand.Read(id[:]); err != nil {
		return 0, err
	}
	r.ID, r.Added = hex.EncodeToString(id[:]), now.Truncate(time.Second)
	err = o.change(func(rules []policy.OwnRule) ([]policy.OwnRule, error) {
		rules = slices.DeleteFunc(rules, func(x policy.OwnRule) bool { return o.Over(&x, now) })
		number = len(rules) + 1
		return append(rules, *r), nil
	})
	return number, err
}

// Remove takes the rule of a number, or of an ID, away and returns it.
func (o OwnRules) Remove(which string) (gone policy.OwnRule, err error) {
	err = o.change(func(rules []policy.OwnRule) ([]policy.OwnRule, error) {
		for i := range rules {
			if fmt.Sprint(i+1) == which || rules[i].ID == which {
				gone = rules[i]
				return slices.Delete(rules, i, i+1), nil
			}
		}
		return nil, fmt.Errorf("there is no rule %q among the %d of your own; rampart rules lists them", which, len(rules))
	})
	return gone, err
}

// change rewrites the file, one process after the other, so that it is never
// there in part.
func (o OwnRules) change(edit func([]policy.OwnRule) ([]policy.OwnRule, error)) error {
	if err := os.MkdirAll(o.home, 0o700); err != nil {
		return err
	}
	unlock, err := platform.LockFile(o.Path() + ".lock")
	if err != nil {
		return fmt.Errorf("can't lock %s: %w", o.Path(), err)
	}
	defer unlock()
	rules, err := o.List()
	if err != nil {
		return fmt.Errorf("%w\nmend this file, or move it away, before rules are added or removed", err)
	}
	if rules, err = edit(rules); err != nil {
		return err
	}
	data := policy.FormatOwnRules(rules)
	if len(data) > maxPolicySize {
		return fmt.Errorf("%s would grow beyond %d bytes; remove rules that are no longer needed", o.Path(), maxPolicySize)
	}
	if _, err := policy.ParseOwnRules(o.Path(), data); err != nil {
		return err // never leave behind what the next session can't read
	}
	return replaceFile(o.Path(), data, 0o600)
}

// replaceFile writes a file of the owner's whole or not at all.
func replaceFile(name string, data []byte, perm os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(perm), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("can't write %s: %w", name, err)
	}
	return nil
}
