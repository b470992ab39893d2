// Package adapter speaks the adapter protocol: cases come in on stdin, what the caller of a client got
// goes out on stdout.
package adapter

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strings"
)

// Case is one call to make.
type Case struct {
	Case     string          `json:"case"`
	Endpoint string          `json:"endpoint"`
	BaseURL  string          `json:"base_url"`
	APIKey   string          `json:"api_key"`
	Request  json.RawMessage `json:"request"`
	Deadline float64         `json:"deadline"`
}

// Unsupported says that the client cannot express the call.
type Unsupported struct{ What string }

func (u Unsupported) Error() string { return u.What }

// Caller writes down what the caller of the client gets.
type Caller struct{ name string }

type line map[string]any

func (c Caller) write(kind string, values line) {
	values["type"], values["case"] = kind, c.name
	write(values)
}

func write(values line) {
	text, err := json.Marshal(values)
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(append(text, '\n'))
}

func (c Caller) piece(kind string, text *string) {
	if text != nil {
		c.write(kind, line{"text": *text})
	}
}

// Text is a piece of the answer.
func (c Caller) Text(text *string) { c.piece("text", text) }

// Thinking is a piece of what the model thought.
func (c Caller) Thinking(text *string) { c.piece("thinking", text) }

// ToolPlan is a piece of the plan.
func (c Caller) ToolPlan(text *string) { c.piece("tool_plan", text) }

// ToolCall is a call or a piece of one.
func (c Caller) ToolCall(index int, id, name, arguments *string) {
	values := line{"index": index}
	for key, value := range map[string]*string{"id": id, "name": name, "arguments": arguments} {
		if value != nil {
			values[key] = *value
		}
	}
	c.write("tool_call", values)
}

// Citation is one citation with the ids of its sources.
func (c Caller) Citation(start, end *int, text *string, sources []string) {
	values := line{"start": start, "end": end, "text": text}
	if sources != nil {
		values["sources"] = sources
	}
	c.write("citation", values)
}

// Finish is why the answer ended.
func (c Caller) Finish(reason string) { c.write("finish", line{"reason": reason}) }

// Failed is why the generation failed, as the last event of a stream says it.
func (c Caller) Failed(said *string) {
	if said != nil {
		c.write("error", line{"class": "message-end", "message": *said})
	}
}

// Usage is the token counts.
func (c Caller) Usage(input, output, cached *float64) {
	if input != nil || output != nil || cached != nil {
		c.write("usage", line{"input_tokens": input, "output_tokens": output, "cached_tokens": cached})
	}
}

// Result is one row of a ranking.
type Result struct {
	Index          int     `json:"index"`
	RelevanceScore float64 `json:"relevance_score"`
}

// Results is a ranking.
func (c Caller) Results(rows []Result) {
	if rows == nil {
		rows = []Result{}
	}
	c.write("results", line{"results": rows})
}

func (c Caller) fail(err error, status int) {
	values := line{"class": fmt.Sprint(reflect.TypeOf(err)), "message": err.Error()}
	if status != 0 {
		values["status"] = status
	}
	c.write("error", values)
}

// Only refuses a request with members that the client does not know.
func Only(request json.RawMessage, known string) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(request, &members); err != nil {
		return err
	}
	for name := range members {
		if name != "stream" && !strings.Contains(" "+known+" ", " "+name+" ") {
			return Unsupported{"/" + name}
		}
	}
	return nil
}

// Serve says hello, then makes a call for each case until stdin ends. `status` finds the HTTP status in
// an error, 0 where it tells none; `more` are channels that not every client has a place for.
func Serve(client, version string, call func(Case, Caller) error, status func(error) int, more ...string) {
	write(line{
		"type": "hello", "protocol": 1, "client": client, "version": version,
		"language":  strings.Replace(runtime.Version(), "go", "go ", 1),
		"endpoints": []string{"chat", "rerank"},
		"surfaces": append([]string{
			"text", "thinking", "tool_plan", "tool_calls", "citations", "finish", "usage", "error", "results",
		}, more...),
	})
	in := bufio.NewReader(os.Stdin)
	for {
		text, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		one(text, call, status)
	}
}

func one(text []byte, call func(Case, Caller) error, status func(error) int) {
	var asked Case
	if err := json.Unmarshal(text, &asked); err != nil {
		asked = Case{Endpoint: err.Error()}
	}
	caller := Caller{asked.Case}
	defer caller.write("end", line{})
	defer func() {
		if panicked := recover(); panicked != nil {
			caller.write("error", line{"class": "panic", "message": fmt.Sprint(panicked)})
		}
	}()
	if asked.Endpoint != "chat" && asked.Endpoint != "rerank" {
		caller.write("unsupported", line{"what": "endpoint " + asked.Endpoint})
		return
	}
	err := call(asked, caller)
	if refused, ok := err.(Unsupported); ok {
		caller.write("unsupported", line{"what": refused.What})
	} else if err != nil {
		caller.fail(err, status(err))
	}
}
