"""A small API of our own as data, and single changes to it, each with where and what it is.

A schema is a dict: `t` is its sort. Objects have `p` (properties) and `req`; an array has `of`; a
`union` has members `m` told apart by the property `by`; an `either` has alternatives `of` of
different JSON types. Scalars may have `enum`, `min`, `max` and `default`.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
Api = dict[str, Any]


def text(*enum: str) -> Schema:
    """Text, with a list of values or any."""
    return {"t": "string", "enum": list(enum)} if enum else {"t": "string"}


def integer(**limits: float) -> Schema:
    """An integer."""
    return {"t": "integer", **limits}


def number(**limits: float) -> Schema:
    """A number."""
    return {"t": "number", **limits}


def array(of: Schema) -> Schema:
    """A list."""
    return {"t": "array", "of": of}


def obj(*required: str, **properties: Schema) -> Schema:
    """An object with these properties."""
    return {"t": "object", "p": properties, "req": list(required)}


def union(by: str, **members: Schema) -> Schema:
    """Objects told apart by one property."""
    return {"t": "union", "by": by, "m": {k.replace("_", "-"): v for k, v in members.items()}}


def either(*of: Schema) -> Schema:
    """Alternatives of different JSON types."""
    return {"t": "either", "of": list(of)}


def delta(**message: Schema) -> Schema:
    """An event that brings a piece of a message."""
    return obj(delta=obj(message=obj(**message)), index=integer())


BOOL: Schema = {"t": "boolean"}
TEXT_PART = obj("text", text=text())
IMAGE_PART = obj("image_url", image_url=obj("url", url=text(), detail=text("auto", "low", "high")))
CALL = obj("id", id=text(), function=obj(name=text(), arguments=text()))
SOURCES = array(union("type", tool=obj(id=text(), output=obj()), document=obj(id=text())))
USAGE = obj(
    billed_units=obj(input_tokens=number(), output_tokens=number(), search_units=number()),
    cached_tokens=number(),
)


def small_api() -> Api:
    """The API that the tests change."""
    parts = union("type", text=TEXT_PART, image_url=IMAGE_PART)
    messages = union(
        "role",
        user=obj("content", content=either(text(), array(parts))),
        assistant=obj(content=either(text(), array(union("type", text=TEXT_PART, thinking=obj("thinking", thinking=text())))), tool_calls=array(CALL), tool_plan=text()),
        tool=obj("tool_call_id", "content", tool_call_id=text(), content=either(text(), array(TEXT_PART))),
    )  # fmt: skip
    chat_request = obj(
        "model", "messages",
        model=text(), messages=array(messages),
        documents=array(either(text(), obj("data", data=obj(), id=text()))),
        response_format=union("type", text=obj(), json_object=obj(json_schema=obj())),
        safety_mode=text("CONTEXTUAL", "STRICT", "OFF"),
        temperature=number(min=0, max=1, default=0.3),
        seed=integer(min=0, max=2**64 - 1),
        k=integer(min=0, max=500, default=0),
        stop_sequences=array(text()), logprobs=BOOL,
    )  # fmt: skip
    events = union(
        "type",
        message_start=obj(id=text(), delta=obj(message=obj(role=text("assistant")))),
        content_start=delta(content=obj(text=text(), thinking=text(), type=text("text", "thinking"))),
        content_delta=delta(content=obj(text=text(), thinking=text())),
        content_end=obj(index=integer()),
        tool_call_start=delta(tool_calls=CALL),
        citation_start=delta(citations=obj(start=integer(), text=text(), sources=SOURCES)),
        citation_end=obj(index=integer()),
        message_end=obj(id=text(), delta=obj(error=text(), finish_reason=text("COMPLETE", "MAX_TOKENS", "ERROR"), usage=USAGE)),
        debug=obj(prompt=text()),
    )  # fmt: skip
    rerank_request = obj(
        "model", "query", "documents",
        model=text(), query=text(), documents=array(text()), top_n=integer(min=1),
        max_tokens_per_doc=integer(default=4096),
    )  # fmt: skip
    rerank_response = obj(
        "results",
        id=text(), results=array(obj("index", "score", index=integer(), score=number())),
        meta=obj(billed_units=obj(images=number(), search_units=number()), warnings=array(text())),
    )  # fmt: skip
    # Through JSON, so that no two places share a part: a change is made in one place only.
    made: Api = json.loads(
        json.dumps(
            {
                "chat-stream": {"request": chat_request, "event": events},
                "rerank": {"request": rerank_request, "response": rerank_response},
                "error": obj(message=text(), id=text()),
                "terminator": "[DONE]",
            }
        )
    )
    return made


# -- changes -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Site:
    """A schema in the API: where a finding would say it is, and the way to it in the data."""

    operation: str
    direction: str
    at: str
    way: tuple[Any, ...]

    def of(self, api: Api) -> Any:
        """The schema in an API."""
        found: Any = api
        for step in self.way:
            found = found[step]
        return found


def sites(api: Api) -> list[Site]:
    """Every schema of the API, outer ones first; error bodies count for chat."""
    found: list[Site] = []
    for operation in ("chat-stream", "rerank"):
        for direction, schema in api[operation].items():
            _walk(found, schema, Site(operation, direction, direction, (operation, direction)))
    return found


def _walk(found: list[Site], schema: Schema, site: Site) -> None:
    found.append(site)

    def inside(at: str, *way: Any) -> Site:
        return Site(site.operation, site.direction, site.at + at, site.way + way)

    if schema["t"] == "object":
        for name, one in schema["p"].items():
            _walk(found, one, inside(f".{name}", "p", name))
    elif schema["t"] == "array":
        _walk(found, schema["of"], inside("[]", "of"))
    elif schema["t"] == "union":
        for value, one in schema["m"].items():
            _walk(found, one, inside(f"<{value}>", "m", value))
    elif schema["t"] == "either":
        for number_, one in enumerate(schema["of"]):
            name = f"<{one['t']}>" if one["t"] in ("object", "array") else ""
            _walk(found, one, inside(name, "of", number_))


@dataclass(frozen=True)
class Single:
    """One change: the changed API, what kind it is, where, and which dialects can tell of it.

    `back` is the kind of the same change seen from the other side.
    """

    api: Api
    kind: str
    operation: str
    direction: str
    at: str
    back: str
    back_at: str
    needs: str = "any"


def singles(api: Api, site: Site) -> list[Single]:
    """Every single change to the schema at a site."""
    schema, out = site.of(api), []

    def change(kind: str, back: str, edit: Any, at: str = "", back_at: str | None = None,
               needs: str = "any") -> None:  # fmt: skip
        made = copy.deepcopy(api)
        edit(site.of(made))
        there = site.at + (at if back_at is None else back_at)
        out.append(
            Single(made, kind, site.operation, site.direction, site.at + at, back, there, needs)
        )

    sort = schema["t"]
    if sort == "object":
        _object_changes(schema, change)
    elif sort == "union":
        _union_changes(schema, change, event=site.at == "event")
    elif sort == "either":
        gone = schema["of"][0]["t"]
        change("member-removed", "member-added", lambda s: s["of"].pop(0))
        assert gone == "string"
    elif sort == "array" and site.way[-2] != "of":
        change("type-changed", "type-changed", _become(obj(one=text())))
    elif sort in ("string", "integer", "number", "boolean"):
        inside_either = len(site.way) > 1 and site.way[-2] == "of"
        _scalar_changes(schema, change, alone=not inside_either)
        if site.direction == "request" and "default" in schema:
            change("default-changed", "default-changed",
                   lambda s: s.update(default=s["default"] + 1), needs="official")  # fmt: skip
    return out


def _become(other: Schema) -> Any:
    def edit(schema: Schema) -> None:
        schema.clear()
        schema.update(copy.deepcopy(other))

    return edit


def _object_changes(schema: Schema, change: Any) -> None:
    change("property-added", "property-removed", lambda s: s["p"].update(fresh=text()), ".fresh")

    def demanded(s: Schema) -> None:
        s["p"]["fresh"] = text()
        s["req"].append("fresh")

    change("required-property-added", "property-removed", demanded, ".fresh")
    for name in schema["p"]:

        def removed(s: Schema, name: str = name) -> None:
            del s["p"][name]
            s["req"] = [one for one in s["req"] if one != name]

        def flipped(s: Schema, name: str = name) -> None:
            s["req"] = sorted(set(s["req"]) ^ {name})

        def renamed(s: Schema, name: str = name) -> None:
            s["p"] = {("other" if k == name else k): v for k, v in s["p"].items()}
            s["req"] = ["other" if one == name else one for one in s["req"]]

        must = name in schema["req"]
        added = "required-property-added" if must else "property-added"
        change("property-removed", added, removed, f".{name}")
        kinds = ("property-optional", "property-required")
        change(*(kinds if must else kinds[::-1]), flipped, f".{name}")
        word = "required-property-renamed" if must else "property-renamed"
        change(word, word, renamed, ".other", f".{name}")


def _union_changes(schema: Schema, change: Any, *, event: bool) -> None:
    word = "event" if event else "member"

    def added(s: Schema) -> None:
        s["m"]["fresh"] = obj(something=text(), another=integer())

    change(f"{word}-added", f"{word}-removed", added, "<fresh>")
    for name in schema["m"]:

        def removed(s: Schema, name: str = name) -> None:
            del s["m"][name]

        def renamed(s: Schema, name: str = name) -> None:
            s["m"] = {("other" if k == name else k): v for k, v in s["m"].items()}

        if len(schema["m"]) > 1:
            change(f"{word}-removed", f"{word}-added", removed, f"<{name}>")
        change(f"{word}-renamed", f"{word}-renamed", renamed, "<other>", f"<{name}>")


def _scalar_changes(schema: Schema, change: Any, *, alone: bool) -> None:
    sort = schema["t"]
    if sort == "integer":
        change("type-widened", "type-narrowed", lambda s: s.update(t="number"))
    elif sort == "number":
        change("type-narrowed", "type-widened", lambda s: s.update(t="integer"))
    if alone:
        other = {"string": BOOL, "boolean": text()}.get(sort, text())
        change("type-changed", "type-changed", _become(other))
        change("type-widened", "type-narrowed", _become({"t": "any"}))
    if "enum" in schema:
        first = schema["enum"][0]
        change("enum-added", "enum-removed", lambda s: s["enum"].append("FRESH"))
        change("enum-opened", "enum-closed", lambda s: s.pop("enum"))
        if len(schema["enum"]) > 1:
            change("enum-removed", "enum-added", lambda s: s["enum"].remove(first))
        respelled = [one.swapcase() for one in schema["enum"]]
        change("enum-renamed", "enum-renamed", lambda s: s.update(enum=respelled))
    elif sort == "string" and alone:
        change("enum-closed", "enum-opened", lambda s: s.update(enum=["one", "two"]))
    _bound_changes(schema, change)


def _bound_changes(schema: Schema, change: Any) -> None:
    for key, way in (("min", 1), ("max", -1)):
        if key in schema and schema[key] < 2**53:
            value = schema[key]
            tighter, wider = value + way / 10, value - way
            if schema["t"] == "integer":
                tighter = value + way
            for kind, back, to in (
                ("narrowed", "relaxed", tighter),
                ("relaxed", "narrowed", wider),
            ):
                change(f"bound-{kind}", f"bound-{back}",
                       lambda s, key=key, to=to: s.update({key: to}), needs="official")  # fmt: skip
            change(
                "bound-relaxed", "bound-narrowed", lambda s, key=key: s.pop(key), needs="official"
            )
