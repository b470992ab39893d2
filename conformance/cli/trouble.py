"""Whatever ends a command → one message on standard error, and an exit code; never a traceback.

`--debug`, anywhere on the command line, shows the traceback of what should not have happened.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli.group import PROGRAM
from conformance.errors import ConformanceError, UsageError
from conformance.report.cells import safe
from conformance.verdict import EXIT_NOT_JUDGED, EXIT_OK

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["bug", "guarded", "show"]

_DEBUG = "--debug"
# What a shell reports for a program that SIGINT or SIGPIPE ended.
_EXIT_INTERRUPTED = 130
_EXIT_BROKEN_PIPE = 141


def guarded(make: Callable[[], click.Command], arguments: list[str]) -> int:
    """Run a command line and return its exit code."""
    try:
        return _run(make(), [each for each in arguments if each != _DEBUG])
    except (KeyboardInterrupt, click.Abort):
        return _EXIT_INTERRUPTED
    except BrokenPipeError:
        _close_quietly()
        return _EXIT_BROKEN_PIPE
    except ConformanceError as error:
        show(error)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)  # noqa: T201
    except click.UsageError as error:
        show(_told(error))
    except OSError as error:
        show(_of_system(error))
    except Exception as error:  # noqa: BLE001 - the last resort
        if _DEBUG in arguments:
            import traceback

            traceback.print_exc()
        show(bug(error))
    return EXIT_NOT_JUDGED


def _run(command: click.Command, arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal's encoding lacks is no reason to stop.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with command.make_context(PROGRAM, arguments) as context:
            code = command.invoke(context)
    except click.exceptions.Exit as done:
        code = done.exit_code
    sys.stdout.flush()
    return code if isinstance(code, int) else EXIT_OK


def show(error: object) -> None:
    """Print an error of ours to standard error, safe for a terminal."""
    lines = "\n".join(map(safe, str(error).split("\n")))
    print(f"error: {lines}", file=sys.stderr)  # noqa: T201


def bug(error: BaseException) -> ConformanceError:
    """The message about an exception that nobody foresaw: its type, and where it came from."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "conformance" in Path(frame.filename).parts] or frames
    place = f"{ours[-1].filename}:{ours[-1].lineno}" if ours else None
    first = str(error).split("\n", 1)[0][:200]
    told = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return ConformanceError(
        f"this is a bug in {PROGRAM}: {told}",
        where=place,
        hint=f"please report it with the traceback, which `{_DEBUG}` shows",
    )


def _told(error: click.UsageError) -> UsageError:
    """A complaint of click's in the form of ours."""
    where = error.ctx.command_path if error.ctx else PROGRAM
    hint = f"`{where} --help` shows the usage"
    what = error.format_message()
    if isinstance(error, click.NoSuchOption):
        what = f"no such option: `{error.option_name}`"
        if error.possibilities:
            hint = f"did you mean `{min(error.possibilities)}`?"
    elif isinstance(error, click.BadParameter) and error.param is not None:
        names = [*error.param.opts, *error.param.secondary_opts]
        name = max(names, key=len) if isinstance(error.param, click.Option) else what
        if isinstance(error, click.MissingParameter):
            if not isinstance(error.param, click.Option):
                name = (error.param.metavar or error.param.name or "").strip(".[]").upper()
            what = f"`{name}` is missing"
        elif isinstance(error.param, click.Option):
            where, what = f"{where} {name}", error.message
    what = what.replace("'", "`").rstrip(".")
    return UsageError(what[:1].lower() + what[1:], where=where, hint=hint)


def _of_system(error: OSError) -> ConformanceError:
    """What the operating system refused: a full disk, a folder that may not be read."""
    reason = (error.strerror or type(error).__name__).lower()
    where = "standard output" if error.filename is None else str(error.filename)
    return ConformanceError(reason, where=where, hint="correct that, then run again")


def _close_quietly() -> None:
    """The reader left: nothing more can be written, and nothing shall be said about it."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):  # a standard output that is no file has nothing to flush
        pass
