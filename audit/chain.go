package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// A line is
//
//	{"v":1,"seq":N,"time":...,"prev":"HEX","hash":"HEX"}
//
// where hash is the SHA-256 of everything before `,"hash":`. The hash of the
// predecessor lies within that, which makes it a chain. The fixed ends let a
// writer find its place from the last few bytes of a file.
const (
	lineStart = `{"v":1,"seq":`
	prevKey   = `,"prev":"`
	hashKey   = `","hash":"`
	lineEnd   = `"}`

	hexLen     = 2 * sha256.Size
	sealLen    = len(hashKey) - 1 + hexLen + len(lineEnd) // what follows the hashed part
	trailerLen = len(prevKey) + hexLen + 1 + sealLen
)

// link is a place in the chain: the number and the hash of a record. The zero
// link is the place before the first.
type link struct {
	seq  uint64
	hash [sha256.Size]byte
}

// appendLine appends the line of the record that follows l, with its line
// feed, and returns the link that it makes.
func appendLine(b, body []byte, l link) ([]byte, link) {
	start := len(b)
	b = append(b, lineStart...)
	b = strconv.AppendUint(b, l.seq+1, 10)
	b = append(b, ',')
	b = append(b, body...)
	b = append(b, prevKey...)
	b = hex.AppendEncode(b, l.hash[:])
	b = append(b, '"')
	next := link{seq: l.seq + 1, hash: sha256.Sum256(b[start:])}
	b = append(b, hashKey[1:]...)
	b = hex.AppendEncode(b, next.hash[:])
	b = append(b, lineEnd...)
	return append(b, '\n'), next
}

// chained is what a line says about its place in the chain.
type chained struct {
	link
	prev  [sha256.Size]byte
	valid bool // the hash is that of the line
}

// readChained reads a line without its line feed. ok is false if the line does
// not have the shape of a record.
func readChained(line []byte) (c chained, ok bool) {
	if len(line) < len(lineStart)+trailerLen || !bytes.HasPrefix(line, []byte(lineStart)) {
		return c, false
	}
	digits := line[len(lineStart):]
	n := 0
	for n < len(digits) && digits[n] >= '0' && digits[n] <= '9' {
		c.seq = c.seq*10 + uint64(digits[n]-'0')
		n++
	}
	if n == 0 || n > 18 || digits[0] == '0' || digits[n] != ',' {
		return c, false
	}
	t, ok1 := bytes.CutPrefix(line[len(line)-trailerLen:], []byte(prevKey))
	h, ok2 := bytes.CutPrefix(t[min(hexLen, len(t)):], []byte(hashKey))
	if !ok1 || !ok2 || !bytes.HasSuffix(h, []byte(lineEnd)) {
		return c, false
	}
	if !unhex(c.prev[:], t[:hexLen]) || !unhex(c.hash[:], h[:hexLen]) {
		return c, false
	}
	c.valid = sha256.Sum256(line[:len(line)-sealLen]) == c.hash
	return c, true
}

// unhex reads lower-case hex only: there is one spelling of a hash.
func unhex(dst, src []byte) bool {
	for i := range dst {
		hi, lo := hexValue[src[2*i]], hexValue[src[2*i+1]]
		if hi|lo > 15 {
			return false
		}
		dst[i] = hi<<4 | lo
	}
	return true
}

var hexValue = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range hexDigits {
		t[hexDigits[i]] = byte(i)
	}
	return t
}()

// isTear says whether b can be what a crash left of the record after l: the
// beginning of a line, perhaps with blocks that were never filled. Anything
// else that lacks its line feed was put there by somebody.
func isTear(b []byte, l link) bool {
	b = bytes.TrimRight(b, "\x00")
	start := lineStart + strconv.FormatUint(l.seq+1, 10) + `,"time":"`
	if len(b) <= len(start) {
		return bytes.HasPrefix([]byte(start), b)
	}
	if bytes.IndexByte(b, 0) >= 0 || !bytes.HasPrefix(b, []byte(start)) {
		return false
	}
	_, whole := readChained(b)
	return !whole
}
