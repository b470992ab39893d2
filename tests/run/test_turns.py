"""A conversation of two turns: ids of calls, and what is sent back."""

from __future__ import annotations

from tests.run.scripted import codes, play, text

CASE = "chat-stream/tools/two-turns"


def called(identity):
    """The transcript of a call."""
    return (
        f"message-start\ntool-call-start 0 {identity} get_weather\n"
        'tool-call-delta 0 "{\\"city\\": \\"Brest\\"}"\ntool-call-end 0\nmessage-end TOOL_CALL\n'
    )


def test_each_turn_has_ids_of_its_own():
    """A server that counts calls in each answer anew is warned of; one with other ids is not."""
    anew, _ = play(CASE, lambda _: called("call_0"))
    own, bodies = play(CASE, lambda body: called(f"call_{len(body['messages'])}"))

    assert {("RUN-029", "warning")} == codes(anew)
    assert set() == codes(own)
    assert ["user", "assistant", "tool", "assistant", "user"] == [
        message["role"] for message in bodies[1]["messages"]
    ]
    assert "call_1" == bodies[1]["messages"][2]["tool_call_id"]


def test_without_a_call_there_is_no_second_turn():
    """A model that answers in words is not asked again."""
    result, bodies = play(CASE, lambda _: text("I do not know."))

    assert set() == codes(result)
    assert 1 == len(bodies)
    assert "the answer does not show a tool call" == result.note
