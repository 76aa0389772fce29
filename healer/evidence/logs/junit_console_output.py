"""What JUnit prints itself: the platform's console launcher with its list of failures, and JUnit 4's text runner."""

from __future__ import annotations

import re

from healer.evidence.limits import FAILURES
from healer.evidence.logs.blocks import Block, blocks
from healer.evidence.logs.jvm_crash import described_throwable
from healer.evidence.logs.surefire_output import of_throwable
from healer.models.evidence import CaseOutcome, Failure, Tally

_LIST = re.compile(r"^Failures \((\d{1,9})\):$", re.MULTILINE)
_FINISHED = re.compile(r"^Test run finished after \d{1,12} ms$", re.MULTILINE)
_COUNT = re.compile(r"\[ {1,9}(\d{1,9}) (tests|containers) (successful|failed|skipped|aborted) {1,20}\]")
_ENTRY = re.compile(r" {2}(\S.{0,2000})$")
_SOURCE = re.compile(
    r" {4}(?:Method|Class)Source \[className = '([\w.$]{1,300})'"
    r"(?:, methodName = '(.{1,300}?)', methodParameterTypes = '(.{0,1000}?)')?"
)
_INVOCATION = re.compile(r".*\):(?:\[(\d{1,9})\] |repetition (\d{1,9}) of |(.*))")
_FRAME = re.compile(r" {7,40}([\w.$/@-]{1,400}\((?:[\w$-]{1,200}\.\w{1,8}:\d{1,9}|Native Method|Unknown Source)\))$")
_THROWN = re.compile(r" {4,40}=> ")
_ASSERTION = re.compile(r"(?:Assertion\w{0,20}Error|MultipleFailuresError|ComparisonFailure|\.AssertionError)$")
_RUNNER = re.compile(r"^(?:OK \((\d{1,9}) tests?\)|Tests run: (\d{1,9}), {1,2}Failures: (\d{1,9}))$", re.MULTILINE)
_RUNNER_LIST = re.compile(r"^There (?:was|were) \d{1,9} failures?:$", re.MULTILINE)
_RUNNER_ENTRY = re.compile(r"\d{1,9}\) (\S.{0,1000})\(([\w.$]{1,300})\)$")
_RUNNER_END = re.compile(r"(?:FAILURES!!!|OK \()")


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `fully.qualified.Class::method`; what is no failed assertion is an error."""
    found: list[Failure] = []
    for start in _LIST.finditer(text) if "\nFailures (" in text or text.startswith("Failures (") else ():
        end = _FINISHED.search(text, start.end())
        found.extend(_listed(text[start.end() + 1 : end.start() if end else len(text)]))
    if "\nThere w" in text and (runner := _RUNNER_LIST.search(text)) and "FAILURES!!!" in text:
        listed = blocks(text[runner.end() + 1 :].splitlines(), _RUNNER_ENTRY, _RUNNER_END)
        found.extend(of_throwable(_kind(block.text), block.header[2], block.header[1], block.text) for block in listed)
    return tuple(found[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what all count; containers that failed are errors."""
    position, total = -1, Tally()
    for finished in _FINISHED.finditer(text) if "Test run finished after " in text else ():
        counts = {
            (what, how): int(number)
            for number, what, how in _COUNT.findall(text, finished.end(), finished.end() + 1000)
        }
        if counts:
            total += Tally(
                passed=counts.get(("tests", "successful"), 0),
                failed=counts.get(("tests", "failed"), 0),
                errors=counts.get(("containers", "failed"), 0),
                skipped=counts.get(("tests", "skipped"), 0) + counts.get(("tests", "aborted"), 0),
            )
            position = finished.start()
    if position < 0 and ("\nOK (" in text or "FAILURES!!!" in text):
        for match in _RUNNER.finditer(text):
            ran, failed = int(match[1] or match[2]), int(match[3] or 0)
            total += Tally(passed=max(0, ran - failed), failed=failed)
            position = match.start()
    return (position, total) if position >= 0 else None


def _listed(text: str) -> list[Failure]:
    """Read the list; an entry's own line stands right above the line that says where its source is."""
    found: list[Failure] = []
    current: Block | None = None
    last = ""
    for line in text.splitlines():
        source = _SOURCE.match(line)
        if source:
            if current:
                del current.lines[max(1, len(current.lines) - 1) :]
                found.append(_failure(current))
            entry = _ENTRY.match(last)
            invocation = _INVOCATION.match(entry[1]) if entry else None
            current = Block(source, [f"[{invocation[1] or invocation[2] or invocation[3]}]" if invocation else ""])
        elif current:
            current.lines.append(line)
        last = line
    if current:
        found.append(_failure(current))
    return found[:FAILURES]


def _failure(block: Block) -> Failure:
    suite, method, types = block.header.groups()
    invocation, *lines = block.lines
    short = ", ".join(each.strip().rpartition(".")[2] for each in (types or "").split(","))
    text = "\n".join(_FRAME.sub(r"\tat \1", _THROWN.sub("", line)) for line in lines).strip("\n")
    return of_throwable(_kind(text), suite, f"{method}({short}){invocation}" if method else "", text)


def _kind(text: str) -> CaseOutcome:
    thrown, _ = described_throwable(text)
    return CaseOutcome.FAILED if thrown and _ASSERTION.search(thrown) else CaseOutcome.ERROR
