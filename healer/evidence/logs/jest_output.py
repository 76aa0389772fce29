"""What Jest prints: a block per failing test under its file, suites that failed to run, and the counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.blocks import JOINT, Block, counted, placed, said, thrown
from healer.models.evidence import CaseOutcome, Failure, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILE = re.compile(r" ?(FAIL|PASS) {1,4}(\S.*)")
_TIMES = re.compile(r" \((?:[\d.]{1,12} ?m?s(?:, )?)?(?:\d{1,9} [kMG]?B heap size)?\)$")
_TITLE = re.compile(r" {2}\u25cf (\S.*)")
_CONFIGURATION = re.compile(r"\u25cf (\S.{0,200}):$")
_SUITES = re.compile(r"^Test Suites: (?:[^\n]{1,200}, )?(?:\d{1,9} of )?\d{1,9} total$", re.MULTILINE)
_TESTS = re.compile(r"^Tests: {1,20}((?:\d{1,9} [a-z]{1,20}, ){0,9}\d{1,9} total)$", re.MULTILINE)
_NOTHING = re.compile(r"^No tests found, exiting with code \d", re.MULTILINE)
_AT = re.compile(r"^SyntaxError: [^\n]{1,2000} \((\d{1,9}):\d{1,9}\)$", re.MULTILINE)
_AGAIN = "Summary of all failing tests"
_SUITE = "Test suite failed to run"
_CONSOLE = "Console"
_MARGIN = "    "


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `file::ancestor > title`, and as `file` those suites that failed to run."""
    if "\u25cf " not in text:
        return ()
    found: list[Failure] = []
    seen: set[tuple[str, str]] = set()
    for file, block, is_again in _blocks(text):
        failure = _failure(file, block)
        key = failure.id, failure.text
        if not (is_again and key in seen):
            found.append(failure)
            seen.add(key)
        if len(found) >= FAILURES:
            break
    return tuple(found)


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what all count; suites that failed to run are errors."""
    if "Test Suites: " not in text:
        nothing = _NOTHING.search(text) if "No tests found" in text else None
        return (nothing.start(), Tally()) if nothing else None
    total, position, failed_suites = Tally(), -1, 0
    for suites in _SUITES.finditer(text):
        tests = _TESTS.match(text, suites.end() + 1)
        if tests is None:
            continue
        position = suites.start()
        counts = counted(tests[1])
        failed_suites += counted(suites[0]).get("failed", 0)
        skipped = counts.get("skipped", 0) + counts.get("todo", 0)
        total += Tally(passed=counts.get("passed", 0), failed=counts.get("failed", 0), skipped=skipped)
    if position < 0:
        return None
    errors = sum(failure.kind is CaseOutcome.ERROR for failure in failures(text)) if failed_suites else 0
    if failed_suites and not errors and not total.failing:
        errors = failed_suites
    return position, total + Tally(errors=errors)


def _blocks(text: str) -> Iterator[tuple[str, Block, bool]]:
    """Yield each block with its file, and whether it stands where Jest says everything again."""
    file, is_again = "", False
    current: tuple[str, Block, bool] | None = None
    for raw in text.splitlines():
        line = raw[:LINE_CHARACTERS]
        if current and (not line.strip() or line.startswith(_MARGIN)):
            current[1].lines.append(line)
            continue
        if current:
            yield current
            current = None
        if header := _FILE.match(line):
            file = _path(header[2]) if header[1] == "FAIL" else ""
        elif (title := _TITLE.match(line)) and file and title[1] != _CONSOLE:
            current = file, Block(title), is_again
        elif title := _CONFIGURATION.match(line):
            current = "", Block(title), is_again
        elif line.startswith(_AGAIN):
            is_again = True
        elif line.startswith("Test Suites: "):
            file, is_again = "", False
    if current:
        yield current


def _path(words: str) -> str:
    """Return the path in what stands behind FAIL; the name of a project may stand before it, times behind."""
    parts = _TIMES.sub("", words).strip().split(" ")
    start = next((n for n, part in enumerate(parts) if "/" in part or "." in part), len(parts) - 1)
    return " ".join(parts[start:])


def _details(text: str) -> str:
    """Return what a transformer said, which stands behind a page of advice."""
    _, word, details = text.partition("\nDetails:\n")
    return details if word else text


def _failure(file: str, block: Block) -> Failure:
    title, text = block.header[1].strip(), block.text
    frames = parse_frames(text)
    place, line = placed(file or None, text)
    if line is None and (at := _AT.search(text)):
        line = int(at[1])
    if not file or title == _SUITE:
        return failure_of(
            CaseOutcome.ERROR,
            name=file or title,
            identity=file or "jest",
            file=place,
            line=line,
            message=said(_details(text)),
            text=text or title,
            frames=frames,
        )
    path = title.split(" \u203a ")
    message = said(text)
    is_error = frames and not message.startswith(("expect(", "thrown: "))
    return failure_of(
        CaseOutcome.FAILED,
        name=path[-1],
        suite=JOINT.join(path[:-1]),
        identity=f"{file}::{JOINT.join(path)}",
        file=place,
        line=line,
        type_name=thrown(message) or ("Error" if is_error else None),
        message=message,
        text=text,
        frames=frames,
    )
