"""What reports say, for people: a table of files, then each cause with its tests and the frame that matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.cli.terminal import harmless
from healer.evidence.paths import is_foreign
from healer.layout import is_test
from healer.models.evidence import ReportVerdict, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.evidence import Failure, FailureCluster, Report, StackFrame

_COLORS = {
    ReportVerdict.PASSED: "32",
    ReportVerdict.FAILED: "31",
    ReportVerdict.EMPTY: "33",
    ReportVerdict.UNREADABLE: "33",
}
_BOLD = "1"
_COLUMNS = ("verdict", "report", "format", "tests", "passed", "failed", "errors", "skipped")
_NUMBERS_FROM = 3
_SHOWN_CAUSES = 50
_SHOWN_MEMBERS = 5
_MESSAGE_LINES = 12


def as_text(reports: Sequence[Report], total: Tally, clusters: Sequence[FailureCluster], *, color: bool) -> str:
    """Return the table, the causes (at most 50, each with at most 5 further test cases) and a closing line."""
    lines = [*_table(reports, total, color=color)]
    for one in clusters[:_SHOWN_CAUSES]:
        lines += ["", *_cause(one, color=color)]
    if len(clusters) > _SHOWN_CAUSES:
        left = sum(len(one.failures) for one in clusters[_SHOWN_CAUSES:])
        lines += ["", f"… and {left} more failures of other causes (--format json lists them all)"]
    lines += ["", _colored(_closing(total, clusters), _BOLD, color=color)]
    return "\n".join(lines) + "\n"


def _table(reports: Sequence[Report], total: Tally, *, color: bool) -> Iterator[str]:
    rows = [_COLUMNS, *(_row(report.verdict.value, report.source, report.format, report.tally) for report in reports)]
    if len(reports) > 1:
        rows.append(_row("", "total", "", total))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for number, row in enumerate(rows):
        cells = [
            cell.rjust(width) if column >= _NUMBERS_FROM else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        if not 0 < number <= len(reports):
            yield _colored("  ".join(cells).rstrip(), _BOLD, color=color)
            continue
        report = reports[number - 1]
        cells[0] = _colored(cells[0], _COLORS[report.verdict], color=color)
        yield "  ".join(cells).rstrip()
        yield from (f"{'':<{widths[0]}}  {_plain(remark)}" for remark in remarks(report))


def remarks(report: Report) -> list[str]:
    """Return what there is to say of a report beside its counts, a sentence each."""
    return [*([report.reason] if report.reason else []), *report.warnings]


def _row(verdict: str, source: str, report_format: str, tally: Tally | None) -> tuple[str, ...]:
    counts = (tally.tests, tally.passed, tally.failed, tally.errors, tally.skipped) if tally else ("",) * 5
    return (verdict, _plain(source), report_format, *map(str, counts))


def _cause(one: FailureCluster, *, color: bool) -> Iterator[str]:
    failure = one.representative
    label = failure.rule.level.upper() if failure.rule and failure.rule.level else failure.kind.value.upper()
    yield f"{_colored(label, _COLORS[ReportVerdict.FAILED], color=color)} {_plain(failure.id)}"
    yield from (f"    {line}" for line in _message(failure))
    frame = _frame_that_matters(failure)
    if frame:
        within = f" in {frame.function}" if frame.function else ""
        yield f"    at {_plain(f'{frame.file}:{frame.line}{within}')}"
    elif failure.file and not failure.rule:
        yield f"    at {_plain(failure.file)}{f':{failure.line}' if failure.line else ''}"
    others = [other.id for other in one.failures[1:]]
    if others:
        shown = [_plain(identity) for identity in others[:_SHOWN_MEMBERS]]
        yield f"    and {len(others)} more of the same cause:"
        yield from (f"        {identity}" for identity in shown)
        if len(others) > len(shown):
            yield f"        … {len(others) - len(shown)} more"


def _message(failure: Failure) -> Iterator[str]:
    lines = [harmless(line.rstrip()) for line in failure.headline.splitlines() if line.strip()]
    yield from lines[:_MESSAGE_LINES]
    if len(lines) > _MESSAGE_LINES:
        yield f"… {len(lines) - _MESSAGE_LINES} more lines"


def _frame_that_matters(failure: Failure) -> StackFrame | None:
    """Return the innermost frame of the project outside of tests, else the innermost of the project."""
    own = [frame for frame in reversed(failure.frames) if not is_foreign(frame.file)]
    return next((frame for frame in own if not is_test(frame.file.lstrip("/"))), own[0] if own else None)


def _closing(total: Tally, clusters: Sequence[FailureCluster]) -> str:
    counts = {"passed": total.passed, "failed": total.failed, "errors": total.errors, "skipped": total.skipped}
    named = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    causes = f"; {_counted(len(clusters), 'cause')}" if clusters else ""
    return f"{_counted(total.tests, 'test')}{f' ({named})' if named else ''}{causes}"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _plain(text: str) -> str:
    """Return text from a report as part of one line that commands nothing."""
    return harmless(" ".join(text.split()))


def _colored(text: str, code: str, *, color: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if color else text
