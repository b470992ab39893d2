"""The public names are those of `conformance.__all__`, and importing the package stays cheap."""

from __future__ import annotations

import subprocess
import sys

import pytest

import conformance


def test_names_are_sorted_and_complete() -> None:
    """`__all__` is sorted and is what `dir` shows."""
    assert sorted(conformance.__all__) == list(conformance.__all__)
    assert dir(conformance) == list(conformance.__all__)


@pytest.mark.parametrize("name", conformance.__all__)
def test_every_name_exists(name: str) -> None:
    """A public name can be imported and is documented."""
    value = getattr(conformance, name)

    assert name == "__version__" or value.__doc__


def test_no_module_hides_a_public_name() -> None:
    """No submodule has the name of a public one, which would take its place when imported."""
    from pathlib import Path

    modules = {path.stem for path in Path(conformance.__file__).parent.glob("*.py")}

    assert sorted(modules & set(conformance.__all__)) == []


def test_an_unknown_name_is_refused() -> None:
    """A misspelt name raises as it would in any module."""
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        conformance.chekc  # noqa: B018


def test_import_loads_nothing_else() -> None:
    """`import conformance` loads its version, and no other module of ours."""
    code = "import sys, conformance; print(sorted(m for m in sys.modules if 'conformance' in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['conformance', 'conformance.version']"
