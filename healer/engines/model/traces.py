"""Traces without the source that they repeat: what a prompt shows elsewhere is not paid for twice."""

from __future__ import annotations

import re

_FAILING = re.compile(r"^>(?: |$)")
_SAID = re.compile(r"^E(?: |$)")
_PLACE = re.compile(r"^\S+?:\d+: ")
_CALLER = re.compile(r"^\S+?:\d+: in \S+$")
_RULE = re.compile(r"^(?:_ )+_?\s*$|^[_=-]{10,}$|^_{3,} .* _{3,}$")
_DEFINITION = re.compile(r"^(?:def|async def|class|@)\b")
_CARETS = re.compile(r"^\s+[\^~]+\s*$")
_SHORT_FRAME = re.compile(r"^\s+File \"")
_OF_RUNNERS = re.compile(
    r"^\s*at (?:async )?(?:[\w$.<>\[\] ]{1,200} \()?node:[\w/.-]{1,200}(?::\d+){1,2}\)?(?: \{)?\s*$"
    r"|^Hint: make sure your test modules/packages have valid Python names\.$"
)
"""Frames of node's own modules, and what pytest says of every import that fails."""
_IMPORTING = re.compile(r"^\S*/importlib/__init__\.py:\d+: in import_module$")
_OWN_FOLDER = re.compile(r"(?<![\w/])/(?:[\w.+-]{1,100}/){0,8}self-heal-runs-\w{1,40}/run-\d{1,6}/")
_DIFF_TIME = re.compile(r"^((?:---|\+\+\+) [^\t\n]{1,400})\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d.*$", re.MULTILINE)


def telling(trace: str) -> str:
    """Return a trace or a log without frames of runners and importers, our own folders and times of a diff."""
    kept: list[str] = []
    is_importing = False
    for line in trace.split("\n"):
        is_importing = _IMPORTING.match(line) is not None or (is_importing and line.startswith("    "))
        if not is_importing and not _OF_RUNNERS.match(line[:600]):
            kept.append(line)
    return _DIFF_TIME.sub(r"\1", _OWN_FOLDER.sub(".../", "\n".join(kept)))


def condensed(trace: str) -> str:
    """Return one of pytest's long traces without the source before each failing statement; of all, noise is left out.

    What stays of a frame: its arguments, the statement that failed with all of its lines, what was said, the place.
    """
    trace = telling(trace)
    lines = trace.split("\n")
    if not any(map(_SAID.match, lines)) or not any(map(_FAILING.match, lines)):
        return trace
    kept: list[str] = []
    in_statement = False
    for line in lines:
        if _RULE.match(line):
            in_statement = False
        elif _FAILING.match(line):
            in_statement = True
            kept.append(line)
        elif _SAID.match(line) or _PLACE.match(line) or _SHORT_FRAME.match(line):
            in_statement = bool(_CALLER.match(line))
            kept.append(line)
        elif in_statement and line.strip():
            if not (len(kept) > 1 and _CALLER.match(kept[-2]) and _CARETS.match(line)):
                kept.append(line)
        elif line and not line[0].isspace() and not _DEFINITION.match(line):
            in_statement = False
            kept.append(line)
        else:
            in_statement = in_statement and bool(line.strip())
    return "\n".join(_without_bare_carets(kept))


def _without_bare_carets(lines: list[str]) -> list[str]:
    """Drop carets that point at a whole statement: only a part of a longer line is worth pointing at."""
    kept: list[str] = []
    for line in lines:
        if _CARETS.match(line) and kept and kept[-1].startswith(">"):
            statement = kept[-1][1:].strip()
            if len(line.strip()) >= len(statement) - len("return "):
                continue
        kept.append(line)
    return kept
