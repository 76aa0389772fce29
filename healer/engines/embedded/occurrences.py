"""Where an identifier stands in a module, as byte ranges."""

from __future__ import annotations

import ast
import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.localization.pysource import PythonModule


class Role(enum.StrEnum):
    """What an identifier does where it stands."""

    LOAD = "load"
    STORE = "store"
    ATTRIBUTE = "attribute"
    DEFINITION = "definition"
    PARAMETER = "parameter"
    KEYWORD = "keyword"
    IMPORT = "import"


_ROLES: dict[type[ast.AST], Role] = {ast.arg: Role.PARAMETER, ast.keyword: Role.KEYWORD, ast.alias: Role.IMPORT}
_HEADER = re.compile(rb"(?:async\s+)?(?:def|class)\s+")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One identifier; `start` and `end` are byte offsets, `line` is 1-based."""

    start: int
    end: int
    line: int
    role: Role
    node: ast.AST


def occurrences(module: PythonModule, name: str, within: ast.AST | None = None) -> Iterator[Occurrence]:
    """Yield each place where the identifier is spelt exactly so in code (never in strings or comments)."""
    wanted = name.encode()
    for node in ast.walk(within or module.tree):
        place = _place(module, node, name)
        if place is None:
            continue
        start, role = place
        if module.data[start : start + len(wanted)] == wanted:  # Python also folds look-alike letters; those are left
            yield Occurrence(start, start + len(wanted), module.line_of(start), role, node)


def _place(module: PythonModule, node: ast.AST, name: str) -> tuple[int, Role] | None:
    match node:
        case ast.Name(id=found) if found == name:
            return module.span(node)[0], Role.LOAD if isinstance(node.ctx, ast.Load) else Role.STORE
        case ast.Attribute(attr=found) if found == name:
            return module.span(node)[1] - len(name.encode()), Role.ATTRIBUTE
        case ast.arg(arg=found) | ast.keyword(arg=found) | ast.alias(name=found) if found == name:
            return module.span(node)[0], _ROLES[type(node)]
        case ast.FunctionDef(name=found) | ast.AsyncFunctionDef(name=found) | ast.ClassDef(name=found) if found == name:
            header = _HEADER.match(module.data, module.offset(node.lineno, node.col_offset))
            return (header.end(), Role.DEFINITION) if header else None
    return None
