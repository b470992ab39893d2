"""`generate`: a seed → a corpus of requests, streams or answers, each with its label."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.errors import UsageError
from conformance.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.strategies import Example

__all__ = ["generate"]

# The number of the form of the file; it changes when readers of an older one would fail.
FORMAT = 1
_THINGS = ("chat-requests", "rerank-requests", "streams", "framings", "rerank-responses")


@click.command()
@click.argument("thing", type=click.Choice(_THINGS))
@click.option(
    "--count", type=click.IntRange(min=1), default=100, show_default=True, help="How many."
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="The same seed, the same bytes."
)
@click.option("--broken", is_flag=True, help="Each example has exactly one fault.")
@click.option("--code", metavar="CODE", help="Only faults that break this rule.")
@click.option(
    "--request",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A request body as JSON, which streams and answers answer.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "sse"]),
    default="jsonl",
    show_default=True,
    help="JSON Lines, or the bytes of each body in a file of its own.",
)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), metavar="PATH",
    help="A file for JSON Lines, a folder for bodies; otherwise standard output.",
)  # fmt: skip
def generate(
    *,
    thing: str,
    count: int,
    seed: int,
    broken: bool,
    code: str | None,
    file: Path | None,
    form: str,
    output: Path | None,
) -> None:
    """Generate THING: examples for fuzzing clients and servers in any language.

    The first line of JSON Lines says what the corpus is. Each further line is one example with its
    `fault`: null, or its kind, the pointer to it, the code of the rule that it breaks, why, and the
    statuses to expect. With `--format sse` the bytes of each body go into a file, and the labels
    into `labels.jsonl` beside them, for framings with the sizes of the `chunks`.
    """
    from conformance.cli.codes import resolved
    from conformance.strategies import corpus

    chosen = resolved((code,), "--code")[0] if code else None
    asked = None if file is None else _request(file, thing)
    examples = corpus(thing, count=count, seed=seed, broken=broken, code=chosen, request=asked)
    head = {
        "corpus": thing, "format": FORMAT, "version": __version__, "count": count, "seed": seed,
        "broken": broken or chosen is not None, "code": chosen,
    }  # fmt: skip
    if form == "sse":
        _bodies(thing, examples, head, output)
        return
    lines = (_line(each) for each in (head, *(example.record for example in examples)))
    if output is None:
        for line in lines:
            click.echo(line.encode(), nl=False)
        return
    with _opened(output) as target:
        target.writelines(line.encode() for line in lines)


def _line(record: dict[str, Any]) -> str:
    # ASCII only: some readers take U+2028 and its like for the end of a line.
    return json.dumps(record, separators=(",", ":")) + "\n"


def _opened(path: Path) -> Any:
    try:
        return path.open("wb")
    except OSError as error:
        raise UsageError(
            f"the file cannot be written: {error.strerror}", where=str(path), hint="name another"
        ) from error


def _request(file: Path, thing: str) -> dict[str, Any]:
    if thing in ("chat-requests", "rerank-requests"):
        raise UsageError(
            f"{thing} answer no request", where="--request", hint="leave `--request` out"
        )
    try:
        body = json.loads(file.read_bytes())
    except OSError as error:
        raise UsageError(
            f"the file cannot be read: {error.strerror}", where=str(file), hint="name a file"
        ) from error
    except ValueError as error:
        raise UsageError(
            f"the file is not JSON: {error}", where=str(file), hint="give the body of a request"
        ) from error
    if not isinstance(body, dict):
        raise UsageError(
            "the file holds no JSON object", where=str(file), hint="give the body of a request"
        )
    return body


def _bodies(
    thing: str, examples: Iterator[Example], head: dict[str, Any], folder: Path | None
) -> None:
    """Write each body as it travels; a single one may go to standard output."""
    if thing not in ("streams", "framings"):
        raise UsageError(f"{thing} are no event streams", where="--format", hint="use jsonl")
    if folder is None:
        if head["count"] != 1:
            raise UsageError(
                "several bodies cannot go to standard output", where="--format sse",
                hint="name a folder with `--output`, or ask for `--count 1`",
            )  # fmt: skip
        click.echo(next(examples).body, nl=False)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the folder cannot be made: {error.strerror}", where=str(folder), hint="name another"
        ) from error
    with _opened(folder / "labels.jsonl") as labels:
        labels.write(_line(head).encode())
        for number, example in enumerate(examples, 1):
            name = f"{number:06}.sse"
            (folder / name).write_bytes(example.body)
            record = {"file": name, "id": example.record["id"], "fault": example.record["fault"]}
            if "chunks_base64" in example.record:
                record["chunks"] = [
                    len(b64decode(each)) for each in example.record["chunks_base64"]
                ]
            labels.write(_line(record).encode())
