#!/usr/bin/env bash
# curl, and jq over the lines of the body.

set -u -o pipefail

say() { # type, more members as JSON
  jq -cn --arg type "$1" --arg case "$name" --argjson more "${2:-{\}}" '{type: $type, case: $case} + $more'
}

# Events, a line each -> lines of the protocol; `[DONE]` ends it.
read -r -d '' note <<'JQ'
def line(type; values): {type: type, case: $case} + values;
def piece(kind): if . == null then empty elif type == "string" then line(kind; {text: .}) else error("a text that is none") end;
def number: if type == "number" then . else null end;
def given(name; value): if value == null then {} else {(name): value} end;
(.delta | objects // {}) as $delta
| ($delta.message | objects // {}) as $message
| if .type == "content-start" or .type == "content-delta" then
    $message.content
    | (.text | piece("text")), (.thinking | piece("thinking"))
  elif .type == "tool-plan-delta" then line("tool_plan"; {text: $message.tool_plan})
  elif .type == "tool-call-start" or .type == "tool-call-delta" then
    $message.tool_calls as $call
    | line("tool_call"; {index: (.index // 0)} + given("id"; $call.id) + given("name"; $call.function.name)
      + given("arguments"; $call.function.arguments))
  elif .type == "citation-start" then
    $message.citations
    | line("citation"; {start, "end": .["end"], text, sources: [.sources[]?.id // empty]})
  elif .type == "message-end" then
    ($delta.finish_reason // empty | line("finish"; {reason: .})),
    ($delta.error // empty | line("error"; {class: "message-end", message: .})),
    ($delta.usage.tokens // $delta.usage.billed_units // empty
      | line("usage"; {input_tokens: .input_tokens | number, output_tokens: .output_tokens | number})),
    "ended"
  else empty end
JQ

call() {
  local endpoint base key request status error
  endpoint=$(jq -r .endpoint <<<"$text") base=$(jq -r .base_url <<<"$text")
  key=$(jq -r .api_key <<<"$text") request=$(jq -c .request <<<"$text")
  case $endpoint in
    chat | rerank) ;;
    *) say unsupported "$(jq -cn --arg what "endpoint $endpoint" '{what: $what}')" && return ;;
  esac
  # The key goes in by a file that only this process reads, not by the list of processes.
  curl --silent --show-error --no-buffer --fail-with-body --dump-header "$work/head" \
    --header @<(printf 'Authorization: Bearer %s\n' "$key") --header 'Content-Type: application/json' \
    --data-binary "$request" "$base/v2/$endpoint" 2>"$work/trouble" |
    tee "$work/body" |
    if [ "$endpoint" = chat ]; then
      sed -u -n -e 's/\r$//' -e 's/^data: *//p' | sed -u '/^\[DONE\]$/Q' |
        jq --unbuffered -c --arg case "$name" "$note" 2>"$work/wrong" |
        { ended=; while IFS= read -r made; do
            if [ "$made" = '"ended"' ]; then ended=yes; else printf '%s\n' "$made"; fi
          done; cat >/dev/null; [ -n "$ended" ]; }
    else
      jq -c --arg case "$name" \
        '{type: "results", case: $case, results: [.results[] | {index, relevance_score}]}' 2>"$work/wrong"
    fi
  local codes=("${PIPESTATUS[@]}")
  status=$(sed -n 's/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$work/head" | tail -n 1)
  if [ "${codes[0]}" = 22 ]; then
    error=$(jq -cRsn --arg status "$status" --rawfile body "$work/body" \
      '{class: "refused", message: "\($status): \($body)", status: ($status | tonumber)}')
  elif [ "${codes[0]}" != 0 ]; then
    error=$(jq -cn --rawfile trouble "$work/trouble" '{class: "curl", message: $trouble}')
  elif [ -s "$work/wrong" ]; then
    error=$(jq -cn --rawfile trouble "$work/wrong" '{class: "jq", message: $trouble}')
  elif [ "${codes[2]}" != 0 ]; then
    error='{"class":"truncated","message":"the stream ended without message-end"}'
  else
    return
  fi
  say error "$error"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jq -cn --arg curl "$(curl --version | sed -n '1s/^curl \([^ ]*\).*/\1/p')" --arg bash "$BASH_VERSION" \
  '{type: "hello", protocol: 1, client: "curl", version: $curl, language: "bash \($bash)",
    endpoints: ["chat", "rerank"],
    surfaces: ["text", "thinking", "tool_plan", "tool_calls", "citations", "finish", "usage", "error", "results"]}'
while IFS= read -r text; do
  : >"$work/head" && : >"$work/wrong"
  name=$(jq -r '.case // ""' <<<"$text" 2>"$work/wrong" || true)
  if [ -s "$work/wrong" ]; then
    say unsupported '{"what":"a line that is no case"}'
  else
    call
  fi
  say end
done
