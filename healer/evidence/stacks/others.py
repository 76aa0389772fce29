"""Dart, Julia, R, Haskell and OCaml."""

from __future__ import annotations

import re

from healer.evidence.stacks.marks import Kind, Mark, Said, inward, outward, place

_DART = re.compile(r"(\S{1,1024}\.dart) (\d{1,9}):\d{1,9}\s{1,40}(.{1,300})")
_DART_VM = re.compile(r"#(\d{1,6}) {1,12}(\S.{0,300}?) \((\S{1,1024}?):(\d{1,9})(?::\d{1,9})?\)$")
_JULIA = re.compile(r"@ (?:([\w.]{1,200}) )?(\S.{0,1023}\.jl):(\d{1,9})(?: \[inlined\])?$")
_JULIA_FUNCTION = re.compile(r"\[\d{1,6}\] (.{1,300})$")
_JULIA_OLD = re.compile(r"\[(\d{1,6})\] (.{1,300}?) at (\S.{0,1023}\.jl):(\d{1,9})$")
_JULIA_OWN = frozenset({"Base", "Core"})
_R = re.compile(r"(\d{1,4})([.:]) ?(.{1,300}?) at (\S.{0,1023}\.[rR])[:#](\d{1,9})(?::\d{1,9})?$")
_R_TREE = re.compile(r"^[^\w.{(]{0,80}")
_HASKELL = re.compile(r"(\S{1,300}), called at (\S.{0,1023}?\.l?hs):(\d{1,9}):\d{1,9} in ")
_OCAML = re.compile(
    r"(Raised|Re-raised|Called|Raised by primitive operation) (?:at|from) (?:(\S{1,300}) in )?"
    r'file "([^"\n]{1,1024})"(?: \(inlined\))?, line (\d{1,9})'
)


def dart(line: str) -> Said | None:
    """Read `package:a/b.dart 6:5  f` and the virtual machine's `#0  f (package:a/b.dart:6:5)`."""
    if match := _DART_VM.match(line):
        return inward(match[3], match[4], match[2], is_first=match[1] == "0")
    match = _DART.match(line)
    return inward(match[1], match[2], match[3]) if match else None


def julia(line: str) -> Said | None:
    """Read `@ Module p.jl:6` below its function; places in Base keep the word, since their paths say nothing."""
    if old := _JULIA_OLD.match(line):
        return inward(old[3], old[4], old[2].partition("(")[0], is_first=old[1] == "1")
    match = _JULIA.match(line)
    if match is None:
        return None
    own = f"{match[1]} " if match[1] in _JULIA_OWN else ""
    return Mark(Kind.INWARD, place(own + match[2], match[3]), is_named_above=True)


def julia_function(line: str) -> str | None:
    """Return the function that the line above a place names."""
    match = _JULIA_FUNCTION.match(line.strip())
    return match[1].partition("(")[0] or match[1] if match else None


def r(line: str) -> Said | None:
    """Read `2: f(1) at a.R#6` (innermost first) and rlang's tree `1. +-f(1) at a.R:6:5` (outermost first)."""
    match = _R.match(line)
    if match is None:
        return None
    if match[2] == ".":
        return outward(match[4], match[5])
    called = _R_TREE.sub("", match[3]).partition("(")[0]
    return Mark(Kind.INWARD, place(match[4], match[5]), calls=called)


def haskell(line: str) -> Said | None:
    """Read `f, called at p.hs:6:5 in package:Module`, which names the function that is called there."""
    match = _HASKELL.match(line)
    return Mark(Kind.INWARD, place(match[2], match[3]), calls=match[1]) if match else None


def ocaml(line: str) -> Said | None:
    """Read `Called from Module.f in file "p.ml", line 6`."""
    match = _OCAML.match(line)
    return inward(match[3], match[4], match[2], is_first=match[1] == "Raised") if match else None
