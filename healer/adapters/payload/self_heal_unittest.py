"""Records how each test case of unittest ended, on a channel opened before any test is imported.

`watch` is called when unittest's runner is imported in a process of the suite (see `sitecustomize`). From then on the
outermost run of tests of this process, by whatever starts one (`python -m unittest`, `unittest.main()`, Django, a
subclass of TextTestRunner, a bare TestSuite), is told line by line as `self_heal_recorder` tells one of pytest. The
suite's own result object stays what it is: its methods are listened to, not replaced by others.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import unittest
from typing import Any, Callable, Iterator

from self_heal_channel import Channel, Selection, described
from self_heal_limit import Limit
from self_heal_redirection import Redirection
from self_heal_unittest_ids import identity, is_holder, place

LISTENED_TO = (
    "startTest", "stopTest", "addSuccess", "addError", "addFailure", "addSkip", "addSubTest", "addExpectedFailure",
    "addUnexpectedSuccess",
)  # fmt: skip
SHOWN = ("addError", "addFailure", "addSubTest")
"""What makes unittest show a failure."""


class Recorder:
    """Listens to one result object at a time."""

    def __init__(self, channel: Channel, redirection: Redirection, selection: Selection, counts: Any) -> None:
        self.channel, self.redirection, self.selection, self.counts = channel, redirection, selection, counts
        self.limit = Limit.ordered()
        self.outcome = ""
        self.process = os.getpid()
        self.is_running = False
        self.is_ours = False

    def is_asked(self) -> bool:
        """Whether a run that begins now is the outermost of a process that nobody else records."""
        if not self.is_ours:
            # Taken out of the environment now, so that nothing that a test starts is recorded or narrowed as well.
            self.is_ours = bool(os.environ.pop("SELF_HEAL_RECORD", ""))
            os.environ.pop("SELF_HEAL_ONLY", None)
        return self.is_ours and not self.is_running and os.getpid() == self.process

    @contextlib.contextmanager
    def session(self) -> Iterator[None]:
        """Open and close the record of one run."""
        self.is_running = True
        self.channel.write("start", python=list(sys.version_info[:3]))
        try:
            yield
            self.channel.write("finish", foreign=self.redirection.foreign())
        finally:
            self.limit.stop()
            self.is_running = False
            if self.counts is not None:
                self.counts.leave()

    def listen(self, result: Any) -> Any:
        """Hear what a result object is told from now on."""
        for name in LISTENED_TO:
            told = getattr(result, name, None)
            if told is not None:
                with contextlib.suppress(AttributeError):  # slots
                    heard = self._heard(getattr(self, "on_" + name), told, result)
                    setattr(result, name, self._unwatched(heard) if name in SHOWN else heard)
        return result

    def _heard(self, note: Callable[..., None], told: Callable[..., Any], result: Any) -> Callable[..., Any]:
        @functools.wraps(told)
        def both(*arguments: Any, **named: Any) -> Any:
            with contextlib.suppress(Exception):
                note(result, *arguments)
            return told(*arguments, **named)

        return both

    def _unwatched(self, told: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(told)
        def unwatched(*arguments: Any, **named: Any) -> Any:
            if self.counts is None:
                return told(*arguments, **named)
            self.counts.pause()
            try:
                return told(*arguments, **named)
            finally:
                self.counts.resume()

        return unwatched

    def on_startTest(self, _result: Any, test: Any) -> None:  # noqa: N802 - as unittest calls it
        """Record which test case comes next, for the process may not live to tell more of it."""
        self.channel.write("begin", id=identity(test))
        self.limit.start()
        if self.counts is not None:
            self.counts.begin()

    def on_stopTest(self, _result: Any, test: Any = None) -> None:  # noqa: N802 - as unittest calls it
        """Record that a test case is over."""
        self.limit.stop()
        if self.counts is not None:
            self.counts.end("" if test is None else identity(test), self.outcome)
        self.outcome = ""  # Python 3.12.1 starts no test case that is skipped, and stops it
        self.channel.write("end")

    def on_addSuccess(self, _result: Any, test: Any) -> None:  # noqa: N802 - as unittest calls it
        """Record a pass."""
        self._told(test, "call", "passed")

    def on_addFailure(self, result: Any, test: Any, error: Any) -> None:  # noqa: N802 - as unittest calls it
        """Record an assertion that did not hold."""
        self._failed(result, test, error, "call")

    def on_addError(self, result: Any, test: Any, error: Any) -> None:  # noqa: N802 - as unittest calls it
        """Record an exception in a test case, in a fixture of a class or a module, or of loading a module."""
        self._failed(result, test, error, "error")

    def on_addSubTest(self, result: Any, test: Any, subtest: Any, error: Any) -> None:  # noqa: N802 - as unittest
        """Record a failing part of a test case as a failure of it."""
        if error is not None:
            is_failure = issubclass(error[0], getattr(test, "failureException", AssertionError))
            self._failed(result, test, error, "call" if is_failure else "error", subtest)

    def on_addSkip(self, _result: Any, test: Any, _reason: Any = "") -> None:  # noqa: N802 - as unittest calls it
        """Record a skip; that of a part of a test case goes without saying."""
        if not hasattr(test, "test_case"):
            self._told(test, "call", "skipped")

    def on_addExpectedFailure(self, _result: Any, test: Any, _error: Any = None) -> None:  # noqa: N802 - as unittest
        """Record an expected failure, which pytest counts as skipped."""
        self._told(test, "call", "skipped")

    def on_addUnexpectedSuccess(self, _result: Any, test: Any) -> None:  # noqa: N802 - as unittest calls it
        """Record that what was expected to fail did not."""
        self.outcome = "failed"
        file, line = place(test)
        self.channel.write(
            "case", id=identity(test), phase="call", outcome="failed", message="Unexpected success",
            text="Unexpected success", file=file, line=line,
        )  # fmt: skip

    def _told(self, test: Any, phase: str, outcome: str) -> None:
        self.outcome = self.outcome or outcome
        self.channel.write("case", id=identity(test), phase=phase, outcome=outcome)

    def _failed(self, result: Any, test: Any, error: Any, phase: str, subtest: Any = None) -> None:
        self.outcome = "failed"
        kind, value, _ = error
        file, line = place(test)
        facts = {"text": _text(result, subtest or test, error), "file": file, "line": line}
        if is_holder(test) and isinstance(value, ImportError) and "Traceback" in str(value):
            facts["text"] = str(value)  # of loading: the exception's message holds the traceback that matters
        else:
            facts["message"] = "%s: %s" % (kind.__name__, value)
            facts.update(described(value))
        if subtest is not None:
            facts["sections"] = str(subtest)
        self.channel.write("case", id=identity(test), phase=phase, outcome="failed", **facts)

    def narrowed(self, tests: Any) -> Any:
        """Return the tests asked for: in their suites, or in the order given."""
        if self.selection.ids is None:
            return tests
        if not self.selection.in_order:
            self._prune(tests)
            return tests
        found = [(self.selection.place(identity(test)), test) for test in _flat(tests)]
        ranked = [(rank, number, test) for number, (rank, test) in enumerate(found) if rank is not None]
        return unittest.TestSuite([test for _, _, test in sorted(ranked, key=lambda entry: entry[:2])])

    def _prune(self, suite: Any) -> None:
        for inner in getattr(suite, "subsuites", ()):  # Django's, one for each of its processes
            self._prune(inner)
        if not isinstance(getattr(suite, "_tests", None), list):
            return
        for inner in suite._tests:  # noqa: SLF001 - a suite cannot be made smaller otherwise
            self._prune(inner)
        suite._tests[:] = [inner for inner in suite._tests if self._is_kept(inner)]  # noqa: SLF001 - as above

    def _is_kept(self, test: Any) -> bool:
        if hasattr(test, "_tests"):
            return True
        name = identity(test)
        return bool(self.selection.wants(name) or (is_holder(test) and self.selection.opens(name)))


def _flat(tests: Any) -> Iterator[Any]:
    try:
        inner = list(tests)
    except TypeError:
        yield tests
        return
    for test in inner:
        if test is not None:
            yield from _flat(test)


def _text(result: Any, test: Any, error: Any) -> str:
    try:
        return str(result._exc_info_to_string(error, test))  # noqa: SLF001 - with what was captured, without our frames
    except Exception:  # noqa: BLE001 - a suite's own result may do anything
        return "%s: %s" % (error[0].__name__, error[1])


def _recorder() -> Recorder:
    redirection = Redirection.ordered()
    redirection.apply()
    channel = Channel(os.environ.get("SELF_HEAL_RECORD", ""))
    counts = None
    if os.environ.get("SELF_HEAL_SPECTRA"):
        from self_heal_counts import Counts  # noqa: PLC0415 - it is not beside us in a run that is not watched

        counts = Counts.ordered()
    return Recorder(channel, redirection, Selection.listed(os.environ.get("SELF_HEAL_ONLY", "")), counts)


recorder = _recorder()


def watch(module: Any) -> None:
    """Listen to the runs of this process; called with `unittest.runner` and with `unittest.main` when each is ready."""
    if hasattr(module, "TextTestRunner"):
        _watch_runner(module.TextTestRunner)
        _watch_suite(unittest.TestSuite)
    if hasattr(module, "TestProgram"):
        _watch_loading(module.TestProgram, unittest.TestLoader)


def _watch_runner(runner: Any) -> None:
    original = runner.run

    @functools.wraps(original)
    def run(self: Any, test: Any) -> Any:
        if not recorder.is_asked():
            return original(self, test)
        make = self._makeResult
        self.failfast = False
        self._makeResult = lambda: recorder.listen(make())
        with recorder.session():
            try:
                return original(self, recorder.narrowed(test))
            finally:
                del self._makeResult

    runner.run = run


def _watch_suite(suite: Any) -> None:
    original = suite.run

    @functools.wraps(original)
    def run(self: Any, result: Any, debug: bool = False) -> Any:  # noqa: FBT001, FBT002 - its signature
        if debug or not recorder.is_asked():
            return original(self, result, debug)
        result.failfast = False
        with recorder.session():
            return original(recorder.narrowed(self), recorder.listen(result))

    suite.run = run


def _watch_loading(program: Any, loader: Any) -> None:
    parse, matches = program.parseArgs, loader._match_path  # noqa: SLF001 - made to be overridden

    @functools.wraps(parse)
    def parse_and_load(self: Any, *arguments: Any) -> Any:
        # Where a module under test ends the process at import, this is all that the record says.
        if os.environ.get("SELF_HEAL_RECORD"):
            recorder.channel.write("enter")
        return parse(self, *arguments)

    @functools.wraps(matches)
    def match(self: Any, path: str, full_path: str, pattern: str) -> bool:
        return bool(matches(self, path, full_path, pattern) and recorder.selection.opens_any(full_path))

    program.parseArgs, loader._match_path = parse_and_load, match  # noqa: SLF001 - as above
