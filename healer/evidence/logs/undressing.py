r"""What a CI puts around each line of output taken off: time stamps, names of jobs and containers, colours.

Formats seen: GitHub (`2026-11-20T10:11:12.1234567Z text`; from `gh run view --log`, `job<TAB>step<TAB>` before it),
GitLab (`2026-11-20T10:11:12.123456Z 00O text`, `section_start:1700000000:name\r`), BuildKit (`#12 3.456 text`), Docker
Compose (`web-1  | text`), and a stamp in brackets as several others write it.
"""

from __future__ import annotations

import re

from healer.evidence.wording import clean

JOB = "##[job]"
"""Begins a line that this module writes where the name of the job changes."""

_STAMP = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_FIELDS = re.compile(r"([^\t\n]{1,300})\t[^\t\n]{0,300}\t\ufeff?(?=\d{4}-\d\d-\d\dT)")
_GITHUB = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z(?: \d\d[OE][ +]| |$)")
_BRACKETED = re.compile(rf"\[{_STAMP}\] ?")
_BUILDKIT = re.compile(r"#\d{1,4} \d{1,7}\.\d{1,3} ")
_COMPOSE = re.compile(r"[A-Za-z][\w.-]{0,100}[-_]\d{1,3} {1,40}\| ?")
_LINKS = re.compile(r"\x1b\]8;[^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\)")
_SHARE = 3
"""A stamp in brackets is the CI's when at least one line in so many has it."""


def undressed(text: str) -> str:
    """Return the text as the tools wrote it, clean; of a line that was written over, what a terminal shows last."""
    lines = text.split("\n")
    has_fields = any(map(_FIELDS.match, lines[:200]))
    is_bracketed = sum(line.startswith("[") and bool(_BRACKETED.match(line)) for line in lines) * _SHARE > len(lines)
    job = ""
    found: list[str] = []
    for raw in lines:
        line = raw.removeprefix("\ufeff")
        if has_fields and (match := _FIELDS.match(line)):
            if match[1] != job:
                job = match[1]
                found.append(f"{JOB}{job}")
            line = line[match.end() :]
        if "\r" in line:
            line = line.rstrip("\r").rpartition("\r")[2]
        if match := _stamp(line, is_bracketed=is_bracketed):
            line = line[match.end() :]
        if match := _source(line):
            line = line[match.end() :]
        found.append(line)
    joined = "\n".join(found)
    return clean(_LINKS.sub("", joined) if "\x1b]8;" in joined else joined)


def _stamp(line: str, *, is_bracketed: bool) -> re.Match[str] | None:
    if line[:1].isdecimal():
        return _GITHUB.match(line)
    return _BRACKETED.match(line) if is_bracketed else None


def _source(line: str) -> re.Match[str] | None:
    if line.startswith("#"):
        return _BUILDKIT.match(line)
    return _COMPOSE.match(line) if " | " in line[:160] else None
