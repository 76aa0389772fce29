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
_KEY = rb"((?:classname=%(value)b name=%(value)b)|(?:name=%(value)b classname=%(value)b))" % {b"value": _VALUE}
_OTHERS = rb"(?:[ \t\r]++(?!(?:status|result)=)[A-Za-z_][\w.-]*+=" + _VALUE + rb")*+"
_START = rb"<testcase(?: " + _KEY + rb"(?=[ />])|(?=[ \t\r/>])(?![ \t\r]++(?:class)?name=))"
_PASSING = re.compile(_START + _OTHERS + rb"[ \t\r]*+(?:/>|></testcase>)")
_KEYED = re.compile(rb'<testcase ((?:classname="[^"<]*+" name|name="[^"<]*+" classname)="[^"<]*+")')


class Skim:
    """Takes passing cases out of the text of a chunk, unless one of them might take a failure back."""

    def __init__(self, gathered: Gathered, collector: CaseCollector) -> None:
        self._gathered = gathered
        self._collector = collector

    def __call__(self, texts: Sequence[bytes]) -> Sequence[bytes]:
        """Return the texts without the cases that were counted."""
        kept: list[bytes] = []
        keys: list[bytes] = []
        for text in texts:
            parts = _PASSING.split(text)
            kept.append(b"".join(parts[::2]) if len(parts) > 1 else text)
            keys += parts[1::2]
        if not keys or self._has_attempts(kept, keys):
            return texts
        self._gathered.count(CaseOutcome.PASSED, len(keys))
        if None not in keys:
            self._gathered.enter(CaseOutcome.PASSED, keys)
        return kept

    def _has_attempts(self, kept: list[bytes], keys: list[bytes]) -> bool:
        """Whether a test of these keys failed before, or may fail in the same texts."""
        suspects = {key_of(case) for case in self._collector.open_cases()}
        for text in kept:
            suspects.update(_KEYED.findall(text))
        suspects.update(self._collector.suites.attempts)
        return not suspects.isdisjoint(keys)
