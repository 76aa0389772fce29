"""A pytest plugin that records how each test case ended, on a channel opened before any code under test runs.

It is loaded with `-p self_heal_recorder` from outside the repository, into whatever Python (3.8 and later) and pytest
(6 and later) the suite uses. It imports nothing but the standard library and pytest. What it does:

- writes one JSON object a line to the FIFO named by SELF_HEAL_RECORD; a line once written cannot be taken back;
- narrows the run to the test ids listed in the file SELF_HEAL_ONLY, if set, whatever the command line selects;
- undoes stopping at the first failure (`-x`, `--maxfail`, `--stepwise`), so that a baseline is whole, and the shuffling
  of pytest-randomly, so that runs can be compared; runs a handful of test cases without the workers of pytest-xdist;
- makes an editable install of the repository point at the tree under test (SELF_HEAL_TREE) in place of the user's own
  checkout (one of SELF_HEAL_CHECKOUTS), and tells which modules came from there all the same.
"""

from __future__ import annotations

import json
import os
import select
import shlex
import sys
from typing import Any, Generator

import pytest

MOST_TEXT = 20000
MOST_FRAMES = 60
FEW = 16
WHOLE_AND_IN_ORDER = (
    ("maxfail", 0), ("stepwise", False), ("stepwise_skip", False), ("randomly_reorganize", False), ("randomly_seed", 0),
)  # fmt: skip


def _open_channel(path: str) -> int | None:
    try:
        return os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None


def _clipped(text: str) -> str:
    if len(text) <= MOST_TEXT:
        return text
    half = MOST_TEXT // 2
    return text[:half] + "\n[...]\n" + text[-half:]


def _well_formed(text: str) -> str:
    """Return a test id as its record is read: a surrogate on its own cannot be written."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _below(path: str, root: str) -> bool:
    return bool(root) and (path == root or path.startswith(root.rstrip(os.sep) + os.sep))


class Redirection:
    """Imports of the repository's own code, led from the user's checkout to the tree under test."""

    def __init__(self, checkouts: list[str], tree: str) -> None:
        self.checkouts, self.tree = checkouts, tree

    def owner(self, path: str) -> str | None:
        """Return the checkout that a path belongs to, or None: also for what is installed in it, and for the tree."""
        if _below(path, self.tree):
            return None
        checkout = next((checkout for checkout in self.checkouts if _below(path, checkout)), None)
        if checkout is None or "site-packages" in path[len(checkout) :].split(os.sep):
            return None
        installed = _below(sys.prefix, checkout) and _below(path, os.path.join(sys.prefix, "lib"))
        return None if installed else checkout

    def moved(self, path: str) -> str:
        """Return the same place in the tree under test, for a path of a checkout; other paths stay."""
        real = os.path.realpath(path)
        owner = self.owner(real) if path else None
        return path if owner is None else self.tree + real[len(owner.rstrip(os.sep)) :]

    def apply(self) -> None:
        """Rewrite `sys.path` and the mappings of setuptools' editable finders."""
        sys.path[:] = [self.moved(entry) for entry in sys.path]
        for finder in sys.meta_path:
            module = sys.modules.get(getattr(finder, "__module__", None) or "")
            mapping = getattr(module, "MAPPING", None)
            if isinstance(mapping, dict):
                for name, place in list(mapping.items()):
                    if isinstance(place, str):
                        mapping[name] = self.moved(place)
            namespaces = getattr(module, "NAMESPACES", None)
            if isinstance(namespaces, dict):
                for name, places in list(namespaces.items()):
                    namespaces[name] = [self.moved(place) for place in places]

    def foreign(self) -> list[str]:
        """Return names of the modules that were imported from the user's checkout."""
        names = []
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None)
            if isinstance(path, str) and self.owner(os.path.realpath(path)):
                names.append(name)
        return sorted(names)[:20]


class Recorder:
    """The plugin."""

    def __init__(
        self, channel: int | None, redirection: Redirection, only: list[str] | None, options: list[str]
    ) -> None:
        self.channel, self.redirection, self.options, self.process = channel, redirection, options, os.getpid()
        self.worker: Any = None
        self.sessions = 0
        self.foreign: set[str] = set()
        self.narrow(only)

    def narrow(self, only: list[str] | None) -> None:
        """Narrow the run to these test ids, or, for None, not at all."""
        self.only = None if only is None else set(only)
        self.files = {identity.split("::", 1)[0] for identity in only or ()}
        self.folders = {name for name in only or () if "::" not in name and not os.path.splitext(name)[1]}

    def wants(self, test: str) -> bool:
        """Whether a test case, or what holds it (a file or class that could not be collected), is asked for."""
        parts = _well_formed(test).split("::")
        named = any("::".join(parts[:length]) in (self.only or ()) for length in range(len(parts), 0, -1))
        return named or any(_below(parts[0], folder) for folder in self.folders)

    def write(self, event: str, **facts: Any) -> None:
        """Write one line; a reader that has gone is not the suite's problem."""
        if self.channel is None or self.worker is not None or self.sessions > 1 or self.process != os.getpid():
            return
        line = (json.dumps(dict(facts, event=event)) + "\n").encode("utf-8", "replace")
        while line:
            try:
                line = line[os.write(self.channel, line) :]
            except BlockingIOError:
                select.select([], [self.channel], [], 60)
            except OSError:
                self.channel = None
                return

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: Any) -> None:
        """Open the session's record; a session that a test starts inside this one leaves no trace in it."""
        self.sessions += 1
        if self.sessions > 1:
            return
        self.worker = getattr(config, "workerinput", None)
        if self.worker is not None:
            self.narrow(self.worker.get("self_heal_only"))
        given = config.invocation_params  # what workers are started with: they find no PYTEST_ADDOPTS any more
        config.invocation_params = type(given)(args=(*self.options, *given.args), plugins=given.plugins, dir=given.dir)
        for option, value in WHOLE_AND_IN_ORDER:
            if hasattr(config.option, option):
                setattr(config.option, option, value)
        self.write("start", python=list(sys.version_info[:3]), pytest=pytest.__version__, root=str(config.rootdir))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_cmdline_main(self, config: Any) -> Generator[None, Any, None]:
        """Start no workers for a handful of test cases: they cost more than they save."""
        if self.only is not None and len(self.only) <= FEW and hasattr(config.option, "numprocesses"):
            config.option.numprocesses = 0
        yield

    def pytest_unconfigure(self) -> None:
        """Leave a session."""
        self.sessions -= 1

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of xdist which test cases are asked for."""
        node.workerinput["self_heal_only"] = sorted(self.only) if self.only is not None else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        """Keep only the test cases asked for."""
        if self.only is None or self.sessions > 1:
            return
        kept: list[Any] = []
        dropped: list[Any] = []
        for item in items:
            (kept if self.wants(item.nodeid) else dropped).append(item)
        if dropped:
            config.hook.pytest_deselected(items=dropped)
            items[:] = kept

    def ignores(self, path: str, config: Any) -> bool | None:
        """Whether a Python file holds none of the test cases asked for, so that it need not even be imported."""
        if self.only is None or self.sessions > 1 or not path.endswith(".py"):
            return None
        name = _well_formed(os.path.relpath(path, str(config.rootdir)).replace(os.sep, "/"))
        wanted = name in self.files or os.path.basename(path) in ("conftest.py", "__init__.py")
        return None if wanted or any(_below(name, folder) for folder in self.folders) else True

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, call: Any) -> Generator[None, Any, None]:
        """Attach the exception's type and frames to the report; under xdist they travel to the controller with it."""
        outcome = yield
        if call.excinfo is not None:
            outcome.get_result().self_heal = _described(call.excinfo.value)

    def pytest_collectreport(self, report: Any) -> None:
        """Record what could not be collected."""
        if report.failed:
            self.write("collect", id=report.nodeid, text=_clipped(report.longreprtext), **_crash(report))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Record which test case comes next, for the process may not live to tell more of it."""
        self.write("begin", id=nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Record one phase of one test case."""
        facts = {}
        if report.outcome == "failed":
            sections = "\n".join("%s\n%s" % section for section in report.sections)
            facts = {"text": _clipped(report.longreprtext), "sections": _clipped(sections)}
            facts.update(_crash(report))
            facts.update(getattr(report, "self_heal", {}))
        self.write(
            "case",
            id=report.nodeid,
            phase=report.when,
            outcome=report.outcome,
            seconds=report.duration,
            file=report.location[0],
            line=report.location[1],
            **facts,
        )

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Collect what a worker of xdist imported from elsewhere."""
        self.foreign.update(getattr(node, "workeroutput", {}).get("self_heal_foreign", ()))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: Any, exitstatus: int) -> None:
        """Close the session's record: without this line it does not count as complete."""
        self.foreign.update(self.redirection.foreign())
        if self.worker is not None:
            session.config.workeroutput["self_heal_foreign"] = sorted(self.foreign)
        self.write("finish", exit=int(exitstatus), collected=session.testscollected, foreign=sorted(self.foreign))


def _crash(report: Any) -> dict[str, Any]:
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is None:
        return {}
    return {"message": _clipped(str(crash.message)), "path": str(crash.path), "at": crash.lineno}


def _described(error: BaseException) -> dict[str, Any]:
    """Return the exception's type and frames, those of its causes before its own, as the interpreter prints them."""
    chain: list[BaseException] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        chain.append(current)
        suppressed = getattr(current, "__suppress_context__", False)
        current = current.__cause__ or (None if suppressed else current.__context__)
    frames: list[Any] = []
    for link in reversed(chain):
        traceback = link.__traceback__
        while traceback is not None:
            code = traceback.tb_frame.f_code
            frames.append([code.co_filename, traceback.tb_lineno, code.co_name])
            traceback = traceback.tb_next
    frames = [frame for frame in frames if os.sep + "_pytest" + os.sep not in frame[0]]
    return {"type": type(error).__name__, "frames": frames[-MOST_FRAMES:]}


def _recorder() -> Recorder:
    """Take what is ours out of the environment, so that nothing that a test starts is recorded or narrowed as well."""
    channel = _open_channel(os.environ.pop("SELF_HEAL_RECORD", ""))
    options = shlex.split(os.environ.pop("PYTEST_ADDOPTS", ""))
    checkouts = json.loads(os.environ.get("SELF_HEAL_CHECKOUTS") or "[]")
    redirection = Redirection(checkouts, os.environ.get("SELF_HEAL_TREE", ""))
    redirection.apply()
    only = None
    listing = os.environ.pop("SELF_HEAL_ONLY", "")
    if listing:
        with open(listing, encoding="utf-8") as listed:
            only = json.load(listed)
    return Recorder(channel, redirection, only, options)


recorder = _recorder()
globals().update({name: getattr(recorder, name) for name in dir(recorder) if name.startswith("pytest_")})

# The argument's name and type changed with pytest 7, which warns about the old one.
if int(pytest.__version__.split(".", 1)[0]) >= 7:  # noqa: PLR2004

    def pytest_ignore_collect(collection_path: Any, config: Any) -> bool | None:
        """Skip files that hold nothing to run."""
        return recorder.ignores(str(collection_path), config)

else:

    def pytest_ignore_collect(path: Any, config: Any) -> bool | None:  # type: ignore[misc]  # the older signature
        """Skip files that hold nothing to run."""
        return recorder.ignores(str(path), config)
