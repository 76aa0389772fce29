"""What RSpec prints: numbered failures, errors outside of examples, counts, and where the failed examples stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.blocks import Block, blocks, line_in, own_frame, placed, said
from healer.models.evidence import CaseOutcome, Failure, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

_COUNTS = re.compile(
    r"^(\d{1,9}) examples?, (\d{1,9}) failures?(?:, (\d{1,9}) pending)?(?:, "
    r"(\d{1,9}) errors? occurred outside of examples)?$",
    re.MULTILINE,
)
_OUTSIDE = re.compile(r"An error occurred (while loading|in an?) (.{1,1024}?)\.?(?: - Did you mean\?)?$")
_OUTSIDE_END = re.compile(
    r"(?:Failures:|Pending: |Finished in |No examples found\.|Run options: |Randomized with |Top \d"
    r"|.{0,4000}examples?, )"
)
_HEADER = re.compile(r" {2}(\d{1,9})\) (\S.*)")
_HEADER_END = re.compile(r"(?:Finished in |Top \d{1,4} slowest|\S)")
_RERUN = re.compile(
    r"^rspec '?(?:\./)?([^\s'\[:]{1,1024}(?: [^\s'\[:]{1,200}){0,9})(?::(\d{1,9})|\[[\d:]{1,100}\])'? # (.{1,4000})$",
    re.MULTILINE,
)
_SOURCE = re.compile(r"(?:\d{1,6}\.\d{1,6}\) )?Failure/Error: ")
_BACKTRACE = re.compile(r"\s{0,12}# ")
_CLASS = re.compile(r"\s{0,12}([A-Z][\w:]{1,200}):$")


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing examples as `spec/a_spec.rb::full description`; what broke outside of them are errors."""
    found: list[Failure] = []
    start = 0
    for counts in _results(text):
        run = text[start : counts.start()]
        start = counts.end()
        if counts[4]:
            found.extend(map(_outside, blocks(run.splitlines(), _OUTSIDE, _OUTSIDE_END)))
        if int(counts[2]):
            places = list(_RERUN.finditer(text, start, text.find("\nFinished in ", start) % (len(text) + 1)))
            found.extend(_failure(block, places) for block in _listed(run, int(counts[2])))
    return tuple(found[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what all count; errors outside of examples are errors."""
    position, total = -1, Tally()
    for match in _results(text):
        examples, failed, pending, errors = (int(number or 0) for number in match.groups())
        total += Tally(max(0, examples - failed - pending), failed, errors, pending)
        position = match.start()
    return (position, total) if position >= 0 else None


def _results(text: str) -> Iterator[re.Match[str]]:
    """Yield the counts that stand below the time that a run took, as no test prints them."""
    return (
        match
        for match in (_COUNTS.finditer(text) if "\nFinished in " in f"\n{text}" else ())
        if text.rfind("Finished in ", max(0, match.start() - 200), match.start()) >= 0
    )


def _listed(run: str, failed: int) -> list[Block]:
    """Return the numbered failures of a run, which are the list's last; pending ones have numbers of their own."""
    start = run.rfind("\nFailures:\n")
    found: list[Block] = []
    for block in blocks(run[max(0, start) :].splitlines(), _HEADER, _HEADER_END):
        if int(block.header[1]) == len(found) + 1 and len(found) < failed:
            found.append(block)
        elif found:
            found[-1].lines.extend((block.header[0], *block.lines))
    return found


def _explained(text: str) -> Iterator[str]:
    """Yield what stands between the failing line of source and the backtrace."""
    lines = [line[:LINE_CHARACTERS] for line in text.splitlines()]
    first = next((n for n, line in enumerate(lines) if _SOURCE.match(line.lstrip())), None)
    if first is None:
        yield from lines
        return
    blank = next((n for n in range(first, len(lines)) if not lines[n].strip()), first)
    yield from (line for line in lines[:first] if not line.lstrip().startswith("rspec "))
    yield from lines[blank:]


def _message(text: str) -> tuple[str | None, str]:
    message = said("\n".join(_explained(text)), _BACKTRACE)
    first, _, rest = message.partition("\n")
    if named := _CLASS.match(first):
        return named[1], f"{first} {rest}" if rest else named[1]
    return None, message


def _failure(block: Block, places: list[re.Match[str]]) -> Failure:
    description, text = block.header[2].removesuffix(" FIXED"), block.text
    number = int(block.header[1]) - 1
    place = places[number] if number < len(places) and places[number][3] in {description, block.header[2]} else None
    frames = parse_frames(text)
    own = own_frame(frames)
    file = place[1] if place else (own.file.removeprefix("./") if own else None)
    kind, message = _message(text)
    at, line = placed(file, text)
    if line is None and place and place[2]:
        line = int(place[2])
    return failure_of(
        CaseOutcome.FAILED,
        name=description,
        suite=file or "",
        file=at,
        line=line,
        type_name=kind or _unnamed(block.header[2], message),
        message=message,
        text=text,
        frames=frames,
    )


def _unnamed(title: str, message: str) -> str:
    """Return the type that RSpec keeps to itself."""
    if title.endswith(" FIXED"):
        return "RSpec::Core::Pending::PendingExampleFixedError"
    if message.startswith("Got ") and " failures" in message.partition("\n")[0]:
        return "RSpec::Expectations::MultipleExpectationsNotMetError"
    return "RSpec::Expectations::ExpectationNotMetError"


def _outside(block: Block) -> Failure:
    """Read what happened while a file was loaded or in a hook of a whole suite."""
    text = block.text
    kind, message = _message(text)
    frames = parse_frames(text)
    is_file = block.header[1] == "while loading"
    own = own_frame(frames)
    file = block.header[2].removeprefix("./") if is_file else (own.file.removeprefix("./") if own else None)
    at, line = placed(file, text)
    inside = line_in(file, frames) if is_file and file else None
    hook = block.header[2].replace("`", "")
    return failure_of(
        CaseOutcome.ERROR,
        name=block.header[2] if is_file else hook,
        identity=file if is_file else "::".join(filter(None, (file, hook))),
        file=file if is_file and inside else at,
        line=inside or line,
        type_name=kind,
        message=message,
        text=text,
        frames=frames,
    )
