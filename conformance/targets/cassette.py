"""`cassette:PATH` → recorded exchanges, as answers to the requests that they were recorded for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.errors import UsageError
from conformance.targets.base import Target
from conformance.targets.matching import load_recordings

if TYPE_CHECKING:
    from conformance.targets.base import Watch
    from conformance.wire import Exchange, Request

__all__ = ["CassetteTarget"]

_PREFIX = "cassette:"


class CassetteTarget(Target):
    """The recordings of a file or a folder.

    Raises CassetteError when one of them cannot be read, UsageError without a path.
    """

    def __init__(self, spec: str) -> None:
        path = spec.removeprefix(_PREFIX)
        if not path:
            raise UsageError(
                "`cassette:` names no recording",
                where="target",
                hint="write `cassette:PATH` with a file or a folder",
            )
        self._name = spec
        self.recordings = load_recordings(path)

    @property
    def name(self) -> str:
        """The specification."""
        return self._name

    @property
    def url(self) -> None:
        """None: nothing listens."""
        return

    def send(
        self,
        request: Request,
        *,
        expect: tuple[int, ...] = (),
        timeout: float | None = None,
        case: str = "",
        authorize: bool = True,
        watch: Watch | None = None,
    ) -> Exchange:
        """The recording of this request, as it was recorded. Raises CassetteMiss."""
        del timeout, authorize, watch  # what was recorded was sent long ago
        return replace(self.recordings.answer(request, case), expect=expect)

    def close(self) -> None:
        """Nothing to release."""
