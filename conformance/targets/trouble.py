"""What an HTTP library raised → one clear TargetError: what happened, where, what to do.

The library's own texts are not passed on: they name sockets and states, and some hold headers.
"""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from conformance.errors import NoAnswer, TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.wire import Response

__all__ = ["foreign_page", "told"]

# A comment ends at the first `-->`; said less strictly this would take exponential time.
_HTML = re.compile(
    rb"\s*(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
# A server may answer a faulty request with a page of its framework, which the rules judge. These
# are what gateways, login pages and parked addresses answer with.
_GATEWAYS = {200, 203, 403, 407, 502, 503, 504, 511, *range(520, 531)}
_PROXY = "`HTTPS_PROXY` and `NO_PROXY` tell which proxy is used"


def told(error: Exception, base: str, *, connect: float, idle: float) -> TargetError:
    """The error for the user; `connect` and `idle` are the timeouts in seconds.

    NoAnswer where the server was reached, TargetError where it was not.
    """
    parts = urlsplit(base)
    host, secure = parts.hostname or "", parts.scheme == "https"
    where = f"{host}:{parts.port or (443 if secure else 80)}"
    causes = list(_causes(error))
    if isinstance(error, httpx.ProxyError):
        return TargetError("the proxy does not let the request through", where=base, hint=_PROXY)
    if isinstance(error, httpx.ConnectTimeout):
        what = f"no connection to `{where}` within {connect:g} s"
        return TargetError(what, where=base, hint=f"check address and network; {_PROXY}")
    if isinstance(error, httpx.ConnectError):
        return _unconnected(causes, base, host, where, secure=secure)
    if isinstance(error, httpx.TimeoutException):
        hint = "the server hangs, or needs more time: raise the timeout"
        return NoAnswer(f"no answer within {idle:g} s", where=base, hint=hint)
    if isinstance(error, httpx.RemoteProtocolError) and "disconnected" not in str(error):
        hint = "check the port" if secure else "check the port; a server of TLS needs `https://`"
        return NoAnswer("what came back is not HTTP", where=base, hint=hint)
    if isinstance(error, (httpx.NetworkError, httpx.RemoteProtocolError)):
        hint = "the server may have crashed: look into its log"
        return NoAnswer("the connection was closed before an answer came", where=base, hint=hint)
    # the text of the error may hold what was sent, so that only its type is told
    what = f"the request cannot be sent: {type(error).__name__}"
    return TargetError(what, where=base, hint="a header or the address has what HTTP cannot carry")


def _unconnected(
    causes: list[BaseException], base: str, host: str, where: str, *, secure: bool
) -> TargetError:
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            hint = f"check the spelling and the network; {_PROXY}"
            return TargetError(f"no such host: `{host}`", where=base, hint=hint)
        if isinstance(cause, ssl.SSLCertVerificationError):
            what = f"the certificate of `{host}` is not trusted: {_lower(cause.verify_message)}"
            hint = "`SSL_CERT_FILE` names a file of further authorities"
            return TargetError(what, where=base, hint=hint)
        if isinstance(cause, ssl.SSLError):
            hint = f"if it speaks plain HTTP, write `http://{where}`"
            return TargetError(f"no TLS with `{where}`", where=base, hint=hint)
        if isinstance(cause, ConnectionRefusedError):
            hint = "start the server, or check the port"
            return TargetError(f"nothing listens at `{where}`", where=base, hint=hint)
    reason = next((_lower(c.strerror) for c in causes if isinstance(c, OSError) and c.strerror), "")
    what = f"no connection to `{where}`" + (f": {reason}" if reason else "")
    hint = f"check address and network; {_PROXY}"
    if secure and not reason:
        hint = f"if it speaks plain HTTP, write `http://{where}`"
    return TargetError(what, where=base, hint=hint)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or found.__context__


def _lower(text: str) -> str:
    return (text[:1].lower() + text[1:]).rstrip(".")


def foreign_page(response: Response, base: str, *, anywhere: bool = False) -> TargetError | None:
    """The error when a web page came instead of an answer, as from a proxy or a login page.

    With `anywhere` a page counts whatever its status is.
    """
    if not (anywhere or response.status in _GATEWAYS) or not _HTML.match(response.body[:2000]):
        return None
    found = _TITLE.search(response.body[:20_000])
    title = " ".join(found[1].decode("utf-8", "replace").split())[:80] if found else ""
    return TargetError(
        f"a web page came back, with status `{response.status}`"
        + (f": `{title}`" if title.isprintable() and title else ""),
        where=base,
        hint="check the address; a proxy or a login page may stand in the way",
    )
