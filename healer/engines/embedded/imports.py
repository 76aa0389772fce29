"""How a repository imports: dotted names of its files, and where and how an import is added to one of them."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

from healer.engines.embedded.repair import Splice
from healer.engines.embedded.scope import bound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.localization.pysource import PythonModule, SourceIndex

_MOST_EXAMPLES = 40
"""Files parsed to see how they import a name."""
_ROOTS = ("src/", "lib/", "python/")
STANDARD = frozenset(name for name in sys.stdlib_module_names if not name.startswith("_")) - {"antigravity", "this"}
IMPORTED_BY_NAME = {
    "abc": ("ABC", "abstractmethod"),
    "collections": ("Counter", "OrderedDict", "defaultdict", "deque", "namedtuple"),
    "contextlib": ("contextmanager", "suppress"),
    "copy": ("deepcopy",),
    "dataclasses": ("dataclass", "field", "replace"),
    "datetime": ("timedelta", "timezone"),
    "decimal": ("Decimal",),
    "enum": ("Enum", "IntEnum"),
    "fractions": ("Fraction",),
    "functools": ("cached_property", "lru_cache", "partial", "reduce", "wraps", "total_ordering"),
    "io": ("BytesIO", "StringIO"),
    "itertools": ("chain", "groupby", "islice", "zip_longest"),
    "pathlib": ("Path", "PurePath"),
    "typing": (
        "Any", "Callable", "Dict", "Iterable", "Iterator", "List", "NamedTuple", "Optional", "Sequence", "Tuple",
        "Union", "cast",
    ),
    "urllib.parse": ("urljoin", "urlparse", "urlsplit"),
}  # fmt: skip
"""Standard names that people import from their module, for repositories that do so nowhere else."""


def dotted_name(path: str) -> str:
    """Return the dotted name a file is most likely imported by."""
    stem = path.removesuffix(".pyi").removesuffix(".py").removesuffix("/__init__")
    for root in _ROOTS:
        stem = stem.removeprefix(root)
    return stem.replace("/", ".")


def module_names(index: SourceIndex) -> dict[str, str]:
    """Map the dotted name of every source file and package to its path."""
    return {dotted_name(path): path for path, _ in index.sources()}


def top_level_names(module: PythonModule, index: SourceIndex) -> set[str]:
    """Return what can be imported from a file: its own names, and for a package its submodules."""
    names = bound(module.tree)
    if module.path.endswith("/__init__.py"):
        folder = module.path.removesuffix("__init__.py")
        for path in index.python_paths:
            if path.startswith(folder) and path != module.path:
                names.add(path.removeprefix(folder).split("/", 1)[0].removesuffix(".py"))
    return names


def imports_of(name: str, index: SourceIndex, like: PythonModule) -> Iterator[str]:
    """Yield the import statements that bring this name into other source files, as `like` could write them."""
    word = re.escape(name.encode())
    imported = re.compile(
        rb"^[ \t]*(?:from|import)\b[^\n]*\b" + word + rb"\b|^[ \t]+" + word + rb"[ \t,)\r\n]", re.MULTILINE
    )
    folder = like.path.rpartition("/")[0]
    paths = [path for path, data in index.sources() if name.encode() in data and imported.search(data)]
    paths.sort(key=lambda path: (path != like.path, path.rpartition("/")[0] != folder))
    for path in paths[:_MOST_EXAMPLES]:
        module = index.module(path)
        for node in ast.walk(module.tree) if module else ():
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        statement = _statement(node, alias, path, like.path)
                        if statement:
                            yield statement


def _statement(node: ast.Import | ast.ImportFrom, alias: ast.alias, path: str, like: str) -> str | None:
    what = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
    if isinstance(node, ast.Import):
        return f"import {what}"
    if node.module == "__future__":
        return None
    if node.level and path.rpartition("/")[0] != like.rpartition("/")[0]:
        return None  # a relative import means something else from another folder
    return f"from {'.' * node.level}{node.module or ''} import {what}"


def import_from_file(name: str, path: str, like: str) -> str:
    """Return the statement that imports a name defined in `path` into `like`, relative inside one package."""
    folder, _, file = path.rpartition("/")
    stem = file.removesuffix(".py")
    if folder and folder == like.rpartition("/")[0] and stem != "__init__":
        return f"from .{stem} import {name}"
    return f"from {dotted_name(path)} import {name}"


def insertion(module: PythonModule, statement: str) -> Splice:
    """Return the splice that adds an import among a module's own, where sorted imports would have it."""
    leading: list[ast.Import | ast.ImportFrom] = []
    after = 0
    for position, node in enumerate(module.tree.body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                after = node.end_lineno or node.lineno
            else:
                leading.append(node)
        elif position == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            after = node.end_lineno or node.lineno
        elif leading:
            break
    plain = statement.startswith("import ")
    alike = [node for node in leading if isinstance(node, ast.Import) == plain] or leading
    line = after + 1
    if alike:
        earlier = [node for node in alike if ast.unparse(node) < statement]
        line = (earlier[-1].end_lineno or earlier[-1].lineno) + 1 if earlier else alike[0].lineno
    elif after == 0:
        line = _after_comments(module)
    newline = b"\r\n" if b"\r\n" in module.data[:2000] else b"\n"
    at = module.line_start(line)
    joined = b"" if at == 0 or module.data[at - 1 : at] == b"\n" else newline
    if at == 0 and module.data.startswith(b"\xef\xbb\xbf"):
        at = 3
    return Splice(module.path, at, at, joined + statement.encode() + newline)


def _after_comments(module: PythonModule) -> int:
    """Return the first line after a leading block of comments: a shebang, a coding line, a licence."""
    line = 1
    while line <= module.line_count and module.text(line, line).startswith("#"):
        line += 1
    return line
