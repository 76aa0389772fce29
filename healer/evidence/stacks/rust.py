"""Rust: `panicked at src/lib.rs:6:5:`, and backtraces with the function on one line and the place on the next."""

from __future__ import annotations

import re

from healer.evidence.stacks.marks import Said, heading

_PANICKED = re.compile(r"panicked at (?:'.{0,2000}', )?([^\s'][^\n']{0,1023}\.rs):(\d{1,9})(?!\d)")
_FUNCTION = re.compile(r"\d{1,6}: +(?:0x[0-9a-f]{1,16} - )?(\S.{0,300})$")
_HASH = re.compile(r"::h[0-9a-f]{16}$|\[[0-9a-f]{12,16}\](?=::)")


def panicked(line: str) -> Said | None:
    """Read where it panicked, in the words of every edition of the standard library."""
    match = _PANICKED.match(line, line.find("panicked at "))
    return heading(match[1], match[2]) if match else None


def function(line: str) -> str | None:
    """Return the function that the line above a frame names, without the hashes that differ from build to build."""
    match = _FUNCTION.match(line.strip())
    return _HASH.sub("", match[1]) if match else None
