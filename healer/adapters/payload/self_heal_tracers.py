"""Ways to know which lines of certain files ran between two moments; the cheapest that this interpreter has is taken.

Each has `begin`, `end` (what ran since `begin`, by file), `pause` and `resume` in between, and `stop`. Standard library
only, Python 3.8 and later.
"""

from __future__ import annotations

import importlib.machinery
import sys
import threading
from types import CodeType, FrameType
from typing import Any, Callable, Dict, Set

Wants = Callable[[str], bool]
Lines = Dict[str, Set[int]]

FULL_CALLS = 20
"""How often a function is traced in one test case whatever it ran before."""


def best(wants: Wants, *, is_cheap: bool = False) -> Any:
    """Return the cheapest tracer there is, or None where it would not be cheap, and that is asked for."""
    if sys.version_info >= (3, 12):
        free = [number for number in (4, 3, 5) if sys.monitoring.get_tool(number) is None]
        if free:
            return Monitoring(wants, free[0])
    return None if is_cheap else Tracing(wants)


class Monitoring:
    """`sys.monitoring` (PEP 669): each line of the code asked for reports once a test case, nothing else ever does.

    Only code objects of the files asked for are instrumented, as their modules are loaded; so starting the events anew
    for each test case costs nothing for the rest of the interpreter.
    """

    name = "monitoring"

    def __init__(self, wants: Wants, tool: int) -> None:
        self.wants, self.tool = wants, tool
        self.ran: Lines = {}
        self.is_paused = False
        self.monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]  # 3.12 and later
        self.monitoring.use_tool_id(tool, "self-heal")
        self.monitoring.register_callback(tool, self.monitoring.events.LINE, self.line)
        self.load = load = importlib.machinery.SourceFileLoader.get_code
        watch = self.watch

        def get_code(loader: Any, fullname: str) -> Any:
            code = load(loader, fullname)
            if code is not None and wants(code.co_filename):
                watch(code)
            return code

        importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign,assignment,unused-ignore]

    def watch(self, code: CodeType) -> None:
        """Have the lines of a module's code reported, those of its functions and classes included."""
        self.monitoring.set_local_events(self.tool, code, self.monitoring.events.LINE)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self.watch(constant)

    def line(self, code: CodeType, number: int) -> Any:
        """Note a line, once."""
        if self.is_paused:
            return None
        self.ran.setdefault(code.co_filename, set()).add(number)
        return self.monitoring.DISABLE

    def begin(self) -> None:
        """Forget what ran, and report every line once more."""
        self.ran = {}
        self.is_paused = False
        self.monitoring.restart_events()

    def pause(self) -> None:
        """Note nothing from here on."""
        self.is_paused = True

    def resume(self) -> None:
        """Note lines again."""
        self.is_paused = False

    def end(self) -> Lines:
        """Return what ran since `begin`."""
        ran, self.ran = self.ran, {}
        return ran

    def stop(self) -> None:
        """Watch no more."""
        importlib.machinery.SourceFileLoader.get_code = self.load  # type: ignore[method-assign]
        self.monitoring.free_tool_id(self.tool)


class Watched:
    """What `Tracing` knows of one code object: lines of this test case, and of all before it."""

    __slots__ = ("calls", "code", "is_done", "known", "line", "lines")

    def __init__(self, code: CodeType) -> None:
        self.code = code  # kept, so that its id stays its own
        self.calls, self.is_done = 0, False
        self.lines: set[int] = set()
        self.known: set[int] = set()
        note = self.lines.add

        def line(frame: FrameType, *_: object) -> Any:
            note(frame.f_lineno)
            return line

        self.line = line

    def call(self) -> Any:
        """Return what traces one more call, or None when it would hardly tell anything new."""
        if self.is_done:
            return None
        self.calls += 1
        if self.calls > FULL_CALLS and not self.calls % 8 and self.known <= self.lines:
            self.is_done = True
            return None
        return self.line

    def renew(self) -> set[int]:
        """Return the lines of a test case that has ended, and make ready for the next."""
        lines = set(self.lines)
        self.known |= lines
        self.lines.clear()
        self.calls, self.is_done = 0, False
        return lines


class Tracing:
    """`sys.settrace`, for frames of the files asked for.

    A function that was called often in one test case, and ran all lines that it ever ran in the test cases before, is
    left alone until the next one: what is lost is a line that no test case ran before and that these calls did not run
    either. Where somebody else traces already, that is left alone and nothing is seen.
    """

    name = "settrace"

    def __init__(self, wants: Wants) -> None:
        self.wants = wants
        self.files: dict[str, bool] = {}
        self.watched: dict[int, Watched] = {}
        self.touched: dict[int, Watched] = {}

    def call(self, frame: FrameType, *_: object) -> Any:
        """Trace a new frame where its file is asked for."""
        code = frame.f_code
        watched = self.touched.get(id(code))
        if watched is not None:
            return watched.call()
        path = code.co_filename
        wanted = self.files.get(path)
        if wanted is None:
            wanted = self.files[path] = self.wants(path)
        if not wanted:
            return None
        watched = self.watched.get(id(code))
        if watched is None:
            watched = self.watched[id(code)] = Watched(code)
        self.touched[id(code)] = watched
        return watched.call()

    def begin(self) -> None:
        """Forget what ran, and trace from here on, in new threads too."""
        self.end()
        self.resume()

    def resume(self) -> None:
        """Trace again, unless somebody else does."""
        if sys.gettrace() is None:
            threading.settrace(self.call)
            sys.settrace(self.call)

    def pause(self) -> None:
        """Trace nothing from here on."""
        if getattr(sys.gettrace(), "__self__", None) is self:
            sys.settrace(None)
            threading.settrace(None)  # type: ignore[arg-type,unused-ignore]

    def end(self) -> Lines:
        """Return what ran since `begin`."""
        self.pause()
        ran: Lines = {}
        for watched in self.touched.values():
            ran.setdefault(watched.code.co_filename, set()).update(watched.renew())
        self.touched = {}
        return ran

    def stop(self) -> None:
        """Watch no more."""
