"""How long a comparison of two descriptions takes, beside the floor: reading their YAML at all.

    python benchmarks/diff.py [--rounds N]

The large pair is a whole description of 60 paths and 1.1 MB, made here around the one of the tests;
the small pair is two reference pages. The floor is PyYAML's C loader on the same texts. Times are the
best of all rounds, in seconds of CPU, so that a busy machine does not count.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from conformance.data import data_path
from conformance.diff import compare
from conformance.diff.sources import open_side

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = Path(__file__).parent.parent / "tests"
SIZE = 1_100_000
PATHS = 60
# What was promised, in seconds for a whole process.
LARGE, SMALL = 2.0, 0.5


def large_description(whole: str) -> str:
    """A description of 60 paths and 1.1 MB around the one given, which has three of them."""
    head, _, definitions = whole.partition("components:\n")
    before, _, after = definitions.partition("  schemas:\n")
    paths, schemas = [], []
    others = PATHS - 3
    room = (SIZE - len(whole)) // others
    words = "Some words on what this member of the object means and when it is there."
    for number in range(others):
        name = f"Thing{number}"
        paths.append(
            f"  /v1/things{number}:\n    post:\n      operationId: make{number}\n"
            f"      summary: Make a thing.\n      requestBody:\n        content:\n"
            f"          application/json:\n            schema:\n"
            f"              $ref: '#/components/schemas/{name}'\n"
            f"      responses:\n        '200':\n          description: It is made.\n"
        )
        lines = [f"    {name}:\n      type: object\n      properties:\n"]
        size = len(paths[-1])
        member = 0
        while size < room:
            lines.append(
                f"        member{member}:\n          type: string\n"
                f"          description: {words}\n          x-fern-type-name: Name{member}\n"
                f"          enum:\n            - ONE\n            - TWO\n"
            )
            size += len(lines[-1])
            member += 1
        schemas.append("".join(lines))
    return f"{head}{''.join(paths)}components:\n{before}  schemas:\n{''.join(schemas)}{after}"


def seconds(work: Callable[[], object], rounds: int) -> float:
    """The least seconds of CPU of some rounds, those of child processes included."""
    took = []
    for _ in range(rounds):
        began = os.times()
        work()
        ended = os.times()
        took.append(sum(ended[:4]) - sum(began[:4]))
    return min(took)


def measure(title: str, old: Path, new: Path, promised: float, rounds: int) -> bool:
    """Measure one pair, print a line, and tell whether the promise is kept."""
    root = data_path("specs")
    texts = [path.read_text(encoding="utf-8") for path in (old, new)]
    fences = [part.partition("```")[0] for text in texts for part in text.split("```yaml\n")[1:]]
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    floor = seconds(lambda: [yaml.load(text, loader) for text in fences or texts], rounds)  # noqa: S506
    within = seconds(lambda: compare(open_side(str(old), root), open_side(str(new), root)), rounds)
    command = [sys.executable, "-m", "conformance", "diff", str(old), str(new)]
    # As installed: with the bytecode of the modules kept from one start to the next.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    whole = seconds(
        lambda: subprocess.run(command, capture_output=True, check=False, env=env), rounds
    )
    kept = whole < promised
    size = sum(map(len, texts)) / 2e6
    print(
        f"{title:<8}{size:5.2f} MB each   floor {floor:5.2f} s   compare {within:5.2f} s"
        f" ({within / floor:4.2f} of it)   whole process {whole:5.2f} s"
        f"   promised {promised} s: {'kept' if kept else 'NOT KEPT'}"
    )
    return kept


def main() -> int:
    """Measure both pairs; 1 when a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        whole = (TESTS / "specs/fixtures/official.yaml").read_text(encoding="utf-8")
        old, new = folder / "old.yaml", folder / "new.yaml"
        text = large_description(whole)
        old.write_text(text, encoding="utf-8")
        new.write_text(text.replace("maximum: 500", "maximum: 1000"), encoding="utf-8")
        good = measure("large", old, new, LARGE, rounds)
        page = TESTS / "diff/fixtures/page-of-today.md"
        earlier = folder / "page.md"
        text = page.read_text(encoding="utf-8")
        # A change in each endpoint, in what is sent and in what is received.
        for now, then in (("- TIMEOUT", "- TIME"), (" pages:", " sheets:"), (" top_n:", " top:")):
            text = text.replace(now, then)
        earlier.write_text(text, encoding="utf-8")
        good = measure("pages", earlier, page, SMALL, rounds) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
