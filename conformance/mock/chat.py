"""A turn → the events of its stream, in the order and form of the live API.

Members stand in the order in which the live API writes them. A citation comes when the words it
cites have come, or after the text when the request asks for accuracy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.mock.chance import Chance
    from conformance.mock.profiles import Profile
    from conformance.mock.turn import Cited, Turn

__all__ = ["events_of"]

Event = dict[str, Any]
_TYPES = {"text": "TEXT_CONTENT", "thinking": "THINKING_CONTENT", "plan": "PLAN"}


def events_of(
    body: dict[str, Any], turn: Turn, usage: dict[str, Any], chance: Chance, profile: Profile
) -> list[Event]:
    """The events that tell a turn, without the terminator."""
    return _Teller(body, turn, usage, chance, profile).tell()


class _Teller:
    """Tells one turn; counters number blocks and citations over the message."""

    def __init__(
        self,
        body: dict[str, Any],
        turn: Turn,
        usage: dict[str, Any],
        chance: Chance,
        profile: Profile,
    ) -> None:
        self.turn = turn
        self.usage = usage
        self.chance = chance
        self.profile = profile
        self.logprobs = body.get("logprobs") is True
        options = body.get("citation_options")
        mode = options.get("mode") if isinstance(options, dict) else None
        self.late = isinstance(mode, str) and mode.upper() == "ACCURATE"
        self.events: list[Event] = []
        self.blocks = 0
        self.citations = 0
        self.id = chance.uuid("message")

    def tell(self) -> list[Event]:
        turn, profile = self.turn, self.profile
        self.start()
        if profile.rich:
            self.events.append(
                {"type": "debug", "event_type": "debug", "prompt": "as the model saw it"}
            )
        if turn.thinking:
            self.block("thinking", turn.thinking)
        if profile.plan:
            self.plan()
        self.calls()
        if turn.text:
            self.block("text", turn.text)
        end: Event = {"type": "message-end"}
        if profile.rich:
            end["id"] = self.id
        end["delta"] = {"finish_reason": turn.finish, "usage": self.usage}
        self.events.append(end)
        return self.events

    def plan(self) -> None:
        for token in self.turn.plan:
            self.add("tool-plan-delta", {"message": {"tool_plan": token}})
        for cited in self.turn.citations:
            if cited.where == "plan":
                self.cite(cited, None)

    def calls(self) -> None:
        for index, call in enumerate(self.turn.calls):
            function = {"name": call.name, "arguments": ""}
            head = {"id": call.id, "type": "function", "function": function}
            self.add("tool-call-start", {"message": {"tool_calls": head}}, index)
            for token in call.arguments:
                piece = {"message": {"tool_calls": {"function": {"arguments": token}}}}
                self.add("tool-call-delta", piece, index)
            self.add("tool-call-end", None, index)

    def add(self, kind: str, delta: Event | None, index: int | None = None) -> Event:
        event: Event = {"type": kind}
        if index is not None and self.profile.indexes:
            event["index"] = index
        if delta is not None:
            event["delta"] = delta
        self.events.append(event)
        return event

    def start(self) -> None:
        message: Event = {"role": "assistant"}
        if self.profile.empty_members:
            message |= {"content": [], "tool_plan": "", "tool_calls": [], "citations": []}
        self.events.append({"id": self.id, "type": "message-start", "delta": {"message": message}})

    def block(self, kind: str, written: list[str]) -> None:
        index, self.blocks = self.blocks, self.blocks + 1
        waiting = [cited for cited in self.turn.citations if cited.where == kind]
        content = {"type": kind, kind: ""} if self.profile.block_types else {kind: ""}
        self.add("content-start", {"message": {"content": content}}, index)
        told = 0
        for number, token in enumerate(written):
            event = self.add("content-delta", {"message": {"content": {kind: token}}}, index)
            if self.logprobs:
                event["logprobs"] = self.logprob(kind, number, token)
            told += len(token)
            while waiting and waiting[0].end <= told and not self.late:
                self.cite(waiting.pop(0), index)
        for cited in waiting:
            self.cite(cited, index)
        self.add("content-end", None, index)

    def cite(self, cited: Cited, block: int | None) -> None:
        told: Event = {
            "start": cited.start,
            "end": cited.end,
            "text": cited.words,
            "sources": cited.sources,
        }
        if self.profile.citation_types or cited.where != "text":
            told["type"] = _TYPES[cited.where]
        if block or (self.profile.rich and block is not None):
            told["content_index"] = block
        index, self.citations = self.citations, self.citations + 1
        self.add("citation-start", {"message": {"citations": told}}, index)
        self.add("citation-end", None, index)

    def logprob(self, kind: str, number: int, token: str) -> Event:
        draw = self.chance.number(f"{kind} token {number}", 4000)
        return {
            "text": token,
            "token_ids": [self.chance.number(f"id of {token}", 256_000)],
            "logprobs": [-draw / 1000],
        }
