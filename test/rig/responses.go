package rig

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// responses is OpenAI's Responses API.
type responses struct{}

// responsesTool is a tool, or a namespace of tools.
type responsesTool struct {
	Type       string
	Name       string
	Parameters schema
	Tools      []responsesTool
}

func (responses) parse(body []byte) (*turn, error) {
	var b struct {
		Model  string
		Stream bool
		Tools  []responsesTool
		Input  json.RawMessage
		Text   struct{ Format struct{ Type string } }
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, fmt.Errorf("responses request: %w", err)
	}
	t := &turn{model: b.Model, stream: b.Stream, structured: b.Text.Format.Type == "json_schema"}
	t.tools = flatten(b.Tools, "")
	var items []struct {
		Type   string
		CallID string `json:"call_id"`
		Output json.RawMessage
	}
	if json.Unmarshal(b.Input, &items) == nil { // else a plain string
		for _, it := range items {
			if strings.HasSuffix(it.Type, "_output") {
				t.results = append(t.results, toolResult{id: it.CallID, text: plainText(it.Output)})
			}
		}
	}
	return t, nil
}

func flatten(list []responsesTool, namespace string) (out []tool) {
	for _, x := range list {
		switch x.Type {
		case "namespace":
			out = append(out, flatten(x.Tools, x.Name)...)
		case "function":
			out = append(out, tool{name: x.Name, namespace: namespace, schema: x.Parameters})
		}
	}
	return out
}

func (responses) write(w http.ResponseWriter, t *turn, a answer) {
	content := object{"type": "output_text", "text": a.text, "annotations": []any{}}
	item := object{"type": "message", "id": "msg_scripted", "role": "assistant", "status": "completed", "content": []object{content}}
	if a.call != nil {
		args, _ := json.Marshal(a.call.args)
		item = object{"type": "function_call", "id": "fc_scripted", "call_id": a.call.id, "name": a.call.tool.name, "arguments": string(args), "status": "completed"}
		if a.call.tool.namespace != "" {
			item["namespace"] = a.call.tool.namespace
		}
	}
	response := func(status string, output []object) object {
		r := object{"id": "resp_scripted", "object": "response", "created_at": 1, "model": t.model, "status": status, "output": output}
		if status == "completed" {
			r["usage"] = object{
				"input_tokens": 100, "input_tokens_details": object{"cached_tokens": 0},
				"output_tokens": 20, "output_tokens_details": object{"reasoning_tokens": 0}, "total_tokens": 120,
			}
		}
		return r
	}
	if !t.stream {
		writeJSON(w, http.StatusOK, response("completed", []object{item}))
		return
	}
	seq, raw := 0, events(w)
	send := func(kind string, data object) {
		data["sequence_number"] = seq
		seq++
		raw(kind, data)
	}
	send("response.created", object{"response": response("in_progress", []object{})})
	begun := item.with("status", "in_progress")
	if a.call == nil {
		begun["content"] = []object{}
	} else {
		begun["arguments"] = ""
	}
	send("response.output_item.added", object{"output_index": 0, "item": begun})
	if a.call == nil {
		at := object{"item_id": "msg_scripted", "output_index": 0, "content_index": 0}
		send("response.content_part.added", at.with("part", object{"type": "output_text", "text": "", "annotations": []any{}}))
		send("response.output_text.delta", at.with("delta", a.text))
		send("response.output_text.done", at.with("text", a.text))
		send("response.content_part.done", at.with("part", content))
	} else {
		at := object{"item_id": "fc_scripted", "output_index": 0}
		send("response.function_call_arguments.delta", at.with("delta", item["arguments"]))
		send("response.function_call_arguments.done", at.with("arguments", item["arguments"]))
	}
	send("response.output_item.done", object{"output_index": 0, "item": item})
	send("response.completed", object{"response": response("completed", []object{item})})
}

// with returns a copy that has one more member.
func (o object) with(key string, value any) object {
	c := maps.Clone(o)
	c[key] = value
	return c
}
