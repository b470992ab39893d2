"""`cohere-conformance specs ...` -> import, compile, errata and export of descriptions."""

from __future__ import annotations

import json
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.data import data_path
from conformance.errors import ConformanceError
from conformance.verdict import EXIT_BROKEN, EXIT_NOT_JUDGED

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["specs"]


def _plain_errors(function: Callable[..., None]) -> Callable[..., None]:
    """Show our own trouble as one message and exit with 2."""

    @wraps(function)
    def command(*args: Any, **options: Any) -> None:
        try:
            function(*args, **options)
        except ConformanceError as error:
            click.echo(f"error: {error}", err=True)
            raise click.exceptions.Exit(EXIT_NOT_JUDGED) from None

    return command


_root = click.option(
    "--specs",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="The folder of specs; by default the one that comes with the suite.",
)


@click.group()
def specs() -> None:
    """Import API descriptions, correct and compile them."""


@specs.command("import")
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--snapshot", "name", help="Name of the snapshot; by default from the input's hash.")
@click.option("--current", "make_current", is_flag=True, help="Judge by this snapshot from now on.")
@_root
@_plain_errors
def import_command(
    inputs: tuple[Path, ...], name: str | None, *, make_current: bool, root: Path | None
) -> None:
    """Read reference pages (Markdown) or OpenAPI files into a snapshot.

    Together the INPUTS must describe both endpoints. Prose is left behind; what is kept are the
    facts of the interface.
    """
    from conformance.specs.snapshot import import_snapshot, set_current

    root = root or data_path("specs")
    snapshot = import_snapshot(list(inputs), root, name=name)
    folder = root / snapshot.name
    click.echo(f"imported `{snapshot.name}` (dialect {snapshot.dialect}) into {folder}")
    if make_current or not (root / "current").exists():
        set_current(root, snapshot.name)
        click.echo("it is now the current snapshot; run `specs compile`")


@specs.command("compile")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a file is stale.")
@_root
@_plain_errors
def compile_command(*, check: bool, root: Path | None) -> None:
    """Write the current snapshot as JSON Schema files."""
    from conformance.specs.compile import stale_files, write_compiled

    root = root or data_path("specs")
    if not check:
        changed = write_compiled(root)
        for file in changed:
            click.echo(f"wrote {root / 'compiled' / file}")
        click.echo(f"{len(changed)} compiled files changed")
        return
    stale = stale_files(root)
    for file in stale:
        click.echo(f"stale: {root / 'compiled' / file}", err=True)
    if stale:
        click.echo("  = help: run `cohere-conformance specs compile`", err=True)
        raise click.exceptions.Exit(EXIT_BROKEN)
    click.echo("the compiled files are fresh")


@specs.command("errata")
@click.option("--snapshot", "name", help="A snapshot other than the current one.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--places", is_flag=True, help="List every place that was touched.")
@_root
@_plain_errors
def errata_command(*, name: str | None, form: str, places: bool, root: Path | None) -> None:
    """Print every correction with its reason and evidence."""
    from conformance.specs.errata import as_data, as_text, errata

    found = errata(root or data_path("specs"), name)
    if form == "json":
        click.echo(json.dumps(as_data(found), ensure_ascii=False, indent=2))
    else:
        click.echo(as_text(found, places=places), nl=False)


@specs.command("export")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--snapshot", "name", help="A snapshot other than the current one.")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default=None)
@click.option(
    "--bare-events",
    is_flag=True,
    help="Describe the stream as a union of events, not as frames that hold them.",
)
@click.option(
    "--narrow",
    is_flag=True,
    help="Describe only requests that no server may refuse, for tools that generate them.",
)
@_root
@_plain_errors
def export_command(
    *,
    output: Path | None,
    name: str | None,
    form: str | None,
    bare_events: bool,
    narrow: bool,
    root: Path | None,
) -> None:
    """Write the corrected description as one OpenAPI 3.1 file."""
    from conformance.specs.export import export_document, export_text
    from conformance.specs.narrow import narrowed

    document = export_document(root or data_path("specs"), name, frames=not bare_events)
    if narrow:
        document = narrowed(document)
    if form is None:
        form = "json" if output is not None and output.suffix == ".json" else "yaml"
    text = export_text(document, form=form)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ConformanceError(
            f"the file cannot be written: {error.strerror or error}", where=str(output)
        ) from None
    click.echo(f"wrote {output}")
