package format

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"rampart/audit"
)

// kind is how a record presents itself to a log server.
type kind struct {
	key      string // the event; of a decision, action and outcome
	id       string // of this sort of event, for ever the same
	name     string
	severity int // 0 to 10, as CEF counts
}

// kinds are the events.
var kinds = []kind{
	{"deny refused", "decision.deny", "Refused", 8},
	{"deny run", "decision.deny", "Would have been refused (monitor mode)", 7},
	{"ask refused", "decision.ask", "Asked about, and refused", 6},
	{"ask run", "decision.ask", "Asked about, and allowed", 4},
	{"watch run", "decision.watch", "Watched", 3},
	{"watch refused", "decision.watch", "Watched, and refused", 6},
	{"allow run", "decision.allow", "Allowed", 1},
	{"allow refused", "decision.allow", "Allowed, and not run", 6},

	{audit.EventSessionStart, audit.EventSessionStart, "Session started", 1},
	{audit.EventSessionEnd, audit.EventSessionEnd, "Session ended", 1},
	{audit.EventPolicyLoad, audit.EventPolicyLoad, "Policy loaded", 2},
	{audit.EventPolicyKept, audit.EventPolicyKept, "Change of policy does not load", 6},
	{audit.EventApproval, audit.EventApproval, "Owner answered", 3},
	{audit.EventRefusedPeer, audit.EventRefusedPeer, "Connection refused", 8},
	{audit.EventFailure, audit.EventFailure, "Layer failed", 7},
	{audit.EventRepair, audit.EventRepair, "Trail repaired after a crash", 4},
	{audit.EventBroken, audit.EventBroken, "Trail was changed or removed", 10},
	{audit.EventRotate, audit.EventRotate, "Trail goes on in another file", 0},
	{audit.EventRetention, audit.EventRetention, "Old records removed", 2},
	{audit.EventSeal, audit.EventSeal, "Epoch sealed", 0},

	{audit.EventExportDown, audit.EventExportDown, "Records do not reach a destination", 5},
	{audit.EventExportUp, audit.EventExportUp, "Records reach a destination again", 1},
	{audit.EventExportDropped, audit.EventExportDropped, "Records not exported", 7},
	{audit.EventNotifyDropped, audit.EventNotifyDropped, "Messages to the owner not delivered", 5},
}

func kindOf(r *audit.Record) kind {
	key := r.Event
	if key == audit.EventDecision {
		key = r.Action + " " + r.Outcome
	}
	for _, k := range kinds {
		if k.key == key {
			return k
		}
	}
	return kind{key, "other", "Unknown event", 5}
}

// Severity is how grave a record is, from 0 to 10 as CEF counts.
func Severity(r *audit.Record) int { return kindOf(r).severity }

// CEF appends a record as one line of the Common Event Format, version 0,
// without a line feed. Values are cut to the lengths that the format allows for
// their keys.
func CEF(b []byte, r *audit.Record, o Origin) []byte {
	k := kindOf(r)
	b = append(b, "CEF:0|Rampart|Rampart|"...)
	b = appendHeader(b, o.Version)
	b = append(b, '|')
	b = append(b, k.id...)
	b = append(b, '|')
	b = append(b, k.name...)
	b = append(b, '|')
	b = strconv.AppendInt(b, int64(k.severity), 10)
	b = append(b, '|')

	e := cef{b: b, start: len(b)}
	if !r.Time.IsZero() {
		e.number("rt", r.Time.UnixMilli())
	}
	e.number("externalId", int64(r.Seq))
	e.text("cat", r.Event, 1023)
	e.text("dvchost", o.Host, 100)
	e.text("deviceFacility", r.Layer, 1023)
	e.text("act", r.Action, 63)
	e.text("outcome", r.Outcome, 63)
	e.text("sourceServiceName", r.Agent, 1023)
	if r.PID != 0 {
		e.number("spid", int64(r.PID))
		e.number("suid", int64(r.UID))
	}
	e.text("dproc", r.Program(), 1023)
	e.text("filePath", r.Path, 1023)
	e.text("request", r.URL, 1023)
	e.text("msg", r.Message, 1023)
	e.text("reason", r.Refusal, 1023)
	if line := audit.SealLine(r); line != nil {
		e.labelled("cs1", "Seal", string(line), 4000) // whole, to be an anchor
	} else {
		e.labelled("cs1", "Command", r.CommandLine(), 4000)
	}
	e.labelled("cs2", "Session", r.Session, 4000)
	e.labelled("cs3", "Rule", r.Rule, 4000)
	e.labelled("cs4", "Policy", r.Policy, 4000)
	e.labelled("cs5", "Directory", r.Cwd, 4000)
	e.labelled("cs6", "Record", r.Hash, 4000)
	e.labelled("flexString1", "Tool", r.Tool, 1023)
	e.labelled("flexString2", "Remarks", remarks(r), 1023)
	if us := r.Duration.Microseconds(); us > 0 {
		e.number("cn1", us)
		e.text("cn1Label", "Microseconds", 1023)
	}
	return e.b
}

// remarks are the marks of a record, in words.
func remarks(r *audit.Record) string {
	var all []string
	for _, m := range []struct {
		on   bool
		word string
	}{{r.Mode == "monitor", "monitor"}, {r.Unresolved, "unresolved"}, {r.Unpredicted, "unpredicted"}, {r.Cut, "cut"}} {
		if m.on {
			all = append(all, m.word)
		}
	}
	return strings.Join(all, " ")
}

// cef writes the extension of a line.
type cef struct {
	b     []byte
	start int
}

func (e *cef) key(key string) {
	if len(e.b) > e.start {
		e.b = append(e.b, ' ')
	}
	e.b = append(e.b, key...)
	e.b = append(e.b, '=')
}

func (e *cef) number(key string, n int64) {
	e.key(key)
	e.b = strconv.AppendInt(e.b, n, 10)
}

func (e *cef) labelled(key, label, s string, limit int) {
	if s != "" {
		e.text(key, s, limit)
		e.text(key+"Label", label, limit)
	}
}

// text writes a value of at most limit characters as a reader counts them.
// Blanks at its ends go, since they are what stands between two fields.
func (e *cef) text(key, s string, limit int) {
	if s = strings.Trim(s, " "); s == "" {
		return
	}
	e.key(key)
	room := limit
	if widthOf(s, limit) > limit {
		room--
	}
	runes(s, func(r rune, spelled string) bool {
		if room -= width(r, spelled); room < 0 {
			e.b = append(e.b, "…"...)
			return false
		}
		switch {
		case r == '\n':
			e.b = append(e.b, `\n`...)
		case r == '\r':
			e.b = append(e.b, `\r`...)
		case spelled != "":
			e.b = append(e.b, '\\')
			e.b = append(e.b, spelled...)
		case r == '\\' || r == '=':
			e.b = append(e.b, '\\', byte(r))
		default:
			e.b = utf8.AppendRune(e.b, r)
		}
		return true
	})
}

// width is how many characters of a value a character takes.
func width(r rune, spelled string) int {
	if r == '\n' || r == '\r' {
		return 1
	}
	return max(len(spelled), 1)
}

// widthOf is the width of s; more than limit is not counted to the end.
func widthOf(s string, limit int) (n int) {
	runes(s, func(r rune, spelled string) bool {
		n += width(r, spelled)
		return n <= limit
	})
	return n
}

// appendHeader appends a field of the header, where a line feed has no form.
func appendHeader(b []byte, s string) []byte {
	runes(s, func(r rune, spelled string) bool {
		switch {
		case spelled != "":
			b = append(b, '\\')
			b = append(b, spelled...)
		case r == '|' || r == '\\':
			b = append(b, '\\', byte(r))
		default:
			b = utf8.AppendRune(b, r)
		}
		return true
	})
	return b
}
