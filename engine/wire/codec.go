package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// The format: see preload/c/wire.h, which says the same to C.
const (
	// Version is the format's; both sides refuse any other.
	Version = 1
	// MaxRequest and MaxReply bound a message in bytes, header included.
	MaxRequest = 4 << 20
	MaxReply   = 4 << 20
	// MaxMessage bounds a Reply's Message in bytes: the kernel takes no single
	// argument above 128 KiB, and no person reads more than this.
	MaxMessage = 16 << 10

	requestHeader = 32
	replyHeader   = 16

	flagOversize = 1 // the question was too big to send: only path and cwd are here
	flagChild    = 2 // a child of the process that asks is to start it
	flagAhead    = 4 // the process that asks goes on to it, and waits there
	flagAgain    = 1 // of a reply: the new program shall ask itself
)

var magic = [4]byte{'R', 'M', 'P', Version}

// ErrGarbage is wrapped by all errors about messages that break the format.
var ErrGarbage = errors.New("not a rampart message")

func garbage(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrGarbage, fmt.Sprintf(format, args...))
}

// oversizeError is what a peer reports instead of a question that it could not
// send whole.
type oversizeError struct{ path string }

func (e *oversizeError) Error() string {
	return fmt.Sprintf("arguments and environment of %q are larger than %d bytes", e.path, MaxRequest)
}

// claims is what a question says about its sender; the kernel has the last word.
type claims struct {
	pid, ppid int
}

// requestSize returns the whole size of the message that starts with head.
func requestSize(head []byte) (int, error) {
	if len(head) < requestHeader {
		return 0, garbage("%d bytes of a header of %d", len(head), requestHeader)
	}
	if [4]byte(head[:4]) != magic {
		return 0, garbage("starts with %q", head[:4])
	}
	n := binary.LittleEndian.Uint32(head[8:])
	if n > MaxRequest-requestHeader {
		return 0, garbage("body of %d bytes", n)
	}
	return requestHeader + int(n), nil
}

// EncodeRequest returns r as a message; pid and ppid go in as claims. Strings
// end at their first NUL, as they do for exec.
func EncodeRequest(r *Request) ([]byte, error) {
	code := 0
	for i, l := range layerCodes {
		if i > 0 && l == r.Layer {
			code = i
		}
	}
	if code == 0 {
		return nil, fmt.Errorf("encode request: unknown layer %q", r.Layer)
	}
	b := make([]byte, requestHeader, 4096)
	for _, s := range append([]string{r.Path, r.Cwd}, append(r.Argv, r.Environ...)...) {
		b = appendString(b, s)
	}
	if len(b) > MaxRequest {
		return nil, fmt.Errorf("encode request: %d bytes, the limit is %d", len(b), MaxRequest)
	}
	copy(b, magic[:])
	b[4] = byte(code)
	if r.Child {
		b[5] = flagChild
	}
	if r.Ahead {
		b[5] |= flagAhead
	}
	binary.LittleEndian.PutUint16(b[6:], uint16(r.Processor+1))
	binary.LittleEndian.PutUint32(b[8:], uint32(len(b)-requestHeader))
	binary.LittleEndian.PutUint32(b[12:], uint32(len(r.Argv)))
	binary.LittleEndian.PutUint32(b[16:], uint32(len(r.Environ)))
	binary.LittleEndian.PutUint32(b[20:], uint32(r.PID))
	binary.LittleEndian.PutUint32(b[24:], uint32(r.PPID))
	return b, nil
}

// DecodeRequest reads one whole message. The Request's PID and PPID are the
// sender's claims. The Request does not alias b.
func DecodeRequest(b []byte) (*Request, error) {
	size, err := requestSize(b)
	if err != nil {
		return nil, err
	}
	if size != len(b) {
		return nil, garbage("says it has %d bytes and has %d", size, len(b))
	}
	code, flags := b[4], b[5]
	if code == 0 || int(code) >= len(layerCodes) {
		return nil, garbage("layer %d", code)
	}
	if flags&^(flagOversize|flagChild|flagAhead) != 0 {
		return nil, garbage("flags %x", b[5:8])
	}
	argc, envc := binary.LittleEndian.Uint32(b[12:]), binary.LittleEndian.Uint32(b[16:])
	body := b[requestHeader:]
	// Every string has its NUL, so counts beyond the body's length are lies:
	// found out before anything is allocated by them.
	if uint64(argc)+uint64(envc)+2 != uint64(bytes.Count(body, []byte{0})) || body[len(body)-1] != 0 {
		return nil, garbage("%d arguments and %d variables in %d bytes", argc, envc, len(body))
	}
	text := string(body)
	words := make([]string, 0, int(argc)+int(envc)+2)
	for len(text) > 0 {
		i := strings.IndexByte(text, 0)
		words = append(words, text[:i])
		text = text[i+1:]
	}
	r := &Request{
		Layer: layerCodes[code],
		PID:   int(binary.LittleEndian.Uint32(b[20:])),
		PPID:  int(binary.LittleEndian.Uint32(b[24:])),
		Child: flags&flagChild != 0,
		Ahead: flags&flagAhead != 0,

		Processor: int(binary.LittleEndian.Uint16(b[6:])) - 1,
		Path:      words[0],
		Cwd:       words[1],
	}
	words = words[2:]
	r.Argv, r.Environ = words[:argc:argc], words[argc:]
	if flags&flagOversize != 0 {
		return r, &oversizeError{r.Path}
	}
	return r, nil
}

// decodeNote reads one whole message as a note.
func decodeNote(b []byte) (*Note, error) {
	r, err := DecodeRequest(b)
	if err != nil {
		return nil, err
	}
	return &Note{Permit: binary.LittleEndian.Uint32(b[28:]), Request: r}, nil
}

// EncodeReply returns r as a message. A Message too long is cut, anything else
// that doesn't fit is an error.
func EncodeReply(r *Reply) ([]byte, error) {
	b := make([]byte, replyHeader, replyHeader+len(r.Message)+len(r.Path)+2)
	message := r.Message
	if len(message) > MaxMessage {
		message = strings.ToValidUTF8(message[:MaxMessage-3], "") + "..."
	}
	b = appendString(b, message)
	b = appendString(b, r.Path)
	if len(r.Rewrites) > 0xffff {
		return nil, fmt.Errorf("encode reply: %d rewrites, the limit is %d", len(r.Rewrites), 0xffff)
	}
	for _, w := range r.Rewrites {
		if strings.IndexByte(w.Text, 0) >= 0 {
			return nil, fmt.Errorf("encode reply: rewrite of argument %d contains a NUL", w.Index)
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(w.Index))
		b = appendString(b, w.Text)
	}
	if len(b) > MaxReply {
		return nil, fmt.Errorf("encode reply: %d bytes, the limit is %d", len(b), MaxReply)
	}
	copy(b, magic[:])
	b[4] = byte(Deny)
	if r.Again {
		b[5] = flagAgain
	}
	if r.Action == Allow {
		b[4] = byte(Allow)
	}
	binary.LittleEndian.PutUint16(b[6:], uint16(len(r.Rewrites)))
	binary.LittleEndian.PutUint32(b[8:], uint32(len(b)-replyHeader))
	return b, nil
}

// replySize is requestSize for replies.
func replySize(head []byte) (int, error) {
	if len(head) < replyHeader {
		return 0, garbage("%d bytes of a header of %d", len(head), replyHeader)
	}
	if [4]byte(head[:4]) != magic {
		return 0, garbage("starts with %q", head[:4])
	}
	n := binary.LittleEndian.Uint32(head[8:])
	if n > MaxReply-replyHeader {
		return 0, garbage("body of %d bytes", n)
	}
	return replyHeader + int(n), nil
}

// DecodeReply reads one whole message.
func DecodeReply(b []byte) (*Reply, error) {
	size, err := replySize(b)
	if err != nil {
		return nil, err
	}
	if size != len(b) {
		return nil, garbage("says it has %d bytes and has %d", size, len(b))
	}
	if a := Action(b[4]); a != Allow && a != Deny {
		return nil, garbage("action %d", b[4])
	}
	if b[5]&^flagAgain != 0 || binary.LittleEndian.Uint32(b[12:]) != 0 {
		return nil, garbage("reserved bytes set")
	}
	r := &Reply{Action: Action(b[4]), Again: b[5]&flagAgain != 0}
	rest := b[replyHeader:]
	ok := cutString(&rest, &r.Message) && cutString(&rest, &r.Path)
	for n := binary.LittleEndian.Uint16(b[6:]); ok && n > 0; n-- {
		if len(rest) < 4 {
			return nil, garbage("cut rewrite")
		}
		w := Rewrite{Index: int(binary.LittleEndian.Uint32(rest))}
		rest = rest[4:]
		ok = cutString(&rest, &w.Text)
		r.Rewrites = append(r.Rewrites, w)
	}
	if !ok || len(rest) > 0 {
		return nil, garbage("strings don't fill the body")
	}
	return r, nil
}

func appendString(b []byte, s string) []byte {
	if i := strings.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	return append(append(b, s...), 0)
}

func cutString(b *[]byte, s *string) bool {
	i := bytes.IndexByte(*b, 0)
	if i < 0 {
		return false
	}
	*s, *b = string((*b)[:i]), (*b)[i+1:]
	return true
}
