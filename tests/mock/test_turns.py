"""The mock answers the request: tools, documents, limits and formats decide what it says."""

from __future__ import annotations

import json

import pytest

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 2}},
            "required": ["city", "days"],
        },
    },
}
TIME = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object"}}}
THINKER = "command-a-reasoning-08-2025"
CALL = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}


def results(content):
    """A conversation that ends with the result of a tool call."""
    return [
        {"role": "user", "content": "How is the weather?"},
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": content},
    ]


def kinds(asked):
    """The content blocks of an answer."""
    return [block.kind for block in asked.message.blocks]


def cited(asked):
    """(words, what the text has in the span, ids of the sources) of each citation."""
    text = asked.message.text()
    found = []
    for citation in asked.message.citations:
        data = citation.data
        ids = [source["id"] for source in data["sources"]]
        found.append((data["text"], text[data["start"] : data["end"]], ids))
    return found


def test_plain_answer_repeats_the_question(chat):
    """A plain question gets one text block that quotes it, and finishes with COMPLETE."""
    asked = chat("Tell me of the tide 🌊 at Brest")

    assert ["text"] == kinds(asked)
    assert "Tell me of the tide 🌊 at Brest" in asked.message.text()
    assert "COMPLETE" == asked.end["finish_reason"]


def test_system_and_history_are_read(chat):
    """The system message and the question before the last one show in the answer."""
    asked = chat(
        [
            {"role": "system", "content": "Speak like a pilot"},
            {"role": "user", "content": "My name is Ada"},
            {"role": "assistant", "content": "Hello Ada"},
            {"role": "user", "content": "Who am I?"},
        ]
    )

    text = asked.message.text()
    assert "Speak like a pilot" in text
    assert "My name is Ada" in text


def test_images_are_counted(chat):
    """Images show in the text and in the token counts."""
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    question = [{"type": "text", "text": "What is this?"}, image, image]
    asked = chat([{"role": "user", "content": question}], model="command-a-vision-07-2025")

    assert "2 images" in asked.message.text()
    assert 512 == asked.end["usage"]["tokens"]["image_tokens"]


def test_tool_call_with_fitting_arguments(chat):
    """A tool is called after a plan, with arguments that fit its parameters."""
    asked = chat("How is the weather in Oslo?", tools=[WEATHER])

    (call,) = asked.message.calls
    arguments = json.loads(call.arguments)
    assert "get_weather" == call.name
    assert {"city": "Oslo", "days": 2} == arguments
    assert "get_weather" in asked.message.plan_text
    assert "TOOL_CALL" == asked.end["finish_reason"]


def test_calls_each_tool_that_the_question_names(chat):
    """Two tools that the question names are both called; one without parameters has no deltas."""
    asked = chat("Weather and time in Oslo, please", tools=[WEATHER, TIME])

    assert ["get_weather", "get_time"] == [call.name for call in asked.message.calls]
    assert "" == asked.message.calls[1].arguments


@pytest.mark.parametrize(
    ("choice", "calls"), [("REQUIRED", 1), ("NONE", 0)], ids=["required", "none"]
)
def test_tool_choice(chat, choice, calls):
    """REQUIRED calls even after results, NONE answers with text even before them."""
    messages = results("Sunny") if choice == "REQUIRED" else "How is the weather?"
    asked = chat(messages, tools=[WEATHER], tool_choice=choice)

    assert calls == len(asked.message.calls)
    assert (0 if calls else 1) == len(asked.message.blocks)


def test_thinking_replaces_the_plan(chat):
    """A model that thinks has a thinking block before its calls, and no plan."""
    asked = chat(tools=[WEATHER], model=THINKER)

    assert ["thinking"] == kinds(asked)
    assert "" == asked.message.plan_text
    assert 1 == len(asked.message.calls)


@pytest.mark.parametrize(
    ("model", "thinking", "expected"),
    [
        (THINKER, None, ["thinking", "text"]),
        (THINKER, {"type": "disabled"}, ["text"]),
        ("command-a-03-2025", None, ["text"]),
        ("command-a-03-2025", {"type": "enabled"}, ["thinking", "text"]),
    ],
    ids=["by itself", "disabled", "not by itself", "enabled"],
)
def test_thinking(chat, model, thinking, expected):
    """The model thinks by itself or when asked, and not when that is disabled."""
    more = {"thinking": thinking} if thinking else {}

    assert expected == kinds(chat(model=model, **more))


def test_thinking_budget(chat):
    """The thinking has no more tokens than its budget, and the answer follows."""
    asked = chat(model=THINKER, thinking={"type": "enabled", "token_budget": 3})

    assert 3 == asked.deltas("thinking")
    assert "COMPLETE" == asked.end["finish_reason"]
    assert 3 == asked.end["usage"]["tokens"]["reasoning_tokens"]


@pytest.mark.parametrize("mode", [None, "FAST", "ACCURATE", "ENABLED", "fast"])
def test_documents_are_cited(chat, mode):
    """Each citation has the words of its span, with documents under their id or position."""
    documents = [
        {"id": "signs", "data": {"title": "Signs", "text": "A red flag 🚩 means 禁止 no bathing"}},
        "The lifeguards 🏖️ leave at six",
    ]
    more = {"citation_options": {"mode": mode}} if mode else {}
    asked = chat("When may I bathe?", documents=documents, **more)

    found = cited(asked)
    assert [["signs"], ["doc:1"]] == [ids for _, _, ids in found]
    assert [words for words, _, _ in found] == [span for _, span, _ in found]
    assert "禁止" in found[0][0]


@pytest.mark.parametrize("mode", ["OFF", "DISABLED", "off"])
def test_citations_off(chat, mode):
    """No mode that turns citations off lets one through."""
    asked = chat(documents=["Fog in the morning"], citation_options={"mode": mode})

    assert [] == asked.message.citations


def test_accurate_citations_come_last(chat):
    """ACCURATE sends the citations when the whole text has been sent."""
    asked = chat(documents=["Fog comes in the morning"], citation_options={"mode": "ACCURATE"})

    (citation,) = asked.message.citations
    assert len(asked.message.text()) == citation.block_length


def test_default_citations_interleave(chat):
    """Without a mode a citation comes as soon as its words have, in the middle of the text."""
    (citation,) = chat(documents=["Fog comes in the morning"]).message.citations

    assert citation.data["end"] <= citation.block_length < citation.data["end"] + 7


def test_citations_after_thinking_name_their_block(chat):
    """A citation in block 1 says so; one in block 0 leaves it out."""
    documents = ["Fog comes in the morning"]

    (second,) = chat(documents=documents, model=THINKER).message.citations
    (first,) = chat(documents=documents).message.citations
    assert 1 == second.data["content_index"]
    assert "content_index" not in first.data


@pytest.mark.parametrize(
    ("content", "source"),
    [
        ("Sunny all day", {"type": "tool", "id": "c1:0", "tool_output": {"content": "Sunny all day"}}),
        (
            [{"type": "text", "text": "Sunny"}, {"type": "text", "text": "Mild"}],
            {"type": "tool", "id": "c1:0", "tool_output": {"content": "Sunny"}},
        ),
        (
            [{"type": "document", "document": {"id": "w", "data": {"sky": "clear", "wind": 3}}}],
            {"type": "tool", "id": "w", "tool_output": {"sky": "clear", "wind": "3"}},
        ),
        (
            [{"type": "document", "document": {"data": '{"sky": "clear"}'}}],
            {"type": "tool", "id": "c1:0", "tool_output": {"sky": "clear"}},
        ),
    ],
    ids=["text", "parts", "document", "JSON text"],
)  # fmt: skip
def test_results_are_cited(chat, content, source):
    """The answer to a tool result cites it, whatever form the result has."""
    asked = chat(results(content), tools=[WEATHER])

    assert [source] == asked.message.citations[0].data["sources"]
    assert all(words == span for words, span, _ in cited(asked))
    assert [] == asked.message.calls


def test_json_mode(chat):
    """JSON mode answers with a JSON object."""
    asked = chat("A JSON, please", response_format={"type": "json_object"})

    assert isinstance(json.loads(asked.message.text()), dict)


def test_json_schema(chat):
    """JSON mode with a schema answers with an object that fits it."""
    schema = {
        "type": "object",
        "properties": {"port": {"enum": ["Brest", "Lorient"]}, "depth": {"type": "number"}},
        "required": ["port", "depth"],
    }
    asked = chat(response_format={"type": "json_object", "json_schema": schema})

    found = json.loads(asked.message.text())
    assert {"port", "depth"} == found.keys()
    assert found["port"] in ("Brest", "Lorient")


def test_stop_sequence(chat):
    """The text ends before the first stop sequence that it would have, and says why."""
    whole = chat("Count: one two three four").message.text()
    asked = chat("Count: one two three four", stop_sequences=["four", "two"])

    # The request differs, so only the echo of the question is sure to be the same.
    assert asked.message.text().endswith("Count: one ")
    assert "one two three four" in whole
    assert "STOP_SEQUENCE" == asked.end["finish_reason"]


@pytest.mark.parametrize("most", [0, 1, 5])
def test_max_tokens(chat, most):
    """No more tokens come than are allowed, and the finish reason says why."""
    asked = chat(max_tokens=most)

    assert most == asked.deltas("text")
    assert "MAX_TOKENS" == asked.end["finish_reason"]
    assert most == asked.end["usage"]["billed_units"]["output_tokens"]


def test_max_tokens_in_arguments(chat):
    """A limit inside the arguments ends the call, not the stream's order."""
    asked = chat("weather", tools=[WEATHER], max_tokens=14)

    assert 1 == len(asked.message.calls)
    assert not asked.message.calls[0].arguments.endswith("}")
    assert set() == asked.codes()


def test_limits_that_are_not_reached(chat):
    """A limit far away changes nothing."""
    assert "COMPLETE" == chat(max_tokens=100_000).end["finish_reason"]


def test_logprobs(chat):
    """Log probabilities come with each delta when asked for, and not otherwise."""
    with_them = chat(logprobs=True).reply.body.count(b'"logprobs":[')
    without = chat().reply.body.count(b'"logprobs"')

    assert chat(logprobs=True).deltas("text") == with_them
    assert 0 == without


def test_same_seed_same_answer(chat):
    """The same request gets the same bytes, another seed other ones."""
    one, same, other = chat(seed=1), chat(seed=1), chat(seed=2)

    assert one.reply == same.reply
    assert one.reply.body != other.reply.body
    assert chat(seed_of_server=1).reply.body != chat(seed_of_server=2).reply.body


def test_length(chat):
    """A server told to write long texts writes as many tokens as it was told."""
    assert 500 == chat(length=500).deltas("text")


def test_usage_is_plausible(chat):
    """What is billed is not above what is counted, and what is cached not above the input."""
    usage = chat("weather", tools=[WEATHER], model=THINKER).end["usage"]
    billed, counted = usage["billed_units"], usage["tokens"]

    assert billed["input_tokens"] <= counted["input_tokens"]
    assert billed["output_tokens"] <= counted["output_tokens"]
    assert usage["cached_tokens"] <= counted["input_tokens"]
    assert 0 < counted["reasoning_tokens"] <= counted["output_tokens"]


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "user", "content": {"type": "text", "text": "Hello"}}],
        [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": None, "tool_calls": [CALL], "tool_plan": None}, {"role": "tool", "tool_call_id": "c1", "content": "Sunny"}],
    ],
    ids=["a part as content", "null beside calls"],
)  # fmt: skip
def test_what_the_live_api_takes(chat, messages):
    """Departures that the live API takes are taken here too."""
    asked = chat(messages)

    assert 200 == asked.reply.status
    assert set() == asked.codes()
