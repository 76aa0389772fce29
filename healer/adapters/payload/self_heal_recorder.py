"""A pytest plugin that records how each test case ended, on a channel opened before any code under test runs.

It is loaded with `-p self_heal_recorder` from outside the repository, into whatever Python (3.8 and later) and pytest
(6 and later) the suite uses. It imports nothing but the standard library, pytest and its neighbours. What it does:

- writes one JSON object a line to the FIFO named by SELF_HEAL_RECORD; a line once written cannot be taken back;
- narrows the run to the test ids listed in the file SELF_HEAL_ONLY, if set, whatever the command line selects, and runs
  them in the order listed, if that is asked for;
- undoes stopping at the first failure (`-x`, `--maxfail`, `--stepwise`), so that a baseline is whole, and the shuffling
  of plugins for that, so that runs can be compared; runs a handful of test cases without the workers of pytest-xdist;
- fails a test case that takes longer than SELF_HEAL_CASE_SECONDS, and goes on;
- makes an editable install of the repository point at the tree under test (SELF_HEAL_TREE) in place of the user's own
  checkout (one of SELF_HEAL_CHECKOUTS), and tells which modules came from there all the same.
"""

from __future__ import annotations

import os
import shlex
import sys
from typing import Any, Generator

import pytest
from self_heal_channel import Channel, Selection, clipped, described, well_formed
from self_heal_limit import Limit
from self_heal_redirection import Redirection

FEW = 16
MOST_LONG = 50
"""How many failures of a session have pytest's long trace, which takes it tens of milliseconds; others Python's own."""
WHOLE_AND_IN_ORDER = (
    ("maxfail", 0), ("stepwise", False), ("stepwise_skip", False), ("randomly_reorganize", False), ("randomly_seed", 0),
    ("random_order_enabled", False), ("random_order_bucket", "none"), ("reverse", False),
)  # fmt: skip


class Recorder:
    """The plugin."""

    def __init__(self, channel: Channel, redirection: Redirection, selection: Selection, options: list[str]) -> None:
        self.channel, self.redirection, self.selection, self.options = channel, redirection, selection, options
        self.limit = Limit.ordered()
        self.worker: Any = None
        self.sessions = 0
        self.uncollected = 0
        self.raised = 0
        self.stopped = ""
        self.foreign: set[str] = set()
        self.write("enter")

    def write(self, event: str, **facts: Any) -> None:
        """Write one line, unless a worker does, whose controller tells, or a session inside a test."""
        if self.worker is None and self.sessions <= 1:
            self.channel.write(event, **facts)

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: Any) -> None:
        """Open the session's record; a session that a test starts inside this one leaves no trace in it."""
        self.sessions += 1
        if self.sessions > 1:
            return
        self.worker = getattr(config, "workerinput", None)
        if self.worker is not None:
            self.selection = Selection(self.worker.get("self_heal_only"))
            self.limit = Limit(self.worker.get("self_heal_seconds", 0))
        given = config.invocation_params  # what workers are started with: they find no PYTEST_ADDOPTS any more
        config.invocation_params = type(given)(args=(*self.options, *given.args), plugins=given.plugins, dir=given.dir)
        for option, value in WHOLE_AND_IN_ORDER:
            if hasattr(config.option, option):
                setattr(config.option, option, value)
        self.write("start", python=list(sys.version_info[:3]), pytest=pytest.__version__, root=str(config.rootdir))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_cmdline_main(self, config: Any) -> Generator[None, Any, None]:
        """Start no workers for a handful of test cases, which cost more than they save, nor where an order is given."""
        ids = self.selection.ids
        if ids is not None and (len(ids) <= FEW or self.selection.in_order) and hasattr(config.option, "numprocesses"):
            config.option.numprocesses = 0
        yield

    def pytest_unconfigure(self) -> None:
        """Leave a session."""
        self.sessions -= 1

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of xdist which test cases are asked for, and how long each may take."""
        node.workerinput["self_heal_only"] = None if self.selection.ids is None else list(self.selection.ids)
        node.workerinput["self_heal_seconds"] = self.limit.seconds

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        """Keep only the test cases asked for, in the order asked for."""
        if self.selection.ids is None or self.sessions > 1:
            return
        places = [(self.selection.place(item.nodeid), number, item) for number, item in enumerate(items)]
        kept = [(place, number, item) for place, number, item in places if place is not None]
        if len(kept) < len(items):
            config.hook.pytest_deselected(items=[item for place, _, item in places if place is None])
        if self.selection.in_order:
            kept.sort(key=lambda entry: entry[:2])
        items[:] = [item for _, _, item in kept]

    def ignores(self, path: str, config: Any) -> bool | None:
        """Whether a Python file holds none of the test cases asked for, so that it need not even be imported."""
        if self.selection.ids is None or self.sessions > 1 or not path.endswith(".py"):
            return None
        name = well_formed(os.path.relpath(path, str(config.rootdir)).replace(os.sep, "/"))
        is_needed = self.selection.opens(name) or os.path.basename(path) in ("conftest.py", "__init__.py")
        return None if is_needed else True

    def _limited(self) -> Generator[None, Any, None]:
        """Count the time of one phase of a test case, inside of what pytest reports on."""
        if self.sessions > 1:
            yield
            return
        self.limit.start()
        yield
        self.limit.stop()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Generator[None, Any, None]:
        """Count the time of set-up."""
        yield from self._limited()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, Any, None]:
        """Count the time of the test itself."""
        yield from self._limited()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, Any, None]:
        """Count the time of teardown."""
        yield from self._limited()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Generator[None, Any, None]:
        """Attach the exception's type and frames to the report; under xdist they travel to the controller with it."""
        self.raised += call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception)
        if self.raised > MOST_LONG and getattr(item.config.option, "tbstyle", "no") in ("auto", "long"):
            item.config.option.tbstyle = "native"
        outcome = yield
        if call.excinfo is not None:
            outcome.get_result().self_heal = described(call.excinfo.value)

    def pytest_collectreport(self, report: Any) -> None:
        """Record what could not be collected."""
        if report.failed:
            self.uncollected += 1
            self.write("collect", id=report.nodeid, text=report.longreprtext, **_crash(report))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Record which test case comes next, for the process may not live to tell more of it."""
        self.write("begin", id=nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Record one phase of one test case; that set-up and teardown passed, or a subtest, goes without saying."""
        if report.outcome != "failed":
            if not (report.passed and report.when != "call") and not hasattr(report, "context"):
                self.write("case", id=report.nodeid, phase=report.when, outcome=report.outcome)
            return
        sections = "\n".join("%s\n%s" % (title, clipped(text)) for title, text in report.sections)
        facts = {"text": report.longreprtext, "sections": sections, "file": report.location[0]}
        facts.update(_crash(report))
        facts.update(getattr(report, "self_heal", {}))
        self.write(
            "case", id=report.nodeid, phase=report.when, outcome=report.outcome, line=report.location[1], **facts
        )

    def pytest_runtest_logfinish(self) -> None:
        """Record that the test case is over, teardown included."""
        self.write("end")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Collect what a worker of xdist imported from elsewhere, and whether it was stopped."""
        told = getattr(node, "workeroutput", {})
        self.foreign.update(told.get("self_heal_foreign", ()))
        self.stopped = self.stopped or told.get("self_heal_stopped", "")

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        """Note that the session was stopped: not by collection errors, which are told, but by `pytest.exit`, say."""
        if self.sessions <= 1 and not self.uncollected:
            self.stopped = clipped("%s: %s" % (excinfo.type.__name__, excinfo.value), 300)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: Any, exitstatus: int) -> None:
        """Close the session's record: without this line it does not count as complete."""
        self.foreign.update(self.redirection.foreign())
        stopped = str(session.shouldstop or "") or self.stopped
        if self.worker is not None:
            session.config.workeroutput.update(self_heal_foreign=sorted(self.foreign), self_heal_stopped=stopped)
        self.write("finish", exit=int(exitstatus), stopped=stopped, foreign=sorted(self.foreign))


def _crash(report: Any) -> dict[str, Any]:
    crash = getattr(report.longrepr, "reprcrash", None)
    return {} if crash is None else {"message": str(crash.message)}


def _recorder() -> Recorder:
    """Take what is ours out of the environment, so that nothing that a test starts is recorded or narrowed as well."""
    channel = Channel(os.environ.pop("SELF_HEAL_RECORD", ""))
    options = shlex.split(os.environ.pop("PYTEST_ADDOPTS", ""))
    redirection = Redirection.ordered()
    redirection.apply()
    return Recorder(channel, redirection, Selection.listed(os.environ.pop("SELF_HEAL_ONLY", "")), options)


recorder = _recorder()
globals().update({name: getattr(recorder, name) for name in dir(recorder) if name.startswith("pytest_")})

# The argument's name and type changed with pytest 7, which warns about the old one.
if int(pytest.__version__.split(".", 1)[0]) >= 7:  # noqa: PLR2004

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(collection_path: Any, config: Any) -> bool | None:
        """Skip files that hold nothing to run."""
        return recorder.ignores(str(collection_path), config)

else:

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(path: Any, config: Any) -> bool | None:  # type: ignore[misc]  # the older signature
        """Skip files that hold nothing to run."""
        return recorder.ignores(str(path), config)
