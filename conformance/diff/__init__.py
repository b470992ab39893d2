"""Two published descriptions of the API -> what changed on the wire, and who is hurt by it.

In the order of the data's way; everything but `sources` and `instances` is pure:

    sources.py     a snapshot, file, page or git revision -> documents that know their lines
    document.py    documents -> one side of a comparison: dialect, references, places
    shape.py       a published schema -> its resolved facts, one level at a time
    limits.py      two sets of bounds or of enum members -> which way they moved
    unions.py      the members of two unions -> pairs, by what tells the members apart
    digest.py      a resolved schema -> a short text that equal shapes share
    change.py      one change before it is judged, and the notation of its location
    compare.py     two resolved schemas -> changes, each at its location
    protocol.py    two operations -> changes of what stands around the bodies
    renames.py     what is gone and what is new -> what was only renamed
    verdicts.py    a kind of change -> whom it hurts, how much, and in which words
    findings.py    changes -> findings with ids, and the report of a whole comparison
    touch.py       a finding -> the rules, cases and recordings that it touches
    instances.py   recordings -> data in which a changed fact can be looked up
    recheck.py     an exchange and two contracts -> what is said under the new one only

`model.py` says what a report is made of; `text.py`, `markdown.py` and `views.py` show it.
"""

from __future__ import annotations

from conformance.diff.findings import compare
from conformance.diff.model import Audience, Finding, Level, Report

__all__ = ["Audience", "Finding", "Level", "Report", "compare"]
