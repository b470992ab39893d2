#!/usr/bin/env bash
# curl, and jq over the lines of an event stream.

set -u -o pipefail

say() { # type, more members as JSON
  jq -cn --arg type "$1" --arg case "$name" --argjson more "${2:-{\}}" '{type: $type, case: $case} + $more'
}

# Lines of an event stream -> lines of the protocol, and "ended" behind the last.
read -r -d '' note <<'JQ'
def line(type; values): {type: type, case: $case} + values;
def text: if type == "string" then . else null end;
def number: if type == "number" then . else null end;
def piece(kind): text | if . == null then empty else line(kind; {text: .}) end;
def given(name; value): value | text | if . == null then {} else {(name): .} end;
def data:
  foreach (inputs | ltrimstr("\ufeff")) as $line ({};
    if $line == "" then {ready: .data}
    elif $line == "data" or ($line | startswith("data:")) then
      {data: ((if has("data") then .data + "\n" else "" end) + ($line[5:] | ltrimstr(" ")))}
    else del(.ready) end;
    .ready // empty);
def event:
  . as $text
  | fromjson
  | if type == "object" and (.type | type) == "string" and .type != "error" then .
    else error("no event: \($text[:300])") end;
foreach data as $text ({};
  if .ended then del(.event) else ($text | event) as $event | {$event, ended: ($event.type == "message-end")} end;
  .event // empty)
| (.delta | objects // {}) as $delta
| ($delta.message | objects // {}) as $message
| if .type == "content-start" or .type == "content-delta" then
    $message.content | objects | (.text | piece("text")), (.thinking | piece("thinking"))
  elif .type == "tool-plan-delta" then $message.tool_plan | piece("tool_plan")
  elif .type == "tool-call-start" or .type == "tool-call-delta" then
    ($message.tool_calls | objects // {}) as $call
    | ($call.function | objects // {}) as $function
    | line("tool_call"; {index: (.index // 0)} + given("id"; $call.id) + given("name"; $function.name)
      + given("arguments"; $function.arguments))
  elif .type == "citation-start" then
    $message.citations | objects
    | line("citation"; {start, "end": .["end"], text, sources: [.sources[]?.id // empty]})
  elif .type == "message-end" then
    ($delta.finish_reason | text // empty | line("finish"; {reason: .})),
    ($delta.error | text // empty | line("error"; {class: "message-end", message: .})),
    ($delta.usage | objects | (.tokens // .billed_units // {}) as $tokens
      | line("usage"; {input_tokens: $tokens.input_tokens | number, output_tokens: $tokens.output_tokens | number,
          cached_tokens: .cached_tokens | number})),
    "ended"
  else empty end
JQ

# The one ranking of a body -> a line of the protocol.
read -r -d '' rank <<'JQ'
def whole: type == "number" and . == floor;
if length == 1 and (.[0] | type) == "object" and (.[0].results | type) == "array" then .[0].results else error("no ranking") end
| if all(.[]; type == "object" and (.index | whole) and (.relevance_score | type) == "number") then .
  else error("a result without an index or a score") end
| {type: "results", case: $case, results: [.[] | {index, relevance_score}]}
JQ

call() {
  local endpoint base key request status error
  { read -r endpoint && read -r base && read -r key && read -r request; } \
    < <(jq -r '.endpoint, .base_url, .api_key, (.request | tojson)' <<<"$text")
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
      # Lines may end in LF, CR or both.
      sed -u 's/\r$//' | stdbuf -o0 tr '\r' '\n' |
        jq -Rn --unbuffered -c --arg case "$name" "$note" 2>"$work/wrong" |
        { ended=; while IFS= read -r made; do
            if [ "$made" = '"ended"' ]; then ended=yes; else printf '%s\n' "$made"; fi
          done; cat >/dev/null; [ -n "$ended" ]; }
    else
      jq -s -c --arg case "$name" "$rank" 2>"$work/wrong"
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
  elif [ "${codes[2]}" != 0 ] && ! grep -qi '^content-type: *text/event-stream' "$work/head"; then
    error=$(jq -cRsn --rawfile body "$work/body" '{class: "no stream", message: "no event stream, but \($body[:300])"}')
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
    surfaces: ["text", "thinking", "tool_plan", "tool_calls", "citations", "finish", "usage", "cached_tokens", "error",
      "results"]}'
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
