r"""Python: the interpreter's tracebacks, pytest's styles, IPython, pdb and faulthandler; also what imitates them."""

from __future__ import annotations

import re

from healer.evidence.stacks.marks import Kind, Mark, Said, inward, outward, place

_NATIVE = re.compile(r'(?:File|Source) "([^"\n]{1,1024})", line (\d{1,9})(?!\d)(?:, in (.{1,300})| in (.{1,300}))?')
_PYTEST = re.compile(r"\.(?:pyi?|pyx|rst|txt|md):(\d{1,9}):(?: in (.{1,300}))?(?: |$)")
_PATH_CHARACTERS = 1024
_DEFINITION = re.compile(r"(?:[ >]\s{0,200})?(?:async )?def (\w{1,200})\(")
_BLOCK_START = ("_ _ _", "During handling of the above", "The above exception was")
BLOCK_BEGINS = "_DT"
"""What `_BLOCK_START` and `_BLOCK_TITLE` begin with."""

_BLOCK_TITLE = re.compile(r"_{3,} ")
_IPYTHON = re.compile(r"File (\S.{0,1023}?):(\d{1,9})(?:, in (.{1,300}))?$")
_IPYTHON_HEAD = re.compile(r"(?:File )?(\S.{0,1023}\.py) in (\S.{0,300}\))$")
_IPYTHON_ARROW = re.compile(r"-{2,40}> ?(\d{1,9})(?: |$)")
_PDB = re.compile(r"> (\S.{0,1023}\.py)\((\d{1,9})\)(\S{1,300}?)(?:\(\))?$")


def native(line: str) -> Said | None:
    """Read `File "p", line 6, in f`; faulthandler leaves the comma out and prints the innermost frame first.

    pytest explains a syntax error by its place, above the line that imported it.
    """
    match = _NATIVE.search(line)
    if match is None:
        return None
    if match[4]:
        return inward(match[1], match[2], match[4])
    mark = outward(match[1], match[2], match[3])
    return mark._replace(kind=Kind.LATER) if mark.frame and not match[3] and line.startswith("E  ") else mark


def located(line: str) -> Said | None:
    """Read `p.py:6: in f`, `p.py:6: KeyError` and `p.py:6: ` at the very beginning of a line."""
    match = _PYTEST.search(line)
    if match is None or not 0 < match.start() <= _PATH_CHARACTERS or line[0].isspace():
        return None
    file, number, function = line[: match.start(1) - 1], match[1], match[2]
    if function:
        return outward(file, number, function)
    frame = place(file, number)
    return Mark(Kind.OUTWARD if frame else Kind.BREAK, frame, is_named_above=True)


def interactive(line: str) -> Said | None:
    """Read what IPython (`File p:6, in f(x)`, `p in f(x)` with an arrow below) and pdb (`> p(6)f()`) print."""
    if line.startswith("--"):
        arrow = _IPYTHON_ARROW.match(line)
        return Mark(Kind.LINE, name=arrow[1]) if arrow else None
    if line.startswith("> "):
        match = _PDB.match(line)
        return outward(match[1], match[2], match[3]) if match else None
    if line.startswith("File ") and (match := _IPYTHON.match(line)):
        return outward(match[1], match[2], (match[3] or "").partition("(")[0])
    if line.endswith(")") and ".py in " in line and (match := _IPYTHON_HEAD.match(line)):
        return Mark(Kind.FILE, name=match[1], calls=match[2].partition("(")[0])
    return None


def source(line: str) -> Said | None:
    """Read the source that pytest's long style displays: a definition, and what separates two blocks."""
    if "def " in line and (definition := _DEFINITION.match(line)):
        return Mark(Kind.DEFINITION, name=definition[1])
    return Mark(Kind.BREAK) if line.startswith(_BLOCK_START) or (line[0] == "_" and _BLOCK_TITLE.match(line)) else None
