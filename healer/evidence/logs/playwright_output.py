"""What Playwright's test runner prints: a block per failing test, and lists of what failed and what was flaky."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.blocks import CODE_OR_STACK, JOINT, Block, blocks, placed, said
from healer.models.evidence import CaseOutcome, Failure, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PLACE = r"(?:\[([^\]]{1,200})\] \u203a )?(\S.{0,1024}?):(\d{1,9}):\d{1,9} \u203a (\S.*)"
_HEADER = re.compile(rf" {{2}}(\d{{1,9}})\) {_PLACE}$")
_ENTRY = re.compile(rf" {{4}}{_PLACE}$")
_RUNNING = re.compile(r"^Running \d{1,9} tests? using \d{1,9} workers?", re.MULTILINE)
_COUNT = re.compile(
    r" {2}(\d{1,9}) (failed|flaky|skipped|did not run|interrupted|passed)(?: \([\d.]{1,12}(?:ms|s|m|h)\))?$"
)
_STRAY = re.compile(r" {2}(\d{1,9}) errors? (?:was|were) not a part of any test, see above for details$")
_RETRY = re.compile(r"\s*Retry #\d{1,6} [\u2500=-]{2,400}$")
_PROGRESS = re.compile(rf"(?:\[\d{{1,9}}/\d{{1,9}}\] |  [\u2718\u2713x-] {{1,6}}\d{{1,9}} ){_PLACE}$")
_END = re.compile(
    r"(?: {2}\d{1,9} (?:failed|flaky|passed|skipped|errors? (?:was|were))\b|\[\d{1,9}/\d{1,9}\] "
    r"|  [\u2718\u2713x-] {1,6}\d)"
)
_UNSAID = re.compile(rf"(?:{CODE_OR_STACK.pattern}|\s*Error Context: |\s*attachment #)")
_NOTHING = "Error: No tests found"
_BROKEN = re.compile(r"^(?:\w{0,40}Error: |Error: )(?!No tests found)", re.MULTILINE)
_ERROR = re.compile(r"^\w{0,60}Error: ", re.MULTILINE)
_LOADING = re.compile(r"^ {3}at (\S.{0,1024}):(\d{1,9})$", re.MULTILINE)


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `file::ancestor > title`, retried ones once and flaky ones not at all."""
    runs = list(_runs(text))
    if not runs:
        return tuple(_loading(text))
    found: list[Failure] = []
    for _, lines in runs:
        found.extend(_of_run(lines))
    return tuple(found[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last run stands and what all count; flaky tests passed, tests that did not run are skipped."""
    position, total = -1, Tally()
    for start, lines in _runs(text):
        counts, _, _ = _lists(lines)
        if counts:
            position = start
            total += Tally(
                passed=counts.get("passed", 0) + counts.get("flaky", 0),
                failed=counts.get("failed", 0),
                errors=counts.get("interrupted", 0) + counts.get("stray", 0) + _unseen(lines[0], counts),
                skipped=counts.get("skipped", 0) + counts.get("did not run", 0),
            )
    if position >= 0:
        return position, total
    is_empty = _NOTHING in text and not _loading(text) and "\nMake sure that arguments are regular expressions" in text
    return (text.index(_NOTHING), Tally()) if is_empty else None


def _unseen(announcement: str, counts: Mapping[str, int]) -> int:
    """Return how many of the tests that were announced are counted nowhere, because the output breaks off."""
    return max(0, int(announcement.split()[1]) - sum(counts.values()) + counts.get("stray", 0))


_Key = tuple[str | None, str, str, str]


def _runs(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield where each run begins, and its lines."""
    starts = [match.start() for match in _RUNNING.finditer(text)] if "Running " in text else []
    for start, end in itertools.pairwise([*starts, len(text)]):
        yield start, text[start:end].splitlines()


def _of_run(lines: list[str]) -> Iterator[Failure]:
    _, failed, flaky = _lists(lines)
    told: dict[_Key, Block | None] = {}
    for block in blocks(lines, _HEADER, _END):
        project, file, line, words = block.header.groups()[1:]
        title = _title(words)
        # A step of the test may stand behind its title.
        listed = [key for key in (*failed, *flaky) if key[:3] == (project, file, line) and title.startswith(key[3])]
        key = listed[0] if listed else (project, file, line, title)
        if key in told or key in failed or not listed:
            # For GitHub it prints each attempt as an annotation first, of which a log may keep one line only.
            known = told.get(key)
            told[key] = block if known is None or len(block.lines) > len(known.lines) else known
    for key in failed:
        told.setdefault(key, None)
    for key, best in told.items():
        yield _failure(key, best)


def _lists(lines: list[str]) -> tuple[dict[str, int], list[_Key], list[_Key]]:
    """Return the counts at the end, and which tests failed and which were flaky; the last word of the output."""
    counts: dict[str, int] = {}
    listed: dict[str, list[_Key]] = {}
    word = ""
    for raw in lines:
        line = raw[:LINE_CHARACTERS]
        if match := _COUNT.match(line):
            word = match[2]
            if word in {"failed", "flaky"} or word not in counts:
                listed[word] = []
            counts[word] = int(match[1])
        elif match := _STRAY.match(line):
            word = "stray"
            counts[word] = int(match[1])
        elif _PROGRESS.match(line):  # what looked like a result was a test's own output
            counts.clear()
            listed.clear()
            word = ""
        elif word in {"failed", "flaky", "interrupted"} and (entry := _ENTRY.match(line)):
            listed[word].append((entry[1], entry[2], entry[3], _title(entry[4])))
        else:
            word = ""
    return counts, [*listed.get("failed", []), *listed.get("interrupted", [])], listed.get("flaky", [])


def _failure(key: _Key, block: Block | None) -> Failure:
    project, file, line, title = key
    text = block.text if block else ""
    lines = text.splitlines()
    last = max((n + 1 for n, each in enumerate(lines) if _RETRY.match(each)), default=0)
    path = title.split(" \u203a ")
    place, at = placed(file, _first("\n".join(lines[last:])))
    frames = parse_frames(text)
    return failure_of(
        CaseOutcome.FAILED,
        name=path[-1],
        suite=project or "",
        identity=f"{file}::{JOINT.join(path)}",
        file=place,
        line=at or int(line),
        message=said("\n".join(lines[last:]), _UNSAID),
        text=text,
        frames=frames,
    )


def _title(words: str) -> str:
    """Return the titles without the rule that fills their line."""
    bare = words.rstrip("\u2500=-")
    return bare.rstrip() if bare.endswith(" ") else words


def _first(text: str) -> str:
    """Return the first error of an attempt: soft assertions leave several."""
    errors = [match.start() for match in _ERROR.finditer(text)]
    return text[: errors[1]] if len(errors) > 1 else text


def _loading(text: str) -> list[Failure]:
    """Read what kept Playwright from loading files, so that it ran nothing."""
    if "error" not in text.lower() or ("playwright" not in text and _NOTHING not in text):
        return []
    found = []
    for place in _LOADING.finditer(text):
        above = text.rfind("\n\n", 0, max(0, place.start() - 1))
        starts = [match.start() for match in _BROKEN.finditer(text, max(0, above - 4096), place.start())]
        if starts:
            end = text.find("\n\n", place.end() + 2)
            body = text[starts[-1] : end if end >= 0 else len(text)].partition(f"\n{_NOTHING}")[0]
            found.append(
                failure_of(
                    CaseOutcome.ERROR, name=place[1], file=place[1], line=int(place[2]), message=said(body), text=body
                )
            )
    return found[:FAILURES]
