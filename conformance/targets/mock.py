"""`mock:` and its options → the project's own server in a thread, behind a real socket.

The options are written as in a URL: `mock:?profile=rich&fault=STREAM-014&latency=20ms`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.errors import UsageError
from conformance.mock.plan import plan_of
from conformance.mock.server import MockServer
from conformance.mock.settings import Settings, profile_named, seconds_in
from conformance.suggest import did_you_mean
from conformance.targets.base import Target
from conformance.targets.http import HttpTarget
from conformance.targets.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.targets.base import Watch
    from conformance.wire import Exchange, Request

__all__ = ["MockTarget", "settings_from"]

_PREFIX = "mock:"
_KEY = "mock-key"
_NUMBER = re.compile(r"[0-9]{1,9}")


class MockTarget(Target):
    """The mock of a specification such as `mock:?profile=minimal`; it runs until closed.

    It takes the key that the target sends and no other, so that a run sees it refuse. `server` is
    the running mock, with the log of what it was sent. Raises UsageError for an unknown option or a
    bad value, TargetError when it cannot listen.
    """

    def __init__(self, spec: str = _PREFIX, *, timeout: float = 120.0) -> None:
        self._name = spec
        settings = settings_from(spec)
        self.server = MockServer(settings.changed(key=settings.key or _KEY)).start()
        key = Secret(self.server.key, "the key of the mock")
        self._http = HttpTarget(self.server.url, key=key, label=spec, timeout=timeout)

    @property
    def name(self) -> str:
        """The specification; the port, which differs each time, is no part of it."""
        return self._name

    @property
    def url(self) -> str:
        """The base URL of the server."""
        return self._http.url

    @property
    def key(self) -> Secret | None:
        """A key that the mock takes."""
        return self._http.key

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
        """Send a request over a socket; see `Target.send`."""
        return self._http.send(
            request, expect=expect, timeout=timeout, case=case, authorize=authorize, watch=watch
        )

    def close(self) -> None:
        """Stop the server."""
        self._http.close()
        self.server.stop()


def settings_from(spec: str) -> Settings:
    """The settings that a specification of the mock describes. Raises UsageError."""
    rest = spec.removeprefix(_PREFIX)
    if rest and not rest.startswith("?"):
        raise UsageError(
            f"`{spec}` is no mock", where="target", hint="options follow `?`: `mock:?profile=rich`"
        )
    settings = Settings()
    for pair in rest[1:].split("&"):
        if not pair:
            continue
        # not as a form would have it: a plus sign is a plus sign here
        name, equals, value = pair.partition("=")
        option = _OPTIONS.get(unquote(name))
        if option is None or not equals:
            known = ", ".join(f"`{each}`" for each in _OPTIONS)
            what, hint = f"the option `{name}` has no value", None
            if option is None:
                what = f"the mock has no option `{unquote(name)}`"
                hint = did_you_mean(unquote(name), _OPTIONS)
            raise UsageError(what, where=spec, hint=hint or f"the options are {known}")
        settings = option(settings, unquote(value))
    return settings


def _number(name: str) -> Callable[[Settings, str], Settings]:
    def change(settings: Settings, value: str) -> Settings:
        if _NUMBER.fullmatch(value) is None:
            raise UsageError(
                f"`{name}` is `{value}`, not a number", where="mock", hint=f"write `{name}=20`"
            )
        return settings.changed(**{name: int(value)})

    return change


def _any_model(settings: Settings, value: str) -> Settings:
    if value not in ("yes", "no"):
        raise UsageError(
            f"`any-model` is `{value}`", where="mock", hint="write `any-model=yes` or `no`"
        )
    return settings.changed(any_model=value == "yes")


_OPTIONS: dict[str, Callable[[Settings, str], Settings]] = {
    "profile": lambda settings, value: settings.changed(profile=profile_named(value)),
    "fault": lambda settings, value: settings.changed(plan=plan_of(value)),
    "seed": _number("seed"),
    "key": lambda settings, value: settings.changed(key=value),
    "latency": lambda settings, value: settings.changed(latency=seconds_in(value)),
    "length": _number("length"),
    "any-model": _any_model,
}
