"""Our own record of a session of pytest or unittest: one JSON object a line, as our recorders write it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from healer.evidence.frames import parse_frames
from healer.models.evidence import CaseOutcome, Failure, StackFrame

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXCEPTION = re.compile(r"([A-Za-z_][\w.]{0,200}(?:Error|Exception|Exit|Interrupt|Warning)): ")
_MOST_LINES = 10**7
_WORST_FIRST = (CaseOutcome.ERROR, CaseOutcome.FAILED, CaseOutcome.PASSED, CaseOutcome.SKIPPED)


@dataclass(frozen=True, slots=True)
class Record:
    """What the sessions of one run reported.

    `complete` holds when a session was opened and every opened one was closed; otherwise the process died, and
    `running` names the test case it died in, or the session was stopped, for the reason in `stopped`. `entered` says
    that a runner that we know was started, even when it came to no session. `retried` holds the test cases that failed
    and then passed when a plugin ran them again.
    """

    outcomes: dict[str, CaseOutcome] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    sessions: int = 0
    complete: bool = False
    running: str | None = None
    foreign_modules: tuple[str, ...] = ()
    python: tuple[int, int] | None = None
    entered: bool = False
    stopped: str = ""
    retried: tuple[str, ...] = ()


def parse_record(data: bytes) -> Record:
    """Read a record. Lines that are not ours are skipped: code under test shares the process that writes it."""
    reading = _Reading()
    for event in _events(data):
        reading.take(event)
    return reading.finish()


def _events(data: bytes) -> Iterator[dict[str, Any]]:
    for line in io.BytesIO(data):
        if not line.startswith(b"{"):
            continue
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict):
            yield event


class _Reading:
    def __init__(self) -> None:
        self.phases: dict[str, dict[str, CaseOutcome]] = {}
        self.failing: dict[str, Failure] = {}
        self.opened = self.closed = 0
        self.running: str | None = None
        self.foreign: set[str] = set()
        self.python: tuple[int, int] | None = None
        self.entered = False
        self.stopped = ""
        self.retried: dict[str, None] = {}

    def take(self, event: dict[str, Any]) -> None:
        if 0 < self.opened == self.closed and event.get("event") != "start":
            return  # the session is over: what comes now was not said by the runner
        match event.get("event"):
            case "enter":
                self.entered = True
            case "start":
                self.opened += 1
                self.python = self.python or _version(event.get("python"))
            case "begin":
                self.running = _text(event, "id")
            case "end":
                self.running = None
            case "finish":
                self.closed += 1
                self.stopped = self.stopped or _text(event, "stopped")
                self.foreign.update(map(_well_formed, _strings(event.get("foreign"))))
            case "collect":
                self._fail(event, "collect", CaseOutcome.ERROR)
            case "case":
                self._case(event)

    def _case(self, event: dict[str, Any]) -> None:
        test, phase = _text(event, "id"), _text(event, "phase")
        self.running = test if phase != "teardown" else None
        match event.get("outcome"):
            case "failed":
                self._fail(event, phase, CaseOutcome.FAILED if phase == "call" else CaseOutcome.ERROR)
            case "rerun":  # a retry follows, whose outcome is the test case's last word
                self.retried[test] = None
                self.phases.pop(test, None)
                self.failing.pop(test, None)
            case "skipped":
                self._note(test, phase, CaseOutcome.SKIPPED)
            case "passed":
                self._note(test, phase, CaseOutcome.PASSED)

    def _note(self, test: str, phase: str, outcome: CaseOutcome) -> None:
        known = self.phases.setdefault(test, {})
        if known.get(phase) is not CaseOutcome.FAILED:  # a failed subtest is not undone by its parent's pass
            known[phase] = outcome

    def _fail(self, event: dict[str, Any], phase: str, outcome: CaseOutcome) -> None:
        failure = _failure(event, outcome)
        self.phases.setdefault(failure.id, {})[phase] = outcome
        self.failing.setdefault(failure.id, failure)

    def finish(self) -> Record:
        outcomes = {}
        for test, phases in self.phases.items():
            found = set(phases.values())
            if CaseOutcome.SKIPPED in found and CaseOutcome.PASSED in found:
                found.discard(CaseOutcome.PASSED)  # set-up and teardown pass around a skipped call
            outcome = next(outcome for outcome in _WORST_FIRST if outcome in found)
            if outcome is CaseOutcome.PASSED and "call" not in phases:
                continue  # it was set up, but nobody knows how it ended
            outcomes[test] = outcome
        return Record(
            outcomes,
            tuple(self.failing.values()),
            self.opened,
            complete=0 < self.opened == self.closed and not self.stopped,
            running=self.running,
            foreign_modules=tuple(sorted(self.foreign)),
            python=self.python,
            entered=self.entered or self.opened > 0,
            stopped=self.stopped,
            retried=tuple(test for test in self.retried if outcomes.get(test) is CaseOutcome.PASSED),
        )


def _failure(event: dict[str, Any], kind: CaseOutcome) -> Failure:
    test = _text(event, "id")
    path, names = _parts(test)
    text = "\n".join(filter(None, (_text(event, "text"), _text(event, "sections"))))
    frames = tuple(_frames(event)) or parse_frames(_text(event, "text"))
    message = _text(event, "message") or _last_line(text)
    named = _EXCEPTION.match(message)
    exception = _text(event, "type") or (named[1] if named else None)
    if exception and message.startswith(f"{exception}: "):
        message = message.removeprefix(f"{exception}: ")
    return Failure(
        id=test,
        name=names[-1] if names else test,
        kind=kind,
        suite="::".join((path, *names[:-1])) if names else "",
        file=_text(event, "file") or path or None,
        line=_line(event),
        type=exception,
        message=message,
        text=text,
        frames=frames,
    )


def _parts(test: str) -> tuple[str, list[str]]:
    """Return the file of a test id and the names below it; parameters in brackets may hold `::` themselves."""
    path, _, rest = test.partition("::")
    names, bracket, parameters = rest.partition("[")
    *above, name = names.split("::")
    return path, [*above, name + bracket + parameters] if rest else []


def _line(event: dict[str, Any]) -> int | None:
    line = event.get("line")  # pytest counts from 0 here
    return line + 1 if isinstance(line, int) and 0 <= line < _MOST_LINES else None


def _version(value: Any) -> tuple[int, int] | None:
    match value:
        case [int(major), int(minor), *_] if 2 <= major <= 4 and 0 <= minor < 100:  # noqa: PLR2004 - what can be one
            return major, minor
    return None


def _frames(event: dict[str, Any]) -> Iterator[StackFrame]:
    frames = event.get("frames")
    for frame in frames if isinstance(frames, list) else ():
        match frame:
            case [str(file), int(line), str(function)] if 0 <= line < _MOST_LINES:
                yield StackFrame(_well_formed(file), line, _well_formed(function))


def _last_line(text: str) -> str:
    return next((line.removeprefix("E").strip() for line in reversed(text.splitlines()) if line.strip()), "")


def _text(event: dict[str, Any], key: str) -> str:
    value = event.get(key)
    return _well_formed(value) if isinstance(value, str) else ""


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _well_formed(text: str) -> str:
    """Return text that can be written anywhere: a surrogate on its own becomes `?`, as in the recorder's own ids."""
    return text.encode("utf-8", "replace").decode("utf-8")
