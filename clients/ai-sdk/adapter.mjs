// The AI SDK with its Cohere provider: `streamText` and `rerank`, as its users call them.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { only, serve, Unsupported } from "../javascript/harness.mjs";

const require = createRequire(`${process.env.CONFORMANCE_CLIENT_HOME ?? process.cwd()}/`);
const { jsonSchema, Output, rerank, streamText, tool } = require("ai");
const { createCohere } = require("@ai-sdk/cohere");
const home = require.resolve.paths("ai")[0];
const version = JSON.parse(readFileSync(`${home}/@ai-sdk/cohere/package.json`)).version;

// member of the API -> option of streamText
const OPTIONS = {
  max_tokens: "maxOutputTokens",
  temperature: "temperature",
  p: "topP",
  k: "topK",
  seed: "seed",
  frequency_penalty: "frequencyPenalty",
  presence_penalty: "presencePenalty",
  stop_sequences: "stopSequences",
};
const CHAT = [
  "model", "messages", "tools", "strict_tools", "tool_choice", "documents", "response_format", "thinking",
  ...Object.keys(OPTIONS),
];

const text = (content) => (typeof content === "string" ? [{ type: "text", text: content }] : content ?? []);

function image(part) {
  const { url, detail } = part.image_url;
  const found = /^data:([^;,]+);base64,(.*)$/s.exec(url);
  return {
    type: "image",
    image: found ? found[2] : new URL(url),
    ...(found && { mediaType: found[1] }),
    ...(detail && { providerOptions: { cohere: { detail } } }),
  };
}

const userPart = (part) => (part.type === "text" ? { type: "text", text: part.text } : image(part));

function assistant(message) {
  for (const part of text(message.content)) if (part.type !== "text" && part.type !== "thinking") throw new Unsupported(part.type);
  const parts = text(message.content).map((part) =>
    part.type === "thinking" ? { type: "reasoning", text: part.thinking } : { type: "text", text: part.text },
  );
  // The AI SDK has no plan beside the calls: it would be the text of the turn.
  if (message.tool_plan != null) parts.push({ type: "text", text: message.tool_plan });
  for (const call of message.tool_calls ?? [])
    parts.push({
      type: "tool-call",
      toolCallId: call.id,
      toolName: call.function.name,
      input: JSON.parse(call.function.arguments || "{}"),
    });
  return { role: "assistant", content: parts };
}

function result(content) {
  if (typeof content === "string") return { type: "text", value: content };
  if (content.some((part) => part.type !== "text")) throw new Unsupported("a tool result that is a document");
  return { type: "content", value: content };
}

/** A document as a file: a text as an attachment of `useChat` comes, an object by its bytes and its name. */
function file(document) {
  if (typeof document === "string")
    return { type: "file", data: `data:text/plain;base64,${Buffer.from(document).toString("base64")}`, mediaType: "text/plain" };
  if (document.id != null || Object.keys(document.data).some((name) => !["text", "title"].includes(name)))
    throw new Unsupported("/documents other than a text with a title");
  return {
    type: "file",
    data: new TextEncoder().encode(document.data.text),
    mediaType: "text/plain",
    ...(document.data.title && { filename: document.data.title }),
  };
}

function messages(request) {
  const names = {};
  const made = request.messages.map((message) => {
    switch (message.role) {
      case "system":
        if (typeof message.content !== "string") throw new Unsupported("a system message in parts");
        return { role: "system", content: message.content };
      case "user":
        return typeof message.content === "string"
          ? { role: "user", content: message.content }
          : { role: "user", content: message.content.map(userPart) };
      case "assistant":
        for (const call of message.tool_calls ?? []) names[call.id] = call.function.name;
        return assistant(message);
      default: {
        const output = result(message.content);
        const toolName = names[message.tool_call_id] ?? "unknown";
        return { role: "tool", content: [{ type: "tool-result", toolCallId: message.tool_call_id, toolName, output }] };
      }
    }
  });
  for (const document of request.documents ?? []) {
    const asker = made.findLast((message) => message.role === "user");
    if (typeof asker.content === "string") asker.content = [{ type: "text", text: asker.content }];
    asker.content.push(file(document));
  }
  return made;
}

function output(format) {
  if (format === undefined || format.type === "text") return {};
  return { output: format.json_schema ? Output.object({ schema: jsonSchema(format.json_schema) }) : Output.json() };
}

function options(asked) {
  const request = only(asked, CHAT);
  const made = { messages: messages(request), ...output(request.response_format) };
  for (const [name, option] of Object.entries(OPTIONS)) if (name in request) made[option] = request[name];
  if (request.tools !== undefined)
    made.tools = Object.fromEntries(
      request.tools.map(({ function: { name, description, parameters } }) => [
        name,
        tool({ description, inputSchema: jsonSchema(parameters), strict: request.strict_tools }),
      ]),
    );
  if (request.tool_choice !== undefined) made.toolChoice = request.tool_choice.toLowerCase();
  if (request.thinking !== undefined) {
    const { type, token_budget: tokenBudget } = request.thinking;
    made.providerOptions = { cohere: { thinking: { type, ...(tokenBudget !== undefined && { tokenBudget }) } } };
  }
  return made;
}

async function chat(cohere, request, caller) {
  const result = streamText({
    model: cohere(request.model),
    ...options(request),
    onError: () => {}, // it would print what the stream hands over as well
  });
  const calls = new Map();
  const place = (id) => calls.get(id) ?? calls.set(id, calls.size).get(id);
  for await (const part of result.fullStream) {
    switch (part.type) {
      case "text-delta":
        caller.text(part.text);
        break;
      case "reasoning-delta":
        caller.thinking(part.text);
        break;
      case "tool-call":
        if (part.invalid) caller.error(part.error ?? new Error("invalid tool call"));
        caller.toolCall(place(part.toolCallId), { id: part.toolCallId, name: part.toolName, arguments: part.input });
        break;
      case "source": {
        const cited = part.providerMetadata?.cohere ?? {};
        caller.citation(cited.start, cited.end, cited.text, cited.sources?.map((source) => source.id ?? null));
        break;
      }
      case "error":
        caller.error(part.error);
        break;
      case "abort":
        caller.error(new Error("aborted"));
        break;
      case "finish":
        caller.finish(part.finishReason);
        caller.usage(
          part.totalUsage?.inputTokens,
          part.totalUsage?.outputTokens,
          part.totalUsage?.inputTokenDetails?.cacheReadTokens,
        );
    }
  }
}

async function call({ endpoint, base_url, api_key, request }, caller) {
  const cohere = createCohere({ baseURL: `${base_url}/v2`, apiKey: api_key });
  if (endpoint === "chat") return chat(cohere, request, caller);
  const asked = only(request, ["model", "query", "documents", "top_n", "max_tokens_per_doc", "priority"]);
  const provider = {
    ...("max_tokens_per_doc" in asked && { maxTokensPerDoc: asked.max_tokens_per_doc }),
    ...("priority" in asked && { priority: asked.priority }),
  };
  const { ranking } = await rerank({
    model: cohere.reranking(asked.model),
    query: asked.query,
    documents: asked.documents,
    ...("top_n" in asked && { topN: asked.top_n }),
    ...(Object.keys(provider).length > 0 && { providerOptions: { cohere: provider } }),
  });
  caller.results(ranking.map(({ originalIndex, score }) => ({ index: originalIndex ?? null, relevance_score: score ?? null })));
}

await serve(call, {
  client: "@ai-sdk/cohere",
  version,
  surfaces: ["text", "thinking", "tool_calls", "citations", "finish", "usage", "cached_tokens", "error"],
});
