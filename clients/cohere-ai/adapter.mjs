// The official TypeScript SDK.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { only, serve } from "../javascript/harness.mjs";

const require = createRequire(`${process.env.CONFORMANCE_CLIENT_HOME ?? process.cwd()}/`);
const { CohereClientV2 } = require("cohere-ai");
const version = JSON.parse(readFileSync(`${require.resolve.paths("cohere-ai")[0]}/cohere-ai/package.json`)).version;

const CHAT = [
  "model", "messages", "tools", "strict_tools", "documents", "citation_options", "response_format", "safety_mode",
  "max_tokens", "stop_sequences", "temperature", "seed", "frequency_penalty", "presence_penalty", "k", "p", "logprobs",
  "tool_choice", "thinking", "priority",
];
const RERANK = ["model", "query", "documents", "top_n", "max_tokens_per_doc", "priority"];

// What the user of the API names: the SDK does not rename inside of it.
const OPAQUE = ["parameters", "json_schema", "data"];

const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

function renamed(value) {
  if (Array.isArray(value)) return value.map(renamed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [camel(name), OPAQUE.includes(name) ? inner : renamed(inner)]),
  );
}

function note(event, caller) {
  const message = event.delta?.message;
  switch (event.type) {
    case "content-start":
    case "content-delta":
      caller.text(message?.content?.text);
      caller.thinking(message?.content?.thinking);
      caller.logprobs(event.logprobs?.logprobs);
      break;
    case "tool-plan-delta":
      caller.toolPlan(message?.toolPlan);
      break;
    case "tool-call-start":
    case "tool-call-delta": {
      const call = message?.toolCalls;
      caller.toolCall(event.index, { id: call?.id, name: call?.function?.name, arguments: call?.function?.arguments });
      break;
    }
    case "citation-start": {
      const cited = message?.citations;
      caller.citation(cited?.start, cited?.end, cited?.text, cited?.sources?.map((source) => source.id ?? null));
      break;
    }
    case "message-end":
      caller.finish(event.delta?.finishReason);
      caller.failed(event.delta?.error);
      {
        const tokens = event.delta?.usage?.tokens ?? event.delta?.usage?.billedUnits;
        caller.usage(tokens?.inputTokens, tokens?.outputTokens, event.delta?.usage?.cachedTokens);
      }
  }
}

async function call({ endpoint, base_url, api_key, request }, caller) {
  const client = new CohereClientV2({ token: api_key, environment: base_url });
  if (endpoint === "rerank") {
    const { results } = await client.rerank(renamed(only(request, RERANK)));
    // What is promised to be a list may be anything: then there is nothing that the caller could use.
    if (Array.isArray(results))
      caller.results(results.map((one) => ({ index: one?.index ?? null, relevance_score: one?.relevanceScore ?? null })));
    return;
  }
  const stream = await client.chatStream(renamed(only(request, CHAT)));
  for await (const event of stream) note(event, caller);
}

await serve(call, { client: "cohere-ai", version });
