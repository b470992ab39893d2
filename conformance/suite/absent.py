"""Outcomes of cases → the features and models that a server seems not to have.

A server that does not know an option ignores it, or refuses it. Either way all cases that would show
the feature fail alike; those that any server passes who has never heard of it say nothing.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from conformance.suite.case import Kind, Outcome
from conformance.suite.features import FEATURES, closure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.suite.case import Case
    from conformance.suite.settings import RunSettings
    from conformance.violation import Violation

__all__ = ["Absent", "absence_told", "absent_features", "models_told", "unserved"]

_NOT_SERVED = "HTTP-011"

_SPEAKING = (Kind.SCENARIO, Kind.LAW)
_PLAIN = "chat-stream/text/"


class Absent(NamedTuple):
    """The features of which something fails and nothing works, and those that no answer shows.

    `failing` are the names of the cases that fail and need one of the first.
    """

    broken: tuple[str, ...] = ()
    unshown: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()


def absent_features(outcomes: Mapping[str, Outcome], cases: Iterable[Case]) -> Absent:
    """What seems to be absent, from the outcomes of cases by name."""
    known = {case.name: case for case in cases if case.name in outcomes}
    # Where not even plain text comes as promised, it is not the features that are missing.
    if not any(n.startswith(_PLAIN) and o is Outcome.KEPT for n, o in outcomes.items()):
        return Absent()
    shown: dict[str, set[Outcome]] = defaultdict(set)
    quiet: dict[str, set[Outcome]] = defaultdict(set)
    for name, case in known.items():
        if case.kind in _SPEAKING:
            for need in _optional(case):
                (quiet if case.quiet else shown)[need].add(outcomes[name])
    broken, unshown = set(), set()
    for feature in FEATURES:
        # Quiet cases count where they fail, and where there are no others.
        seen = shown[feature] or quiet[feature]
        if seen & {Outcome.KEPT, Outcome.TROUBLE, Outcome.KNOWN}:
            continue
        if Outcome.BROKEN in seen:
            broken.add(feature)
        elif Outcome.UNSHOWN in seen:
            unshown.add(feature)
    unshown = {name for name in unshown if not closure([name]) & broken}
    failing = tuple(
        name for name, case in known.items()
        if outcomes[name] is Outcome.BROKEN and _optional(case) & broken
    )  # fmt: skip
    return Absent(_roots(broken), _roots(unshown), failing)


def _optional(case: Case) -> frozenset[str]:
    """The features of a case that a server may do without, those that they rest on included."""
    return frozenset(name for name in closure(case.needs) if FEATURES[name].rests_on)


def _roots(features: set[str]) -> tuple[str, ...]:
    """The features that rest on no other one of these: to lack them is to lack all."""
    return tuple(
        name for name in FEATURES
        if name in features and not (closure([name]) - {name}) & features
    )  # fmt: skip


def absence_told(absent: Absent) -> list[str]:
    """What a person is told of the features that seem absent."""
    lines = []
    if absent.broken:
        named, word = _named(absent.broken), _word(absent.broken)
        count = len(absent.failing)
        cases = "the case that fails" if count == 1 else f"the {count} cases that fail"
        lines.append(
            f"nothing about {named} is as promised: if the server does not have {word}, "
            f"`--lacks {','.join(absent.broken)}` leaves out {cases}"
        )
    if absent.unshown:
        named, word = _named(absent.unshown), _word(absent.unshown)
        lines.append(
            f"no answer shows {named}: `--declare {','.join(absent.unshown)}` demands {word}, "
            f"`--lacks` leaves {word} out"
        )
    return lines


def unserved(violations: Iterable[Violation]) -> set[str]:
    """What is said of requests that were not served because something was not found."""
    return {v.message for v in violations if v.code == _NOT_SERVED and "status `404`" in v.message}


def models_told(said: Iterable[str], settings: RunSettings) -> list[str]:
    """What a person is told where `said` names models that the server lacks and nobody asked for."""
    known = list(said)
    lines = []
    for role in ("chat", "rerank"):
        model = settings.models[role]
        if role not in settings.given_models and any(model in each for each in known):
            option = "--model NAME" if role == "chat" else f"--model {role}=NAME"
            lines.append(f"the server does not have `{model}`: `{option}` names one that it has")
    return lines


def _named(features: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in features)


def _word(features: tuple[str, ...]) -> str:
    return "them" if len(features) > 1 else "it"
