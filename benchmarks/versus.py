"""Faults of a server → docs/versus.md: what a run finds beside what schemathesis alone finds.

    python benchmarks/versus.py [FAULT ...] [--jobs N] [--keep FILE]

Run it with a Python that has the project and its extra `fuzz`. Each fault gets a mock in a process of
its own; both tools are started as their users start them. With faults named, the table is printed and
the page stays as it is. `--keep` names a file that holds finished rows, so that a comparison that was
interrupted goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from conformance.faults import find_fault
from conformance.mock.server import MockProcess
from conformance.report.records import ViolationRecord, read_records
from conformance.verdict import Level, Party

PAGE = Path(__file__).parent.parent / "docs" / "versus.md"
KEY = "versus-key"
# Seconds of the processor that schemathesis gets for one fault, so that other load does not decide
# what it finds; on a sound mock it needs about 30. And seconds in all, should it wait for something.
PATIENCE, WAITING = 120, 1200
LIMITED = (
    "import os, resource, sys; resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[1]),) * 2);"
    " os.execv(sys.argv[2], sys.argv[2:])"
)
CONTROL = ""
ANY_KEY = "any key"
STALL = "stall=3"
# Other wordings than those of the faults, for rows that are no fault of a rule.
SAYS = {
    CONTROL: "control: nothing is wrong",
    ANY_KEY: "take any key",
    STALL: "send nothing after the third event, and keep the connection open",
}
FAULTS = (
    CONTROL,
    # HTTP
    "HTTP-001", "HTTP-002", "HTTP-004", "HTTP-005", "HTTP-009", "HTTP-010", "HTTP-017", ANY_KEY, STALL,
    # framing
    "SSE-001", "SSE-009", "SSE-014",
    # one event
    "EVENT-001", "EVENT-007", "EVENT-008", "EVENT-009", "EVENT-010/no-finish", "EVENT-011",
    # their order
    "STREAM-001", "STREAM-002", "STREAM-003", "STREAM-004", "STREAM-007", "STREAM-013", "STREAM-014",
    "STREAM-024",
    # what they add up to
    "TOOL-001", "TOOL-007", "CITE-006", "CITE-007", "CHAT-101", "CHAT-114",
    # rankings
    "RERANK-102", "RERANK-103", "RERANK-104", "RERANK-105", "RERANK-106", "RERANK-107",
    "RERANK-108/top-n-ignored",
)  # fmt: skip
_FAILURE = re.compile(r"(ST\d{3}) ([^:\n]+): \d+")


class Row(NamedTuple):
    """What came of one fault. `codes` are those of errors and warnings, `own` whether its own is there."""

    fault: str
    codes: tuple[str, ...]
    own: bool
    failures: tuple[str, ...]
    cut: bool


def _mock(fault: str) -> list[str]:
    arguments = [] if fault == ANY_KEY else ["--key", KEY]
    return arguments if fault in (CONTROL, ANY_KEY) else [*arguments, "--fault", fault]


def by_run(url: str, folder: Path) -> tuple[str, ...]:
    """The codes that `run` reports of a server, errors first."""
    report = folder / "report"
    environment = {**os.environ, "CO_API_KEY": KEY}
    command = ["run", url, "--quiet", "--timeout", "5", "--report", str(report)]
    done = subprocess.run(
        [sys.executable, "-m", "conformance", *command],
        env=environment, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if not (report / "report.jsonl").exists():
        raise SystemExit(f"run ended with {done.returncode}: {done.stderr or done.stdout}")
    found: dict[Level, dict[str, None]] = {Level.ERROR: {}, Level.WARNING: {}}
    for record in read_records(report / "report.jsonl"):
        if isinstance(record, ViolationRecord) and record.violation.party is Party.SERVER:
            level = record.violation.level
            if level in found:
                found[level][record.violation.code] = None
    return tuple({**found[Level.ERROR], **found[Level.WARNING]})


def _endpoint(fault: str) -> list[str]:
    """The choice of the endpoint that a fault is about, of both where it may be either."""
    if fault in (CONTROL, ANY_KEY, STALL) or fault.startswith("HTTP"):
        return []
    return ["--include-path", "/v2/rerank" if fault.startswith("RERANK") else "/v2/chat"]


def by_schemathesis(
    url: str, document: Path, folder: Path, fault: str
) -> tuple[tuple[str, ...], bool]:
    """The failures that schemathesis reports of a server, and whether its time was up."""
    program = [
        sys.executable,
        "-c",
        LIMITED,
        str(PATIENCE),
        str(Path(sys.executable).parent / "st"),
    ]
    command = [*program, "--no-color", "run", str(document)]
    options = ["--url", url, "-H", f"Authorization: Bearer {KEY}", "--seed", "1", *_endpoint(fault)]
    environment = {k: v for k, v in os.environ.items() if k != "SCHEMATHESIS_HOOKS"}
    with subprocess.Popen(
        [*command, *options],
        env=environment, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            said, _ = process.communicate(timeout=WAITING)
            cut = process.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
            cut = True
    if process.returncode not in (0, 1) and not cut:
        raise SystemExit(f"schemathesis ended with {process.returncode}:\n{said[-2000:]}")
    return tuple(f"{code} {name.strip()}" for code, name in _FAILURE.findall(said)), cut


def _kept(fault: str, keep: Path | None) -> Row | None:
    """The row of a fault, if it was kept."""
    if keep is None or not keep.exists():
        return None
    for line in keep.read_text(encoding="utf-8").splitlines():
        made = json.loads(line)
        if made["fault"] == fault:
            return Row(**{k: tuple(v) if isinstance(v, list) else v for k, v in made.items()})
    return None


def compare(fault: str, document: Path, keep: Path | None = None) -> Row:
    """Start a mock with a fault, and let both look at it."""
    if (known_row := _kept(fault, keep)) is not None:
        return known_row
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="versus-") as name, MockProcess(_mock(fault)) as mock:
        folder = Path(name)
        codes = by_run(mock.url, folder)
        failures, cut = by_schemathesis(mock.url, document, folder, fault)
    known = find_fault(fault)
    own = known.code in codes if known is not None else bool(codes)
    said = f"run: {', '.join(codes[:4]) or 'nothing'}; schemathesis: {', '.join(failures) or 'nothing'}"
    took = time.monotonic() - began
    print(f"{fault or 'control':<26}{took:5.0f} s  {said}{' (cut)' if cut else ''}", flush=True)
    row = Row(fault, codes, own, failures, cut)
    if keep is not None:
        with keep.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row._asdict()) + "\n")
    return row


def _cells(row: Row) -> list[str]:
    known = find_fault(row.fault)
    says = SAYS.get(row.fault) or (known.says if known else row.fault)
    own = known.code if known else ""
    others = [code for code in row.codes if code != own]
    found = ([f"**{own}**"] if row.own and own else []) + others[:2]
    more = f" and {len(others) - 2} more" if len(others) > 2 else ""  # noqa: PLR2004
    alone = ", ".join(row.failures) or ("no, time was up" if row.cut else "no")
    if row.fault == CONTROL:
        alone = ", ".join(row.failures) or "nothing, as it should be"
        return ["", says, ", ".join(row.codes) or "nothing, as it should be", alone]
    return [f"`{row.fault}`", says, (", ".join(found) + more) or "no", alone]


def page(rows: list[Row]) -> str:
    """The page."""
    faults = [row for row in rows if row.fault != CONTROL]
    ours, theirs = sum(row.own for row in faults), sum(bool(row.failures) for row in faults)
    tools = ", ".join(
        f"{name} {version(name)}" for name in ("schemathesis", "hypothesis", "jsonschema-rs")
    )
    lines = [
        "<!-- generated by `tox -e versus`; do not edit -->",
        "",
        "# A run, and schemathesis alone",
        "",
        f"Of {len(faults)} faults of a server a run finds {ours}, schemathesis alone {theirs}. The control is a mock",
        "without a fault, of which neither must report anything.",
        "",
        "Each fault was planted in a mock in another process (`cohere-conformance mock --fault ...`), one at a time. Then",
        "`cohere-conformance run URL --timeout 5` and `st run` were started, otherwise with default settings, schemathesis on the",
        "endpoint that the fault is about. The rules of this project were not given to it as checks",
        "([schemathesis.md](schemathesis.md) shows how to). It had the corrected description, narrowed to requests that a server",
        "has to serve (`specs export --narrow`): from the whole of it the mock refuses more than nine in ten of the chat",
        "requests that schemathesis means to be valid, for reasons that a schema cannot say, and each operation stops at its",
        "first failure.",
        "",
        f"{tools}; seed 1; {PATIENCE} s of the processor at most for each fault.",
        "",
        "| fault | what the server does | a run | schemathesis alone |",
        "|---|---|---|---|",
    ]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    lines += [
        "",
        "In bold the rule that the fault is named for; other codes are what else it shows as. A server that takes any key",
        "may mean to, so that `RUN-015` is a warning, and an error with `--declare auth`. A description with a security scheme",
        "tells schemathesis that a made-up key must be refused.",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    """Compare, and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("faults", nargs="*", help="only these")
    parser.add_argument("--keep", type=Path, help="where finished rows are kept")
    parser.add_argument("--jobs", type=int, default=4, help="how many at a time")
    given = parser.parse_args()
    chosen = [*given.faults] or list(FAULTS)
    with tempfile.TemporaryDirectory(prefix="versus-") as name:
        document = Path(name) / "openapi.json"
        command = ["specs", "export", "--narrow", "-o", str(document)]
        subprocess.run([sys.executable, "-m", "conformance", *command], check=True)
        with ThreadPoolExecutor(given.jobs) as pool:
            rows = list(pool.map(lambda fault: compare(fault, document, given.keep), chosen))
    text = page(rows)
    if given.faults:
        print(text)
    else:
        PAGE.write_text(text, encoding="utf-8")
    control = next((row for row in rows if row.fault == CONTROL), None)
    return 1 if control is not None and (control.codes or control.failures) else 0


if __name__ == "__main__":
    sys.exit(main())
