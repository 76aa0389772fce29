"""`self-heal report`: what test reports say, whatever their dialect, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from healer.adapters.files import open_report
from healer.cli.parsing import Parser
from healer.cli.terminal import harmless
from healer.delivery.document import identity_document
from healer.errors import UsageError
from healer.evidence.fingerprints import fingerprint
from healer.evidence.paths import is_foreign
from healer.evidence.readers import read_report
from healer.layout import is_test
from healer.models.evidence import Report, ReportVerdict, Tally

if TYPE_CHECKING:
    import argparse

    from healer.cli.terminal import Terminal
    from healer.models.evidence import Failure, StackFrame

_COLORS = {
    ReportVerdict.PASSED: "32",
    ReportVerdict.FAILED: "31",
    ReportVerdict.EMPTY: "33",
    ReportVerdict.UNREADABLE: "33",
}
_SHOWN = 200
"""Failing test cases that the text form lists; JSON lists all that were kept."""


def execute(arguments: list[str], terminal: Terminal) -> int:
    """Read each file and print them all; 0 if at least one could be read, whatever the tests said, else 2."""
    options = _parser().parse_args(arguments)
    reports = [_read(path) for path in options.files]
    if options.format == "json":
        terminal.print_json(as_json(reports))
    elif terminal.color:
        # Colours are control characters, which printing makes visible; the words between them are harmless already.
        terminal.stdout.write(as_text(reports, color=True))
        terminal.stdout.flush()
    else:
        terminal.print(as_text(reports, color=False))
    return 0 if any(report.verdict is not ReportVerdict.UNREADABLE for report in reports) else 2


def as_json(reports: list[Report]) -> dict[str, Any]:
    """Return the one document of `--format json`."""
    return {
        "summary": _counts(_total(reports)),
        "files": [
            {
                "file": report.source,
                "format": report.format,
                "summary": _counts(report.tally) if report.tally else None,
                "verdict": report.verdict.value,
                "reason": "; ".join(_remarks(report)) or None,
            }
            for report in reports
        ],
        "failures": [_failure_as_json(failure) for report in reports for failure in report.failures],
    }


def as_text(reports: list[Report], *, color: bool) -> str:
    """Return the same for people: a line per file, the failing tests with the frame that matters, a total."""
    lines = []
    for report in reports:
        verdict = _colored(f"{report.verdict.value:<10}", _COLORS[report.verdict], color=color)
        said = f"  {_words(report.tally)}" if report.tally else ""
        remarks = _remarks(report)
        lines.append(f"{verdict}  {_plain(report.source)}{said}{': ' if remarks else ''}{_plain('; '.join(remarks))}")
    failures = [failure for report in reports for failure in report.failures]
    for failure in failures[:_SHOWN]:
        lines += ["", *_failure_as_lines(failure, color=color)]
    if len(failures) > _SHOWN:
        lines += ["", f"… and {len(failures) - _SHOWN} more (--format json lists them)"]
    lines += ["", _colored(f"total: {_words(_total(reports))}", "1", color=color)]
    return "\n".join(lines) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="self-heal report",
        description="Show what test reports say: JUnit XML of any tool, pytest-json-report. Content tells the format.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a report")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it (default: text)")
    return parser


def _read(path: str) -> Report:
    try:
        with open_report(path) as stream:
            return read_report(stream, path)
    except UsageError as error:
        return Report(source=path, format="unknown", verdict=ReportVerdict.UNREADABLE, reason=error.sentence)


def _total(reports: list[Report]) -> Tally:
    return sum((report.tally for report in reports if report.tally), Tally())


def _counts(tally: Tally) -> dict[str, int]:
    return {
        "tests": tally.tests,
        "passed": tally.passed,
        "failed": tally.failed,
        "errors": tally.errors,
        "skipped": tally.skipped,
    }


def _words(tally: Tally) -> str:
    counts = {"passed": tally.passed, "failed": tally.failed, "errors": tally.errors, "skipped": tally.skipped}
    named = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"{tally.tests} test{'' if tally.tests == 1 else 's'}{f' ({named})' if named else ''}"


def _remarks(report: Report) -> list[str]:
    return [*([report.reason] if report.reason else []), *report.warnings]


def _failure_as_json(failure: Failure) -> dict[str, Any]:
    return {
        **identity_document(failure),
        "type": failure.type,
        "message": failure.message,
        "frames": [{"file": one.file, "line": one.line, "function": one.function} for one in failure.frames],
        "fingerprint": fingerprint(failure),
    }


def _failure_as_lines(failure: Failure, *, color: bool) -> list[str]:
    lines = [f"{_colored(failure.kind.value.upper(), _COLORS[ReportVerdict.FAILED], color=color)} {_plain(failure.id)}"]
    message = failure.message
    prefix = f"{failure.type}: " if failure.type and not message.startswith(failure.type.rpartition(".")[2]) else ""
    if message or prefix:
        lines.append(f"    {_plain(prefix + message)}")
    frame = _frame_that_matters(failure)
    if frame:
        within = f" in {frame.function}" if frame.function else ""
        lines.append(f"    at {_plain(f'{frame.file}:{frame.line}{within}')}")
    elif failure.file:
        lines.append(f"    at {_plain(failure.file)}{f':{failure.line}' if failure.line else ''}")
    return lines


def _frame_that_matters(failure: Failure) -> StackFrame | None:
    """Return the innermost frame of the project outside of tests, else the innermost of the project."""
    own = [frame for frame in reversed(failure.frames) if not is_foreign(frame.file)]
    return next((frame for frame in own if not is_test(frame.file.lstrip("/"))), own[0] if own else None)


def _plain(text: str) -> str:
    """Return text from a report as part of one line that commands nothing."""
    return harmless(" ".join(text.split()))


def _colored(text: str, code: str, *, color: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if color else text
