"""What `client run` writes, from results made by hand."""

from __future__ import annotations

from conformance.clients.cases import chosen
from conformance.clients.clauses import found
from conformance.clients.marks import Mark, Result
from conformance.clients.observed import Observed, Reported
from conformance.clients.terminal import finding_lines
from conformance.report.page import plain

FAMILIES = ("text", "tools", "citations", "unknown", "missing", "framing", "message", "usage")


def failing(name, message="an allowed answer became `E`: {name}", **got):
    """A case that this client fails, for a reason of its own."""
    (case,) = chosen([name], 7)
    finding = found("fails-on-allowed-answer", message.format(name=name), "error")
    na = Mark.NOT_APPLICABLE
    return Result(case, Observed(ended=True, **got), (), Mark.NO, na, na, findings=(finding,))


def said(results, *, width=80, verbose=False, **more):
    """The lines that are written of results."""
    told = {"name": "some:sync", "seed": 7, **more}
    return plain(finding_lines(results, width, verbose=verbose, **told)).splitlines()


def test_few_defects():
    """A few defects are all told at length, each with the command that repeats it."""
    lines = said([failing("text/latin"), failing("framing/cr")])

    assert 2 == sum(line.startswith("CLIENT-001 fails-on-allowed-answer · error") for line in lines)
    command = "cohere-conformance client run some:sync --case framing/cr --seed 7 -v"
    assert f"  = repeat:  {command}" in lines
    assert 1 == sum(line.startswith("  = help:") for line in lines)


def test_many_defects():
    """Of many defects five are told at length, and the others in a line each, which no terminal breaks."""
    names = [case.name for family in FAMILIES for case in chosen([family], 7)[:2]]
    results = [failing(name) for name in names]
    brief, whole = said(results), said(results, verbose=True)
    titles = [line for line in whole if line.startswith("CLIENT-001 fails")]
    (more,) = [line for line in brief if line.startswith("and ")]
    listed = [line for line in brief if " error  CLIENT-001 fails" in line]

    assert len(titles) > 8
    assert 5 == sum(line.startswith("CLIENT-001 fails") for line in brief)
    assert f"and {len(titles) - 5} more" in more
    assert len(titles) - 5 == len(listed)
    assert all(len(line) <= 80 for line in listed)
    assert not [line for line in whole if line.startswith("and ")]


def test_the_bytes_of_a_defect():
    """`-v` shows the call, the bytes line by line with what does not print, and what the caller got."""
    one = failing("framing/cr", text="so far", error=Reported("E", "no use", 3))
    lines = said([one], verbose=True)

    assert any(line.startswith('  = call:    chat {"model": ') for line in lines)
    assert "  = wire:    200 text/event-stream" in "\n".join(lines)
    assert "             event: message-start\\r" in lines
    assert "  = got:     text so far" in lines
    assert any("no use" in line for line in lines)
    assert all(len(line) <= 80 for line in lines if "repeat" not in line)


def test_an_adapter_of_the_user():
    """What repeats a defect of an adapter of the user's own has its command."""
    lines = said([failing("text/latin")], name="", adapter="perl 'my adapter.pl'")
    command = """--adapter 'perl '"'"'my adapter.pl'"'"'' --case text/latin --seed 7 -v"""

    assert f"  = repeat:  cohere-conformance client run {command}" in lines
