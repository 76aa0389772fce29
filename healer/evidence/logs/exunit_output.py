"""What Elixir's ExUnit prints: failures, modules whose set-up failed, files that do not compile, and counts."""

from __future__ import annotations

import re

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES
from healer.evidence.logs.blocks import Block, blocks, counted, line_in, said
from healer.models.evidence import CaseOutcome, Failure, Tally

_COUNTS = re.compile(
    r"^((?:\d{1,9} (?:doctests?|tests?|propert(?:y|ies)|features?|scenarios?), ){1,5}\d{1,9} failures?"
    r"(?:, \d{1,9} (?:invalid|skipped|excluded)){0,3})$",
    re.MULTILINE,
)
_TEST = re.compile(
    r" {2}(\d{1,9})\) (?:((?:test|doctest|property|feature|scenario) .{1,2000}) \(([A-Z][\w.]{0,500})\)|"
    r"([A-Z][\w.]{0,500}): failure on setup_all callback\b.*)$"
)
_END = re.compile(r"\S")
_FILE = re.compile(r"(\S.{0,1024}?\.exs?):(\d{1,9})$")
_STACK = re.compile(r"\s{0,8}(?:code|stacktrace|arguments|The following (?:output|process)):?")
_CODE = re.compile(r"\s{0,8}(?:code|arguments): ")
_COMPILATION = re.compile(r"^== Compilation error in file (\S.{0,1024}?) ==\n([^\n]{1,4096})", re.MULTILINE)
_PLACED = re.compile(r"\u2514\u2500 (\S[^\n]{0,1024}?):(\d{1,9})")
_EXIT = re.compile(r"\*\* \(([\w.]{1,200})\) ")


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `Elixir.Module::test name`; invalid modules and uncompiled files are errors."""
    found: list[Failure] = []
    if "== Compilation error in file " in text:
        found.extend(_uncompiled(text, match) for match in _COMPILATION.finditer(text))
    if " failure" in text and _COUNTS.search(text):
        found.extend(map(_failure, blocks(text.splitlines(), _TEST, _END)))
    return tuple(found[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what all count; tests of invalid modules are errors."""
    position, total = -1, Tally()
    for match in _COUNTS.finditer(text) if " failure" in text else ():
        counts = counted(match[1])
        position = match.start()
        failed = counts.pop("failures", 0) + counts.pop("failure", 0)
        errors = counts.pop("invalid", 0)
        skipped = counts.pop("skipped", 0) + counts.pop("excluded", 0)
        total += Tally(max(0, sum(counts.values()) - failed - errors - skipped), failed, errors, skipped)
    return (position, total) if position >= 0 else None


def _failure(block: Block) -> Failure:
    text = block.text
    place = _FILE.match(text.partition("\n")[0])
    if place:
        text = text.partition("\n")[2]
    frames = parse_frames(text)
    message = said("\n".join(line for line in text.splitlines() if not _CODE.match(line)), _STACK)
    thrown = _EXIT.match(message)
    is_module = block.header[4] is not None
    file = place[1] if place else (frames[-1].file if frames else None)
    return failure_of(
        CaseOutcome.ERROR if is_module else CaseOutcome.FAILED,
        name="setup_all" if is_module else block.header[2],
        suite=f"Elixir.{block.header[4] or block.header[3]}",
        file=file,
        line=(line_in(file, frames) if file else None) or (int(place[2]) if place else None),
        type_name=thrown[1] if thrown else None,
        message=message,
        text=text,
        frames=frames,
    )


def _uncompiled(text: str, match: re.Match[str]) -> Failure:
    start = text.rfind("\n\n", max(0, match.start() - 4096), match.start())
    end = text.find("\n\n", match.end())
    body = text[match.start() if start < 0 else start : len(text) if end < 0 else end].strip("\n")
    placed = [place for place in _PLACED.finditer(body) if place[1] == match[1]]
    thrown = _EXIT.match(match[2])
    frames = parse_frames(match[2])
    line = int(placed[0][2]) if placed else (frames[-1].line if frames else None)
    error = next((line for line in body.splitlines() if line.lstrip().startswith("error: ")), match[2])
    return failure_of(
        CaseOutcome.ERROR,
        name=match[1],
        file=match[1],
        line=line,
        type_name=thrown[1] if thrown else "CompileError",
        message=error,
        text=body,
    )
