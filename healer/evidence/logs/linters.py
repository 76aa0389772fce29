"""What linters and type checkers print, as findings; only in shapes that are unmistakably one tool's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.limits import LINE_CHARACTERS
from healer.evidence.logs.diagnostics import Complaint, complaints_as_failures
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from healer.models.evidence import Failure

_PATH = r"((?:[A-Za-z]:)?[^\s:][^:\n]{0,1000}?)"
_MYPY = re.compile(
    r"((?:[A-Za-z]:)?[^\s:][^:\n]{0,1000}?\.pyi?):(\d{1,9})(?::(\d{1,9}))?(?::\d{1,9}:\d{1,9})?: error: (.*)$"
)
_MYPY_CODE = re.compile(r" {2}\[([a-z][a-z-]{1,60})\]$")
_MYPY_END = re.compile(r"^Found \d{1,9} errors? in \d{1,9} files? \((?:checked|errors prevented)", re.MULTILINE)
_MYPY_NOTE = re.compile(r"[^\s:][^:\n]{0,1000}?\.pyi?:\d{1,9}(?::\d{1,9})?: note: ")
_PATH_LINE = re.compile(r"[^\s:][^:\n]{0,1000}?\.pyi?:\d{1,9}|Found \d{1,9} error")
_RUFF = re.compile(
    rf"{_PATH}:(\d{{1,9}}):(\d{{1,9}}): ([A-Z]{{1,6}}\d{{1,5}}|invalid-syntax|SyntaxError):? (?:\[\*\] )?(.*)$"
)
_RUFF_FULL = re.compile(r"([A-Z]{1,6}\d{1,5}|invalid-syntax):? (?:\[\*\] )?(\S.*)$")
_RUFF_AT = re.compile(rf" {{1,8}}--> {_PATH}:(\d{{1,9}}):(\d{{1,9}})$")
_RUFF_GITHUB = re.compile(
    rf"::error title=[Rr]uff \([\w-]{{1,60}}\),[^:\n]{{0,2000}}::"
    rf"{_PATH}:(\d{{1,9}}):(\d{{1,9}}): ([\w-]{{1,60}}):? (.*)$"
)
_RUFF_GROUP = re.compile(r"\s{1,10}(\d{1,9}):(\d{1,9})\s{1,12}([A-Z]{1,6}\d{1,5}|invalid-syntax):? (?:\[\*\] )?(.*)$")
_RUFF_FILE = re.compile(r"([^\s:][^:\n]{0,1000}\.\w{1,6}):$")
_RUFF_PYLINT = re.compile(rf"{_PATH}:(\d{{1,9}})(:)?: \[([A-Z]{{1,6}}\d{{1,5}}|invalid-syntax)\] (.*)$")
_RUFF_END = re.compile(r"^Found \d{1,9} errors?(?: \(\d{1,9} fixed, \d{1,9} remaining\))?\.$", re.MULTILINE)
_PYLINT = re.compile(rf"{_PATH}:(\d{{1,9}}):(\d{{1,9}}): ([CRWEFI]\d{{4}}): (.*) \(([a-z][a-z0-9-]{{2,60}})\)$")
_FLAKE8 = re.compile(
    r"((?:[A-Za-z]:)?[^\s:][^:\n]{0,1000}?\.(?:pyi?|ipynb)):(\d{1,9}):(\d{1,9}): ([A-Z]{1,6}\d{1,4}) (\S.*)$"
)
_ESLINT_FILE = re.compile(r"(?:/|[A-Za-z]:[\\/]|\.{1,2}/)?[^\s:][^:\n]{0,1000}\.\w{1,10}$")
_ESLINT = re.compile(
    r" {2,8}(\d{1,9}):(\d{1,9}) {2,10}(error|warning) {2,10}(\S.*?)(?: {2,400}([@\w][\w/@-]{1,120}))?$"
)
_ESLINT_END = re.compile(r"^✖ \d{1,9} problems? \((\d{1,9}) errors?, \d{1,9} warnings?\)$", re.MULTILINE)
_ESLINT_UNIX = re.compile(rf"{_PATH}:(\d{{1,9}}):(\d{{1,9}}): (.*) \[(Error|Warning)(?:/([\w@][\w/@-]{{1,120}}))?\]$")
_SHELLCHECK = re.compile(rf"{_PATH}:(\d{{1,9}}):(\d{{1,9}}): (error|warning|note|style): (.*) \[(SC\d{{4}})\]$")
_SHELLCHECK_TTY = re.compile(r"In (\S.{0,1000}) line (\d{1,9}):$")
_SHELLCHECK_SAID = re.compile(r" {0,1000}\^-{0,1000}\^? (SC\d{4}) \((error|warning|info|style)\): (.*)$")
_BANDIT = re.compile(r">> Issue: \[(B\d{3}):([a-z_]{1,100})\] (.*)$")
_BANDIT_AT = re.compile(rf" {{2,6}}Location: {_PATH}:(\d{{1,9}})(?::\d{{1,9}})?$")
_GOLANGCI = re.compile(r"([^\s:][^:\n]{0,1000}\.go):(\d{1,9})(?::(\d{1,9}))?: (.*) \(([a-z][a-z0-9_-]{1,40})\)$")
_GOLANGCI_END = re.compile(r"^(?:\d{1,9} issues?[.:]|\s{1,40}\^)\s*$|^level=\w{1,8} msg=", re.MULTILINE)
_CLEAN = re.compile(
    r"^(?:Success: no issues found in \d{1,9} source files?|All checks passed!|0 issues\."
    r"|Your code has been rated at 10\.00/10.{0,100})$",
    re.MULTILINE,
)


def failures(text: str) -> tuple[Failure, ...]:
    """Return the findings with ids `path:line:column: rule`, each tool's in its order.

    ESLint's warnings are findings only of a run that failed.
    """
    lines = [line[:LINE_CHARACTERS].rstrip() for line in text.split("\n")]
    return complaints_as_failures(
        (complaint for read in _READERS for complaint in read(text, lines)), CaseOutcome.FAILED
    )


def says_clean(text: str) -> bool:
    """Whether a linter that looked says that it found nothing, which is no test result."""
    return bool(_CLEAN.search(text)) and not failures(text)


def tally(text: str) -> None:
    """Return None: findings are no test cases, and a linter that finds nothing has passed none."""
    del text


def _mypy(text: str, lines: Sequence[str]) -> Iterator[Complaint]:
    """Codes stand at the end of the message, which the pretty form may have wrapped; old releases have none."""
    if ": error: " not in text:
        return
    is_certain = bool(_MYPY_END.search(text))
    for number, line in enumerate(lines):
        match = _MYPY.match(line) if ": error: " in line else None
        if match is None:
            continue
        said = line
        block = [line]
        for following in lines[number + 1 : number + 12]:
            is_note = bool(_MYPY_NOTE.match(following))
            is_shown = following.startswith("    ") or not _MYPY_CODE.search(said)
            if is_note or (following and is_certain and is_shown and not _PATH_LINE.match(following)):
                block.append(following)
                said = said if _MYPY_CODE.search(said) or is_note else f"{said} {following.strip()}"
            else:
                break
        code = _MYPY_CODE.search(line) or _MYPY_CODE.search(said)
        if code is None and not is_certain:
            continue
        message = _MYPY.sub(r"\4", said[: code.start()] if code and code.string == said else line)
        yield _finding("mypy", match, (code[1] if code else "", _MYPY_CODE.sub("", message)), block, "error")


def _ruff(text: str, lines: Sequence[str]) -> Iterator[Complaint]:
    if not _RUFF_END.search(text):
        return
    for number, line in enumerate(lines):
        if match := _RUFF.match(line):
            yield _finding("ruff", match, (match[4], match[5]), [line], "error")
        elif (
            (match := _RUFF_FULL.match(line)) and number + 1 < len(lines) and (at := _RUFF_AT.match(lines[number + 1]))
        ):
            block = [line]
            for following in lines[number + 1 : number + 30]:
                if not following.strip():
                    break
                block.append(following)
            yield _finding("ruff", at, (match[1], match[2]), block, "error")


def _ruff_elsewhere(text: str, lines: Sequence[str]) -> Iterator[Complaint]:
    """Read ruff's forms that close without a count: GitHub's commands, grouped by file, and pylint's."""
    file = ""
    is_grouped = bool(_RUFF_END.search(text))
    for line in lines:
        if line.startswith("::error ") and (match := _RUFF_GITHUB.match(line)):
            yield _finding("ruff", match, (match[4], match[5].partition("%0A")[0]), [line], "error")
        elif is_grouped and (match := _RUFF_FILE.match(line)):
            file = match[1]
        elif file and (match := _RUFF_GROUP.match(line)):
            yield Complaint("ruff", file, int(match[1]), int(match[2]), match[3], match[4], [line], level="error")
        elif "]" in line and (match := _RUFF_PYLINT.match(line)):
            yield Complaint("ruff", match[1], int(match[2]), None, match[4], match[5], [line], level="error")


def _bandit(text: str, lines: Sequence[str]) -> Iterator[Complaint]:
    if ">> Issue: [B" not in text:
        return
    for number, line in enumerate(lines):
        if match := _BANDIT.match(line):
            block = [line, *lines[number + 1 : number + 9]]
            at = next((found for following in block if (found := _BANDIT_AT.match(following))), None)
            level = next((following.split()[1].lower() for following in block if "Severity: " in following), "low")
            if at is not None:
                yield Complaint("bandit", at[1], int(at[2]), None, match[1], match[3], block, level=level)


def _pylint(text: str, lines: Sequence[str]) -> Iterator[Complaint]:
    del text
    levels = {"E": "error", "F": "error", "W": "warning"}
    for line in lines:
        if line.endswith(")") and (match := _PYLINT.match(line)):
            said = (match[4], f"{match[5]} ({match[6]})")
            yield _finding("pylint", match, said, [line], levels.get(match[4][0], "note"))


def _flake8(text: str, lines: Sequence[str]) -> Iterator[Complaint]:
    if _RUFF_END.search(text):
        return
    for line in lines:
        if ".py" in line and (match := _FLAKE8.match(line)):
            yield _finding("flake8", match, (match[4], match[5]), [line], "error")


def _eslint(text: str, lines: Sequence[str]) -> Iterator[Complaint]:
    """Warnings fail a run only by `--max-warnings`; they are findings of a run that failed."""
    end = None
    for end in _ESLINT_END.finditer(text):  # noqa: B007 - the last one is wanted
        pass
    wants_warnings = end is not None and (end[1] != "0" or "too many warnings" in text)
    file = ""
    for line in lines:
        if end is not None and (match := _ESLINT.match(line)):
            if file and (match[3] == "error" or wants_warnings):
                rule = match[5] or ""
                yield Complaint("eslint", file, int(match[1]), int(match[2]), rule, match[4], [line], level=match[3])
        elif line.endswith("]") and (match := _ESLINT_UNIX.match(line)):
            if match[5] == "Error":
                yield _finding("eslint", match, (match[6] or "", match[4]), [line], "error")
        elif line.strip():
            file = line if _ESLINT_FILE.match(line) else ""


def _shellcheck(text: str, lines: Sequence[str]) -> Iterator[Complaint]:
    if "[SC" not in text and "SC" not in text:
        return
    place: tuple[str, int] | None = None
    source: list[str] = []
    for line in lines:
        if line.endswith("]") and (match := _SHELLCHECK.match(line)):
            yield _finding("shellcheck", match, (match[6], match[5]), [line], match[4])
        elif match := _SHELLCHECK_TTY.match(line):
            place, source = (match[1], int(match[2])), [line]
        elif place and (match := _SHELLCHECK_SAID.match(line)):
            column = line.index("^") + 1
            yield Complaint("shellcheck", *place, column, match[1], match[3], [*source, line], level=match[2])
        elif place and len(source) < 3:  # noqa: PLR2004 - the heading and the source line are enough
            source.append(line)


def _golangci(text: str, lines: Sequence[str]) -> Iterator[Complaint]:
    if ".go:" not in text or not _GOLANGCI_END.search(text):
        return
    for number, line in enumerate(lines):
        if line.endswith(")") and (match := _GOLANGCI.match(line)):
            block = [line, *(following for following in lines[number + 1 : number + 3] if following[:1] in {"\t", " "})]
            yield _finding("golangci-lint", match, (match[5], match[4]), block, "error")


def _finding(tool: str, match: re.Match[str], said: tuple[str, str], lines: list[str], level: str) -> Complaint:
    column = int(match[3]) if match[3] else None
    return Complaint(tool, match[1], int(match[2]), column, *said, lines, level=level)


_READERS: tuple[Callable[[str, Sequence[str]], Iterator[Complaint]], ...] = (
    _mypy,
    _ruff,
    _ruff_elsewhere,
    _bandit,
    _pylint,
    _flake8,
    _eslint,
    _shellcheck,
    _golangci,
)
