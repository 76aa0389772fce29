"""What JSON takes in memory once it is parsed, told before it is: text of 64 MiB can become a gigabyte of objects.

The figures are CPython's on 64-bit machines, rounded up. A rough upper bound takes no time and is enough for all but
very large documents and for those that are made to be costly; of these the parts are counted one by one.
"""

from __future__ import annotations

import re
import sys

from healer.evidence.limits import JSON_MEMORY_BYTES, JSON_STRING_CHARACTERS, LARGE_JSON_BYTES
from healer.evidence.wording import cut_in_the_middle

_PART = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?(\s{0,9}:)?|[{\[]|-?\d[\d.eE+-]*+|[a-z]{4,5}+', re.DOTALL)
_ASTRAL = re.compile(rb"[\xf0-\xf4][\x80-\xbf]{3}|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()
_OBJECT, _ARRAY, _STRING, _NUMBER, _MEMBER, _SLOT = 208, 80, 68, 40, 36, 9
"""Of a value, with its place in an array; a member's is that of its key and of its place in the object."""

_COSTS = {"{": _OBJECT, "[": _ARRAY, "t": _SLOT, "f": _SLOT, "n": _SLOT}
_KEYS = 10_000
"""Different keys that are known to be stored once."""


def without_astral(data: bytearray) -> bytes | bytearray:
    """Return large UTF-8 text without characters above U+FFFF: a single one doubles what all of the text takes."""
    return _ASTRAL.sub(_REPLACEMENT, data) if len(data) > LARGE_JSON_BYTES else data


def affordable(text: str) -> int:
    """Return how much of the text takes no more than JSON_MEMORY_BYTES together with its values: mostly all of it."""
    room = JSON_MEMORY_BYTES - sys.getsizeof(text)
    width = 1 if text.isascii() and "\\u" not in text else 2
    rough = (_STRING + _MEMBER) * text.count(",") + _OBJECT * text.count("{") + _ARRAY * text.count("[")
    if rough + width * len(text) <= room:
        return len(text)
    cost = 0
    keys: set[str] = set()
    for part in _PART.finditer(text):
        start, end = part.span()
        first = text[start]
        if first == '"':
            content = end - start if width == 1 else _content(part[0])
            if part[1]:
                cost += _MEMBER
                if content < _KEYS and len(keys) < _KEYS:
                    if part[0] in keys:
                        continue
                    keys.add(part[0])
            cost += _STRING + content
        else:
            cost += _COSTS.get(first, _NUMBER)
        if cost > room:
            return start
    return len(text)


def _content(string: str) -> int:
    return len(string) if string.isascii() and "\\u" not in string else 2 * len(string)


def with_short_strings(value: dict[str, object]) -> dict[str, object]:
    """Cut the longest strings of an object of a large document, which would be copied several times over."""
    for key, held in value.items():
        if isinstance(held, str) and len(held) > JSON_STRING_CHARACTERS:
            value[key] = cut_in_the_middle(held, JSON_STRING_CHARACTERS)
        elif isinstance(held, list):
            value[key] = [
                cut_in_the_middle(one, JSON_STRING_CHARACTERS) if isinstance(one, str) else one for one in held
            ]
    return value
