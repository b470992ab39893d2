"""`STREAM-014, cut-at-event=3*2` → what is to go wrong, and how often.

A plan lists misbehaviours in the order in which they are applied: faults that break one rule each
(`conformance.faults`), and what networks and gateways do (`transport`). `*N` limits one to the first
N requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import UsageError
from conformance.faults import Stage, fault_keys, find_fault
from conformance.mock.transport import TRANSPORTS, Transport, transport_named
from conformance.suggest import did_you_mean

if TYPE_CHECKING:
    from conformance.faults import Fault
    from conformance.faults.reply import Reply
    from conformance.mock.refusal import Refusal

__all__ = ["Plan", "Step", "plan_of"]


_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Step:
    """One misbehaviour as it was written; `times` is for how many requests, None for all."""

    text: str
    fault: Fault | None = None
    transport: Transport | None = None
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes wrong, in order."""

    steps: tuple[Step, ...] = ()

    @property
    def name(self) -> str:
        """The steps as they were written."""
        return ", ".join(step.text for step in self.steps)

    @property
    def fair(self) -> bool:
        """Nothing goes wrong: the answers come whole, in other pieces or at another pace."""
        return all(step.transport is not None and step.transport.fair for step in self.steps)

    def refusal(self) -> Refusal | None:
        """The refusal that replaces any answer, None when there is none."""
        for step in self.steps:
            if step.transport is not None and step.transport.refusal is not None:
                return step.transport.refusal
        return None

    def _edit(self, stage: Stage, value: Any, request: dict[str, Any], applied: list[str]) -> Any:
        for step in self.steps:
            if step.fault is not None and step.fault.stage is stage:
                edited = step.fault.apply(value, request)
                if edited is not None:
                    value = edited
                    applied.append(step.text)
        return value

    def on_events(
        self, events: list[dict[str, Any]], request: dict[str, Any], applied: list[str]
    ) -> list[dict[str, Any]]:
        """The events of a stream, with what goes wrong in them."""
        edited: list[dict[str, Any]] = self._edit(Stage.EVENTS, events, request, applied)
        for step in self.steps:
            if step.transport is not None and step.transport.on_events is not None:
                edited = step.transport.on_events(edited)
                applied.append(step.text)
        return edited

    def on_pieces(
        self, pieces: list[bytes], request: dict[str, Any], applied: list[str]
    ) -> list[bytes]:
        """The pieces of a stream, with what goes wrong in their bytes."""
        edited: list[bytes] = self._edit(Stage.PIECES, pieces, request, applied)
        return edited

    def on_value(self, value: Any, request: dict[str, Any], applied: list[str]) -> Any:
        """The value of a JSON answer, with what goes wrong in it."""
        return self._edit(Stage.VALUE, value, request, applied)

    def on_reply(self, reply: Reply, applied: list[str]) -> Reply:
        """The reply as a whole, with what goes wrong in its head and on its way."""
        edited: Reply = self._edit(Stage.REPLY, reply, {}, applied)
        for step in self.steps:
            if step.transport is not None and step.transport.on_reply is not None:
                edited = step.transport.on_reply(edited)
                applied.append(step.text)
        return edited


def plan_of(text: str) -> Plan:
    """The plan that a text describes; an empty text is no plan at all.

    Raises UsageError when a step is neither a fault nor a transport, with the nearest name.
    """
    return Plan(tuple(_step(part.strip()) for part in text.split(",") if part.strip()))


def _step(text: str) -> Step:
    name, star, count = text.partition("*")
    times = None
    if star:
        if not count.strip().isdecimal() or len(count) > _DIGITS:
            raise UsageError(
                f"`{count.strip()}` is no number of requests", where=f"fault `{text}`",
                hint="write `*2` for the first two requests",
            )  # fmt: skip
        times = int(count)
    name, equals, value = name.strip().partition("=")
    fault = find_fault(name) if not equals else None
    if fault is not None:
        return Step(text, fault=fault, times=times)
    transport = transport_named(name, value if equals else None)
    if transport is not None:
        return Step(text, transport=transport, times=times)
    known = [*fault_keys(), *TRANSPORTS]
    raise UsageError(
        f"no such fault: `{name}`",
        where="fault",
        hint=did_you_mean(name, known) or "`cohere-conformance mock --list-faults` lists them",
    )
