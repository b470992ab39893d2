"""The tree keeps the shape that ARCHITECTURE.md promises."""

from __future__ import annotations

import ast
import statistics
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "conformance"
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the bottom up: a module may import its own layer and those before it.
LAYERS = [
    {"errors", "verdict", "wire", "data", "version", "suggest"},
    {"sse", "events", "contract", "message", "request"},
    {"stream"},
    {"machine"},
    {"reading"},
    {"subject", "tolerance"},
    {"rules", "evidence"},
    {"violation"},
    {"check", "transcript"},
    {"cassette", "mock", "targets", "specs", "faults", "strategies", "redact"},
    {"report", "baseline", "diff", "config"},
    {"suite", "fuzz", "clients", "proxy"},
    {"cli", "plugin", "pytest_plugin", "run", "__main__"},
]
LAYER_OF = {name: number for number, names in enumerate(LAYERS) for name in names}
CORE = {name for names in LAYERS[:9] for name in names}
CORE_MAY_IMPORT = {"conformance", "jsonschema_rs", *sys.stdlib_module_names}
IO = {
    "asyncio", "socket", "http.client", "http.server", "ssl", "subprocess", "threading",
    "multiprocessing", "urllib.request",
}  # fmt: skip


def unit_of(path: Path) -> str:
    """The part of the package that a module belongs to."""
    inside = path.relative_to(PACKAGE)
    return inside.parts[0].removesuffix(".py")


def imports_of(path: Path) -> list[tuple[str, bool]]:
    """(imported module, whether at the top of the module) for every import of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
    }
    found: list[tuple[str, bool]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) not in inner) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.module, id(node) not in inner))
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_import_direction(path: Path) -> None:
    """A module imports its own layer and lower ones only."""
    unit = unit_of(path)
    if unit == "__init__":
        return
    layer = LAYER_OF[unit]
    wrong = []
    for name, top in imports_of(path):
        parts = name.split(".")
        if parts[0] != "conformance" or len(parts) < 2:
            continue
        other = parts[1]
        # The shim for strategies may be reached from inside functions of the outer layers.
        if other == unit or (other == "strategies" and not top and layer >= LAYER_OF["cassette"]):
            continue
        if LAYER_OF[other] > layer:
            wrong.append(name)

    assert wrong == []


@pytest.mark.parametrize(
    "path", [p for p in MODULES if unit_of(p) in CORE], ids=lambda p: str(p.relative_to(ROOT))
)
def test_the_core_does_no_io(path: Path) -> None:
    """From `check` down: the standard library without its I/O, and the schema validator."""
    names = [name for name, _ in imports_of(path)]
    wrong = [name for name in names if name.split(".")[0] not in CORE_MAY_IMPORT or name in IO]

    assert wrong == []


def test_module_sizes() -> None:
    """No module is above 500 lines, and the median is about 150."""
    sizes = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in MODULES}

    assert {str(p): n for p, n in sizes.items() if n > 500} == {}
    assert statistics.median(sizes.values()) <= 200


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_says_what_it_is(path: Path) -> None:
    """A module begins with a docstring."""
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
