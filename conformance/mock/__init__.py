"""A server that answers chat streams and reranks as the live API does, and misbehaves on request.

`reply_to` is the mock without a network. `MockServer` puts it on a socket of this process,
`MockProcess` into a process of its own; both keep a log of what clients sent.
"""

from __future__ import annotations
