package policy

import (
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Retention is how much of the audit trail the owner wants kept. Zero is all.
type Retention struct {
	Age  time.Duration
	Size int64 // bytes
}

// Retention returns what the set's sources say of the trail: of several, what
// keeps the most.
func (s *Set) Retention() Retention { return s.keep }

var retentionTable = newTable("audit",
	entry[*Retention]{"keep", func(r *reader, n *yaml.Node, to *Retention) { r.duration(n, "audit.keep", &to.Age) }},
	entry[*Retention]{"keep_size", func(r *reader, n *yaml.Node, to *Retention) { r.size(n, "audit.keep_size", &to.Size) }},
)

func (r *reader) retention(n *yaml.Node, f *file) {
	if f.info.tier == TierProject {
		r.problem(n, "a project's policy has no say over the audit trail: audit belongs into the owner's policy")
		return
	}
	readMapping(r, n, retentionTable, &f.keep)
	if len(r.problems) == 0 && f.keep == (Retention{}) {
		r.problem(n, "audit says nothing; write keep, keep_size, or both")
	}
}

// most is what keeps everything that either keeps.
func (a Retention) most(b Retention) Retention {
	if a == (Retention{}) {
		return b
	}
	out := Retention{Age: max(a.Age, b.Age), Size: max(a.Size, b.Size)}
	if a.Age == 0 || b.Age == 0 {
		out.Age = 0
	}
	if a.Size == 0 || b.Size == 0 {
		out.Size = 0
	}
	return out
}

// size reads a number of bytes.
func (r *reader) size(n *yaml.Node, what string, to *int64) {
	n = follow(n)
	digits, shift := n.Value, 0
	if i := strings.IndexByte("KMG", (n.Value + "?")[max(len(n.Value)-1, 0)]); i >= 0 {
		digits, shift = n.Value[:len(n.Value)-1], 10*(i+1)
	}
	v, err := strconv.ParseUint(digits, 10, 62-shift)
	if n.Kind != yaml.ScalarNode || err != nil || v == 0 {
		r.problem(n, `%s is a size like "500M" or "2G", not %s`, what, describe(n))
		return
	}
	*to = int64(v) << shift
}
