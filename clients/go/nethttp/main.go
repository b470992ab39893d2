// Go without an SDK: net/http, and a scanner over the lines of an event stream.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
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
	}, "cached_tokens")
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
		return rank(response.Body, caller)
	}
	if kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); kind != "text/event-stream" {
		body, _ := io.ReadAll(response.Body)
		return fmt.Errorf("no event stream, but %.300s", body)
	}
	return read(response.Body, caller)
}

func rank(body io.Reader, caller adapter.Caller) error {
	whole, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	var ranking struct {
		Results []struct {
			Index          *int
			RelevanceScore *float64 `json:"relevance_score"`
		}
	}
	if err := json.Unmarshal(whole, &ranking); err != nil {
		return err
	}
	if ranking.Results == nil {
		return fmt.Errorf("no ranking: %.300s", whole)
	}
	rows := []adapter.Result{}
	for _, row := range ranking.Results {
		if row.Index == nil || row.RelevanceScore == nil {
			return fmt.Errorf("a result without an index or a score: %.300s", whole)
		}
		rows = append(rows, adapter.Result{Index: *row.Index, RelevanceScore: *row.RelevanceScore})
	}
	caller.Results(rows)
	return nil
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
	Sources    []struct{ ID *string }
}

type tokens struct {
	Input  *float64 `json:"input_tokens"`
	Output *float64 `json:"output_tokens"`
}

type happened struct {
	Type  string
	Index int
	Delta struct {
		Message      message
		FinishReason *string `json:"finish_reason"`
		Error        *string
		Usage        struct {
			Tokens *tokens
			Billed tokens   `json:"billed_units"`
			Cached *float64 `json:"cached_tokens"`
		}
	}
}

// Lines that end in LF, CR or both, each as soon as its end is there.
func lines() bufio.SplitFunc {
	afterCR := false
	return func(data []byte, atEOF bool) (int, []byte, error) {
		skipped := 0
		if afterCR && len(data) > 0 {
			afterCR = false
			if data[0] == '\n' {
				skipped = 1
			}
		}
		end := bytes.IndexAny(data[skipped:], "\r\n")
		if end < 0 {
			if atEOF && len(data) > skipped {
				return len(data), data[skipped:], nil
			}
			return skipped, nil, nil
		}
		end += skipped
		afterCR = data[end] == '\r'
		return end + 1, data[skipped:end], nil
	}
}

func read(body io.Reader, caller adapter.Caller) error {
	scanner := bufio.NewScanner(body)
	scanner.Buffer(nil, 16<<20)
	scanner.Split(lines())
	var data []string
	for scanner.Scan() {
		line := strings.TrimPrefix(scanner.Text(), "\ufeff")
		name, value, _ := strings.Cut(line, ":")
		switch {
		case name == "data":
			data = append(data, strings.TrimPrefix(value, " "))
		case line == "" && data != nil:
			text := strings.Join(data, "\n")
			data = nil
			if ended, err := event(text, caller); ended || err != nil {
				return err
			}
		}
	}
	if err := scanner.Err(); err != nil {
		return err
	}
	return io.ErrUnexpectedEOF
}

// Whether this was the last event.
func event(data string, caller adapter.Caller) (bool, error) {
	var one happened
	if err := json.Unmarshal([]byte(data), &one); err != nil {
		return false, err
	}
	if one.Type == "" || one.Type == "error" {
		return false, fmt.Errorf("no event: %.300s", data)
	}
	return one.Type == "message-end", note(one, caller)
}

func note(one happened, caller adapter.Caller) error {
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
			if source.ID != nil {
				ids = append(ids, *source.ID)
			}
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
		caller.Usage(counted.Input, counted.Output, one.Delta.Usage.Cached)
	}
	return nil
}

func decode(member json.RawMessage, into any) error {
	if member == nil {
		return nil
	}
	return json.Unmarshal(member, into)
}
