"""The alternatives of two shapes -> pairs, and those that only one of the two has.

An alternative of a type that no other has is known by its type. Objects are known by the value that
a discriminator's mapping gives them, else by the one value of the discriminating property, else by
their label. Where a page lets several share the values of that property, whoever has a member named
like a value takes it, and the last one what is left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.diff.digest import TELLING, digest_of
from conformance.diff.shape import expand

if TYPE_CHECKING:
    from conformance.diff.shape import Alternative, Shape

__all__ = ["Pair", "Paired", "pair"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two alternatives that mean the same. `name` is empty where nothing else could be meant.

    `told_by` is the property that told them apart from others, if it was one.
    """

    name: str
    old: Alternative
    new: Alternative
    told_by: str | None = None


@dataclass(slots=True)
class Paired:
    """What became of the alternatives: pairs, and by name what is gone and what is new.

    `vague` means that a side has an alternative that nobody can tell, so that nothing is missing
    for sure. `told_by` is the property that tells the objects apart.
    """

    pairs: list[Pair] = field(default_factory=list)
    gone: dict[str, Alternative] = field(default_factory=dict)
    new: dict[str, Alternative] = field(default_factory=dict)
    vague: bool = False
    told_by: str | None = None


def pair(old: Shape, new: Shape) -> Paired:
    """Pair the alternatives of two shapes."""
    out = Paired()
    out.vague = any(
        one.json == "unknown" and not one.mapped for one in (*old.alternatives, *new.alternatives)
    )
    first, second = _by_type(old), _by_type(new)
    many = max(_branches(old), _branches(new)) > 1
    for json in dict.fromkeys((*first, *second)):
        ours, theirs = first.get(json, []), second.get(json, [])
        if json == "object":
            _objects(out, old, new, ours, theirs, many=many)
            continue
        name = json if many and json == "array" else ""
        for one, other in zip(ours, theirs, strict=False):
            out.pairs.append(Pair(name, one, other))
        out.gone.update(_numbered(json, ours[len(theirs) :]))
        out.new.update(_numbered(json, theirs[len(ours) :]))
    return out


def _branches(shape: Shape) -> int:
    """How many alternatives have an inside."""
    return sum(1 for one in shape.alternatives if one.json != "null")


def _by_type(shape: Shape) -> dict[str, list[Alternative]]:
    found: dict[str, list[Alternative]] = {}
    for one in shape.alternatives:
        if one.json == "unknown":
            if one.mapped:
                found.setdefault("object", []).append(one)
        else:
            found.setdefault(one.json, []).append(one)
    return found


def _numbered(json: str, found: list[Alternative]) -> dict[str, Alternative]:
    return {json if not n else f"{json} {n + 1}": one for n, one in enumerate(found)}


def _objects(
    out: Paired,
    old: Shape,
    new: Shape,
    ours: list[Alternative],
    theirs: list[Alternative],
    *,
    many: bool,
) -> None:
    told_by = new.discriminator or old.discriminator or _telling(theirs) or _telling(ours)
    if len(ours) <= 1 and len(theirs) <= 1:
        if ours and theirs:
            shared = _narrowed(ours[0], theirs[0], told_by)
            out.pairs.append(Pair("object" if many else "", ours[0], theirs[0], shared))
        else:
            out.gone.update(_numbered("object", ours))
            out.new.update(_numbered("object", theirs))
        return
    out.told_by = told_by
    known, left = _named(ours, told_by)
    fresh, others = _named(theirs, told_by)
    # What one side does not name is what the other side describes in the same words.
    _likened(left, known, fresh, told_by)
    _likened(others, fresh, known, told_by)
    _together(left, others, known, fresh, told_by)
    _assign(left, known, told_by)
    _assign(others, fresh, told_by)
    for name, one in known.items():
        if name not in fresh:
            out.gone[name] = one
            continue
        other = fresh.pop(name)
        allowed = _allows(one, name, told_by), _allows(other, name, told_by)
        if allowed == (True, False):
            out.gone[name] = one
        elif allowed == (False, True):
            out.new[name] = other
        else:
            out.pairs.append(Pair(name, one, other, told_by))
    out.new.update(fresh)


def _allows(one: Alternative, name: str, told_by: str | None) -> bool | None:
    """Whether an object may have its own name in the property that tells it from others.

    None where that is not for its list of values to say: the union itself names the member.
    """
    values = _values(one, told_by) if told_by else ()
    if one.mapped or one.label or not values:
        return None
    return name in values


def _narrowed(old: Alternative, new: Alternative, told_by: str | None) -> str | None:
    """The property that names two lone objects, if a union names one of them and the other fits."""
    if told_by is None:
        return None
    for one, other in ((old, new), (new, old)):
        name = one.mapped or one.label
        values = _values(other, told_by)
        if name and (name in (other.mapped, other.label) or name in values):
            return told_by
    return None


def _telling(objects: list[Alternative]) -> str | None:
    """The property that tells objects apart, where no discriminator says it."""
    best: tuple[int, bool, str] | None = None
    shared = set.intersection(*(set(one.properties) for one in objects)) if objects else set()
    for name in sorted(shared):
        values = [_values(one, name) for one in objects]
        if not all(values):
            continue
        single = sum(1 for one in values if len(one) == 1)
        rank = (single, name in TELLING, name)
        if (single or name in TELLING) and (best is None or rank[:2] > best[:2]):
            best = rank
    return best[2] if best else None


def _values(one: Alternative, name: str) -> tuple[str, ...]:
    """The texts that a property of an object may have; empty when they are not listed."""
    node = one.properties.get(name)
    if node is None:
        return ()
    alternatives = expand(node).alternatives
    if len(alternatives) != 1 or alternatives[0].enum is None:
        return ()
    return tuple(map(str, alternatives[0].enum))


_Open = list["tuple[Alternative, tuple[str, ...]]"]


def _named(objects: list[Alternative], told_by: str | None) -> tuple[dict[str, Alternative], _Open]:
    """Each object under its own name; and those without, with the values that they may have."""
    named: dict[str, Alternative] = {}
    left: _Open = []
    for one in objects:
        values = _values(one, told_by) if told_by else ()
        single = values[0] if len(values) == 1 else None
        name = one.mapped or single or one.label
        if name is None or name in named:
            left.append((one, values))
        else:
            named[name] = one
    return named, left


def _likened(
    left: _Open,
    named: dict[str, Alternative],
    others: dict[str, Alternative],
    told_by: str | None,
) -> None:
    """Give objects without a name that of one on the other side with the same shape."""
    free = {name: one for name, one in others.items() if name not in named}
    # A list of values may lack a member's own, so that is only the first try.
    for listed in (True, False):
        for one, values in list(left):
            if not listed and _suffice(left, named):
                break
            shape = digest_of(one, without=(told_by,))
            for name, other in free.items():
                if listed and values and name not in values:
                    continue
                if digest_of(other, without=(told_by,)) == shape:
                    named[name] = one
                    left.remove((one, values))
                    del free[name]
                    break


def _suffice(left: _Open, named: dict[str, Alternative]) -> bool:
    """Whether the values that are listed, and that nobody has, are enough for all without a name."""
    return 0 < len(left) <= len({v for _, values in left for v in values if v not in named})


def _together(
    left: _Open,
    others: _Open,
    known: dict[str, Alternative],
    fresh: dict[str, Alternative],
    told_by: str | None,
) -> None:
    """Give objects that have no name on either side one name, if they have the same shape."""
    for one, values in list(left):
        shape = digest_of(one, without=(told_by,))
        for other in others:
            if digest_of(other[0], without=(told_by,)) == shape:
                alone: dict[str, Alternative] = dict(known)
                _assign([(one, values)], alone, told_by)
                name = next(name for name, each in alone.items() if each is one)
                if values and other[1] and name not in other[1] and _suffice(others, fresh):
                    break  # it has another name there
                left.remove((one, values))
                others.remove(other)
                known[name], fresh[name] = one, other[0]
                break


def _assign(left: _Open, named: dict[str, Alternative], told_by: str | None) -> None:
    """Name the objects that share their values: by likeness first, then by what is left."""
    waiting = list(left)
    for exact in (True, False):
        for one, values in list(waiting):
            words = {word for name in one.properties if name != told_by for word in _words(name)}
            whole = set(one.properties) - {told_by}
            free = [value for value in values if value not in named]
            liked = [
                value for value in free if (value in whole if exact else _words(value) & words)
            ]
            if len(liked) == 1:
                named[liked[0]] = one
                waiting.remove((one, values))
    for one, values in waiting:
        free = [value for value in values if value not in named]
        name = free[0] if free else "{" + ",".join(sorted(one.properties)) + "}"
        unique, number = name, 1
        while unique in named:
            number += 1
            unique = f"{name} {number}"
        named[unique] = one


def _words(name: str) -> set[str]:
    return set(re.split(r"[^a-z0-9]+", name.lower())) - {""}
