"""The cases as pytest runs them: which there are, how one is played, how its result travels.

The shipped suite's conftest.py takes everything from here. Settings come from the run command, from
the main process to a worker of pytest-xdist, or are the default when pytest is called directly.
"""

from __future__ import annotations

import base64
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import ConformanceError
from conformance.suite.case import Case, CaseResult, Outcome
from conformance.suite.catalogue import all_cases, cases_for
from conformance.suite.session import Session, TargetLost
from conformance.suite.settings import RunSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

__all__ = [
    "SETTINGS",
    "pack",
    "play",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_generate_tests",
    "pytest_runtest_makereport",
    "session",
    "unpack",
]

SETTINGS = pytest.StashKey[RunSettings]()
_RESULT = pytest.StashKey[CaseResult]()
_WORKER_INPUT = "conformance"


def pack(result: CaseResult) -> str:
    """A result as text, for a report that crosses processes."""
    return base64.b64encode(pickle.dumps(result)).decode("ascii")


def unpack(text: str) -> CaseResult:
    """The result that `pack` wrote in a process of this run."""
    result: CaseResult = pickle.loads(base64.b64decode(text))  # noqa: S301 - our own worker wrote it
    return result


def pytest_configure(config: pytest.Config) -> None:
    """Find the settings of the run."""
    given = getattr(config, "workerinput", {}).get(_WORKER_INPUT)
    if given is not None:
        config.stash[SETTINGS] = RunSettings.from_json(given)
    elif SETTINGS not in config.stash:
        target = config.getoption("cohere_target", default=None) or "mock:"
        seed = config.getoption("cohere_seed", default=None) or 0
        config.stash[SETTINGS] = RunSettings(target=target, seed=int(seed))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test of cases the chosen cases of its kinds."""
    if "case" not in metafunc.fixturenames:
        return
    kinds = metafunc.module.KINDS
    settings = metafunc.config.stash[SETTINGS]
    cases = [case for case in cases_for(settings) if case.kind in kinds]
    metafunc.parametrize("case", cases, ids=[case.name for case in cases])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Play the cases in the order of the catalogue: plain things first."""
    order = {case.name: number for number, case in enumerate(all_cases())}

    def place(item: pytest.Item) -> int:
        case = _case_of(item)
        return -1 if case is None else order.get(case.name, -1)

    # Other tests of the same session are not ours to move.
    ours = [number for number, item in enumerate(items) if _case_of(item) is not None]
    for number, item in zip(ours, sorted((items[n] for n in ours), key=place), strict=True):
        items[number] = item


def _case_of(item: pytest.Item) -> Case | None:
    """The case that a test plays, None for any other test."""
    found = getattr(getattr(item, "callspec", None), "params", {}).get("case")
    return found if isinstance(found, Case) else None


@pytest.fixture(scope="session")
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """The open target of this process."""
    from conformance.suite.opening import opened

    settings = request.config.stash[SETTINGS]
    with opened(settings) as target:
        yield Session(settings, target)


@pytest.fixture
def play(request: pytest.FixtureRequest, session: Session) -> Callable[[Case], None]:
    """A function that plays a case, keeps its result, and fails the test when a clause is broken."""

    def play_one(case: Case) -> None:
        __tracebackhide__ = True
        try:
            result = session.play(case)
        except TargetLost as lost:
            request.session.shouldstop = "the target cannot be reached any more"
            result = lost.result
        request.node.stash[_RESULT] = result
        _tell(result)

    return play_one


def _tell(result: CaseResult) -> None:
    """Tell pytest what came of a case."""
    __tracebackhide__ = True
    from conformance.contract import contract
    from conformance.report.text import failure_text
    from conformance.verdict import Level
    from conformance.violation import exception_for

    if result.outcome is Outcome.BROKEN:
        worst = max(result.violations, key=lambda violation: violation.level.rank)
        errors = [v for v in result.violations if v.level is Level.ERROR] or [worst]
        text = "\n".join(failure_text(each, clauses=contract().clauses) for each in errors)
        raise exception_for(errors[0].code)(errors[0], text)
    if result.outcome is Outcome.TROUBLE:
        pytest.fail("\n".join(map(str, result.troubles)), pytrace=False)
    if result.outcome in (Outcome.LACKED, Outcome.UNSHOWN):
        pytest.skip(result.note or "nothing was judged")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the result of a case into the report of its test, or what is to be said of the target."""
    report = yield
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, ConformanceError):
        told = (error.what, error.where, error.hint)
        report.conformance_trouble = told  # type: ignore[attr-defined]
    if call.when == "call":
        result = item.stash.get(_RESULT, None)
        if result is not None:
            report.conformance = pack(result)  # type: ignore[attr-defined]
    return report
