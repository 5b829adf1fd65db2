package wire

import (
	"errors"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The C side's header is the format's one source: what it says must be what
// this package does.
func TestFormatIsTheHeaders(t *testing.T) {
	text, err := os.ReadFile("../../preload/c/wire.h")
	if err != nil {
		t.Fatal(err)
	}
	layer := func(l Layer) int {
		for i, have := range layerCodes {
			if i > 0 && have == l {
				return i
			}
		}
		return 0
	}
	here := map[string]int{
		"WIRE_VERSION":           Version,
		"WIRE_MAX_REQUEST":       MaxRequest,
		"WIRE_MAX_REPLY":         MaxReply,
		"WIRE_REQUEST_HEADER":    requestHeader,
		"WIRE_REPLY_HEADER":      replyHeader,
		"WIRE_LAYER_SHELL":       layer(Shell),
		"WIRE_LAYER_PRELOAD":     layer(Preload),
		"WIRE_LAYER_CONSTRUCTOR": layer(Constructor),
		"RING_SLOTS":             ringSlots, "RING_AT": ringAt, "RING_SIZE": ringSize, "RING_STATE": ringState,
		"RING_PERMIT_BITS": ringPermitBits, "RING_PID_BITS": ringPIDBits,
		"WIRE_FLAG_OVERSIZE": flagOversize,
		"WIRE_FLAG_CHILD":    flagChild,
		"WIRE_FLAG_AHEAD":    flagAhead,
		"WIRE_FLAG_AGAIN":    flagAgain,
		"WIRE_ALLOW":         int(Allow),
		"WIRE_DENY":          int(Deny),
		"PERMIT_FD":          permitFD,
		"PERMIT_SLOTS":       permitSlots,
		"PERMIT_SLOT":        permitSlot,
		"PERMIT_HEADER":      permitHeader,
		"NOTES_FD":           notesFD,
		"IDENTITY_NUMBERS":   IdentityNumbers,
		"IDENTITY_LENGTH":    IdentityLen,
		"WIRE_LAYER_FILES":   layer(Files),
		"TABLE_AT":           tableAt,
		"TABLE_AREA":         tableArea,
		"AHEAD_AT":           aheadAt,
		"AHEAD_SLOTS":        aheadSlots,
		"AHEAD_SLOT":         aheadSlot,
	}
	there := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^#define (\w+) (\d+)`).FindAllStringSubmatch(string(text), -1) {
		there[m[1]], _ = strconv.Atoi(m[2])
	}
	if !reflect.DeepEqual(here, there) {
		t.Errorf("wire.h has %v\nthis package %v", there, here)
	}

	if magic := `#define IDENTITY_MAGIC "` + IdentityMagic + `"`; !strings.Contains(string(text), magic) {
		t.Errorf("wire.h lacks %s", magic)
	}

	text, err = os.ReadFile("../../preload/c/session.h")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`#define SESSION_SOCKET "` + SocketName + `"`,
		`#define SESSION_RENDEZVOUS "` + RendezvousName + `"`,
		`#define SESSION_PASSES "` + PassesName + `"`,
		`#define SESSION_DIR_MAX ` + strconv.Itoa(maxDir+1) + "\n",
	} {
		if !strings.Contains(string(text), line) {
			t.Errorf("session.h lacks %q", line)
		}
	}
}

var requests = []*Request{
	{Layer: Preload, PID: 7, PPID: 6, Path: "/bin/ls", Argv: []string{"ls", "-l", ""}, Environ: []string{"A=1", "B="}, Cwd: "/tmp"},
	{Layer: Preload, PID: 7, PPID: 6, Child: true, Path: "/bin/ls", Argv: []string{"ls"}, Environ: []string{"A="}, Cwd: "/tmp"},
	{Layer: Preload, PID: 7, PPID: 6, Ahead: true, Processor: 300, Path: "/bin/ls", Argv: []string{"ls"}, Environ: []string{"A="}, Cwd: "/tmp"},
	{Layer: Shell, Path: "", Argv: []string{}, Environ: []string{}, Cwd: ""},
	{Layer: Constructor, Path: "a\xff\n", Argv: []string{"", "", strings.Repeat("x", 100000)}, Environ: []string{""}, Cwd: "/"},
}

var replies = []*Reply{
	{Action: Allow},
	{Action: Allow, Again: true},
	{Action: Deny, Message: "no\nnever", Path: ""},
	{Action: Allow, Path: "/bin/bash", Rewrites: []Rewrite{{2, "echo 'x'"}, {0, ""}, {1 << 20, strings.Repeat("y", 5000)}}},
}

func TestRoundTrip(t *testing.T) {
	for _, r := range requests {
		b, err := EncodeRequest(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeRequest(b)
		if err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("got %+v (%v), want %+v", got, err, r)
		}
	}
	for _, r := range replies {
		b, err := EncodeReply(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeReply(b)
		if err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("got %+v (%v), want %+v", got, err, r)
		}
	}
}

func TestLimits(t *testing.T) {
	if _, err := EncodeRequest(&Request{Layer: Preload, Argv: []string{strings.Repeat("x", MaxRequest)}}); err == nil {
		t.Error("a request above the limit was encoded")
	}
	if _, err := EncodeRequest(&Request{Layer: "kernel"}); err == nil {
		t.Error("an unknown layer was encoded")
	}
	b, err := EncodeReply(&Reply{Message: strings.Repeat("é", MaxMessage)})
	if err != nil {
		t.Fatal(err)
	}
	r, err := DecodeReply(b)
	if err != nil || len(r.Message) > MaxMessage || !strings.HasSuffix(r.Message, "é...") || r.Action != Deny {
		t.Errorf("long message: %v, %d bytes, %v", err, len(r.Message), r.Action)
	}
	for _, r := range []*Reply{
		{Rewrites: []Rewrite{{0, strings.Repeat("x", MaxReply)}}},
		{Rewrites: []Rewrite{{0, "a\x00b"}}},
		{Rewrites: make([]Rewrite, 1<<16)},
	} {
		if _, err := EncodeReply(r); err == nil {
			t.Errorf("encoded a reply with %d rewrites that does not fit", len(r.Rewrites))
		}
	}
}

// FuzzDecode: anything is either refused as garbage or comes out of the
// encoder again, byte for byte.
func FuzzDecode(f *testing.F) {
	for _, r := range requests {
		b, _ := EncodeRequest(r)
		f.Add(b)
	}
	for _, r := range replies {
		b, _ := EncodeReply(r)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := DecodeRequest(b); err == nil {
			again, err := EncodeRequest(r)
			if len(b) > 28 {
				copy(b[28:32], again[28:32]) // reserved
			}
			if err != nil || string(again) != string(b) {
				t.Errorf("request %x came out as %x (%v)", b, again, err)
			}
		} else if big := (*oversizeError)(nil); !errors.Is(err, ErrGarbage) && !errors.As(err, &big) {
			t.Errorf("request: %v", err)
		}
		if r, err := DecodeReply(b); err == nil {
			if len(r.Message) > MaxMessage {
				return
			}
			again, err := EncodeReply(r)
			if err != nil || string(again) != string(b) {
				t.Errorf("reply %x came out as %x (%v)", b, again, err)
			}
		} else if !errors.Is(err, ErrGarbage) {
			t.Errorf("reply: %v", err)
		}
	})
}
