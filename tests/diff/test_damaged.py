"""Two hundred damaged descriptions: an error that names file and place, and never a traceback."""

from __future__ import annotations

import copy
import json
import random
import re
from functools import cache
from pathlib import Path

import pytest

from conformance.data import data_path
from conformance.diff import compare
from conformance.diff.sources import open_side
from conformance.errors import ConformanceError
from tests.diff.api import small_api
from tests.diff.dialects import Guise, documents, published

PAGE = Path(__file__).parent / "fixtures" / "page-of-today.md"
ROOT = data_path("specs")
# keyword -> values that it cannot have
WRONG = {
    "properties": ["text", [1], 7],
    "required": ["text", {"a": 1}, [5]],
    "enum": ["text", {"a": 1}],
    "type": ["strng", 5, ["object", "thing"]],
    "oneOf": [{"a": 1}, "text", [3]],
    "allOf": [{"a": 1}, ["text"]],
    "items": ["text", [1]],
    "minimum": ["text", [0]],
    "maximum": [{"a": 1}, None],
    "$ref": [7, ["#/x"]],
    "discriminator": ["type", [1]],
    "mapping": [["a"], {"a": 4}],
    "content": [["a"], "text"],
    "responses": [["a"], "text"],
    "schema": ["text", [1]],
    "parameters": ["text", ["text"]],
    "requestBody": ["text", [1]],
}


@cache
def _official():
    return published(small_api(), "official", Guise(prose=False))


def _truncated():
    """Pages and descriptions that end too early, wherever that is."""
    chance = random.Random(1)
    page = PAGE.read_text(encoding="utf-8")
    for number in range(25):
        at = chance.randrange(400, page.rindex("```yaml") - 500)
        yield f"page-{number}.md", page[:at]
    for number in range(25):
        at = 400 + number * (len(_official()) - 800) // 25 + chance.randrange(50)
        # A cut at the very end of a line cannot be told from a shorter description.
        yield f"official-{number}.yaml", _official()[:at].rstrip()


def _holders(value):
    if isinstance(value, dict):
        for key, one in value.items():
            if key in WRONG and key not in ("default", "example"):
                yield value, key
            yield from _holders(one)
    elif isinstance(value, list):
        for one in value:
            yield from _holders(one)


def _is_keyword(holder, key):
    """Whether a member called like a keyword is one, and is reached from an operation of ours."""
    value = holder[key]
    shapes = {"type": str, "items": dict, "schema": dict, "content": dict, "required": list}
    return isinstance(value, shapes.get(key, object)) and "get" not in holder


def _mistyped():
    """Values of the wrong kind at places that a comparison has to read."""
    chance = random.Random(2)
    for number in range(100):
        dialect = ("official", "A", "B")[number % 3]
        data = documents(small_api(), dialect, Guise(shuffled=True, seed=number))
        data[0]["paths"] = {k: v for k, v in data[0]["paths"].items() if k.startswith("/v2")}
        found = [one for one in _holders(data) if _is_keyword(*one)]
        keys = sorted({key for _, key in found})
        wanted = keys[number // 3 % len(keys)]
        holder, key = chance.choice([one for one in found if one[1] == wanted])
        holder[key] = copy.deepcopy(WRONG[key][number % len(WRONG[key])])
        text = [json.dumps(one, indent=1) for one in data]
        fenced = "\n".join(f"```yaml\n{one}\n```\n" for one in text)
        yield f"mistyped-{number}-{key.strip('$')}.md", fenced


def _cyclic():
    """Definitions that are nothing but themselves, by reference, union, composition or alias."""
    whole = documents(small_api(), "official")[0]
    written = json.dumps(whole)
    names = [one for one in whole["components"]["schemas"] if f'/{one}"' in written]
    for number in range(25):
        data = documents(small_api(), "official")
        schemas = data[0]["components"]["schemas"]
        name, other = names[number % len(names)], names[(number + 1) % len(names)]
        itself, another = ({"$ref": f"#/components/schemas/{one}"} for one in (name, other))
        schemas[name] = [itself, {"oneOf": [itself]}, {"allOf": [{"type": "object"}, itself]},
                         another][number % 4]  # fmt: skip
        if number % 4 == 3:
            schemas[other] = itself
        text = json.dumps(data[0], indent=1)
        if number % 5 == 4:
            text = text.replace('"components"', '"x-loop": &loop [*loop], "components"', 1)
        yield f"cyclic-{number}.yaml", text


def _dangling():
    """Descriptions that lost a good part of their definitions."""
    chance = random.Random(3)
    for number in range(25):
        data = documents(small_api(), "official")
        schemas = data[0]["components"]["schemas"]
        for name in chance.sample(sorted(schemas), len(schemas) // 2):
            del schemas[name]
        yield f"dangling-{number}.yaml", json.dumps(data[0], indent=1)


DAMAGED = {"truncated": _truncated, "mistyped": _mistyped, "cyclic": _cyclic, "dangling": _dangling}


@cache
def _damaged(how):
    return tuple(DAMAGED[how]())


def test_there_are_two_hundred_of_them():
    """As many as promised, and no two alike."""
    texts = [text for how in DAMAGED for _, text in _damaged(how)]

    assert len(texts) == 200
    assert len(set(texts)) == 200


def _compared(name, whole, *, first):
    damaged = open_side(name, ROOT)
    compare(*((damaged, whole) if first else (whole, damaged)))


@pytest.mark.parametrize("how", DAMAGED)
def test_damage_is_one_error_with_file_and_place(how, tmp_path, monkeypatch):
    """The message says what is wrong and where, with the line; on both sides of a comparison."""
    monkeypatch.chdir(tmp_path)
    Path("whole.yaml").write_text(_official(), encoding="utf-8")
    whole = open_side("whole.yaml", ROOT)
    for number, (name, text) in enumerate(_damaged(how)):
        Path(name).write_text(text, encoding="utf-8")
        with pytest.raises(ConformanceError) as caught:
            _compared(name, whole, first=number % 2 == 0)

        assert re.search(rf"{re.escape(name)}(:\d+|$)", caught.value.where or ""), name
        assert caught.value.what[0] == "`" or caught.value.what[0].islower()
