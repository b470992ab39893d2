"""`client -- COMMAND`: any program beside the mock → verdicts on all that it sent."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from conformance.cli.codes import CLAUSES, chosen_options
from conformance.config import load_settings
from conformance.errors import UsageError
from conformance.report.cells import safe
from conformance.report.outcome import FileOutcome, Tally, Trouble
from conformance.report.page import Page
from conformance.verdict import Level, Party, exit_code

if TYPE_CHECKING:
    from conformance.check import Options
    from conformance.clients.habits import Call
    from conformance.clients.launch import Ran, Scenario
    from conformance.proxy.exchange import Passed
    from conformance.proxy.judging import Judge, Told
    from conformance.proxy.views import View
    from conformance.report.folder import ReportFolder
    from conformance.violation import Violation

__all__ = ["launch"]

_JSON_CHAT = "chat without streaming"

_EPILOG = """\
The program gets the address in CO_API_URL and a key in CO_API_KEY; in its arguments `{url}` and
`{key}` stand for them. Exit codes: 0 all as promised, 1 the program breaks the contract, 2 nothing
was judged.
"""


@click.command("launch", epilog=_EPILOG)
@click.argument("command", nargs=-1, required=True, metavar="-- COMMAND...")
@click.option(
    "--env",
    "named",
    multiple=True,
    metavar="NAME[=TEXT]",
    help="Another variable for the URL; `NAME=/v2` adds a path, `{url}` and `{key}` are filled in.",
)
@click.option(
    "--profile", "profiles", multiple=True, metavar="NAME", help="Answer so: live, minimal, rich."
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="FAULTS",
    help="Misbehave so; see mock --list-faults.",
)
@click.option(
    "--case",
    "globs",
    multiple=True,
    metavar="GLOB",
    help="Answer with these cases; see client cases.",
)
@click.option("--seed", type=int, default=0, help="Other seeds give other answers.")
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 86400),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="How long one run may take.",
)
@click.option(
    "--report", type=click.Path(file_okay=False), metavar="DIR",
    help="Write report.jsonl, report.html, junit.xml and summary.md.",
)  # fmt: skip
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "jsonl", "github"]),
    default="text",
    show_default=True,
    help="For people, for machines, or as annotations of a GitHub workflow.",
)
@click.option("--select", multiple=True, metavar="CODES", help="Only these rules or families.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Not these rules or families.")
@click.option("--strict/--no-strict", default=None, help="Let warnings fail.")
@click.option("-q", "--quiet", is_flag=True, help="Only the closing sentence.")
@click.option("-v", "--verbose", is_flag=True, help="Notes, every place, and what was not judged.")
def launch(
    *,
    command: tuple[str, ...],
    named: tuple[str, ...],
    profiles: tuple[str, ...],
    faults: tuple[str, ...],
    globs: tuple[str, ...],
    seed: int,
    timeout: float,
    report: str | None,
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Run any program beside the mock, and judge all that it sends.

    It is run once for each profile, fault and case that is named, else once.
    """
    from conformance.clients.launch import run_program, variables_of
    from conformance.proxy.judging import Judge
    from conformance.proxy.views import VIEWS
    from conformance.report.folder import ReportFolder, header_of

    settings = load_settings()
    options = chosen_options(settings, select, ignore, also=[CLAUSES])
    strictly = settings.strict if strict is None else strict
    scenarios = _scenarios(profiles, faults, globs, seed)
    variables = variables_of(named)
    machine = form != "text"
    with ExitStack() as stack:
        folder = None
        if report is not None:
            header = header_of("client", " ".join(command), party="client", strict=strictly)
            folder = stack.enter_context(ReportFolder(report, header))
        judge = Judge(
            options=options, party=Party.CLIENT, reporting=folder is not None, strict=strictly
        )
        desk = _Desk(judge, options, VIEWS[form](quiet=quiet, verbose=verbose), folder)
        for number, scenario in enumerate(scenarios, start=1):
            ran = run_program(command, scenario, variables, timeout=timeout, quiet_output=machine)
            if form == "text" and not quiet:
                _head(ran, many=len(scenarios) > 1)
            desk.take(ran)
            if ran.program.interrupted:
                desk.skip(len(scenarios) - number)
                break
        return desk.finish(strict=strictly)


def _scenarios(
    profiles: tuple[str, ...], faults: tuple[str, ...], globs: tuple[str, ...], seed: int
) -> list[Scenario]:
    from conformance.clients.cases import chosen
    from conformance.clients.launch import Scenario
    from conformance.mock.plan import plan_of
    from conformance.mock.settings import Settings, profile_named

    # A pause before each event: a program that leaves a stream is seen to.
    plain = Settings(seed=seed, latency=0.002, any_model=True)
    made = [
        Scenario(f"profile {name}", plain.changed(profile=profile_named(name))) for name in profiles
    ]
    for fault in faults:
        plan = plan_of(fault)
        if not plan.steps:
            raise UsageError("a fault without a name", where="--fault")
        made.append(Scenario(f"fault {plan.name}", plain.changed(plan=plan), fair=plan.fair))
    if globs:
        for case in chosen(globs, seed):
            fair = case.kind != "failure"
            made.append(Scenario(f"case {case.name}", plain, fair=fair, case=case))
    return made or [Scenario("profile live", plain)]


def _ended(ran: Ran) -> str:
    return ran.program.ended.removeprefix("ended with ")


def _head(ran: Ran, *, many: bool) -> None:
    """How the program ended, before what it sent."""
    page = Page()
    count = len(ran.calls)
    facts = [
        safe(ran.scenario.name),
        f"the program: {_ended(ran)}",
        f"{count} request{'s' * (count != 1)}",
        f"{ran.program.seconds:.1f} s",
    ]
    if many:
        page.write([()])
    page.write([((" · ".join(facts), "strong"),)])
    page.stream.flush()


class _Desk:
    """Takes runs: judges their calls, shows and counts them."""

    def __init__(
        self, judge: Judge, options: Options, view: View, folder: ReportFolder | None
    ) -> None:
        self._judge = judge
        self._options = options
        self._view = view
        self._folder = folder
        self._tally = Tally()
        self._codes: Counter[str] = Counter()
        self._silent: list[str] = []
        self._skipped = 0
        self._began = time.monotonic()
        view.begin()

    def take(self, ran: Ran) -> None:
        """Judge the calls of a run, and what they show together."""
        from conformance.clients.habits import habits_of, violation_of

        self._codes[_ended(ran)] += 1
        if not ran.calls:
            self._silent.append(ran.scenario.name)
        told = [self._judge.take(_passed(call)) for call in ran.calls]
        calls = list(ran.calls)
        for habit in habits_of(calls, ran.program):
            if not self._options.wants(habit.finding.code, habit.finding.name):
                continue
            number = len(told) - 1 if habit.call is None else habit.call
            if number < 0:
                continue
            endpoint = told[number].outcome.exchanges[0].endpoint or "client"
            placed = violation_of(habit, calls, ran.scenario.name, endpoint)
            told[number] = _with(told[number], [placed])
        for one in told:
            self._tally.add(one.outcome)
            if self._folder is not None:
                self._folder.add_all(one.outcome.records)
            self._view.add(one)

    def skip(self, count: int) -> None:
        """So many scenarios are not run any more."""
        self._skipped += count

    def finish(self, *, strict: bool) -> int:
        """The closing sentence, and the exit code. Raises UsageError when nothing was ever sent."""
        from conformance.report.summary import closing_sentence

        if not self._tally.exchanges:
            raise UsageError(
                "the program sent nothing to the mock, and nothing was judged",
                where=f"the program: {self._ended()}",
                hint="does it take its address from `CO_API_URL`? name its variable with "
                "`--env NAME`, or write `{url}` where the address stands in the command",
            )
        errors = self._tally.levels[Level.ERROR]
        code = exit_code(
            # what is no request at all was judged by that
            judged=self._tally.judged or errors,
            errors=errors,
            warnings=self._tally.levels[Level.WARNING],
            trouble=len(self._silent) + self._skipped,
            strict=strict,
        )
        said = f"{closing_sentence(self._tally, strict=strict)}; the program: {self._ended()}"
        if self._tally.reasons[_JSON_CHAT]:
            said += "; what is judged and answered here are chats with `stream` and reranks"
        if self._silent:
            said += f"; nothing was sent in {', '.join(self._silent)}"
        if self._skipped:
            said += f"; {self._skipped} not run any more"
        self._view.end(self._tally, said, code)
        if self._folder is not None:
            for name in self._silent:
                self._folder.add(Trouble(name, "the program sent nothing to the mock"))
            self._folder.add_all(self._judge.closing())
            self._folder.finish(code, seconds=time.monotonic() - self._began)
        return code

    def _ended(self) -> str:
        """With which exit codes the program ended, and how often."""
        parts = []
        for ended, count in sorted(self._codes.items()):
            times = "once" if count == 1 else f"{count} times"
            parts.append(ended if len(self._codes) == 1 else f"{ended} ({times})")
        return ", ".join(parts)


def _passed(call: Call) -> Passed:
    """A call in the form of what passes a proxy."""
    from conformance.proxy.exchange import Passed

    response = call.exchange.response
    size = len(response.body) if response is not None else 0
    return Passed(
        call.exchange,
        left=call.left,
        seen=size,
        unjudged="not an HTTP request" if call.unread else "",
        seconds=call.ended - call.began,
    )


def _with(told: Told, more: list[Violation]) -> Told:
    """What is told of a call, with more violations."""
    from conformance.report.records import ViolationRecord

    outcome = told.outcome
    one = outcome.exchanges[0]
    judged = one._replace(violations=(*one.violations, *more))
    records = outcome.records
    if records:
        # behind the exchange, before its case
        records = (*records[:-1], *(ViolationRecord(each) for each in more), records[-1])
    return told._replace(outcome=FileOutcome(outcome.file, (judged,), outcome.troubles, records))
