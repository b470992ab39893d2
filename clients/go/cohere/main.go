// The official Go SDK.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"runtime/debug"
	"strings"

	cohere "github.com/cohere-ai/cohere-go/v2"
	"github.com/cohere-ai/cohere-go/v2/client"
	"github.com/cohere-ai/cohere-go/v2/core"

	"conformance.example/clients/adapter"
)

const chat = "model messages tools strict_tools documents citation_options response_format safety_mode " +
	"max_tokens stop_sequences temperature seed frequency_penalty presence_penalty k p logprobs tool_choice " +
	"thinking"

func main() {
	adapter.Serve("cohere-go", version(), call, status)
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if strings.HasPrefix(module.Path, "github.com/cohere-ai/cohere-go") {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return "unknown"
}

func status(err error) int {
	var failed *core.APIError
	if errors.As(err, &failed) {
		return failed.StatusCode
	}
	return 0
}

func call(asked adapter.Case, caller adapter.Caller) error {
	api := client.NewClient(client.WithToken(asked.APIKey), client.WithBaseURL(asked.BaseURL))
	if asked.Endpoint == "rerank" {
		return rerank(api, asked, caller)
	}
	if err := adapter.Only(asked.Request, chat); err != nil {
		return err
	}
	var request cohere.V2ChatStreamRequest
	if err := json.Unmarshal(asked.Request, &request); err != nil {
		return adapter.Unsupported{What: "the types of the SDK: " + err.Error()}
	}
	stream, err := api.V2.ChatStream(context.Background(), &request)
	if err != nil {
		return err
	}
	defer stream.Close()
	for {
		event, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		note(event, caller)
	}
}

func rerank(api *client.Client, asked adapter.Case, caller adapter.Caller) error {
	if err := adapter.Only(asked.Request, "model query documents top_n max_tokens_per_doc"); err != nil {
		return err
	}
	var request cohere.V2RerankRequest
	if err := json.Unmarshal(asked.Request, &request); err != nil {
		return adapter.Unsupported{What: "the types of the SDK: " + err.Error()}
	}
	response, err := api.V2.Rerank(context.Background(), &request)
	if err != nil {
		return err
	}
	rows := []adapter.Result{}
	for _, row := range response.Results {
		rows = append(rows, adapter.Result{Index: row.Index, RelevanceScore: row.RelevanceScore})
	}
	caller.Results(rows)
	return nil
}

func note(event cohere.V2ChatStreamResponse, caller adapter.Caller) {
	switch {
	case event.ContentStart != nil:
		content := event.ContentStart.GetDelta().GetMessage().GetContent()
		caller.Text(content.GetText())
		caller.Thinking(content.GetThinking())
	case event.ContentDelta != nil:
		content := event.ContentDelta.GetDelta().GetMessage().GetContent()
		caller.Text(content.GetText())
		caller.Thinking(content.GetThinking())
	case event.ToolPlanDelta != nil:
		caller.ToolPlan(event.ToolPlanDelta.GetDelta().GetMessage().GetToolPlan())
	case event.ToolCallStart != nil:
		called := event.ToolCallStart.GetDelta().GetMessage().GetToolCalls()
		function := called.GetFunction()
		caller.ToolCall(at(event.ToolCallStart.Index), called.GetId(), function.GetName(), function.GetArguments())
	case event.ToolCallDelta != nil:
		function := event.ToolCallDelta.GetDelta().GetMessage().GetToolCalls().GetFunction()
		caller.ToolCall(at(event.ToolCallDelta.Index), nil, nil, function.GetArguments())
	case event.CitationStart != nil:
		cited := event.CitationStart.GetDelta().GetMessage().GetCitations()
		caller.Citation(cited.GetStart(), cited.GetEnd(), cited.GetText(), ids(cited.GetSources()))
	case event.MessageEnd != nil:
		delta := event.MessageEnd.GetDelta()
		if reason := delta.GetFinishReason(); reason != nil {
			caller.Finish(string(*reason))
		}
		caller.Failed(delta.GetError())
		if tokens := delta.GetUsage().GetTokens(); tokens != nil {
			caller.Usage(tokens.GetInputTokens(), tokens.GetOutputTokens(), nil)
		} else {
			billed := delta.GetUsage().GetBilledUnits()
			caller.Usage(billed.GetInputTokens(), billed.GetOutputTokens(), nil)
		}
	}
}

func at(index *int) int {
	if index == nil {
		return 0
	}
	return *index
}

func ids(sources []*cohere.Source) []string {
	found := []string{}
	for _, source := range sources {
		if source.Tool != nil && source.Tool.Id != nil {
			found = append(found, *source.Tool.Id)
		}
		if source.Document != nil && source.Document.Id != nil {
			found = append(found, *source.Document.Id)
		}
	}
	return found
}
