"""What Node's own test runner prints with its spec reporter: a tree, counts, and the failing tests."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict, deque
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.blocks import JOINT, Block, blocks, own_frame, placed, said, thrown
from healer.models.evidence import CaseOutcome, Failure, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

_COUNTS = re.compile(
    r"^\u2139 tests \d{1,9}$(?:\n\u2139 (?:suites|pass|fail|cancelled|skipped|todo) \d{1,9}$){1,6}", re.MULTILINE
)
_COUNT = re.compile(r"\u2139 ([a-z]{1,20}) (\d{1,9})")
_FAILING = "\n\u2716 failing tests:\n"
_FAILED_DOTS = "\n\nFailed tests:\n\n"
_DOT_ENTRY = re.compile(r"\u2716 (.{1,2000}? \([\d.]{1,20}ms\))$")
_SUITE = re.compile(r"'\d{1,9} subtests? failed'")
_HEADER = re.compile(r"test at (.{1,1024}?):(\d{1,9}):\d{1,9}$")
_TREE = re.compile(r"( {0,200})([\u25b6\u2714\u2716\ufe63]) (.{1,2000})")
_TIME = re.compile(r" \([\d.]{1,20}ms\)$")
_TODO = re.compile(r".{0,2000}? \([\d.]{1,20}ms\) # |.{0,2000}? # (?:TODO|SKIP)\b")
_BROKEN_OFF = ("'test timed out after", "'test did not finish before its parent", "'test failed'")
_ERROR = re.compile(r"^(?:Uncaught )?\w{0,60}(?:Error|Exception)(?: \[\w{1,60}\])?:", re.MULTILINE)
_CANCELLED = "'test did not finish before its parent"
_ENDED = re.compile(r"(?:\u2139 tests \d|\u25b6 |npm ERR!|npm error )")


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `file::ancestor > title`; files that failed as a whole as `file`."""
    found: list[Failure] = []
    if _FAILING in text:
        start = 0
        while (position := text.find(_FAILING, start)) >= 0:
            following = text.find(_FAILING, position + 1)
            listed = text[position + len(_FAILING) : following if following >= 0 else len(text)]
            tree = _Tree(text[start:position])
            run: list[Failure] = []
            for block in blocks(listed.splitlines(), _HEADER, _ENDED):
                if len(found) + len(run) < FAILURES and (failure := _failure(block, tree)):
                    run.append(failure)
            found.extend(_without_suites(run))
            start = position + 1
    if _FAILED_DOTS in text:
        listed = text[text.rindex(_FAILED_DOTS) + len(_FAILED_DOTS) :]
        entries = blocks(listed.splitlines(), _DOT_ENTRY, _ENDED)
        found.extend(_of_dots(entry) for entry in entries if not _SUITE.match(entry.text))
    return tuple(found[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last counts stand and what all count; cancelled tests are errors."""
    if "\u2139 tests " not in text:
        return None
    position, total = -1, Tally()
    for match in _COUNTS.finditer(text):
        counts = {word: int(number) for word, number in _COUNT.findall(match[0])}
        total += Tally(
            passed=counts.get("pass", 0),
            failed=counts.get("fail", 0),
            errors=counts.get("cancelled", 0),
            skipped=counts.get("skipped", 0) + counts.get("todo", 0),
        )
        if "todo" not in counts:  # the output breaks off, and the rest may be anything
            known = sum(counts.get(word, 0) for word in ("pass", "fail", "cancelled", "skipped"))
            total += Tally(errors=max(0, counts["tests"] - known))
        position = match.start()
    return (position, total) if position >= 0 else None


class _Tree:
    """What stands before the list of failing tests: the ancestors of each line, and what broken files said."""

    def __init__(self, text: str) -> None:
        self._ancestors: defaultdict[str, deque[tuple[str, ...]]] = defaultdict(deque)
        self._before: dict[str, str] = {}
        path: list[tuple[int, str]] = []
        since: list[str] = []
        for raw in text.splitlines():
            line = raw[:LINE_CHARACTERS]
            if not (match := _TREE.match(line)):
                since.append(line)
                continue
            depth, mark, words = len(match[1]), match[2], match[3]
            path = [step for step in path if step[0] < depth]
            if mark == "\u25b6":
                path.append((depth, words))
            elif mark == "\u2716":
                self._ancestors[words].append(tuple(title for _, title in path))
                if not depth:
                    self._before[words] = "\n".join(since).strip()
            if not depth:
                since = []

    def ancestors(self, words: str) -> tuple[str, ...]:
        """Return the titles of the suites that a line of the tree stands in."""
        queue = self._ancestors.get(words)
        return queue.popleft() if queue else ()

    def before(self, words: str) -> str:
        """Return what was printed between a top line of the tree and the one before it."""
        return self._before.get(words, "")


def _without_suites(run: list[Failure]) -> list[Failure]:
    """Say of cancelled tests why their suite broke, in its place: suites are no tests."""
    waiting = {f"{failure.file}::{failure.suite}" for failure in run if failure.message.startswith(_CANCELLED)}
    broken = {failure.id: failure for failure in run if failure.id in waiting}
    found = []
    for failure in run:
        suite = broken.get(f"{failure.file}::{failure.suite}") if failure.message.startswith(_CANCELLED) else None
        if suite:
            found.append(
                dataclasses.replace(
                    suite, id=failure.id, name=failure.name, suite=failure.suite, kind=CaseOutcome.ERROR
                )
            )
        elif failure.id not in broken:
            found.append(failure)
    return found


def _lines(block: Block) -> Iterator[str]:
    return (line for line in block.lines if line.strip())


def _of_dots(block: Block) -> Failure:
    """Read an entry of the dot reporter, which names neither file nor ancestors: the trace tells the file."""
    text, title = block.text, _TIME.sub("", block.header[1])
    frames = parse_frames(text)
    context = own_frame([frame for frame in frames if "TestContext." in (frame.function or "")])
    file = context.file if context else None
    place, line = placed(file, text)
    message = said(text)
    return failure_of(
        CaseOutcome.ERROR if text.startswith(_BROKEN_OFF) else CaseOutcome.FAILED,
        name=title,
        identity=f"{file}::{title}" if file else title,
        file=place,
        line=line,
        type_name=thrown(message),
        message=message,
        text=text,
        frames=frames,
    )


def _failure(block: Block, tree: _Tree) -> Failure | None:
    """Read an entry; None for what is expected to fail."""
    words = next(_lines(block), "").removeprefix("\u2716 ")
    if not words or _TODO.match(words):
        return None
    file, title = block.header[1], _TIME.sub("", words)
    path = (*tree.ancestors(words), title)
    text = Block(block.header, block.lines[1:]).text
    is_broken = text.startswith(_BROKEN_OFF)
    if is_broken and "/" in title and title.endswith(file.rpartition("/")[2]):
        text = "\n\n".join(filter(None, (text, tree.before(words))))
        path = ()
    frames = parse_frames(text)
    place, line = placed(file, text)
    message = said(text[match.start() :] if not path and (match := _ERROR.search(text)) else text)
    return failure_of(
        CaseOutcome.ERROR if is_broken else CaseOutcome.FAILED,
        name=path[-1] if path else file,
        suite=JOINT.join(path[:-1]),
        identity=f"{file}::{JOINT.join(path)}" if path else file,
        file=place,
        line=line or (int(block.header[2]) if path else None),
        type_name=thrown(message),
        message=message,
        text=text,
        frames=frames,
    )
