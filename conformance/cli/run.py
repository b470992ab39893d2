"""`run`: a server → requests, verdicts, and the exit code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli.codes import CHECKS, chosen_options
from conformance.config import load_settings
from conformance.report.page import Page
from conformance.rules.registry import all_rules
from conformance.suite.features import FEATURES, resolved_features
from conformance.suite.settings import MODELS, RunSettings
from conformance.verdict import EXIT_OK

if TYPE_CHECKING:
    from conformance.baseline import Baseline
    from conformance.suite.events import Listener

__all__ = ["run"]

_EPILOG = """\
TARGET is `mock:` (the default), `mock:?fault=CODE`, `cassette:PATH`, or the base URL of a server, to
which `/v2/chat` and `/v2/rerank` are added. The key is read from the environment. Exit codes: 0 all
as promised, 1 the server breaks the contract, 2 not everything could be judged.
"""


@click.command(epilog=_EPILOG)
@click.argument("target", required=False, default="mock:")
@click.option("--only", multiple=True, metavar="GLOB", help="Only these cases; see --list.")
@click.option("--list", "listed", is_flag=True, help="List the cases and exit.")
@click.option("--features", "featured", is_flag=True, help="List the features and exit.")
@click.option("--declare", multiple=True, metavar="FEATURES", help="The server has these for sure.")
@click.option("--lacks", multiple=True, metavar="FEATURES", help="The server does not have these.")
@click.option(
    "--model",
    multiple=True,
    metavar="[ROLE=]NAME",
    help=f"A model to name in requests; roles are {', '.join(MODELS)}.",
)
@click.option(
    "--known-failing",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Failures that are known: lines of a code and a case.",
)
@click.option("--prove", is_flag=True, help="First show that every check can fail.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Decides all that is drawn.",
)
@click.option(
    "--properties/--no-properties",
    default=None,
    help="Send generated requests; by default to the mock only.",
)
@click.option(
    "--examples",
    type=click.IntRange(1),
    metavar="N",
    help="How many requests are generated for each property.",
)
@click.option(
    "--fuzz", is_flag=True, help="Let schemathesis send what it makes of the description."
)
@click.option(
    "--fuzz-max-examples",
    type=click.IntRange(1),
    metavar="N",
    help="How many it draws of each sort, besides those that it derives; 50.",
)
@click.option(
    "-n",
    "--workers",
    type=click.IntRange(0, 64),
    default=0,
    metavar="N",
    help="Run in so many processes.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 3600),
    metavar="SECONDS",
    help="How long one answer may take; 30 on this machine, 120 elsewhere.",
)
@click.option(
    "--api-key-env",
    default="",
    metavar="NAME",
    help="The variable that holds the key, instead of CO_API_KEY.",
)
@click.option(
    "--pace",
    default="",
    metavar="RATE",
    help="Calls a minute: trial, production, none, or CHAT/RERANK.",
)
@click.option("--max-requests", type=int, metavar="N", help="Stop before more; 0 for no limit.")
@click.option("--max-tokens", type=int, metavar="N", help="Stop before more; 0 for no limit.")
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep a redacted recording of each exchange.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write report.jsonl, report.html, junit.xml and summary.md.",
)
@click.option("--select", multiple=True, metavar="CODES", help="Only these rules or families.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Not these rules or families.")
@click.option("--strict/--no-strict", default=None, help="Let warnings fail.")
@click.option("--closed/--no-closed", default=None, help="Let undocumented response members fail.")
@click.option("-q", "--quiet", is_flag=True, help="Only the closing sentence.")
@click.option("-v", "--verbose", is_flag=True, help="Notes, every place, and what was not judged.")
def run(
    *,
    target: str,
    only: tuple[str, ...],
    listed: bool,
    featured: bool,
    declare: tuple[str, ...],
    lacks: tuple[str, ...],
    model: tuple[str, ...],
    known_failing: Path | None,
    prove: bool,
    seed: int,
    properties: bool | None,
    examples: int | None,
    fuzz: bool,
    fuzz_max_examples: int | None,
    workers: int,
    timeout: float | None,
    api_key_env: str,
    pace: str,
    max_requests: int | None,
    max_tokens: int | None,
    record: Path | None,
    report: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool | None,
    closed: bool | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Judge a server: send it requests, and judge what it answers."""
    from conformance.suite.runner import Run
    from conformance.suite.terminal import Terminal

    if listed or featured:
        _list(only, features=featured)
        return EXIT_OK
    project = load_settings()
    options = chosen_options(project, select, ignore, closed=closed, also=[CHECKS])
    settings = RunSettings.with_models(
        model,
        target=target,
        seed=seed,
        only=only,
        lacks=tuple(sorted(resolved_features(lacks, "--lacks"))),
        declared=tuple(sorted(resolved_features(declare, "--declare"))),
        properties=properties,
        examples=examples or 0,
        timeout=timeout,
        select=options.select,
        ignore=options.ignore,
        closed=options.closed,
        strict=project.strict if strict is None else strict,
        key_env=api_key_env,
        pace=pace,
        max_requests=max_requests,
        max_tokens=max_tokens,
        record=str(record or ""),
        fuzz=fuzz or fuzz_max_examples is not None,
        fuzz_examples=fuzz_max_examples or 0,
    )
    listeners: list[Listener] = [Terminal(Page(), quiet=quiet, verbose=verbose)]
    if report is not None:
        from conformance.suite.opening import secrets_of
        from conformance.suite.reporting import Reporter

        listeners.append(Reporter(str(report), secrets_of(settings)))
    judging = Run(
        settings, listeners, baseline=_baseline(known_failing), workers=workers, proving=prove
    )
    return judging.play().exit_code()


def _list(only: tuple[str, ...], *, features: bool) -> None:
    from conformance.suite.catalogue import all_cases, chosen

    rows = [(case.name, case.says) for case in chosen(only, all_cases())]
    if features:
        rows = [(name, feature.says) for name, feature in FEATURES.items()]
    width = max(len(name) for name, _ in rows)
    Page().write([((f"{name:<{width}}  ", "strong"), (says, "")) for name, says in rows])


def _baseline(file: Path | None) -> Baseline | None:
    if file is None:
        return None
    from conformance.baseline import read_baseline
    from conformance.suite.catalogue import all_cases
    from conformance.suite.checks import all_checks

    codes = [rule.code for rule in all_rules()] + [check.code for check in all_checks()]
    return read_baseline(file, [case.name for case in all_cases()], codes)
