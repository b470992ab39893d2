"""What the plugin costs runs that have nothing to do with it: next to nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytest_plugins = ("pytester",)


def test_loading_the_plugin_loads_nothing_else():
    """Beside pytest only the package itself, its version and the plugin's module are imported."""
    code = (
        "import sys, pytest; before = set(sys.modules); import conformance.pytest_plugin; "
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ["conformance", "conformance.pytest_plugin", "conformance.version"] == (
        done.stdout.split()
    )


def test_a_run_that_asks_for_nothing_loads_nothing(pytester, monkeypatch):
    """An unrelated suite ends without any other module of ours, and without a word."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        """
        import sys

        def test_unrelated():
            ours = [name for name in sys.modules if name.startswith("conformance.")]
            assert sorted(ours) == ["conformance.pytest_plugin", "conformance.version"]
            assert not {"httpx", "hypothesis", "respx", "starlette", "yaml"} & set(sys.modules)
        """
    )
    result = pytester.runpytest_subprocess("-p", "conformance.pytest_plugin")

    result.assert_outcomes(passed=1)
    assert "cohere" not in result.stdout.str().split("collected", 1)[1]


def test_the_entry_point_is_named_for_the_module():
    """Another name would register the plugin twice where a conftest.py names it too."""
    if not (ROOT / "pyproject.toml").exists():
        pytest.skip("tests run without the project's files")
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    table = text.split("[project.entry-points.pytest11]\n", 1)[1].split("\n\n", 1)[0]

    assert '"conformance.pytest_plugin" = "conformance.pytest_plugin"' == table
