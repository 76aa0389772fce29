r"""Go: the function on one line, `\tfile.go:6 +0x2e` on the next; testify's `Error Trace:`."""

from __future__ import annotations

import re

from healer.evidence.stacks.marks import Kind, Mark, Said, place

_FRAME = re.compile(r"(\S.{0,1023}\.(?:go|s)):(\d{1,9})(?: \+0x[0-9a-f]{1,16})?$")
_TRACE = "Error Trace:"
_FUNCTION = re.compile(r"(?:panic|[\w%./~@-]{1,300}\.[\w.*()\[\]\u00b7-]{1,300})$")


def frame(line: str, *, is_indented: bool) -> Said | None:
    """Read the line of a frame that names its place."""
    is_first = line.startswith(_TRACE)
    if is_first:
        line = line[len(_TRACE) :].strip()
    match = _FRAME.match(line)
    if match is None or not (is_indented or is_first):
        return None
    return Mark(Kind.INWARD, place(match[1], match[2]), is_named_above=not is_first, is_first=is_first)


def function(line: str) -> str | None:
    """Return the function that the line above a frame names, without its arguments."""
    name = line.strip().removeprefix("created by ").partition(" in goroutine ")[0]
    if name.endswith(")") and not name.endswith("*)"):
        name = name[: name.rfind("(")]
    return name if _FUNCTION.match(name) else None
