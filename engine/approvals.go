package engine

import (
	"os/exec"
	"path"
	"strings"
	"sync"
	"time"

	"rampart/policy"
	"rampart/shellparse"
)

// approvalTTL is how long the parts of an approved command may still start
// without being asked about once more.
const approvalTTL = 10 * time.Minute

// maxApprovals bounds what is remembered.
const maxApprovals = 4096

// approvals remembers the execs that approved commands were predicted to make,
// each once: the layers below the shell see them again, one by one.
type approvals struct {
	mu    sync.Mutex
	execs map[string]approval
}

type approval struct {
	count   int
	expires time.Time
	cwd     string
	effects []shellparse.Effect // of the approved Call
}

// add remembers the execs of an approved Call. Only exactly known ones count,
// and those of the Call's own argv don't: they are running already.
func (a *approvals) add(c *policy.Call, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.execs == nil {
		a.execs = map[string]approval{}
	}
	if len(a.execs) >= maxApprovals {
		clear(a.execs)
	}
	own := argvKey(c.Argv)
	for i := range c.Effects {
		key, ok := startedKey(&c.Effects[i])
		if !ok || key == own {
			continue
		}
		ap := a.execs[key]
		a.execs[key] = approval{count: ap.count + 1, expires: now.Add(approvalTTL), cwd: c.Cwd, effects: c.Effects}
	}
}

// covers reports whether c is an exec that an approved command was predicted
// to make, and takes it off the list.
func (a *approvals) covers(c *policy.Call, d *policy.Decision, now time.Time) bool {
	if len(c.Argv) == 0 || d.Action != policy.Ask {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	key := argvKey(c.Argv)
	ap, ok := a.execs[key]
	if !ok || now.After(ap.expires) {
		delete(a.execs, key)
		return false
	}
	if ap.cwd != c.Cwd || !ordinary(c) || !foreseen(ap.effects, d.Effect) {
		return false // the same words for something else
	}
	if ap.count--; ap.count == 0 {
		delete(a.execs, key)
	} else {
		a.execs[key] = ap
	}
	return true
}

// startedKey identifies the program that an effect starts, if it is one and
// wholly known.
func startedKey(ef *shellparse.Effect) (string, bool) {
	if ef.Kind != shellparse.Exec || ef.Builtin || ef.Certainty != shellparse.Exact {
		return "", false
	}
	return valuesKey(ef.Argv)
}

// argvKey identifies an argv; the program counts by its base name, since a
// shell's prediction does not always know where PATH leads.
func argvKey(argv []string) string {
	if len(argv) == 0 {
		return ""
	}
	return argv[0][strings.LastIndexByte(argv[0], '/')+1:] + "\x00" + strings.Join(argv[1:], "\x00")
}

func valuesKey(argv []shellparse.Value) (string, bool) {
	words := make([]string, len(argv))
	for i, v := range argv {
		if v.Certainty != shellparse.Exact {
			return "", false
		}
		words[i] = v.Text
	}
	return argvKey(words), len(words) > 0
}

// ordinary reports whether the program of c is the one that its name stands for
// in the owner's own search path.
func ordinary(c *policy.Call) bool {
	if c.Path == "" {
		return true
	}
	found, err := exec.LookPath(path.Base(c.Argv[0]))
	return err == nil && found == c.Path
}

// foreseen reports whether an effect was among those of an approved Call.
func foreseen(approved []shellparse.Effect, ef *shellparse.Effect) bool {
	if ef == nil || ef.Kind == shellparse.Exec {
		return true
	}
	for i := range approved {
		a := &approved[i]
		if a.Kind == ef.Kind && a.Certainty == ef.Certainty && a.Path == ef.Path && a.Recursive == ef.Recursive &&
			a.Host == ef.Host && a.URL == ef.URL && a.Name == ef.Name && a.From == ef.From && a.To == ef.To {
			return true
		}
	}
	return false
}
