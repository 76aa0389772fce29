"""C, C++, Swift and Zig, as sanitizers, debuggers, Valgrind and the runtimes themselves print their stacks."""

from __future__ import annotations

import re

from healer.evidence.stacks.marks import Said, inward

_NUMBERED = re.compile(r"(?:\* )?(?:frame )?#?(\d{1,6})[#:]? {1,8}(?:\[ra\] )?(?:0x[0-9a-fA-F]{1,16}:? (?:in )?)?")
_PLACE = re.compile(r":(\d{1,9})(?::\d{1,9})?(?: \[0x[0-9a-f]{1,16}\]| \([^()\s]{1,1024}\+0x[0-9a-f]{1,16}\))?$")
_STARTS = re.compile(r" (?=/|[A-Za-z]:[\\/])")
_VALGRIND = re.compile(r"==\d{1,9}== {1,8}(at|by) 0x[0-9A-F]{1,16}: (\S[^\n]{0,1000})$")
_NAMED_ABOVE = re.compile(r"#\d{1,6} {1,4}0x[0-9a-f]{1,16} in (\S{1,300})$")
_ZIG = re.compile(r"0x[0-9a-f]{1,16} in (\S{1,300})")


def numbered(line: str) -> Said | None:
    """Read `#1 0x2a in f p:6:5`, `#1  f (x=1) at p:6`, `frame #1: 0x2a m`f at p:6:5`, `1# f() at p:6`.

    The places of the functions that a debugger or sanitizer has no source of are left out.
    """
    start = _NUMBERED.match(line)
    end = start and _PLACE.search(line, start.end())
    if start is None or end is None:
        return None
    is_first, rest = start[1] == "0", line[start.end() : end.start()]
    function, found, file = rest.rpartition(" at ")
    if not found:
        if "#" not in start[0]:
            return None
        divide = _STARTS.search(rest)
        at = divide.start() if divide else rest.rfind(" ")
        function, file = rest[: max(at, 0)], rest[at + 1 :]
    return inward(file, end[1], _function(function), is_first=is_first)


def _function(written: str) -> str:
    """Return the function without the module before it and without the values of its arguments behind it."""
    name = written.partition("`")[2] or written
    name = name.partition(" in ")[0].partition(" + ")[0]
    start = name.find("(")
    has_values = "=" in name[start:] or name.endswith((" ()", " (...)"))
    return name[:start] if start > 0 and has_values else name


def function(line: str) -> str | None:
    """Return the function that GNU Fortran names on the line above a place."""
    match = _NAMED_ABOVE.match(line.strip())
    return match[1] if match else None


def valgrind(line: str) -> Said | None:
    """Read `==7==    at 0x2A: f (p.c:6)`."""
    match = _VALGRIND.match(line)
    if match is None:
        return None
    function, _, location = match[2].removesuffix(")").rpartition(" (")
    file, _, number = location.rpartition(":")
    return inward(file, number, function, is_first=match[1] == "at") if number.isdecimal() else None


def zig(line: str) -> Said | None:
    """Read `p.zig:6:5: 0x2a in f (m)`."""
    file, _, rest = line.partition(".zig:")
    number, _, behind = rest.partition(":")
    function = _ZIG.match(behind.partition(": ")[2])
    return inward(f"{file}.zig", number, function[1]) if function else None
