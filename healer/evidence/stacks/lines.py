"""What one line of any language's trace says: asked of each language whose sign the line bears."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.stacks import beam, dotnet, go, javascript, jvm, native, others, python, rust, scripting
from healer.evidence.stacks.marks import Kind, Mark, Said, heading, inward, outward, place

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBER = re.compile(r"[:#]\d|\.[^\W_]{1,8}\(\d|line,?\s{0,20}\d|:\w{1,12} \d|-> ?\d")
_LABELLED = re.compile(r"\W{0,8}(file|line)\s{0,8}: {0,8}(.{1,1024})", re.IGNORECASE)
_LINK = re.compile(
    r"(?:[#|*-]{1,3} ){0,3}(?:Caused by|Cause:|Wrapped by:|Next |--- End of inner|\[cause\]|\[errors\]|goroutine \d"
    r"|panic: |fatal error: |WARNING: (?:DATA RACE|\w{1,40}Sanitizer)|={1,4}\d{1,9}={1,4}ERROR|Current thread 0x"
    r"|(?:Uncaught |Unhandled )?[\w.$]{0,100}(?:Error|Exception)(?: \[\w{1,100}\])?: )"
)
_ASIDE = re.compile(
    r"Suppressed:|Thread 0x\w{1,20} .{0,300}\(most recent call first\)|freed by thread|previously allocated by"
    r"|Previous (?:\w{1,20} )?(?:read|write)|Goroutine \d{1,9} .{0,40}created at|Thread T\d{1,6} .{0,300}created by"
    r"|Address 0x\w{1,20} is "
)
_BETWEEN_WITHOUT_COLON = re.compile(
    r"(?:[#|*-]{1,3} )*+(?:Caused|Next|---|End of inner|\[cause|\[errors|goroutine|=|Current|Thread|freed|previously"
    r"|Previous|Goroutine|Address)"
)
"""What `_LINK` and `_ASIDE` begin with where the line holds no colon, as most lines of source do not."""
_NO_FRAMES = ("SUMMARY: ", "Breakpoint ", "note: run with ")
_ANYWHERE = re.compile(
    r"\.(?:py|pyi|js|jsx|mjs|cjs|ts|tsx|mts|cts|vue|svelte|go|rb|php|phpt|rs|java|kt|kts|scala|groovy|c|cc|cpp|cxx|h|hh|hpp"
    r"|hxx|m|mm|swift|cs|fs|vb|ex|exs|erl|dart|lua|pl|pm|t|sh|bats|feature|clj|cljs|hs|ml|zig|nim|jl|r|f90|cr|d|pas|cu|ipp)"
    r"(?::|\()(\d{1,9})(?!\d)",
    re.IGNORECASE,
)
_PATH_ENDS = " \t\"'`(<>|,;=[{"
_QUOTE = re.compile(r"(?::\d{1,9}){0,2}(['\"])")
_AT_ONCE = ("at ", "\u276f ", 'File "')
_EXPLAINED = ("E  ", ">  ")

_SIGNS: tuple[tuple[str, Callable[[str], Said | None]], ...] = (
    (":in ", scripting.ruby),
    ("panicked at ", rust.panicked),
    (".php", scripting.php_raised),
    (" on line ", scripting.php_raised),
    (".dart ", others.dart),
    ("== ", native.valgrind),
    (" line ", scripting.shell),
    (" line ", beam.erlang),
    (" line ", scripting.perl),
    (":line ", dotnet.frame),
    (".ps", scripting.shell),
    (".ex", beam.elixir),
    (".erl:", beam.elixir),
    (".eex:", beam.elixir),
    ("{file,", beam.erlang),
    (", called at ", others.haskell),
    (".lua:", scripting.lua),
    (".clj", jvm.clojure),
    (".zig:", native.zig),
    (".cr:", scripting.crystal),
    (".cs:", dotnet.localised),
    (".fs:", dotnet.localised),
    (".vb:", dotnet.localised),
)


def marked(raw: str) -> Said | None:
    """Return what the line says, or None if that is nothing about frames. Cost grows with the line's length only."""
    line = raw.strip()
    if not line:
        return None
    if line.startswith(_AT_ONCE) and (said := _at_once(raw, line)):
        return said
    if (raw[0] in python.BLOCK_BEGINS or "def " in raw) and (said := python.source(raw)):
        return said
    if _NUMBER.search(line) and not line.startswith(_NO_FRAMES) and (mark := _frame(raw, line)):
        return mark
    if line[-1] == ")" and ".py in " in line and (mark := python.interactive(line)):
        return mark
    return _between(raw, line)


def function_named(above: str, file: str) -> str | None:
    """Return the function that the line above a frame names, in languages that write the two on two lines."""
    if file.endswith(".rs"):
        return rust.function(above)
    if file.endswith(".f90"):
        return native.function(above)
    return others.julia_function(above) if file.endswith(".jl") else go.function(above)


def _at_once(raw: str, line: str) -> Said | None:
    """Read the commonest lines without asking further."""
    if line.startswith(("at ", "\u276f ")):
        return _at(line)
    return python.native(raw)


def _between(raw: str, line: str) -> Said | None:
    if ":" not in line and not _BETWEEN_WITHOUT_COLON.match(line):
        return None
    if _LINK.match(line):
        kind = Kind.GOROUTINE if line.startswith("goroutine ") else Kind.LINK
        return Mark(kind, indent=len(raw) - len(raw.lstrip()))
    if _ASIDE.match(line):
        return Mark(Kind.ASIDE, indent=len(raw) - len(raw.lstrip()))
    if label := _LABELLED.match(line):
        return Mark(Kind.FILE if label[1].lower() == "file" else Kind.LINE, name=label[2])
    return None


def _at(line: str) -> Said | None:
    """Ask the languages whose frames begin with `at `; vitest points instead."""
    before_column = line.rpartition(":")[0]
    if before_column.rpartition(":")[2].isdecimal():
        return javascript.frame(line)
    if ":line " in line or " [0x" in line:
        return dotnet.frame(line)
    if " line " in line:
        return scripting.shell(line) or scripting.perl(line)
    if ".ps" in line and (mark := scripting.shell(line)):
        return mark
    return (line[0] == "a" and jvm.frame(line)) or javascript.frame(line)


def _frame(raw: str, line: str) -> Said | None:
    if ' "' in line and ", line " in line and (mark := others.ocaml(line) or python.native(raw)):
        return mark
    if raw[0] == line[0] and (mark := python.located(raw)):
        return mark
    return _by_first_characters(line) or _by_signs(raw, line) or _anywhere(raw, line)


def _by_first_characters(line: str) -> Said | None:
    first = line[0]
    if first == "#":
        return scripting.php(line) or others.dart(line) or native.numbered(line)
    if first.isdecimal() or line.startswith(("frame #", "* frame #")):
        return native.numbered(line) or others.r(line)
    if first in "@[":
        return others.julia(line)
    return python.interactive(line) if first in "-F>" else None


def _by_signs(raw: str, line: str) -> Said | None:
    """Ask the languages whose frames hold a sign of their own somewhere in the line."""
    if ".go:" in line or ".s:" in line:
        return go.frame(line, is_indented=raw[0] != line[0])
    for sign, read in _SIGNS:
        if sign in line and (said := read(line)):
            return said
    return javascript.unmarked(line)


def _anywhere(raw: str, line: str) -> Said | None:
    """Find any `path.ext:6`, unless the line is source or an assertion that pytest displays."""
    match = _ANYWHERE.search(line)
    if match is None or raw.startswith(_EXPLAINED):
        return None
    end = _QUOTE.match(line, match.end())
    start = max(line.rfind(sign, 0, match.start()) for sign in (end[1] if end else _PATH_ENDS)) + 1
    file = line[start : match.start(1) - 1]
    if not file or (file[0] == "." and "/" not in file and "\\" not in file):
        return None
    if line.startswith("at "):
        is_named_above = file.endswith((".rs", ".f90"))
        return (
            Mark(Kind.INWARD, place(file, match[1]), is_named_above=True) if is_named_above else inward(file, match[1])
        )
    return heading(file, match[1]) if ": runtime error: " in line else outward(file, match[1])
