"""JSON reports as a whole in memory: bounded, tolerant of what JSON forbids, and salvaged where they break off."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from healer.evidence.limits import JSON_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BETWEEN = re.compile(r"\s*,\s*")
_LONGEST_INTEGER = 18


@dataclass(frozen=True, slots=True)
class JsonReading:
    """The document, or what could be salvaged of it; `cut_off` says why not all of it was read."""

    value: Any
    cut_off: str | None = None
    text: str = ""
    """The whole text, of a document that broke off."""


def read_json(chunks: Iterator[bytes]) -> JsonReading:
    """Parse one document; `value` is None when nothing could be read. Never raises for what the bytes hold."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > JSON_BYTES:
            return JsonReading(None, f"the JSON is larger than {JSON_BYTES // 2**20} MiB")
    text = bytes(data).decode(json.detect_encoding(bytes(data[:4])), "replace").removeprefix("\ufeff")
    try:
        return JsonReading(json.loads(text, parse_int=_integer, parse_constant=_constant))
    except RecursionError:
        return JsonReading(None, "the JSON is nested too deeply")
    except ValueError as error:
        where = getattr(error, "lineno", 0)
        return JsonReading(None, f"the JSON breaks off or is malformed in line {where}", text)


def entries_before_break(text: str, key: str) -> Iterator[Any]:
    """Yield the whole entries of the first array named `key` in a broken document."""
    found = re.search(rf'"{re.escape(key)}"\s{{0,100}}:\s{{0,100}}\[\s{{0,1000}}', text)
    decoder = json.JSONDecoder(parse_int=_integer, parse_constant=_constant)
    position = found.end() if found else len(text)
    while position < len(text):
        try:
            entry, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return
        yield entry
        separator = _BETWEEN.match(text, position)
        if not separator:
            return
        position = separator.end()


def objects(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of an array; anything else holds none."""
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, dict))


def text_of(value: object) -> str:
    """Return a string as it is; anything else is no text."""
    return value if isinstance(value, str) else ""


def number_of(value: object) -> int | None:
    """Return an integer, also one written as 3.0; anything else, and true and false, is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _integer(digits: str) -> int:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else 0


def _constant(name: str) -> float:
    return float(name.replace("Infinity", "inf"))
