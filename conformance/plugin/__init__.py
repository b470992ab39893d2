"""What the pytest plugin loads when a test asks for it; `conformance.pytest_plugin` loads at once.

assertion.py   an exchange → nothing, or the exception of the rule that it breaks
adapt.py       a response of an HTTP client → an exchange
source.py      a target → the replies that tests get
bench.py       what one test exchanged, and what is to be said of it
server.py      a server on a socket for tests
inprocess.py   the same for HTTP clients of this process, without a socket
desk.py        one pytest session: options, running servers, report
"""

from __future__ import annotations
