"""schemathesis and our rules → generated requests, judged answers; needs the extra `fuzz`.

`hooks` registers our check and our reader of event streams with schemathesis, for its users.
`cases` has schemathesis make requests for a run. Nothing here is imported unless it is asked for.
"""

from __future__ import annotations

from importlib.util import find_spec

from conformance.errors import UsageError

__all__ = ["demand_schemathesis"]


def demand_schemathesis(option: str = "--fuzz") -> None:
    """Raise UsageError when schemathesis is not installed; `option` is what asks for it."""
    if find_spec("schemathesis") is None:
        raise UsageError(
            "schemathesis is not installed",
            where=option,
            hint="`pip install 'cohere-conformance[fuzz]'` installs it",
        )
