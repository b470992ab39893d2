"""What a run tries on a server, and how it tells what came of it.

features.py    what a server may have or lack
case.py        one thing to try, and what came of it
chat.py ...    scenarios, broken requests, laws: the cases as data
catalogue.py   all cases, and the choice of some
session.py     a target and its cases: requests go out, verdicts come back
checks.py      what only a run can check, beside the rules
hooks.py       the cases as pytest runs them
runner.py      pytest over the shipped suite, and one stream of events about it
terminal.py    the events → what a person reads
"""

from __future__ import annotations
