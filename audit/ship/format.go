package ship

import (
	"encoding/json"
	"os"
	"time"
	"unicode/utf8"

	"rampart/audit"
	"rampart/audit/format"
)

// Format is the text of a record.
type Format struct {
	Name string
	// Encode returns the record on one line of printable characters, of at most
	// limit bytes; 0: no limit. What is too long loses its least important parts.
	Encode func(it Item, limit int) []byte
}

// JSON is the line as it is in the trail. One that had to be shortened says so
// ("shortened":true), and keeps the number and the hash of the whole one.
var JSON = Format{"json", func(it Item, limit int) []byte {
	if limit == 0 || len(it.Line) <= limit {
		return it.Line
	}
	return shortest(it.Record, limit, func(r *audit.Record) []byte {
		b, err := json.Marshal(shortened{
			audit.Version, r.Seq, r.Time, true, r.Event, r.Session, r.Agent, r.Layer, r.PID, r.UID, r.Cwd, r.Tool, r.Command,
			r.Argv, r.Path, r.URL, r.Unresolved, r.Unpredicted, r.Action, r.Outcome, r.Mode, r.Policy, r.Rule, r.Message,
			r.Instead, r.Refusal, r.Details, r.Prev, r.Hash,
		})
		if err != nil {
			return nil // strings and numbers
		}
		return audit.Harmless(b)
	})
}}

// CEF is the Common Event Format, by the program of that version. Its texts
// have bounds of their own; only a seal comes whole.
func CEF(version string) Format {
	host, _ := os.Hostname()
	origin := format.Origin{Version: version, Host: host}
	encode := func(r *audit.Record) []byte { return format.CEF(nil, r, origin) }
	return Format{"cef", func(it Item, limit int) []byte {
		if b := encode(it.Record); limit == 0 || len(b) <= limit {
			return b
		}
		return shortest(it.Record, limit, encode)
	}}
}

// shortened is a record that is too long for where it goes.
type shortened struct {
	V           int               `json:"v"`
	Seq         uint64            `json:"seq"`
	Time        time.Time         `json:"time"`
	Shortened   bool              `json:"shortened"`
	Event       string            `json:"event"`
	Session     string            `json:"session,omitempty"`
	Agent       string            `json:"agent,omitempty"`
	Layer       string            `json:"layer,omitempty"`
	PID         int               `json:"pid,omitempty"`
	UID         int               `json:"uid,omitempty"`
	Cwd         string            `json:"cwd,omitempty"`
	Tool        string            `json:"tool,omitempty"`
	Command     string            `json:"command,omitempty"`
	Argv        []string          `json:"argv,omitempty"`
	Path        string            `json:"path,omitempty"`
	URL         string            `json:"url,omitempty"`
	Unresolved  bool              `json:"unresolved,omitempty"`
	Unpredicted bool              `json:"unpredicted,omitempty"`
	Action      string            `json:"action,omitempty"`
	Outcome     string            `json:"outcome,omitempty"`
	Mode        string            `json:"mode,omitempty"`
	Policy      string            `json:"policy,omitempty"`
	Rule        string            `json:"rule,omitempty"`
	Message     string            `json:"message,omitempty"`
	Instead     string            `json:"instead,omitempty"`
	Refusal     string            `json:"refusal,omitempty"`
	Details     map[string]string `json:"details,omitempty"`
	Prev        string            `json:"prev"`
	Hash        string            `json:"hash"`
}

// shortest returns the first of ever shorter forms of r that fits.
func shortest(r *audit.Record, limit int, encode func(*audit.Record) []byte) []byte {
	for _, most := range []int{2048, 1024, 512, 256, 128, 48, 16} {
		if b := encode(shorten(r, most)); len(b) <= limit {
			return b
		}
	}
	return encode(shorten(&audit.Record{Seq: r.Seq, Time: r.Time, Event: r.Event, Action: r.Action, Hash: r.Hash, Prev: r.Prev}, 16))
}

// shorten returns a copy of r without its lists, and with texts of at most so
// many bytes.
func shorten(r *audit.Record, most int) *audit.Record {
	s := *r
	s.Effects, s.Files, s.Details, s.Cut = nil, nil, nil, true
	if s.Command != "" {
		s.Argv = nil
	}
	n := min(len(s.Argv), most/16)
	argv := make([]string, n)
	for i := range argv {
		argv[i] = cut(s.Argv[i], most/max(n, 1))
	}
	s.Argv = argv
	for _, text := range []*string{
		&s.Event, &s.Session, &s.Agent, &s.Layer, &s.Cwd, &s.Tool, &s.Command, &s.Path, &s.URL, &s.Action, &s.Outcome,
		&s.Mode, &s.Policy, &s.Rule, &s.Message, &s.Instead, &s.Refusal,
	} {
		*text = cut(*text, most)
	}
	return &s
}

// cut returns at most so many bytes of s, in whole characters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	const mark = "…"
	most = max(most-len(mark), 0)
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + mark
}
