"""Outcomes → reports: views of the same values, for people and for machines.

outcome.py   verdicts → what a report needs of them, small enough to travel between processes
cells.py     any text → what a terminal may safely show, measured in columns
page.py      styled spans → plain text or colour
text.py      a violation → the failure message
summary.py   outcomes → findings grouped by rule, and the closing sentence
jsonl.py     outcomes → one JSON object per line
github.py    outcomes → annotations of a GitHub workflow

A report in a folder is made of records, and all its forms are views of these:

exercise.py  an exchange → its features, and the rules that had something to judge
coverage.py  exchanges → how much of the contract they have shown
records.py   report values ↔ lines of report.jsonl
collect.py   judged exchanges → records
folder.py    records → a folder
model.py     records → what every view asks
capsule.py   a kept exchange → one file that `check` judges again
span.py      a violation → the bytes it is about
detail.py    a kept exchange → what a page shows of it
html.py      a report → one page
junit.py     a report → JUnit XML
markdown.py  a report → the summary of a build step
"""

from __future__ import annotations
