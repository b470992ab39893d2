"""What schemathesis' users get: a check, a reader of streams, and streams read to their end."""

from __future__ import annotations

import importlib
import json
from types import SimpleNamespace

import pytest

from conformance.mock.server import MockServer

schemathesis = pytest.importorskip("schemathesis", reason="needs the extra `fuzz`")
failures = pytest.importorskip("schemathesis.core.failures")

BODY = {
    "model": "command-a-03-2025",
    "stream": True,
    "messages": [{"role": "user", "content": "Where do finches nest in winter?"}],
}


@pytest.fixture(scope="module")
def hooks():
    """The module that registers with schemathesis."""
    return importlib.import_module("conformance.fuzz.hooks")


@pytest.fixture(scope="module")
def server():
    """A mock."""
    with MockServer() as running:
        yield running


def schema_at(url):
    """The exported description, for a server at this address."""
    from conformance.data import data_path
    from conformance.specs.export import export_document

    schema = schemathesis.openapi.from_dict(export_document(data_path("specs"), frames=False))
    schema.config.update(base_url=url)
    return schema


def asked(server, body, fault="", path="/v2/chat"):
    """A case with this body, and the answer to it."""
    url = f"{server.url}/fault={fault}" if fault else server.url
    operation = schema_at(url)[path]["POST"]
    case = operation.Case(body=body, media_type="application/json")
    return case, case.call(headers={"Authorization": f"Bearer {server.key}"})


def found(hooks, case, response):
    """The codes of the rules that the check reports."""
    try:
        hooks.cohere_contract(None, response, case)
    except failures.FailureGroup as group:
        return [failure.title.split()[0] for failure in group.exceptions]
    return []


def test_a_conformant_answer_passes(hooks, server):
    """The check has nothing to say of a conformant stream."""
    case, response = asked(server, BODY)

    assert response.status_code == 200
    assert [] == found(hooks, case, response)


@pytest.mark.parametrize("code", ["STREAM-014", "STREAM-001", "SSE-001", "EVENT-001", "CITE-006"])
def test_a_fault_is_a_failure_of_its_rule(hooks, server, code):
    """A broken rule fails under its own code, with the message that `check` shows."""
    body = {**BODY, "documents": ["Finches nest in hedges all winter, and in spring in trees."]}
    case, response = asked(server, body, code)

    with pytest.raises(failures.FailureGroup) as caught:
        hooks.cohere_contract(None, response, case)

    told = caught.value.exceptions[0]
    assert code in [failure.title.split()[0] for failure in caught.value.exceptions]
    assert told.exception.__class__.__name__ == told.title.split()[0].replace("-", "_")
    assert told.message.startswith(told.title)


def test_every_broken_rule_is_a_failure(hooks, server):
    """A failure does not hide those of other rules about the same answer."""
    case, response = asked(server, BODY, "STREAM-014,HTTP-001")

    assert {"STREAM-014", "HTTP-001"} <= set(found(hooks, case, response))


def test_a_faulty_request_may_be_refused(hooks, server):
    """A refusal of a request that breaks the schema is no failure."""
    case, response = asked(server, {**BODY, "temperature": "warm"})

    assert response.status_code == 400
    assert [] == found(hooks, case, response)


def test_a_fault_of_the_request_is_none_of_the_server(hooks, server):
    """What the rules say of a generated request does not count, whatever the status."""
    case, response = asked(server, {**BODY, "model": "nobody", "temperature": 0})

    assert response.status_code == 404
    assert [] == found(hooks, case, response)


def test_a_stream_that_was_cut_short_is_not_judged(hooks, server):
    """The check does not apply to the beginning of a stream."""
    case, response = asked(server, BODY, "STREAM-014")
    response.stream_cut_short = True

    assert hooks.cohere_contract(None, response, case) is True


def test_trouble_of_our_own_is_a_failed_assertion(hooks, monkeypatch, server):
    """Whatever goes wrong inside, schemathesis sees nothing but a failed assertion."""
    case, response = asked(server, BODY)

    def broken(*_args):
        raise RuntimeError("wrong turn")

    monkeypatch.setattr(hooks, "judged", broken)
    with pytest.raises(AssertionError, match="says nothing of the server: RuntimeError"):
        hooks.cohere_contract(None, response, case)


def test_streams_are_handed_on_as_events(hooks, server):
    """The reader gives the events in order, without the terminator."""
    _, response = asked(server, BODY)

    events = hooks.cohere_events(None, response)

    assert events[0]["type"] == "message-start"
    assert events[-1]["type"] == "message-end"
    assert response.content.count(b"event: ") == len(events)


def test_data_that_is_not_json_cannot_be_read(hooks):
    """The reader raises what schemathesis reports as an answer that it cannot read."""
    response = SimpleNamespace(content=b"data: {\n\n")

    with pytest.raises(json.JSONDecodeError):
        hooks.cohere_events(None, response)


def test_streams_are_read_to_their_end(hooks):
    """Without a limit of the user's there is none; one of the user's stays."""
    schema = schema_at("http://127.0.0.1:1")
    hooks.cohere_whole_streams(None, schema)
    assert schema.config.max_stream_events >= 1_000_000

    schema.config.max_stream_events = 5
    hooks.cohere_whole_streams(None, schema)
    assert schema.config.max_stream_events == 5
