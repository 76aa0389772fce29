"""SyntaxError and its kin: a lost colon, bracket, quote or comma, an indentation that fits its neighbours.

Each try edits one line near the one that Python complains about; only what then parses is ever proposed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.engines.embedded.repair import Repair, Splice
from healer.localization.pysource import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.engines.embedded.case import Case

_TYPES = frozenset({"SyntaxError", "IndentationError", "TabError"})
_NEIGHBOURS = (0, -1, 1, -2)
"""Lines looked at, relative to the reported one: a lost bracket is noticed after it."""
_OPENS_BLOCK = re.compile(
    rb"\s*(?:async\s|def\s|class\s|if\s|elif\s|else\b|for\s|while\s|with\s|try\b|except\b|finally\b|match\s|case\s)"
)
_COMMENT = re.compile(rb"[ \t]*(?:#[^\n'\"]*)?\r?\n?$")
_MOST = 8


def unparsable_line(case: Case) -> Iterator[Repair]:
    """Repair a file that Python cannot parse, by one small edit that makes it parse."""
    if case.complaint.type not in _TYPES:
        return
    for path, data, reported in case.unparsable():
        found = 0
        for number, (line, start, end, text, what) in enumerate(_tries(data, reported)):
            if _parses(data[:start] + text + data[end:]) and found < _MOST:
                found += 1
                cause = f"Python cannot parse line {line} of {path}: {case.complaint.message[:120]}"
                yield Repair((Splice(path, start, end, text),), cause, what, max(0.9 - 0.02 * number, 0.3))
        return


def _tries(data: bytes, reported: int) -> Iterator[tuple[int, int, int, bytes, str]]:
    """Yield line, byte range, its replacement and what that does, likeliest first."""
    lines = data.splitlines(keepends=True) if b"\r" not in data.replace(b"\r\n", b"") else []
    starts = [0]
    for text in lines:
        starts.append(starts[-1] + len(text))
    near = [number for step in _NEIGHBOURS if 0 <= (number := reported - 1 + step) < len(lines)]
    for number in near:
        comment = _COMMENT.search(lines[number])
        code_end = comment.start() if comment else len(lines[number])
        end = starts[number] + code_end
        code = lines[number][:code_end]
        if _OPENS_BLOCK.match(code) and not code.endswith(b":"):
            yield number + 1, end, end, b":", "add the colon"
        for closing in (b")", b"]", b"}", b"):", b'"', b"'", b","):
            yield number + 1, end, end, closing, f"add `{closing.decode()}`"
        if code[-1:] in {b")", b"]", b"}", b":", b","}:
            yield number + 1, end - 1, end, b"", f"drop `{code[-1:].decode()}`"
    for number in near:
        indent = len(lines[number]) - len(lines[number].lstrip(b" \t"))
        around = [
            lines[other] for other in (number - 1, number + 1) if 0 <= other < len(lines) and lines[other].strip()
        ]
        for other in around:
            fitting = other[: len(other) - len(other.lstrip(b" \t"))]
            for wanted in (fitting, fitting + b"    "):
                if wanted != lines[number][:indent]:
                    yield number + 1, starts[number], starts[number] + indent, wanted, "indent it as its neighbours"


def _parses(data: bytes) -> bool:
    try:
        parse(data)
    except SyntaxError:
        return False
    return True
