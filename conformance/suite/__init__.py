"""What a run tries on a server, and how it tells what came of it.

features.py    what a server may have or lack
case.py        one thing to try, and what came of it
scenarios.py   sound requests: chat.py, tools.py, rerank.py hold them as data
broken.py      broken requests; odd.py those that a server may serve or refuse; http_cases.py the rest
laws.py        what several answers have in common; rankings.py how strictly they are held to it
transport.py   how streams travel; promptness.py when their events come
cuts.py        answers that an option cuts; echo.py characters that come back; deltas.py what they bring
properties.py  what holds for every generated request
catalogue.py   all cases, and the choice of some
intent.py      what a request is meant to be, and what then counts
play.py        a case at work: requests go out, verdicts come back
session.py     a target, and what all cases of a process share
checks.py      what only a run can check, beside the rules; answers.py has the plainest
exercise.py    which checks had anything to judge; prove.py that each can fail
hooks.py       the cases as pytest runs them
runner.py      pytest over the shipped suite, and one stream of events about it
events.py      those events; terminal.py and reporting.py listen to them
absent.py      what a server seems not to have; again.py how a finding is seen again
reach.py       whether there is anything to judge; estimate.py what that will cost
"""

from __future__ import annotations
