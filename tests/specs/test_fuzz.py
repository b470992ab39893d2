"""Whatever an input holds, importing it ends in facts or in one SpecError."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.data import data_path
from conformance.errors import SpecError
from conformance.specs import yamlio
from conformance.specs.canonical import Part, merge, origins
from conformance.specs.dialect import detect, normalise
from conformance.specs.interface import endpoint_documents
from conformance.specs.page import Published, Source, read_source

FIXTURES = Path(__file__).parent / "fixtures"


@cache
def _published(dialect: str) -> tuple[Source, ...]:
    if dialect == "A":
        root = data_path("specs")
        folder = root / (root / "current").read_text().strip()
        return tuple(read_source(folder / f"{one}.yaml") for one in ("chat-stream", "rerank"))
    if dialect == "B":
        return tuple(read_source(FIXTURES / f"dialect-b-{one}.md") for one in ("chat", "rerank"))
    return (read_source(FIXTURES / "official.yaml"),)


def _containers(value: Any) -> list[Any]:
    found = []
    if isinstance(value, dict | list):
        found.append(value)
        for one in value.values() if isinstance(value, dict) else value:
            found += _containers(one)
    return found


junk = st.sampled_from(
    [None, True, 0, -1.5, "", "x", [], {}, [None], {"$ref": "#/components/schemas/Nothing"},
     {"$ref": 5}, {"x": None}, [{}], {"type": "object", "properties": []}]
)  # fmt: skip


@pytest.mark.parametrize("dialect", ["A", "B", "official"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_description_is_refused_or_read(dialect, data):
    """A description with junk in any place gives a merged document or a SpecError."""
    documents = [copy.deepcopy(p.data) for source in _published(dialect) for p in source.documents]
    for _ in range(data.draw(st.integers(1, 3))):
        places = [one for document in documents for one in _containers(document) if one]
        target = data.draw(st.sampled_from(places))
        keys = list(target) if isinstance(target, dict) else list(range(len(target)))
        key = data.draw(st.sampled_from(keys))
        # Junk is copied, since normalising changes what it is given.
        if data.draw(st.booleans()):
            target[key] = copy.deepcopy(data.draw(junk))
        else:
            del target[key]

    fault = merged = None
    try:
        documents = [
            one for one in documents
            if isinstance(one.get("openapi"), str) and isinstance(one.get("paths"), dict)
        ]  # fmt: skip
        source = Source("page", "0", tuple(Published(one, "", "", 1) for one in documents))
        facts = {key: one for key, (_, one) in endpoint_documents([source]).items()}
        detect(facts)
        parts = []
        for key, one in facts.items():
            pristine, addresses = copy.deepcopy(one), origins(one)
            normalise(key, one)
            parts.append(Part(key, f"specs/x/{key}.yaml", pristine, one, addresses))
        names = yamlio.load_file(data_path("specs") / "names.yaml")
        merged = merge(parts, names)
    except SpecError as error:
        fault = error

    if fault is None:
        assert {"/v2/chat", "/v2/rerank"} == set(merged["paths"])
    else:
        assert fault.where
        assert not fault.what.endswith(".")


@settings(max_examples=100, deadline=None)
@given(raw=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_arbitrary_bytes_are_refused(tmp_path_factory, raw):
    """A file of arbitrary bytes is no description, and the error names the file."""
    path = tmp_path_factory.mktemp("fuzz") / "input.md"
    path.write_bytes(raw)

    with pytest.raises(SpecError) as caught:
        read_source(path)

    assert str(path) in (caught.value.where or "")


@settings(max_examples=100, deadline=None)
@given(cut=st.integers(0, 27000), junk=st.sampled_from(["", "\t", "{", "[", "'", ": :", "&a *a"]))
def test_a_cut_page_is_refused_with_its_place(tmp_path_factory, cut, junk):
    """A page that is cut off, with or without junk at the end, gives a SpecError or documents."""
    path = tmp_path_factory.mktemp("cut") / "page.md"
    text = (FIXTURES / "dialect-b-chat.md").read_text(encoding="utf-8")
    path.write_text(text[:cut] + junk, encoding="utf-8")

    where = documents = None
    try:
        documents = read_source(path).documents
    except SpecError as error:
        where = error.where

    assert documents or str(path) in where
