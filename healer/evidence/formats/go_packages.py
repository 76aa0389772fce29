"""The tests of one Go package as `go test -json` tells of them: what they print is kept only until they pass."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.bounded import BoundedText
from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import TEXT_CHARACTERS
from healer.evidence.paths import is_foreign
from healer.evidence.wording import clean, without_blank_lines
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from healer.evidence.gathered import Gathered
    from healer.models.evidence import Failure

_OPEN_TESTS = 20_000
_SHORT = 4_096
_MANY = 200
_RUNNER_LINE = re.compile(
    r"^\s{0,80}(?:=== (?:RUN|PAUSE|CONT|NAME)\b|--- (?:FAIL|PASS|SKIP|BENCH): "
    r"|(?:FAIL|PASS|coverage: |exit status )|\u0016).*\n?",
    re.MULTILINE,
)
_LOCATED = re.compile(r"^\s{1,200}([\w.\-]{1,200}\.go):(\d{1,9}): ?(.*(?:\n {8,200}\S.*){0,40})", re.MULTILINE)
_COMPILED = re.compile(r"^(?:vet: )?(\S{1,1024}\.(?:go|s|c|h)):(\d{1,9})(?::\d{1,9})?: (.*)", re.MULTILINE)
_PANIC = re.compile(r"^(?:panic: |fatal error: |WARNING: DATA RACE).*", re.MULTILINE)
_RUNNING = re.compile(r"^\t(Test\S{1,1000}|Fuzz\S{1,1000}|Example\S{1,1000}) \(", re.MULTILINE)
_STANDARD_LIBRARY = re.compile(
    r"/src/(?:testing|runtime|time|sync|os|reflect|net|context|bufio|fmt|io|internal|syscall|log|sort|strings|bytes|encoding)/"
)
_LEADING_TO = re.compile(r"\*?([A-Za-z_][\w.]{0,200}(?:Error|Exception)): ")


@dataclass(slots=True)
class _Test:
    """A test that has not ended."""

    output: BoundedText | None = None
    errors: BoundedText | None = None
    is_paused: bool = False
    has_failing_child: bool = False


@dataclass(slots=True)
class GoPackage:
    """What is known of a package while it runs; passing tests leave nothing behind."""

    name: str
    tests: dict[str, _Test] = field(default_factory=dict)
    output: BoundedText | None = None
    failing: int = 0
    has_run: bool = False

    def run(self, test: str) -> None:
        """Take the start of a test; of far too many that never end, nothing is kept."""
        self.has_run = True
        if len(self.tests) < _OPEN_TESTS:
            self.tests.setdefault(test, _Test())

    def pause(self, test: str, *, is_paused: bool) -> None:
        """Take that a parallel test waits, or goes on."""
        if test in self.tests:
            self.tests[test].is_paused = is_paused

    def print(self, test: str, text: str, *, is_error: bool) -> None:
        """Take what a test, or the package outside of its tests, prints."""
        if not test:
            self.output = self.output or BoundedText(TEXT_CHARACTERS)
            self.output.add(text)
            return
        held = self.tests.get(test)
        if held is None:
            if len(self.tests) >= _OPEN_TESTS:
                return
            held = self.tests[test] = _Test()
        limit = TEXT_CHARACTERS if len(self.tests) < _MANY else _SHORT
        held.output = held.output or BoundedText(limit)
        held.output.add(text)
        if is_error:
            held.errors = held.errors or BoundedText(_SHORT)
            held.errors.add(text)

    def end(self, test: str, outcome: CaseOutcome, gathered: Gathered) -> None:
        """Take the end of a test. A parent that failed and says nothing of its own is only counted."""
        held = self.tests.pop(test, None) or _Test()
        name = f"{self.name}::{test}"
        if not outcome.is_failing:
            gathered.count(outcome, names=(name,))
            return
        self.failing += 1
        parent = self.tests.get(test.rpartition("/")[0])
        if parent is not None:
            parent.has_failing_child = True
        text = _without_runner_lines(str(held.output or ""))
        if held.has_failing_child and not text.strip():
            gathered.count(outcome, names=(name,))
            return
        gathered.add(
            outcome, lambda: go_failure(outcome, self.name, test, text, errors=str(held.errors or "")), name=name
        )

    def break_off(self, gathered: Gathered) -> None:
        """Take that the stream broke off: a test whose child failed has failed, of the others nothing is known."""
        for test in sorted(self.tests, key=_inner_first):
            if self.tests[test].has_failing_child:
                self.end(test, CaseOutcome.FAILED, gathered)

    def close(self, *, has_failed: bool, gathered: Gathered) -> None:
        """Take the end of the package, which tells how the tests ended that never said so."""
        output = str(self.output or "")
        for test in sorted(self.tests, key=_inner_first):
            self._end_unended(test, output, has_failed=has_failed, gathered=gathered)
        if has_failed and not self.failing:
            text = _without_runner_lines(output) or "the package failed, but none of its tests"
            gathered.add(CaseOutcome.ERROR, lambda: go_failure(CaseOutcome.ERROR, self.name, "", text))
        self.tests.clear()

    def _end_unended(self, test: str, output: str, *, has_failed: bool, gathered: Gathered) -> None:
        held = self.tests[test]
        text = str(held.output or "")
        if f"--- PASS: {test} (" in text or not has_failed:
            self.end(test, CaseOutcome.PASSED, gathered)
        elif f"--- SKIP: {test} (" in text:
            self.end(test, CaseOutcome.SKIPPED, gathered)
        elif f"--- FAIL: {test} (" in text:
            self.end(test, CaseOutcome.FAILED, gathered)
        elif self._is_culprit(test, text):
            said = _without_runner_lines(text).strip() or _without_runner_lines(output).strip()
            held.output, held.has_failing_child = BoundedText(TEXT_CHARACTERS), False
            held.output.add(said or "the process ended while this test was running")
            self.end(test, CaseOutcome.ERROR, gathered)
        elif held.has_failing_child:
            self.end(test, CaseOutcome.FAILED, gathered)
        else:
            gathered.warn(f"tests of {self.name} had started and never ended, since another one ended the process")
            self.tests.pop(test)

    def _is_culprit(self, test: str, text: str) -> bool:
        """Whether a test that never ended is one that may have ended the process."""
        held = self.tests[test]
        if held.is_paused or held.has_failing_child:
            return False
        if _PANIC.search(text):
            return True
        others = [str(other.output or "") for name, other in self.tests.items() if name != test]
        panics = next((said for said in others if _PANIC.search(said)), None)
        if panics is not None:
            return test in _RUNNING.findall(panics)
        return not self.failing


def go_failure(outcome: CaseOutcome, package: str, test: str, text: str, *, errors: str = "") -> Failure:
    """Build the failure of a test, or of a package if there is none; the file is told by the package's import path."""
    plain = clean(text)
    file, line, message = _place(clean(errors) or plain)
    compiled = _COMPILED.search(plain) if not file else None
    if compiled:
        file, line = compiled[1].removeprefix("./"), int(compiled[2])
        message = without_blank_lines("\n".join(match[0] for match in _COMPILED.finditer(plain)))
    elif panic := _PANIC.search(plain):
        message = panic[0].removesuffix(" [recovered]").removesuffix(" [recovered, repanicked]")
        file, line = None, None
    frames = parse_frames(plain)
    own = [frame for frame in frames if not (is_foreign(frame.file) or _STANDARD_LIBRARY.search(frame.file))]
    if not file and own:
        file, line = own[-1].file, own[-1].line
    if file and package and "/" not in file and not compiled:
        file = f"{package}/{file}"  # Go prints the base name alone
    named = _LEADING_TO.match(message)
    return failure_of(
        outcome,
        name=test or package,
        suite=package,
        identity="::".join(filter(None, (package, test))),
        file=file,
        line=line,
        type_name="panic" if message.startswith("panic: ") else named[1] if named else None,
        message=message,
        text=plain,
        frames=frames,
    )


def _place(text: str) -> tuple[str | None, int | None, str]:
    """Return where a test says that it failed, and everything it says so."""
    told = list(_LOCATED.finditer(text))
    if not told:
        return None, None, ""
    return told[0][1], int(told[0][2]), "\n".join(without_blank_lines(match[3]) for match in told)


def _without_runner_lines(text: str) -> str:
    return _RUNNER_LINE.sub("", text)


def _inner_first(test: str) -> int:
    return -test.count("/")
