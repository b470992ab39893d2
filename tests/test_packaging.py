"""What a user installs is complete: the wheel, in a fresh environment, away from the checkout."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(
    not (ROOT / "pyproject.toml").exists(), reason="tests run without the project's files"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    code = f"import hatchling.build as b; print(b.build_wheel({str(folder)!r}))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stderr
    return folder / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The command of a fresh environment that has the wheel; its dependencies are borrowed."""
    home = tmp_path_factory.mktemp("home")
    venv.create(home, with_pip=False)
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    find = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", find], capture_output=True, text=True, check=True)
    purelib = Path(site.stdout.strip())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(purelib)
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (purelib / "borrowed.pth").write_text("\n".join(borrowed))

    def run(*arguments):
        code = "import sys; from conformance.cli import main; main()"
        command = [python, "-I", "-c", code, *arguments]
        return subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)

    return run


def test_the_wheel_has_one_top_level_package(wheel):
    """Nothing but the package and its metadata lands in site-packages."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}

    assert {"conformance"} == {name for name in tops if not name.endswith(".dist-info")}


def test_the_wheel_carries_its_data_and_no_litter(wheel):
    """Snapshots, compiled schemas and recordings are inside; caches and tests are not."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    compiled = {
        f"conformance/_specs/compiled/{p.name}" for p in (ROOT / "specs/compiled").iterdir()
    }
    recorded = {
        f"conformance/_recordings/{p.relative_to(ROOT / 'recordings').as_posix()}"
        for p in (ROOT / "recordings").rglob("*.yaml")
    }

    described = {
        f"conformance/_clients/{p.relative_to(ROOT / 'clients').as_posix()}"
        for p in (ROOT / "clients").glob("*/client.toml")
    }
    protocol = {"protocol.schema.json", "skeletons/adapter.py.txt", "skeletons/adapter.mjs.txt"}

    assert set() == (compiled | recorded | described) - names
    assert set() == {f"conformance/clients/{name}" for name in protocol} - names
    assert [] == [name for name in names if re.search(r"__pycache__|\.pyc$|/test_", name)
                  and not name.startswith("conformance/_contract/")]  # fmt: skip


def test_the_console_script_is_declared(wheel):
    """The wheel declares the command `cohere-conformance`."""
    with zipfile.ZipFile(wheel) as archive:
        [entry] = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        text = archive.read(entry).decode()

    assert "cohere-conformance = conformance.cli:main" in text.splitlines()


def test_an_installed_wheel_judges_and_finds_its_data(installed, wheel, tmp_path):
    """Away from the checkout, `check` judges the shipped recordings and `explain` its rules."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    checked = installed("check", str(tmp_path / "conformance" / "_recordings"))
    explained = installed("explain", "STREAM-014")

    assert (0, "") == (checked.returncode, checked.stderr)
    assert re.search(r"^\d+ exchanges judged: 0 errors", checked.stdout, re.MULTILINE)
    assert explained.stdout.startswith("orphan-delta (STREAM-014)")


def test_an_installed_wheel_has_the_reference_client(installed, tmp_path, monkeypatch):
    """Away from the checkout, the reference client is found, started and judged."""
    monkeypatch.setenv("CONFORMANCE_CLIENTS", str(tmp_path))
    done = installed("client", "run", "raw", "--case", "finish/complete")

    assert (0, "") == (done.returncode, done.stderr)
    assert re.search(r"^raw \S+: 1 case judged, 1 good, 0 not$", done.stdout, re.MULTILINE)


def imported_by(folder):
    """The top-level packages that the modules of a folder import."""
    found = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"conformance", "strategies", "compression"}


def test_declared_dependencies_are_those_that_are_imported():
    """No import lacks its dependency, and no dependency is declared that nothing imports."""
    optional = {"brotli", "schemathesis"}
    names = {"yaml": "pyyaml", "jsonschema_rs": "jsonschema-rs", "tomli": "tomli"}
    imported = (imported_by(ROOT / "conformance") | imported_by(ROOT / "strategies")) - optional
    started_by_name = {"pytest-xdist"}
    wanted = {names.get(name, name.replace("_", "-")) for name in imported} | started_by_name
    declared = {
        re.match(r"[\w-]+", line)[0].lower()
        for line in metadata_requires()
        if "extra ==" not in line
    }

    assert wanted == declared


def metadata_requires():
    """The requirements in pyproject.toml, as the build backend reads them."""
    core = pytest.importorskip("hatchling.metadata.core")
    plugins = pytest.importorskip("hatchling.plugin.manager").PluginManager()
    return core.ProjectMetadata(str(ROOT), plugins).core.dependencies


def test_the_version_is_that_of_the_distribution():
    """Where the distribution is installed, it and the package name the same version."""
    from conformance.version import __version__

    try:
        installed_version = metadata.version("cohere-conformance")
    except metadata.PackageNotFoundError:
        pytest.skip("the distribution is not installed here")

    assert __version__ == installed_version
