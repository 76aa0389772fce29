"""What Cucumber prints: the scenarios that failed step by step (JavaScript), or the list of them (Ruby, JVM, Behave).

Undefined, pending and ambiguous steps are errors, as they are for Cucumber's own strict runners.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES
from healer.evidence.logs.blocks import Block, blocks, counted, said, thrown
from healer.models.evidence import CaseOutcome, Failure, Tally

_CLOSING = re.compile(
    r"^(?P<all>\d{1,9}) [Ss]cenarios?(?: \((?P<counts>[a-z0-9, ]{1,200})\))?\n\d{1,9} [Ss]teps?(?: \(|$)"
    r"|^(?P<passed>\d{1,9}) scenarios? passed, (?P<failed>\d{1,9}) failed"
    r"(?:, (?P<errors>\d{1,9}) error)?, (?P<skipped>\d{1,9}) skipped(?:, \d{1,9} untested)?$",
    re.MULTILINE,
)
_LISTS = re.compile(r"^(?:Failures|Warnings):$", re.MULTILINE)
_ENTRY = re.compile(r"\d{1,9}\) Scenario: (.{0,1000}?)(?: \(attempt \d{1,9}(, retried)?\))? # (\S.{0,1000}):(\d{1,9})$")
_END = re.compile(r"(?:Failures|Warnings):$|\d{1,9} scenarios?(?: \(|$)")
_STEP = re.compile(r" {3}(\S) (.{1,2000})$")
_BROKEN = "\u2716\u00d7\u2717?"
_DEFINED_AT = re.compile(r" # \S.{0,1000}:\d{1,9}$")
_UNDONE = re.compile(r"Undefined\b|Pending\b|Multiple step definitions match|Ambiguous\b")
_HEADINGS = re.compile(
    r"^(?:Failing|Failed|Undefined|Pending|Ambiguous|Errored) [Ss]cenarios:[ \t]{0,8}\n", re.MULTILINE
)
_LISTED = re.compile(
    r" {0,4}(?:cucumber (?:-\S{1,80} \S{1,200} ){0,9})?(?:file:|classpath:)?(\S[^\n#]{0,1000}\.feature):(\d{1,9})"
    r"(?: {0,3}# {0,2}(?:Scenario(?: Outline| Template)?: )?| {2,3})(\S.{0,1000})$",
    re.MULTILINE,
)
_UNPARSED = re.compile(r'^Parse error in "([^"\n]{1,1000})" \((\d{1,9}):\d{1,9}\): (.{1,2000})', re.MULTILINE)


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing scenarios as `feature file::scenario`, and feature files that cannot be parsed."""
    found = [_unparsed(match) for match in _UNPARSED.finditer(text)] if "Parse error in " in text else []
    if " # " in text and _LISTS.search(text) and _CLOSING.search(text):
        listed = [block for block in blocks(text.splitlines(), _ENTRY, _END) if not block.header[2]]
        times = Counter((block.header[3], block.header[1]) for block in listed[:FAILURES])
        found.extend(_failure(block, times) for block in listed[:FAILURES])
    elif "cenarios:" in text and _CLOSING.search(text):
        found.extend(_listed(text))
    return tuple(found[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count of scenarios stands and what all count; undefined and pending ones are errors."""
    position, total = -1, Tally()
    for match in _CLOSING.finditer(text) if "cenario" in text else ():
        position = match.start()
        total += _counted(match)
    return (position, total) if position >= 0 else None


def _counted(match: re.Match[str]) -> Tally:
    if match["passed"]:
        return Tally(*(int(match[name] or 0) for name in ("passed", "failed", "errors", "skipped")))
    if not match["counts"]:
        return Tally(passed=int(match["all"]))
    counts = counted(match["counts"])
    errors = sum(counts.get(word, 0) for word in ("undefined", "pending", "ambiguous"))
    skipped = counts.get("skipped", 0) + counts.get("unknown", 0)
    return Tally(counts.get("passed", 0), counts.get("failed", 0), errors, skipped)


def _failure(block: Block, times: Counter[tuple[str, str]]) -> Failure:
    """Read the steps of a scenario; what a step says stands below it, further in."""
    step, told = "", list[str]()
    for line in block.lines:
        if match := _STEP.match(line):
            if step:
                break
            step = match[2] if match[1] in _BROKEN else ""
        elif step:
            told.append(line)
    name, file, number = block.header[1], block.header[3].removeprefix("./"), int(block.header[4])
    words = textwrap.dedent("\n".join(told)).strip("\n")
    message = said(words)
    is_undone = _UNDONE.match(message) is not None
    repeated = f":{number}" if times[block.header[3], name] > 1 else ""
    shown = _DEFINED_AT.sub("", step)
    return failure_of(
        CaseOutcome.ERROR if is_undone else CaseOutcome.FAILED,
        name=name,
        identity=f"{file}::{name}{repeated}",
        suite=file,
        file=file,
        line=number,
        type_name=None if is_undone else thrown(message),
        message=f"{shown}: {message.partition(chr(10))[0]}" if is_undone else message or f"the step failed: {shown}",
        text=f"{step}\n{words}",
        frames=parse_frames(words),
    )


def _listed(text: str) -> list[Failure]:
    """Read the lists of Cucumber for Ruby and the JVM and of Behave, which name the scenarios and say no more."""
    found: dict[tuple[str, str], Failure] = {}
    for heading in _HEADINGS.finditer(text):
        position = heading.end()
        while len(found) < FAILURES and (match := _LISTED.match(text, position)):
            position = match.end() + 1
            file, number, name = match[1].removeprefix("./"), int(match[2]), match[3].strip()
            word = heading[0].split()[0].lower()
            kind = CaseOutcome.FAILED if word in {"failing", "failed"} else CaseOutcome.ERROR
            found.setdefault(
                (f"{file}::{name}", match[2]),
                failure_of(
                    kind,
                    name=name,
                    identity=f"{file}::{name}",
                    suite=file,
                    file=file,
                    line=number,
                    message="the scenario failed" if kind is CaseOutcome.FAILED else f"a step is {word}",
                    text=match[0].strip(),
                    frames=(),
                ),
            )
    return list(found.values())


def _unparsed(match: re.Match[str]) -> Failure:
    file = match[1].removeprefix("./")
    return failure_of(
        CaseOutcome.ERROR,
        name=file,
        identity=file,
        file=file,
        line=int(match[2]),
        type_name="ParseError",
        message=match[3],
        text=match[0],
        frames=(),
    )
