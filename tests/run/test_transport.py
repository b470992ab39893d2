"""How streams travel: by the mock's gate, by the clock, with clients that leave, in parallel."""

from __future__ import annotations

import pytest

from conformance.mock.delivery import Delivery
from conformance.suite.catalogue import all_cases
from conformance.suite.session import Session
from conformance.suite.settings import RunSettings
from conformance.targets.mock import MockTarget

CASES = {case.name.rpartition("/")[2]: case for case in all_cases() if "/transport/" in case.name}


def codes(result):
    """The codes of what was found in a case, with their levels."""
    return {(v.code, v.level.value) for v in result.violations}


def on_mock(name, timeout=1.0):
    """What comes of a case on a mock of its own."""
    target = MockTarget("mock:")
    with target:
        return Session(RunSettings(timeout=timeout), target).play(CASES[name])


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_mock_is_prompt_and_notices(name):
    """The mock sends events as they are made, notices who leaves, and mixes no streams."""
    assert set() == codes(on_mock(name))


def test_a_server_that_holds_events_back_is_found(monkeypatch):
    """A server that sends pieces only once all are made waits for ever at the gate, and is found."""
    plain = Delivery._send

    async def at_once(self, send):
        if self.gate is not None:
            for _ in self.reply.pieces[1:]:
                await self.gate.wait()
        await plain(self, send)

    monkeypatch.setattr(Delivery, "_send", at_once)

    assert ("RUN-013", "error") in codes(on_mock("prompt"))


def test_a_server_that_does_not_notice_who_leaves_is_found(monkeypatch):
    """A stream that goes on without its client is found by the count of active streams."""
    from conformance.mock import delivery
    from conformance.suite import transport

    async def never(_receive):
        import asyncio

        await asyncio.Event().wait()

    monkeypatch.setattr(delivery, "_disconnect", never)
    monkeypatch.setattr(transport, "_SECONDS_TO_NOTICE", 0.3)

    assert ("RUN-012", "error") in codes(on_mock("leaving"))


def test_streams_that_mix_are_found(monkeypatch):
    """A part of another answer in an answer is found by the words of the others' requests."""
    from dataclasses import replace

    plain = MockTarget.send

    def mixing(self, request, **options):
        exchange = plain(self, request, **options)
        body = exchange.response.body.replace(b"[DONE]", b"[DONE] oyster kestrel")
        return replace(exchange, response=replace(exchange.response, body=body))

    monkeypatch.setattr(MockTarget, "send", mixing)

    assert ("RUN-010", "error") in codes(on_mock("parallel"))


def test_what_is_left_of_earlier_streams_is_found():
    """An answer that comes when the others are over must have nothing of them either."""
    from tests.run import scripted

    def asked(body):
        return body["messages"][0]["content"].split()[-1].rstrip(".")

    def leaking(body):
        own = asked(body)
        return scripted.text("A kestrel and a lantern." if own == "lantern" else f"A {own}.")

    name = "chat-stream/transport/parallel"
    sound, sent = scripted.play(name, lambda body: scripted.text(f"A {asked(body)}."))
    spoilt, _ = scripted.play(name, leaking)

    assert 5 == len(sent)
    assert "RUN-010" not in {code for code, _ in scripted.codes(sound)}
    assert ("RUN-010", "error") in scripted.codes(spoilt)


def test_equal_ids_of_parallel_messages_are_found(monkeypatch):
    """Messages with one id are told of as a doubt."""
    from conformance.mock.chance import Chance

    monkeypatch.setattr(Chance, "uuid", lambda *_: "00000000-0000-4000-8000-000000000000")

    assert {("RUN-011", "warning")} == codes(on_mock("parallel"))
