package wrap

import (
	"os"
	"path/filepath"
	"testing"

	"rampart/audit"
	"rampart/engine"
)

// TestRetention: what the owner's policy wants kept is kept, the rest goes, and
// what is left verifies.
func TestRetention(t *testing.T) {
	dir, config := t.TempDir(), filepath.Join(t.TempDir(), "policy.yaml")
	log, err := audit.Open(dir, audit.Options{SegmentSize: 2000})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if err := log.Append(&audit.Record{Event: audit.EventDecision, Action: "allow", Outcome: "run", Argv: []string{"true"}}); err != nil {
			t.Fatal(err)
		}
	}
	defer log.Close()
	s := &session{opt: Options{AuditDir: dir}, log: log}
	for _, c := range []struct {
		policy string
		goes   bool
	}{{"default_action: allow\n", false}, {"audit: {keep: 1d}\n", false}, {"audit: {keep_size: 6K}\n", true}} {
		if err := os.WriteFile(config, []byte(c.policy), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := engine.LoadPolicies(engine.PolicyOptions{Configs: []string{config}})
		if err != nil {
			t.Fatal(err)
		}
		before, _ := filepath.Glob(dir + "/trail-*")
		s.engine = engine.New(engine.Config{Policies: p})
		s.prune()
		after, _ := filepath.Glob(dir + "/trail-*")
		if gone := len(before) - len(after); (gone > 0) != c.goes || len(after) == 0 {
			t.Errorf("%q: %d of %d files went", c.policy, gone, len(before))
		}
		if r, err := audit.Verify(dir); err != nil || !r.Intact {
			t.Errorf("%q: %v, %s", c.policy, err, r)
		}
	}
}
