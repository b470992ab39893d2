"""Kind of data -> the folder that holds it, in a checkout and in an installed wheel alike.

The wheel carries the data inside the package, since a top-level `specs` or `recordings` in
site-packages would clash with other projects; the checkout keeps it beside the package.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from conformance.errors import ConformanceError

__all__ = ["DataKind", "data_path"]

DataKind = Literal["specs", "recordings", "contract", "clients"]

_PACKAGE = Path(__file__).resolve().parent

# kind -> (where a wheel keeps it, where a checkout keeps it)
_PLACES: dict[DataKind, tuple[Path, Path]] = {
    "specs": (_PACKAGE / "_specs", _PACKAGE.parent / "specs"),
    "recordings": (_PACKAGE / "_recordings", _PACKAGE.parent / "recordings"),
    "contract": (_PACKAGE / "_contract", _PACKAGE.parent / "tests" / "contract"),
    "clients": (_PACKAGE / "_clients", _PACKAGE.parent / "clients"),
}


def data_path(kind: DataKind) -> Path:
    """The folder of this kind of data.

    Raises ConformanceError when neither place holds it, which means a broken installation.
    """
    places = _PLACES[kind]
    for place in places:
        if place.is_dir():
            return place
    raise ConformanceError(
        f"the `{kind}` data of this installation is missing",
        where=str(places[0]),
        hint="install `cohere-conformance` again",
    )
