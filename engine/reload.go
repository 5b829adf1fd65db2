package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"rampart/audit"
	"rampart/platform"
	"rampart/policy"
)

// How a change of policy is noticed: by looking at the files' versions every so
// often, off the path of decisions. A look costs some microseconds a file, sees
// every way in which files change (renames over them, links that lead elsewhere
// now, directories that were not there, network file systems), and needs no
// watch that could be exhausted. docs/sessions.md has the figures.
const (
	lookEvery = 80 * time.Millisecond
	// settled is how many looks in a row must see the same before it is loaded:
	// editors write in several steps.
	settled = 2
	// settledShort is the same where a file is now the beginning of what it was:
	// it may be half written.
	settledShort = 4
	// maxUnsettled is how many looks a change may go on before it is loaded all
	// the same.
	maxUnsettled = 25
)

// Follow keeps the policy in force up with its files, until stop is called: an
// edit is live within half a second. A change that does not load leaves what
// held before in force; Trouble then says why. Both are recorded.
func (e *Engine) Follow() (stop func()) {
	p := e.Policies()
	if p.read == nil {
		return func() {} // from no files
	}
	f := &follower{engine: e, options: p.from, loaded: p.read}
	done, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				f.check()
			}
		}
	}()
	var once sync.Once
	return func() {
		once.Do(func() { close(done) })
		<-over
	}
}

// follower is one Follow.
type follower struct {
	engine  *Engine
	options PolicyOptions
	loaded  versions // that were loaded, or failed to
	seen    versions // by the last look
	same    int      // looks in a row that saw it
	moving  int      // looks since it was as loaded
	failed  string   // why the last load failed, "" if it did not
}

// versions are those of all files that a policy may come from, by path.
type versions map[string]platform.FileVersion

func (o PolicyOptions) look() versions {
	v := versions{}
	for _, name := range o.places() {
		v[name] = platform.VersionOf(name)
	}
	return v
}

// check looks once.
func (f *follower) check() {
	now := f.options.look()
	if maps.Equal(now, f.loaded) {
		f.seen, f.same, f.moving = now, 0, 0
		return
	}
	f.moving++
	if !maps.Equal(now, f.seen) {
		f.seen, f.same = now, 0
	}
	f.same++
	if f.moving < maxUnsettled && (f.same < settled || f.same < settledShort && f.shortened()) {
		return
	}
	p, err := LoadPolicies(f.options)
	if !maps.Equal(now, f.options.look()) && f.moving < maxUnsettled {
		return // written while it was read
	}
	f.loaded, f.same, f.moving = now, 0, 0
	f.take(p, err)
}

// take puts what was loaded in force, or says why not.
func (f *follower) take(p *Policies, err error) {
	old := f.engine.Policies()
	if err == nil {
		err = emptied(old, p)
	}
	if err != nil {
		why := oneLine(err)
		if why == f.failed {
			return
		}
		f.failed = why
		f.engine.SetTrouble("a change of the policy does not load, so what it said before holds (rampart lint shows it): " + why)
		f.engine.recordPolicy(audit.EventPolicyKept, old.Digests(), why)
		return
	}
	healed := f.failed != ""
	f.failed = ""
	f.engine.SetTrouble("")
	if sameSources(p, old) && !healed {
		return // touched, not changed
	}
	f.engine.SetPolicies(p)
	f.engine.recordPolicy(audit.EventPolicyLoad, p.Digests(), "policy loaded anew from "+p.Origin)
}

// shortened reports whether a file is now the beginning of what was loaded
// from it.
func (f *follower) shortened() bool {
	for _, src := range f.engine.Policies().Sources {
		if v, ok := f.seen[src.Name]; !ok || v.Size >= int64(len(src.Data)) {
			continue
		}
		if data, err := readPolicy(src.Name); err == nil && bytes.HasPrefix(src.Data, data) {
			return true
		}
	}
	return false
}

// emptied says which file has lost all its text. An editor that died, or a full
// disk, leaves such a file; whoever wants none of its rules removes it.
func emptied(old, now *Policies) error {
	for _, src := range now.Sources {
		if src.Tier == policy.TierExceptions || len(bytes.TrimSpace(src.Data)) > 0 {
			continue
		}
		for _, was := range old.Sources {
			if was.Name == src.Name && len(bytes.TrimSpace(was.Data)) > 0 {
				return fmt.Errorf("%s is empty now; remove the file if none of it should hold", src.Name)
			}
		}
	}
	return nil
}

func sameSources(a, b *Policies) bool {
	if len(a.Sources) != len(b.Sources) {
		return false
	}
	for i := range a.Sources {
		if x, y := &a.Sources[i], &b.Sources[i]; x.Name != y.Name || x.Tier != y.Tier || !bytes.Equal(x.Data, y.Data) {
			return false
		}
	}
	return true
}

func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' }), "; ")
}

// places are the files that policy may come from, and the directories that may
// hold further ones, whether they are there or not.
func (o PolicyOptions) places() []string {
	var out []string
	dir := func(d string) {
		names, _ := yamlFiles(d)
		out = append(append(out, d), names...)
	}
	dir(systemPolicies)
	out = append(out, o.Configs...)
	if o.Home != "" {
		dir(filepath.Join(o.Home, "policies"))
		out = append(out, OwnRulesFile(o.Home))
	}
	return out
}

// Digests names the files of the policy with their digests, as the record
// keeps them.
func (p *Policies) Digests() map[string]string {
	d := map[string]string{}
	for i, src := range p.Sources {
		d["policy_file_"+strconv.Itoa(i+1)] = sourceDigest(&src)
	}
	return d
}

func sourceDigest(src *policy.Source) string {
	sum := sha256.Sum256(src.Data)
	return src.Name + " sha256:" + hex.EncodeToString(sum[:])
}

// recordPolicy records what became of the policy.
func (e *Engine) recordPolicy(event string, details map[string]string, message string) {
	if e.cfg.Audit == nil {
		return
	}
	// If it can't be written, neither can the next decision, which then says so.
	_ = e.cfg.Audit.Append(&audit.Record{
		Time: time.Now(), Event: event, Session: e.cfg.Session, Agent: e.cfg.Agent,
		Mode: e.cfg.Mode.String(), Message: message, Details: details,
	})
}

// recordProject records what became of a project's policy.
func (e *Engine) recordProject(l projectLoad) {
	details := map[string]string{"project_policy": sourceDigest(&l.source)}
	switch {
	case l.err == nil:
		e.recordPolicy(audit.EventPolicyLoad, details, "policy of a project loaded")
	case l.kept:
		e.recordPolicy(audit.EventPolicyKept, details, "an edit of a project's policy does not load: "+oneLine(l.err))
	default:
		e.recordPolicy(audit.EventPolicyKept, details, "the policy of a project does not load, so nothing may run in it: "+oneLine(l.err))
	}
}
