"""The words of a user become the target that was meant, or an error that says what to write."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from conformance.data import data_path
from conformance.errors import TargetError, UsageError
from conformance.mock.server import MockServer
from conformance.targets import Recorder, TargetOptions, json_request, open_target, probe
from conformance.targets.budget import DEFAULT_BUDGET, UNLIMITED, Budget
from conformance.targets.mock import settings_from
from conformance.targets.pacing import NO_PACE, TRIAL, Rates


def test_the_mock_is_a_server_of_its_own(chat):
    """`mock:` starts a server that answers, and closing it ends it."""
    with open_target("mock:") as target:
        url, exchange = target.url, target.send(chat())
    with pytest.raises(TargetError), open_target(url) as gone:
        gone.send(chat())

    assert (200, "mock:") == (exchange.response.status, exchange.origin.file)


def test_options_of_the_mock():
    """Every option of the mock can be written into the target."""
    spec = (
        "mock:?profile=rich&fault=STREAM-014,wrong-length=+5&seed=3&key=a-key&latency=20ms"
        "&length=7&any-model=yes&"
    )
    found = settings_from(spec)

    assert ("rich", 3, "a-key", 0.02, 7, True) == (
        found.profile.name, found.seed, found.key, found.latency, found.length, found.any_model,
    )  # fmt: skip
    assert ["STREAM-014", "wrong-length=+5"] == [step.text for step in found.plan.steps]


def test_a_fault_of_the_mock_shows(chat):
    """A fault that is written into the target is in the answer."""
    with open_target("mock:?fault=cut-at-event=2") as target:
        assert not target.send(chat()).response.complete


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("mock:?profil=rich", "did you mean `profile`?"),
        ("mock:?fault=STREAM-999", "did you mean"),
        ("mock:?profile=rihc", "did you mean `rich`?"),
        ("mock:?seed=x", "write `seed=20`"),
        ("mock:?latency=-1", "write `20ms`"),
        ("mock:?any-model=perhaps", "yes"),
        ("mock:?zzz=1", "the options are `profile`"),
        ("mock:?seed", "the options are"),
        ("mock:rich", "mock:?profile=rich"),
        ("moc:", "did you mean `mock:`?"),
        ("casette:x", "did you mean `cassette:`?"),
        ("api.cohere.com", "did you mean `https://api.cohere.com`?"),
        ("localhost:8000", "did you mean `http://localhost:8000`?"),
        ("127.0.0.1:8000/v2", "did you mean `http://127.0.0.1:8000/v2`?"),
        ("ftp://host", "a target is"),
        ("", "a target is"),
        ("recordings", "a target is"),
    ],
)
def test_what_is_no_target_is_answered_with_help(spec, hint):
    """A misspelt target or option is a UsageError with the nearest that there is."""
    with pytest.raises(UsageError) as caught:
        open_target(spec)

    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("url", "options", "budget", "rates"),
    [
        ("https://api.cohere.com", {}, DEFAULT_BUDGET, TRIAL),
        ("https://10.1.2.3/v2", {}, DEFAULT_BUDGET, TRIAL),
        ("http://127.0.0.1:8000", {}, UNLIMITED, NO_PACE),
        ("http://localhost:8000", {"pace": "trial", "max_requests": 9}, Budget(9), TRIAL),
        ("https://api.cohere.com", {"pace": "none", "max_requests": 0, "max_tokens": 5},
         Budget(None, 5), NO_PACE),
        ("https://api.cohere.com", {"pace": "40/10"}, DEFAULT_BUDGET, Rates(40, 10)),
    ],
)  # fmt: skip
def test_limits_follow_the_address(monkeypatch, fake_key, url, options, budget, rates):
    """A server elsewhere has a budget and the pace of a trial key unless the user says otherwise."""
    monkeypatch.setenv("CO_API_KEY", fake_key)
    with open_target(url, TargetOptions(**options)) as target:
        assert (budget, rates) == (target.purse.budget, target.pace.rates)


def test_the_key_is_taken_from_the_named_variable(monkeypatch, fake_key):
    """`CO_API_KEY` by default, another when it is named."""
    monkeypatch.setenv("CO_API_KEY", fake_key)
    monkeypatch.setenv("OTHER_KEY", "other-" + fake_key)
    with (
        open_target("http://localhost:1") as first,
        open_target("http://localhost:1", TargetOptions(api_key_env="OTHER_KEY")) as second,
    ):
        assert [fake_key, "other-" + fake_key] == [first.key.reveal(), second.key.reveal()]


def test_a_missing_key_is_said_so(monkeypatch):
    """Without a key a server elsewhere is not asked; one on this machine gets a placeholder."""
    monkeypatch.delenv("CO_API_KEY", raising=False)
    with pytest.raises(UsageError, match="no API key: `CO_API_KEY` is not set") as caught:
        open_target("https://api.cohere.com")
    with pytest.raises(UsageError, match="no API key: `MY_KEY` is not set"):
        open_target("http://localhost:1", TargetOptions(api_key_env="MY_KEY"))
    with open_target("http://localhost:1") as target:
        assert "no-key" == target.key.reveal()

    assert "--api-key-env" in caught.value.hint


@pytest.mark.parametrize("spec", ["mock:", "http://localhost:1"])
def test_recording_goes_around_any_server(tmp_path, spec):
    """With a folder every target with a server is recorded."""
    with open_target(spec, TargetOptions(record=tmp_path / "folder")) as target:
        assert isinstance(target, Recorder)


def test_a_folder_that_is_a_file_leaves_nothing_running(tmp_path):
    """When recording is not possible, what was opened is closed again."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="no recordings"):
        open_target("mock:", TargetOptions(record=tmp_path / "file"))


def test_options_can_be_handed_to_workers():
    """What a user chose can be pickled, and holds no key."""
    options = TargetOptions(api_key_env="OTHER_KEY", record=Path("folder"), max_requests=3)

    assert options == pickle.loads(pickle.dumps(options))


class TestProbe:
    """Before a run it is known whether there is a server, which routes it has, and the key is good."""

    def test_the_mock_has_both_routes(self):
        """A conformant server has both, and nothing is recorded."""
        with open_target("mock:") as target:
            assert {"/v2/chat": True, "/v2/rerank": True} == probe(target)

    def test_recordings_are_not_asked(self):
        """Recordings have what they have."""
        with open_target(f"cassette:{data_path('recordings')}") as target:
            assert {"/v2/chat": True, "/v2/rerank": True} == probe(target)

    def test_a_probe_is_not_recorded(self, tmp_path):
        """The faulty request of a probe leaves no file."""
        with open_target("mock:", TargetOptions(record=tmp_path)) as target:
            probe(target)

        assert [] == list(tmp_path.iterdir())

    def test_a_refused_key(self, monkeypatch):
        """A wrong key is one message, with what the server said."""
        monkeypatch.setenv("CO_API_KEY", "a-wrong-key")
        from conformance.mock.settings import Settings

        with (
            MockServer(Settings(key="the-right-key")) as server,
            open_target(server.url) as target,
            pytest.raises(TargetError, match="the key is refused: `invalid api token`"),
        ):
            probe(target)

    def test_one_route_is_enough(self, scripted, http):
        """A server with rerank alone is a server."""
        server = scripted([http(b"{}", status="404 X")], [http(b"{}", status="400 X")])
        with open_target(server.url) as target:
            assert {"/v2/chat": False, "/v2/rerank": True} == probe(target)

    @pytest.mark.parametrize(
        ("status", "fields", "body", "what"),
        [
            ("404 X", (), b"{}", "has neither `/v2/chat` nor `/v2/rerank`"),
            ("404 X", (), b"<html><title>Not found</title>", "has neither `/v2/chat`"),
            ("401 X", (), b'{"message":"who?"}', "the key is refused: `who?`"),
            ("498 X", (), b"", "the key is refused"),
            ("403 X", (), b"[]", "access is refused with 403"),
            ("301 X", ("Location: https://elsewhere/",), b"", "redirects to `https://elsewhere/`"),
            ("503 X", (), b'{"message":"starting"}', "status `503`: `starting`"),
            ("400 X", (), b"<!DOCTYPE html><title>plain HTTP to TLS</title>", "a web page came"),
            ("200 X", (), b"<html>", "a web page came back, with status `200`"),
        ],
    )
    def test_what_is_no_server_of_this_api(self, scripted, http, status, fields, body, what):
        """Every other first answer is one clear error."""
        server = scripted([http(body, status=status, headers=fields)])
        with open_target(server.url) as target, pytest.raises(TargetError) as caught:
            probe(target)

        assert what in caught.value.what
        assert (server.url, True) == (caught.value.where, bool(caught.value.hint))

    @pytest.mark.parametrize("status", ["200 OK", "400 X", "422 X", "405 X", "500 X"])
    def test_faults_are_left_to_the_run(self, scripted, http, status):
        """A server that answers, however wrongly, is judged by the run."""
        server = scripted([http(b"{}", status=status)])
        with open_target(server.url) as target:
            assert {"/v2/chat": True, "/v2/rerank": True} == probe(target)


def test_a_request_looks_like_that_of_a_client():
    """A JSON request is a compact POST that accepts anything."""
    request = json_request("/v2/chat", {"a": "ü"}, accept="text/event-stream")

    assert ("POST", '{"a":"ü"}'.encode()) == (request.method, request.body)
    assert "text/event-stream" == request.header("accept")
    assert "application/json" == request.header("content-type")


def test_the_public_names_are_there():
    """Every public name of the package can be had, and no other."""
    from conformance import targets

    assert [] == [name for name in targets.__all__ if getattr(targets, name, None) is None]
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = targets.no_such_name


@pytest.mark.parametrize("spec", ["mock:", "http://localhost:1"])
def test_a_recorded_target_is_the_target(tmp_path, spec):
    """Name and address of a recorded target are its own."""
    with open_target(spec, TargetOptions(record=tmp_path)) as target:
        assert (target.target.name, target.target.url) == (target.name, target.url)
