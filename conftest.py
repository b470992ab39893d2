"""What all tests share: Hypothesis profiles, and goldens, whole screens kept as files.

`pytest --update-golden` writes the goldens anew. A run of everything reports those that no test
used, with the command that deletes them.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import hypothesis
import pytest

GOLDEN = Path(__file__).parent / "tests" / "golden"
_USED = pytest.StashKey[set[str]]()

hypothesis.settings.register_profile("local", deadline=None)
# A build that fails now and then for its dice teaches people to ignore it.
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
# The numbers that the strategies promise: pytest tests/strategies --hypothesis-profile=thorough
hypothesis.settings.register_profile(
    "thorough", deadline=None, derandomize=True, max_examples=2000, print_blob=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_addoption(parser):
    """Add `--update-golden`."""
    parser.addoption("--update-golden", action="store_true", help="write the expected screens anew")


def pytest_configure(config):
    """Begin with no golden used."""
    config.stash[_USED] = set()


def pytest_make_parametrize_id(val):
    """Name functions by their name: an address differs between the processes of a run."""
    return val.__name__ if callable(val) and hasattr(val, "__name__") else None


@pytest.fixture
def golden(request):
    """Compare a whole screen with the file of this name in tests/golden."""

    def compare(name: str, actual: str) -> None:
        request.config.stash[_USED].add(name)
        file = GOLDEN / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(actual, encoding="utf-8", newline="\n")
            return
        if not file.exists():
            pytest.fail(f"no golden `{name}`: run pytest --update-golden")
        expected = file.read_text(encoding="utf-8")
        if expected != actual:
            pair = (expected.splitlines(), actual.splitlines())
            diff = "\n".join(difflib.unified_diff(*pair, "expected", "actual", lineterm=""))
            pytest.fail(f"{name} differs; if rightly so, run pytest --update-golden\n{diff}")

    return compare


def pytest_sessionfinish(session):
    """Hand the goldens that a worker of pytest-xdist used to the main process."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["goldens"] = sorted(session.config.stash[_USED])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Take what a worker hands over."""
    node.config.stash[_USED].update(getattr(node, "workeroutput", {}).get("goldens", ()))


def pytest_terminal_summary(terminalreporter, config):
    """Report goldens that no test used, if all tests ran."""
    everything = config.args_source is config.ArgsSource.TESTPATHS
    narrowed = (
        config.option.keyword
        or config.option.markexpr
        or config.option.collectonly
        or terminalreporter.stats.get("deselected")
        or not everything
    )
    if narrowed or terminalreporter.stats.get("failed") or terminalreporter.stats.get("error"):
        return
    unused = sorted({file.name for file in GOLDEN.glob("*.txt")} - config.stash[_USED])
    if unused:
        terminalreporter.section("goldens that no test uses", yellow=True)
        names = " ".join(f"tests/golden/{name}" for name in unused)
        terminalreporter.line(f"git rm {names}")
