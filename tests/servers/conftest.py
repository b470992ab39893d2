"""Real servers, each in an environment of its own, started for the suite to judge.

They are installed into the folder that `CONFORMANCE_SERVERS` names, which `tox -e servers` does; without
it these tests are skipped. So is a server whose tools are missing on this machine.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import venv
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conformance.mock.server import MockProcess

HERE = Path(__file__).parent
AIMOCK = "1.43.0"
LITELLM = "1.106.2"
LITELLM_KEY = "sk-a-key-for-tests-0123456789"
_START_SECONDS = 120
_INSTALL_SECONDS = 900
_OLDEST_NODE = 20
_ROW = re.compile(r"^\| `([A-Z]+-\d+ [a-z-]+)` \| (error|warning) \|", re.MULTILINE)
_PROGRESS = re.compile(r"^\d+ of \d+ cases\n", re.MULTILINE)


def pytest_collection_modifyitems(items):
    """Skip these tests unless somebody asked for servers."""
    if not os.environ.get("CONFORMANCE_SERVERS"):
        mark = pytest.mark.skip(reason="real servers are installed and judged by `tox -e servers`")
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(mark)


@dataclass
class Found:
    """What a run found: its exit code, its screen, and the rules by level."""

    exit: int
    screen: str
    rules: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, exit_code, folder, screen):
        """Read the report that a run wrote."""
        rules: dict[str, set[str]] = {}
        for line in (folder / "report.jsonl").read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record["kind"] == "violation" and record["party"] == "server":
                rules.setdefault(record["level"], set()).add(f"{record['code']} {record['name']}")
        rules.pop("info", None)
        return cls(exit_code, screen, rules)


@pytest.fixture
def judge(tmp_path):
    """Run the suite against a base URL; what it found."""

    def run(url, *options, key="any-key-will-do"):
        report = tmp_path / "report"
        command = [sys.executable, "-c", "from conformance.cli import main; main()", "run", url]
        environment = {**os.environ, "CO_API_KEY": key, "NO_COLOR": "1", "COLUMNS": "100"}
        done = subprocess.run(
            [*command, *options, "--report", str(report)],
            capture_output=True, text=True, check=False, env=environment,
        )  # fmt: skip
        # A run that takes long says now and then how far it is.
        assert "" == _PROGRESS.sub("", done.stderr)

        return Found.of(done.returncode, report, done.stdout)

    return run


@pytest.fixture(scope="session")
def documented():
    """The rules that docs/servers.md lists for a server, by level."""
    text = (HERE.parents[1] / "docs" / "servers.md").read_text(encoding="utf-8")

    def rules(heading):
        part = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
        out: dict[str, set[str]] = {}
        for code, level in _ROW.findall(part):
            out.setdefault(level, set()).add(code)
        return out

    return rules


@pytest.fixture(scope="session")
def home():
    """The folder for the environments of servers."""
    folder = Path(os.environ["CONFORMANCE_SERVERS"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def installed(command, **options):
    """Install something, or skip with the last line of what the installer said."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=_INSTALL_SECONDS,
            **options,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"cannot be installed here within {_INSTALL_SECONDS} s")
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        pytest.skip(f"cannot be installed here: {said[-1][:200]}")


def free_port():
    """A port that nothing listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """Start a server program and wait until it listens; it ends with the tests."""
    running = []

    def start(command, port, **options):
        log = tmp_path_factory.mktemp("server") / "log"
        with log.open("wb") as file:
            process = subprocess.Popen(command, stdout=file, stderr=file, **options)
        running.append(process)
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.2)
            else:
                return f"http://127.0.0.1:{port}"
        pytest.fail(f"the server did not start: {log.read_text(encoding='utf-8')[-2000:]}")

    yield start
    for process in running:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def mock():
    """The project's own mock in another process, with a key of its own."""
    with MockProcess(["--key", "the-key-of-the-mock"]) as process:
        yield process


@pytest.fixture(scope="session")
def aimock(home, serve):
    """The base URL of aimock, from npm."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("there is no node on this machine")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.strip().removeprefix("v").split(".")[0]) < _OLDEST_NODE:
        pytest.skip(f"aimock needs node {_OLDEST_NODE}, and this is {version.strip()}")
    folder = home / f"aimock-{AIMOCK}"
    program = folder / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
    if not program.exists():
        options = ["--no-audit", "--no-fund", "--no-save", "--prefix", str(folder)]
        # without a way to the registry it would try for ten minutes
        options += ["--fetch-retries", "1", "--fetch-timeout", "60000"]
        folder.mkdir(exist_ok=True)
        installed([npm, "install", *options, f"@copilotkit/aimock@{AIMOCK}"])
    port = free_port()
    return serve([node, program, "-p", str(port), "-f", HERE / "aimock.json"], port)


@pytest.fixture(scope="session")
def litellm(home, serve, mock, tmp_path_factory):
    """The base URL of a LiteLLM proxy in front of the mock."""
    folder = home / f"litellm-{LITELLM}"
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    if not (scripts / "litellm").exists():
        venv.create(folder, with_pip=True)
        # its dependencies are its own affair
        environment = {k: v for k, v in os.environ.items() if k != "PIP_CONSTRAINT"}
        pip = [scripts / "python", "-m", "pip", "install", "-q", f"litellm[proxy]=={LITELLM}"]
        installed(pip, env=environment)
    route = {"model": "cohere/rerank-v3.5", "api_base": mock.url, "api_key": mock.key}
    config = {
        "model_list": [{"model_name": "rerank-v3.5", "litellm_params": route}],
        "litellm_settings": {"num_retries": 0, "telemetry": False},
        "general_settings": {"master_key": LITELLM_KEY},
    }
    # JSON is YAML
    file = tmp_path_factory.mktemp("litellm") / "config.yaml"
    file.write_text(json.dumps(config), encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment |= {
        "COHERE_API_BASE": mock.url,
        "COHERE_API_KEY": mock.key,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    port = free_port()
    command = [scripts / "litellm", "--config", file, "--host", "127.0.0.1", "--port", str(port)]
    return serve(command, port, env=environment, cwd=file.parent)
