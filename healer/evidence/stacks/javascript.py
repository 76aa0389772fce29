"""JavaScript and TypeScript, as V8, SpiderMonkey, JavaScriptCore and the test runners print their stacks."""

from __future__ import annotations

import re

from healer.evidence.stacks.marks import Kind, Mark, Said, heading, inward, place

_PLACE = re.compile(r"(.{1,1024}?):(\d{1,9}):\d{1,9}$")
_LINE_ONLY = re.compile(r"(.{1,1024}?\.[cm]?[jt]sx?):(\d{1,9})$")
_ORIGIN = re.compile(r"\(([^()]{1,1024}):(\d{1,9}):\d{1,9}\)")
_SOURCE = re.compile(
    r"\.(?:[cm]?[jt]sx?|vue|svelte|astro|coffee)(?:\?[^:\s]{0,200})?:|^(?:node|file|https?|webpack[\w-]*|bun|ext):"
)
_NAME = re.compile(r"[\w$.<>\[\] #*]{1,200}")
_GECKO = re.compile(r"([^@\s(]{0,200})@(\S.{0,1023}?):(\d{1,9}):\d{1,9}$")
_SYNTAX = re.compile(
    r"(?:SyntaxError: )?((?:/|[A-Za-z]:[\\/])[^\n:]{1,1024}\.[cm]?[jt]sx?): .{0,1000} \((\d{1,9}):\d{1,9}\)$"
)
_THROWN = re.compile(r"((?:file:/|/|[A-Za-z]:[\\/])[^\n]{1,1024}\.[cm]?[jt]sx?):(\d{1,9})$")


def frame(line: str) -> Said | None:
    """Read a line that begins with `at ` (V8) or a pointer (vitest)."""
    body = line.partition(" ")[2].lstrip().removesuffix(",").removesuffix(" {").removeprefix("async ")
    if not body.endswith(")"):
        if line[0] == "a":
            above = _LINE_ONLY.match(body)  # Playwright's, above the source that it displays
            return heading(above[1], above[2]) if above else _at(body, None)
        function, _, location = body.rpartition(" ")
        return _at(location, function)
    start = body.find(" (")
    if start < 0:
        return _at(body[1:-1], None) if body[0] == "(" else _at(body, None)
    return _at(body[start + 2 : -1], body[:start])


def _at(location: str, function: str | None) -> Said | None:
    if location.startswith("eval at "):
        origin = _ORIGIN.search(location)
        return inward(origin[1], origin[2], function) if origin else None
    match = _PLACE.match(location) or (function and _LINE_ONLY.match(location))
    if not match or match[1].startswith("index "):
        return None
    if match[1].endswith((".rs", ".f90")):
        return Mark(Kind.INWARD, place(match[1], match[2], function), is_named_above=True)
    return inward(match[1], match[2], function)


def unmarked(line: str) -> Said | None:
    """Read `f (p.js:6:5)` (node's TAP), `f@p.js:6:5` (Firefox, Safari) and what stands above a stack.

    That is `p.js:6` alone in node and `SyntaxError: p.js: why (6:5)` in Babel.
    """
    if line[-1] == ")":
        if match := _SYNTAX.match(line):
            return heading(match[1], match[2])
        function, _, location = line[:-1].partition(" (")
        is_frame = _NAME.fullmatch(function) and _SOURCE.search(location)
        return _at(location, function.removeprefix("async ")) if is_frame else None
    if "@" in line and (match := _GECKO.match(line)) and _SOURCE.search(f"{match[2]}:"):
        return inward(match[2], match[3], match[1])
    if line[-1].isdecimal() and (match := _THROWN.match(line)):
        return heading(match[1], match[2])
    return None
