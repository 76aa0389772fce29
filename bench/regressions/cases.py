"""The cases of the localization benchmark: faults that a package's suite catches, each in a git history of its own.

A case folder holds the repository, the suite's report and line spectra of its newest commit, and `truth.json`, which
nothing that is measured ever gets to see.
"""

from __future__ import annotations

import difflib
import hashlib
import itertools
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bench.regressions.histories import write_history
from bench.regressions.seeding import draw
from healer.adapters.sandbox import PAYLOAD
from healer.evidence.readers import read_report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.regressions.seeding import Regression
    from bench.regressions.workshop import Package, Workshop
    from healer.models.evidence import Failure

_MOST_DRAWN = 25
"""Faults that are tried for each that is wanted."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Where one statement was changed; `line` is 1-based, in the newest commit, and `function` is qualified."""

    path: str
    function: str
    line: int
    operator: str


@dataclass(frozen=True, slots=True)
class Case:
    """One red commit with its history, and the truth about it."""

    folder: Path
    package: str
    faults: tuple[Fault, ...]
    last_green: str
    base: str

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"{self.package}/{self.folder.name}"

    @property
    def repository(self) -> Path:
        """Its git repository; the newest commit is red."""
        return self.folder / "repository"

    @property
    def spectra(self) -> tuple[Path, ...]:
        """What the suite's processes left about the lines that test cases ran."""
        return tuple(sorted((self.folder / "spectra").glob("*.json")))

    def failures(self, green: frozenset[str]) -> tuple[Failure, ...]:
        """Return what fails because of the fault: what failed in the package as it was published is left out."""
        return tuple(failure for failure in failures_in(self.folder / "report.xml") if failure.id not in green)


def failures_in(report: Path) -> tuple[Failure, ...]:
    """Return the failures of a JUnit file; none where there is no file."""
    if not report.exists():
        return ()
    with report.open("rb") as stream:
        return read_report(stream, report.name).failures


def cases(workshop: Workshop, package: Package, *, seed: int, single: int, several: int) -> Iterator[Case]:
    """Yield so many cases of one statement, then of two; what an earlier call built is used again."""
    home = workshop.cases(seed) / package.requirement
    known_red = frozenset(failure.id for failure in failures_in(workshop.baseline(package)))
    caught: list[Regression] = []
    for regression in itertools.islice(draw(workshop.sources(package), seed), _MOST_DRAWN * single):
        if len(caught) == single:
            break
        case = _case(workshop, package, home / f"one-{len(caught)}", (regression,), known_red)
        if case is not None:
            caught.append(regression)
            yield case
    made = 0
    for pair in _pairs(caught):
        if made == several:
            return
        case = _case(workshop, package, home / f"two-{made}", pair, known_red)
        if case is not None:
            made += 1
            yield case


def _pairs(caught: Sequence[Regression]) -> Iterator[tuple[Regression, Regression]]:
    """Yield faults of two files, and of two functions in one where both texts can be had at once."""
    for one, other in itertools.pairwise(caught):
        if one.path != other.path or _joined(one, other) is not None:
            yield one, other


def _joined(one: Regression, other: Regression) -> str | None:
    """Return one file with both faults, or None where they touch the same lines or change how many there are."""
    if one.line == other.line or one.function == other.function:
        return None
    first, second = one.text.split("\n"), other.text.split("\n")
    if len(first) != len(second):
        return None
    first[other.line - 1] = second[other.line - 1]
    return "\n".join(first)


def _case(
    workshop: Workshop, package: Package, folder: Path, faults: tuple[Regression, ...], known_red: frozenset[str]
) -> Case | None:
    """Return the case of these faults, built if need be; None where the suite does not catch it."""
    key = [[fault.path, fault.line, fault.before, fault.after] for fault in faults]
    missed = folder.parent / "missed.json"
    passed_over = json.loads(missed.read_text(encoding="utf-8")) if missed.exists() else []
    if key in passed_over:
        return None
    case = _read(folder, package)
    if case is not None:
        _observe(workshop, package, case)
        return case
    built = _build(workshop, package, folder, faults)
    if built is not None and _is_caught(built, package, known_red):
        return built
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    missed.write_text(json.dumps([*passed_over, key]), encoding="utf-8")
    return None


def _is_caught(case: Case, package: Package, known_red: frozenset[str]) -> bool:
    failures = case.failures(known_red)
    return any(not any(part in failure.id for part in package.flaky) for failure in failures)


def _build(workshop: Workshop, package: Package, folder: Path, faults: tuple[Regression, ...]) -> Case | None:
    texts = {fault.path: fault.text for fault in faults}
    if len(texts) < len(faults):
        texts = {faults[0].path: _joined(*faults) or ""}
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        place = Path(scratch) / "case"
        place.mkdir()
        history = write_history(place / "repository", workshop.root(package), texts, folder.as_posix())
        if not workshop.observe(package, place / "repository", place / "report.xml", place / "spectra"):
            return None
        (place / "observed").write_text(_recorder(), encoding="utf-8")
        newest = {path: place / "repository" / path for path in texts}
        truth = {
            "package": package.name,
            "faults": [
                asdict(replace(_fault(one), line=_now(one.line, texts[one.path], newest[one.path]))) for one in faults
            ],
            "last_green": history.last_green,
            "base": history.base,
        }
        (place / "truth.json").write_text(json.dumps(truth, indent=1), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        place.rename(folder)
    return _read(folder, package)


def _observe(workshop: Workshop, package: Package, case: Case) -> None:
    """Run the suite of a case again where our recorders are others than those it was observed with."""
    observed = case.folder / "observed"
    if observed.exists() and observed.read_text(encoding="utf-8") == _recorder():
        return
    shutil.rmtree(case.folder / "spectra", ignore_errors=True)
    workshop.observe(package, case.repository, case.folder / "report.xml", case.folder / "spectra")
    observed.write_text(_recorder(), encoding="utf-8")


@cache
def _recorder() -> str:
    """Return what tells one version of the recorder of lines from another."""
    files = ("self_heal_spectra.py", "self_heal_counts.py", "self_heal_tracers.py")
    return hashlib.sha256(b"".join((PAYLOAD / name).read_bytes() for name in files)).hexdigest()


def _fault(one: Regression) -> Fault:
    return Fault(one.path, one.function, one.line, one.operator)


def _now(line: int, red: str, newest: Path) -> int:
    """Return where a line of the red commit stands in the newest one, whose later commits may have moved it."""
    before, after = red.splitlines(), newest.read_text(encoding="utf-8").splitlines()
    for _, start, end, first, _ in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if start <= line - 1 < end:
            return first + line - start
    raise ValueError(line)


def _read(folder: Path, package: Package) -> Case | None:
    try:
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    faults = tuple(Fault(**fault) for fault in truth["faults"])
    return Case(folder, package.name, faults, truth["last_green"], truth["base"])
