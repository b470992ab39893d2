"""An API key from the environment into a value that cannot be shown by accident.

The key lives in a closure, so that neither `repr`, nor a debugger's view of the attributes, nor a
pickle holds it. `reveal` is called at one place only: where the header is written.
"""

from __future__ import annotations

import logging
import os
import re
from typing import TYPE_CHECKING, Any, NoReturn

from conformance.cassette.redaction import redact_text, without_keys
from conformance.errors import UsageError
from conformance.wire import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.wire import Response

__all__ = ["DEFAULT_VARIABLE", "Secret", "guard_logs", "release_logs", "secret_from"]

DEFAULT_VARIABLE = "CO_API_KEY"
_SHOWN = "***"
# RFC 6750 2.1 lets a token hold these; anything else would end up in an error of the HTTP library.
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
# Shorter keys are words such as `test`: to take them out of bodies would change what is judged.
_SHORTEST = 8
_LOGGERS = (
    "httpx",
    "httpcore",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)


class Secret:
    """A key that shows itself as `***`.

    `origin` says where it comes from, for messages. Raises UsageError for a text that no
    Authorization header can carry.
    """

    __slots__ = ("_value", "origin")

    def __init__(self, value: str, origin: str = "the API key") -> None:
        self.origin = origin
        self._value = _closure(value)
        # Tools that show the variables of a failing frame must not find the key in this one.
        del value
        if _TOKEN.fullmatch(self._value()) is None:
            raise UsageError(
                "the API key is empty or has characters that no bearer token has",
                where=origin,
                hint="set it to the key alone, without quotes, spaces and `Bearer`",
            )

    def reveal(self) -> str:
        """The key itself. Never keep the result in a variable."""
        return self._value()

    @property
    def forms(self) -> tuple[str, ...]:
        """What is to be taken out of texts: the key, or nothing when it is but a word."""
        return (self._value(),) if len(self._value()) >= _SHORTEST else ()

    def hidden(self, text: str) -> str:
        """A text without the key in any of its forms."""
        return redact_text(text, self.forms)

    def hidden_in(self, exchange: Exchange) -> Exchange:
        """An exchange without the key in any of its forms."""
        return without_keys(exchange, self.forms) if self.forms else exchange

    def hidden_in_response(self, response: Response) -> Response:
        """A response without the key in any of its forms."""
        found = self.hidden_in(Exchange(None, response)).response
        assert found is not None  # it was given
        return found

    def __repr__(self) -> str:
        return _SHOWN

    def __format__(self, _spec: str) -> str:
        return _SHOWN

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not written down; hand on the name of its variable")


def _closure(value: str) -> Callable[[], str]:
    text = value.strip()
    return lambda: text


def secret_from(variable: str) -> Secret | None:
    """The key in an environment variable, None when it is unset or empty."""
    if not os.environ.get(variable, "").strip():
        return None
    return Secret(os.environ[variable], f"`{variable}`")


class _Filter(logging.Filter):
    """Takes a key out of log records; HTTP libraries log what servers echo."""

    def __init__(self, secret: Secret) -> None:
        super().__init__()
        self._secret = secret

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = self._secret.hidden(record.getMessage())
        record.args = ()
        return True


def guard_logs(secret: Secret) -> logging.Filter:
    """Keep a key out of what the HTTP libraries log, at every level; `release_logs` ends it."""
    made = _Filter(secret)
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(made)
    return made


def release_logs(made: logging.Filter) -> None:
    """Take a filter of `guard_logs` away."""
    for name in _LOGGERS:
        logging.getLogger(name).removeFilter(made)
