"""A request into an exchange: what every target can do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from conformance.wire import Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from conformance.wire import Exchange, Headers

    # Called with each piece of a body as it comes; it may raise to stop the exchange.
    Watch = Callable[[bytes], None]

__all__ = ["Target", "json_request"]


class Target(Protocol):
    """Something that answers requests; use it in a `with` statement, or close it.

    `name` is what reports call it, without anything secret. `url` is the base URL for programs that
    send requests of their own, None where there is no server. Threads may share a target.
    """

    @property
    def name(self) -> str:
        """What reports call the target."""
        ...

    @property
    def url(self) -> str | None:
        """The base URL, without a slash at its end."""
        ...

    def send(
        self,
        request: Request,
        *,
        expect: tuple[int, ...] = (),
        timeout: float | None = None,
        case: str = "",
        authorize: bool = True,
        watch: Watch | None = None,
    ) -> Exchange:
        """Send a request and wait for the whole response.

        The URL of the request is a path, such as `/v2/chat`; of a whole URL the path is taken.
        Headers are sent as they are given. What every HTTP client adds is added where it is absent,
        and the key unless `authorize` is False or the request brings an Authorization of its own.
        `expect` are statuses that the caller foresees; `timeout` is how many seconds the whole
        exchange may take; `case` names a test case, for recordings.
        `watch` is called with each piece of a body as it comes; what it raises ends the exchange
        and closes the connection.

        A response that breaks off is returned as far as it came, with `complete` False. The chunks
        of the body carry seconds since the request was begun. The exchange shows no key.

        Raises TargetError when the target cannot be reached, NoAnswer when no response came,
        BudgetExceeded when the budget does not allow the request, CassetteMiss when no recording
        answers it.
        """
        ...

    def close(self) -> None:
        """Release what the target holds; does nothing the second time."""
        ...

    def __enter__(self) -> Target:  # noqa: PYI034 - Python 3.10 has no `Self`
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def json_request(path: str, body: Any, *, accept: str = "*/*", headers: Headers = ()) -> Request:
    """A POST of a JSON body, as real clients send it."""
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    head = (("Accept", accept), ("Content-Type", "application/json"), *headers)
    return Request("POST", path, head, data)
