"""A file of known failures → which findings are known, and which entries no longer fail.

One entry a line: the code of a rule, then the name of a case or a glob of names; `#` begins a
comment::

    STREAM-024 chat-stream/**          # the server sends no terminator
    CHAT-109 chat-stream/options/logprobs

A case whose errors are all known does not fail a run. An entry that no finding needed although a
case it names was judged fails the run, so that the file cannot grow stale.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from conformance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Baseline", "Known", "glob_matches", "read_baseline"]

_CODE = re.compile(r"[A-Z]+-\d{3}")


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    """`*` and `?` stay within a part of a path, `**` crosses them."""
    text = ""
    for part in re.split(r"(\*\*/|\*\*|\*|\?)", glob.strip().strip("/")):
        text += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(
            part, re.escape(part)
        )
    return re.compile(text)


def glob_matches(name: str, glob: str) -> bool:
    """Whether a glob fits a name that is a path, or one of the folders that it lies in."""
    pattern, parts = _pattern(glob), name.split("/")
    return any(pattern.fullmatch("/".join(parts[:n])) for n in range(1, len(parts) + 1))


@dataclass(frozen=True, slots=True)
class Known:
    """One entry: the code, the glob of case names, and the line that it stands in."""

    code: str
    glob: str
    line: int

    def covers(self, case: str, code: str) -> bool:
        """Whether a finding is known by this entry."""
        return code == self.code and glob_matches(case, self.glob)


class Baseline:
    """The entries of a file, and which of them were needed."""

    def __init__(self, entries: Iterable[Known] = (), file: str = "") -> None:
        self.entries = tuple(entries)
        self.file = file
        self._needed: set[Known] = set()
        self._tried: set[Known] = set()

    def tried(self, case: str) -> None:
        """A case was judged."""
        self._tried |= {known for known in self.entries if glob_matches(case, known.glob)}

    def knows(self, case: str, code: str) -> bool:
        """Whether a finding is known; the entries that know it are needed from now on."""
        found = {known for known in self.entries if known.covers(case, code)}
        self._needed |= found
        return bool(found)

    @property
    def stale(self) -> tuple[Known, ...]:
        """The entries whose cases were judged and that no finding needed."""
        return tuple(k for k in self.entries if k in self._tried and k not in self._needed)


def read_baseline(path: Path, cases: Iterable[str], codes: Iterable[str]) -> Baseline:
    """The baseline in a file. Raises UsageError for a line that names no case or no rule."""
    from conformance.suggest import did_you_mean

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise UsageError(
            f"the known failures cannot be read: {reason.lower()}", where=str(path),
            hint="`--known-failing` names a text file",
        ) from error  # fmt: skip
    names, known_codes = list(cases), set(codes)
    entries = []
    for number, line in enumerate(lines, 1):
        text = line.split("#", 1)[0].strip()
        if not text:
            continue
        code, _, glob = text.partition(" ")
        code, glob, where = code.upper(), glob.strip(), f"{path}:{number}"
        if not _CODE.fullmatch(code) or not glob or " " in glob:
            raise UsageError(
                f"`{text}` is no known failure", where=where,
                hint="write a rule's code and a case: `STREAM-014 chat-stream/text/plain`",
            )  # fmt: skip
        if code not in known_codes:
            raise UsageError(f"no rule `{code}`", where=where, hint=did_you_mean(code, known_codes))
        if not any(glob_matches(name, glob) for name in names):
            raise UsageError(f"no case matches `{glob}`", where=where,
                             hint=did_you_mean(glob, names))  # fmt: skip
        entries.append(Known(code, glob, number))
    return Baseline(entries, str(path))
