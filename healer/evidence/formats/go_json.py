"""What `go test -json` streams, with the packages that did not build or whose process died."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from healer.evidence.bounded import BoundedText
from healer.evidence.formats.go_packages import GoPackage, go_failure
from healer.evidence.formats.json_documents import text_of
from healer.evidence.formats.json_lines import JsonLines
from healer.evidence.gathered import Gathered
from healer.evidence.limits import TEXT_CHARACTERS
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "go_json"
_EVENT = re.compile(
    r'^\{(?=[^\n]{0,1000}"Action": ?'
    r'"(?:start|run|pause|cont|pass|bench|fail|skip|output|attr|artifacts|build-output|build-fail)")'
    r'(?=[^\n]{0,1000}"(?:Package|ImportPath)": ?")',
    re.MULTILINE,
)
_ENDS = {
    "pass": CaseOutcome.PASSED,
    "bench": CaseOutcome.PASSED,
    "fail": CaseOutcome.FAILED,
    "skip": CaseOutcome.SKIPPED,
}
_FAILED_LINE = re.compile(r"FAIL\t(\S{1,1000})(?: \[(build|setup) failed\]|\t\d.{0,40}|\s{0,10})?$")
_BUILD_HEADER = re.compile(r"# (\S{1,1000})(?: \[\S{1,1000}\])?$")
_ONLY_UNBUILT = re.compile(r"(?:FAIL\t\S{1,1000} \[(?:build|setup) failed\]\s{1,8})+")
_OTHER_LINES = 300
_PACKAGES = 20_000
_BUILDS = 1_000


def recognises(head: Head) -> bool:
    """Whether a line of the beginning is an event of `go test -json`.

    Before Go 1.20 a package that does not build leaves no event, only a line.
    """
    event = _EVENT.search(head.text)
    is_stream = event is not None and head.lines_before(event.start()) <= _OTHER_LINES
    return is_stream or _ONLY_UNBUILT.fullmatch(head.text) is not None


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read the stream, event by event; lines between the events are read for what the compiler says in them."""
    lines = JsonLines(chunks)
    stream = _Stream()
    for event, line in lines:
        if event is not None:
            stream.take(event)
        elif line:
            stream.take_line(line)
    running = stream.end()
    cut_off = lines.cut_off or (f"the stream ends while {running} packages are running" if running else None)
    return stream.gathered.report(source, FORMAT, cut_off=cut_off)


class _Stream:
    """The packages that are running, and what was built in vain."""

    def __init__(self) -> None:
        self.gathered = Gathered()
        self._packages: dict[str, GoPackage] = {}
        self._builds: dict[str, BoundedText] = {}
        self._unbuilt: dict[str, str] = {}
        self._building = ""
        self._told: set[str] = set()

    def take(self, event: dict[str, Any]) -> None:
        """Take one event."""
        action, name, test = (text_of(event.get(key)) for key in ("Action", "Package", "Test"))
        if action == "build-output":
            self._print_build(text_of(event.get("ImportPath")), text_of(event.get("Output")))
        if not name:
            return
        if action in _ENDS and not test:
            package = self._packages.pop(name, None) or GoPackage(name)
            self._close(package, text_of(event.get("FailedBuild")), has_failed=action == "fail")
            return
        package = self._package(name)
        if action == "run":
            package.run(test)
        elif action in {"pause", "cont"}:
            package.pause(test, is_paused=action == "pause")
        elif action == "output":
            is_error = text_of(event.get("OutputType")).startswith("error")
            package.print(test, text_of(event.get("Output")), is_error=is_error)
        elif action in _ENDS:
            package.end(test, _ENDS[action], self.gathered)

    def take_line(self, line: str) -> None:
        """Take a line that is no event: the compiler's, or the last word on a package."""
        if header := _BUILD_HEADER.match(line):
            self._building = header[1]
            self._print_build(self._building, line + "\n")
        elif failed := _FAILED_LINE.match(line):
            if failed[1] not in self._told:
                package = self._packages.pop(failed[1], None) or GoPackage(failed[1])
                self._close(package, failed[1] if failed[2] else "", has_failed=True)
        elif self._building:
            self._print_build(self._building, line + "\n")

    def end(self) -> int:
        """Take the end of the stream; return how many packages were running."""
        for name in self._packages.keys() & self._builds.keys():
            self._unbuilt[name] = name
            self._packages.pop(name)
        running = len(self._packages)
        for package in self._packages.values():
            package.break_off(self.gathered)
        builds = {name: str(text) for name, text in self._builds.items()}
        self._unbuilt |= {name: name for name in builds if not self._told & {name, _tested(name)}}
        for name, build in self._unbuilt.items():
            text = builds.get(build) or builds.get(name) or "the package does not build"
            self.gathered.add(
                CaseOutcome.ERROR,
                lambda name=name, text=text: go_failure(CaseOutcome.ERROR, name, "", text),  # type: ignore[misc] # mypy cannot infer the defaults
            )
        return running

    def _package(self, name: str) -> GoPackage:
        package = self._packages.get(name)
        if package is None:
            package = GoPackage(name)
            if len(self._packages) < _PACKAGES:
                self._packages[name] = package
        return package

    def _close(self, package: GoPackage, build: str, *, has_failed: bool) -> None:
        """End a package; what the compiler says of it may come later, since it goes to another stream."""
        if has_failed:
            self._told |= {package.name, build}
        if has_failed and not package.has_run and (build or package.name in self._builds):
            self._unbuilt[package.name] = build
        else:
            package.close(has_failed=has_failed, gathered=self.gathered)

    def _print_build(self, name: str, text: str) -> None:
        if name not in self._builds and len(self._builds) >= _BUILDS:
            return
        self._builds.setdefault(name, BoundedText(TEXT_CHARACTERS)).add(text)


def _tested(build: str) -> str:
    """Return the package that a build was for: `a/b [a/b.test]` and `a/b_test [a/b.test]` are for the tests of a/b."""
    return build.partition(" [")[2].removesuffix("]").removesuffix(".test") or build.removesuffix("_test")
