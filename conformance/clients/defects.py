"""Records of clients → defects: each cause once, with the smallest case that shows it.

Two findings have one cause when the same clause is broken in the same channel by cases that have a
cause in common; wherever they stand, when the symptom itself names the cause (the text of an
exception, the place in a request), and when most of the cases that use a channel show it. The
variants of a client share their defects.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.clients.channels import CHANNELS
from conformance.clients.clauses import CLAUSES
from conformance.clients.marks import Mark
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.clients.records import CaseRecord, Said, Tried

__all__ = ["Defect", "Place", "command_of", "defects_of", "symptom_of"]

# Their messages name what went wrong, so that alike messages mean one cause; unless what was cut out of
# them is what tells one from the other.
_SPEAKING = frozenset({"CLIENT-001", "CLIENT-025", "CLIENT-035"})
# These can have but one cause in a client.
_SINGLE = frozenset({"CLIENT-005", "CLIENT-015", "CLIENT-016", "CLIENT-017", "CLIENT-034"})
_NAMELESS = frozenset({"CLIENT-005", "CLIENT-021", "CLIENT-022", "CLIENT-034"})
_HELD, _DROPPED, _HIDDEN = "CLIENT-026", "CLIENT-010", "CLIENT-020"
# What the same cause does to one channel and to another is one defect.
_LOSSES = frozenset({"CLIENT-010", "CLIENT-011", "CLIENT-012", "CLIENT-013", "CLIENT-014"})
# Whose symptom shows for so many causes has one of its own, beside all of them.
_WIDE = frozenset({"CLIENT-010", "CLIENT-013", "CLIENT-014", "CLIENT-021", "CLIENT-022"})
# Cases about the form of the bytes, and not about what they say: each form is a matter of its own, and
# all places where they are cut are one.
_FORMS, _CUTS = "framing/", "chunks/"
_PROGRAM = "cohere-conformance"
# A symptom in so many of the cases that could show it is a matter of the channel.
_MOST_OF = 0.5
_FEW = 3
# A client that hides so many of the failures of an endpoint hides them in one place.
_NEARLY_ALL = 0.9
_MANY = 10
_VAGUE = 4
_ANYTHING = 20
# Members of a request deeper than this are lost with what they stand in.
_DEEP = 4
# The members of a document are the names of its author.
_OWN = re.compile(r"/data/.*")
_WORD = re.compile(r"[^\W_]{4,}")
_NUMBER = re.compile(
    r"\b0x[0-9a-f]+\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\d+", re.IGNORECASE
)
_GAPS = re.compile(r"…(?:[\W_]*…)*")
_POINTER = re.compile(r"`(/[^`]*)`")
_MESSAGE = re.compile(r"/messages/(\d+)(?=/|$)")
_ROLE = re.compile(r'"role": "(\w+)"')
_COUNT = re.compile(r"(?:#[., ]?)+")
# What comes behind these in a message quotes the answer, and differs from case to case.
_QUOTED = re.compile(r"(?:Received|Text:|input_value=|Value:|got:|body:).*", re.DOTALL)


_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One case that shows a defect, in the variants named; `message` is what is said of it there."""

    case: str
    about: str
    variants: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Defect:
    """One cause in one client. `client` is its name without a variant; `of` how many cases use the channel.

    `causes` are what its cases try, in few words; `everywhere` says that most of those that use the
    channel show it, or nearly all failures of an endpoint. `places` begin with the smallest case.
    `adapter` is the command of an adapter of the user's own.
    """

    client: str
    code: str
    name: str
    level: Level
    channel: str
    symptom: str
    causes: tuple[str, ...]
    variants: tuple[str, ...]
    places: tuple[Place, ...]
    of: int = 0
    everywhere: bool = False
    adapter: str = ""

    @property
    def message(self) -> str:
        """What is said of the smallest case."""
        return self.places[0].message

    @property
    def command(self) -> str:
        """What reproduces it."""
        place = self.places[0]
        variant = place.variants[0]
        name = f"{self.client}:{variant}" if variant else self.client
        return f"{command_of(name, self.adapter)} --case {place.case} -v"


@dataclass(frozen=True, slots=True)
class _Seen:
    """One finding: in which variant, in which case."""

    variant: str
    case: CaseRecord
    said: Said
    symptom: str


def defects_of(
    tried: Iterable[Tried],
    cases: Mapping[str, CaseRecord],
    surfaces: Mapping[str, Sequence[str]],
    *,
    least: Level = Level.WARNING,
    adapters: Mapping[str, str] | None = None,
) -> list[Defect]:
    """All defects: by client, errors first, then by the number of cases that show them.

    `surfaces` tells the channels of each client by its full name, `adapters` the commands of those that
    are the user's own; findings below `least` are left out.
    """
    tried = list(tried)
    common = _vocabulary(cases.values()) | _spoken(tried, cases)
    seen: dict[str, list[_Seen]] = defaultdict(list)
    ran: dict[str, dict[str, None]] = defaultdict(dict)
    judged: dict[str, dict[str, CaseRecord]] = defaultdict(dict)
    reports: dict[str, dict[str, Counter[Mark]]] = defaultdict(lambda: defaultdict(Counter))
    for one in tried:
        name, _, variant = one.client.partition(":")
        ran[name][variant] = None
        case = cases[one.case]
        if one.survives is not Mark.UNSUPPORTED:
            judged[name][one.case] = case
        reports[name][case.endpoint][one.reports] += 1
        for said in one.said:
            if said.level.rank >= least.rank:
                symptom = symptom_of(said, case, common)
                seen[name].append(_Seen(variant, case, said, symptom))
    found = []
    for name, all_seen in seen.items():
        surfaced = {channel for full in surfaces if full.partition(":")[0] == name
                    for channel in surfaces[full]}  # fmt: skip
        counts = _uses(judged[name].values(), surfaced)
        blind = {endpoint for endpoint, marks in reports[name].items() if _blind(marks)}
        some = _client_defects(name, all_seen, tuple(ran[name]), counts, blind)
        found += [replace(defect, adapter=(adapters or {}).get(name, "")) for defect in some]
    return sorted(found, key=lambda d: (d.client, -d.level.rank, -len(d.places), d.code, d.symptom))


def command_of(name: str, adapter: str = "") -> str:
    """The command that runs a client again: one of ours by its name, an adapter by its command."""
    return f"{_PROGRAM} client run {f'--adapter {shlex.quote(adapter)}' if adapter else name}"


def symptom_of(said: Said, case: CaseRecord, common: frozenset[str] = frozenset()) -> str:
    """The message without what differs from case to case: numbers, and words of this very answer.

    `common` are words that stay, although they occur in answers.
    """
    own = set(_WORD.findall(" ".join(_texts(case)))) - common
    pointer = _POINTER.match(said.message) if said.channel == "request" else None
    if pointer is not None:
        named = _with_role(_OWN.sub("/data", pointer[1]), case.request)
        place = "/".join(_NUMBER.sub("#", named).split("/")[: _DEEP + 1])
        return f"{said.name} {place}"
    if said.code in _NAMELESS:
        return said.name
    text = _QUOTED.sub("…", said.message)
    if said.code == _HIDDEN:
        # the case itself is told first, then what the caller was told
        text = text.rpartition(", and ")[2]
    text = _WORD.sub(
        lambda word: "…" if word[0] in own and not word[0].isdigit() else word[0], text
    )
    text = _COUNT.sub("#", _NUMBER.sub("#", text))
    return _GAPS.sub("…", text).strip()


def _with_role(pointer: str, request: str) -> str:
    """The place of a message by its role: what is done to a tool's message is not done to a user's."""
    found = _MESSAGE.match(pointer)
    roles = _ROLE.findall(request)
    if found is None or int(found[1]) >= len(roles):
        return pointer
    return f"/messages/{roles[int(found[1])]}{pointer[found.end() :]}"


def _texts(case: CaseRecord) -> list[str]:
    pieces = [str(piece) for answer in case.answers for piece in answer["pieces"]]
    return [case.request, *pieces]


def _vocabulary(cases: Iterable[CaseRecord]) -> frozenset[str]:
    """The words that many cases have: those of the protocol, and not those of one answer."""
    counts: Counter[str] = Counter()
    number = 0
    for case in cases:
        number += 1
        counts.update(set(_WORD.findall(" ".join(_texts(case)))))
    return frozenset(word for word, count in counts.items() if count > max(2, number // 50))


def _spoken(tried: Iterable[Tried], cases: Mapping[str, CaseRecord]) -> frozenset[str]:
    """The words that messages have where the answer has not: they are the client's own."""
    texts: dict[str, set[str]] = {}
    found: set[str] = set()
    for one in tried:
        words = {word for said in one.said for word in _WORD.findall(said.message)}
        if words and one.case not in texts:
            texts[one.case] = set(_WORD.findall(" ".join(_texts(cases[one.case]))))
        found |= words - texts.get(one.case, set())
    return frozenset(found)


def _uses(cases: Iterable[CaseRecord], surfaced: set[str]) -> Counter[str]:
    """How many cases that are allowed send something in each channel."""
    counts: Counter[str] = Counter()
    names = {"calls": "tool_calls"}
    for case in cases:
        if case.sort != "failure":
            counts.update(names.get(key, key) for key in case.expect)
    return Counter({name: count for name, count in counts.items() if name in surfaced})


def _blind(marks: Counter[Mark]) -> bool:
    """Whether hardly any failure reached the caller."""
    hidden, shown = marks[Mark.NO], marks[Mark.YES]
    return hidden >= max(_MANY, _NEARLY_ALL * (hidden + shown))


def _client_defects(
    client: str, seen: list[_Seen], ran: tuple[str, ...], uses: Counter[str], blind: set[str]
) -> list[Defect]:
    everywhere = _everywhere(seen, uses)
    everywhere |= {(_HIDDEN, endpoint): (_HIDDEN, endpoint) for endpoint in blind}
    # What never arrives is not held back.
    gone = {key[1] for key in everywhere.values() if key[0] == _DROPPED}
    seen = [one for one in seen if one.said.code != _HELD or one.said.channel not in gone]
    reach: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    beyond: set[str] = set()
    for one in seen:
        reach[one.said.code, one.said.channel, one.symptom].add(one.case.cause)
        if not one.case.name.startswith((_FORMS, _CUTS)):
            beyond.add(one.symptom)
    groups: dict[_Key, list[_Seen]] = defaultdict(list)
    for one in seen:
        code, channel = one.said.code, one.said.channel
        shared = everywhere.get((code, one.case.endpoint)) or _shared(one, everywhere)
        if shared is not None:
            key = shared
        elif code in _SPEAKING and one.case.name.startswith(_FORMS) and one.symptom not in beyond:
            # A parser says the same of whatever form it does not know.
            key = (code, channel, one.case.cause)
        elif _by_symptom(one, len(reach[code, channel, one.symptom])):
            key = (code, channel, one.symptom)
        elif code in _LOSSES:
            key = ("", one.case.cause)
        elif channel == "request":
            # It names the place that is sent otherwise: another place is another cause.
            key = (code, channel, one.case.cause, one.symptom)
        else:
            key = (code, channel, one.case.cause)
        groups[key].append(one)
    _join_single(groups)
    _join_rules(groups)
    matters = set(everywhere.values())
    return [
        _defect(client, group, ran, uses, everywhere=key in matters)
        for key, group in groups.items()
    ]


def _join_single(groups: dict[tuple[str, ...], list[_Seen]]) -> None:
    """Put what one case alone shows of a request to the others that show it, as a case of many things."""
    for key in list(groups):
        first = groups[key][0]
        if first.said.channel != "request" or len({one.case.name for one in groups[key]}) > 1:
            continue
        mark = (first.said.code, first.symptom)
        others = [
            some for other, some in groups.items()
            if other != key and mark in {(one.said.code, one.symptom) for one in some}
        ]  # fmt: skip
        if others:
            max(others, key=len).extend(groups.pop(key))


def _join_rules(groups: dict[_Key, list[_Seen]]) -> None:
    """Put a rule that is broken by what the client made of a value to the change of that value."""
    altered = {
        _place(some): some for some in groups.values() if some[0].said.name == "alters-request"
    }
    for key in list(groups):
        some = groups[key]
        other = altered.get(_place(some))
        if some[0].said.code not in CLAUSES and other is not None:
            names = {one.case.name for one in other}
            if all(one.case.name in names for one in some):
                other.extend(groups.pop(key))


def _place(some: list[_Seen]) -> str:
    """The place in a request that the first of some findings is about."""
    return some[0].symptom.partition(" ")[2] if some[0].said.channel == "request" else "?"


def _everywhere(seen: list[_Seen], uses: Counter[str]) -> dict[_Key, _Key]:
    """What most of the cases that use a channel show, and the defect that it is.

    From code, channel and symptom; without a symptom it is for what else breaks the clause there.
    Symptoms each of which shows in most cases are defects of their own.
    """
    names: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in seen:
        if one.case.sort != "failure":
            names[one.said.code, one.said.channel][one.symptom].add(one.case.name)
    made: dict[_Key, _Key] = {}
    for (code, channel), symptoms in names.items():
        least = max(_FEW, uses[channel] * _MOST_OF)
        judged = channel in CHANNELS and code not in _SPEAKING and uses[channel]
        if not judged or len(set().union(*symptoms.values())) < least:
            continue
        most = max(symptoms, key=lambda symptom: len(symptoms[symptom]))
        made[code, channel] = (code, channel, most)
        for symptom, cases in symptoms.items():
            if len(cases) >= least:
                made[code, channel, symptom] = (code, channel, symptom)
    return made


def _shared(one: _Seen, everywhere: dict[_Key, _Key]) -> _Key | None:
    """The defect of a channel that a finding belongs to; the same symptom may break several clauses."""
    code, channel = one.said.code, one.said.channel
    codes = [code, *sorted(_LOSSES - {code})] if code in _LOSSES else [code]
    for each in codes:
        if (each, channel, one.symptom) in everywhere:
            return everywhere[each, channel, one.symptom]
    return everywhere.get((code, channel))


def _by_symptom(one: _Seen, causes: int) -> bool:
    """Whether findings with this symptom are one defect, which shows for so many causes."""
    code = one.said.code
    if code in _SINGLE:
        return True
    if code in _SPEAKING:
        # One unguarded place fails in several ways; each option of a call is a place of its own.
        if causes == 1 and one.case.sort != "sending":
            return False
        return not _VAGUE < causes <= _ANYTHING or "…" not in one.symptom
    if code in _WIDE:
        return causes > _VAGUE
    return one.said.channel == "request" and code != "CLIENT-031"


def _defect(
    client: str,
    group: list[_Seen],
    ran: tuple[str, ...],
    uses: Counter[str],
    *,
    everywhere: bool,
) -> Defect:
    by_case: dict[str, list[_Seen]] = defaultdict(list)
    for one in group:
        by_case[one.case.name].append(one)
    ordered = sorted(by_case.values(), key=lambda some: (_size(some[0].case), some[0].case.name))
    places = tuple(
        Place(
            some[0].case.name,
            some[0].case.about,
            tuple(dict.fromkeys(one.variant for one in some)),
            some[0].said.message,
        )
        for some in ordered
    )
    first = ordered[0][0]
    had = {one.variant for one in group}
    return Defect(
        client=client,
        code=first.said.code,
        name=first.said.name,
        level=max((one.said.level for one in group), key=lambda level: level.rank),
        channel=first.said.channel,
        symptom=first.symptom,
        causes=tuple(dict.fromkeys(some[0].case.cause for some in ordered)),
        variants=tuple(variant for variant in ran if variant in had),
        places=places,
        of=uses[first.said.channel],
        everywhere=everywhere,
    )


def _size(case: CaseRecord) -> int:
    return sum(len(text) for text in _texts(case))
