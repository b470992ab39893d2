// Go without an SDK: net/http, and a scanner over the lines.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"

	"conformance.example/clients/adapter"
)

type failed struct {
	status int
	body   string
}

func (f failed) Error() string { return fmt.Sprintf("%d: %s", f.status, f.body) }

func main() {
	version := strings.TrimPrefix(runtime.Version(), "go")
	adapter.Serve("net/http", version, call, func(err error) int {
		if answered, ok := err.(failed); ok {
			return answered.status
		}
		return 0
	})
}

func call(asked adapter.Case, caller adapter.Caller) error {
	request, err := http.NewRequest("POST", asked.BaseURL+"/v2/"+asked.Endpoint, bytes.NewReader(asked.Request))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+asked.APIKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(response.Body)
		return failed{response.StatusCode, string(body)}
	}
	if asked.Endpoint == "rerank" {
		var ranking struct{ Results []adapter.Result }
		if err := json.NewDecoder(response.Body).Decode(&ranking); err != nil {
			return err
		}
		caller.Results(ranking.Results)
		return nil
	}
	return read(response, caller)
}

// The members of a message are empty lists when it starts, and objects later.
type message struct {
	Content   json.RawMessage
	ToolPlan  json.RawMessage `json:"tool_plan"`
	ToolCalls json.RawMessage `json:"tool_calls"`
	Citations json.RawMessage
}

type content struct{ Text, Thinking *string }

type toolCall struct {
	ID       *string
	Function struct{ Name, Arguments *string }
}

type citation struct {
	Start, End *int
	Text       *string
	Sources    []struct{ ID string }
}

type tokens struct {
	Input  *float64 `json:"input_tokens"`
	Output *float64 `json:"output_tokens"`
}

type event struct {
	Type  string
	Index int
	Delta struct {
		Message      message
		FinishReason *string `json:"finish_reason"`
		Error        *string
		Usage        struct {
			Tokens *tokens
			Billed tokens `json:"billed_units"`
		}
	}
}

func read(response *http.Response, caller adapter.Caller) error {
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 16<<20)
	ended := false
	for lines.Scan() {
		data, found := strings.CutPrefix(lines.Text(), "data:")
		if !found {
			continue
		}
		if strings.TrimSpace(data) == "[DONE]" {
			break
		}
		var one event
		if err := json.Unmarshal([]byte(data), &one); err != nil {
			return err
		}
		if err := note(one, caller); err != nil {
			return err
		}
		ended = ended || one.Type == "message-end"
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if !ended {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func note(one event, caller adapter.Caller) error {
	switch one.Type {
	case "content-start", "content-delta":
		var given content
		if err := decode(one.Delta.Message.Content, &given); err != nil {
			return err
		}
		caller.Text(given.Text)
		caller.Thinking(given.Thinking)
	case "tool-plan-delta":
		var given *string
		if err := decode(one.Delta.Message.ToolPlan, &given); err != nil {
			return err
		}
		caller.ToolPlan(given)
	case "tool-call-start", "tool-call-delta":
		var given toolCall
		if err := decode(one.Delta.Message.ToolCalls, &given); err != nil {
			return err
		}
		caller.ToolCall(one.Index, given.ID, given.Function.Name, given.Function.Arguments)
	case "citation-start":
		var given citation
		if err := decode(one.Delta.Message.Citations, &given); err != nil {
			return err
		}
		ids := []string{}
		for _, source := range given.Sources {
			ids = append(ids, source.ID)
		}
		caller.Citation(given.Start, given.End, given.Text, ids)
	case "message-end":
		if one.Delta.FinishReason != nil {
			caller.Finish(*one.Delta.FinishReason)
		}
		caller.Failed(one.Delta.Error)
		counted := one.Delta.Usage.Billed
		if one.Delta.Usage.Tokens != nil {
			counted = *one.Delta.Usage.Tokens
		}
		caller.Usage(counted.Input, counted.Output)
	}
	return nil
}

func decode(member json.RawMessage, into any) error {
	if member == nil {
		return nil
	}
	return json.Unmarshal(member, into)
}
