// The adapter protocol for JavaScript: cases come in on stdin, what the caller of a client got goes
// out. An adapter calls `serve` with what it drives and a function that makes one call; it gets the
// case and `say`, which writes down what the client hands over, in the order of its coming.

import { writeSync } from "node:fs";
import { createInterface } from "node:readline";

/** The client has no way to say this. */
export class Unsupported extends Error {}

const CHANNELS = ["text", "thinking", "tool_plan", "tool_calls", "citations", "finish", "usage", "cached_tokens", "logprobs", "error"];

function write(line) {
  let rest = Buffer.from(JSON.stringify(line) + "\n");
  // A pipe may take a part only; then it says EAGAIN until somebody reads.
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

/** Ways to write down what came for one case. */
function caller(name) {
  const line = (type, values) => write({ type, case: name, ...values });
  const piece = (type) => (text) => {
    if (text != null) line(type, { text: typeof text === "string" ? text : JSON.stringify(text) });
  };
  return {
    text: piece("text"),
    thinking: piece("thinking"),
    toolPlan: piece("tool_plan"),
    toolCall: (index, { id, name: called, arguments: given }) =>
      line("tool_call", {
        index: Number.isInteger(index) ? index : 0,
        ...(id != null && { id }),
        ...(called != null && { name: called }),
        ...(given != null && { arguments: typeof given === "string" ? given : JSON.stringify(given) }),
      }),
    citation: (start, end, text, sources) => line("citation", { start, end, text, ...(sources && { sources: sources.filter((id) => typeof id === "string") }) }),
    finish: (reason) => {
      if (reason != null) line("finish", { reason: String(reason) });
    },
    usage: (input, output, cached) => {
      if (input != null || output != null || cached != null)
        line("usage", { input_tokens: input ?? null, output_tokens: output ?? null, ...(cached != null && { cached_tokens: cached }) });
    },
    logprobs: (values) => {
      if (values?.length) line("logprobs", { logprobs: values });
    },
    results: (rows) => line("results", { results: rows }),
    error: (error) => {
      // Of several attempts the last one tells.
      const status = error?.statusCode ?? error?.status ?? error?.lastError?.statusCode;
      line("error", {
        class: error?.name ?? error?.constructor?.name ?? typeof error,
        message: [error?.message ?? error, error?.responseBody].filter((part) => part != null).join("\n").slice(0, 2000),
        ...(Number.isInteger(status) && { status }),
      });
    },
    /** Why the generation failed, as the last event of a stream says it. */
    failed: (said) => {
      if (typeof said === "string") line("error", { class: "message-end", message: said.slice(0, 2000) });
    },
    unsupported: (what) => line("unsupported", { what: String(what) }),
    end: () => line("end", {}),
  };
}

/** The members of a request but `stream`; Unsupported if there are others than the known. */
export function only(request, known) {
  const { stream: _, ...members } = request;
  for (const name of Object.keys(members)) if (!known.includes(name)) throw new Unsupported("/" + name);
  return members;
}

/** Say hello, then make a call for each case until stdin ends. */
export async function serve(call, { client, version, endpoints = ["chat", "rerank"], surfaces = CHANNELS }) {
  // stdout belongs to the protocol.
  console.log = console.info = console.debug = console.error;
  write({
    type: "hello",
    protocol: 1,
    client,
    version,
    language: `node ${process.versions.node}`,
    endpoints,
    surfaces: endpoints.includes("rerank") ? [...surfaces, "results"] : surfaces,
  });
  let current;
  // What no caller could catch is told as an error all the same, and as what it is.
  process.on("unhandledRejection", (error) => current?.error(Object.assign(error ?? {}, { name: "UnhandledRejection" })));
  for await (const text of createInterface({ input: process.stdin })) {
    let asked;
    try {
      asked = JSON.parse(text);
    } catch (error) {
      asked = { case: "", endpoint: `not a case: ${error.message}` };
    }
    current = caller(asked.case ?? "");
    try {
      if (!endpoints.includes(asked.endpoint)) throw new Unsupported(`endpoint ${asked.endpoint}`);
      await call(asked, current);
    } catch (error) {
      if (error instanceof Unsupported) current.unsupported(error.message);
      else current.error(error);
    }
    current.end();
    current = undefined;
  }
  process.exit(0);
}
