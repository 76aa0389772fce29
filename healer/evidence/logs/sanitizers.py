"""What sanitizers and dying native programs print: their reports, failed asserts, uncaught exceptions, signals."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.limits import FAILURES, FRAMES, LINE_CHARACTERS
from healer.evidence.paths import in_checkout, is_foreign
from healer.models.evidence import CaseOutcome, StackFrame

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from healer.models.evidence import Failure

_BEGIN = re.compile(r"(?:={1,4}\d{1,9}={1,4})?(?:ERROR|WARNING): (\w{1,20}Sanitizer): (.{1,1000})$")
_SUMMARY = re.compile(r"SUMMARY: (\w{1,20}Sanitizer): (.{1,2000})$")
_UBSAN = re.compile(r"(\S.{0,1000}?):(\d{1,9}):(\d{1,9}): runtime error: (.{1,2000})$")
_FRAME = re.compile(
    r"\s{1,12}#\d{1,4} (?:0x[0-9a-f]{1,16} )?(?:in )?"
    r"(.{1,2000}?) (\S{1,1000}?):(\d{1,9})(?::\d{1,9})?(?: \(.{1,300}\))?$"
)
_ANY_FRAME = re.compile(r"\s{1,12}#\d{1,4} ")
_ASSERT = re.compile(
    r"(?:.{1,500}?: )?(\S[^:\n]{0,1000}?):(\d{1,9}): (.{0,1000}?)(?:: )?Assertion [`'](.{1,2000})' failed\.$"
)
_ASSERT_BSD = re.compile(
    r"Assertion failed: \(?(.{1,2000}?)\)?(?:, function (.{1,300}?))?, file (\S.{0,1000}?), line (\d{1,9})\.?$"
    r"|Assertion failed: (.{1,2000}?) \((\S{1,1000}): (.{1,300}?): (\d{1,9})\)$"
)
_HEAP = re.compile(
    r"(?:\*\*\* (?:Error in [`'].{1,300}?': )?)?((?:free|malloc|realloc|calloc|munmap_chunk|malloc_consolidate)\(\): "
    r".{1,100}?|(?:double free or )?corruption \([\w!]{1,20}\)|stack smashing detected|buffer overflow detected)"
    r"(?: \*\*\*: .{1,200}|: 0x[0-9a-f]{1,16} \*\*\*)?$"
)
_TERMINATE = re.compile(
    r"(?:libc\+\+abi: )?terminat(?:e called|ing)(?: due to| with)?.{0,20}?"
    r" (?:uncaught )?(?:exception of type|after throwing an instance of) '?((?:[^':\n]|::){1,500})'?(?:: (.{1,1000}))?$"
)
_SIGNAL = re.compile(
    r"(?:\S{1,300}: (?:line \d{1,9}: )?\s{0,8}\d{1,9} )?(Segmentation fault|Bus error|Illegal instruction"
    r"|Floating point exception|Aborted)(?:\s{1,40}\(core dumped\)|(?=\s{2,60}\S))(?:\s{1,60}\S.{0,1000})?$"
)
_GO_PANIC = re.compile(r"(?:panic: |fatal error: )(.{1,2000})$")
_GO_PLACE = re.compile(r"\t(\S.{0,1000}?\.go):(\d{1,9})(?: \+0x[0-9a-f]{1,16})?$")
_RUST_PANIC = re.compile(
    r"thread '.{1,300}?' (?:\(\d{1,12}\) )?panicked at (?:'(.{1,2000})', )?(\S.{0,1000}?):(\d{1,9}):\d{1,9}:?$"
)
_REPORT_LINES = 150
_WHAT_LINES = 4


def failures(text: str) -> tuple[Failure, ...]:
    """Return a failure for each report and each death; a bare signal counts only where nothing says more."""
    lines = text.split("\n")
    found: list[Failure] = []
    signals: list[Failure] = []
    number = 0
    while number < len(lines) and len(found) < FAILURES:
        line = lines[number][:LINE_CHARACTERS].rstrip()
        failure, end = _read(line, lines, number) if line else (None, number)
        if failure is not None:
            found.append(failure)
        elif not found and not signals and (match := _SIGNAL.match(line)):
            signals.append(_made(match[1], line.strip(), [line], (), "signal"))
        number = max(end, number + 1)
    return tuple({failure.id: failure for failure in reversed(found or signals)}.values())[::-1]


def tally(text: str) -> None:
    """Return None: nothing is counted here."""
    del text


def _read(line: str, lines: Sequence[str], number: int) -> tuple[Failure | None, int]:
    """Return the report that begins at a line, and the number of the line after it."""
    for mark, read in _READERS:
        if mark in line and (result := read(line, lines, number)):
            return result
    return None, number + 1


def _sanitizer(line: str, lines: Sequence[str], number: int) -> tuple[Failure, int] | None:
    match = _BEGIN.match(line)
    if match is None:
        return None
    end = number + 1
    summary = ""
    while end < min(len(lines), number + _REPORT_LINES):
        said = lines[end][:LINE_CHARACTERS].rstrip()
        end += 1
        if found := _SUMMARY.match(said):
            summary = found[2]
            break
        if _BEGIN.match(said):
            end -= 1
            break
    kind = match[2].partition(" on ")[0].partition(" (")[0]
    return _report(f"{match[1]}: {kind}", summary or match[2], lines[number:end], match[1]), end


def _ubsan(line: str, lines: Sequence[str], number: int) -> tuple[Failure, int] | None:
    match = _UBSAN.match(line)
    if match is None:
        return None
    end = number + 1
    while end < min(len(lines), number + _REPORT_LINES) and _ANY_FRAME.match(lines[end]):
        end += 1
    place = StackFrame(match[1], int(match[2]))
    identity = f"{in_checkout(match[1])}:{match[2]}:{match[3]}: runtime error"
    failure = _made("runtime error", match[4], lines[number:end], (place,), "UndefinedBehaviorSanitizer")
    return replace(failure, id=identity), end


def _assertion(line: str, lines: Sequence[str], number: int) -> tuple[Failure, int] | None:
    if match := _ASSERT.match(line):
        frame = StackFrame(match[1], int(match[2]), match[3] or None)
    elif match := _ASSERT_BSD.match(line):
        frame = StackFrame(match[3] or match[6], int(match[4] or match[8]), match[2] or match[7])
    else:
        return None
    message = line[line.index("Assertion ") :]
    return _made("assertion", message, lines[number : number + 1], (frame,), "assert"), number + 1


def _heap(line: str, lines: Sequence[str], number: int) -> tuple[Failure, int] | None:
    if match := _HEAP.match(line):
        return _made(match[1], line, lines[number : number + 1], (), "libc"), number + 1
    return None


def _terminated(line: str, lines: Sequence[str], number: int) -> tuple[Failure, int] | None:
    match = _TERMINATE.match(line)
    if match is None:
        return None
    end = number + 1
    what = match[2] or ""
    if end < len(lines) and lines[end].startswith("  what():  "):
        what = lines[end].removeprefix("  what():  ").strip()
        end += 1
    return _made(match[1], f"{match[1]}: {what}" if what else match[1], lines[number:end], (), "terminate"), end


def _go(line: str, lines: Sequence[str], number: int) -> tuple[Failure, int] | None:
    match = _GO_PANIC.match(line)
    following = [said for said in lines[number + 1 : number + 8] if said.startswith("goroutine ")]
    if match is None or not following or not following[0].rstrip().endswith("]:"):
        return None
    end = number + 1
    while end < min(len(lines), number + _REPORT_LINES) and not lines[end].startswith("exit status "):
        end += 1
    places = [StackFrame(at[1], int(at[2])) for said in lines[number:end] if (at := _GO_PLACE.match(said.rstrip()))]
    return _made("panic", line, lines[number:end], tuple(reversed(places[:FRAMES])), "go"), end


def _rust(line: str, lines: Sequence[str], number: int) -> tuple[Failure, int] | None:
    match = _RUST_PANIC.match(line)
    if match is None:
        return None
    end = number + 1
    while end < min(len(lines), number + _REPORT_LINES) and lines[end].strip():
        end += 1
    said = match[1] or "\n".join(lines[number + 1 : min(end, number + 1 + _WHAT_LINES)]).partition("\nnote: ")[0]
    return _made("panic", said, lines[number:end], (StackFrame(match[2], int(match[3])),), "rust"), end


_READERS: tuple[tuple[str, Callable[[str, Sequence[str], int], tuple[Failure, int] | None]], ...] = (
    ("Sanitizer: ", _sanitizer),
    (": runtime error: ", _ubsan),
    ("Assertion ", _assertion),
    ("terminat", _terminated),
    ("()", _heap),
    ("detected", _heap),
    ("corruption (", _heap),
    ("panic: ", _go),
    ("fatal error: ", _go),
    ("panicked at ", _rust),
)


def _report(kind: str, said: str, lines: Sequence[str], tool: str) -> Failure:
    """Read a sanitizer's report: of its stacks the first tells where it happened."""
    stack: list[StackFrame] = []
    has_begun = False
    for line in lines:
        if match := _FRAME.match(line[:LINE_CHARACTERS].rstrip()):
            stack.append(StackFrame(match[2], int(match[3]), match[1].removeprefix("in ").strip()))
            has_begun = True
        elif has_begun and not _ANY_FRAME.match(line):
            break
    return _made(kind.partition(": ")[2] or kind, f"{tool}: {said}", lines, tuple(reversed(stack[:FRAMES])), tool)


def _made(kind: str, message: str, lines: Sequence[str], frames: tuple[StackFrame, ...], tool: str) -> Failure:
    own = [frame for frame in frames if not is_foreign(frame.file) and not frame.file.startswith("../")]
    place = own[-1] if own else None
    return failure_of(
        CaseOutcome.ERROR,
        name=kind,
        suite=tool,
        identity=f"{in_checkout(place.file)}:{place.line}: {kind}" if place else f"{tool}: {kind}",
        file=place.file if place else None,
        line=place.line if place else None,
        type_name=kind,
        message=message,
        text="\n".join(lines),
        frames=frames,
    )
