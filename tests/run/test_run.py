"""A run as a whole: what it cannot reach, what it leaves out, what it knows, how it ends."""

from __future__ import annotations

import json
import socket

import pytest

from conformance.baseline import Baseline, Known
from conformance.mock.reply import reply_to
from conformance.mock.server import MockServer
from conformance.mock.settings import Settings
from conformance.suite.case import Outcome
from conformance.suite.catalogue import all_cases
from conformance.suite.events import RunEnded, Score
from conformance.suite.features import closure
from conformance.suite.terminal import closing_sentence
from tests.run.garbage import ANSWERS, Garbage

SMALL = ("chat-stream/text/plain", "rerank/plain/all", "chat-stream/refusals/no-model")


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_no_answer_breaks_the_suite(name, play):
    """Whatever a server answers, the run ends with the exit code that fits, and no fault of ours."""
    with Garbage(name) as url:
        told = play(url, only=SMALL, timeout=2.0)

    assert ANSWERS[name][1] == told.ended.exit_code()
    said = [str(each) for each in told.ended.troubles]
    assert [] == [each for each in said if "the suite" in each or "bug" in each]


@pytest.mark.parametrize(
    ("name", "said"),
    [("reset", "the connection was closed before an answer came"), ("silence", "no answer within")],
)
def test_a_server_that_says_nothing(name, said, play):
    """A server that resets or keeps silent is reported once, with exit code 2."""
    with Garbage(name) as url:
        told = play(url, only=SMALL, timeout=0.5)

    (trouble,) = told.ended.troubles
    assert said in trouble.what
    assert 2 == told.ended.exit_code()
    assert ["nothing was judged"] == closing_sentence(told.ended)


def test_a_server_that_is_not_there(play):
    """An address where nothing listens is one message, and no case is played."""
    with socket.create_server(("127.0.0.1", 0)) as wire:
        port = wire.getsockname()[1]
    told = play(f"http://127.0.0.1:{port}", only=SMALL)

    (trouble,) = told.ended.troubles
    assert trouble.what.startswith("nothing listens at")
    assert ({}, 2) == (told.results, told.ended.exit_code())


def test_a_wrong_key(play, monkeypatch):
    """A key that is refused is one message, which does not show the key."""
    monkeypatch.setenv("CO_API_KEY", "wrong-key-0123456789")
    with MockServer(Settings(key="right-key-0123456789")) as server:
        told = play(server.url, only=SMALL)

    (trouble,) = told.ended.troubles
    assert trouble.what.startswith("the key is refused")
    assert "wrong-key" not in str(trouble)
    assert 2 == told.ended.exit_code()


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize("only_path", ["", "/v2/rerank"])
def test_a_refusal_with_a_wrong_status_is_judged(status, only_path, play):
    """A server that calls a faulty request unauthorized or not found is there, and is told so."""

    def answer(request):
        reply = reply_to(request, Settings())
        wrong = reply.status == 400 and request.path.endswith(only_path)
        return reply.changed(status=status) if wrong else reply

    with MockServer() as server:
        server.use(Settings(), answer)
        told = play(server.url, only=(*SMALL, "rerank/refusals/top-n-zero"))

    assert 0 == told.ended.exit_code()
    assert "rerank/refusals/top-n-zero" in told.codes("warning")["RUN-024"]


def test_a_server_that_dies_on_the_way(play, monkeypatch):
    """When the server is gone, the run stops after a few cases and says how many it never reached."""
    server = MockServer().start()
    from conformance.suite.session import Session

    plain = Session.play

    def dying(self, case):
        if case.name == "chat-stream/text/history":
            server.stop()
        return plain(self, case)

    monkeypatch.setattr(Session, "play", dying)
    told = play(server.url, only=("chat-stream",))

    assert 2 == told.ended.exit_code()
    assert len(told.ended.unrun) > 100
    assert len(told.results) < 10
    troubles = {t.what for r in told.results.values() for t in r.troubles}
    assert {f"nothing listens at `{server.url.removeprefix('http://')}`"} == troubles


def test_features_that_a_server_lacks_are_left_out(play):
    """Cases that need a lacking feature, or one that rests on it, are not run and say why."""
    told = play("mock:", only=("chat-stream/tools", "chat-stream/strict-tools", *SMALL),
                lacks=("tools",))  # fmt: skip

    lacked = {name for name, r in told.results.items() if r.outcome is Outcome.LACKED}
    wanted = {case.name for case in all_cases() if "tools" in closure(case.needs)}
    assert {name for name in wanted if name.split("/")[1] in ("tools", "strict-tools")} == lacked
    assert "the server lacks `tools`" in told.results["chat-stream/tools/one-call"].note
    assert 0 == told.ended.exit_code()


def test_nothing_left_to_judge(play):
    """A run whose cases were all left out judged nothing, which is not a pass."""
    told = play("mock:", only=("rerank/plain",), lacks=("rerank",))

    assert 2 == told.ended.exit_code()
    assert ["nothing was judged"] == closing_sentence(told.ended)


def test_an_endpoint_that_is_not_served(play):
    """The rest is judged, and the missing endpoint is trouble until the user says that it lacks."""
    with OneEndpoint() as url:
        told = play(url, only=SMALL)
        said = play(url, only=SMALL, lacks=("rerank",))

    assert "the server does not serve rerank" in [each.what for each in told.ended.troubles]
    assert Outcome.KEPT is told.results["chat-stream/text/plain"].outcome
    assert (2, 0) == (told.ended.exit_code(), said.ended.exit_code())


class OneEndpoint(MockServer):
    """The mock without rerank."""

    def __init__(self):
        super().__init__()
        served = self._mock.app

        async def app(scope, receive, send):
            if scope["path"].endswith("/rerank"):
                scope = {**scope, "path": "/nowhere", "raw_path": b"/nowhere"}
            await served(scope, receive, send)

        self._mock.app = app
        self._server.config.app = app

    def __enter__(self):
        return super().__enter__().url


def known(*lines):
    """A baseline of these entries."""
    pairs = (line.split() for line in lines)
    return Baseline(Known(code, glob, number) for number, (code, glob) in enumerate(pairs, 1))


def test_known_failures_do_not_fail_a_run(play):
    """A case whose errors are all known is known to fail, and the run passes."""
    told = play("mock:?fault=STREAM-014", only=("chat-stream/text/plain", "rerank/plain/all"),
                baseline=known("STREAM-014 chat-stream/**"))  # fmt: skip

    assert Outcome.KNOWN is told.results["chat-stream/text/plain"].outcome
    assert 0 == told.ended.exit_code()


def test_a_failure_beside_a_known_one_fails(play):
    """An error that is not known fails the case, whatever else is known of it."""
    told = play("mock:?fault=STREAM-014,CHAT-103", only=("chat-stream/text/plain",),
                baseline=known("STREAM-014 chat-stream/**"))  # fmt: skip

    assert Outcome.BROKEN is told.results["chat-stream/text/plain"].outcome
    assert 1 == told.ended.exit_code()


def test_a_known_failure_that_passes_fails_the_run(play):
    """An entry that its cases no longer need fails the run; one of a case not run does not."""
    told = play("mock:", only=("chat-stream/text/plain",),
                baseline=known("STREAM-014 chat-stream/text/plain", "RERANK-106 rerank"))  # fmt: skip

    assert ("STREAM-014",) == tuple(each.code for each in told.ended.stale)
    assert 1 == told.ended.exit_code()


def test_a_known_warning_under_strict(play):
    """Under strict a warning fails too, unless it is known."""
    only = ("chat-stream/text/plain",)
    entry = "STREAM-024 chat-stream/text/plain"

    assert 0 == play("mock:?fault=STREAM-024", only=only).ended.exit_code()
    assert 1 == play("mock:?fault=STREAM-024", only=only, strict=True).ended.exit_code()
    told = play("mock:?fault=STREAM-024", only=only, strict=True, baseline=known(entry))
    assert 0 == told.ended.exit_code()


def test_what_an_answer_does_not_show(play):
    """An answer without what its case is about says nothing, unless the feature is declared."""
    with MockServer() as server:
        url = f"{server.url}/fault=TOOL-008"
        only = ("chat-stream/tool-choice/required",)
        silent = play(url, only=only, ignore=("TOOL",))
        declared = play(url, only=only, ignore=("TOOL",), declared=("tool-choice",))

    assert Outcome.UNSHOWN is silent.results[only[0]].outcome
    assert "the answer does not show a tool call" == silent.results[only[0]].note
    assert ["RUN-002"] == list(declared.codes())
    assert 1 == declared.ended.exit_code()


def test_a_documented_refusal(play):
    """A refusal for a documented reason says nothing, unless the feature is declared."""
    only = ("chat-stream/options/logprobs",)
    with Refusing("logprobs are not supported by this model") as url:
        silent = play(url, only=only)
        declared = play(url, only=only, declared=("logprobs",))

    assert Outcome.UNSHOWN is silent.results[only[0]].outcome
    assert ["RUN-002"] == list(declared.codes())


def test_a_refusal_without_a_reason(play):
    """A refusal of a sound request for no documented reason is a fault."""
    with Refusing("the moon is in the wrong phase") as url:
        told = play(url, only=("chat-stream/options/logprobs",))

    assert ["HTTP-008"] == list(told.codes())


def test_a_model_that_a_server_does_not_have(play):
    """Another model than that for chat may be absent, unless its feature is declared."""
    only = ("chat-stream/thinking/enabled",)
    with Refusing("model 'command-a-reasoning-08-2025' not found", 404) as url:
        silent = play(url, only=only)
        declared = play(url, only=only, declared=("thinking",))
        named = play(url, only=only, given_models=("thinking",))

    assert Outcome.UNSHOWN is silent.results[only[0]].outcome
    assert "--model thinking=NAME" in silent.results[only[0]].note
    assert "HTTP-011" in declared.codes()
    assert ["HTTP-011"] == list(named.codes())


class Refusing(MockServer):
    """The mock, but for sound requests, which it refuses with a message."""

    def __init__(self, message, status=400):
        super().__init__()
        served = self._mock.app
        refusal = json.dumps({"message": message}).encode()

        async def app(scope, receive, send):
            parts = []
            while True:
                event = await receive()
                parts.append(event)
                if event["type"] != "http.request" or not event.get("more_body"):
                    break
            sent = b"".join(part.get("body", b"") for part in parts)
            if b'"messages"' not in sent:
                queue = iter(parts)

                async def again():
                    return next(queue, None) or await receive()

                await served(scope, again, send)
                return
            head = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": status, "headers": head})
            await send({"type": "http.response.body", "body": refusal})

        self._mock.app = app
        self._server.config.app = app

    def __enter__(self):
        return super().__enter__().url


def test_a_fault_of_the_suite_is_no_finding(play, monkeypatch):
    """When a case itself breaks, the run ends with 2 and blames nobody else."""
    from conformance.suite.scenarios import Scenario

    monkeypatch.setattr(Scenario, "play", lambda *_: 1 / 0)
    from conformance.suite.catalogue import all_cases

    all_cases.cache_clear()
    try:
        told = play("mock:", only=("chat-stream/text/plain",))
    finally:
        monkeypatch.undo()
        all_cases.cache_clear()

    assert ({}, 2) == (told.results, told.ended.exit_code())
    assert any("the suite failed" in each.what for each in told.ended.troubles)


def test_a_faulty_request_of_the_suite_is_trouble(play, monkeypatch):
    """A rule that finds a fault in a request that was meant to be sound ends the run with 2."""
    from conformance.suite.play import Play

    plain = Play.body

    def faulty(self, body, role="chat"):
        return {**plain(self, body, role), "top_k": 1}

    monkeypatch.setattr(Play, "body", faulty)
    told = play("mock:", only=("rerank/plain/all",))

    (trouble,) = told.results["rerank/plain/all"].troubles
    assert trouble.what.startswith("a request of this suite is faulty: RERANK-004")
    assert 2 == told.ended.exit_code()


def test_selected_rules_only(play):
    """With `select` and `ignore` other rules neither fail the run nor count as checks."""
    only = ("chat-stream/text/plain",)
    ignored = play("mock:?fault=STREAM-014", only=only, ignore=("STREAM",))
    chosen = play("mock:?fault=STREAM-014", only=only, select=("STREAM-014",))

    assert 0 == ignored.ended.exit_code()
    assert (1, 1) == (chosen.ended.exit_code(), chosen.ended.checks)


def test_workers_find_the_same(play):
    """Two processes find what one finds."""
    settings = {"only": ("rerank/plain", "chat-stream/text"), "ignore": ()}
    alone = play("mock:?fault=RERANK-106", **settings)
    together = play("mock:?fault=RERANK-106", workers=2, **settings)

    assert alone.codes() == {code: sorted(names, key=names.index) for code, names in
                             alone.codes().items()}  # fmt: skip
    assert {c: sorted(n) for c, n in alone.codes().items()} == {
        c: sorted(n) for c, n in together.codes().items()
    }
    assert 1 == together.ended.exit_code()


def test_the_environment_of_the_user_does_not_matter(play, monkeypatch, tmp_path):
    """Options, plugins and a conftest of the user's own project are none of a run's business."""
    (tmp_path / "conftest.py").write_text("raise RuntimeError\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")

    told = play("mock:", only=SMALL)

    assert 0 == told.ended.exit_code()
    assert ["conftest.py", "pytest.ini"] == sorted(p.name for p in tmp_path.iterdir())


def test_recordings_of_a_run_are_played_again(play, tmp_path):
    """What `--record` keeps is a target of its own, with the same verdicts and no network."""
    only = ("chat-stream/text", "chat-stream/tools", "rerank/plain")
    folder = tmp_path / "kept"
    with MockServer() as server:
        first = play(server.url, only=only, record=str(folder))
    again = play(f"cassette:{folder}", only=only)

    assert 0 == first.ended.exit_code() == again.ended.exit_code()
    assert first.ended.score.judged == again.ended.score.judged


def test_a_request_that_was_not_recorded_is_not_judged(play, tmp_path):
    """A case without its recording says so, and does not count as passed."""
    folder = tmp_path / "kept"
    play("mock:", only=("chat-stream/text/plain",), record=str(folder))
    told = play(f"cassette:{folder}", only=("chat-stream/text",))

    assert Outcome.KEPT is told.results["chat-stream/text/plain"].outcome
    assert "not recorded" in told.results["chat-stream/text/system"].note


def test_a_budget_is_a_hard_stop(play):
    """A run that uses up its budget ends with 2, and tells what it judged until then."""
    with MockServer() as server:
        told = play(server.url, only=("chat-stream/text",), max_requests=6)

    assert 2 == told.ended.exit_code()
    assert told.ended.score.judged >= 3
    troubles = [t.what for r in told.results.values() for t in r.troubles]
    assert {"the budget of 6 requests is used up"} == set(troubles)


def test_the_proof_comes_first(play):
    """With a proof the run says how many checks were shown able to fail."""
    told = play("mock:", only=("chat-stream/text/plain",), proving=True)

    proof = told.ended.proof
    assert proof.shown == proof.checks == told.ended.checks
    assert str(proof) == closing_sentence(told.ended)[-1]


def test_a_check_that_cannot_fail_spoils_the_run(play, monkeypatch):
    """A run whose proof fails ends with 2, and names the check."""
    import conformance.suite.prove as module

    blind = module.server_rules()[0]
    monkeypatch.setattr(module, "_reports", lambda rule, text: text == rule.breaks != blind.breaks)
    told = play("mock:", only=("chat-stream/text/plain",), proving=True)

    assert 2 == told.ended.exit_code()
    assert ["checks cannot be trusted: HTTP-001"] == [each.what for each in told.ended.troubles]


def test_a_full_run_on_the_mock(play):
    """The default run is green, plays every case, and leaves next to nothing unexercised."""
    told = play("mock:", examples=10)

    assert ({}, {}) == (told.codes("error"), told.codes("warning"))
    assert {Outcome.KEPT} == {result.outcome for result in told.results.values()}
    assert set(told.ended.unexercised) <= {"CHAT-107"}
    assert 0 == told.ended.exit_code()


def test_nothing_judged_is_never_green():
    """A run without anything judged ends with 2 even if nothing went wrong."""
    assert 2 == RunEnded(Score()).exit_code()


def test_reports_of_a_run(play, tmp_path, command):
    """`--report` writes the truth and its views, with the exit code in the footer."""
    code, _, _ = command("run", "mock:?fault=STREAM-014", "--only", "chat-stream/text/plain",
                         "--report", tmp_path / "report")  # fmt: skip

    lines = (tmp_path / "report" / "report.jsonl").read_text().splitlines()
    footer = json.loads(lines[-1])
    assert (1, 1, True) == (code, footer["exit"], footer["complete"])
    assert {"report.html", "junit.xml", "summary.md"} <= {
        p.name for p in (tmp_path / "report").iterdir()
    }
