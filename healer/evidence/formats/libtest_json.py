"""The JSON lines of Rust's test harness (`cargo test -- -Z unstable-options --format json`) and of cargo-nextest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from healer.evidence.failures import failure_of
from healer.evidence.formats.json_documents import number_of, text_of
from healer.evidence.formats.json_lines import JsonLines
from healer.evidence.gathered import Gathered
from healer.evidence.wording import clean, without_blank_lines
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.evidence.sniffing import Head
    from healer.models.evidence import Failure, Report

FORMAT = "libtest_json"
_EVENT = re.compile(
    r'^\{ ?(?=[^\n]{0,300}"type": ?"(?:suite|test|bench)")(?=[^\n]{0,1000}"event": ?"(?:started|ok|failed|ignored)")',
    re.MULTILINE,
)
_OUTCOMES = {
    "ok": CaseOutcome.PASSED,
    "failed": CaseOutcome.FAILED,
    "ignored": CaseOutcome.SKIPPED,
    "allowed_failure": CaseOutcome.SKIPPED,
}
_PANIC = re.compile(
    r"^thread '(.{0,1024}?)'(?: \(\d{1,20}\))? panicked at (.{0,1024}?):(\d{1,9}):\d{1,9}:\n", re.MULTILINE
)
_OLD_PANIC = re.compile(
    r"^thread '(.{0,1024}?)' panicked at '((?:[^']|'(?!, )){0,8192}+)', (.{1,1024}?):(\d{1,9}):", re.MULTILINE
)
_AT = re.compile(r" at (\S{1,1024}\.rs):(\d{1,9}):\d{1,9}$")
_END_OF_MESSAGE = re.compile(r"^(?:note: |stack backtrace:)", re.MULTILINE)
_BINARY = re.compile(r"\s{0,8}(?:Running (?:unittests )?(\S{1,1024}) \(|Doc-tests (\S{1,300}))")
_OTHER_LINES = 300
_OPEN_TESTS = 20_000


def recognises(head: Head) -> bool:
    """Whether a line of the beginning is an event of the test harness."""
    event = _EVENT.search(head.text)
    return event is not None and head.lines_before(event.start()) <= _OTHER_LINES


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read the stream, which may hold the events of several binaries with cargo's own lines between them."""
    lines = JsonLines(chunks)
    stream = _Stream()
    for event, line in lines:
        if event is not None:
            stream.take(event)
        elif named := _BINARY.match(line):
            stream.binary = named[1] or named[2]
    stream.end()
    cut_off = lines.cut_off or ("the stream ends while tests are running" if stream.is_open else None)
    return stream.gathered.report(source, FORMAT, cut_off=cut_off, claimed=stream.claimed)


class _Stream:
    """The suite that is running; its tests leave nothing behind when they pass."""

    def __init__(self) -> None:
        self.gathered = Gathered()
        self.binary = ""
        self.is_open = False
        self.claimed: str | None = None
        self._running: dict[str, None] = {}
        self._failing_before = 0

    def take(self, event: dict[str, Any]) -> None:
        """Take one event."""
        kind, word, name = (text_of(event.get(key)) for key in ("type", "event", "name"))
        if kind == "suite":
            self._take_suite(event, word)
        elif kind in {"test", "bench"} and word == "started":
            if len(self._running) < _OPEN_TESTS:
                self._running.setdefault(name)
        elif kind == "bench":
            self._running.pop(name, None)
            self.gathered.count(CaseOutcome.PASSED)
        elif kind == "test" and word != "timeout":  # a warning that the test takes long
            self._running.pop(name, None)
            outcome = _OUTCOMES.get(word, CaseOutcome.ERROR)
            whole = name if "$" in name else ""  # nextest names the binary; many crates have a `tests::it_works`
            if not outcome.is_failing:
                self.gathered.count(outcome, names=(whole,))
                return
            said = text_of(event.get("message")) or text_of(event.get("reason"))
            text = "\n".join(filter(None, (text_of(event.get("stdout")), text_of(event.get("stderr")), said)))
            self.gathered.add(
                outcome, lambda: libtest_failure(outcome, name, text, said=said, suite=self.binary), name=whole
            )

    def end(self) -> None:
        """Take the end of the stream: the tests of a suite that never ended may have ended it."""
        if self.is_open:
            for name in list(self._running):
                text = "the process ended while this test was running"
                self.gathered.add(
                    CaseOutcome.ERROR,
                    lambda name=name, text=text: libtest_failure(CaseOutcome.ERROR, name, text, suite=self.binary),  # type: ignore[misc] # mypy cannot infer the defaults
                )

    def _take_suite(self, event: dict[str, Any], word: str) -> None:
        if word == "started":
            self.end()
            self.is_open, self._failing_before = True, self.gathered.tally.failing
        else:
            failed = number_of(event.get("failed")) or 0
            if (word == "failed" or failed > 0) and self.gathered.tally.failing == self._failing_before:
                self.claimed = "a binary states that it failed, but none of its tests shows a failure"
            self.is_open = False
        self._running.clear()


def libtest_failure(outcome: CaseOutcome, name: str, text: str, *, said: str = "", suite: str = "") -> Failure:
    """Build the failure of a Rust test from what it printed; `said` is the harness's own word on it."""
    plain, said = clean(text), clean(said)
    file, line, message = _panic(plain, name)
    if file is None and (at := _AT.search(said)):
        file, line = at[1], int(at[2])
    return failure_of(
        outcome,
        name=name,
        suite=suite,
        identity=name,
        file=file,
        line=line,
        type_name="panic" if message else None,
        message=without_blank_lines(said or message),
        text=plain,
    )


def _panic(text: str, test: str) -> tuple[str | None, int | None, str]:
    """Return place and message of the panic of the test's own thread, or else of the last one."""
    found = list(_PANIC.finditer(text))
    own = [panic for panic in found if panic[1] == test] or found
    if own:
        body = text[own[-1].end() :]
        stop = _END_OF_MESSAGE.search(body)
        return own[-1][2], int(own[-1][3]), body[: stop.start()] if stop else body.partition("\n\n")[0]
    if old := _OLD_PANIC.search(text):
        return old[3], int(old[4]), old[2]
    return None, None, ""
