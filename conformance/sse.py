"""Bytes → frames: an incremental decoder of `text/event-stream` that remembers where each byte was.

The grammar is WHATWG HTML 9.2.5, the interpretation 9.2.6. Unlike a client's decoder this one hides
nothing: whatever is allowed but unusual (a BOM, a comment, CR line ends ...) is counted as an
`Oddity` with the place where it was first seen, and so is what is not UTF-8. The decoder holds no
more than the event that it is reading.

Editors of this file: lines end at CRLF, LF or CR and at nothing else; a CR at the end of a chunk
ends its line at once, and a LF that follows in the next chunk belongs to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Decoder", "Frame", "Oddity", "decode"]

_BOM = b"\xef\xbb\xbf"
_LF, _CR = 0x0A, 0x0D
# int() refuses texts of more than 4300 digits; such a waiting time is as good as none.
_MOST_DIGITS = 4000
_LINE_END = re.compile(rb"[\r\n]")
# The form that servers nearly always send, matched whole: it spares the line machine below.
# The empty alternative stops the search at the first place that has another form.
_PLAIN = re.compile(rb"(?:event: ([^\r\n]+)\n)?data: ([^\r\n]*)\n\n|")


class Frame(NamedTuple):
    """One dispatched event: `[start, end)` are its bytes in the body, up to the blank line.

    `name` is the event field, "" when there was none or it was empty. `data` is the text of the
    data lines joined by LF. `data_at` is the byte where the first data value begins. `breaks` has a
    pair (position in `data`, byte in the body) for each further data line. `last_id` is the last
    event ID string at dispatch, `retry` the milliseconds of a retry field in this block.
    """

    start: int
    end: int
    name: str
    data: str
    data_at: int
    breaks: tuple[tuple[int, int], ...] = ()
    last_id: str = ""
    retry: int | None = None

    def byte_of(self, position: int) -> int:
        """The byte in the body at which character `position` of `data` stands.

        Exact for well-formed UTF-8; replaced bytes count as three.
        """
        base, byte = 0, self.data_at
        for char, at in self.breaks:
            if char > position:
                break
            base, byte = char, at
        return byte + len(self.data[base:position].encode("utf-8", "replace"))


@dataclass(slots=True)
class Oddity:
    """Something about the framing: its kind, the byte of its first place, how often, an excerpt."""

    kind: str
    byte: int
    count: int = 1
    detail: str = ""


class Decoder:
    """Feed bytes, get frames. `close` when the body is at its end; `pending` is what it cut off.

    `oddities` maps a kind to its first place and count. `last_event_id` and `reconnection_ms` are
    what a reconnecting client would use (9.2.6).
    """

    def __init__(self) -> None:
        self.oddities: dict[str, Oddity] = {}
        self.last_event_id = ""
        self.reconnection_ms: int | None = None
        self.pending: Frame | None = None
        self._buffer = bytearray()
        self._scanned = 0  # bytes of the buffer known to hold no line end
        self._offset = 0  # body offset of the buffer's first byte
        self._started = False
        self._skip_lf = False
        self._id_buffer = ""
        self._reset()

    def _reset(self) -> None:
        self._block_start: int | None = None
        self._name = ""
        self._data: list[str] = []
        self._data_at: list[int] = []
        self._retry: int | None = None
        self._fields = False

    def _odd(self, kind: str, byte: int, detail: str = "") -> None:
        known = self.oddities.get(kind)
        if known is None:
            self.oddities[kind] = Oddity(kind, byte, 1, detail)
        else:
            known.count += 1

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes. Chunk boundaries carry no meaning (9.2.5)."""
        buffer = self._buffer
        buffer += data
        if not self._started and not self._start():
            return []
        frames: list[Frame] = []
        position = 0
        if self._skip_lf and buffer:
            self._skip_lf = False
            if buffer[0] == _LF:
                position = 1
                self._end_of_cr_line(crlf=True)
            else:
                self._end_of_cr_line(crlf=False)
        position = self._consume(position, frames)
        if position:
            del buffer[:position]
            self._offset += position
        self._scanned = len(buffer)
        return frames

    def _start(self) -> bool:
        buffer = self._buffer
        if len(buffer) < len(_BOM) and _BOM.startswith(bytes(buffer)):
            return False  # the next bytes may complete a byte order mark
        self._started = True
        if buffer.startswith(_BOM):
            self._odd("byte-order-mark", 0)
            del buffer[: len(_BOM)]
            self._offset = len(_BOM)
        return True

    def _consume(self, position: int, frames: list[Frame]) -> int:
        buffer, offset = self._buffer, self._offset
        size = len(buffer)
        scanned = max(self._scanned, position)
        while position < size:
            if self._block_start is None:
                position = self._take_plain(position, frames)
                scanned = max(scanned, position)
            stop = _LINE_END.search(buffer, scanned)
            if stop is None:
                break
            at = stop.start()
            line = bytes(buffer[position:at])
            after = at + 1
            if buffer[at] == _CR:
                if after < size:
                    if buffer[after] == _LF:
                        after += 1
                        self._odd("crlf-line-end", offset + at)
                    else:
                        self._odd("cr-line-end", offset + at)
                else:
                    self._skip_lf = True
                    self._cr_at = offset + at
            frame = self._line(line, offset + position)
            if frame is not None:
                frames.append(frame)
            position = scanned = after
        return position

    def _take_plain(self, position: int, frames: list[Frame]) -> int:
        """Take events of the usual form in clean UTF-8, and return the position behind them."""
        offset, last_id = self._offset, self.last_event_id
        add, new = frames.append, tuple.__new__
        raw_name, name = None, ""
        for found in _PLAIN.finditer(self._buffer, position):
            if found.lastindex is None:
                break
            raw, data = found.group(1, 2)
            try:
                if raw != raw_name:
                    raw_name, name = raw, raw.decode() if raw else ""
                text = data.decode()
            except UnicodeDecodeError:
                break
            end = found.end()
            # `Frame(...)` without its constructor's argument handling, which costs as much again.
            add(
                new(
                    Frame,
                    (
                        position + offset,
                        end - 1 + offset,
                        name,
                        text,
                        found.start(2) + offset,
                        (),
                        last_id,
                        None,
                    ),
                )
            )
            position = end
        return position

    def _end_of_cr_line(self, *, crlf: bool) -> None:
        self._odd("crlf-line-end" if crlf else "cr-line-end", self._cr_at)

    def _line(self, raw: bytes, at: int) -> Frame | None:
        if not raw:
            return self._dispatch(at)
        if self._block_start is None:
            self._block_start = at
        try:
            line = raw.decode()
        except UnicodeDecodeError as error:
            self._odd("not-utf-8", at + error.start, raw[error.start : error.start + 4].hex(" "))
            line = raw.decode("utf-8", "replace")
        if line[0] == ":":
            self._odd("comment", at, line[:40])
            return None
        field, colon, value = line.partition(":")
        value_at = at + len(field.encode("utf-8", "replace")) + len(colon)
        if value.startswith(" "):
            value = value[1:]
            value_at += 1
        elif colon and value:
            self._odd("no-space-after-colon", at, line[:40])
        self._field(field, value, at, value_at, line)
        return None

    def _field(self, field: str, value: str, at: int, value_at: int, line: str) -> None:
        self._fields = True
        if field == "data":
            if self._data:
                self._odd("split-data", at)
            self._data.append(value)
            self._data_at.append(value_at)
        elif field == "event":
            if self._data:
                self._odd("event-after-data", at)
            self._name = value
        elif field == "id":
            self._odd("id-field", at, line[:40])
            if "\0" not in value:
                self._id_buffer = value
        elif field == "retry":
            self._odd("retry-field", at, line[:40])
            if value.isascii() and value.isdigit():
                self._retry = self.reconnection_ms = (
                    int(value) if len(value) < _MOST_DIGITS else None
                )
        else:
            self._odd("unknown-field", at, line[:40])

    def _dispatch(self, at: int) -> Frame | None:
        self.last_event_id = self._id_buffer
        frame = None
        if self._data:
            frame = self._frame(at)
        elif self._fields:
            self._odd("event-without-data", at if self._block_start is None else self._block_start)
        self._reset()
        return frame

    def _frame(self, end: int) -> Frame:
        breaks: list[tuple[int, int]] = []
        position = 0
        for value, place in zip(self._data, self._data_at[1:], strict=False):
            position += len(value) + 1
            breaks.append((position, place))
        start = self._block_start
        assert start is not None  # a block with data has begun somewhere
        return Frame(
            start,
            end,
            self._name,
            "\n".join(self._data),
            self._data_at[0],
            tuple(breaks),
            self._id_buffer,
            self._retry,
        )

    def close(self) -> None:
        """End of the body: what has no blank line is discarded (9.2.6) and kept as `pending`."""
        if not self._started:
            self._started = True
        if self._skip_lf:
            self._skip_lf = False
            self._end_of_cr_line(crlf=False)
        end = self._offset + len(self._buffer)
        if self._buffer:
            last_id, reconnection = self._id_buffer, self.reconnection_ms
            self._line(bytes(self._buffer), self._offset)
            # An unfinished line was never a field: it shows in `pending` only.
            self._id_buffer, self.reconnection_ms = last_id, reconnection
            self._buffer.clear()
        if self._block_start is not None:
            if self._data:
                self.pending = self._frame(end)
            else:
                self.pending = Frame(self._block_start, end, self._name, "", end)
        self._reset()


def decode(body: bytes) -> tuple[list[Frame], Decoder]:
    """All frames of a whole body, and the closed decoder that has its oddities."""
    decoder = Decoder()
    frames = decoder.feed(body)
    decoder.close()
    return frames, decoder
