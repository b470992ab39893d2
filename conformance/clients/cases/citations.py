"""Citations: where they may come, what they may cite, and with which sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.clients.cases.script import (
    ask_with_documents,
    ask_with_results,
    block,
    cite,
    delta,
    document,
    end,
    start,
)

if TYPE_CHECKING:
    from conformance.clients.cases.shelf import Shelf

__all__ = ["citations"]


class _Setting:
    """A request with three documents, and a text of five words to cite."""

    def __init__(self, shelf: Shelf, name: str, *, first: str = "") -> None:
        self.say = say = shelf.say(name)
        self.documents = [document(say, say.letters(8)) for _ in range(3)]
        self.request = ask_with_documents(say, *self.documents)
        self.words = [first or say.word(), *(say.word() for _ in range(4))]
        self.text = " ".join(self.words)

    @property
    def parts(self) -> list[str]:
        """The text as deltas."""
        return [self.words[0], *(f" {word}" for word in self.words[1:])]

    def source(self, number: int = 0) -> dict[str, Any]:
        """One of the documents as a source."""
        one = self.documents[number]
        return {
            "type": "document",
            "id": one["id"],
            "document": {"id": one["id"], **one["data"]},
        }

    def span(self, number: int, last: int | None = None) -> tuple[int, int]:
        """Where the words from one to another stand."""
        low = len(" ".join(self.words[:number])) + (number > 0)
        return low, low + len(" ".join(self.words[number : (number if last is None else last) + 1]))

    def cite(
        self, number: int, index: int = 0, sources: list[Any] | None = None, **more: Any
    ) -> list[dict[str, Any]]:
        """A citation of one word."""
        given = [self.source()] if sources is None else sources
        return cite(self.span(number), self.words[number], given, index, **more)

    def inside(self, place: int, *cited: dict[str, Any]) -> list[dict[str, Any]]:
        """An answer with citations behind so many deltas, inside the block."""
        made = block(self.parts)
        made[place + 1 : place + 1] = cited
        return [start(self.say), *made, end(self.say)]


def citations(shelf: Shelf) -> None:
    """Put the cases of citations."""
    _places(shelf)
    _spans(shelf)
    _sources(shelf)
    _kinds(shelf)


def _places(shelf: Shelf) -> None:
    for name, about, number, place in (
        ("at-end", "a citation behind the whole text, before the block ends", 1, 5),
        ("in-text", "a citation right behind its words, with text after it", 1, 2),
        ("lagging", "a citation two deltas behind its words", 1, 4),
        ("ahead", "a citation before its words", 3, 2),
        ("before-text", "a citation before any delta", 0, 0),
    ):
        at = _Setting(shelf, name)
        shelf.allowed(name, about, at.inside(place, *at.cite(number)), at.request)
    at = _Setting(shelf, "after-block")
    events = [start(at.say), *block(at.parts), *at.cite(1), end(at.say)]
    shelf.allowed("after-block", "a citation behind the end of its block", events, at.request)
    at = _Setting(shelf, "between-blocks")
    events = [start(at.say), *block(at.parts), *at.cite(1), *block(at.say.parts(), 1), end(at.say)]
    shelf.allowed("between-blocks", "a citation between two blocks", events, at.request)
    at = _Setting(shelf, "two-in-a-row")
    both = [*at.cite(1), *at.cite(3, 1, [at.source(1)])]
    shelf.allowed("two-in-a-row", "two citations in a row", at.inside(5, *both), at.request)
    at = _Setting(shelf, "interleaved")
    made = block(at.parts)
    made[5:5] = at.cite(3, 1)
    made[3:3] = at.cite(1)
    events = [start(at.say), *made, end(at.say)]
    shelf.allowed("interleaved", "citations among the deltas", events, at.request)
    at = _Setting(shelf, "many")
    many = [each for index in range(60) for each in at.cite(index % 5, index)]
    shelf.allowed("many", "sixty citations", at.inside(5, *many), at.request)
    at = _Setting(shelf, "before-limit")
    events = [*at.inside(5, *at.cite(1))[:-1], end(at.say, "MAX_TOKENS")]
    shelf.allowed("before-limit", "a citation, and then the token limit", events, at.request)
    at = _Setting(shelf, "second-block")
    second = block(at.parts, 1)
    second[6:6] = at.cite(1, content_index=1)
    events = [start(at.say), *block(at.say.parts(), 0, "thinking"), *second, end(at.say)]
    shelf.allowed("second-block", "a citation of the text behind thinking", events, at.request)
    at = _Setting(shelf, "two-blocks")
    first, second = block(at.parts), block(at.parts, 1)
    first[6:6] = at.cite(1, content_index=0)
    second[6:6] = at.cite(2, 1, content_index=1)
    events = [start(at.say), *first, *second, end(at.say)]
    shelf.allowed("two-blocks", "citations in each of two blocks", events, at.request)


def _spans(shelf: Shelf) -> None:
    for name, about, first in (
        ("behind-accents", "a citation behind letters with accents", "éàü"),
        ("behind-emoji", "a citation behind emoji, counted in code points", "😀😀"),
        ("behind-joined-emoji", "a citation behind an emoji of several code points", "👩‍👩‍👧"),
        ("behind-han", "a citation behind Chinese characters", "你好"),
        ("behind-line-ends", "a citation behind line ends", "\n\n\t"),
    ):
        at = _Setting(shelf, name, first=first)
        shelf.allowed(name, about, at.inside(5, *at.cite(2)), at.request)
    at = _Setting(shelf, "of-emoji", first="a😀b")
    shelf.allowed(
        "of-emoji", "a citation of a text with an emoji", at.inside(5, *at.cite(0)), at.request
    )
    at = _Setting(shelf, "whole-text")
    cited = cite((0, len(at.text)), at.text, [at.source()])
    shelf.allowed("whole-text", "a citation of the whole text", at.inside(5, *cited), at.request)
    at = _Setting(shelf, "empty-span")
    cited = cite((3, 3), "", [at.source()])
    shelf.allowed("empty-span", "a citation of nothing", at.inside(5, *cited), at.request)
    at = _Setting(shelf, "overlapping")
    over = cite(at.span(1, 2), " ".join(at.words[1:3]), [at.source()])
    both = [*over, *at.cite(2, 1, [at.source(1)])]
    shelf.allowed("overlapping", "citations that overlap", at.inside(5, *both), at.request)
    at = _Setting(shelf, "out-of-order")
    both = [*at.cite(3), *at.cite(1, 1)]
    shelf.allowed(
        "out-of-order", "a later citation of earlier words", at.inside(5, *both), at.request
    )
    at = _Setting(shelf, "same-words")
    both = [*at.cite(1), *at.cite(1, 1, [at.source(1)])]
    shelf.allowed("same-words", "two citations of the same words", at.inside(5, *both), at.request)


def _sources(shelf: Shelf) -> None:
    def put(name: str, about: str, edit: str) -> None:
        at = _Setting(shelf, name)
        one, two, three = (at.source(number) for number in range(3))
        if edit == "bare":
            del one["document"]
        elif edit == "no-id":
            del one["id"]
        elif edit == "empty":
            one["document"] = {}
        elif edit == "typed":
            one["document"] |= {"n": 7, "x": 0.5, "list": ["a", 1], "in": {"deep": True}}
        elif edit == "long":
            one["document"]["text"] = at.say.word() * 3000
        lists = {"two": [one, two], "three": [one, two, three], "none": [], "twice": [one, one]}
        cited = at.cite(1, 0, lists.get(edit, [one]))
        shelf.allowed(name, about, at.inside(5, *cited), at.request)

    put("two-sources", "a citation with two sources", "two")
    put("three-sources", "a citation with three sources", "three")
    put("same-source-twice", "a citation with the same source twice", "twice")
    put("no-source", "a citation with an empty list of sources", "none")
    put("source-without-document", "a source that has an id only", "bare")
    put("source-without-id", "a source without an id", "no-id")
    put("source-empty-document", "a source whose document is empty", "empty")
    put("source-typed-values", "a source whose document has numbers, lists and objects", "typed")
    put("source-long", "a source with a long text", "long")
    say = shelf.say("document-strings")
    texts = [say.phrase(), say.phrase()]
    word = say.word()
    source = {"type": "document", "id": "doc:1", "document": {"id": "doc:1", "text": texts[1]}}
    events = [start(say), *block([word]), end(say)]
    events[3:3] = cite((0, len(word)), word, [source])
    request = ask_with_documents(say, *texts)
    shelf.allowed(
        "document-strings", "documents that are texts, cited by position", events, request
    )
    _tool_sources(shelf)


def _tool_sources(shelf: Shelf) -> None:
    for name, about, count, documents in (
        ("tool-source", "a source that is a tool result", 1, False),
        ("tool-sources", "sources that are two tool results", 2, False),
        ("tool-and-document", "a tool result and a document as sources", 1, True),
    ):
        say = shelf.say(name)
        function = f"get_{say.word()}"
        results: dict[str, Any] = {say.call_id(function): say.phrase() for _ in range(count)}
        request = ask_with_results(say, function, results)
        sources = [
            {"type": "tool", "id": f"{key}:0", "tool_output": {"content": value}}
            for key, value in results.items()
        ]
        if documents:
            one = document(say, say.letters(8))
            request["documents"] = [one]
            shown = {"id": one["id"], **one["data"]}
            sources.append({"type": "document", "id": one["id"], "document": shown})
        word = say.word()
        events = [start(say), *block([word, " then"]), end(say)]
        events[4:4] = cite((0, len(word)), word, sources)
        shelf.allowed(name, about, events, request)
    say = shelf.say("tool-source-bare")
    function = f"get_{say.word()}"
    key = say.call_id(function)
    request = ask_with_results(say, function, {key: say.phrase()})
    word = say.word()
    events = [start(say), *block([word]), end(say)]
    events[3:3] = cite((0, len(word)), word, [{"type": "tool", "id": f"{key}:0"}])
    shelf.allowed("tool-source-bare", "a tool source without its output", events, request)


def _kinds(shelf: Shelf) -> None:
    at = _Setting(shelf, "no-type")
    events = at.inside(5, *at.cite(1, type=None))
    shelf.allowed("no-type", "a citation without a type", events, at.request)
    at = _Setting(shelf, "content-index-0")
    events = at.inside(5, *at.cite(1, content_index=0))
    shelf.allowed("content-index-0", "a citation that names content block 0", events, at.request)
    at = _Setting(shelf, "of-thinking")
    thought = block(at.parts, 0, "thinking")
    thought[6:6] = at.cite(1, type="THINKING_CONTENT", content_index=0)
    events = [start(at.say), *thought, *block(at.say.parts(), 1), end(at.say)]
    shelf.allowed("of-thinking", "a citation of the thinking", events, at.request)
    at = _Setting(shelf, "of-thinking-and-text")
    thought = block(at.parts, 0, "thinking")
    thought[6:6] = at.cite(1, type="THINKING_CONTENT", content_index=0)
    answered = block(at.parts, 1)
    answered[6:6] = at.cite(2, 1, content_index=1)
    events = [start(at.say), *thought, *answered, end(at.say)]
    shelf.allowed("of-thinking-and-text", "citations of thinking and of text", events, at.request)
    at = _Setting(shelf, "one-delta")
    made = [start(at.say), *block([]), end(at.say)]
    made[2:2] = [delta(0, at.text), *at.cite(1), *at.cite(2, 1), *at.cite(4, 2)]
    shelf.allowed("one-delta", "three citations behind one delta", made, at.request)
