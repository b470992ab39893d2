"""A target → the routes that it has, or one clear error on why there is nothing to judge.

The request that asks is faulty on purpose: a server that knows the route refuses it, and no token
is spent.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.errors import TargetError
from conformance.targets.base import json_request
from conformance.targets.recorder import Recorder
from conformance.targets.trouble import foreign_page

if TYPE_CHECKING:
    from conformance.targets.base import Target
    from conformance.wire import Response

__all__ = ["ROUTES", "probe"]

ROUTES = ("/v2/chat", "/v2/rerank")
_KEY = (401, 498)
_GONE = (404, 501)
_DOWN = (502, 503, 504)
_REDIRECTS = range(300, 400)


def probe(target: Target, *, timeout: float = 30.0) -> dict[str, bool]:
    """Which routes a server has. Recordings are not asked, and have both.

    Raises TargetError when the server cannot be reached, has neither route, is down, does not take
    the key, redirects, or is something else, such as a web page.
    """
    if isinstance(target, Recorder):
        # a faulty request of our own is nothing to keep
        target = target.target
    if target.url is None:
        return dict.fromkeys(ROUTES, True)
    found: dict[str, bool] = {}
    for route in ROUTES:
        exchange = target.send(
            json_request(route, {}), expect=(400, 401, 404, 422, 498, 501), timeout=timeout
        )
        response = exchange.response
        assert response is not None  # a target that is a server always has one
        trouble = _trouble(response, target.url)
        if trouble is not None:
            raise trouble
        found[route] = response.status not in _GONE
    if not any(found.values()):
        raise TargetError(
            f"the server has neither `{ROUTES[0]}` nor `{ROUTES[1]}`",
            where=target.url,
            hint="check the address: the routes are added to it",
        )
    return found


def _trouble(response: Response, base: str) -> TargetError | None:
    said = _message(response)
    told = f": `{said}`" if said else ""
    if response.status in _KEY:
        hint = "check the key, and the variable that `--api-key-env` names"
        return TargetError(f"the key is refused{told}", where=base, hint=hint)
    if response.status == 403:  # noqa: PLR2004 - forbidden
        hint = "the key may lack a right, or a gateway may stand in the way"
        return TargetError(f"access is refused with 403{told}", where=base, hint=hint)
    if response.status in _REDIRECTS:
        to = response.header("location") or "nowhere"
        hint = "use the address that it redirects to"
        return TargetError(f"the server redirects to `{to[:200]}`", where=base, hint=hint)
    page = foreign_page(response, base, anywhere=True)
    if page is not None and response.status not in _GONE:
        return page
    if response.status in _DOWN:
        hint = "the server, or one behind it, is not ready"
        return TargetError(f"status `{response.status}`{told}", where=base, hint=hint)
    return None


def _message(response: Response) -> str:
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        return ""
    said = body.get("message") if isinstance(body, dict) else None
    return " ".join(said.split())[:160] if isinstance(said, str) else ""
