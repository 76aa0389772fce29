"""xUnit.net's own XML: version 2 and 3 (`assemblies`, `assembly`, `collection`, `test`), and version 1 (`class`).

An error beside the tests (the clean-up of a class, a collection or an assembly, a crash) is one error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.formats.dotnet_names import exception_and_message, named
from healer.evidence.formats.xml_elements import ElementReader, number, read_elements
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.bounded import BoundedText
    from healer.evidence.formats.xml_documents import TextSwitch
    from healer.evidence.gathered import Gathered
    from healer.evidence.sniffing import Head
    from healer.models.evidence import Failure, Report

FORMAT = "xunit"
_ROOTS = ("assemblies", "assembly")
_OWN_ASSEMBLY = re.compile(r"<assembly\s[^>]{0,1000}?\s(?:test-framework|run-date|total)\s{0,9}=")
_OUTCOMES = {
    "pass": CaseOutcome.PASSED,
    "fail": CaseOutcome.FAILED,
    "skip": CaseOutcome.SKIPPED,
    "notrun": CaseOutcome.SKIPPED,
}
_TEXTS = {"message": "failure", "stack-trace": "failure", "output": "test"}
_BESIDE_TESTS = frozenset({"error", "class"})


@dataclass(slots=True)
class _Open:
    attributes: Mapping[str, str]
    outcome: CaseOutcome
    texts: dict[str, BoundedText] = field(default_factory=dict)
    exception: str | None = None


def recognises(head: Head) -> bool:
    """Whether the root element is xUnit's; other tools have an `assembly` too (manifests, Maven's descriptors)."""
    return head.root == "assemblies" or (head.root == "assembly" and bool(_OWN_ASSEMBLY.search(head.text)))


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read a run; what stood before a break counts, with a warning."""
    return read_elements(chunks, source, FORMAT, _Run, _ROOTS)


class _Run(ElementReader):
    resumes_at = ("test", "collection", "class", "assembly", "error")
    resumes_within = frozenset({"assemblies", "assembly", "collection", "class"})

    def __init__(self, gathered: Gathered, deliver_text: TextSwitch) -> None:
        super().__init__(gathered, deliver_text)
        self._open: _Open | None = None
        self._outer: Mapping[str, str] = {}
        self._claims = 0

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "test":
            outcome = _OUTCOMES.get(attributes.get("result", "").lower(), CaseOutcome.ERROR)
            self._open = _Open(attributes, outcome)
        elif name in _BESIDE_TESTS:
            self._outer = attributes
        elif name == "assembly":
            self._claims += number(attributes.get("failed")) + number(attributes.get("errors"))
        elif name == "failure":
            if self._open is None:  # it belongs to no test, so it is the failure of what is around it
                self._open = _Open({"name": self._outer.get("name", "") or self._outer.get("type", "")},
                                   CaseOutcome.ERROR)  # fmt: skip
            self._open.exception = attributes.get("exception-type")
        elif self._open and self._open.outcome.is_failing and _TEXTS.get(name) == self.parent():
            self._open.texts.setdefault(name, self.captured())

    def closed(self, name: str) -> None:
        is_end = name == "test" or (name == "failure" and self.parent() != "test")
        if is_end and self._open:
            self._close(self._open)

    def abandoned(self) -> None:
        if self._open:  # its outcome was said already
            self._close(self._open)

    @property
    def claimed(self) -> str | None:
        if not self._claims:
            return None
        return f"its totals state {self._claims} failing, but none of its tests and errors shows one"

    def _close(self, ended: _Open) -> None:
        self._open = None
        name = tuple(ended.attributes.get(key, "") for key in ("type", "method", "name"))
        if ended.outcome.is_failing:
            self.gathered.add(ended.outcome, lambda: _failure(ended), name=name)
        else:
            self.gathered.count(ended.outcome, names=(name,))


def _failure(ended: _Open) -> Failure:
    said = {name: str(text).strip("\r\n") for name, text in ended.texts.items()}
    attributes = ended.attributes
    is_test = "result" in attributes or "method" in attributes
    shown = attributes.get("name", "")
    suite, name = named(attributes.get("type", ""), attributes.get("method", ""), shown) if is_test else ("", shown)
    exception, message = exception_and_message(said.get("message", ""))
    trace = said.get("stack-trace", "")
    printed = "" if message.strip() or trace.strip() else said.get("output", "")
    return failure_of(
        ended.outcome,
        name=name,
        suite=suite,
        type_name=ended.exception or exception,
        message=message or "the report says that it failed, but not why",
        text="\n".join(filter(None, (said.get("message", ""), trace, printed))),
    )
