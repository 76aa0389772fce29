r"""Stack frames from the text of a trace, in linear time, whatever the language.

Python's tracebacks are read in every style that pytest and the interpreter print. Other languages are read by the
marks of their own frames (`at f (p:1:2)`, `p(6): f()`, `in p:line 3`) and else by any `path.ext:line`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.limits import FRAMES, LINE_CHARACTERS
from healer.models.evidence import StackFrame

if TYPE_CHECKING:
    from collections.abc import Iterator

_NATIVE = re.compile(r'File "([^"\n]{1,1024})", line (\d{1,9})(?:, in (.{1,300}))?')
_PYTEST = re.compile(r"(?=\S)([^\n]{1,1024}?\.(?:pyi?|pyx|rst|txt|md)):(\d{1,9}):(?: in (.{1,300}))?(?: |$)")
_DEFINITION = re.compile(r"(?:[ >]\s{0,200})?(?:async )?def (\w{1,200})\(")
_BLOCK_START = re.compile(r"(?:_ _ _|During handling of the above|The above exception was|_{3,} )")
_JVM = re.compile(
    r"at (?:[\w.@-]{0,200}/){0,2}([\w.$<>-]{1,300})\.([^.()]{1,200})\(([\w$-]{1,200}\.\w{1,8}):(\d{1,9})\)"
)
_SCRIPT = re.compile(r"(?:at|\u276f) (?:async )?(?:([^()\n]{1,300}?) )?\(?([^()\s]{1,1024}):(\d{1,9}):\d{1,9}\)?\s*$")
_DOTNET = re.compile(r":line (\d{1,9})(?!\d)")
_DART = re.compile(r"(\S{1,1024}\.dart) (\d{1,9}):\d{1,9}\s{1,40}(.{1,300})")
_LABELLED = re.compile(r"\W{0,8}(file|line)\s{0,8}: {0,8}(.{1,1024})", re.IGNORECASE)
_PHP = re.compile(r"#\d{1,6} (.{1,1024})\((\d{1,9})\): (.{1,300})")
_RUBY = re.compile(r"([^\s:][^:\n]{0,1023}\.rb):(\d{1,9}):in [`'](.{1,300})'")
_RUBY_LEAD = re.compile(r"^(?:# |from )")
_ANYWHERE = re.compile(
    r"\.(?:py|pyi|js|jsx|mjs|cjs|ts|tsx|mts|cts|vue|svelte|go|rb|php|phpt|rs|java|kt|kts|scala|groovy|c|cc|cpp|cxx|h|hh|hpp"
    r"|m|mm|swift|cs|fs|vb|ex|exs|erl|dart|lua|pl|pm|t|sh|bats|feature|clj|hs|ml|zig|nim|jl|r)"
    r"(?::|\()(\d{1,9})(?!\d)",
    re.IGNORECASE,
)
_PATH_ENDS = " \t\"'`(<>|,;=[{"


def parse_frames(text: str) -> tuple[StackFrame, ...]:
    """Return the frames of a trace from the outermost caller to where the exception was raised.

    Chained causes stay in the order of the text. Languages that print the innermost frame first are turned round,
    each run of frames for itself. Code without a file (`<string>`, `<frozen …>`) is left out. At most FRAMES frames.
    """
    frames: list[StackFrame] = []
    inside_out: list[StackFrame] = []
    for frame, innermost_first in _recognised(text):
        if innermost_first and frame is not None:
            inside_out.append(frame)
            continue
        frames.extend(reversed(inside_out))
        inside_out.clear()
        if frame is not None:
            frames.append(frame)
    frames.extend(reversed(inside_out))
    half = FRAMES // 2
    return tuple(frames if len(frames) <= FRAMES else [*frames[:half], *frames[-half:]])


def _recognised(text: str) -> Iterator[tuple[StackFrame | None, bool]]:
    """Yield each frame and whether its language prints the innermost first; (None, _) ends a run of frames."""
    function, labelled = None, ""
    for raw in text.splitlines():
        line = raw[:LINE_CHARACTERS].rstrip()
        if not line:
            continue
        function = _function(line, function)
        frame, innermost_first = _frame(line, function) if ":" in line or "(" in line or '"' in line else (None, False)
        if frame is not None:
            if not frame.file.startswith("<"):
                yield frame, innermost_first
            function = None
            continue
        if line.startswith(("Caused by", "Suppressed:")):
            yield None, False
        elif label := _LABELLED.match(line):
            if labelled and label[2].isdecimal():
                yield _made(labelled, label[2], None), False
            labelled = label[2] if label[1].lower() == "file" else ""


def _function(line: str, current: str | None) -> str | None:
    """Follow which function pytest's long style is showing: the first that a block of source defines."""
    if current is None and (definition := _DEFINITION.match(line)):
        return definition[1]
    return None if current and _BLOCK_START.match(line) else current


def _frame(line: str, function: str | None) -> tuple[StackFrame | None, bool]:
    if 'File "' in line and (match := _NATIVE.search(line)):
        return _made(match[1], match[2], match[3]), False
    if match := _PYTEST.match(line):
        return _made(match[1], match[2], match[3] or function), False
    stripped = line.lstrip()
    frame = _marked(stripped)
    if frame is not None:
        return frame, True
    if match := _DART.match(stripped):
        return _made(match[1], match[2], match[3]), True
    if match := _ANYWHERE.search(line):
        start = max(line.rfind(end, 0, match.start()) for end in _PATH_ENDS) + 1
        file = line[start : match.start(1) - 1]
        is_name_only = file.startswith(".") and "/" not in file
        return (None if is_name_only else _made(file, match[1], None)), stripped.startswith("at ")
    return None, False


def _marked(line: str) -> StackFrame | None:
    """Read the frames that languages mark as such; all of them print the innermost frame first."""
    if ":line " in line and (match := _DOTNET.search(line)):
        start = line.rfind(" in ", 0, match.start())
        function = line[line.rfind("at ", 0, start) + 3 : start].partition("(")[0]
        return _made(line[start + 4 : match.start()], match[1], function) if start > 0 else None
    if line.startswith("at ") and (match := _JVM.match(line)):
        package = match[1].rpartition(".")[0].replace(".", "/")
        return _made(f"{package}/{match[3]}" if package else match[3], match[4], match[2])
    if line.startswith(("at ", "\u276f ")) and (match := _SCRIPT.match(line)):
        return _made(match[2], match[3], match[1])
    if line.startswith("#") and (match := _PHP.match(line)):
        return _made(match[1], match[2], match[3])
    if match := _RUBY.search(line):
        return _made(_RUBY_LEAD.sub("", match[1]), match[2], match[3])
    return None


def _made(file: str, line: str, function: str | None) -> StackFrame:
    return StackFrame(file.strip(), int(line), function.strip() if function else None)
