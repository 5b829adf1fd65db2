package ship

import (
	"os"
	"strconv"
	"strings"
	"unicode"

	"rampart/audit"
)

// maxMessage bounds a syslog message, in bytes: what RFC 5425 says that every
// receiver should take.
const maxMessage = 8192

// The parts of a header and their longest (RFC 5424, section 6).
const (
	maxHostname = 255
	maxProcID   = 128
	maxMsgID    = 32
	maxParam    = 256 // of one value in the structured data; ours
)

// facility is "log audit".
const facility = 13

// The severities of syslog that are used here.
const (
	Critical = 2 + iota
	Failing
	Warning
	Notice
	Informational
)

// severities are those of events; of decisions see Severity.
var severities = map[string]int{
	audit.EventBroken:        Critical,
	audit.EventFailure:       Failing,
	audit.EventExportDropped: Failing,
	audit.EventNotifyDropped: Failing,
	audit.EventExportDown:    Warning,
	audit.EventRefusedPeer:   Warning,
	audit.EventRepair:        Warning,
	audit.EventPolicyKept:    Warning,
	audit.EventRetention:     Notice,
	audit.EventApproval:      Notice,
	audit.EventPolicyLoad:    Notice,
	audit.EventExportUp:      Notice,
}

// Severity returns how grave a record is to a log server.
func Severity(r *audit.Record) int {
	switch {
	case r.Event != audit.EventDecision:
		if s, ok := severities[r.Event]; ok {
			return s
		}
	case r.Action == "deny" || r.Outcome == "refused":
		return Warning
	case r.Action != "allow":
		return Notice
	}
	return Informational
}

// rfc5424 makes syslog messages.
type rfc5424 struct {
	hostname string
	format   Format
}

func newRFC5424(format Format) rfc5424 {
	name, _ := os.Hostname()
	return rfc5424{headerWord(name, maxHostname), format}
}

// message returns the syslog message of a record. Nothing in it is unprintable,
// so that no transport can take a part of it for another message.
func (m *rfc5424) message(it Item) []byte {
	r := it.Record
	b := append([]byte("<"), strconv.Itoa(facility*8+Severity(r))...)
	b = append(b, ">1 "...)
	b = r.Time.UTC().AppendFormat(b, "2006-01-02T15:04:05.000000Z")
	for _, word := range []string{m.hostname, "rampart", headerWord(r.Session, maxProcID), headerWord(r.Event, maxMsgID)} {
		b = append(append(b, ' '), word...)
	}
	b = append(b, ' ')
	b = appendData(b, r)
	b = append(b, ' ')
	text := m.format.Encode(it, maxMessage-len(b)-len(bom))
	if !ascii(text) {
		b = append(b, bom...)
	}
	return append(b, text...)
}

// bom comes before text in UTF-8, says RFC 5424, section 6.4.
const bom = "\ufeff"

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// headerWord returns s as a part of the header.
func headerWord(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7f {
			return '_'
		}
		return r
	}, s)
	if s == "" {
		return "-"
	}
	return s[:min(len(s), most)]
}

// appendData appends the structured data: what is looked for most, for receivers
// that don't read the message. 32473 is the number that is set aside for those
// who have none of their own.
func appendData(b []byte, r *audit.Record) []byte {
	b = append(b, "[rampart@32473"...)
	param := func(name, value string) {
		if value != "" {
			b = append(append(append(b, ' '), name...), '=', '"')
			b = appendParam(b, value)
			b = append(b, '"')
		}
	}
	param("seq", strconv.FormatUint(r.Seq, 10))
	param("action", r.Action)
	param("outcome", r.Outcome)
	param("agent", r.Agent)
	param("layer", r.Layer)
	param("tool", r.Tool)
	param("policy", r.Policy)
	param("rule", r.Rule)
	return append(b, ']')
}

// appendParam appends a value of the structured data.
func appendParam(b []byte, s string) []byte {
	for _, r := range cut(s, maxParam) {
		switch {
		case r == '"' || r == '\\' || r == ']':
			b = append(b, '\\', byte(r))
		case !unicode.IsPrint(r):
			b = append(b, ' ')
		default:
			b = append(b, string(r)...)
		}
	}
	return b
}
