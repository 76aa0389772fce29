"""A small diagnosis, and ways to have it shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from healer.delivery.diagnosis_view import View, view
from healer.models.code import ChangedHunk, ChangedRange, Commit, Culprit, Diagnosis, Location
from healer.models.evidence import CaseOutcome, Failure, FailureCluster, StackFrame
from healer.models.spectra import Hits, Spectra
from healer.redaction import Redactor
from tests.fakes import FakeSource

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOP = """import math


def half(value):
    doubled = value * 2
    return doubled


def whole(value):
    return value
"""
TEST = """from shop import half


def test_half():
    expected = 1
    assert half(2) == expected
"""
FILES = {"shop.py": SHOP, "tests/test_shop.py": TEST}
FAILURE = Failure(
    "tests/test_shop.py::test_half", "test_half", CaseOutcome.FAILED, file="tests/test_shop.py", type="AssertionError",
    message="assert 4 == 1", text="def test_half():\nE   assert 4 == 1\n",
    frames=(StackFrame("tests/test_shop.py", 6, "test_half"),),
)  # fmt: skip
OTHER = replace(FAILURE, id="tests/test_shop.py::TestShop::test_half_of_two", name="test_half_of_two")
LINE = Location(
    "shop.py", 5, 5, "half", 0.8, ("ran in all 2 failing tests and 0 of 7 passing ones", f"called in {FAILURE.id}")
)
WHOLE = Location(
    "shop.py", 4, 6, "half", 0.4, (f"half is called in {OTHER.id}", f"half shares words with {FAILURE.id}")
)
NEXT = Location("shop.py", 9, 10, "whole", 0.1, ("changed in abc1234 'Add whole', the newest commit",))
COMMIT = Commit(
    "abc1234" + "0" * 33,
    "Double it",
    (ChangedHunk("shop.py", 5, ("    halved = value / 2\n",), 5, ("    doubled = value * 2\n",)),),
)
CULPRIT = Culprit(COMMIT, 0, (ChangedRange("shop.py", 5, 5, ("    halved = value / 2\n",)),))
SPECTRA = Spectra(7, (FAILURE.id, OTHER.id), {"shop.py": {5: Hits(0, (0, 1)), 6: Hits(0, (0, 1)), 10: Hits(3, ())}})


@dataclass
class Told:
    """What is to be shown, each part to be replaced by a test that needs another."""

    files: Mapping[str, str | bytes] = field(default_factory=lambda: dict(FILES))
    failures: tuple[Failure, ...] = (FAILURE, OTHER)
    locations: tuple[Location, ...] = (LINE, WHOLE, NEXT)
    culprit: Culprit | None = None
    spectra: Spectra | None = None
    left_out: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    def view(self) -> View:
        clusters = (FailureCluster("f", self.failures),) if self.failures else ()
        files = {path: text if isinstance(text, bytes) else text.encode() for path, text in self.files.items()}
        diagnosis = Diagnosis(clusters, self.locations, (), self.culprit)
        return view(
            diagnosis, FakeSource(files), "b" * 40,
            redact=Redactor(self.secrets), spectra=self.spectra, left_out=self.left_out,
        )  # fmt: skip
