"""What a test command told by itself: its own fresh report, where there is one, else what it printed."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from healer.adapters.files import find_reports, open_report
from healer.errors import UsageError
from healer.evidence.logs.console import printed_tally, read_output
from healer.evidence.readers import read_report
from healer.evidence.retold import retold
from healer.models.evidence import ReportVerdict, Tally
from healer.models.proof import GradedBy
from healer.verification.grading import Printed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from healer.models.evidence import Failure

Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Places:
    """Where reports are looked for."""

    patterns: tuple[str, ...]
    folder: Path
    is_any_enough: bool = False
    """Whether some of the patterns may match nothing: then the others are all there is."""

    def present(self) -> dict[Path, Version]:
        """Return the report files that are there, with what tells a file from the same one rewritten."""
        groups = [(pattern,) for pattern in self.patterns] if self.is_any_enough else [self.patterns]
        found: dict[Path, Version] = {}
        for patterns in groups:
            with contextlib.suppress(UsageError):
                for path in find_reports(patterns, self.folder):
                    facts = path.lstat()
                    found[path] = (facts.st_ino, facts.st_ctime_ns)
        return found


def reported(places: Places, stale: Mapping[Path, Version], output: str = "") -> Printed | None:
    """Read the reports that are there and were not before; None without any.

    Failures that they place nowhere are told as the command printed them (`output`), where that says more.
    """
    fresh = [path for path, version in places.present().items() if stale.get(path) != version]
    told = _read(fresh) if fresh else None
    return replace(told, failures=retold(told.failures, lambda: read_output(output))) if told and output else told


def printed(output: str) -> Printed | None:
    """Read what a test command printed; None when that holds no result."""
    tally = printed_tally(output)
    if tally is None:
        return None
    failures = tuple(failure for failure in read_output(output) if failure.id != "script")
    return Printed(GradedBy.OUTPUT, failures, tally, {failure.id: failure.kind for failure in failures})


def _read(paths: Sequence[Path]) -> Printed | None:
    """Read reports; None when one of them cannot be read, for then nobody knows what it would have said."""
    failures: list[Failure] = []
    tally = Tally()
    for path in paths:
        try:
            with open_report(path) as stream:
                report = read_report(stream, path.name)
        except UsageError:
            return None
        if report.verdict is ReportVerdict.UNREADABLE or report.tally is None:
            return None
        failures += report.failures
        tally += report.tally
    return Printed(GradedBy.REPORT, tuple(failures), tally, {failure.id: failure.kind for failure in failures})
