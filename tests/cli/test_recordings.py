from __future__ import annotations

import hashlib

import pytest

MANIFEST = """\
- name: good.sse
  path: streams/good.sse
  sha256: {good}
  licence: MIT
- name: bad.sse
  path: streams/orphan.sse
  sha256: {good}
  licence: MIT
"""


@pytest.fixture
def manifest(tmp_path, streams):
    """A manifest of two files, one of which is not what it promises."""
    good = hashlib.sha256((streams / "good.sse").read_bytes()).hexdigest()
    file = tmp_path / "seen.yaml"
    file.write_text(MANIFEST.format(good=good))
    return file


def test_fetch_keeps_what_its_hash_proves(run, manifest, tmp_path):
    """What fits goes into a folder named like the manifest; what does not fails the command."""
    result = run("recordings", "fetch", manifest)

    assert 2 == result.code
    assert "fetched good.sse: " in result.out
    assert "failed  bad.sse: has sha256 `" in result.out
    assert result.out.endswith("2 listed: 1 fetched, 0 kept, 1 failed\n")
    assert ["good.sse"] == [file.name for file in (tmp_path / "seen").iterdir()]


def test_fetch_again_keeps_what_is_there(run, manifest, tmp_path):
    """A second run fetches nothing twice, and --into names another folder."""
    manifest.write_text(manifest.read_text().partition("- name: bad")[0])
    first = run("recordings", "fetch", manifest, "--into", tmp_path / "else" / "where")
    second = run("recordings", "fetch", manifest, "--into", tmp_path / "else" / "where")

    assert (0, "1 listed: 1 fetched, 0 kept, 0 failed") == (
        first.code,
        first.out.splitlines()[-1],
    )
    assert (0, "1 listed: 0 fetched, 1 kept, 0 failed") == (
        second.code,
        second.out.splitlines()[-1],
    )


def test_a_manifest_that_is_none_is_one_error(run, tmp_path):
    """Something else in place of a manifest is named, and nothing is made."""
    (tmp_path / "x.yaml").write_text("a: 1\n")
    result = run("recordings", "fetch", "x.yaml")

    assert (2, "") == (result.code, result.out)
    assert result.err.startswith("error: ")
    assert "x.yaml" in result.err
    assert not (tmp_path / "x").exists()
