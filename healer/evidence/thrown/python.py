"""Python: the exception that a trace ends in, in pytest's styles and the interpreter's own."""

from __future__ import annotations

import re

from healer.evidence.thrown.headlines import exception_type

_TYPE = r"[A-Za-z_][\w.]{0,200}"
_EXPLAINED = re.compile(r"E {2,200}(?=\S)")
_LOCATION = re.compile(r"\.pyi?:\d{1,9}: ([\w.]{1,200})(?=:|$)", re.MULTILINE)
_LINE_STYLE = re.compile(r"(\S.{0,1024}?\.pyi?):(\d{1,9}): (.+)")
_GROUP = "+ Exception Group Traceback (most recent call last):"
_FATAL = re.compile(r"^Fatal Python error: .{1,1024}$", re.MULTILINE)
_FATAL_TYPE = "Fatal Python error"


def final_exception(text: str) -> tuple[str | None, str]:
    """Return type and message of the exception a Python trace ends in; (None, "") when it shows none.

    The message keeps its type as the interpreter prints it (`KeyError: 'a'`). Of several chained exceptions it is the
    last one, of a group the group itself.
    """
    is_explained = text.startswith("E  ") or "\nE  " in text
    is_traceback = 'File "' in text
    if not is_explained and not is_traceback and ".py" not in text:
        return None, ""
    lines = text.splitlines()
    explained = _last_explanation(lines) if is_explained else ""
    if explained:
        kind = exception_type(explained)
        if kind is None and (located := _LOCATION.findall(text)):
            kind = located[-1]
        if kind is None and explained.startswith("assert "):
            kind = "AssertionError"
        return kind, explained
    if is_traceback:
        if fatal := _FATAL.search(text):
            return _FATAL_TYPE, fatal[0]
        raised = (_group(lines) if _GROUP in text else "") or _last_raised(lines)
        if raised:
            said = raised.partition("\n")[0]
            return exception_type(raised) or said.partition(":")[0].partition(" (")[0], raised
    match = _LINE_STYLE.match(lines[-1]) if lines else None
    if match:
        return exception_type(match[3]) or ("AssertionError" if match[3].startswith("assert ") else None), match[3]
    return None, ""


def _group(lines: list[str]) -> str:
    """Return what the last exception group says of itself; its members follow behind deeper margins."""
    start = max((number for number, line in enumerate(lines) if line.strip() == _GROUP), default=0)
    said: list[str] = []
    for line in lines[start + 1 :]:
        margin, _, content = line.partition("| ")
        if margin.strip():
            break
        if said or (content and not content[0].isspace()):
            said.append(content.strip())
    return "\n".join(said)


def _last_explanation(lines: list[str]) -> str:
    """Return pytest's last block of `E   ` lines, unindented; of a syntax error only its last line, the sentence."""
    end = len(lines)
    while end and not _EXPLAINED.match(lines[end - 1]):
        end -= 1
    start = end
    while start and lines[start - 1].startswith("E  "):
        start -= 1
    block = [line[1:] for line in lines[start:end]]
    if not block:
        return ""
    if block[0].lstrip().startswith('File "'):
        return block[-1].strip()
    indent = len(block[0]) - len(block[0].lstrip())
    return "\n".join(line[indent:] if not line[:indent].strip() else line.strip() for line in block)


def _last_raised(lines: list[str]) -> str:
    """Return the unindented lines that follow the last native traceback, which are the exception itself."""
    start = next((n for n in range(len(lines) - 1, -1, -1) if lines[n].lstrip().startswith('File "')), None)
    if start is None:
        return ""
    margin = len(lines[start]) - len(lines[start].lstrip())
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if line.strip() and len(line) - len(line.lstrip()) < margin:
            if not re.match(rf"{_TYPE}(?: \([^()]{{1,200}}\))?(?::|$)", line.strip()):
                return ""
            paragraph = [line.strip()]
            for following in lines[number + 1 :]:
                if not following.strip():
                    break
                paragraph.append(following.strip())
            return "\n".join(paragraph)
    return ""
