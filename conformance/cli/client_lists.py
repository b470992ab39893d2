"""`client cases`, `client list`, `client protocol`: what there is, in lists."""

from __future__ import annotations

import json
from collections import Counter

import click

from conformance.report.page import Page

__all__ = ["cases", "list_clients", "protocol"]


@click.command()
@click.argument("globs", nargs=-1, metavar="[GLOB]...")
@click.option("--seed", type=int, default=0, help="Other seeds give other words, not other names.")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text")
def cases(*, globs: tuple[str, ...], seed: int, form: str) -> None:
    """List the cases, each with the one thing that it tries."""
    from conformance.clients.cases import chosen

    found = chosen(globs, seed)
    if form == "jsonl":
        for case in found:
            line = {"case": case.name, "about": case.about, "kind": case.kind,
                    "endpoint": case.endpoint, "request": case.request}  # fmt: skip
            click.echo(json.dumps(line))
        return
    width = max(len(case.name) for case in found)
    page = Page()
    page.write([((f"{case.name:<{width}}  ", "strong"), (case.about, "")) for case in found])
    kinds = Counter(case.kind for case in found)
    said = ", ".join(f"{kinds[kind]} {kind}" for kind in ("allowed", "failure", "sending"))
    count = f"{len(found)} case{'s' * (len(found) != 1)}"
    page.write([(), ((f"{count}: {said}", "strong"),)])


@click.command(name="list")
def list_clients() -> None:
    """List the clients that come with the project, and what this machine lacks for them."""
    from conformance.clients.registry import all_clients
    from conformance.clients.toolchain import lacking

    page = Page()
    known = all_clients()
    rows = [(", ".join(one.names), one.title, lacking(one.needs)) for one in known]
    names = max(len(name) for name, _, _ in rows)
    titles = max(len(title) for _, title, _ in rows)
    for name, title, lack in rows:
        state = (f"skipped, needs {lack}", "warning") if lack else ("", "")
        page.write([((f"{name:<{names}}  ", "strong"), (f"{title:<{titles}}  ", ""), state)])


@click.command()
def protocol() -> None:
    """Print the JSON Schema of the adapter protocol."""
    from conformance.clients.protocol import schema_text

    click.echo(schema_text(), nl=False)
