"""Rules about citations, on both sides of every boundary."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.check import check
from conformance.transcript import exchange_from
from conformance.verdict import Level

DOCUMENTS = '> {"documents": ["Limpets graze.", "Mussels filter."]}'
AT = '+ {"delta": {"message": {"citations": %s}}}'


def judged(transcript):
    """All errors and warnings, in the order of the rules."""
    violations = check(exchange_from(transcript)).violations
    return [v for v in violations if v.level is not Level.INFO]


def found(transcript):
    """The codes of all errors and warnings."""
    return [v.code for v in judged(transcript)]


def cited(*citations, text="Limpets graze", head=DOCUMENTS, end="COMPLETE"):
    """A stream with one text block; a citation is (start, end, text) or a line of the notation."""
    lines = []
    for number, each in enumerate(citations):
        line = each
        if not isinstance(each, str):
            start, stop, words = each[:3]
            source = each[3] if len(each) > 3 else "doc:0"
            words = json.dumps(words, ensure_ascii=False)
            line = f"citation-start {number} {start}-{stop} {words} {source}"
        lines += [line, f"citation-end {number}"]
    return "\n".join(
        [
            head,
            "message-start",
            "content-start 0 text",
            f"content-delta 0 {json.dumps(text, ensure_ascii=False)}",
            *lines,
            "content-end 0",
            f"message-end {end}",
        ]
    )


@pytest.mark.parametrize(
    ("text", "citation", "expected"),
    [
        ("Limpets graze", (0, 7, "Limpets"), []),
        ("Limpets graze", (8, 13, "graze"), []),
        ("Limpets graze", (0, 13, "Limpets graze"), []),
        ("Limpets graze", (3, 3, ""), []),
        ("Limpets graze", (3, 3, "p"), ["CITE-006"]),
        ("Limpets graze", (0, 6, "Limpets"), ["CITE-006"]),
        ("Limpets graze", (0, 7, "limpets"), ["CITE-006"]),
        ("Limpets graze", (8, 14, "graze"), ["CITE-007"]),
        ("Limpets graze", (13, 14, "e"), ["CITE-007"]),
        ("Limpets graze", (9, 8, "g"), ["CITE-007"]),
        ("é", (0, 1, "é"), []),
        ("é", (0, 1, "e\u0301"), ["CITE-006"]),
        ("🦉 owl", (2, 5, "owl"), []),
        ("🦉 owl!", (3, 6, "owl"), ["CITE-006"]),
        ("🦉 owl", (3, 6, "owl"), ["CITE-007"]),
        ("Früh: Ebbe!", (7, 11, "Ebbe"), ["CITE-006"]),
    ],
)
def test_a_span_counts_code_points_and_excludes_its_end(text, citation, expected):
    """The text between start and end is the cited text, whatever script it is in."""
    assert expected == found(cited(citation, text=text))


@pytest.mark.parametrize(
    ("text", "citation", "unit"),
    [
        ("🦉 owl!", (3, 6, "owl"), "UTF-16 code units"),
        ("🦉 owl", (3, 6, "owl"), "UTF-16 code units"),
        ("Früh: Ebbe!", (7, 11, "Ebbe"), "UTF-8 bytes"),
        ("Früh: Ebbe", (7, 11, "Ebbe"), "UTF-8 bytes"),
    ],
)
def test_the_usual_bug_is_named(text, citation, unit):
    """A span that fits in another unit says which."""
    (violation,) = judged(cited(citation, text=text))

    assert f"the offsets count {unit}" in violation.message
    assert f"fits when counted in {unit}" == violation.evidence.note


def test_another_bug_is_not_called_the_usual_one():
    """A span that fits in no unit is told where its text stands."""
    (violation,) = judged(cited((1, 4, "owl"), text="🦉 owl"))

    assert "count" not in violation.message
    assert "the text stands at 2 to 5" == violation.evidence.note


def test_a_text_that_does_not_stand_anywhere():
    """A cited text that the block does not have is said to be missing."""
    (violation,) = judged(cited((0, 7, "mussels")))

    assert "no such text near it in block 0" == violation.evidence.note


def test_one_finding_for_a_wrong_unit():
    """Citations of a block that all count in the same wrong unit are one finding."""
    text = "🦉 owl, owl, owl!"
    citations = [(3, 6, "owl"), (8, 11, "owl"), (13, 16, "owl")]
    (violation,) = judged(cited(*citations, text=text))

    assert violation.message.endswith("UTF-16 code units, and 2 more like it")


def test_one_finding_for_a_shift():
    """Citations of a block that are all shifted by the same distance are one finding."""
    (violation,) = judged(cited((1, 8, "Limpets"), (9, 13, "graz"), text="Limpets graze."))

    assert violation.message.endswith("is `impets `, and 1 more like it")
    assert "the text stands at 0 to 7" == violation.evidence.note


def test_two_findings_for_two_mistakes():
    """Citations that are wrong by themselves are reported by themselves."""
    assert ["CITE-006", "CITE-006"] == found(cited((0, 7, "limpets"), (8, 13, "Graze")))


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("COMPLETE", ["CITE-007"]),
        ("MAX_TOKENS", []),
        ('ERROR + {"delta": {"error": "x"}}', []),
        ('TIMEOUT + {"delta": {"error": "x"}}', []),
    ],
)
def test_a_cut_text_may_be_too_short(end, expected):
    """After a failure or at the token limit the cited text may be missing."""
    assert expected == found(cited((8, 20, "graze on roc"), end=end))


def test_a_cut_text_that_came_must_fit():
    """What came of a cut text is judged."""
    assert ["CITE-006"] == found(cited((0, 7, "limpets"), end="MAX_TOKENS"))


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ('{"start": 0.0, "end": 7.0}', []),
        ('{"start": "0"}', ["EVENT-008"]),
        ('{"start": true}', ["EVENT-008"]),
        ('{"end": null}', ["EVENT-010"]),
        ('{"text": null}', ["EVENT-010"]),
        ('{"text": 5}', ["EVENT-008"]),
        ('{"start": -1}', ["CITE-007"]),
    ],
)
def test_spans_of_other_types(members, expected):
    """5.0 is an integer; what is none is reported by the rules about payloads alone."""
    line = 'citation-start 0 0-7 "Limpets" doc:0 ' + AT % members

    assert expected == found(cited(line))


def test_lost_text_is_not_reported_twice():
    """Spans over a delta that could not be read are not judged."""
    for broken, expected in (
        ('event content-delta {"type":"content-delta","index":0,', ["EVENT-001"]),
        ('content-delta 0 "x" + {"delta": {"message": {"content": {"text": 5}}}}', ["EVENT-008"]),
        ('content-delta 0 "x" + {"type": "content-dleta"}', ["EVENT-007"]),
    ):
        transcript = f"""
            {DOCUMENTS}
            message-start
            content-start 0 text
            {broken}
            content-delta 0 "graze"
            citation-start 0 8-13 "graze" doc:0
            citation-end 0
            content-end 0
            message-end COMPLETE
        """

        assert expected == found(transcript)


def test_text_that_is_not_utf_8_is_not_reported_twice():
    """Spans over bytes that are no text are not judged."""
    exchange = exchange_from(cited((2, 9, "Limpets"), text="é Limpets"))
    body = exchange.response.body.replace("é".encode(), b"\xe9\xe9")
    broken = replace(exchange, response=replace(exchange.response, body=body))

    assert ["SSE-001"] == [v.code for v in check(broken).violations]


def test_a_delta_that_was_cut_off_is_not_reported_twice():
    """A span over text that the end of the body cut off is not judged."""
    transcript = cited((8, 13, "graze"), text="Limpets")
    transcript = transcript.split("content-end")[0] + "| data: {"

    assert "CITE-007" not in found(transcript)


def test_a_cut_behind_the_message_hides_nothing():
    """Where the message came to its end, a cut behind it keeps no span from being judged."""
    assert "CITE-006" in found(cited((0, 7, "limpets")) + "\n| data: [DO")


def test_an_unknown_event_takes_no_text_away():
    """A keep-alive of an unknown type does not keep spans from being judged."""
    transcript = cited((0, 7, "limpets")).replace(
        "content-end", 'event ping {"type":"ping"}\ncontent-end'
    )

    assert ["EVENT-007", "CITE-006"] == found(transcript)


TWO = """
    > {{"documents": ["Limpets graze."]}}
    message-start
    content-start 0 thinking
    content-delta 0 "Do limpets graze?"
    content-end 0
    content-start 1 text
    content-delta 1 "Limpets graze"
    citation-start 0 {citation}
    citation-end 0
    content-end 1
    message-end COMPLETE
"""


@pytest.mark.parametrize(
    ("citation", "expected"),
    [
        ('0-7 "Limpets" doc:0 ' + AT % '{"content_index": 1}', []),
        ('0-7 "Limpets" doc:0', ["CITE-014"]),
        ('3-10 "limpets" doc:0', ["CITE-006", "CITE-014"]),
        (
            '3-10 "limpets" doc:0 ' + AT % '{"content_index": 0, "type": "THINKING_CONTENT"}',
            ["CITE-014"],
        ),
        ('3-10 "limpets" doc:0 ' + AT % '{"content_index": 0}', ["CITE-014", "CITE-018"]),
        ('0-7 "Limpets" doc:0 ' + AT % '{"content_index": 2}', ["CITE-017"]),
        ('0-7 "Limpets" doc:0 ' + AT % '{"content_index": -1}', ["CITE-017"]),
        ('0-7 "Limpets" doc:0 ' + AT % '{"content_index": "1"}', ["EVENT-008"]),
        (
            '0-7 "Limpets" doc:0 ' + AT % '{"content_index": 1, "type": "THINKING_CONTENT"}',
            ["CITE-018"],
        ),
        ('0-7 "Limpets" doc:0 ' + AT % '{"content_index": 1, "type": "PLAN"}', ["CITE-018"]),
        (
            '3-10 "limpets" doc:0 ' + AT % '{"content_index": 0, "type": "PLAN"}',
            ["CITE-014"],
        ),
    ],
)
def test_the_block_that_a_citation_speaks_of(citation, expected):
    """content_index names the block, without it the open one counts; the type must agree."""
    assert expected == found(TWO.format(citation=citation))


def test_the_position_stands_for_an_absent_index():
    """In a stream without indexes content_index counts the blocks."""
    citation = '0-7 "Limpets" doc:0 ' + AT % '{"content_index": 1}'
    transcript = TWO.format(citation=citation)
    for kind in ("content-start", "content-delta", "content-end"):
        transcript = transcript.replace(f"{kind} 0", f"{kind} -").replace(f"{kind} 1", f"{kind} -")
    transcript = transcript.replace('content-delta - "Do', 'thinking-delta - "Do')

    assert [] == [code for code in found(transcript) if code.startswith("CITE")]


def test_a_block_that_a_cut_stream_never_sent():
    """A citation of a block that was cut away is no error."""
    citation = '0-7 "Limpets" doc:0 ' + AT % '{"content_index": 2}'

    assert [] == found(TWO.format(citation=citation).replace("COMPLETE", "MAX_TOKENS"))


PLAN = """
    tools tide
    > {{"documents": ["Limpets graze."]}}
    message-start
    tool-plan-delta "I look for "
    tool-plan-delta "limpets."
    citation-start 0 {citation}
    citation-end 0
    tool-call-start 0 tide_1 tide
    tool-call-end 0
    message-end TOOL_CALL
"""


@pytest.mark.parametrize(
    ("span", "expected"),
    [('11-18 "limpets"', []), ('10-17 "limpets"', ["CITE-006"]), ('11-30 "limpets"', ["CITE-007"])],
)
def test_citations_of_the_plan(span, expected):
    """A citation of type PLAN speaks of the whole tool plan and needs no block."""
    citation = f"{span} doc:0 " + AT % '{"type": "PLAN"}'

    assert expected == found(PLAN.format(citation=citation))


def test_a_citation_of_a_plan_that_is_not_there():
    """A citation of type PLAN in a message without a plan speaks of nothing."""
    citation = '11-18 "limpets" doc:0 ' + AT % '{"type": "PLAN"}'
    lines = PLAN.format(citation=citation).splitlines()
    (violation,) = judged("\n".join(each for each in lines if "plan-delta" not in each))

    assert (
        "CITE-017 content-index-unknown: "
        "the citation speaks of the tool plan, which the message does not have"
    ) == violation.headline


def test_a_citation_of_a_text_that_is_not_there():
    """A citation amid a plan that does not say so speaks of block 0, which is missing."""
    assert ["CITE-011", "CITE-017"] == found(PLAN.format(citation='11-18 "limpets" doc:0'))


@pytest.mark.parametrize(
    ("indexes", "expected"),
    [
        ("00 11 22", 0),
        ("11 22 33", 1),
        ("00 22 33", 1),
        ("00 00 11", 1),
        ("00 00 00", 2),
        ("00 11 00", 1),
        ("22 11 00", 3),
    ],
)
def test_numbers_of_citations(indexes, expected):
    """Citations count 0, 1, 2; after a departure the count goes on from the number sent."""
    lines = []
    for (start, end), place in zip(indexes.split(), (0, 1, 2), strict=True):
        lines.append(f'citation-start {start} {place}-{place + 1} "{"Lim"[place]}" doc:0')
        lines.append(f"citation-end {end}")
    body = ["message-start", "content-start 0 text", 'content-delta 0 "Lim"', *lines]
    transcript = "\n".join([DOCUMENTS, *body, "content-end 0", "message-end COMPLETE"])

    assert ["CITE-005"] * expected == found(transcript)


def test_a_start_that_disagrees_with_its_end_is_one_fault():
    """Where the end has the expected number, only the mismatch is reported."""
    transcript = cited((0, 7, "Limpets")).replace("citation-start 0", "citation-start 4")

    assert ["CITE-004"] == found(transcript)


def test_a_citation_without_a_number():
    """A citation without an index is counted all the same."""
    transcript = cited((0, 7, "Limpets"), (8, 13, "graze"))
    transcript = transcript.replace("citation-start 0", "citation-start -")

    assert ["STREAM-026"] == found(transcript)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 3), (3, 6)], []),
        ([(0, 3), (5, 6)], []),
        ([(0, 3), (2, 6)], ["CITE-013"]),
        ([(0, 3), (0, 3)], ["CITE-013"]),
        ([(3, 6), (0, 3)], ["CITE-013"]),
    ],
)
def test_the_order_of_spans(spans, expected):
    """Spans may touch, and neither overlap nor go back."""
    text = "Limpets graze"

    assert expected == found(cited(*[(a, b, text[a:b]) for a, b in spans]))


@pytest.mark.parametrize(("first", "expected"), [("Limpet", ["CITE-012"]), ("Limpets", [])])
def test_a_citation_and_its_text(first, expected):
    """A citation that comes one character early is ahead of its text."""
    transcript = f"""
        {DOCUMENTS}
        message-start
        content-start 0 text
        content-delta 0 "{first}"
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        content-delta 0 "{"Limpets graze"[len(first) :]}"
        content-end 0
        message-end COMPLETE
    """

    assert expected == found(transcript)


def test_a_citation_before_its_block():
    """A citation that comes before its block is outside of any block and ahead of its text."""
    transcript = f"""
        {DOCUMENTS}
        message-start
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        content-start 0 text
        content-delta 0 "Limpets"
        content-end 0
        message-end COMPLETE
    """

    assert ["CITE-011", "CITE-012"] == found(transcript)


def test_a_citation_inside_a_call_is_one_fault():
    """A citation amid a tool call is reported for its place alone."""
    transcript = f"""
        tools tide
        {DOCUMENTS}
        message-start
        content-start 0 text
        content-delta 0 "Limpets"
        content-end 0
        tool-call-start 0 tide_1 tide
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        tool-call-end 0
        message-end TOOL_CALL
    """

    assert ["STREAM-019", "STREAM-021"] == found(transcript)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("OFF", ["CITE-010"]),
        ("off", ["CITE-010"]),
        ("DISABLED", ["CITE-010"]),
        ("FAST", []),
        ("ACCURATE", []),
        ("ENABLED", []),
    ],
)
def test_citation_modes(mode, expected):
    """OFF and DISABLED, in any case, give no citation; two citations are one finding."""
    head = f'> {{"documents": ["x"], "citation_options": {{"mode": "{mode}"}}}}'
    transcript = cited((0, 7, "Limpets"), (8, 13, "graze"), head=head)

    assert expected == [code for code in found(transcript) if code.startswith("CITE")]
