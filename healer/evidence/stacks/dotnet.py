"""C#, F# and Visual Basic: `at Namespace.Class.Method(arguments) in path:line 6`, in the language of the machine."""

from __future__ import annotations

import re

from healer.evidence.stacks.marks import Said, inward

_PLACE = re.compile(r":line (\d{1,9})(?!\d)")
_LOCALISED = re.compile(r"\.(?:cs|fs|vb|razor|cshtml):\w{1,12} (\d{1,9})\.?$")
_IN = (" in ", " dans ", " en ", " i ", " w ", " \u0432 ", " \u5834\u6240 ", " \u4f4d\u7f6e ")
_MONO = re.compile(r"at (\S.{0,500}?) \[0x[0-9a-f]{1,16}\] in (.{1,1024}):(\d{1,9})")
_STATE_MACHINE = re.compile(r"<(\w{1,200})>[\w|]{0,100}(?:\.MoveNext)?$")


def frame(line: str) -> Said | None:
    """Read a frame with its place; the state machine that an `async` method became is named as the method."""
    if " [0x" in line:
        mono = _MONO.match(line)
        return inward(mono[2], mono[3], _function(mono[1])) if mono else None
    if match := _PLACE.search(line):
        start = line.rfind(" in ", 0, match.start())
        if start <= 0:
            return None
        _, is_behind, head = line[:start].rpartition("  at ")  # some loggers put the first frame behind the message
        function = head if is_behind else line[:start].removeprefix("at ")
        return inward(line[start + len(" in ") : match.start()], match[1], _function(function))
    return None


def localised(line: str) -> Said | None:
    """Read a frame whose words are not English: its file is C#, F# or Visual Basic, and `in` is some short word."""
    match = _LOCALISED.search(line)
    start, word = max((line.find(word), word) for word in _IN)
    if match is None or start <= 0:
        return None
    file = line[start + len(word) : match.start(1)].rpartition(":")[0]
    return inward(file, match[1], _function(line[:start].partition(" ")[2]))


def _function(signature: str) -> str:
    name = signature.strip().partition("(")[0].strip()
    machine = _STATE_MACHINE.search(name)
    return name[: machine.start()] + machine[1] if machine else name
