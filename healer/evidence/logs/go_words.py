"""From the lines that a Go test, a build or a dying test binary printed to a failure, in Go's own words."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.limits import FRAMES
from healer.evidence.paths import is_foreign
from healer.models.evidence import CaseOutcome, StackFrame

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from healer.models.evidence import Failure

_SAID = re.compile(r"(\s{4,200})((?:[A-Za-z]:)?[^\s:][^:\n]{0,500}\.go):(\d{1,9}): ?(.*)")
_GLUED = re.compile(r"\S( {4,40})([^\s:]{1,200}_test\.go):(\d{1,9}): ?(.*)")
_TELLING = re.compile(
    r"\b(?:want|got|expected|expect|actual|error|fail|failed|unexpected|mismatch|should|must|cannot|invalid|wrong|nil)\b"
    r"|not equal|Error Trace:|does not|did not|!=|\bdiff\b|race detected",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\s{0,200}\t(Error Trace|Error|Messages|Test):\s{0,40}(.*)")
_TRACED = re.compile(r"([^\s:]{1,1000}\.go):(\d{1,9})")
_CALL = re.compile(r"(?:created by )?([\w.\-~/%*()\[\]…]{1,600}?)(?:\(.{0,3000}\)|\(\.\.\.\)| in goroutine \d{1,9})?$")
_PLACE = re.compile(r"\s{1,12}([^\s:][^:\n]{0,1000}\.(?:go|s)|_testmain\.go):(\d{1,9})(?: \+0x[0-9a-f]{1,16})?$")
_GOROUTINE = re.compile(r"goroutine \d{1,12}.{0,60}\[.{1,200}\]:$")
_RUNNING = re.compile(r"\t{1,4}(\S{1,1000}) \(\d[\w.µ]{0,40}\)$")
_TEST_FUNCTION = re.compile(r"\.((?:Test|Fuzz|Example|Benchmark)\w{0,300})(?:\.func\d{1,5}|\.\d{1,5}|\(|$)")
_BUILT = re.compile(r"(?:vet: )?((?:[A-Za-z]:)?[^\s:][^:\n]{0,1000}\.\w{1,4}):(\d{1,9})(?::\d{1,9})?: (.{1,2000})")
_TOOLCHAIN = re.compile(r"(?:^|/)(?:src/)?(?:testing/testing|runtime/\w{1,60}|runtime/debug/\w{1,60})\.(?:go|s)$")


def failed(
    path: str, tests: Mapping[str, list[str]], failing: Sequence[str], death: list[str], running: str
) -> list[Failure]:
    """Return the failing tests of one package, and those that were running when its test binary died."""
    victims = _victims(failing, death, running) if death else []
    found: dict[str, Failure] = {}
    for name in dict.fromkeys([*failing, *(name for name in victims if name)]):
        if name in victims:
            found[name] = _broke(path, name, [*tests.get(name, ()), *death], death)
        else:
            found[name] = _failed(path, name, tests.get(name, []))
    if "" in victims:
        found[""] = _broke(path, "", death, death)
    return list(found.values())


def broken(path: str, said: str, lines: Sequence[str]) -> Failure:
    """Return the failure of a package that could not be built or set up; the place is the first error's."""
    text = "\n".join(lines)
    first = next(filter(None, map(_BUILT.match, lines)), None)
    return failure_of(
        CaseOutcome.ERROR,
        name=path,
        file=first[1] if first else None,
        line=int(first[2]) if first else None,
        type_name=said.strip("[]"),
        message=first[3] if first else text or said,
        text=text,
    )


def died(path: str, lines: Sequence[str]) -> Failure:
    """Return the failure of a package whose test binary ended badly though no test of it failed."""
    text = "\n".join(lines)
    said = lines[-1] if lines else "the test binary failed, and no test of it did"
    return failure_of(CaseOutcome.ERROR, name=path, message=said, text=text)


def give_words_to_parents(failures: list[Failure]) -> None:
    """Give each test that said nothing itself the words and place of its first subtest that failed."""
    numbers = {(failure.suite, failure.name): number for number, failure in enumerate(failures)}
    for suite, name in sorted(numbers, key=lambda key: -key[1].count("/")):
        child = failures[numbers[suite, name]]
        above = numbers.get((suite, name.rpartition("/")[0]))
        if above is not None and child.message and not failures[above].message:
            failures[above] = replace(
                failures[above],
                file=child.file,
                line=child.line,
                type=child.type,
                message=child.message,
                frames=child.frames,
            )


def _failed(path: str, name: str, lines: list[str]) -> Failure:
    """Read a test that failed by its own words: the first that tell of a difference, else all of them."""
    blocks = list(_blocks(lines))
    telling = [block for block in blocks if any(map(_TELLING.search, block[2]))][:1]
    chosen = next(iter(telling or blocks), None)
    text = "\n".join(lines)
    raced = text.find("WARNING: DATA RACE\n")
    frames = _race_frames(text[raced:]) if raced >= 0 else ()
    own = [frame for frame in frames if not is_foreign(frame.file)]
    traced = _traced(chosen[2]) if chosen else ()
    place: tuple[str | None, int | None] = (chosen[0], chosen[1]) if chosen else (None, None)
    return failure_of(
        CaseOutcome.FAILED,
        name=name,
        suite=path,
        file=own[-1].file if own else place[0],
        line=own[-1].line if own else place[1],
        type_name="DATA RACE" if raced >= 0 else None,
        message="\n".join(_message(block[2]) for block in telling or blocks) if chosen else _unplaced(lines),
        text=text,
        frames=frames or traced or tuple(StackFrame(block[0], block[1]) for block in (telling or blocks)[:FRAMES]),
    )


def _blocks(lines: Iterable[str]) -> Iterable[tuple[str, int, list[str]]]:
    """Yield what `t.Log`, `t.Error` and their like printed: file, line, and the words without their indentation."""
    current: tuple[str, int, list[str]] | None = None
    margin = 0
    for line in lines:
        if (match := _said(line)) and (current is None or len(match[1]) <= margin):
            if current:
                yield current
            margin = len(match[1])
            current = match[2], int(match[3]), [match[4]]
        elif current and (not line.strip() or line.startswith(" " * (margin + 4))):
            current[2].append(line[margin + 4 :])
        elif current:
            yield current
            current = None
    if current:
        yield current


def _said(line: str) -> re.Match[str] | None:
    return _SAID.match(line) or (_GLUED.search(line) if "_test.go:" in line else None)


def _message(words: Sequence[str]) -> str:
    """Return the words of one block; testify's (`Error:`, `Messages:`) without its labels and trace."""
    said: dict[str, list[str]] = {"": []}
    label = ""
    for line in words:
        if match := _LABEL.match(line):
            label = match[1]
            said.setdefault(label, []).append(match[2].strip())
        else:
            said.setdefault(label, []).append(line.strip())
    if "Error" not in said:
        return "\n".join(line for line in said[""] if line)
    error = said["Error"]
    cut = next((number for number, line in enumerate(error) if not line and number), len(error))
    return "\n".join([*filter(None, error[:cut]), *filter(None, said.get("Messages", ()))])


def _unplaced(lines: Iterable[str]) -> str:
    """Return what a test printed that did not say where, such as an example's `got:` and `want:`."""
    return "\n".join(line.strip() for line in lines if line.strip())


def _traced(words: Iterable[str]) -> tuple[StackFrame, ...]:
    """Read testify's `Error Trace`, which begins with the innermost frame."""
    found: list[StackFrame] = []
    is_trace = False
    for line in words:
        if match := _LABEL.match(line):
            is_trace = match[1] == "Error Trace"
        if is_trace and (place := _TRACED.search(line)):
            found.append(StackFrame(place[1], int(place[2])))
    return tuple(reversed(found[:FRAMES]))


def _broke(path: str, name: str, lines: Sequence[str], death: list[str]) -> Failure:
    frames = _panic_frames(death, name)
    own = [frame for frame in frames if not is_foreign(frame.file) and not _TOOLCHAIN.search(frame.file)]
    words = death[0].removesuffix(" [recovered]").removesuffix(" [recovered, repanicked]")
    message = [words]
    for line in death[1:]:
        if not line or line.startswith(("\tpanic: ", "\trunning tests:", "[signal", "goroutine ")):
            break
        message.append(line)
    return failure_of(
        CaseOutcome.ERROR,
        name=name or path,
        suite=path if name else "",
        file=own[-1].file if own else None,
        line=own[-1].line if own else None,
        type_name="timeout" if "test timed out after" in words else words.partition(":")[0],
        message="\n".join(message),
        text="\n".join(lines),
        frames=frames,
    )


def _victims(failing: Sequence[str], death: list[str], running: str) -> list[str]:
    """Return the tests that were running when the binary died; an empty name when it was none that is known."""
    if not any(map(_GOROUTINE.match, death[:400])):
        return [] if failing else [running]
    listed = [match[1] for match in map(_RUNNING.match, death[:200]) if match]
    if listed:
        return [name for name in listed if not any(other.startswith(f"{name}/") for other in listed)]
    called = [match[1] for match in map(_TEST_FUNCTION.search, death) if match]
    if failing and (not called or failing[-1].partition("/")[0] in called):
        kin = [name for name in failing if name.partition("/")[0] == failing[-1].partition("/")[0]]
        return [max(reversed(kin), key=lambda name: name.count("/"))]
    return [running or next((name for name in called if name != "TestMain"), "")]


def _panic_frames(death: Sequence[str], name: str) -> tuple[StackFrame, ...]:
    """Read the goroutine that died, or where it is the watchdog's, the one that runs the test; outermost first."""
    stacks: list[list[StackFrame]] = []
    wanted, function = 0, ""
    for line in death:
        if _GOROUTINE.match(line):
            stacks.append([])
        elif stacks and (match := _PLACE.match(line)):
            stacks[-1].append(StackFrame(match[1], int(match[2]), function or None))
            if function and f".{name.partition('/')[0]}" in f".{function.rpartition('/')[2]}" and not wanted:
                wanted = len(stacks)
        elif stacks and line and (match := _CALL.match(line)):
            function = match[1]
    chosen = stacks[(wanted or 1) - 1] if stacks else []
    return tuple(reversed(chosen[:FRAMES]))


def _race_frames(text: str) -> tuple[StackFrame, ...]:
    """Read the first stack of a race report: the access that was caught."""
    found: list[StackFrame] = []
    for line in text.split("\n")[1:]:
        if match := _PLACE.match(line):
            found.append(StackFrame(match[1], int(match[2])))
        elif found and not line.strip():
            break
    return tuple(reversed(found[:FRAMES]))
