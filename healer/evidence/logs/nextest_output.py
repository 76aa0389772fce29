"""What `cargo nextest` prints: a line per test with its binary, what failing tests said, and a summary."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.rust_panics import failure_from
from healer.models.evidence import CaseOutcome, Tally

if TYPE_CHECKING:
    from healer.models.evidence import Failure

_STATUS = re.compile(
    r"\s{1,20}(?:TRY \d{1,4} )?"
    r"(PASS|FAIL|LEAK|LEAK-FAIL|(?:FLAKY|FLKY-FL) \d{1,4}/\d{1,4}|TIMEOUT|TMT|ABORT|SIG[A-Z0-9]{1,8}|EXECFAIL|XFAIL)"
    r" \[ {0,12}\d{1,9}\.\d{1,3}s\] {1,4}(?:\( {0,9}\d{1,9}/\d{1,9}\) )? {0,4}(\S{1,500}) (\S.{0,1000})$"
)
_BLOCK = re.compile(r"(?:---|────) (?:TRY \d{1,4} )?STD(?:OUT|ERR): {1,40}(\S{1,500}) (\S.{0,1000}?)(?: ---)?$")
_INLINE = re.compile(r"  (?:stdout|stderr|output) ───$")
_STARTING = re.compile(r"^ {1,20}Starting \d{1,9} tests? across \d{1,9} binar(?:y|ies)", re.MULTILINE)
_SUMMARY = re.compile(
    r"^ {1,20}Summary \[ {0,12}\d{1,9}\.\d{1,3}s\] {1,4}(?:\d{1,9}/)?(\d{1,9}) tests? run: (\d{1,9}) passed"
    r"(?: \([^()\n]{1,100}\))?((?:, \d{1,9} [a-z][a-z ]{1,30}(?: \([^()\n]{1,100}\))?){0,6})$",
    re.MULTILINE,
)
_COUNT = re.compile(r", (\d{1,9}) ([a-z][a-z ]{1,30}[a-z])")
_RED = ("FAIL", "TIMEOUT", "TMT", "ABORT", "SIG", "EXECFAIL", "XFAIL", "LEAK-FAIL", "FLKY-FL")


def outside(text: str) -> str:
    """Return the text without the runs of nextest in it, whose tests each print a result of their own."""
    if not (summaries := list(_SUMMARY.finditer(text))):
        started = _STARTING.search(text)
        return text[: started.start()] if started else text
    kept, position = [], 0
    for summary in summaries:
        started = _STARTING.search(text, position, summary.start())
        kept.append(text[position : started.start()] if started else "")
        position = summary.end()
    return "\n".join([*kept, text[position:]])


def failures(text: str) -> tuple[Failure, ...]:
    """Return the tests that failed with libtest's ids, by their last attempt; the suite is the binary."""
    if not _STARTING.search(text) and not _SUMMARY.search(text):
        return ()
    words: dict[tuple[str, str], str] = {}
    said: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    last: tuple[str, str] | None = None
    speaker: tuple[str, str] | None = None
    indent = 0
    for raw in text.split("\n"):
        line = raw[:LINE_CHARACTERS].rstrip()
        if match := _STATUS.match(line):
            last, speaker = (match[2], match[3]), None
            if words.get(last) is None or match[1] != words[last]:
                words[last] = match[1]
        elif match := _BLOCK.match(line):
            speaker, indent = (match[1], match[2]), 0
        elif last and _INLINE.match(line):
            speaker, indent = last, 4
        elif line.startswith(("------------", "────────────", "     Summary [", "   Canceling", "  Cancelling")):
            speaker = None
        elif speaker:
            said[speaker].append(line[indent:] if line[:indent].strip() == "" else line)
    red = [key for key, word in words.items() if word.startswith(_RED)]
    return tuple(_failure(binary, name, words[binary, name], said[binary, name]) for binary, name in red[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last summary stands and what all of them count; skipped tests are those filtered out too."""
    counted, position = Tally(), None
    for match in _SUMMARY.finditer(text):
        counts = {word: int(number) for number, word in _COUNT.findall(match[3])}
        errors = counts.get("timed out", 0) + counts.get("exec failed", 0)
        counted += Tally(int(match[2]), counts.get("failed", 0), errors, counts.get("skipped", 0))
        position = match.start()
    return None if position is None else (position, counted)


def _failure(binary: str, name: str, word: str, lines: list[str]) -> Failure:
    kind = CaseOutcome.FAILED if word in {"FAIL", "LEAK-FAIL"} or word.startswith("FLKY") else CaseOutcome.ERROR
    return failure_from(name, binary, lines or [word], kind=kind)
