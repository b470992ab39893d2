"""`client -- COMMAND` over small programs: what is judged, what is told, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from conformance.cli import main
from conformance.clients.launch import variables_of
from conformance.errors import UsageError

# A stream that takes so long that whoever leaves it leaves before its end.
SLOW = ("--fault", "drip=0.005")
PROGRAM = """
import json, os, sys, time, urllib.error, urllib.request

def ask(url=None, key=None, most=10**9, path="/v2/chat", **more):
    body = {"model": "command-a-03-2025", "stream": True,
            "messages": [{"role": "user", "content": "Hi"}], **more}
    request = urllib.request.Request(
        (url or os.environ["CO_API_URL"]) + path, json.dumps(body).encode(),
        {"Authorization": "Bearer " + (key or os.environ["CO_API_KEY"]),
         "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            for number, line in enumerate(answer):
                if number >= most:
                    return
    except urllib.error.HTTPError:
        return
"""


@pytest.fixture
def run(tmp_path, capfd, monkeypatch):
    """Run `client OPTIONS -- python program.py`, whose program does this."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def start(code, *options, words=()):
        file = tmp_path / "program.py"
        file.write_text(PROGRAM + code, encoding="utf-8")
        command = ["--", sys.executable, str(file), *words]
        with pytest.raises(SystemExit) as ended:
            main(["client", *map(str, options), *command])
        said = capfd.readouterr()
        return ended.value.code, said.out, said.err

    return start


def test_a_good_program(run):
    """What it prints is passed on, then comes what it sent, and how it ended."""
    code, out, err = run("ask(); print('done')")
    first, head, line, *_, last = out.splitlines()

    assert "done" == first
    assert head.startswith("profile live · the program: exit code 0 · 1 request · ")
    assert line.startswith("#1  POST /v2/chat  200  ")
    assert line.endswith("as promised")
    assert "1 exchange judged: 0 errors, 0 warnings, 0 notes; the program: exit code 0" == last
    assert (0, "") == (code, err)


@pytest.mark.parametrize(
    ("code", "options", "expected", "says"),
    [
        ("ask(temprature=1)", (), 1, "error CHAT-006 unknown-request-field"),
        ("ask(most=4)", SLOW, 0, "warning CLIENT-040 leaves-stream"),
        ("ask(most=4)", (*SLOW, "--strict"), 1, "strict, so warnings fail"),
        ("ask(key='co-another-key')", (), 0, "warning CLIENT-044 uses-another-key"),
        ("ask(); sys.exit(7)", (), 1, "error CLIENT-045 fails-beside-the-mock"),
        ("ask(most=4); sys.exit(7)", SLOW, 1, "error CLIENT-045 fails-beside-the-mock"),
        ("ask(); sys.exit(7)", ("--fault", "chunks=9"), 1, "error CLIENT-045"),
        ("ask(); sys.exit(7)", ("--fault", "chunks=9, cut-at-event=2"), 0, "exit code 7"),
        ("ask()", ("--fault", "fail-at-event=2"), 0, "note CLIENT-046"),
        ("ask()", ("--case", "truncated/text-02-content-start"), 0, "note CLIENT-046"),
        ("ask(); sys.exit(7)", ("--ignore", "client-045"), 0, "the program: exit code 7"),
        ("ask(); ask(temperature=9)", ("--ignore", "CHAT"), 0, "2 exchanges judged: 0 errors"),
        ("ask(temperature=9); ask(temperature=9)", (), 1, "CLIENT-041 retries-what-is-refused"),
        ("ask(); ask()", ("--fault", "429=30*1"), 0, "CLIENT-042 ignores-retry-after"),
        ("ask()", ("--fault", "500", "-v"), 0, "note CLIENT-046 ends-well-without-answers"),
        ("ask(); sys.exit(1)", ("--fault", "500"), 0, "the program: exit code 1"),
        ("ask(); time.sleep(60)", ("--timeout", "8"), 1, "error CLIENT-003 hangs"),
        ("ask(path='/v1/chat')", (), 2, "nothing judged; 1 not judged (v1 API 1)"),
        ("ask(path='/v1/chat')", (), 2, "warning CLIENT-005 takes-another-route"),
        ("ask(stream=False)", (), 2, "what is judged and answered here are chats with `stream`"),
        ("ask(stream=None)", (), 1, "error CHAT-003 wrong-type: `/stream` is null"),
        ("ask(path='/v2/chat?key=' + os.environ['CO_API_KEY'])", (), 0, "warning CLIENT-048"),
    ],
)  # fmt: skip
def test_programs(run, code, options, expected, says):
    """Each habit and fault shows, and decides the exit code by its level."""
    ended, out, err = run(code, *options)

    assert says in out, err
    assert expected == ended


RAW = """
import socket
from urllib.parse import urlsplit

def send(data):
    at = urlsplit(os.environ["CO_API_URL"])
    with socket.create_connection((at.hostname, at.port), 10) as wire:
        wire.sendall(data.replace(b"KEY", os.environ["CO_API_KEY"].encode()))
        wire.shutdown(socket.SHUT_WR)
        while wire.recv(9999):
            pass

HEAD = (b"POST /v2/chat HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: Bearer KEY\\r\\n"
        b"Content-Type: application/json\\r\\n")
"""


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ("HEAD + b'Content-Length: 9\\r\\n\\r\\n{}'", "ended after 2 of the 9 bytes"),
        ("HEAD + b'Transfer-Encoding: chunked\\r\\n\\r\\n2\\r\\n{}'", "ended after 2 bytes"),
        ("HEAD", "closed inside the head of a request"),
        ("HEAD + b'A : KEY\\r\\n\\r\\n'", "what came is not HTTP: malformed header line"),
        ("b'\\x16\\x03\\x01\\x02\\x00\\x01'", "what came is TLS"),
    ],
)
def test_what_is_no_http(run, sent, says):
    """A request that is not whole or not HTTP is told, and no key with it."""
    code, out, err = run(f"{RAW}\nsend({sent})")

    assert "error CLIENT-047 garbles-http" in out, err
    assert says in " ".join(out.split())
    assert "co-" not in out
    assert 1 == code


def test_what_is_sent_in_no_call(run):
    """No faults: a connection on which nothing is sent, another endpoint, an empty line behind a body."""
    other = "HEAD.replace(b'chat', b'embed') + b'Content-Length: 2\\r\\n\\r\\n{}\\r\\n'"
    code, out, err = run(f"{RAW}\nsend(b'')\nask()\nsend({other})")

    assert "CLIENT" not in out, err
    assert 0 == code


def test_codes_of_the_project(run, tmp_path):
    """pyproject.toml names clauses about programs as the command line does, and others name them too."""
    table = '[tool.cohere-conformance]\nignore = ["client-045", "uses_another_key", "RUN"]\n'
    (tmp_path / "pyproject.toml").write_text(table, encoding="utf-8")
    code, out, err = run("ask(key='co-another-key'); sys.exit(7)")

    assert "1 exchange judged: 0 errors, 0 warnings" in out, err
    assert 0 == code


def test_scenarios(run):
    """The program runs once for each profile, fault and case, and each run is told apart."""
    wanted = [
        "--profile",
        "rich",
        "--fault",
        "gzip",
        "--case",
        "framing/bom",
        "--case",
        "cut/in-json",
    ]
    code, out, _ = run("try: ask()\nexcept OSError: sys.exit(4)", *wanted)
    heads = [line.partition(" · ")[0] for line in out.splitlines() if "the program: exit" in line]

    assert ["profile rich", "fault gzip", "case framing/bom", "case cut/in-json"] == heads[:-1]
    assert "4 exchanges judged" in out
    assert 0 == code


def test_an_answer_by_case(run, tmp_path):
    """The bytes of the case are what the program gets, its further answers when it asks again."""
    run(
        "import pathlib\n"
        "body = json.dumps({'model': 'm', 'stream': True, 'messages': []}).encode()\n"
        "for n in range(3):\n"
        "    r = urllib.request.Request(os.environ['CO_API_URL'] + '/v2/chat', body)\n"
        "    try: got = urllib.request.urlopen(r).status\n"
        "    except urllib.error.HTTPError as e: got = e.code\n"
        "    pathlib.Path(f'got{n}').write_text(str(got))",
        "--case", "status/503-then-served",
    )  # fmt: skip
    got = [(tmp_path / f"got{n}").read_text(encoding="utf-8") for n in range(3)]

    assert ["503", "200", "200"] == got


def test_the_address_by_other_ways(run):
    """Other variables and the arguments can hold the address and the key."""
    code, out, err = run(
        "ask(os.environ['BASE'], path=''); ask(sys.argv[1], sys.argv[2]); "
        "assert os.environ['BOTH'] == sys.argv[1] + ' ' + sys.argv[2]",
        "--env", "BASE=/v2/chat", "--env", "BOTH={url} {key}",
        words=["{url}", "{key}"],
    )  # fmt: skip

    assert "2 exchanges judged: 0 errors, 0 warnings" in out, err
    assert 0 == code


@pytest.mark.parametrize("given", ["", "=x", "A B", "Ä"])
def test_names_that_no_variable_has(given):
    """`--env` without the name of a variable is refused."""
    with pytest.raises(UsageError):
        variables_of([given])


def test_a_program_that_sends_nothing(run):
    """Nothing was judged, which is no success; the message tells what to do."""
    code, _, err = run("sys.exit(5)")

    assert 2 == code
    assert "the program sent nothing to the mock" in err
    assert "exit code 5" in err
    assert "`--env NAME`" in err


def test_silent_in_one_scenario(run):
    """A run without a request cannot hide behind another that has some."""
    code, out, _ = run(
        "import pathlib; flag = pathlib.Path('ran')\n"
        "if not flag.exists(): flag.touch(); ask()",
        "--profile", "live", "--profile", "rich",
    )  # fmt: skip

    assert "nothing was sent in profile rich" in out
    assert 2 == code


def test_json_lines(run):
    """For machines there is JSON on standard output, and what the program prints elsewhere."""
    code, out, err = run("print('hello'); ask(most=4)", "--format", "jsonl", *SLOW)
    records = [json.loads(line) for line in out.splitlines()]

    assert ["header", "exchange", "violation", "footer"] == [each["kind"] for each in records]
    assert "CLIENT-040" == records[2]["code"]
    assert "hello" in err
    assert 0 == code


def test_reports(run, tmp_path):
    """The report has the findings of single calls and of several; the mock's key is nowhere."""
    code, _, _ = run("ask(temprature=1); ask(temprature=1)", "--report", "told", "-q")
    names = {file.name for file in (tmp_path / "told").iterdir()}
    text = (tmp_path / "told" / "report.jsonl").read_text(encoding="utf-8")

    assert {"report.jsonl", "report.html", "junit.xml", "summary.md"} <= names
    assert {"CHAT-006", "CLIENT-041"} <= {
        json.loads(line)["code"] for line in text.splitlines() if '"kind":"violation"' in line
    }
    assert "Bearer co-" not in text
    assert 1 == code


def test_nothing_is_left_behind(run, tmp_path):
    """What a program started ends with it."""
    began = time.monotonic()
    run(
        "import subprocess, pathlib\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "pathlib.Path('pid').write_text(str(p.pid)); ask()"
    )
    pid = (tmp_path / "pid").read_text(encoding="utf-8")
    deadline = time.monotonic() + 5
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not _runs(pid)
    assert time.monotonic() - began < 50


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("more", [(), ("--profile", "live", "--profile", "rich")])
def test_somebody_ends_it(tmp_path, number, more):
    """Ctrl-C and SIGTERM end the program too; what came is judged, and what was not run is told."""
    code = "ask(); open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
    (tmp_path / "program.py").write_text(PROGRAM + code, encoding="utf-8")
    command = [sys.executable, "-m", "conformance", "client", *more, "--", sys.executable]
    with subprocess.Popen(
        [*command, "program.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as started:
        deadline = time.monotonic() + 30
        while not (tmp_path / "pid").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        started.send_signal(number)
        out, _ = started.communicate(timeout=30)

    assert "1 exchange judged: 0 errors, 0 warnings, 0 notes; the program: was interrupted" in out
    assert ("; 1 not run any more" in out) == bool(more)
    assert (2 if more else 0) == started.returncode
    assert not _runs((tmp_path / "pid").read_text(encoding="utf-8"))


def test_a_signal_that_ended_it(run):
    """A program that was killed is told by the name of the signal."""
    code, out, err = run("ask(); os.kill(os.getpid(), 9)")

    assert "the program was ended by SIGKILL, although all its calls were answered" in out, err
    assert out.endswith("the program: was ended by SIGKILL\n")
    assert 1 == code


def _runs(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--profile", "liv"], "did you mean `live`"),
        (["--fault", "STREM-014"], "did you mean `STREAM-014`"),
        (["--fault", ""], "a fault without a name"),
        (["--case", "nothing/x"], "no such case"),
        (["--ignore", "NOPE-1"], "no rule `NOPE-1`"),
        (["--env", "a b"], "names no variable"),
    ],
)
def test_usage_errors(run, options, says):
    """A bad option ends the command with 2 and a message that helps, before anything runs."""
    code, out, err = run("print('ran')", *options)

    assert 2 == code
    assert says in err
    assert "ran" not in out


def test_a_program_that_is_not_there(capfd):
    """A command that cannot be started is told."""
    with pytest.raises(SystemExit) as ended:
        main(["client", "--", "no-such-program"])

    assert 2 == ended.value.code
    assert "`no-such-program` cannot be started" in capfd.readouterr().err
