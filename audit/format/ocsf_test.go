package format

import (
	"strings"
	"testing"
	"time"

	"rampart/audit"
	"rampart/test/schema"
)

// ocsfSchema is what the framework requires of each class.
const ocsfSchema = "testdata/ocsf.schema.json"

func TestOCSF(t *testing.T) {
	check := schema.Checker(t, ocsfSchema)
	exec, read := refused(), refused()
	read.Tool, read.Path, read.Command = "read", "/etc/passwd", ""
	mcp := &audit.Record{Event: audit.EventDecision, Tool: "mcp__x__y", Action: "watch", Outcome: "run", Time: time.Unix(1, 0), Seq: 1, Hash: "ab"}
	bare := &audit.Record{Event: audit.EventDecision, Action: "allow", Outcome: "run", Time: time.Unix(1, 0), Seq: 1}
	for _, tt := range []struct {
		r    *audit.Record
		want []string
	}{
		{exec, []string{`"class_uid":1007`, `"type_uid":100701`, `"category_uid":1,`, `"action_id":2`, `"disposition_id":2`, `"is_alert":true`, `"severity_id":4`, `"cmd_line":"cat ~/.ssh/id_rsa"`, `"name":"cat"`, `"uid":"standard.yaml:68"`}},
		{read, []string{`"class_uid":1001`, `"activity_id":2`, `"type_uid":100102`, `"path":"/etc/passwd"`}},
		{mcp, []string{`"class_uid":1007`, `"activity_id":99`, `"activity_name":"mcp__x__y"`, `"disposition_id":15`, `"action_id":1`}},
		{bare, []string{`"class_uid":1007`, `"activity_id":1`, `"disposition_id":1`, `"is_alert":false`, `"severity_id":1`}},
		{&audit.Record{Event: audit.EventSessionStart, Agent: "claude", Time: time.Unix(1, 0), Seq: 1}, []string{`"class_uid":6002`, `"type_uid":600203`, `"category_uid":6`, `"app":{"name":"claude"`}},
		{&audit.Record{Event: audit.EventSessionEnd, Time: time.Unix(1, 0), Seq: 1}, []string{`"type_uid":600204`}},
		{&audit.Record{Event: audit.EventBroken, Message: "m", Time: time.Unix(1, 0), Seq: 1}, []string{`"class_uid":0`, `"type_uid":99`, `"activity_name":"chain_broken"`, `"severity_id":5`, `"message":"Trail was changed or removed: m"`}},
	} {
		line := string(OCSF(nil, tt.r, here))
		if err := check(line); err != nil {
			t.Errorf("%s\n%v", line, err)
		}
		for _, want := range tt.want {
			if !strings.Contains(line, want) {
				t.Errorf("%s is not in\n%s", want, line)
			}
		}
	}
	// Every action with every outcome, and every event.
	for _, k := range kinds {
		key := k.key
		r := refused()
		if action, outcome, ok := strings.Cut(key, " "); ok {
			r.Action, r.Outcome = action, outcome
		} else {
			r.Event = key
		}
		if err := check(string(OCSF(nil, r, here))); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	// The schema can say no.
	good := string(OCSF(nil, exec, here))
	for old, bad := range map[string]string{`"class_uid":1007`: `"class_uid":1008`, `"device"`: `"devise"`, `"process":{"cmd_line"`: `"prozess":{"cmd_line"`, `"type_id":0`: `"type":0`, `"version":"1.7.0"`: `"version":"1"`, `"type_uid":100701`: `"type_uid":100702`, `"time":`: `"time":"x","y":`} {
		if s := strings.Replace(good, old, bad, 1); s == good || check(s) == nil {
			t.Errorf("%s is as good as %s", bad, old)
		}
	}
}

func TestOCSFHostile(t *testing.T) {
	check := schema.Checker(t, ocsfSchema)
	for _, s := range hostile {
		r := refused()
		r.Command, r.Message, r.Path, r.Session, r.Agent, r.Tool, r.Policy, r.Details = s, s, s, s, s, s, s, map[string]string{s: s}
		line := string(OCSF(nil, r, Origin{Version: s, Host: s}))
		checkLine(t, line)
		if err := check(line); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
}
