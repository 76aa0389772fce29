"""The row of a table-driven test that fails: the words that name a subtest stand in a table that its function lacks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer import layout
from healer.evidence.paths import RepositoryPaths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from healer.engines.model.fencing import Fence
    from healer.models.evidence import Failure
    from healer.ports import SourceTree

LONGEST = 30
"""Lines of a row; of a longer one nothing is shown."""
LARGEST = 600_000
ROW_LIMIT = 1_600
_TABLES = (".go", ".rs", ".c", ".cc", ".cpp", ".java", ".kt", ".cs", ".swift", ".js", ".ts", ".mjs", ".cjs")
_LITERAL = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`[^`]*`")


def row(number: int, failure: Failure, source: SourceTree, fence: Fence) -> Iterator[str]:
    """Yield the row that a subtest is named by, with its place; nothing where it is not told by just one literal."""
    subtest = failure.id.rpartition("::")[2].partition("/")[2]
    if len(subtest) < 3:  # noqa: PLR2004 - what is found by so little is found by chance
        return
    wanted = {subtest, subtest.replace("_", " ")}
    paths = RepositoryPaths(source.paths)
    named = [failure.file or "", *(frame.file for frame in failure.frames)]
    for path in dict.fromkeys(path for file in named if file and (path := paths.resolve(file))):
        if not (layout.is_test(path) and path.endswith(_TABLES)):
            continue
        text = source.read(path)[:LARGEST].decode("utf-8", "replace")
        found = [match for match in _LITERAL.finditer(text) if match[0][1:-1] in wanted]
        span = _span(text, found[0].start()) if len(found) == 1 else None
        if span:
            first, last = span
            shown = fence.clean("\n".join(text.split("\n")[first : last + 1]), ROW_LIMIT)
            yield f"the row of [{number}], {fence.line(path)}, lines {first + 1}-{last + 1}:\n{shown}"
            return


def _span(text: str, at: int) -> tuple[int, int] | None:
    """Return the first and the last line (0-based) of the innermost brackets around a place; None if they are far."""
    bare = _LITERAL.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    start = _other(bare, range(at, -1, -1), ")]}", "([{")
    end = _other(bare, range(at, len(bare)), "([{", ")]}")
    if start is None or end is None:
        return None
    first, last = bare.count("\n", 0, start), bare.count("\n", 0, end)
    return (first, last) if last - first < LONGEST else None


def _other(text: str, positions: Iterable[int], opening: str, closing: str) -> int | None:
    """Return where the brackets around a place end in one direction, within so many lines."""
    depth = lines = 0
    for position in positions:
        mark = text[position]
        lines += mark == "\n"
        depth += (mark in opening) - (mark in closing)
        if depth < 0 or lines > LONGEST:
            return position if depth < 0 else None
    return None
