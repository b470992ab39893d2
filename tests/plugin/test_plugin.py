"""The plugin as an application's tests meet it: each test runs pytest in a process of its own."""

from __future__ import annotations

import json
import re

import pytest

from conformance.cassette import read
from conformance.mock.server import MockProcess

pytest_plugins = ("pytester",)

APP = """
import httpx

BODY = {
    "model": "command-a-03-2025", "stream": True,
    "messages": [{"role": "user", "content": "How high is the tide?"}],
}


def ask(url, key="a-key-of-ours", **more):
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.post(url + "/v2/chat", json={**BODY, **more}, headers=headers)
"""
LIVE_KEY = "co-canary-0987654321-abcdef"


@pytest.fixture
def run(pytester, monkeypatch):
    """Run pytest on these tests, in a process without any plugin but ours."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("CO_API_KEY", raising=False)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    pytester.makepyfile(app=APP)

    def command(source, *arguments):
        name = "test_application"
        pytester.makepyfile(**{name: f"import pytest\nfrom app import ask, BODY\n{source}"})
        options = ["-p", "conformance.pytest_plugin", "-p", "no:cacheprovider", "-rA"]
        return pytester.runpytest_subprocess(*options, *arguments)

    return command


def outcome(result, test):
    """What came of a test, and what the summary says of it; an error comes after what passed."""
    pattern = rf"^(PASSED|FAILED|ERROR|XFAIL) \S*::{test}(?: - (.*))?$"
    found = re.findall(pattern, result.stdout.str(), re.MULTILINE)
    assert found, result.stdout.str()
    return found[-1]


def test_a_client_is_judged_by_what_it_sends(run):
    """A faulty request fails the test, refused or not; a sound one and a tolerated one do not."""
    result = run(
        """
        import conformance

        def test_sound(cohere_server):
            assert ask(cohere_server.url, cohere_server.key).status_code == 200
            assert cohere_server.requests == [BODY]
            assert [v.judged for v in cohere_server.verdicts] == [True]
            cohere_server.assert_conformant()

        def test_faulty(cohere_server):
            assert ask(cohere_server.url, temperature=7).status_code == 400

        def test_tolerated(cohere_server):
            cohere_server.tolerate("out-of-range")
            ask(cohere_server.url, temperature=7)
            assert cohere_server.violations == []

        def test_all_tolerated(cohere_server):
            cohere_server.tolerate()
            ask(cohere_server.url, temperature=7, colour="red")

        def test_something_else_is_tolerated(cohere_server):
            cohere_server.tolerate("CITE", "CHAT-006")
            ask(cohere_server.url, temperature=7)

        @pytest.mark.cohere_rule("CITE")
        def test_other_rules(cohere_server):
            ask(cohere_server.url, temperature=7)

        @pytest.mark.cohere_rule("CHAT-006", "out-of-range")
        def test_this_rule(cohere_server):
            ask(cohere_server.url, temperature=7)

        def test_at_the_end(cohere_server, request):
            request.addfinalizer(lambda: ask(cohere_server.url, temperature=7))

        def test_fails_by_itself(cohere_server):
            assert ask(cohere_server.url, temperature=7).status_code == 200

        @pytest.mark.xfail(raises=conformance.ConformanceViolation)
        def test_expected(cohere_server):
            ask(cohere_server.url, temperature=7)

        def test_without_a_key(cohere_server):
            import httpx
            assert httpx.post(cohere_server.url + "/v2/chat", json=BODY).status_code == 401

        def test_untouched(cohere_server):
            pass
        """.replace("\n        ", "\n")
    )
    headline = "CHAT-007 out-of-range: `/temperature` is `7`; `maximum` is `1`"
    text = result.stdout.str()

    for name in ("sound", "tolerated", "all_tolerated", "other_rules", "untouched"):
        assert ("PASSED", "") == outcome(result, f"test_{name}")
    for name in ("faulty", "something_else_is_tolerated", "this_rule"):
        kind, said = outcome(result, f"test_{name}")
        assert ("FAILED", True) == (kind, headline.startswith(said.removesuffix("...")))
    assert "ERROR" == outcome(result, "test_at_the_end")[0]
    assert outcome(result, "test_fails_by_itself")[1].endswith("assert 400 == 200")
    assert "XFAIL" == outcome(result, "test_expected")[0]
    assert outcome(result, "test_without_a_key")[1].startswith("HTTP-012 missing-authorization:")
    # The headline stands alone on its line, the rest of the message below it.
    assert f"\n{headline}\n  --> test_application.py::test_faulty, request `/temperature`\n" in text
    assert "= explain: cohere-conformance explain CHAT-007" in text
    # A test that fails by itself shows what the client did, and fails once.
    assert "Cohere's API in this test" in text
    assert "errors=1" not in text
    result.assert_outcomes(passed=6, failed=5, errors=1, xfailed=1)
    assert "cohere: 11 exchanges of 11 tests judged" in text


def test_the_mock_behaves_as_a_test_asks(run):
    """Marks and `configure` choose faults and profiles for one test; errors name the nearest word."""
    result = run(
        """
        import conformance

        @pytest.mark.cohere_mock(fault="STREAM-014")
        def test_fault(cohere_server):
            with pytest.raises(conformance.ConformanceViolation) as raised:
                conformance.assert_conformant(ask(cohere_server.url))
            first, *rest = str(raised.value).splitlines()
            assert first == raised.value.violation.headline
            assert first.startswith("STREAM-014 orphan-delta: ")
            assert rest[0].startswith("  --> response, event 2 of ")

        def test_next(cohere_server):
            conformance.assert_conformant(ask(cohere_server.url))

        def test_configured(cohere_server):
            cohere_server.configure(fault="429*1", seed=5)
            codes = [ask(cohere_server.url).status_code for _ in range(3)]
            assert codes == [429, 200, 200]
            cohere_server.configure(fault="", key="the-one-key")
            assert ask(cohere_server.url).status_code == 401
            assert ask(cohere_server.url, cohere_server.key).status_code == 200

        @pytest.mark.cohere_mock(fault="RERANK-106", profile="rich")
        @pytest.mark.cohere_mock(fault="STREAM-014")
        def test_two_marks(cohere_server):
            assert "x-trial-endpoint-call-limit" in ask(cohere_server.url).headers

        @pytest.mark.cohere_mock(falt="STREAM-014")
        def test_misspelt(cohere_server):
            pass

        @pytest.mark.cohere_mock("STREAM-014")
        def test_by_position(cohere_server):
            pass

        @pytest.mark.cohere_rule("STREM-014")
        def test_no_rule(cohere_server):
            pass

        def test_no_choice(cohere_server):
            cohere_server.configure(latency="soon")

        @pytest.mark.cohere_mock(length="many")
        def test_no_number(cohere_server):
            pass

        def test_stalled(cohere_server):
            import httpx
            cohere_server.configure(fault="stall=2")
            with pytest.raises(httpx.ReadTimeout), httpx.Client(timeout=0.3) as client:
                client.post(cohere_server.url + "/v2/chat", json=BODY,
                            headers={"Authorization": "Bearer x"})
            assert not cohere_server.exchanges[0].response.complete

        def test_no_json(cohere_server):
            import httpx
            cohere_server.tolerate()
            httpx.post(cohere_server.url + "/v2/chat", content=b"none")
            assert cohere_server.requests == [None]

        def test_no_tolerance(cohere_server):
            cohere_server.tolerate("CHAT-999")
        """.replace("\n        ", "\n")
    )
    text = result.stdout.str()

    for name in ("fault", "next", "configured", "two_marks", "stalled", "no_json"):
        assert ("PASSED", "") == outcome(result, f"test_{name}")
    for said in (
        "did you mean `fault`?",
        "takes its options by name",
        "did you mean `STREAM-014`?",
    ):
        assert said in text
    assert "`soon` is no time" in text
    assert "`length` cannot be `many`" in text
    assert "E         = help: did you mean `CHAT-1" in text
    # An error of the caller is shown at the line of the test.
    assert 2 == len(re.findall(r"^test_application.py:\d+: UsageError$", text, re.MULTILINE))
    assert "conformance/plugin" not in text.replace("\\", "/")


def test_httpx_clients_are_answered_in_the_process(run):
    """Sync and async clients get every piece, every kind of break, and only mocked hosts answer."""
    result = run(
        """
        import asyncio, httpx, conformance
        URL = "https://api.cohere.com"

        def test_sync(cohere_respx):
            response = ask(URL)
            assert response.text.endswith("data: [DONE]\\n\\n")
            conformance.assert_conformant(response)
            assert cohere_respx.requests == [BODY]
            assert len(cohere_respx.exchanges[0].response.chunks) > 5
            assert cohere_respx.router.calls.call_count == 1

        def test_async(cohere_respx):
            async def stream():
                async with httpx.AsyncClient() as client:
                    async with client.stream("POST", URL + "/v2/chat", json=BODY,
                                             headers={"Authorization": "Bearer x"}) as response:
                        return [piece async for piece in response.aiter_raw()]
            cohere_respx.configure(latency=0.0001)
            assert len(asyncio.run(stream())) > 5
            assert cohere_respx.verdicts[0].judged

        def test_another_base(cohere_respx):
            assert ask("http://gateway.example/cohere").status_code == 200

        def test_no_other_page(cohere_respx):
            assert httpx.get(URL + "/v1/models").status_code == 404

        def test_no_other_host(cohere_respx):
            with pytest.raises(AssertionError, match="not mocked"):
                httpx.get("https://example.org/")

        def test_a_route_of_its_own(cohere_respx):
            cohere_respx.router.get("https://example.org/").respond(204)
            assert httpx.get("https://example.org/").status_code == 204

        @pytest.mark.parametrize("fault, error", [
            ("cut-at-event=2", httpx.RemoteProtocolError), ("reset=2", httpx.ReadError),
            ("stall=2", httpx.ReadTimeout)])
        def test_breaks(cohere_respx, fault, error):
            cohere_respx.configure(fault=fault)
            with pytest.raises(error):
                ask(URL)
            assert not cohere_respx.exchanges[0].response.complete

        @pytest.mark.cohere_mock(fault="gzip, 503*1", latency=0.0001)
        def test_compressed(cohere_respx):
            assert [ask(URL).status_code, ask(URL).status_code] == [503, 200]
            assert b"message-start" in cohere_respx.exchanges[1].response.body

        def test_left_half_read(cohere_respx):
            with httpx.stream("POST", URL + "/v2/chat", json=BODY) as response:
                next(response.iter_raw())
            assert len(cohere_respx.exchanges) == 1
            cohere_respx.tolerate("HTTP-012")

        def test_faulty(cohere_respx):
            ask(URL, temperature=7)

        def test_bad_path_option(cohere_respx):
            assert ask(URL + "/fault=nonsense").status_code == 400
        """.replace("\n        ", "\n")
    )

    assert outcome(result, "test_faulty")[0] == "FAILED"
    result.assert_outcomes(passed=12, failed=1)


def test_tests_are_recorded_and_played_back(run, pytester):
    """A recording is written without keys, judged by `check`, and answers the same requests."""
    source = """
        @pytest.mark.parametrize("words", ["tide/é", "fog"])
        def test_rank(cohere_recording, words):
            for _ in range(2):
                ask(cohere_recording.url, cohere_recording.key, p=0.5)

        class TestIn:
            def test_stream(self, cohere_recording):
                question = [{"role": "user", "content": QUESTION}]
                assert ask(cohere_recording.url, "co-secret-key-1234", messages=question).text

        @pytest.mark.cohere_recording("recordings/test_application/TestIn.test_stream.yaml")
        def test_named(cohere_recording):
            question = [{"role": "user", "content": QUESTION}]
            assert ask(cohere_recording.url, messages=question).status_code == 200
        """.replace("\n        ", "\n")
    asked = source.replace("QUESTION", "'Why?'")
    missing = run(asked)
    recorded = run(asked, "--cohere-record", "recordings")
    files = sorted(path.name for path in (pytester.path / "recordings").rglob("*.yaml"))
    played = run(asked)
    other = run(source.replace("QUESTION", "'How?'"))
    file = pytester.path / "recordings/test_application/TestIn.test_stream.yaml"
    [exchange] = read(file)

    missing.assert_outcomes(errors=4)
    assert "this test has no recording" in missing.stdout.str()
    assert "--cohere-record" in missing.stdout.str()
    recorded.assert_outcomes(passed=4)
    assert ["TestIn.test_stream.yaml", "test_named.yaml"] == [f for f in files if "rank" not in f]
    assert 4 == len(files)
    assert "co-secret-key-1234" not in file.read_text()
    assert "http://localhost/v2/chat" == exchange.request.url
    played.assert_outcomes(passed=4)
    other.assert_outcomes(passed=2, failed=2)
    assert "no recording answers `POST /v2/chat`" in other.stdout.str()
    assert 'differs  $.messages[0].content: recorded `"Why?"`, asked `"How?"`' in (
        other.stdout.str()
    )


def test_a_server_stands_behind_the_same_fixtures(run, monkeypatch, pytester):
    """With a target tests talk to it, with its key and not theirs, and the mock cannot be told."""
    monkeypatch.setenv("CO_API_KEY", LIVE_KEY)
    source = """
        def test_served(cohere_server):
            assert ask(cohere_server.url, "not-the-key").status_code == 200
            assert len(cohere_server.exchanges[0].response.chunks) > 1

        def test_in_process(cohere_respx):
            assert ask("https://api.cohere.com", "not-the-key").status_code == 200

        def test_faulty(cohere_server):
            ask(cohere_server.url, temperature=7)

        def test_told(cohere_server):
            cohere_server.configure(fault="STREAM-014")

        def test_broken_off(cohere_server):
            import httpx
            with pytest.raises(httpx.RemoteProtocolError):
                ask(cohere_server.url + "/fault=cut-at-event=2")

        def test_over_budget(cohere_server):
            for _ in range(4):
                ask(cohere_server.url, "x")
        """.replace("\n        ", "\n")
    with MockProcess(["--key", LIVE_KEY]) as server:
        result = run(
            source, "--cohere-target", server.url, "--cohere-record", "kept",
            "--cohere-report", "report", "--cohere-max-requests", "7",
        )  # fmt: skip
        sent = server.log.total
    files = [p.read_bytes() for p in pytester.path.rglob("*") if p.is_file()]
    text = result.stdout.str()

    for name in ("served", "in_process"):
        assert ("PASSED", "") == outcome(result, f"test_{name}")
    assert outcome(result, "test_faulty")[1].startswith("CHAT-007")
    assert "only the mock can be told how to behave" in text
    assert "FAILED" == outcome(result, "test_over_budget")[0]
    assert 7 == sent
    assert not any(LIVE_KEY.encode() in each for each in files)
    assert LIVE_KEY not in text + result.stderr.str()


def test_a_target_that_cannot_be_reached_is_one_message(run):
    """Neither a wrong address nor a missing key makes a traceback."""
    source = """
        def test_it(cohere_server):
            ask(cohere_server.url, "x")
        """.replace("\n        ", "\n")
    closed = run(source, "--cohere-target", "http://127.0.0.1:9")
    keyless = run(source, "--cohere-target", "https://api.cohere.com")
    nonsense = run(source, "--cohere-target", "mcok:")

    assert "no API key: `CO_API_KEY` is not set" in keyless.stdout.str()
    assert "no such target: `mcok:`" in nonsense.stdout.str()
    assert "127.0.0.1:9" in closed.stdout.str()
    for result in (closed, keyless, nonsense):
        assert "Traceback" not in result.stdout.str()
        assert "conformance/plugin" not in result.stdout.str()
    closed.assert_outcomes(failed=1)
    keyless.assert_outcomes(errors=1)


def test_a_report_of_all_processes_is_written(run, pytester):
    """The workers of pytest-xdist hand over what they judged; the report has it once and whole."""
    pytest.importorskip("xdist")
    source = """
        @pytest.mark.parametrize("number", range(6))
        def test_it(cohere_server, number):
            ask(cohere_server.url, **({"temperature": 7} if number == 3 else {}))

        def test_tolerated(cohere_server):
            cohere_server.tolerate("CHAT-007")
            ask(cohere_server.url, temperature=7)

        @pytest.mark.cohere_rule("CHAT-007")
        def test_of_a_rule(cohere_server, record_property):
            pass
        """.replace("\n        ", "\n")
    result = run(
        source, "-p", "xdist.plugin", "-n", "2", "--cohere-report", "report", "--cohere-seed", "4",
        "--junit-xml", "junit.xml",
    )  # fmt: skip
    lines = [
        json.loads(line) for line in (pytester.path / "report/report.jsonl").read_text().split("\n")
        if line
    ]  # fmt: skip
    cases = [line for line in lines if line["kind"] == "case"]
    checks = [line for line in lines if line["kind"] == "check"]

    result.assert_outcomes(passed=7, failed=1)
    assert "cohere: the report is in report" in result.stdout.str()
    assert ("pytest", "client", 4) == tuple(lines[0][k] for k in ("command", "party", "seed"))
    assert 7 == len(cases) == len({case["name"] for case in cases})
    assert {"kept": 5, "broken": 1, "known": 1} == lines[-1]["outcomes"]
    assert 1 == lines[-1]["exit"]
    assert len(checks) == len({check["name"] for check in checks})
    assert 7 == next(check["judged"] for check in checks if check["name"] == "CHAT-007")
    assert (pytester.path / "report/report.html").exists()
    assert 'name="cohere_rule" value="CHAT-007"' in (pytester.path / "junit.xml").read_text()


def test_projects_choose_rules_and_defaults_in_their_settings(run, pytester):
    """pyproject.toml chooses rules and strictness; pytest's own settings the target."""
    pytester.makefile(
        ".toml",
        pyproject="""
        [tool.cohere-conformance]
        ignore = ["CHAT-007"]
        strict = true
        [tool.pytest.ini_options]
        cohere_target = "mock:?profile=minimal"
        """,
    )
    result = run(
        """
        def test_ignored(cohere_server):
            ask(cohere_server.url, temperature=7)

        def test_a_warning_fails(cohere_server):
            ask(cohere_server.url, frequency_penalty=0.1, presence_penalty=0.1)

        def test_target(cohere_server):
            assert "x-debug-trace-id" not in ask(cohere_server.url).headers
        """.replace("\n        ", "\n")
    )

    assert "CHAT-013 both-penalties" in outcome(result, "test_a_warning_fails")[1]
    result.assert_outcomes(passed=2, failed=1)


def test_fixtures_of_a_wider_scope_know_the_server(run):
    """The address is the same for all tests of a session; each test judges its own exchanges."""
    result = run(
        """
        @pytest.fixture(scope="session")
        def application(cohere_session_server):
            return lambda **more: ask(cohere_session_server.url, cohere_session_server.key, **more)

        def test_one(application, cohere_server):
            application()
            assert len(cohere_server.exchanges) == 1

        def test_two(application, cohere_server):
            application(temperature=7)

        def test_three(application, cohere_server):
            application()
            assert len(cohere_server.exchanges) == 1
        """.replace("\n        ", "\n")
    )

    assert "FAILED" == outcome(result, "test_two")[0]
    result.assert_outcomes(passed=2, failed=1)


def test_the_plugin_may_be_named_by_a_conftest_too(run, pytester):
    """A root conftest.py that names the plugin, as one does without entry points, is no error."""
    pytester.makeconftest('pytest_plugins = ["conformance.pytest_plugin"]')
    result = run("def test_it(cohere_server):\n    ask(cohere_server.url)\n")

    result.assert_outcomes(passed=1)


def test_marks_and_options_explain_themselves(run):
    """`--markers`, `--fixtures` and `--help` tell of each mark, fixture and option."""
    marks = run("", "--markers").stdout.str()
    fixtures = run("", "--fixtures").stdout.str()
    options = run("", "--help").stdout.str()

    for mark in ("cohere_mock(", "cohere_recording(", "cohere_rule("):
        assert f"@pytest.mark.{mark}" in marks
    for fixture in ("cohere_server", "cohere_respx", "cohere_recording", "cohere_session_server"):
        assert re.search(rf"^{fixture}\b.* -- .*\n    \S", fixtures, re.MULTILINE)
    for option in ("target", "record", "recordings", "seed", "report", "api-key-env"):
        assert f"--cohere-{option}" in options
