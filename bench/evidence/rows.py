"""The readers that are measured: each entry imports what it needs and returns the function whose time counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Row = Callable[[], Callable[[Path], str]]

_CHUNK = 256 * 1024


def ours() -> Callable[[Path], str]:
    """Read all there is: decoding, repair, ids, frames, messages."""
    from healer.evidence.readers import read_report  # noqa: PLC0415 - only the row's own imports count

    def run(path: Path) -> str:
        with path.open("rb") as stream:
            report = read_report(stream, path.name)
        tally = report.tally
        frames = sum(len(failure.frames) for failure in report.failures)
        return f"{tally.tests} cases, {len(report.failures)} failures, {frames} frames" if tally else str(report.reason)

    return run


def bare_expat() -> Callable[[Path], str]:
    """Count three elements in handlers and drop the text; nothing is kept."""
    from xml.parsers import expat  # noqa: PLC0415 - only the row's own imports count

    def run(path: Path) -> str:
        counts = {"testcase": 0, "failure": 0, "skipped": 0}

        def start(name: str, _attributes: Mapping[str, str]) -> None:
            if name in counts:
                counts[name] += 1

        def end(_name: str) -> None:
            pass

        def text(_data: str) -> None:
            pass

        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                parser.Parse(chunk, False)  # noqa: FBT003 - expat takes no keywords
            parser.Parse(b"", True)  # noqa: FBT003 - expat takes no keywords
        return f"{counts['testcase']} cases, {counts['failure']} failures"

    return run


def element_tree() -> Callable[[Path], str]:
    """Use the standard library's `iterparse`, dropping each case once it was counted."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - only the row's own imports count

    def run(path: Path) -> str:
        cases = failures = 0
        for _, element in ET.iterparse(path):  # noqa: S314 - the file is our own
            if element.tag == "testcase":
                cases += 1
                failures += element.find("failure") is not None
                element.clear()
        return f"{cases} cases, {failures} failures"

    return run


def junitparser() -> Callable[[Path], str]:
    """Use the JUnit reader of the package index."""
    from junitparser import Failure, JUnitXml  # noqa: PLC0415 - only the row's own imports count

    def run(path: Path) -> str:
        cases = failures = 0
        for suite in JUnitXml.fromfile(str(path)):
            for case in suite:
                cases += 1
                failures += any(isinstance(result, Failure) for result in case.result)
        return f"{cases} cases, {failures} failures"

    return run


ROWS: Mapping[str, Row] = {
    "self-heal": ours,
    "bare expat": bare_expat,
    "xml.etree iterparse": element_tree,
    "junitparser": junitparser,
}
BASE = "bare expat"
