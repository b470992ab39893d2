"""`run`: a server → requests, verdicts, and the exit code."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.codes import resolved
from conformance.config import load_settings
from conformance.report.page import Page
from conformance.suite.features import resolved_features
from conformance.suite.settings import MODELS, RunSettings

__all__ = ["run"]

_EPILOG = """\
TARGET is `mock:` (the default), `cassette:PATH`, or the base URL of a server. The key comes from the
environment, by default from CO_API_KEY.
"""


@click.command(epilog=_EPILOG)
@click.argument("target", required=False, default="mock:")
@click.option("--only", multiple=True, metavar="GLOB", help="Only these cases.")
@click.option("--list", "listed", is_flag=True, help="List the cases and exit.")
@click.option("--seed", type=int, default=0, show_default=True, help="Decides what is drawn.")
@click.option("-n", "workers", type=click.IntRange(0, 64), default=0, help="Worker processes.")
@click.option("--declare", multiple=True, metavar="FEATURES", help="The server has these.")
@click.option("--lacks", multiple=True, metavar="FEATURES", help="The server lacks these.")
@click.option(
    "--known-failing", type=click.Path(path_type=Path), metavar="FILE", help="Known failures."
)
@click.option("--strict/--no-strict", default=None, help="Let warnings fail.")
@click.option(
    "--timeout",
    type=click.FloatRange(0.1),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long one answer may take.",
)
@click.option("--api-key-env", default="", metavar="NAME", help="Where the key is; CO_API_KEY.")
@click.option(
    "--pace",
    default="",
    metavar="RATE",
    help="Calls a minute: `trial`, `production`, `none`, or CHAT/RERANK.",
)
@click.option("--max-requests", type=int, metavar="N", help="Stop before more requests; 0: never.")
@click.option("--max-tokens", type=int, metavar="N", help="Stop before more tokens; 0: never.")
@click.option(
    "--record", type=click.Path(path_type=Path), metavar="DIR", help="Keep redacted recordings."
)
@click.option("--prove", is_flag=True, help="First show that every check can fail.")
@click.option("-q", "--quiet", is_flag=True, help="Only the closing sentence.")
@click.option("-v", "--verbose", is_flag=True, help="Notes, and every place.")
def run(
    *,
    target: str,
    only: tuple[str, ...],
    listed: bool,
    seed: int,
    workers: int,
    declare: tuple[str, ...],
    lacks: tuple[str, ...],
    known_failing: Path | None,
    strict: bool | None,
    timeout: float,
    api_key_env: str,
    pace: str,
    max_requests: int | None,
    max_tokens: int | None,
    record: Path | None,
    prove: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Judge a server: send it requests, and judge what it answers."""
    from conformance.baseline import read_baseline
    from conformance.rules.registry import all_rules
    from conformance.suite.catalogue import all_cases, chosen
    from conformance.suite.checks import all_checks
    from conformance.suite.runner import Run
    from conformance.suite.terminal import Terminal

    cases = chosen(only, all_cases())
    if listed:
        width = max(len(case.name) for case in cases)
        Page().write([((f"{case.name:<{width}}  {case.says}", ""),) for case in cases])
        return 0
    project = load_settings()
    settings = RunSettings(
        target=target,
        seed=seed,
        only=only,
        lacks=tuple(sorted(resolved_features(lacks, "--lacks"))),
        declared=tuple(sorted(resolved_features(declare, "--declare"))),
        models=dict(MODELS),
        timeout=timeout,
        select=resolved(project.select, f"{project.file}, `select`"),
        ignore=resolved(project.ignore, f"{project.file}, `ignore`"),
        closed=project.closed,
        strict=project.strict if strict is None else strict,
        key_env=api_key_env,
        pace=pace,
        max_requests=max_requests,
        max_tokens=max_tokens,
        record=str(record or ""),
    )
    baseline = None
    if known_failing is not None:
        codes = [rule.code for rule in all_rules()] + [check.code for check in all_checks()]
        baseline = read_baseline(known_failing, [case.name for case in all_cases()], codes)
    terminal = Terminal(Page(), quiet=quiet, verbose=verbose)
    done = Run(settings, [terminal], baseline=baseline, workers=workers, proving=prove).play()
    return done.exit_code()
