"""The steps of a job in GitHub's log: where each begins, what it ran, what it printed, and how it ended.

GitHub opens each step by a group `##[group]Run <command>`, which holds the script, its shell and its environment, and
closes a failing one by `##[error]Process completed with exit code N.`; actions that fail write `##[error]` lines only.
A log of any other origin is one step without a command.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from healer.evidence.limits import LINE_CHARACTERS
from healer.evidence.logs.undressing import JOB

_RUN = "##[group]Run "
_GROUP = "##[group]"
_END = "##[endgroup]"
_ERROR = "##[error]"
_DEBUG = "##[debug]"
_MARK = re.compile(r"##\[(?:error|warning|notice|command|section|group)\]|\[command\]")
_EXIT = re.compile(r"(?:##\[error\]|Error: )Process completed with exit code (-?\d{1,12})\.\s{0,8}")
_ACTION = re.compile(r"(?:docker://|\./|[\w.-]{1,100}/[\w./-]{1,200}@)\S{0,300}")
_COMMAND = re.compile(
    r"::(error|warning|notice|debug|group|endgroup|set-output|save-state|add-mask|stop-commands)"
    r"(?: ([^\n]{0,2000}?))?::(.{0,4096})"
)
_PROPERTY = re.compile(r"(\w{1,20})=([^,]{0,1000})")
_RUNNER = re.compile(
    r"The operation was cancell?ed|The action '.{1,300}' has timed out|has exceeded the maximum execution time"
    r"|lost communication with the server|The runner has received a shutdown signal|The hosted runner|No space left"
)
_HEADER_LINES = 2_000
_POST = frozenset({"Post job cleanup.", "Cleaning up orphan processes"})


@dataclass(frozen=True, slots=True)
class Annotation:
    """One error that a step announced to GitHub, with its place if it said so."""

    message: str
    title: str = ""
    file: str | None = None
    line: int | None = None
    column: int | None = None


@dataclass(slots=True)
class Step:
    """One step of a job; `exit_code` is None when the log does not tell it."""

    command: str = ""
    lines: list[str] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    exit_code: int | None = None
    is_script: bool = False
    """Whether it ran a script, which fails by its exit code alone."""
    has_ended: bool = False
    """Whether something followed it, so that its end is in the log."""
    was_stopped: bool = False
    """Whether the runner ended it: cancelled, timed out, lost."""

    @property
    def has_failed(self) -> bool:
        """Whether the log says that it failed."""
        return self.exit_code not in {None, 0} or self.was_stopped or bool(self.annotations and not self.is_script)


def is_github(text: str) -> bool:
    """Whether the text has the marks of GitHub's own log."""
    return _GROUP in text or _ERROR in text or _END in text


def steps(text: str) -> list[Step]:
    """Split a log without time stamps into its steps, in order; markers are taken off, debug lines left out."""
    lines = text.split("\n")
    found = [Step()]
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.startswith(_RUN) and (header := _header(lines, number)) is not None:
            found[-1].has_ended = True
            found.append(Step(command=line.removeprefix(_RUN).strip(), is_script=header[1]))
            number = header[0]
        elif line.startswith(JOB) or line in _POST:
            found[-1].has_ended = True
            found.append(Step())
        elif match := _EXIT.fullmatch(line[:LINE_CHARACTERS]):
            found[-1].exit_code = int(match[1])
            found[-1].has_ended = True
            found.append(Step())
        else:
            _take(found[-1], line)
    return [step for step in found if step.command or step.exit_code is not None or step.annotations or any(step.lines)]


def _header(lines: list[str], start: int) -> tuple[int, bool] | None:
    """Return where a step's group ends and whether it is a script's; None if the group is one that a step made."""
    has_shell = False
    for number in range(start, min(len(lines), start + _HEADER_LINES)):
        line = lines[number]
        if line.startswith(_END):
            is_action = bool(_ACTION.match(lines[start - 1].removeprefix(_RUN)))
            return (number + 1, has_shell) if has_shell or is_action else None
        if line.startswith(_GROUP):
            return None
        has_shell = has_shell or line.startswith("shell: ")
    return None


def _take(step: Step, line: str) -> None:
    if "##[" in line[:200] or line.startswith("[command]"):
        if line.startswith((_DEBUG, _END)):
            return
        if line.startswith(_ERROR):
            message = line.removeprefix(_ERROR).strip()
            step.annotations.append(Annotation(message))
            step.was_stopped = step.was_stopped or bool(_RUNNER.search(message[:LINE_CHARACTERS]))
        line = _MARK.sub("", line, count=1) if _MARK.match(line) else line
    elif line.lstrip().startswith("::") and (match := _COMMAND.fullmatch(line.strip()[:LINE_CHARACTERS])):
        if match[1] != "error":
            line = match[3] if match[1] in {"warning", "notice"} else ""
        else:
            step.annotations.append(_annotation(match[2] or "", match[3]))
    step.lines.append(line)


def _annotation(properties: str, message: str) -> Annotation:
    """Read a workflow command's properties; see docs.github.com, workflow commands."""
    values = {name: _unescaped(value) for name, value in _PROPERTY.findall(properties)}
    return Annotation(
        _unescaped(message),
        values.get("title", ""),
        values.get("file") or None,
        _number(values.get("line", "")),
        _number(values.get("col", "")),
    )


def _unescaped(value: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(code, character)
    return value


def _number(value: str) -> int | None:
    return int(value) if value.isdecimal() and len(value) < 10 else None  # noqa: PLR2004 - any sane bound
