"""A manifest brings recordings whose bytes are the promised ones, and no others."""

from __future__ import annotations

import functools
import hashlib
import http.server
import threading
from typing import TYPE_CHECKING

import pytest

from conformance.cassette import Entry, Outcome, fetch, load_manifest, manifest
from conformance.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GOOD = b"event: message-start\n\n"
SUM = hashlib.sha256(GOOD).hexdigest()
SAME = f"name: a, path: x, sha256: {SUM}, licence: MIT"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder without a word."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is inherited
        """Say nothing."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a server that has the recording."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "a.sse").write_bytes(GOOD)
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def manifest_of(folder: Path, *items: str) -> Path:
    """A manifest with these items."""
    path = folder / "manifest.yaml"
    path.write_text("".join(f"- {{{item}}}\n" for item in items))
    return path


def test_copied_downloaded_kept(tmp_path: Path, served: str) -> None:
    """Items come from files beside the manifest or from the net; what is there already is kept."""
    (tmp_path / "here.sse").write_bytes(GOOD)
    listed = manifest_of(
        tmp_path,
        f"name: one.sse, path: here.sse, sha256: {SUM}, licence: MIT",
        f"name: deep/two.sse, url: '{served}/a.sse', sha256: {SUM.upper()}, licence: MIT",
    )
    dest = tmp_path / "dest"

    first, second = list(fetch(listed, dest)), list(fetch(listed, dest))

    assert [
        Outcome("one.sse", "fetched", "22 bytes, MIT"),
        Outcome("deep/two.sse", "fetched", "22 bytes, MIT"),
    ] == first
    assert ["kept", "kept"] == [one.state for one in second]
    assert [GOOD, GOOD] == [(dest / name).read_bytes() for name in ("one.sse", "deep/two.sse")]


def test_failures_leave_nothing(tmp_path: Path, served: str) -> None:
    """Wrong bytes, a missing file and a refusing server are told one by one; no file is left."""
    (tmp_path / "here.sse").write_bytes(b"other")
    listed = manifest_of(
        tmp_path,
        f"name: a.sse, path: here.sse, sha256: {SUM}, licence: MIT",
        f"name: b.sse, path: none.sse, sha256: {SUM}, licence: MIT",
        f"name: c.sse, url: '{served}/none?key=secret', sha256: {SUM}, licence: MIT",
        f"name: d.sse, url: 'http://127.0.0.1:1/x', sha256: {SUM}, licence: MIT",
        f"name: e.sse, url: 'http://[x', sha256: {SUM}, licence: MIT",
    )
    dest = tmp_path / "dest"

    found = list(fetch(listed, dest))

    assert ["failed"] * 5 == [one.state for one in found]
    details = [one.detail for one in found]
    assert f"promised is `{SUM}`" in details[0]
    assert "cannot be read: no such file" in details[1]
    assert f"the server answered 404 ({served}/none)" == details[2]
    assert "cannot be downloaded" in details[3]
    assert "cannot be downloaded" in details[4]
    assert [] == list(dest.iterdir())


def test_limits(tmp_path: Path, served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A download that does not end is stopped; a place that cannot be written is told."""
    item = f"name: a.sse, url: '{served}/a.sse', sha256: {SUM}, licence: MIT"
    (tmp_path / "dest" / "b").mkdir(parents=True)
    (tmp_path / "dest" / "b" / "c").touch()
    blocked = f"name: b/c/d.sse, url: '{served}/a.sse', sha256: {SUM}, licence: MIT"

    (unwritable,) = fetch(manifest_of(tmp_path, blocked), tmp_path / "dest")
    monkeypatch.setattr(manifest, "MAX_BYTES", 3)
    (large,) = fetch(manifest_of(tmp_path, item), tmp_path / "dest")

    assert "cannot be written" in unwritable.detail
    assert "is larger than" in large.detail


def test_destination_is_a_file(tmp_path: Path) -> None:
    """A destination that is no folder is an error of the whole command."""
    listed = manifest_of(tmp_path, f"name: a.sse, path: x, sha256: {SUM}, licence: MIT")

    with pytest.raises(CassetteError, match="cannot be made"):
        list(fetch(listed, listed))


def test_entries(tmp_path: Path) -> None:
    """A path is taken from the folder of the manifest."""
    listed = manifest_of(tmp_path, f"name: a.sse, path: x/y, sha256: {SUM}, licence: MIT")

    assert [Entry("a.sse", SUM, "MIT", None, tmp_path / "x" / "y")] == load_manifest(listed)


@pytest.mark.parametrize(
    ("item", "what"),
    [
        (f"path: x, sha256: {SUM}, licence: MIT", "has no `name`"),
        (f"name: ../a, path: x, sha256: {SUM}, licence: MIT", "leads out of the folder"),
        (f"name: /a, path: x, sha256: {SUM}, licence: MIT", "leads out of the folder"),
        (f"name: 'a\\b', path: x, sha256: {SUM}, licence: MIT", "leads out of the folder"),
        ("name: a, path: x, sha256: beef, licence: MIT", "is not a sha256"),
        (f"name: a, path: x, sha256: {SUM}", "has no `licence`"),
        (f"name: a, sha256: {SUM}, licence: MIT", "needs either `url` or `path`"),
        (f"name: a, path: x, url: 'http://h', sha256: {SUM}, licence: MIT", "needs either"),
        (f"name: a, url: 'file:///etc', sha256: {SUM}, licence: MIT", "neither http nor https"),
        (f"{SAME}}}\n- {{{SAME}", "names `a` twice"),
    ],
)
def test_bad_manifest(tmp_path: Path, item: str, what: str) -> None:
    """A manifest that cannot be followed safely is refused before anything is fetched."""
    with pytest.raises(CassetteError, match=what):
        load_manifest(manifest_of(tmp_path, item))


def test_empty_manifest(tmp_path: Path) -> None:
    """A manifest without items says so."""
    with pytest.raises(CassetteError, match="is empty"):
        load_manifest(manifest_of(tmp_path))
