"""Fixtures, marks and options for the tests of applications that talk to Cohere's v2 API.

This module is loaded into every pytest run of an environment, so it imports nothing but pytest;
what it needs is in `conformance.plugin` and is loaded when a test asks for it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from conformance.mock.server import MockServer
    from conformance.plugin.desk import Desk
    from conformance.plugin.inprocess import CohereRespx
    from conformance.plugin.server import CohereServer

_MARKS = (
    "cohere_mock(**options): how the mock behaves in this test, as in fault='STREAM-014'",
    "cohere_recording(path): the recording that the fixture of this name plays back",
    "cohere_rule(*codes): judge the exchanges of this test by these rules only",
)
_HOOKS = "cohere-hooks"
_DESK = pytest.StashKey[Any]()
# What a test was given; the hooks judge it.
BENCHES = pytest.StashKey[list[Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; they all begin with `--cohere`."""
    group = parser.getgroup("cohere", "conformance with Cohere's v2 API")
    add = group.addoption
    add(
        "--cohere-target",
        metavar="TARGET",
        help="what answers the tests: mock: (the default), cassette:PATH, or a base URL",
    )
    add("--cohere-api-key-env", metavar="NAME", help="where the key of a server is; CO_API_KEY")
    add("--cohere-max-requests", type=int, metavar="N", help="stop before more requests")
    add("--cohere-max-tokens", type=int, metavar="N", help="stop before more tokens")
    add("--cohere-record", metavar="DIR", help="keep what tests exchange, without keys")
    add("--cohere-recordings", metavar="DIR", help="where recordings are played back from")
    add("--cohere-seed", type=int, metavar="N", help="other seeds of the mock give other answers")
    add("--cohere-report", metavar="DIR", help="write a report of what tests exchanged")
    parser.addini("cohere_target", "what answers the tests", default="mock:")
    parser.addini("cohere_recordings", "where recordings are played back from", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks; where workers run the tests, be ready for what they hand over."""
    for mark in _MARKS:
        config.addinivalue_line("markers", mark)
    if config.getoption("cohere_report") and not hasattr(config, "workerinput"):
        from conformance.plugin.hooks import Hooks

        config.pluginmanager.register(Hooks(config), _HOOKS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the summary of failures show the headline alone.

    What the plugin itself raises is shown without a traceback, which leads nowhere but here.
    """
    report = yield
    if call.excinfo is not None:
        violations = sys.modules.get("conformance.violation")
        error = call.excinfo.value
        if violations is not None and isinstance(error, violations.ConformanceViolation):
            if error.settled:
                report.longrepr = call.excinfo.getrepr(style="value")
            crash = getattr(report.longrepr, "reprcrash", None)
            if crash is not None:
                crash.message = error.violation.headline
    return report


def _desk(config: pytest.Config, factory: pytest.TempPathFactory) -> Desk:
    if _DESK not in config.stash:
        from conformance.plugin.desk import Desk
        from conformance.plugin.hooks import Hooks

        base = factory.getbasetemp()
        # The workers of pytest-xdist have folders of their own in one that they share.
        shared = base.parent if hasattr(config, "workerinput") else base
        desk = Desk(config, shared / "cohere-ledger")
        hooks = config.pluginmanager.get_plugin(_HOOKS)
        if hooks is None:
            hooks = Hooks(config)
            config.pluginmanager.register(hooks, _HOOKS)
        hooks.desk = config.stash[_DESK] = desk
    found: Desk = config.stash[_DESK]
    return found


def _given(request: pytest.FixtureRequest, kind: str) -> Iterator[Any]:
    """Give a test what the desk makes for it; judge and note what came of it afterwards."""
    from conformance.plugin.hooks import judged, made

    item = request.node
    factory = request.getfixturevalue("tmp_path_factory")
    desk = made(lambda: _desk(request.config, factory))
    bench = made(lambda: getattr(desk, kind)(item))
    benches = item.stash.setdefault(BENCHES, [])
    benches.append(bench)
    yield bench
    benches.remove(bench)
    # What came after the test itself, as when an application ends.
    lapse = judged(item, bench)
    made(lambda: desk.close_bench(item, bench))
    if lapse is not None:
        raise lapse


@pytest.fixture(scope="session")
def cohere_session_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> MockServer:
    """The server behind `cohere_server`, for fixtures of a wider scope: `url` and `key`.

    Its address is the same for all tests of a session. What a test exchanges with it is judged if
    the test asks for `cohere_server`.
    """
    from conformance.plugin.hooks import made

    return made(lambda: _desk(request.config, tmp_path_factory).session_server())


@pytest.fixture
def cohere_server(request: pytest.FixtureRequest) -> Iterator[CohereServer]:
    """A server that answers as Cohere's v2 API does: `url`, `key`, and what came in.

    The test fails when its client has sent what breaks a rule, unless `tolerate` allows it.
    """
    yield from _given(request, "server")


@pytest.fixture
def cohere_respx(request: pytest.FixtureRequest) -> Iterator[CohereRespx]:
    """The same without a socket, for HTTP clients of this process that are made of httpx.

    Requests to api.cohere.com are answered; the client needs no other address.
    """
    for bench in _given(request, "respx"):
        with bench:
            yield bench


@pytest.fixture
def cohere_recording(request: pytest.FixtureRequest) -> Iterator[CohereServer]:
    """A server that plays back what was recorded for this test.

    With `--cohere-record DIR` the target answers instead, and is recorded.
    """
    yield from _given(request, "recording")
