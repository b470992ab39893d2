"""What a user calls a server → its base URL, and a path → the URL to send to."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.errors import UsageError

if TYPE_CHECKING:
    from urllib.parse import SplitResult

__all__ = ["base_url", "is_live", "is_loopback", "joined", "shown"]

# Clients differ in how much of the path they take as the base, so all of these are understood.
_ROUTES = re.compile(r"(?:/v2(?:/chat|/rerank)?)?/*$")
_LIVE = ("cohere.com", "cohere.ai")


def base_url(given: str) -> str:
    """The base URL in its plain form: no route, no slash at the end. Raises UsageError."""
    parts = _parts(given)
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "the address holds a user name or a password",
            where=f"{parts.scheme}://…@{parts.hostname or ''}",
            hint="name the variable that holds the key with `--api-key-env`",
        )
    if parts.query or parts.fragment:
        raise UsageError(
            "the address of a server has no query and no fragment",
            where=re.split(r"[?#]", given, maxsplit=1)[0],
            hint="leave out what follows `?` or `#`",
        )
    return f"{parts.scheme}://{parts.netloc}{_ROUTES.sub('', parts.path)}"


def shown(given: str) -> str:
    """What a user calls a target, without a user name, a password and a query of a URL."""
    if not given.startswith(("http:", "https:")) and "//" not in given:
        return given
    return re.split(r"[?#]", re.sub(r"//[^/?#]*@", "//…@", given), maxsplit=1)[0]


def _parts(given: str) -> SplitResult:
    try:
        parts = urlsplit(given)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    unfit = not host or port == 0 or re.search(r"[\s\x00-\x1f\x7f\\]", given)
    if unfit or parts.scheme not in ("http", "https"):
        raise UsageError(
            f"`{shown(given)}` is not the address of a server",
            where="target",
            hint="write it as `https://host` or `http://host:port`",
        )
    return parts


def joined(base: str, url: str) -> str:
    """The URL of a path below a base; of a whole URL the path and the query are taken."""
    if not url.startswith("/"):
        parts = urlsplit(url)
        url = parts.path + (f"?{parts.query}" if parts.query else "")
    return f"{base}/{url.lstrip('/')}"


def is_loopback(base: str) -> bool:
    """The server runs on this machine."""
    host = urlsplit(base).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified


def is_live(base: str) -> bool:
    """The server is the live API."""
    host = urlsplit(base).hostname or ""
    return any(host == name or host.endswith(f".{name}") for name in _LIVE)
