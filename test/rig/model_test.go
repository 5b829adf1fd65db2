package rig

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestModel holds a conversation in each format: the first command is called
// for, its result is taken in, and then come the last words.
func TestModel(t *testing.T) {
	const (
		messagesTools  = `"tools":[{"name":"Read","input_schema":{}},{"name":"Bash","input_schema":{"type":"object","properties":{"command":{"type":"string"},"description":{"type":"string"}},"required":["command","description"]}}]`
		responsesTools = `"tools":[{"type":"web_search"},{"type":"namespace","name":"ns","tools":[{"type":"function","name":"shell","parameters":{"properties":{"command":{"type":"array","items":{"type":"string"}},"workdir":{"type":["string","null"]}},"required":["command"]}}]}]`
	)
	for _, tt := range []struct {
		name, path, first, second string
		called                    []string // parts of the first answer
	}{
		{
			"messages", "/v1/messages",
			`{"model":"m",` + messagesTools + `,"messages":[{"role":"user","content":"go"}]}`,
			`{"model":"m",` + messagesTools + `,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_0","content":[{"type":"text","text":"out"}],"is_error":true}]}]}`,
			[]string{`"name":"Bash"`, `"command":"echo hi"`, `"description":"scripted step"`},
		},
		{
			"messages streamed", "/v1/messages",
			`{"model":"m","stream":true,` + messagesTools + `,"messages":[{"role":"user","content":"go"}]}`,
			`{"model":"m","stream":true,` + messagesTools + `,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_0","content":"out","is_error":true}]}]}`,
			[]string{"event: content_block_start", `\"command\":\"echo hi\"`, "event: message_stop"},
		},
		{
			"responses", "/v1/responses",
			`{"model":"m",` + responsesTools + `,"input":"go"}`,
			`{"model":"m",` + responsesTools + `,"input":[{"type":"function_call_output","call_id":"call_0","output":"out"}]}`,
			[]string{`"namespace":"ns"`, `[\"bash\",\"-lc\",\"echo hi\"]`},
		},
		{
			"responses streamed", "/v1/responses",
			`{"model":"m","stream":true,` + responsesTools + `,"input":"go"}`,
			`{"model":"m","stream":true,` + responsesTools + `,"input":[{"type":"function_call_output","call_id":"call_0","output":"out"}]}`,
			[]string{"event: response.output_item.done", "event: response.completed"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := NewModel(Script{Commands: []string{"echo hi"}, Final: "bye"})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			body := post(t, m.URL+tt.path, tt.first)
			for _, want := range tt.called {
				if !strings.Contains(body, want) {
					t.Errorf("no %s in %s", want, body)
				}
			}
			if r := m.Results()[0]; !r.Issued || r.Answered {
				t.Errorf("after the first turn: %+v", r)
			}
			if body := post(t, m.URL+tt.path, tt.second); !strings.Contains(body, "bye") {
				t.Errorf("no last words in %s", body)
			}
			r := m.Results()[0]
			if !r.Answered || r.Text != "out" || r.IsError != strings.HasPrefix(tt.name, "messages") {
				t.Errorf("result: %+v", r)
			}
			<-m.Done()
		})
	}
}

// TestSideRequests get an answer and don't count as turns.
func TestSideRequests(t *testing.T) {
	m, err := NewModel(Script{Commands: []string{"true"}})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if body := post(t, m.URL+"/v1/messages", `{"messages":[{"role":"user","content":"a title, please"}]}`); !strings.Contains(body, `"text":"ok"`) {
		t.Errorf("got %s", body)
	}
	if body := post(t, m.URL+"/v1/messages/count_tokens", `{}`); !strings.Contains(body, "input_tokens") {
		t.Errorf("got %s", body)
	}
	post(t, m.URL+"/v1/nowhere", `{}`)
	if m.Results()[0].Issued {
		t.Error("a side request got the command")
	}
	if r := m.Requests(); len(r) != 3 || !r[2].Unknown {
		t.Errorf("requests: %+v", r)
	}
}

func post(t *testing.T, url, body string) string {
	t.Helper()
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
