"""What `python -m doctest` prints: a block per failing example, a count per docstring, and a last line in asterisks."""

from __future__ import annotations

import re

from healer.evidence.failures import failure_of
from healer.evidence.limits import FAILURES
from healer.models.evidence import CaseOutcome, Failure, StackFrame, Tally

_RULE = f"\n{'*' * 70}\n"
_EXAMPLE = re.compile(r'File "([^"\n]{1,1024})", line (\d{1,9}), in (\S{1,500})\nFailed example:\n')
_END = re.compile(r"^\*\*\*Test Failed\*\*\* \d{1,9} failures?\.$", re.MULTILINE)
_PASSED = re.compile(r"^ {0,8}(\d{1,9}) items? passed all tests:$|^Test passed\.$", re.MULTILINE)
_OUTCOME = re.compile(
    r"^(Expected|Expected nothing|Got|Got nothing|Exception raised|Differences.{0,60}):?$", re.MULTILINE
)


def failures(text: str) -> tuple[Failure, ...]:
    """Return the docstrings with failing examples, each once, told by its first failing example."""
    if not _END.search(text):
        return ()
    found: dict[str, Failure] = {}
    for part in f"\n{text}".split(_RULE)[1:]:
        match = _EXAMPLE.match(part)
        if match and match[3] not in found and len(found) < FAILURES:
            found[match[3]] = _failure(match, part)
    return tuple(found.values())


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last result stands and how many docstrings failed; what passed is only told by `-v`."""
    ends = [*_END.finditer(text), *(match for match in _PASSED.finditer(text) if match[1] is None)]
    if not ends:
        return None
    passed = sum(int(match[1]) for match in _PASSED.finditer(text) if match[1])
    return max(match.start() for match in ends), Tally(passed=passed, failed=len(failures(text)))


def _failure(match: re.Match[str], part: str) -> Failure:
    file, line, name = match.groups()
    part = part.partition("\nTrying:\n")[0]
    shown = _OUTCOME.search(part, match.end())
    return failure_of(
        CaseOutcome.FAILED,
        name=name,
        identity=name,
        file=file,
        line=int(line),
        message=part[shown.start() :].strip() if shown else "Failed example",
        text=part.strip("\n"),
        frames=(StackFrame(file, int(line), name.rpartition(".")[2]),),
    )
