"""The decision tables: who is judged, how serious a finding is, and which exit code it gives.

Nothing else in the project decides a level or an exit code. The tables are data; `tests/` walks
them cell by cell.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

__all__ = [
    "EXIT_BROKEN",
    "EXIT_NOT_JUDGED",
    "EXIT_OK",
    "LEVEL_OF_SOURCE",
    "Level",
    "Party",
    "RequestState",
    "Source",
    "SourceKind",
    "exit_code",
    "refusal_fits",
    "request_level",
    "response_verdict",
]

EXIT_OK = 0
EXIT_BROKEN = 1
EXIT_NOT_JUDGED = 2


class Level(str, Enum):
    """How serious a finding is; only an error breaks the contract."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for error."""
        return {"info": 0, "warning": 1, "error": 2}[self.value]


class Party(str, Enum):
    """Who controls what a rule looks at."""

    CLIENT = "client"
    SERVER = "server"


class SourceKind(str, Enum):
    """What states a clause."""

    SCHEMA = "schema"
    STANDARD = "standard"
    PROSE = "prose"
    OBSERVED = "observed"
    CONFLICT = "conflict"
    MODEL = "model"


class Source(NamedTuple):
    """What states a clause: its kind, and where it stands.

    `where` is the id of a clause (``ST-04``, see `specs/clauses.yaml`), a pointer into a snapshot
    (``specs/.../chat-stream.yaml#/components/schemas/Usage``), or a section of a standard.
    """

    kind: SourceKind
    where: str


# The default level of a rule follows from what states its clause: only an unconditional statement
# makes an error. A rule may be milder than this (a SHOULD of a standard, an example), never harsher.
LEVEL_OF_SOURCE: dict[SourceKind, Level] = {
    SourceKind.SCHEMA: Level.ERROR,
    SourceKind.STANDARD: Level.ERROR,
    SourceKind.PROSE: Level.ERROR,
    SourceKind.OBSERVED: Level.WARNING,
    SourceKind.MODEL: Level.WARNING,
    SourceKind.CONFLICT: Level.INFO,
}


class RequestState(str, Enum):
    """What the request rules say of a request, for the table of exchanges."""

    CLEAN = "clean"
    TOLERATED = "tolerated"
    FAULTY = "faulty"


# Both are described as the answer to a malformed request (ER-04).
_MALFORMED = (400, 422)
_CLASSES = {2: "2xx", 4: "other-4xx", 5: "5xx"}


def _status_class(status: int) -> str:
    return "refused" if status in _MALFORMED else _CLASSES.get(status // 100, "other")


# (what the request is, how it was answered) -> name of the rule about the *response*, or None.
_RESPONSE: dict[tuple[RequestState, str], str | None] = {
    (RequestState.CLEAN, "2xx"): None,
    (RequestState.CLEAN, "refused"): "refused-without-fault",
    (RequestState.CLEAN, "other-4xx"): "not-served",
    (RequestState.CLEAN, "5xx"): "not-served",
    (RequestState.CLEAN, "other"): None,
    (RequestState.TOLERATED, "2xx"): None,
    (RequestState.TOLERATED, "refused"): None,
    (RequestState.TOLERATED, "other-4xx"): "not-served",
    (RequestState.TOLERATED, "5xx"): "not-served",
    (RequestState.TOLERATED, "other"): None,
    (RequestState.FAULTY, "2xx"): "accepted-faulty-request",
    (RequestState.FAULTY, "refused"): None,
    (RequestState.FAULTY, "other-4xx"): None,
    (RequestState.FAULTY, "5xx"): "server-error-on-faulty-request",
    (RequestState.FAULTY, "other"): None,
}


def response_verdict(state: RequestState, status: int) -> str | None:
    """The name of the rule that a response with `status` breaks, given the request's state."""
    return _RESPONSE[state, _status_class(status)]


# These refuse for another reason than what the request says: the key, the bill, the model's name,
# the rate, the time.
_ELSEWHERE = frozenset({401, 402, 403, 404, 408, 429, 498, 499})

# name of a rule about something else than the body -> the statuses that answer its breach
_ANSWERS: dict[str, frozenset[int]] = {
    "missing-authorization": frozenset({400, 401, 403, 498}),
    "malformed-authorization": frozenset({400, 401, 403, 498}),
    "wrong-method": frozenset({400, 404, 405}),
}


def refusal_fits(name: str, status: int) -> bool:
    """Whether a status can be the answer to a breach of the rule `name` about requests."""
    if _status_class(status) not in ("refused", "other-4xx"):
        return False
    if name in _ANSWERS:
        return status in _ANSWERS[name]
    return status not in _ELSEWHERE


def request_level(level: Level, status: int | None, name: str = "") -> Level:
    """The level of a finding of the rule `name` about a request, once its answer is known.

    A refusal that fits is explained by the fault, so the fault is information; any other answer,
    or none, leaves the level as the rule states it.
    """
    if status is not None and refusal_fits(name, status):
        return Level.INFO
    return level


def exit_code(
    *, judged: int, errors: int, warnings: int = 0, trouble: int = 0, strict: bool = False
) -> int:
    """The exit code of a run: 2 beats 1 beats 0.

    `errors` and `warnings` count findings of the judged party, `trouble` what could not be judged
    for reasons of our own (an unreadable file, an unreachable target).
    """
    if trouble or not judged:
        return EXIT_NOT_JUDGED
    if errors or (strict and warnings):
        return EXIT_BROKEN
    return EXIT_OK
