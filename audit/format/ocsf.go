package format

import (
	"bytes"
	"encoding/json"
	"path"
	"strconv"
	"time"

	"rampart/audit"
)

// OCSFVersion is the version of the Open Cybersecurity Schema Framework.
const OCSFVersion = "1.7.0"

// The classes of events that are written.
const (
	ocsfBase     = 0    // what is about Rampart itself
	ocsfFile     = 1001 // File System Activity: a tool reads, writes or deletes
	ocsfProcess  = 1007 // Process Activity: everything else that was judged
	ocsfApp      = 6002 // Application Lifecycle: sessions
	ocsfOther    = 99   // an activity that is said in words
	ocsfUnknown  = 0
	ocsfRegular  = 1 // type of a file
	ocsfSuccess  = 1
	ocsfFailure  = 2
	ocsfAllowed  = 1 // action, and disposition
	ocsfDenied   = 2 // action, and disposition
	ocsfDetected = 15
)

type object = map[string]any

// OCSF appends a record as one JSON object of the Open Cybersecurity Schema
// Framework, without a line feed. A decision is an activity with the profile
// security_control; what has no place in the schema is in unmapped.
func OCSF(b []byte, r *audit.Record, o Origin) []byte {
	k := kindOf(r)
	e := object{
		"time":        r.Time.UnixMilli(),
		"severity_id": ocsfSeverity(k.severity),
		"message":     k.name,
		"metadata": object{
			"version": OCSFVersion, "sequence": r.Seq, "uid": r.Hash, "event_code": k.id, "log_name": "audit",
			"original_time": r.Time.UTC().Format(time.RFC3339Nano),
			"product":       object{"name": "Rampart", "vendor_name": "Rampart", "version": o.Version},
		},
		"device":   object{"hostname": orUnknown(o.Host), "type_id": ocsfUnknown},
		"unmapped": unmapped(r),
	}
	if r.Message != "" {
		e["message"] = k.name + ": " + r.Message
	}
	class, activity := ocsfBase, ocsfOther
	switch {
	case r.Event == audit.EventSessionStart:
		class, activity = ocsfApp, 3
	case r.Event == audit.EventSessionEnd:
		class, activity = ocsfApp, 4
	case r.Event == audit.EventDecision:
		class, activity = ocsfDecision(e, r)
	}
	if activity == ocsfOther {
		e["activity_name"] = r.Event
		if r.Event == audit.EventDecision {
			e["activity_name"] = orUnknown(r.Tool)
		}
	}
	e["actor"] = ocsfActor(r)
	if class == ocsfApp {
		e["app"] = object{"name": orUnknown(r.Agent), "vendor_name": "Unknown"}
	}
	e["class_uid"], e["category_uid"], e["activity_id"], e["type_uid"] = class, class/1000, activity, class*100+activity

	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return b // maps of strings and numbers can be encoded
	}
	return append(b, audit.Harmless(bytes.TrimSuffix(out.Bytes(), []byte("\n")))...)
}

// ocsfDecision adds what a judged call is about, and what was decided.
func ocsfDecision(e object, r *audit.Record) (class, activity int) {
	e["metadata"].(object)["profiles"] = []string{"security_control"}
	action, disposition, status := ocsfAllowed, ocsfAllowed, ocsfSuccess
	switch {
	case r.Outcome == "refused":
		action, disposition, status = ocsfDenied, ocsfDenied, ocsfFailure
	case r.Action != "allow":
		disposition = ocsfDetected
	}
	e["action_id"], e["disposition_id"], e["status_id"] = action, disposition, status
	e["is_alert"] = r.Action == "deny" || r.Outcome == "refused"
	if r.Policy != "" || r.Rule != "" {
		e["policy"] = object{"name": orUnknown(r.Policy), "uid": orUnknown(r.Rule)}
	}
	if r.Refusal != "" {
		e["status_detail"] = r.Refusal
	}
	if i, ok := map[string]int{"read": 2, "write": 3, "delete": 4}[r.Tool]; ok && r.Path != "" {
		e["file"] = object{"name": orUnknown(path.Base(r.Path)), "path": r.Path, "type_id": ocsfUnknown}
		return ocsfFile, i
	}
	p := object{"uid": orUnknown(r.Hash)}
	if r.PID != 0 {
		p["pid"], p["user"] = r.PID, object{"uid": strconv.Itoa(r.UID)}
	}
	if s := r.CommandLine(); s != "" {
		p["cmd_line"] = s
	}
	if s := r.Program(); s != "" {
		p["name"] = path.Base(s)
	}
	if r.Tool == "exec" && r.Path != "" {
		p["file"] = object{"name": path.Base(r.Path), "path": r.Path, "type_id": ocsfRegular}
	}
	e["process"] = p
	if r.Tool == "exec" || r.Tool == "" {
		return ocsfProcess, 1
	}
	return ocsfProcess, ocsfOther
}

func ocsfActor(r *audit.Record) object {
	a := object{"app_name": orUnknown(r.Agent)}
	if r.Session != "" {
		a["session"] = object{"uid": r.Session}
	}
	if r.PID != 0 {
		a["user"] = object{"uid": strconv.Itoa(r.UID)}
		a["process"] = object{"pid": r.PID}
	}
	return a
}

// ocsfSeverity turns 0 to 10 into 1 (informational) to 5 (critical).
func ocsfSeverity(n int) int {
	switch {
	case n <= 2:
		return 1
	case n <= 4:
		return 2
	case n <= 6:
		return 3
	case n <= 8:
		return 4
	}
	return 5
}

func orUnknown(s string) string {
	if s == "" {
		return "Unknown"
	}
	return s
}

// unmapped is what of a record has no place in the schema.
func unmapped(r *audit.Record) object {
	u := object{}
	for key, s := range map[string]string{
		"layer": r.Layer, "tool": r.Tool, "mode": r.Mode, "action": r.Action, "cwd": r.Cwd, "path": r.Path, "url": r.URL, "instead": r.Instead, "remarks": remarks(r),
	} {
		if s != "" {
			u[key] = s
		}
	}
	if line := audit.SealLine(r); line != nil {
		u["seal"] = json.RawMessage(line) // whole, to be an anchor
	}
	if s := effects(r); s != "" {
		u["effects"] = s
	}
	if len(r.Details) > 0 {
		u["details"] = r.Details
	}
	if us := r.Duration.Microseconds(); us > 0 {
		u["microseconds"] = us
	}
	return u
}
