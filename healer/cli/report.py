"""`self-heal report`: what test reports and logs say, whatever their dialect, for people and for programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from healer.adapters.files import find_reports, open_report
from healer.cli.parsing import Parser
from healer.cli.report_text import as_text, remarks
from healer.cli.watching import watched
from healer.delivery.document import identity_document
from healer.errors import UsageError
from healer.evidence.clusters import cluster
from healer.evidence.fingerprints import fingerprint
from healer.evidence.merging import merged
from healer.evidence.readers import read_reports
from healer.models.evidence import Report, ReportVerdict, Tally

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from healer.cli.terminal import Terminal
    from healer.models.evidence import Failure


def execute(arguments: list[str], terminal: Terminal) -> int:
    """Read each file and print them all; 0 if at least one could be read, whatever the tests said, else 2."""
    options = _parser().parse_args(arguments)
    reports = [report for name in options.files for report in _read_all(name, terminal)]
    run = merged(reports)
    if options.format == "json":
        terminal.print_json(as_json(reports, run.tally, run.failures))
    elif terminal.color:
        # Colours are control characters, which printing makes visible; the words between them are harmless already.
        terminal.stdout.write(as_text(reports, run.tally, cluster(run.failures), color=True))
        terminal.stdout.flush()
    else:
        terminal.print(as_text(reports, run.tally, cluster(run.failures), color=False))
    return 0 if any(report.verdict is not ReportVerdict.UNREADABLE for report in reports) else 2


def as_json(reports: Sequence[Report], total: Tally, failures: Sequence[Failure]) -> dict[str, Any]:
    """Return the one document of `--format json`."""
    return {
        "summary": _counts(total),
        "files": [
            {
                "file": report.source,
                "format": report.format,
                "summary": _counts(report.tally) if report.tally else None,
                "verdict": report.verdict.value,
                "reason": "; ".join(remarks(report)) or None,
                "flaky": list(report.flaky),
            }
            for report in reports
        ],
        "failures": [_failure_as_json(failure) for failure in failures],
        "clusters": [
            {"fingerprint": one.fingerprint, "failures": [failure.id for failure in one.failures]}
            for one in cluster(failures)
        ],
    }


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="self-heal report",
        description=(
            "Show what test reports, analysers' findings and logs say. Content tells the format, never the name."
        ),
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a report, a log, a zip of them, a folder of reports or a glob"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it (default: text)")
    return parser


def _read_all(name: str, terminal: Terminal) -> Iterator[Report]:
    """Read what a name means; of a folder or a glob, files that are no report at all are left out."""
    if not (any(mark in name for mark in "*?[") or Path(name).is_dir()) or Path(name).is_symlink():
        yield from _read(name, terminal)
        return
    try:
        paths = find_reports([name], Path())
    except UsageError as error:
        yield Report(source=name, format="unknown", verdict=ReportVerdict.UNREADABLE, reason=error.sentence)
        return
    reports = [report for path in paths for report in _read(str(path), terminal)]
    known = [report for report in reports if report.format != "unknown"]
    yield from known or reports


def _read(path: str, terminal: Terminal) -> Iterator[Report]:
    try:
        with open_report(path) as stream:
            yield from read_reports(watched(stream, path, terminal), path)
    except UsageError as error:
        yield Report(source=path, format="unknown", verdict=ReportVerdict.UNREADABLE, reason=error.sentence)


def _counts(tally: Tally) -> dict[str, int]:
    return {
        "tests": tally.tests,
        "passed": tally.passed,
        "failed": tally.failed,
        "errors": tally.errors,
        "skipped": tally.skipped,
    }


def _failure_as_json(failure: Failure) -> dict[str, Any]:
    """Return one failure; an analyser's finding has its rule as well."""
    rule = failure.rule
    found = (
        {"rule": {"level": rule.level, "severity": rule.severity, "help": rule.help, "url": rule.url}} if rule else {}
    )
    return {
        **identity_document(failure),
        "type": failure.type,
        "message": failure.message,
        "frames": [{"file": one.file, "line": one.line, "function": one.function} for one in failure.frames],
        "fingerprint": fingerprint(failure),
        **found,
    }
