"""What pytest prints: a section per failing test, the short summary with node ids, and the closing line."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from typing import TYPE_CHECKING

from healer.evidence.exceptions import described, exception_type
from healer.evidence.frames import parse_frames
from healer.evidence.identity import place_in_test
from healer.evidence.limits import FAILURES, MESSAGE_CHARACTERS, NAME_CHARACTERS, TEXT_CHARACTERS
from healer.evidence.logs import pytest_breakdowns
from healer.evidence.logs.pytest_runs import counted, runs_of
from healer.evidence.logs.pytest_sections import Listed, title_of
from healer.evidence.logs.traceback_output import without_margins
from healer.evidence.paths import is_foreign
from healer.evidence.wording import cut_in_the_middle, shortened
from healer.models.evidence import CaseOutcome, Failure, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.evidence.logs.pytest_sections import Block, PytestRun
    from healer.models.evidence import StackFrame

_COUNTED = {
    "passed": "passed",
    "xpassed": "passed",
    "failed": "failed",
    "error": "errors",
    "errors": "errors",
    "skipped": "skipped",
    "xfailed": "skipped",
}
_QUOTING = {*"'\"= "}
_DOCTEST = "DocTestFailure"
_SUM_OF_SUBTESTS = re.compile(r"contains \d{1,9} failed subtests?")


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing test cases with their node ids; a test that fails and breaks in teardown comes twice.

    A run that broke down as a whole (usage, internal error, a crash) is one failure.
    """
    runs, outside = runs_of(text)
    found = [failure for run in runs for failure in _of_run(run)]
    if not found:
        found = pytest_breakdowns.without_run(outside)
    return tuple(found[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last closing line stands, and the sum of what all runs count; None if there is none."""
    closed = [(run.position, run.closing) for run in runs_of(text)[0] if run.closing is not None]
    if not closed:
        return None
    total = Tally()
    for _, closing in closed:
        counts = dict.fromkeys(("passed", "failed", "errors", "skipped"), 0)
        for word, number in counted(closing).items():
            if word in _COUNTED:
                counts[_COUNTED[word]] += number
        total += Tally(**counts)
    return max(position for position, _ in closed), total


def unfinished(text: str) -> str | None:
    """Return the test that was running when a run stopped without its closing line; None if none did.

    Where that cannot be told, it is the id of the whole run.
    """
    run = next((run for run in reversed(runs_of(text)[0]) if run.is_started and run.closing is None), None)
    return pytest_breakdowns.running(run.lines) if run else None


def _of_run(run: PytestRun) -> list[Failure]:
    waiting: defaultdict[tuple[CaseOutcome, str], deque[Block]] = defaultdict(deque)
    for block in run.blocks:
        waiting[block.kind, block.title].append(block)
    found = []
    divided = {one.identity for one in run.summary if one.subtest}
    for one in run.summary[:FAILURES]:
        if one.identity in divided and _SUM_OF_SUBTESTS.fullmatch(one.said):
            continue
        # A worker of xdist that crashed is titled by the file alone.
        queue = waiting.get((one.kind, title_of(one.identity))) or waiting.get(
            (one.kind, one.identity.partition("::")[0])
        )
        found.append(_failure(one, queue.popleft() if queue else _unheaded(one, waiting.get((one.kind, "")))))
    if not found:
        root = pytest_breakdowns.root_of(run.lines)
        guessed = [(_guessed(block).removeprefix(f"{root}/" if root else ""), block) for block in run.blocks[:FAILURES]]
        found = [_failure(Listed(block.kind, identity, "", ""), block) for identity, block in guessed]
    return found or pytest_breakdowns.of_run(run)


def _guessed(block: Block) -> str:
    """Rebuild a node id from the first place in the project that a section names."""
    if block.title.endswith(".py"):
        return block.title
    if not block.title:
        return next(_own(parse_frames("\n".join(block.lines))), "a test case without a name")
    address, bracket, parameters = block.title.partition("[")
    own = next(_own(parse_frames("\n".join(block.lines))), None)
    parts = address.split(".")
    return "::".join([*([own] if own else []), *parts]) + bracket + parameters


def _own(frames: Sequence[StackFrame]) -> Iterator[str]:
    return (frame.file for frame in frames if not is_foreign(frame.file) and not _QUOTING & {*frame.file})


def _unheaded(listed: Listed, blocks: deque[Block] | None) -> Block | None:
    """Take the block of `--tb=line` that ends in what the short summary says, as far as it says it."""
    said = listed.said.removesuffix("...")
    for block in blocks or ():
        if said and f": {said}" in block.lines[-1] and blocks:
            blocks.remove(block)
            return block
    return None


def _type_of(said: str) -> str | None:
    """Return the exception's type as the short summary tells it: pytest leaves it out where an assert speaks."""
    if said.startswith("assert "):
        return "AssertionError"
    return "Failed" if said.startswith("Failed: ") else exception_type(said)


def _failure(listed: Listed, block: Block | None) -> Failure:
    identity = shortened(listed.identity, NAME_CHARACTERS)
    text = cut_in_the_middle("\n".join(block.lines).strip("\n"), TEXT_CHARACTERS) if block else ""
    frames = parse_frames(text)
    exception, message = described(None, "", without_margins(text)) if text else (None, listed.said)
    exception = exception or _type_of(listed.said)
    if exception == _DOCTEST and "\nExpected" in text:
        message = text[text.rindex("\nExpected") :].strip().rpartition("\n\n")[0]
    subtest = f" (subtest {shortened(listed.subtest, MESSAGE_CHARACTERS // 2)})" if listed.subtest else ""
    message = shortened(message, MESSAGE_CHARACTERS - len(subtest)) + subtest
    address, bracket, parameters = identity.partition("[")
    suite, _, name = address.rpartition("::")
    file, line = place_in_test(identity, frames)
    return Failure(
        id=identity,
        name=f"{name}{bracket}{parameters}",
        kind=listed.kind,
        suite=suite,
        file=file,
        line=line,
        type=exception,
        message=message,
        text=text,
        frames=frames,
    )
