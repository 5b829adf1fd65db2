package policy

import (
	"strings"
)

// key is a hash of a sort of thing and its name in lower case. Two things with
// one key cost a needless match and nothing else.
type key uint64

type keySort uint8

const (
	_            keySort = iota
	byProgram            // of the Exec, or that the effect belongs to
	byProgramArg         // the program and one of its words
	byPatternArg         // the program, if one of its words has wildcards
	byFirstWord          // of the Call's text
	byGram               // four characters in a row
	byName               // a component of a path, a variable, a host
	byBeginning          // up to affixLen characters
	byEnding             // up to affixLen characters
	byDot                // what begins at the last dot of a name, or at any dot of a host
	byURLHost            // between :// and the next /
	byTool               // the Call's tool or its MCP class
	byToolPrefix         // of a tool, up to a __
	byAgent
	byParam // a parameter of a tool has this name
	byBelow // index_path.go
	byTail
	byTailWild
	byFirstName
)

// affixLen is how much of a beginning or ending makes a key.
const affixLen = 4

// lengths says which lengths, up to affixLen, occur.
type lengths uint8

const (
	hashStart = 14695981039346656037
	hashPrime = 1099511628211
)

func (k keySort) start() key { return (hashStart ^ key(k)) * hashPrime }

// add hashes s, in lower case, into k.
func (k key) add(s string) key {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return k.addExact(strings.ToLower(s))
		}
	}
	for i := range len(s) {
		k = (k ^ key(lower(s[i]))) * hashPrime
	}
	return k
}

func (k key) addExact(s string) key {
	for i := range len(s) {
		k = (k ^ key(s[i])) * hashPrime
	}
	return k
}

func (k keySort) of(s string) key { return k.start().add(s) }

// gramLen is how many characters make a gram.
const gramLen = 4

func gramOf(b uint32) key { return (byGram.start() ^ key(b)) * hashPrime }

// gramBits says quickly that a gram is no key.
type gramBits [1 << 10]uint64

func (g *gramBits) place(b uint32) (int, uint64) {
	h := b * 2654435761 >> 16
	return int(h >> 6), 1 << (h & 63)
}

// eachGram calls f with those grams of s that are all ASCII, in lower case.
// Others have no one spelling in lower case.
func eachGram(s string, f func(uint32)) {
	var b uint32
	for i := range len(s) {
		b = b<<8 | uint32(lower(s[i]))
		if i >= gramLen-1 && b&0x80808080 == 0 {
			f(b)
		}
	}
}

// asciiPrefix returns the length of the beginning of s that is ASCII, asciiSuffix
// of the ending, both at most affixLen.
func asciiPrefix(s string) int {
	n := 0
	for n < len(s) && n < affixLen && s[n] < 0x80 {
		n++
	}
	return n
}

func asciiSuffix(s string) int {
	n := 0
	for n < len(s) && n < affixLen && s[len(s)-1-n] < 0x80 {
		n++
	}
	return n
}
