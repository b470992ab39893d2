"""Outcomes → reports: views of the same values, for people and for machines.

outcome.py   verdicts → what a report needs of them, small enough to travel between processes
cells.py     any text → what a terminal may safely show, measured in columns
page.py      styled spans → plain text or colour
text.py      a violation → the failure message
summary.py   outcomes → findings grouped by rule, and the closing sentence
jsonl.py     outcomes → one JSON object per line
github.py    outcomes → annotations of a GitHub workflow
"""

from __future__ import annotations
