package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Version is the version of the records that this package writes.
const Version = 1

// The events.
const (
	EventDecision     = "decision"           // a Call was judged
	EventSessionStart = "session_start"      // Details hold the configuration
	EventSessionEnd   = "session_end"        //
	EventPolicyLoad   = "policy_load"        // policies were loaded, or loaded anew; Details hold their digests
	EventPolicyKept   = "policy_kept"        // a change to policy does not load; what held before still does
	EventApproval     = "approval"           // the owner answered
	EventRefusedPeer  = "connection_refused" // somebody talked to a socket who may not
	EventFailure      = "layer_failure"      // a layer could not do its job
	EventRepair       = "repair"             // what a crash left behind was put in order
	EventBroken       = "chain_broken"       // a writer saw that earlier records were changed or removed
	EventRotate       = "rotate"             // the last record of a segment that has a successor
	EventRetention    = "retention"          // old segments were removed; Details say up to where
	EventSeal         = "seal"               // an epoch ended; see Seal

	EventExportDown    = "export_down"    // records do not reach a destination, and why
	EventExportUp      = "export_up"      // they do again
	EventExportDropped = "export_dropped" // some will never reach it; Details say which
	EventNotifyDropped = "notify_dropped" // messages to the owner that were not delivered
)

// Record is one thing that happened. Fields that are empty are not written.
type Record struct {
	// Seq, Prev and Hash are set by [Log.Append]. Prev and Hash are in hex.
	Seq  uint64 `json:"seq"`
	Prev string `json:"prev"`
	Hash string `json:"hash"`

	Time    time.Time `json:"time"` // zero: when it is appended
	Event   string    `json:"event"`
	Session string    `json:"session"`
	Agent   string    `json:"agent"`
	Layer   string    `json:"layer"`
	PID     int       `json:"pid"` // 0: unknown, and so is UID
	UID     int       `json:"uid"`

	Cwd     string   `json:"cwd"`
	Tool    string   `json:"tool"`
	Command string   `json:"command"`
	Argv    []string `json:"argv"`
	Path    string   `json:"path"`
	URL     string   `json:"url"`
	Effects []Effect `json:"effects"`

	Files []File `json:"files"` // of code that was judged along with the command

	Unresolved  bool `json:"unresolved"`  // an effect could not be known beforehand
	Unpredicted bool `json:"unpredicted"` // no earlier judgement had foreseen this exec

	Action  string `json:"action"`  // allow, watch, ask or deny
	Outcome string `json:"outcome"` // run or refused: what came of it
	Mode    string `json:"mode"`    // enforce or monitor
	Policy  string `json:"policy"`
	Rule    string `json:"rule"`
	Message string `json:"message"`
	Instead string `json:"instead"`
	Refusal string `json:"refusal"` // why the command could not be judged

	Details  map[string]string `json:"details"`
	Duration time.Duration     `json:"-"` // what judging took; kept in whole microseconds

	// Cut is set by [Log.Append] when something was too long to be kept whole.
	Cut bool `json:"cut"`

	Seal *Seal `json:"seal"` // in records of the event seal, which only this package writes
}

// Effect is one thing that a command would do, as the record keeps it.
type Effect struct {
	Kind      string   `json:"kind"`
	Certainty string   `json:"certainty"`
	Program   string   `json:"program"`
	Argv      []string `json:"argv"`
	Path      string   `json:"path"`
	Host      string   `json:"host"`
	URL       string   `json:"url"`
	Name      string   `json:"name"`
	Value     string   `json:"value"`
	From      string   `json:"from"`
	To        string   `json:"to"`
	Recursive bool     `json:"recursive"`
	Sends     bool     `json:"sends"`
	Builtin   bool     `json:"builtin"`
	Via       string   `json:"via"` // the file that an earlier command left the data in
}

// File is a file of code (a script, a makefile, a hook) as it was when the
// command that runs it was judged.
type File struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // in hex
}

// durable says whether r must be on the disk before Append returns.
func (r *Record) durable() bool {
	switch r.Event {
	case EventDecision:
		return r.Action == "ask" || r.Action == "deny" || r.Outcome == "refused"
	case EventSessionStart, EventSessionEnd, EventRotate, EventSeal:
		return false
	}
	return true
}

// maxBraces bounds the memory that a line takes which this package didn't write.
const maxBraces = 1 << 16

// ParseRecord reads one line of a segment. It checks neither the chain nor
// the hash: see [Verify].
func ParseRecord(line []byte) (*Record, error) {
	if r := new(Record); decodeCanonical(string(line), r) {
		return r, nil
	}
	if bytes.Count(line, []byte("{")) > maxBraces {
		return nil, errors.New("not an audit record: too many objects")
	}
	var w struct {
		V          int   `json:"v"`
		DurationUS int64 `json:"duration_us"`
		Record
	}
	if err := json.Unmarshal(line, &w); err != nil {
		return nil, fmt.Errorf("not an audit record: %w", err)
	}
	if w.V != Version {
		return nil, fmt.Errorf("an audit record of version %d, where this program knows version %d", w.V, Version)
	}
	w.Duration = time.Duration(w.DurationUS) * time.Microsecond
	return &w.Record, nil
}
