"""Passing test cases that hold nothing, counted by one regular expression and never parsed.

They are most of most reports, and what parsing them costs is not the parser's time but Python's, for each of their
tags. Whatever might say more than "passed" (a child, a status, an entity) does not match and goes the ordinary way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.formats.junit_suites import key_of
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.evidence.formats.junit_cases import CaseCollector
    from healer.evidence.gathered import Gathered

_VALUE = rb'"[^"<&\x00-\x1f]*+"'
_IN_NO_VALUE = (b"<", b"&", b"\t", b"\n", b"\r")
"""What a name does not hold as it is written; other controls were removed before."""

_OTHERS = rb'(?: time="[0-9.]*+")?+(?:[ \t\r]++(?!(?:status|result)=)[A-Za-z_][\w.-]*+=' + _VALUE + rb")*+"


def _passing(value: bytes) -> re.Pattern[bytes]:
    """Return the pattern of a passing case, which gives its names as they are written if it begins with them."""
    key = rb"((?:classname=%(value)b name=%(value)b)|(?:name=%(value)b classname=%(value)b))" % {b"value": value}
    start = rb"<testcase(?: " + key + rb"(?=[ />])|(?=[ \t\r/>])(?![ \t\r]++(?:class)?name=))"
    return re.compile(start + _OTHERS + rb"[ \t\r]*+(?:/>|></testcase>)")


_PASSING = _passing(_VALUE)
_LIKELY = _passing(rb'"[^"]*+"')
"""The same, but for names that are to be looked through afterwards: twice as fast as to search each by itself."""
_KEYED = re.compile(rb'<testcase ((?:classname="[^"<]*+" name|name="[^"<]*+" classname)="[^"<]*+")')


class Skim:
    """Takes passing cases out of the text of a chunk, unless one of them might take a failure back."""

    def __init__(self, gathered: Gathered, collector: CaseCollector) -> None:
        self._gathered = gathered
        self._collector = collector

    def __call__(self, texts: Sequence[bytes], root_end: bytes) -> Sequence[bytes]:
        """Return the texts without the cases that were counted."""
        kept: list[bytes] = []
        keys: list[bytes | None] = []
        is_named = True
        for text in texts:
            parts, is_all_named = _split(text)
            is_named = is_named and is_all_named
            kept.append(b"".join(parts[::2]) if len(parts) > 1 else text)  # type: ignore[arg-type] # no text is None
            keys += parts[1::2]
        if not keys or any(root_end in text for text in kept) or self._has_attempts(kept, keys):
            return texts
        self._gathered.count(CaseOutcome.PASSED, len(keys), names=keys if is_named else ())
        return kept

    def _has_attempts(self, kept: list[bytes], keys: list[bytes | None]) -> bool:
        """Whether a test of these keys failed before, or may fail in the same texts."""
        suspects = {key_of(case) for case in self._collector.open_cases()}
        for text in kept:
            suspects.update(_KEYED.findall(text))
        suspects.update(self._collector.suites.attempts)
        return not suspects.isdisjoint(keys)


def _split(text: bytes) -> tuple[list[bytes | None], bool]:
    """Return what stands between passing cases and their names in turn, and whether each has a name."""
    parts: list[bytes | None] = _LIKELY.split(text)
    try:
        names = b"".join(parts[1::2])  # type: ignore[arg-type] # tells at once whether one is None
    except TypeError:
        parts = _PASSING.split(text)
        return parts, None not in parts[1::2]
    return _PASSING.split(text) if any(sign in names for sign in _IN_NO_VALUE) else parts, True
