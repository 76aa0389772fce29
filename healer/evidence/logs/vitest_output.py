"""What Vitest prints: failing suites and tests between rules, unhandled errors, and the counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES, LINE_CHARACTERS, SHORT_TEXT_CHARACTERS, TEXT_CHARACTERS
from healer.evidence.logs.blocks import JOINT, counted, placed, said
from healer.evidence.wording import cut_in_the_middle
from healer.models.evidence import CaseOutcome, Failure, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECTION = re.compile(
    r"\u23af{2,300} {1,2}(Failed Suites|Failed Tests|Unhandled Errors?)(?: (\d{1,9}))? {1,2}\u23af{2,300}"
)
_UNHANDLED = re.compile(r"\u23af{2,300} {1,2}((?:Uncaught|Unhandled) [A-Z]\w{1,30}|Typecheck Error) {1,2}\u23af{2,300}")
_RULE = re.compile(r"\u23af{2,300}(?:\[\d{1,9}/\d{1,9}\]\u23af{1,300})?$")
_FAIL = re.compile(r" FAIL {2}(?:\|[^|]{1,200}\| | {1,2}\S{1,100} {2})?(\S.*)")
_SUITE_ITSELF = re.compile(r"(.{1,1024}?) \[ .{1,1024} \]$")
_ORIGIN = re.compile(r'This error originated in "([^"\n]{1,1024})" test file')
_FILES = re.compile(r"^ {0,12}Test Files {2}([^\n]{1,300}?)(?: \(\d{1,9}\))?$", re.MULTILINE)
_TESTS = re.compile(r"^ {0,12}Tests {2}([^\n]{1,300}?)(?: \(\d{1,9}\))?$", re.MULTILINE)
_ERRORS = re.compile(r"^ {0,12}Errors {2}(\d{1,9}) errors?$", re.MULTILINE)
_NOTHING = re.compile(r"^No (?:test|benchmark) files found, exiting with code \d", re.MULTILINE)
_MORE = "\n\n\n"
_BLOCK = tuple[CaseOutcome, tuple[str, ...], str]


def failures(text: str) -> tuple[Failure, ...]:
    """Return failing tests as `file::ancestor > title`, suites as `file` or with their titles, and stray errors."""
    if "\u23af\u23af" not in text:
        return ()
    found: list[Failure] = []
    for section, announced in _sections(text):
        blocks = [(kind, header, _share(body, headers)) for kind, headers, body in section for header in headers]
        if announced is not None and len(blocks) > announced:
            blocks = _merged(blocks)
        found.extend(_failure(*block) for block in blocks[: FAILURES - len(found)])
    return tuple(found)


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what all count; suites that failed as a whole and stray errors too."""
    if "Test Files  " not in text:
        nothing = _NOTHING.search(text) if " files found, exiting" in text else None
        return (nothing.start(), Tally()) if nothing else None
    total, position, failed_files, stray = Tally(), -1, 0, 0
    for files in _FILES.finditer(text):
        tests = _TESTS.match(text, files.end() + 1)
        if tests is None:
            continue
        position = files.start()
        failed_files += counted(files[1]).get("failed", 0)
        counts = counted(tests[1])
        skipped = counts.get("skipped", 0) + counts.get("todo", 0)
        total += Tally(
            passed=counts.get("passed", 0) + counts.get("expected fail", 0),
            failed=counts.get("failed", 0),
            skipped=skipped,
        )
        if (line := _ERRORS.match(text, tests.end() + 1)) or (line := _ERRORS.match(text, files.end() + 1)):
            stray += int(line[1])
    if position < 0:
        return None
    errors = sum(failure.kind is CaseOutcome.ERROR for failure in failures(text)) if failed_files or stray else 0
    if not errors and not total.failing:
        errors = failed_files + stray
    return position, total + Tally(errors=errors)


def _sections(text: str) -> Iterator[tuple[list[_BLOCK], int | None]]:
    """Yield the blocks of each section, and how many failures it announces."""
    kind, announced = CaseOutcome.FAILED, None
    found: list[_BLOCK] = []
    headers: list[str] = []
    lines: list[str] = []
    for raw in text.splitlines():
        line = raw[:LINE_CHARACTERS]
        fail = _FAIL.match(line)
        stray = _UNHANDLED.match(line) if line.startswith("\u23af") else None
        section = _SECTION.match(line) if line.startswith("\u23af") else None
        if (fail and lines) or stray or section or _RULE.match(line) or _FILES.match(line):
            if headers:
                found.append((kind, tuple(headers), "\n".join(lines).strip("\n")))
            headers, lines = [], []
        if section:
            yield found, announced
            found = []
            kind = CaseOutcome.FAILED if section[1] == "Failed Tests" else CaseOutcome.ERROR
            announced = int(section[2]) if section[2] else None
        elif fail:
            headers.append(fail[1].strip())
        elif stray:
            headers.append(stray[1])
        elif headers:
            lines.append(line)
    if headers:
        found.append((kind, tuple(headers), "\n".join(lines).strip("\n")))
    yield found, announced


def _share(body: str, headers: tuple[str, ...]) -> str:
    """Return what is said once for several tests, the shorter the more they are."""
    return cut_in_the_middle(body, max(SHORT_TEXT_CHARACTERS, TEXT_CHARACTERS // len(headers)))


def _merged(blocks: list[tuple[CaseOutcome, str, str]]) -> list[tuple[CaseOutcome, str, str]]:
    """Put together what soft assertions of one test say in several blocks."""
    together: dict[str, tuple[CaseOutcome, str, list[str]]] = {}
    for kind, header, body in blocks:
        together.setdefault(header, (kind, header, []))[2].append(body)
    return [(kind, header, _MORE.join(bodies)) for kind, header, bodies in together.values()]


def _failure(kind: CaseOutcome, header: str, text: str) -> Failure:
    whole = _SUITE_ITSELF.match(header)
    file, *path = [whole[1]] if whole else header.split(JOINT)
    if kind is CaseOutcome.ERROR and (origin := _ORIGIN.search(text)):
        file, path = origin[1], []
    frames = parse_frames(text)
    is_file = "." in file or "/" in file
    # Of several soft assertions in one test, the first one is its place.
    place, line = placed(file if is_file else None, text.partition(_MORE)[0])
    return failure_of(
        kind,
        name=path[-1] if path else file,
        suite=JOINT.join(path[:-1]),
        identity=f"{file}::{JOINT.join(path)}" if path else file,
        file=place,
        line=line,
        message=said(text),
        text=text,
        frames=frames,
    )
