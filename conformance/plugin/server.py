"""A server on a socket for tests: the mock, or another target behind the same address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.errors import UsageError
from conformance.mock.plan import plan_of
from conformance.mock.settings import profile_named, seconds_in
from conformance.plugin.bench import Bench
from conformance.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.check import Options
    from conformance.mock.server import MockServer
    from conformance.mock.settings import Settings

__all__ = ["CohereServer", "configured", "reconfigured"]

_CHANGES: dict[str, Callable[[Any], Any]] = {
    "profile": profile_named,
    "fault": lambda text: plan_of(text) if text else None,
    "seed": int,
    "key": str,
    "latency": lambda value: seconds_in(value) if isinstance(value, str) else float(value),
    "length": int,
    "any_model": bool,
}


def configured(settings: Settings, choices: dict[str, Any]) -> Settings:
    """The settings of a mock with these choices in them.

    `profile` and `fault` are names as the command `mock` takes them, `latency` is in seconds or as
    ``20ms``, the others are as in `Settings`. Raises UsageError for anything else.
    """
    made: dict[str, Any] = {}
    for name, value in choices.items():
        if name not in _CHANGES:
            known = ", ".join(f"`{each}`" for each in _CHANGES)
            raise UsageError(
                f"the mock has no option `{name}`",
                where="cohere_mock",
                hint=did_you_mean(name, _CHANGES) or f"the options are {known}",
            )
        try:
            made["plan" if name == "fault" else name] = _CHANGES[name](value)
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"`{name}` cannot be `{value}`", where="cohere_mock", hint="see docs/pytest.md"
            ) from error
    return settings.changed(**made)


def reconfigured(settings: Settings | None, choices: dict[str, Any]) -> Settings:
    """The same for a test that runs already; the traceback of an error ends with the test.

    `settings` is None where the target is not the mock, which raises UsageError too.
    """
    __tracebackhide__ = True
    if settings is None:
        raise UsageError(
            "only the mock can be told how to behave",
            where="--cohere-target",
            hint="leave the option out, or skip this test with another target",
        )
    try:
        return configured(settings, choices)
    except UsageError as error:
        raise error.with_traceback(None) from None


class CohereServer(Bench):
    """The server of one test. `url` is its base URL, `key` a key that it takes."""

    def __init__(
        self,
        server: MockServer,
        settings: Settings | None,
        *,
        test: str,
        options: Options,
        strict: bool,
    ) -> None:
        super().__init__(
            server.log, url=server.url, key=server.key, test=test, options=options, strict=strict
        )
        self._server = server
        self._settings = settings

    def configure(self, **choices: Any) -> None:
        """Tell the mock how to behave from now on: `fault="STREAM-014"`, `profile="rich"`, ...

        Raises UsageError for an unknown choice, and where the target is not the mock.
        """
        __tracebackhide__ = True
        self._settings = reconfigured(self._settings, choices)
        self._server.use(self._settings)
        self.key = self._server.key

    def _busy(self) -> bool:
        return self._server.active > 0
