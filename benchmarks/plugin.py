"""What the installed plugin costs a pytest run that has nothing to do with it.

Run it with a Python that has pytest and the project installed: ``python benchmarks/plugin.py``. It runs
the same small suite with our plugin and with one that is empty, turn by turn, and compares CPU seconds
of the child processes: the median of how much more each turn took, so that other load on the machine
matters little. (Naming a plugin has a price of its own, which an installed one does not pay: hence the
empty one.) The
plugins that our dependencies bring (anyio, Hypothesis, respx) are switched off in both, and told
apart below, since a project that has these packages pays for them anyway.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path
from statistics import median

RUNS = 25
LIMIT = 0.05
OURS = "conformance.pytest_plugin"
SUITE = """\
import pytest

@pytest.mark.parametrize("number", range(200))
def test_number(number):
    assert number == int(str(number))
"""


def cost(*arguments: str, folder: str) -> float:
    """The CPU time of a pytest run in a folder, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        stdout=subprocess.DEVNULL,
        check=True,
        cwd=folder,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(choices: dict[str, list[str]], folder: str) -> tuple[float, dict[str, float]]:
    """The median cost of the first choice, and how much more each other took, turn by turn."""
    floor, *others = choices
    costs: list[float] = []
    ratios: dict[str, list[float]] = {name: [] for name in others}
    for turn in range(RUNS + 1):
        each = {name: cost(*given, folder=folder) for name, given in choices.items()}
        # The first turn compiles what the others find compiled.
        if turn:
            costs.append(each[floor])
            for name in others:
                ratios[name].append(each[name] / each[floor] - 1)
    return median(costs), {name: median(found) for name, found in ratios.items()}


def main() -> int:
    """Print the costs; 1 when the plugin costs more than the limit."""
    # Start-up is measured as users have it, with compiled modules.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    brought = {
        point.value.split(":")[0]: point.dist.name if point.dist else ""
        for point in entry_points(group="pytest11")
        if point.value.split(".")[0] in ("anyio", "_hypothesis_pytestplugin", "respx")
    }
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_unrelated.py").write_text(SUITE)
        Path(folder, "empty_plugin.py").write_text("")
        choices = {"": ["-p", "empty_plugin"], OURS: ["-p", OURS]}
        choices |= {f"{name}'s own": ["-p", module] for module, name in sorted(brought.items())}
        floor, more = measured(choices, folder)
    print(f"pytest, 200 tests, takes      {floor * 1000:.0f} ms of CPU time")
    for name, each in more.items():
        print(f"with {name:<24} {each:+7.1%}")
    ours = more[OURS]
    print(f"limit for ours                {LIMIT:+7.1%}")
    return 1 if ours > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
