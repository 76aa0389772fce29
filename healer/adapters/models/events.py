"""Server-sent events out of pieces of bytes, as the HTML standard describes them, bounded and strict."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

EVENT_LIMIT = 4 * 1024 * 1024
"""Bytes of one event."""


class BadStream(Exception):  # noqa: N818 - an internal signal, never shown
    """The stream is not what the protocol allows; the text says in which respect."""


class Interrupted(Exception):  # noqa: N818 - as above
    """The endpoint itself reported an error in the midst of the stream."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__()
        self.error = error


class Unfinished(Exception):  # noqa: N818 - as above
    """The stream ended before its end."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name (`message` unless told) and its data, lines joined by LF."""

    name: str
    data: str

    @property
    def document(self) -> dict[str, Any]:
        """The data as a JSON object; raises BadStream for anything else."""
        try:
            document = json.loads(self.data)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise BadStream("an event's data is not a JSON object")
        return document


def events(pieces: Iterable[bytes]) -> Iterator[Event]:
    """Yield the events of a stream; an event that no blank line ends is dropped, as the standard says.

    Raises BadStream for an event that never ends or bytes that are not UTF-8.
    """
    name, data, size = "", list[str](), 0
    for line in _lines(pieces):
        if not line:
            if data:
                yield Event(name or "message", "\n".join(data))
            name, data, size = "", [], 0
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        size += len(value)
        if size > EVENT_LIMIT:
            raise BadStream("an event is too long")
        if field == "data":
            data.append(value)
        elif field == "event":
            name = value


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield lines, ended by LF, CRLF or CR, without their ends."""
    rest, held = bytearray(), b""
    for piece in pieces:
        rest += piece
        if len(rest) > EVENT_LIMIT + len(piece):
            raise BadStream("a line is too long")
        if not held and b"\n" not in piece and b"\r" not in piece:
            continue
        # A CR at the very end may be the first half of a CRLF.
        held = b"\r" if rest.endswith(b"\r") else b""
        *whole, last = rest[: len(rest) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        rest = last + held
        yield from map(_text, whole)


def _text(line: bytearray) -> str:
    try:
        return line.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise BadStream("it is not UTF-8") from None
