"""What real tools wrote, beside what those tools said of their own runs (tests/data/golden/README.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from healer.evidence.merging import merged
from healer.evidence.paths import normalised
from healer.evidence.readers import read_reports
from healer.models.evidence import Failure, Report, ReportVerdict

GOLDEN = Path(__file__).parents[1] / "data" / "golden"

DIFFERENCES = {
    "prove/engine.tap": "the innermost points are counted, not those that sum them up, and what is to do is skipped",
}
"""Files that are counted otherwise than their tool counts, on purpose."""


@dataclass(frozen=True)
class Golden:
    """A file and the truth about it."""

    path: Path
    truth: dict[str, Any]

    def __str__(self) -> str:
        return str(self.path.relative_to(GOLDEN))


def golden_files() -> list[Golden]:
    return [
        Golden(manifest.parent / entry["file"], entry)
        for manifest in sorted(GOLDEN.glob("*/truth.json"))
        for entry in json.loads(manifest.read_text())
    ]


def read(golden: Golden) -> tuple[Report, ...]:
    with golden.path.open("rb") as stream:
        return read_reports(stream, golden.path.name)


def verdict_of(reports: tuple[Report, ...]) -> str:
    verdicts = {report.verdict for report in reports}
    order = (ReportVerdict.FAILED, ReportVerdict.UNREADABLE, ReportVerdict.PASSED, ReportVerdict.EMPTY)
    return next(verdict.value for verdict in order if verdict in verdicts)


def is_found(wanted: dict[str, Any], failures: tuple[Failure, ...]) -> str | None:
    """Return why a failing test is not told as it was, or None when it is."""
    named = [one for one in failures if one.id == wanted["id"]] if wanted["id"] else list(failures)
    if not named and wanted.get("parent"):
        return None  # what failed inside of it tells the same
    if not named:
        return f"no failure has the id {wanted['id']!r}"
    said = wanted["message_contains"] or ""
    speaking = [one for one in named if words(said) in words(one.message) or words(said) in words(one.text)]
    if not speaking:
        return f"{named[0].message!r} does not say {said!r}"
    if wanted["type"] and not any((one.type or "").endswith(wanted["type"]) for one in speaking):
        return f"the type is {speaking[0].type!r}, not {wanted['type']!r}"
    if wanted["file"] and not any(is_placed(one, wanted["file"], wanted["line"]) for one in speaking):
        one = speaking[0]
        places = [f"{one.file}:{one.line}", *(f"{frame.file}:{frame.line}" for frame in one.frames)]
        return f"{wanted['file']}:{wanted['line']} is not among {places}"
    return None


def words(text: str) -> str:
    return " ".join(text.split())


def is_placed(failure: Failure, file: str, line: int | None) -> bool:
    places = [(failure.file or "", failure.line), *((frame.file, frame.line) for frame in failure.frames)]
    return any(is_same_file(place, file) and (line is None or at == line) for place, at in places)


def is_same_file(reported: str, file: str) -> bool:
    """Whether a path ends in another one; Java, Go and C++ report base names only."""
    one, other = f"/{normalised(reported)[0]}", f"/{file}"
    return one.endswith(other) or other.endswith(one)


@pytest.mark.parametrize("golden", golden_files(), ids=str)
def test_the_verdict_is_the_tools_own(golden: Golden) -> None:
    assert verdict_of(read(golden)) == golden.truth["verdict"]


def counted_files() -> list[Golden]:
    return [one for one in golden_files() if one.truth["tests"] is not None and str(one) not in DIFFERENCES]


@pytest.mark.parametrize("golden", counted_files(), ids=str)
def test_the_counts_are_the_tools_own(golden: Golden) -> None:
    truth, tally = golden.truth, merged(read(golden)).tally
    # Tools draw the line between a failure and an error where they like; how many ran red is what they agree on.
    assert (tally.passed, tally.failing, tally.skipped) == (
        truth["passed"],
        truth["failed"] + truth["errors"],
        truth["skipped"],
    )


@pytest.mark.parametrize("golden", [one for one in golden_files() if one.truth["failing"]], ids=str)
def test_every_failing_test_is_found_with_its_place_and_words(golden: Golden) -> None:
    failures = merged(read(golden)).failures
    problems = [problem for wanted in golden.truth["failing"] if (problem := is_found(wanted, failures))]
    assert problems == []


def test_each_difference_is_of_a_golden_file() -> None:
    assert set(DIFFERENCES) <= {str(one) for one in golden_files()}
