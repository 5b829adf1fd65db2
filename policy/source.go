package policy

// Tier says who wrote a policy, and so what it may do.
type Tier uint8

// The tiers. Each is judged on its own, its default action included, and the
// strictest outcome counts: no tier can loosen another, except by exceptions.
const (
	TierSystem  Tier = iota + 1 // the administrator's: /etc/rampart
	TierUser                    // the owner's, or an embedded profile
	TierProject                 // a repository's own: may only tighten
	// TierExceptions is no policy but the file of the owner's own rules, as in
	// ParseOwnRules. What they allow takes back what the user's tier and
	// profiles say about exactly what it names; nothing of the system's, a
	// project's or the guard's own. What they block is the user's like any rule.
	TierExceptions
	tierBuiltin // part of every set that can stop anything
)

// Source is one policy file.
type Source struct {
	Name string // shown as FILE in FILE:LINE: "standard.yaml", or a path
	Data []byte
	Tier Tier

	embedded bool // a profile: its owner changes a copy of it
}

// maxSourceSize bounds a policy file, in bytes; maxProjectSize that of a project,
// which is loaded while a command waits.
const (
	maxSourceSize  = 8 << 20
	maxProjectSize = 1 << 20
)
