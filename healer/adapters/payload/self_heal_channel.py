"""What our recorders share: the channel of the record, which test cases are asked for, how an exception is described.

Everything that is needed of `os`, `json` and `select` is held by an object from the beginning: tests replace functions
of these modules, and whole modules (pyfakefs), while they run, and the record must not notice.
"""

from __future__ import annotations

import json
import os
import select
from typing import Any

MOST_TEXT = 20000
MOST_FRAMES = 60
PLENTY = 16 * 1024 * 1024
"""How many bytes are spent on failures in full; from then on they are told in brief, so that the record stays small."""
BRIEF_TEXT, BRIEF_FRAMES = 300, 3
RUNNERS = ("/_pytest/", "/site-packages/pluggy/", os.path.dirname(os.__file__) + "/unittest/")
HERE = os.path.dirname(os.path.abspath(__file__))


def clipped(text: str, most: int = MOST_TEXT) -> str:
    """Return a text with its middle cut out where it is too long."""
    if len(text) <= most:
        return text
    half = most // 2
    return text[:half] + "\n[...]\n" + text[-half:]


def well_formed(text: str) -> str:
    """Return a test id as its record is read: a surrogate on its own cannot be written."""
    return text.encode("utf-8", "replace").decode("utf-8")


def below(path: str, root: str) -> bool:
    """Whether a path is a root or stands below it."""
    return bool(root) and (path == root or path.startswith(root.rstrip(os.sep) + os.sep))


class Channel:
    """The FIFO that the record is written to; a line once written cannot be taken back.

    Only the process that opened it writes. Tests may close descriptors that they did not open (`os.closerange`), and
    the number may be another file's afterwards: it is looked at before every line, and the FIFO opened anew.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._os = {name: getattr(os, name) for name in ("open", "write", "fstat", "getpid")}
        self._poll, self._events = select.poll, select.POLLOUT
        self._encode = json.JSONEncoder(separators=(",", ":")).encode
        self._process = os.getpid()
        self._spent = 0
        self._descriptor = self._opened() if path else None
        self._identity = self._what(self._descriptor)

    @property
    def is_open(self) -> bool:
        """Whether this process writes a record."""
        return self._descriptor is not None and self._os["getpid"]() == self._process

    def _opened(self) -> int | None:
        try:
            return int(self._os["open"](self._path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
        except OSError:
            return None

    def _what(self, descriptor: int | None) -> tuple[int, int] | None:
        if descriptor is None:
            return None
        try:
            facts = self._os["fstat"](descriptor)
        except OSError:
            return None
        return facts.st_dev, facts.st_ino

    def write(self, event: str, **facts: Any) -> None:
        """Write one line; a reader that has gone is not the suite's problem."""
        if not self.is_open:
            return
        facts["event"] = event
        line = (self._encode(self._affordable(facts)) + "\n").encode("utf-8", "replace")
        if self._what(self._descriptor) != self._identity:
            self._descriptor = self._opened()
            if self._what(self._descriptor) != self._identity:
                self._descriptor = None
        while line and self._descriptor is not None:
            try:
                line = line[self._os["write"](self._descriptor, line) :]
            except BlockingIOError:
                waiting = self._poll()
                waiting.register(self._descriptor, self._events)
                waiting.poll(60000)
            except OSError:
                self._descriptor = None

    def _affordable(self, facts: dict[str, Any]) -> dict[str, Any]:
        if "text" not in facts:
            return facts
        in_full = self._spent < PLENTY
        for key in ("text", "sections", "message"):
            if facts.get(key):
                facts[key] = clipped(facts[key], MOST_TEXT if in_full else BRIEF_TEXT)
        if not in_full:
            facts.pop("sections", None)
            facts["frames"] = facts.get("frames", [])[-BRIEF_FRAMES:]
        self._spent += sum(len(facts.get(key) or "") for key in ("text", "sections", "message"))
        return facts


class Selection:
    """Which test cases are asked for: none in particular, or some ids, perhaps to be run in their order."""

    def __init__(self, ids: list[str] | None = None, *, in_order: bool = False) -> None:
        self.ids = None if ids is None else {identity: number for number, identity in reversed(list(enumerate(ids)))}
        self.in_order = in_order and ids is not None
        self.files = {identity.split("::", 1)[0] for identity in ids or ()}
        self.folders = {name for name in ids or () if "::" not in name and not os.path.splitext(name)[1]}

    @classmethod
    def listed(cls, path: str) -> Selection:
        """Read the selection from a file; without a path nothing is selected, which is everything."""
        if not path:
            return cls()
        with open(path, encoding="utf-8") as listing:
            asked = json.load(listing)
        return cls(asked["ids"], in_order=asked["in_order"])

    def place(self, test: str) -> int | None:
        """Return where a test case, or what holds it (a file, a class), was asked for; None when it was not."""
        parts = well_formed(test).split("::")
        ids = self.ids or {}
        for length in range(len(parts), 0, -1):
            place = ids.get("::".join(parts[:length]))
            if place is not None:
                return place
        return next((ids[folder] for folder in self.folders if below(parts[0], folder)), None)

    def wants(self, test: str) -> bool:
        """Whether a test case is to be run."""
        return self.ids is None or self.place(test) is not None

    def opens(self, file: str) -> bool:
        """Whether a file (relative to where ids begin) holds any of the test cases asked for."""
        return self.ids is None or file in self.files or any(below(file, folder) for folder in self.folders)

    def opens_any(self, path: str) -> bool:
        """Whether a file, by its whole path, may hold any of the test cases asked for."""
        if self.ids is None or not all(file.endswith(".py") for file in self.files):
            return True
        return any(path == file or path.endswith("/" + file) for file in self.files)


def described(error: BaseException) -> dict[str, Any]:
    """Return an exception's type and frames, those of its causes before its own, as the interpreter prints them."""
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
            frame = traceback.tb_frame
            if not _is_runners(frame.f_code.co_filename) and "__unittest" not in frame.f_globals:
                frames.append([frame.f_code.co_filename, traceback.tb_lineno, frame.f_code.co_name])
            traceback = traceback.tb_next
    return {"type": type(error).__name__, "frames": frames[-MOST_FRAMES:]}


def _is_runners(path: str) -> bool:
    return any(folder in path for folder in RUNNERS) or os.path.dirname(path) == HERE
