"""JSON reports as a whole in memory: bounded, tolerant of what JSON forbids, and salvaged where they break off."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from healer.evidence.conclusion import unreadable
from healer.evidence.formats.json_memory import affordable, with_short_strings, without_astral
from healer.evidence.gathered import Gathered
from healer.evidence.limits import DOCUMENTS, JSON_BYTES, JSON_MEMORY_BYTES, LARGE_JSON_BYTES
from healer.evidence.sniffing import JSON_START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from healer.models.evidence import Report

_LONGEST_INTEGER = 18
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{}]', re.DOTALL)
_FALSE_STARTS = 50
_COSTLY = 1024 * 1024
_TOO_DEEP = "the JSON is nested too deeply"


@dataclass(frozen=True, slots=True)
class JsonDocuments:
    """The documents of a stream, the last one salvaged if it broke off; `cut_off` says why not all was read."""

    values: tuple[Any, ...]
    cut_off: str | None = None


def read_report_of(
    chunks: Iterator[bytes],
    source: str,
    report_format: str,
    *,
    is_wanted: Callable[[Any], bool],
    gather: Callable[[Any, Gathered], str | None],
) -> Report:
    """Read every wanted document of a stream into one report; what a tool printed around them is passed over.

    `gather` takes one document and returns what `conclusion.concluded` calls `claimed`.
    """
    reading = read_documents(chunks, is_wanted)
    if not reading.values:
        reason = reading.cut_off or "the JSON has not the shape of this format"
        return unreadable(source, reason, report_format)
    gathered = Gathered()
    claims = [gather(document, gathered) for document in reading.values]
    claimed = next(filter(None, claims), None)
    return gathered.report(source, report_format, cut_off=reading.cut_off, claimed=claimed)


def read_documents(chunks: Iterator[bytes], is_wanted: Callable[[Any], bool]) -> JsonDocuments:
    """Find the wanted documents between lines of other text: the reports that several runs left on one stdout."""
    text, too_large = _read_text(chunks)
    if (fitting := affordable(text)) < len(text):
        text = text[:fitting]
        too_large = (
            f"only the beginning was read of JSON that takes more than {JSON_MEMORY_BYTES // 2**20} MiB of memory"
        )
    decoder = _SPARING_DECODER if len(text) > LARGE_JSON_BYTES else _DECODER
    found: list[Any] = []
    cut_off: str | None = None
    position, false_starts = 0, 0
    while len(found) < DOCUMENTS and false_starts < _FALSE_STARTS and (start := JSON_START.search(text, position)):
        begin = start.start(1)
        value, broken = None, None
        try:
            value, position = decoder.raw_decode(text, begin)
        except RecursionError:
            return JsonDocuments(tuple(found), _TOO_DEEP)
        except json.JSONDecodeError as error:
            broken = error.pos, f"the JSON breaks off or is malformed in line {error.lineno}"
        if broken:
            end, why = broken
            position = start.end()
            whole = _whole(text, begin, end)
            if end - begin >= _COSTLY:  # no further document is looked for, and this one takes its room
                del start
                text = ""
            value = _parsed(whole, decoder)
            if is_wanted(value):
                return JsonDocuments((*found, value), too_large or why)
            value = None
            false_starts += 1 + (end - begin) // _COSTLY
            cut_off = cut_off or why
        if is_wanted(value):
            found.append(value)
            cut_off = None
    return JsonDocuments(tuple(found), too_large or cut_off)


def salvaged(text: str) -> Any:
    """Return the value of a document that breaks off, up to the last whole object in an array; None if there is none.

    What is open at that place is closed, so that an object around it may lack its later members.
    """
    return _parsed(_whole(text, 0, len(text)), _DECODER)


def _whole(text: str, begin: int, end: int) -> str:
    closers: list[str] = []
    kept, open_there = begin, ""
    for token in _TOKEN.finditer(text, begin, end):
        mark = token[0]
        if mark in "[{":
            closers.append("]" if mark == "[" else "}")
        elif mark in "]}":
            if not closers or closers.pop() != mark:
                break
            if not closers or closers[-1] == "]":
                kept, open_there = token.end(), "".join(reversed(closers))
            if not closers:
                break
        elif mark == '"':
            break
    whole = text[begin:kept]
    whole += open_there  # in place: it may be long
    return whole


def _parsed(whole: str, decoder: json.JSONDecoder) -> Any:
    try:
        return decoder.decode(whole) if whole else None
    except (ValueError, RecursionError):
        return None


def objects(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of an array; anything else holds none."""
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, dict))


def text_of(value: object) -> str:
    """Return a string as it is; anything else is no text."""
    return value if isinstance(value, str) else ""


def strings_of(value: object) -> tuple[str, ...]:
    """Return the strings of an array; anything else holds none."""
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()


def number_of(value: object) -> int | None:
    """Return an integer, also one written as 3.0; anything else, and true and false, is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _integer(digits: str) -> int:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else 0


def _constant(name: str) -> float:
    return float(name.replace("Infinity", "inf"))


def _read_text(chunks: Iterator[bytes]) -> tuple[str, str | None]:
    """Return the text, and why it is not all of it."""
    data, cut_off = bytearray(), None
    for chunk in chunks:
        data += chunk
        if len(data) > JSON_BYTES:
            cut_off = f"the JSON is larger than {JSON_BYTES // 2**20} MiB"
            del data[JSON_BYTES:]
            break
    encoding = json.detect_encoding(bytes(data[:4]))
    whole = without_astral(data) if encoding == "utf-8" else data
    del data
    return whole.decode(encoding, "replace").removeprefix("\ufeff"), cut_off


_SPARING_DECODER = json.JSONDecoder(
    parse_int=_integer, parse_constant=_constant, strict=False, object_hook=with_short_strings
)
_DECODER = json.JSONDecoder(parse_int=_integer, parse_constant=_constant, strict=False)
"""Not strict: control characters in strings are against the rules, and no reason to miss a failure."""
