"""A request and recordings → the recording that answers it, or the nearest one and what differs.

Method, path and body are compared, a JSON body by its value. Hosts and headers are not: recordings
come from other hosts, and recorders drop headers. Where requests differ in headers only, the name of
the test case tells which of their recordings is meant.
"""

from __future__ import annotations

import json
import re
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from conformance.cassette import find, read
from conformance.errors import CassetteError, CassetteMiss

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from conformance.wire import Exchange, Request

__all__ = ["Recordings", "load_recordings", "route_of", "value_of"]

# Method, path, and body in a form that is the same for the same value.
_Key = tuple[str, str, str]

_MOST_SHOWN = 5
_LONGEST = 60
# What the recorder puts behind the name of a case that sends several requests.
_COUNT = re.compile(r"_\d{3,}$")


def load_recordings(path: str | Path) -> Recordings:
    """The recordings of a file or a folder. CassetteError when none of them has a request."""
    exchanges = [one for file in find([path]) for one in read(file)]
    usable = [one for one in exchanges if one.request is not None and one.response is not None]
    if not usable:
        raise CassetteError(
            "no recording with a request and a response",
            where=str(path),
            hint="a saved stream can be judged with `check`, but not played back",
        )
    return Recordings(usable, str(path), unusable=len(exchanges) - len(usable))


@dataclass(slots=True)
class Recordings:
    """Recordings by what they answer; threads may share them.

    Where several answer the same request they come in their order, then the last one again and
    again; those in files that have the name of the asking test case come alone. `where` names them
    in messages.
    """

    exchanges: list[Exchange]
    where: str
    unusable: int = 0
    _found: dict[_Key, list[Exchange]] = field(default_factory=dict)
    _turn: dict[tuple[_Key, str], int] = field(default_factory=lambda: defaultdict(int))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        for exchange in self.exchanges:
            self._found.setdefault(_key(_asked(exchange)), []).append(exchange)

    def first_of_each(self) -> list[Exchange]:
        """One recording for each request that can be asked."""
        return [found[0] for found in self._found.values()]

    def answer(self, request: Request, case: str = "") -> Exchange:
        """The recording that answers a request, of this test case if it has one.

        Raises CassetteMiss.
        """
        key = _key(request)
        found = self._found.get(key)
        if found is None:
            raise self._miss(request)
        own = [one for one in found if case and _is_of(one, case)]
        with self._lock:
            turn = self._turn[key, case if own else ""]
            self._turn[key, case if own else ""] += 1
        usable = own or found
        return usable[min(turn, len(usable) - 1)]

    def _miss(self, request: Request) -> CassetteMiss:
        count = len(self.exchanges)
        lines = [f"{self.where} ({count} {'recording' if count == 1 else 'recordings'})"]
        if self.unusable:
            lines[0] = lines[0][:-1] + f", and {self.unusable} without a request)"
        lines += self._nearest(request)
        return CassetteMiss(
            f"no recording answers `{request.method} {route_of(request)}`",
            where="\n".join(lines),
            hint="record it with `--record`, or ask as it was recorded",
        )

    def _nearest(self, request: Request) -> Iterator[str]:
        """The lines about the recording that differs least."""
        asked = _flat(request)
        nearest = min(
            self.exchanges,
            key=lambda one: (
                _key(_asked(one))[:2] != _key(request)[:2],
                len(_differences(_flat(_asked(one)), asked)),
            ),
        )
        recorded = _flat(_asked(nearest))
        origin = nearest.origin
        differ = _differences(recorded, asked)
        same = [name for name in _tops(asked) if name not in _tops(name for name, _, _ in differ)]
        yield f"  nearest: {origin.file}, exchange {origin.number}"
        if same:
            yield f"    same     {', '.join(same)}"
        for name, was, now in differ[:_MOST_SHOWN]:
            yield f"    differs  {name}: recorded {was}, asked {now}"
        if len(differ) > _MOST_SHOWN:
            yield f"             and {len(differ) - _MOST_SHOWN} more"


def _asked(exchange: Exchange) -> Request:
    assert exchange.request is not None  # only such recordings are kept
    return exchange.request


def _is_of(exchange: Exchange, case: str) -> bool:
    """The recording is in a file that the recorder named for this test case."""
    file = PurePath(exchange.origin.file)
    wanted = tuple(case.split("/"))
    return (*file.parts[:-1], _COUNT.sub("", file.stem))[-len(wanted) :] == wanted


def route_of(request: Request) -> str:
    """The path from the version on: what lies before it is a matter of the host."""
    at = request.path.find("/v2/")
    return request.path if at < 0 else request.path[at:]


def value_of(request: Request) -> Any:
    """The value of a JSON body, None when it is none."""
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        return None


def _key(request: Request) -> _Key:
    value = value_of(request)
    try:
        body = request.body.decode("latin-1") if value is None else _written(value)
    except RecursionError:
        body = request.body.decode("latin-1")
    return request.method.upper(), route_of(request), body


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _flat(request: Request) -> dict[str, str]:
    """Every value of a request as text, by its place."""
    out = {"method": request.method.upper(), "path": route_of(request)}
    value = value_of(request)
    if value is None:
        out["body"] = _short(repr(request.body))
        return out
    stack = [("$", value)]
    while stack:
        place, one = stack.pop()
        if isinstance(one, dict) and one:
            stack += [(f"{place}.{name}", inner) for name, inner in reversed(one.items())]
        elif isinstance(one, list) and one:
            stack += [(f"{place}[{at}]", one[at]) for at in reversed(range(len(one)))]
        else:
            out[place] = json.dumps(one, ensure_ascii=False)
    return out


def _differences(recorded: dict[str, str], asked: dict[str, str]) -> list[tuple[str, str, str]]:
    """(place, what was recorded, what is asked) for every place that differs."""
    places = list(dict.fromkeys([*recorded, *asked]))
    return sorted(
        (place, _shown(recorded.get(place)), _shown(asked.get(place)))
        for place in places
        if recorded.get(place) != asked.get(place)
    )


def _tops(places: Iterable[str]) -> list[str]:
    """The outermost names of places: `model` of `$.model`, `messages` of `$.messages[0].role`."""
    names = (place.removeprefix("$").lstrip(".").split(".")[0].split("[")[0] for place in places)
    return list(dict.fromkeys(name for name in names if name))


def _shown(text: str | None) -> str:
    return "nothing" if text is None else f"`{_short(text)}`"


def _short(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST // 2]}…{text[-_LONGEST // 3 :]}"
