"""What Maven's Surefire and Failsafe print: a block per failing test, a list of results, and counts per module."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames, without_causes
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.blocks import Block, blocks, own_frame
from healer.evidence.logs.jvm_crash import described_throwable
from healer.models.evidence import CaseOutcome, Failure, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

_COUNTS = re.compile(
    r"^(?:\[(?:INFO|WARNING|ERROR)\] )?Tests run: {1,4}(\d{1,9}), Failures: {1,4}(\d{1,9}), Errors: {1,4}"
    r"(\d{1,9}), Skipped: {1,4}(\d{1,9})"
    r"(?:, Flakes: {1,4}(\d{1,9}))?$",
    re.MULTILINE,
)
_SET = re.compile(
    r"^Test set: .{1,1000}\n-{20,200}\n"
    r"Tests run: (\d{1,9}), Failures: (\d{1,9}), Errors: (\d{1,9}), Skipped: (\d{1,9}),",
    re.MULTILINE,
)
"""The head of the text report that Surefire writes for each class."""

_RESULTS = re.compile(r"^(?:\[\w{4,7}\] )?Results ?:$", re.MULTILINE)
_BLOCK = re.compile(
    r"(?:\[ERROR\] {1,4})?"
    r"((?!Tests run: )\w.{0,2000}?)(?: {1,2}| -- )Time elapsed: {1,2}[\d.,]{1,12} {1,2}s(?:ec)? {1,4}"
    r"<<< (FAILURE|ERROR)!$"
)
_BLOCK_END = re.compile(r"(?:\[(?:INFO|WARNING|ERROR)\]|Running |Tests run: |Results ?:)")
_HEADING = re.compile(
    r"(?:\[(?:ERROR|WARNING|INFO)\] )?(Failures|Errors|Flakes|Failed tests|Tests in error|Flaky tests): {0,2}$"
)
_AGAIN = re.compile(r"(?:\[(?:ERROR|WARNING)\] )([\w.$]{1,300}\.\S.{0,500})$")
_RUN = re.compile(r"\[(?:ERROR|INFO|WARNING)\] {2,4}Run \d{1,6}: ")
_OLD_CLASS = re.compile(r"(?:\w{1,100}\.){0,20}[A-Z_][\w$]{0,200}")
_METHOD_END = re.compile(r"[(\[{ ]")
_OWNER = 2
"""How many parts of a package say whose code it is: `com.acme`."""

_ENTRY = re.compile(
    r"\[ERROR\] {2,4}([A-Z_][\w$]{0,200})(?:[>.-][\w$.>:-]{0,200}?)??[.:>]([\w$]{1,200})(?::(\d{1,9}))?"
    r"(?:->\S{1,200})?(?: (.*))?$"
)


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `fully.qualified.Class::method`; what passed when it was run again is none."""
    if "Tests run:" not in text:
        return ()
    found: list[Failure] = []
    start = 0
    for result in _results(text):
        part, start = text[start : result.start()], result.end()
        if len(found) < FAILURES:
            found.extend(_of_module(part, int(result[2]) + int(result[3])))
    if start == 0 and "<<< " in text:
        found.extend(_of_module(text, 0))
    return tuple(found[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last module's counts stand and what those of all modules are."""
    if "Tests run:" not in text:
        return None
    position, total = -1, Tally()
    for match in list(_results(text)) or _SET.finditer(text):
        ran, failed, errors, skipped = (int(number) for number in match.groups()[:4])
        total += Tally(max(0, ran - failed - errors - skipped), failed, errors, skipped)
        position = match.start()
    return (position, total) if position >= 0 else None


def _results(text: str) -> Iterator[re.Match[str]]:
    """Yield the counts that Maven logs, or Surefire 2 prints below a heading; tests print such lines too."""
    start = 0
    for match in _COUNTS.finditer(text):
        if match[0].startswith("[") or _RESULTS.search(text, start, match.start()):
            start = match.end()
            yield match


@dataclass(slots=True)
class _Listed:
    """What the list of results names: tests that were run again, those that passed then, and lines per failing test."""

    again: set[str] = field(default_factory=set)
    flaky: set[str] = field(default_factory=set)
    entries: list[tuple[CaseOutcome, re.Match[str]]] = field(default_factory=list)


def _listed(text: str) -> _Listed:
    listed, heading, name = _Listed(), "", ""
    for raw in text.splitlines():
        line = raw[:LINE_CHARACTERS]
        if match := _HEADING.match(line):
            heading = match[1]
        elif heading and _RUN.match(line):
            listed.again.add(name)
            if heading in {"Flakes", "Flaky tests"}:
                listed.flaky.add(name)
        elif heading and (match := _ENTRY.match(line)):
            kind = CaseOutcome.ERROR if heading in {"Errors", "Tests in error"} else CaseOutcome.FAILED
            listed.entries.append((kind, match))
        elif match := _AGAIN.match(line):
            name = match[1].strip()
    return listed


def _of_module(text: str, failing: int) -> list[Failure]:
    """Read the blocks; only where fewer were printed than are counted, the list of results tells of others."""
    results = list(_RESULTS.finditer(text))
    listed = _listed(text[results[-1].end() :]) if results else _Listed()
    found: dict[tuple[str, int], Failure] = {}
    for number, block in enumerate(blocks(text.splitlines(), _BLOCK, _BLOCK_END)):
        suite, method = _named(block.header[1])
        name = ".".join(filter(None, (suite, method)))
        if name in listed.flaky:
            continue
        is_again = name in listed.again or f"{name}.null" in listed.again
        found[name, 0 if is_again else number + 1] = _failure(block, suite, method)
    known = {(each.suite.rpartition(".")[2], _METHOD_END.split(each.name, 1)[0]) for each in found.values()}
    whole = {each.name for each in found.values() if not each.suite}
    missed = [
        _brief(kind, entry)
        for kind, entry in listed.entries
        if (entry[1], entry[2]) not in known and entry[1] not in whole
    ]
    return [*found.values(), *missed[: max(0, failing - len(found))]]


def _named(words: str) -> tuple[str, str]:
    """Return class and method of `Class.method` or Surefire 2's `method(Class)`, or a class that broke as a whole."""
    method, _, suite = words.removesuffix(")").rpartition("(")
    if words.endswith(")") and _OLD_CLASS.fullmatch(suite) and "." not in re.split(r"[\[{]", method, maxsplit=1)[0]:
        return suite, "" if method == suite else method
    plain, opened, rest = re.split(r"([(\[{ ]|$)", words, maxsplit=1)
    owner, _, last = plain.rpartition(".")
    if not opened and last[:1].isupper() and not owner.rpartition(".")[2][:1].isupper():
        return words, ""
    return owner, f"{last}{opened}{rest}"


def _failure(block: Block, suite: str, method: str) -> Failure:
    kind = CaseOutcome.ERROR if block.header[2] == "ERROR" else CaseOutcome.FAILED
    return of_throwable(kind, suite, method, block.text)


def of_throwable(kind: CaseOutcome, suite: str, name: str, text: str) -> Failure:
    """Build a failure of a JVM's test; its place is the innermost frame that shares the root of its package."""
    thrown, message = described_throwable(text)
    frames = parse_frames(text)
    owner = suite.partition("$")[0].split(".")[:-1][:_OWNER]
    root = "/".join([*owner, ""])
    before_causes = parse_frames(without_causes(text))
    own = next((frame for frame in reversed(before_causes) if len(root) > 1 and frame.file.startswith(root)), None)
    own = own or own_frame(before_causes) or own_frame(frames)
    return failure_of(
        kind,
        name=name or suite.rpartition(".")[2],
        suite=suite if name else "",
        identity=None if name else suite,
        file=own.file if own else None,
        line=own.line if own else None,
        type_name=thrown,
        message=message,
        text=text,
        frames=frames,
    )


def _brief(kind: CaseOutcome, entry: re.Match[str]) -> Failure:
    """Build a failure from its one line in the list of results, which leaves the package out."""
    said = (entry[4] or "").strip()
    return failure_of(
        kind,
        name=entry[2],
        suite=entry[1],
        file=f"{entry[1].partition('$')[0]}.java",
        line=int(entry[3]) if entry[3] else None,
        message=said.removeprefix("\u00bb").strip(),
        text=entry[0],
        frames=(),
    )
