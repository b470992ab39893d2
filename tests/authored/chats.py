"""The chat recordings that we wrote ourselves: file name → its exchanges.

Every shape that the documentation describes has a recording; all texts are invented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.authored.build import (
    MODEL,
    REASONING,
    VISION,
    Answer,
    Cite,
    call_id,
    chat,
    compact,
    document,
    history_call,
    refusal,
    result,
    tool,
    user,
)

if TYPE_CHECKING:
    from conformance.wire import Exchange

__all__ = ["CHATS"]

# One pixel: the smallest picture that a viewer opens.
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81yt"
    "gAAAABJRU5ErkJggg=="
)
TIDES = tool("tide_table", "Times of high and low water", required=1, port="string", day="string")
MOON = tool("moon_phase", "The phase of the moon tonight")
LAMPS = [
    {"id": "keeper", "data": {"title": "Keeper's log", "text": "The lamp was lit at dusk."}},
    {"id": "pilot", "data": {"title": "Pilot book", "text": "Two flashes every ten seconds."}},
]
KEEPER = document("keeper", title="Keeper's log", text="The lamp was lit at dusk.")
PILOT = document("pilot", title="Pilot book", text="Two flashes every ten seconds.")


def _ask(text: str, **options: Any) -> dict[str, Any]:
    return {"model": MODEL, "messages": [user(text)], "stream": True, **options}


def _plain() -> dict[str, Exchange]:
    return {
        "text": chat(
            Answer("text").block("text", "A sourdough starter wakes up in about a week."),
            user("How long does a sourdough starter take?"),
            timed=True,
        ),
        "system_and_history": chat(
            Answer("system_and_history").block("text", "Line 4, then two stops by ferry."),
            {"role": "system", "content": "You are a tram conductor. Answer in one sentence."},
            user("Which tram goes to the harbour?"),
            {"role": "assistant", "content": "Line 4 goes to the harbour."},
            user([{"type": "text", "text": "And from there to the island?"}]),
        ),
        "text_beyond_ascii": chat(
            Answer("text_beyond_ascii").block(
                "text", "Zum Frühstück: Brötchen, crème fraîche, 抹茶 und ein 🥐."
            ),
            user("Was gibt es zum Frühstück? 🍳"),
            temperature=0.7,
            seed=41,
        ),
        "many_options": chat(
            Answer("many_options").block("text", "Willow, hazel, maple."),
            user("Name three trees."),
            temperature=0.2,
            p=0.9,
            k=40,
            seed=7,
            max_tokens=60,
            frequency_penalty=0.1,
            safety_mode="CONTEXTUAL",
            priority=2,
        ),
        "newline_delimited": chat(
            Answer("newline_delimited").block("text", "Beeswax melts at sixty-two degrees."),
            user("When does beeswax melt?"),
            newline_delimited=True,
        ),
    }


def _grounded() -> dict[str, Exchange]:
    barley = document("doc:0", text="Barley ripens first.")
    oats = document("doc:1", text="Oats stand three weeks longer.")
    return {
        "documents_with_citations": chat(
            Answer("documents_with_citations").block(
                "text",
                "The lamp is lit at dusk and flashes twice every ten seconds.",
                Cite("lit at dusk", (KEEPER,)),
                Cite("twice every ten seconds", (PILOT,)),
            ),
            user("How does the lighthouse work?"),
            documents=LAMPS,
        ),
        "documents_without_ids": chat(
            Answer("documents_without_ids").block(
                "text",
                "First the barley",
                Cite("barley", (barley,)),
                ", and three weeks later the oats",
                Cite("three weeks later the oats", (barley, oats)),
                ".",
            ),
            user("What is harvested when?"),
            documents=[
                "Barley ripens first.",
                {"data": {"text": "Oats stand three weeks longer."}},
            ],
            citation_options={"mode": "FAST"},
        ),
        "documents_beyond_ascii": chat(
            Answer("documents_beyond_ascii").block(
                "text", "🗼 À la tombée de la nuit 🌃", Cite("tombée de la nuit", (KEEPER,)), "."
            ),
            user("Quand la lampe est-elle allumée ?"),
            documents=LAMPS,
            citation_options={"mode": "ACCURATE"},
        ),
        "documents_unused": chat(
            Answer("documents_unused").block("text", "Good evening, how can I help?"),
            user("Good evening!"),
            documents=LAMPS,
            citation_options={"mode": "ENABLED"},
        ),
        "citations_off": chat(
            Answer("citations_off").block("text", "The lamp is lit at dusk."),
            user("When is the lamp lit?"),
            documents=LAMPS,
            citation_options={"mode": "OFF"},
        ),
    }


def _tools() -> dict[str, Exchange]:
    ask = user("When is low tide in Brest tomorrow?")
    call = call_id("tide_table", "tool_call/0")
    other = call_id("moon_phase", "two_tool_calls/1")
    first = call_id("tide_table", "two_tool_calls/0")
    brest = '{"port": "Brest", "day": "tomorrow"}'
    return {
        "tool_call": chat(
            Answer("tool_call")
            .plan("I will look up the tide table for Brest.")
            .call("tide_table", {"port": "Brest", "day": "tomorrow"}),
            ask,
            tools=[TIDES],
            end={"reason": "TOOL_CALL"},
        ),
        "two_tool_calls": chat(
            Answer("two_tool_calls")
            .plan("First the tide table, then the moon.")
            .call("tide_table", {"port": "Brest"})
            .call("moon_phase", {}),
            user("Is tonight a spring tide in Brest?"),
            tools=[TIDES, MOON],
            end={"reason": "TOOL_CALL"},
        ),
        "tool_call_without_arguments": chat(
            Answer("tool_call_without_arguments")
            .plan("I will ask for the moon.")
            .call("moon_phase"),
            user("What does the moon look like?"),
            tools=[MOON],
            end={"reason": "TOOL_CALL"},
        ),
        "tool_call_without_plan": chat(
            Answer("tool_call_without_plan").call("moon_phase"),
            user("Moon?"),
            tools=[MOON],
            tool_choice="REQUIRED",
            end={"reason": "TOOL_CALL"},
        ),
        "tool_choice_none": chat(
            Answer("tool_choice_none").block("text", "I cannot look that up, but ask the harbour."),
            ask,
            tools=[TIDES],
            tool_choice="NONE",
        ),
        "strict_tools": chat(
            Answer("strict_tools")
            .plan("The table of Dover has the answer.")
            .call("tide_table", {"port": "Dover"}),
            user("High water in Dover?"),
            tools=[TIDES],
            strict_tools=True,
            end={"reason": "TOOL_CALL"},
        ),
        "tool_result": chat(
            Answer("tool_result").block(
                "text",
                "Low water is at 05:12.",
                Cite("05:12", (result(call, content="low 05:12, high 11:20"),)),
            ),
            ask,
            history_call("I will look up the tide table.", (call, "tide_table", brest)),
            {"role": "tool", "tool_call_id": call, "content": "low 05:12, high 11:20"},
            tools=[TIDES],
        ),
        "tool_results_as_documents": chat(
            Answer("tool_results_as_documents").block(
                "text",
                "High water is at 11:20",
                Cite("11:20", (result(first, 1, high="11:20"),)),
                " under a full moon",
                Cite(
                    "full moon", ({"type": "tool", "id": "sky", "tool_output": {"moon": "full"}},)
                ),
                ".",
            ),
            user("Is tonight a spring tide in Brest?"),
            history_call(
                "Both are needed.", (first, "tide_table", brest), (other, "moon_phase", "{}")
            ),
            {
                "role": "tool",
                "tool_call_id": first,
                "content": [
                    {"type": "document", "document": {"data": {"low": "05:12"}}},
                    {"type": "document", "document": {"data": {"high": "11:20"}}},
                ],
            },
            {
                "role": "tool",
                "tool_call_id": other,
                "content": [
                    {"type": "document", "document": {"id": "sky", "data": {"moon": "full"}}}
                ],
            },
            tools=[TIDES, MOON],
        ),
    }


def _modes() -> dict[str, Exchange]:
    picture = {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}}
    loaf = {
        "type": "object",
        "properties": {"flour": {"type": "string"}, "grams": {"type": "integer"}},
        "required": ["flour", "grams"],
    }
    return {
        "image": chat(
            Answer("image").block("text", "It is a single grey pixel."),
            user([{"type": "text", "text": "What is in this picture?"}, picture]),
            model=VISION,
            end={"image_tokens": 256},
        ),
        "json_mode": chat(
            Answer("json_mode").block("text", '{"bridge": "Old Town", "arches": [3, 5, 3]}'),
            user("Describe the bridge as a JSON object."),
            response_format={"type": "json_object"},
        ),
        "json_schema": chat(
            Answer("json_schema").block("text", '{"flour": "spelt", "grams": 450}'),
            user("What goes into the loaf? Answer as JSON."),
            response_format={"type": "json_object", "json_schema": loaf},
        ),
        "logprobs": chat(
            Answer("logprobs").block("text", "North by east.", logprobs=True),
            user("Which course?"),
            logprobs=True,
        ),
        "stop_sequence": chat(
            Answer("stop_sequence").block("text", "Flour, water, salt, "),
            user("What is in bread? Write END when done."),
            stop_sequences=["END"],
            end={"reason": "STOP_SEQUENCE"},
        ),
        "max_tokens": chat(
            Answer("max_tokens").block("text", "The history of cartography begins"),
            user("Tell me the history of cartography."),
            max_tokens=5,
            end={"reason": "MAX_TOKENS"},
        ),
    }


def _thinking() -> dict[str, Exchange]:
    enabled = {"type": "enabled", "token_budget": 200}
    return {
        "thinking": chat(
            Answer("thinking")
            .block("thinking", "Seven days, two fewer makes five.")
            .block("text", "Five."),
            user("What is a week less two days?"),
            model=REASONING,
            thinking=enabled,
        ),
        "thinking_with_citations": chat(
            Answer("thinking_with_citations")
            .block("thinking", "The keeper's log tells when.")
            .block("text", "The lamp is lit at dusk", Cite("at dusk", (KEEPER,)), "."),
            user("When is the lamp lit?"),
            model=REASONING,
            documents=LAMPS,
        ),
        "thinking_and_tool_call": chat(
            Answer("thinking_and_tool_call")
            .block("thinking", "Only the table knows.")
            .call("tide_table", {"port": "Brest"}),
            user("Low tide in Brest?"),
            model=REASONING,
            tools=[TIDES],
            end={"reason": "TOOL_CALL"},
        ),
        "thinking_disabled": chat(
            Answer("thinking_disabled").block("text", "Five."),
            user("What is a week less two days?"),
            model=REASONING,
            thinking={"type": "disabled"},
            end={"reasoning_tokens": 0},
        ),
    }


def _failures() -> dict[str, Exchange]:
    long = "too many tokens: size limit exceeded by 1200 tokens"
    return {
        "error_in_mid_stream": chat(
            Answer("error_in_mid_stream")
            .plan("I will look up the")
            .end(
                "ERROR",
                failure={
                    "error": "the model made a tool call that cannot be used",
                    "error_type": "INVALID_TOOL_GENERATION",
                },
            ),
            user("Low tide in Brest?"),
            tools=[TIDES],
        ),
        "error_while_thinking": chat(
            Answer("error_while_thinking")
            .open_block("thinking", "Let me count the")
            .end("ERROR", failure={"error": "no answer could be generated"}),
            user("How many herons?"),
            model=REASONING,
        ),
        "error_400": refusal(
            "error_400", 400, long, _ask("A very long letter"), error_type="TOO_MANY_TOKENS"
        ),
        "error_400_temperature": refusal(
            "error_400_temperature",
            400,
            "temperature must be between 0 and 1.0 inclusive",
            _ask("Hello", temperature=1.2),
        ),
        "error_401": refusal("error_401", 401, "invalid api token", _ask("Hello")),
        "error_404": refusal(
            "error_404",
            404,
            "model 'command-of-old' not found, check the model id and your access to it",
            _ask("Hello", model="command-of-old"),
        ),
        "error_422": refusal(
            "error_422",
            422,
            "unknown field: parameter 'max_output_tokens' is not a valid field",
            _ask("Hello", max_output_tokens=10),
        ),
        "error_429": refusal(
            "error_429", 429, "trial keys are limited to 20 calls a minute", _ask("Hello")
        ),
    }


def _conversation() -> list[Exchange]:
    """Both turns of one use of a tool."""
    tides = [TIDES]
    ask = user("Can I walk to the island at noon?")
    call = call_id("tide_table", "conversation/0")
    arguments = compact({"port": "island"})
    answer = Answer("conversation").plan("The tide decides.").call("tide_table", {"port": "island"})
    return [
        chat(answer, ask, tools=tides, end={"reason": "TOOL_CALL"}),
        chat(
            Answer("conversation, second turn").block(
                "text",
                "Yes, low water is at 12:05.",
                Cite("12:05", (result(call, content="12:05"),)),
            ),
            ask,
            history_call("The tide decides.", (call, "tide_table", arguments)),
            {"role": "tool", "tool_call_id": call, "content": "12:05"},
            tools=tides,
        ),
    ]


CHATS: dict[str, list[Exchange]] = {
    name: [exchange]
    for group in (_plain(), _grounded(), _tools(), _modes(), _thinking(), _failures())
    for name, exchange in group.items()
}
CHATS["conversation"] = _conversation()
