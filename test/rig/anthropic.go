package rig

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// anthropic is the Messages API.
type anthropic struct{}

func (anthropic) parse(body []byte) (*turn, error) {
	var b struct {
		Model  string
		Stream bool
		Tools  []struct {
			Name        string
			InputSchema schema `json:"input_schema"`
		}
		Messages []struct{ Content json.RawMessage }
		Output   struct{ Format any } `json:"output_config"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, fmt.Errorf("messages request: %w", err)
	}
	t := &turn{model: b.Model, stream: b.Stream, structured: b.Output.Format != nil}
	for _, x := range b.Tools {
		t.tools = append(t.tools, tool{name: x.Name, schema: x.InputSchema})
	}
	for _, m := range b.Messages {
		var parts []struct {
			Type      string
			ToolUseID string `json:"tool_use_id"`
			Content   json.RawMessage
			IsError   bool `json:"is_error"`
		}
		if json.Unmarshal(m.Content, &parts) != nil {
			continue // a plain string
		}
		for _, p := range parts {
			if p.Type == "tool_result" {
				t.results = append(t.results, toolResult{p.ToolUseID, plainText(p.Content), p.IsError})
			}
		}
	}
	return t, nil
}

func (anthropic) write(w http.ResponseWriter, t *turn, a answer) {
	block, stop := object{"type": "text", "text": a.text}, "end_turn"
	if a.call != nil {
		block, stop = object{"type": "tool_use", "id": a.call.id, "name": a.call.tool.name, "input": a.call.args}, "tool_use"
	}
	usage := object{"input_tokens": 100, "output_tokens": 20, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
	message := object{
		"id": "msg_scripted", "type": "message", "role": "assistant", "model": t.model,
		"content": []object{block}, "stop_reason": stop, "stop_sequence": nil, "usage": usage,
	}
	if !t.stream {
		writeJSON(w, http.StatusOK, message)
		return
	}
	send := events(w)
	message["content"], message["stop_reason"] = []object{}, nil
	send("message_start", object{"message": message})
	if a.call == nil {
		send("content_block_start", object{"index": 0, "content_block": object{"type": "text", "text": ""}})
		send("content_block_delta", object{"index": 0, "delta": object{"type": "text_delta", "text": a.text}})
	} else {
		args, _ := json.Marshal(a.call.args)
		block["input"] = object{}
		send("content_block_start", object{"index": 0, "content_block": block})
		send("content_block_delta", object{"index": 0, "delta": object{"type": "input_json_delta", "partial_json": string(args)}})
	}
	send("content_block_stop", object{"index": 0})
	send("message_delta", object{"delta": object{"stop_reason": stop, "stop_sequence": nil}, "usage": usage})
	send("message_stop", object{})
}

// plainText is the text of a result: a string, or a list of parts.
func plainText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var parts []struct{ Text string }
	if json.Unmarshal(raw, &parts) == nil {
		for _, p := range parts {
			s += p.Text
		}
		return s
	}
	return string(raw)
}
