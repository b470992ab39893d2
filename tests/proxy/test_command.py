"""The command `proxy`: what it prints, what it keeps, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import httpx
import pytest

from conformance.cassette import find, read
from conformance.cli import main
from conformance.mock.server import MockServer
from tests.targets.conftest import Scripted
from tests.targets.test_canary import echo, forms

KEY = "co.Canary-7f3a9b5e1d2c4a6b8090aZ"
CHAT = {
    "model": "command-a-03-2025",
    "stream": True,
    "messages": [{"role": "user", "content": f"Hi, {KEY}"}],
}
HEADERS = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def mock():
    """The mock."""
    with MockServer() as server:
        yield server


class Ended:
    """What a proxy said in its life."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def play(mock, tmp_path):
    """Run the command, send chat requests of these bodies with these faults, and end it."""

    def run(*arguments, requests=(("", CHAT),), upstream=None, ended_by=signal.SIGINT, got=None):
        code = "from conformance.cli import main; main()"
        words = ["proxy", "--upstream", upstream or mock.url, *map(str, arguments)]
        with subprocess.Popen(
            [sys.executable, "-c", code, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        ) as process:
            machine = "--format" in arguments and "text" not in arguments
            first = (process.stderr if machine else process.stdout).readline()
            for fault, body in requests:
                path = f"/fault={fault}/v2/chat" if fault else "/v2/chat"
                try:
                    answer = httpx.post(first.split()[0] + path, json=body, headers=HEADERS)
                    if got is not None:
                        got.append(answer)
                except httpx.HTTPError:
                    assert "cut" in fault
            process.send_signal(ended_by)
            out, err = process.communicate(timeout=20)
        said = Ended(process.returncode, out, err)
        said.first = first

        assert KEY not in first + out + err
        return said

    return run


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_all_as_promised(play, mock, ended_by):
    """It tells where it listens and between whom it stands; then each exchange, and the sum."""
    said = play(ended_by=ended_by)
    line, *_, last = said.out.splitlines()

    assert f"to {mock.url}, judges client and server; Ctrl-C stops it" in said.first
    assert line.startswith("#1  POST /v2/chat  200  ")
    assert line.endswith("as promised")
    assert "1 exchange judged: 0 errors, 0 warnings, 0 notes" == last
    assert (0, "") == (said.code, said.err)


def test_faults_of_both(play):
    """Each finding has its party, in the line of its exchange and in the summary."""
    faulty = {**CHAT, "temperature": 3}
    said = play(requests=[("STREAM-014", CHAT), ("", faulty)])

    assert "error STREAM-014 orphan-delta" in said.out
    assert "(server, event 2)" in said.out
    assert "(client, request)" in said.out
    assert "refused as promised" in said.out
    assert "= explain: cohere-conformance explain STREAM-014" in said.out
    assert 1 == said.code


@pytest.mark.parametrize(("judge", "code"), [("client", 0), ("server", 1), ("both", 1)])
def test_the_judged_party_decides(play, judge, code):
    """With `--judge` the faults of the other neither show nor count."""
    said = play("--judge", judge, requests=[("STREAM-014", CHAT)])

    assert (code, code == 1) == (said.code, "orphan-delta" in said.out)


def test_a_refusal_does_not_clear_the_client(play):
    """Where the client is judged, a fault that the server refuses is one all the same."""
    said = play("--judge", "client", requests=[("", {**CHAT, "temperature": 3})])

    assert "1 error of the client" in said.out
    assert 1 == said.code


def test_an_answer_that_breaks_off(play):
    """A cut is the server's."""
    said = play("-q", requests=[("cut-at-event=2", CHAT)])

    assert ["1 exchange judged: 1 error, 0 warnings, 0 notes"] == said.out.splitlines()
    assert 1 == said.code


def test_a_server_that_is_not_there(play):
    """It ends with 2 when the server gave no answer, and says why."""
    said = play(upstream="http://127.0.0.1:9")

    assert "no answer: the server at http://127.0.0.1:9 cannot be reached" in said.out
    assert said.out.rstrip().endswith("; 1 not answered by the server")
    assert 2 == said.code


def test_nothing_came(play):
    """Without a request nothing was judged, which is no success."""
    said = play(requests=[])

    assert (2, "nothing judged: no request came") == (said.code, said.out.strip())


def test_recordings_and_reports(play, tmp_path):
    """Recordings and reports are complete, without the key, and judged as they were on the way."""
    said = play("--record", "kept", "--report", "told", requests=[("STREAM-014", CHAT)] * 2)
    files = find([tmp_path / "kept"])
    texts = [f.read_bytes() for f in tmp_path.rglob("*") if f.is_file()]
    with pytest.raises(SystemExit) as again:
        main(["check", "-q", str(tmp_path / "kept")])
    names = {"report.jsonl", "report.html", "junit.xml", "summary.md"}

    assert 2 == len(files)
    assert 1 == len({exchange.response.body for f in files for exchange in read(f)})
    assert names <= {f.name for f in (tmp_path / "told").iterdir()}
    assert [] == [text for text in texts if KEY.encode() in text or KEY[::-1].encode() in text]
    assert (1, 1) == (said.code, again.value.code)
    assert "kept/chat/" in said.out


@pytest.mark.parametrize("form", ["text", "jsonl", "github"])
def test_a_server_that_echoes_the_key(play, tmp_path, form):
    """The client gets what the server sent; nothing that is kept or said of it has the key in any form."""
    body = echo(KEY)
    head = (
        f"HTTP/1.1 401 No\r\nContent-Type: application/json\r\nX-Echo: Bearer {KEY}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    server = Scripted([head.encode() + body])
    got = []
    try:
        said = play(
            *("--record", "kept", "--report", "told", "--format", form, "-v"),
            upstream=server.url,
            requests=[("", {**CHAT, "temperature": 9})],
            got=got,
        )
    finally:
        server.close()
    texts = [f.read_text(encoding="utf-8") for f in tmp_path.rglob("*") if f.is_file()]
    texts += [said.first, said.out, said.err]

    assert KEY.encode() in server.requests[0]
    assert [body] == [answer.content for answer in got]
    assert len(texts) > 6
    assert [] == [(f, text[:500]) for text in texts for f in forms(KEY) if f in text]


def test_json_lines(play):
    """For machines there is nothing but JSON on standard output, with header and footer."""
    said = play("--format", "jsonl", requests=[("", CHAT), ("STREAM-014", CHAT)])
    records = [json.loads(line) for line in said.out.splitlines()]

    assert ["header", "exchange", "exchange", "violation", "footer"] == [r["kind"] for r in records]
    assert [1, 2] == [r["exchange"] for r in records if r["kind"] == "exchange"]
    assert 1 == records[-1]["exit"] == said.code


def test_annotations(play):
    """For GitHub each finding is an annotation."""
    said = play("--format", "github", requests=[("STREAM-014", CHAT)])

    assert said.out.startswith("::error file=proxy,title=STREAM-014 orphan-delta::")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "`--upstream`"),
        (["--upstream", "localhost"], "is not the address of a server"),
        (["--upstream", "http://u:p@localhost"], "user name or a password"),
        (["--upstream", "http://localhost", "--select", "STREM-014"], "did you mean"),
        (["--upstream", "http://localhost", "--host", "192.0.2.1"], "cannot listen"),
        (["--upstream", "http://localhost", "--record", "/dev/null/x"], "--record"),
        (["--upstream", "http://localhost", "--report", "/dev/null/x"], "--report"),
    ],
)
def test_usage_errors(capsys, words, says):
    """A bad option ends the command with 2 and a message that helps."""
    with pytest.raises(SystemExit) as ended:
        main(["proxy", *words])
    said = capsys.readouterr()

    assert 2 == ended.value.code
    assert says in said.err
    assert "u:p@" not in said.err
