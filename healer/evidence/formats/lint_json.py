"""The JSON of linters: ESLint's, Ruff's, Bandit's, ShellCheck's, and mypy's lines.

Every finding fails but ShellCheck's notes, which count as passed as in any report of an analyser. Notes of mypy, which
explain an error, are passed over. Ruff's `[]` tells nothing of what wrote it and is no report.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from healer.evidence.conclusion import unreadable
from healer.evidence.findings import FAILING_LEVELS, ONLY_NOTES, finding_of, rule_of
from healer.evidence.formats.json_documents import number_of, objects, read_documents, text_of
from healer.evidence.gathered import Gathered
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "lint_json"
_SHAPES = (
    re.compile(r'\[\s{0,20}\{\s{0,20}"filePath"\s{0,9}:'),
    re.compile(r'\[\s{0,20}\{\s{0,20}"cell"\s{0,9}:\s{0,9}(?:null|\d{1,9}),\s{0,20}"code"\s{0,9}:'),
    re.compile(r'\{\s{0,20}"errors"\s{0,9}:\s{0,9}\[[^\[]{0,4096}"generated_at"\s{0,9}:'),
    re.compile(
        r'(?:\{\s{0,9}"comments"\s{0,9}:\s{0,9})?\[\s{0,9}\{"file":"(?=[^\n]{1,4096}?"level":"\w{1,20}","code":\d)'
    ),
    re.compile(r'\{"file": "(?=[^\n]{1,8192}?"severity": ?"(?:error|note)"\})'),
)
_EMPTY_COMMENTS = re.compile(r'\{"comments":\[\]\}\s{0,20}')
_LEVELS = {"error": "error", "warning": "warning", "info": "note", "style": "note"}
_BANDIT_LEVELS = {"HIGH": "error", "MEDIUM": "warning", "LOW": "note"}
_SERIOUS = 2


def recognises(head: Head) -> bool:
    """Whether JSON begins as one of these tools writes it."""
    text = head.json
    return any(shape.match(text) for shape in _SHAPES) or _EMPTY_COMMENTS.fullmatch(text) is not None


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read all findings; a report without any is a pass, unless it breaks off."""
    reading = read_documents(chunks, lambda value: isinstance(value, (dict, list)))
    if not reading.values:
        return unreadable(source, reading.cut_off or "the JSON has not the shape of this format", FORMAT)
    gathered = Gathered()
    for document in reading.values:
        for entry in objects(document if isinstance(document, list) else [document]):
            _gather(entry, gathered)
    if gathered.tally.passed and not gathered.tally.failing:
        gathered.warn(ONLY_NOTES)
    return gathered.report(source, FORMAT, cut_off=reading.cut_off, is_clean=True)


def _gather(entry: Mapping[str, Any], gathered: Gathered) -> None:
    if "filePath" in entry:
        for message in objects(entry.get("messages")):
            _eslint(message, text_of(entry.get("filePath")), gathered)
    elif "generated_at" in entry or "metrics" in entry:
        _bandits(entry, gathered)
    elif "comments" in entry:
        for comment in objects(entry.get("comments")):
            _shellcheck(comment, gathered)
    elif "filename" in entry:
        _ruff(entry, gathered)
    elif "level" in entry:
        _shellcheck(entry, gathered)
    else:
        _mypy(entry, gathered)


def _mypy(finding: Mapping[str, Any], gathered: Gathered) -> None:
    if finding.get("severity") == "error":
        _add(
            gathered,
            "mypy",
            text_of(finding.get("code")),
            file=text_of(finding.get("file")),
            line=finding.get("line"),  # without the column, which it counts from 0 and prints nowhere else
            message=text_of(finding.get("message")),
        )


def _bandits(document: Mapping[str, Any], gathered: Gathered) -> None:
    for finding in objects(document.get("results")):
        _bandit(finding, gathered)
    for error in objects(document.get("errors")):
        file, reason = text_of(error.get("filename")), text_of(error.get("reason"))
        _add(gathered, "bandit", file=file, message=reason, is_error=True)


def _eslint(message: Mapping[str, Any], file: str, gathered: Gathered) -> None:
    _add(
        gathered,
        "eslint",
        text_of(message.get("ruleId")),
        file=file,
        line=message.get("line"),
        column=message.get("column"),
        message=text_of(message.get("message")),
        level="error" if (number_of(message.get("severity")) or _SERIOUS) >= _SERIOUS else "warning",
        is_error=message.get("fatal") is True,
    )


def _ruff(finding: Mapping[str, Any], gathered: Gathered) -> None:
    place = finding.get("location")
    at = place if isinstance(place, dict) else {}
    _add(
        gathered,
        "ruff",
        text_of(finding.get("code")) or "invalid-syntax",
        file=text_of(finding.get("filename")),
        line=at.get("row"),
        column=at.get("column"),
        message=text_of(finding.get("message")),
        url=text_of(finding.get("url")),
        is_error=text_of(finding.get("code")) in {"", "invalid-syntax"},
    )


def _bandit(finding: Mapping[str, Any], gathered: Gathered) -> None:
    _add(
        gathered,
        "bandit",
        text_of(finding.get("test_id")),
        file=text_of(finding.get("filename")),
        line=finding.get("line_number"),
        message=text_of(finding.get("issue_text")),
        level=_BANDIT_LEVELS.get(text_of(finding.get("issue_severity")), "warning"),
        url=text_of(finding.get("more_info")),
    )


def _shellcheck(comment: Mapping[str, Any], gathered: Gathered) -> None:
    code = number_of(comment.get("code"))
    _add(
        gathered,
        "shellcheck",
        f"SC{code}" if code is not None else "",
        file=text_of(comment.get("file")),
        line=comment.get("line"),
        column=comment.get("column"),
        message=text_of(comment.get("message")),
        level=_LEVELS.get(text_of(comment.get("level")), "error"),
    )


def _add(
    gathered: Gathered,
    tool: str,
    rule: str = "",
    *,
    file: str = "",
    line: object = None,
    column: object = None,
    message: str = "",
    level: str = "error",
    url: str = "",
    is_error: bool = False,
) -> None:
    if level not in FAILING_LEVELS:
        gathered.count(CaseOutcome.PASSED)
        return
    kind = CaseOutcome.ERROR if is_error else CaseOutcome.FAILED
    gathered.add(
        kind,
        lambda: finding_of(
            rule_of(rule, level=level, url=url),
            tool=tool,
            file=file,
            line=number_of(line),
            column=number_of(column),
            message=message,
            kind=kind,
        ),
    )
