package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"rampart/policy"
)

// claims sees to it that an exception that may be used once is used once, by
// whichever session comes first. A claim is a file that exactly one process can
// make. It is made before the command runs: a crash in between wastes the
// exception and never doubles it.
type claims struct {
	dir string // "" means that nothing can be claimed

	mu     sync.Mutex
	grants map[string]grant // by ID and argv
}

// grant lets the programs that a claimed command was predicted to start pass
// below the shell, where they are judged once more, one by one.
type grant struct {
	count   int
	cwd     string
	expires time.Time
}

func claimsDir(home string) string {
	if home == "" {
		return ""
	}
	return filepath.Join(home, "used")
}

func isOwnID(id string) bool { return len(id) == 12 && strings.Trim(id, "0123456789abcdef") == "" }

// claimName is the name of the file that claims what may be used once: an
// exception by its ID, a rule of a policy file by its own name.
func claimName(id string) string {
	if isOwnID(id) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "rule-" + hex.EncodeToString(sum[:8])
}

// unclaimed answers for one Call whether an exception is still to be had.
func (k *claims) unclaimed(c *policy.Call, now time.Time) func(id string) bool {
	return func(id string) bool {
		if k.dir == "" {
			return false
		}
		if k.granted(c, id, now, false) {
			return true
		}
		_, err := os.Lstat(filepath.Join(k.dir, claimName(id)))
		return errors.Is(err, fs.ErrNotExist)
	}
}

// taken is what came of an attempt to claim.
type taken uint8

const (
	late    taken = iota // another was first
	granted              // c is a part of what was claimed before
	fresh                // it is c's
)

// take claims an exception for c.
func (k *claims) take(c *policy.Call, id string, now time.Time) (taken, error) {
	if k.granted(c, id, now, true) {
		return granted, nil
	}
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return late, err
	}
	f, err := os.OpenFile(filepath.Join(k.dir, claimName(id)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return late, nil
	}
	if err != nil {
		return late, err
	}
	_, err = fmt.Fprintf(f, "used %s by session %s, process %d\n", now.UTC().Format(time.RFC3339), c.Session, c.PID)
	return fresh, errors.Join(err, f.Sync(), f.Close())
}

// giveBack undoes claims for which nothing was run.
func (k *claims) giveBack(ids []string) {
	for _, id := range ids {
		os.Remove(filepath.Join(k.dir, claimName(id)))
	}
}

// grant remembers the programs that c was predicted to start.
func (k *claims) grant(c *policy.Call, id string, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.grants == nil || len(k.grants) >= maxApprovals {
		k.grants = map[string]grant{}
	}
	own := argvKey(c.Argv)
	for i := range c.Effects {
		key, ok := startedKey(&c.Effects[i])
		if !ok || key == own {
			continue
		}
		key = id + "\x00" + key
		k.grants[key] = grant{count: k.grants[key].count + 1, cwd: c.Cwd, expires: now.Add(approvalTTL)}
	}
}

// granted reports whether c is one of those programs. If it is taken, it is
// one less.
func (k *claims) granted(c *policy.Call, id string, now time.Time, take bool) bool {
	if len(c.Argv) == 0 {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	key := id + "\x00" + argvKey(c.Argv)
	g, ok := k.grants[key]
	if !ok || g.cwd != c.Cwd || now.After(g.expires) || !ordinary(c) {
		return false
	}
	if !take {
		return true
	}
	if g.count--; g.count <= 0 {
		delete(k.grants, key)
	} else {
		k.grants[key] = g
	}
	return true
}

// mustClaim reports whether o depends on what may be used once.
func (o *Outcome) mustClaim() bool {
	return len(o.Claims) > 0
}

// claim takes what o depends on and may be used once. Where something is gone
// meanwhile, c is judged again without it.
func (e *Engine) claim(c *policy.Call, o Outcome, start time.Time) Outcome {
	for o.Run && o.mustClaim() {
		ids := slices.Clone(o.Claims)
		// All in one order, so that of several who need the same the first gets all.
		slices.Sort(ids)
		lost := false
		var mine []string
		for _, id := range ids {
			got, err := e.claims.take(c, id, start)
			if err != nil {
				return Outcome{Decision: policy.Decision{
					Action:  policy.Deny,
					Message: fmt.Sprintf("what may be used once can't be marked as used (%v)", err),
					AllowBy: "make room in Rampart's own directory, or see to it that it can be written",
				}}
			}
			if lost = got == late; lost {
				e.claims.giveBack(mine)
				break
			}
			if got == fresh {
				mine = append(mine, id)
			}
		}
		if !lost {
			for _, id := range mine {
				e.claims.grant(c, id, start)
			}
			o.Claims = mine // the rest was used up before
			return o
		}
		o = e.judge(c, start, (*policy.Set).Evaluate, false)
	}
	return o
}
