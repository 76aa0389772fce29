"""The rules of the house: who may import whom, who may have effects, and how long a module may be."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PAYLOAD = "healer.adapters.payload"
SUPERVISION = f"{PAYLOAD}.supervision."
"""The parts of the supervisor, which the engine starts with its own path."""
LONGEST = 300

LAYERS = {
    "models": {"models"},
    "foundation": {"errors", "layout", "ports", "budget", "prices", "redaction", "credentials", "invisible"},
    "stages": {"evidence", "setup", "localization", "engines", "patches", "verification", "delivery", "handover"},
    "pipeline": {
        *("admission", "attempts", "bisection", "lookahead", "persistence", "pipeline", "polluters", "proof"),
        *("proposing", "receiving", "reproduction", "rounds", "trials", "weighing"),
    },
    "adapters": {"adapters"},
    "cli": {"cli"},
    "entry": {"__main__", "entrypoint"},
}
BELOW = {
    "models": {"models"},
    "foundation": {"models", "foundation"},
    "stages": {"models", "foundation"},
    "pipeline": {"models", "foundation", "stages", "pipeline"},
    "adapters": {"models", "foundation", "stages", "adapters"},
    "cli": {"models", "foundation", "stages", "pipeline", "adapters", "cli"},
    "entry": {"adapters", "cli"},
}
SHARED = {
    "healer.evidence.paths",  # what a report's path means in this repository
    "healer.localization.hunks",  # where a commit's lines are now
    "healer.localization.inquiry",  # the failing lines, as rankers and templates see them
    "healer.localization.pysource",  # parsed modules and their definitions
    "healer.patches.diff",  # edits as a canonical diff
    "healer.patches.syntax_trees",  # the grammars, and what no parser should meet
}
"""What one stage offers the others, pure functions all. Everything else of a stage is its own."""

THIRD_PARTY = {
    "models": set[str](),
    "foundation": set[str](),
    "stages": {"pydantic", "unidiff"},
    "pipeline": set[str](),
    "adapters": {"anthropic", "httpx2", "requests", "urllib3", "yaml"},
    "cli": {"yaml"},
    "entry": set[str](),
}
PURE = {"models", "foundation", "stages", "pipeline"}
REACHES_OUT = {
    *("subprocess", "multiprocessing", "concurrent", "asyncio", "pty", "ctypes", "fcntl", "resource", "runpy"),
    *("socket", "socketserver", "ssl", "select", "selectors", "http", "urllib.request", "ftplib", "smtplib", "xmlrpc"),
}
TOUCHES_THE_MACHINE = {
    *("shutil", "tempfile", "glob", "fileinput", "mmap", "logging", "time", "importlib", "pkgutil", "signal"),
}
EXCEPTIONS = {
    ("healer.engines.embedded.attributes", "importlib"),  # lists the names in a closed set of standard modules
    ("healer.engines.model.templates", "importlib.resources"),  # reads its own templates
    ("healer.patches.syntax_trees", "pkgutil"),  # loads the grammar of a language with its first file
}
STARTS_PROCESSES = ("fork", "exec", "spawn", "posix_spawn", "system", "popen", "kill")
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}
PURE_OS = {"sep", "altsep", "linesep", "fspath", "PathLike", "path"}
IMPURE_SYS = {"stdin", "stdout", "stderr", "argv", "path", "modules", "exit"}
IMPURE_BUILTINS = {"open", "print", "input", "breakpoint", "exec", "eval", "__import__"}
NOT_YET_IN_3_8 = {"graphlib", "tomllib", "zoneinfo"}


def every_module() -> dict[str, Path]:
    """Return the dotted name and the file of every module of the product."""
    found = {"entrypoint": ROOT / "entrypoint.py"} if (ROOT / "entrypoint.py").exists() else {}
    for file in sorted((ROOT / "healer").rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


MODULES = every_module()
NEIGHBOURS = {name.rpartition(".")[2] for name in MODULES if name.startswith(f"{PAYLOAD}.self_heal_")}
"""Files of the payload that find each other in the folder of a run."""


def layer_of(module: str) -> str | None:
    """Return the layer that a module of the product is in; None when nobody has decided."""
    name = module.removeprefix("healer.").split(".")[0]
    return next((layer for layer, names in LAYERS.items() if name in names), None)


def imports(tree: ast.Module) -> Iterator[tuple[int, str, bool]]:
    """Yield every import wherever it stands: its line, the module, and whether it is for type checkers only."""

    def walk(node: ast.AST, *, typing_only: bool) -> Iterator[tuple[int, str, bool]]:
        match node:
            case ast.Import(lineno=line, names=names):
                yield from ((line, alias.name, typing_only) for alias in names)
            case ast.ImportFrom(lineno=line, module=str(origin), names=names):
                for alias in names:
                    longer = f"{origin}.{alias.name}"
                    yield line, longer if longer in MODULES or longer in REACHES_OUT else origin, typing_only
            case ast.If(
                test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"), body=body, orelse=rest
            ):
                for inner in body:
                    yield from walk(inner, typing_only=True)
                for inner in rest:
                    yield from walk(inner, typing_only=typing_only)
            case _:
                for child in ast.iter_child_nodes(node):
                    yield from walk(child, typing_only=typing_only)

    return walk(tree, typing_only=False)


def imported_by(source: str) -> set[str]:
    """Return the modules that a source imports, wherever it does."""
    return {imported for _, imported, _ in imports(ast.parse(source))}


def uses(tree: ast.Module, module: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of everything taken from a standard module, by attribute or by name, under any alias."""
    aliases = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == module
    }
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in aliases:
                yield node.lineno, attribute
            case ast.ImportFrom(module=origin, names=names) if origin == module:
                yield from ((node.lineno, alias.name) for alias in names)


def wrong_direction(module: str, imported: str, *, typing_only: bool) -> str | None:
    """Say why one module of the product may not import another; None when it may.

    A stage may name another stage's types, as long as only type checkers see it; no layer may know of one above it.
    """
    layer, other = layer_of(module), layer_of(imported)
    if imported == "healer" or layer is None:
        return None
    if other is None:
        return f"{imported} is in no layer"
    if layer == other == "stages":
        same = module.split(".")[1] == imported.split(".")[1]
        return None if same or typing_only or imported in SHARED else f"{imported} belongs to another stage"
    return None if other in BELOW[layer] else f"{layer} may not know {other} ({imported})"


def wrong_reach(module: str, imported: str) -> str | None:
    """Say why a module may not import something foreign; None when it may."""
    layer = layer_of(module) or "models"
    root = imported.partition(".")[0]
    if root not in sys.stdlib_module_names:
        return None if root in THIRD_PARTY[layer] else f"{imported} is not for {layer}"
    if layer != "adapters" and {imported, root} & REACHES_OUT:
        return f"only adapters reach out ({imported})"
    if layer in PURE and root in TOUCHES_THE_MACHINE and (module, imported) not in EXCEPTIONS:
        return f"{layer} touch nothing of the machine ({imported})"
    return None


def wrong_uses(module: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and reason for every name that is not this layer's to use."""
    layer = layer_of(module)
    for line, name in uses(tree, "os"):
        if name in ENVIRONMENT and layer not in {"cli", "entry"}:
            yield line, f"only cli reads the environment (os.{name})"
        elif name.startswith(STARTS_PROCESSES) and layer not in {"adapters", "entry"}:
            yield line, f"only adapters start or end processes (os.{name})"
        elif name not in PURE_OS and layer in PURE:
            yield line, f"{layer} do no input or output (os.{name})"
    if layer not in PURE:
        return
    yield from ((line, f"{layer} do not use sys.{name}") for line, name in uses(tree, "sys") if name in IMPURE_SYS)
    for line, name in uses(tree, "pathlib"):
        if not name.startswith("Pure"):
            yield line, f"{layer} know only pure paths (pathlib.{name})"
    own = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    own |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in IMPURE_BUILTINS - own:
            yield node.lineno, f"{layer} do no input or output ({node.id})"


def violations(module: str, source: str) -> list[str]:
    """Return what is wrong with one module of the product, a line each, in the order of the lines."""
    found: list[tuple[int, str]] = []
    if source.count("\n") > LONGEST:
        found.append((LONGEST, f"longer than {LONGEST} lines: it wants splitting"))
    if module.startswith(PAYLOAD):
        return [f"{module}:{line}: {why}" for line, why in (*found, *payload_faults(source))]
    tree = ast.parse(source)
    if layer_of(module) is None and module != "healer":
        found.append((1, "in no layer: LAYERS in this test says where a module may stand"))
    for line, imported, typing_only in imports(tree):
        if imported.partition(".")[0] in {"healer", "entrypoint"}:
            why = wrong_direction(module, imported, typing_only=typing_only)
        else:
            why = None if typing_only else wrong_reach(module, imported)
        if why:
            found.append((line, why))
    found.extend(wrong_uses(module, tree))
    return [f"{module}:{line}: {why}" for line, why in sorted(found)]


def payload_faults(source: str) -> Iterator[tuple[int, str]]:
    """Yield why a file could not run inside somebody else's Python 3.8."""
    try:
        tree = ast.parse(source, feature_version=(3, 8))
    except SyntaxError as error:
        yield error.lineno or 1, f"not Python 3.8: {error.msg}"
        return
    for line, imported, _ in imports(tree):
        root = imported.split(".")[0]
        if root in NEIGHBOURS or root == "pytest" or imported.startswith(SUPERVISION):
            continue
        if root not in sys.stdlib_module_names - NOT_YET_IN_3_8:
            yield line, f"{imported} is not in every Python from 3.8 on"
