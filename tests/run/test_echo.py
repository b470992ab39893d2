"""Characters that come back: harmed ones are found, and other answers are left alone."""

from __future__ import annotations

import json

import pytest

from conformance.suite import echo
from conformance.suite.answers import marks_in_text
from conformance.suite.echo import LINE
from conformance.transcript import exchange_from
from tests.run.scripted import codes, play, text

CASE = "chat-stream/text/beyond-ascii"
CALL = """
message-start
tool-call-start 0 get_weather_0abc get_weather
tool-call-delta 0 {arguments}
tool-call-end 0
message-end TOOL_CALL
"""


@pytest.mark.parametrize(
    "said",
    [
        LINE,
        "",
        "I would rather not.",
        "Größe 海 (a wave) שלום ñ",
        "Gr, and great sizes: Größe",
        "海" * 60,
        "https://example.org/" + "1234567890" * 5,
        json.dumps(LINE, ensure_ascii=False),
    ],
)
def test_what_a_model_may_say(said):
    """A line that is repeated, or refused, or said otherwise, is not harmed."""
    assert set() == codes(play(CASE, lambda _: text(said))[0])


@pytest.mark.parametrize(
    "said",
    [
        LINE.encode().decode("latin-1"),
        LINE.encode().decode("cp1252", "ignore"),
        LINE.encode("ascii", "replace").decode(),
        LINE.encode("ascii", "ignore").decode(),
        json.dumps(LINE),
        "Größe &lt;b&gt; &amp; more",
        "Gr\ufffd\ufffde",
        LINE.replace("🌊", "?"),
        LINE.replace("🌊", "??"),
        LINE.replace("🌊", ""),
        LINE.replace("🌊 ", ""),
        "Brestliesatthewesternendofbrittanyandhasacastle.",
    ],
)
def test_harm_is_found(said):
    """Bytes taken for characters, characters replaced, left out or escaped twice, spaces lost."""
    assert ("RUN-019", "error") in codes(play(CASE, lambda _: text(said))[0])


def test_half_of_a_pair_is_harm():
    """A character that was cut in two shows as the half of a surrogate pair."""
    assert "half of a surrogate pair" == echo._harm("the tide \ud83c is high")


def test_arguments_are_looked_at():
    """Arguments may escape characters as JSON does, and not harm them."""
    sound = CALL.format(arguments=json.dumps(json.dumps({"city": "Größe"})))
    plain = CALL.format(arguments=json.dumps(json.dumps({"city": "Größe"}, ensure_ascii=False)))
    harmed = CALL.format(arguments=json.dumps(json.dumps({"city": "GrÃ¶Ã\x9fe"})))

    found = [codes(play("chat-stream/tools/beyond-ascii", lambda _, each=each: each)[0])
             for each in (sound, plain, harmed)]  # fmt: skip

    assert [set(), set(), {("RUN-019", "error")}] == found


def test_what_is_worse_is_told_alone():
    """A stream that breaks off may have lost what follows, and is not called harmed as well."""
    result, _ = play(CASE, lambda _: "cut\n" + text("Gr\ufffde"))

    assert set() == codes(result)
    assert "HTTP-017" in {violation.code for violation in result.violations}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<think>Brest, surely.</think>Brest.", {("RUN-030", "warning")}),
        ("Brest.</think>", {("RUN-030", "warning")}),
        ("Brest.<|END_OF_TURN_TOKEN|>", {("RUN-030", "warning")}),
        ("I think <b>Brest</b>, or f(x) <| y |> z.", set()),
    ],
)
def test_marks_of_models_are_found(said, expected):
    """What a model writes for its server alone does not belong into the text."""
    assert expected == codes(play("chat-stream/text/plain", lambda _: text(said))[0])


def test_marks_that_were_sent_may_come_back():
    """A text that repeats a mark of its question is not the model's own."""
    sent = '> {"messages": [{"role": "user", "content": "What is <think>?"}]}\n'
    said = exchange_from(sent + text("A tag is <think>."))

    assert [] == list(marks_in_text.find([said]))
