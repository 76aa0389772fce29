"""The exception that a trace ends in: its type, and its message in one paragraph."""

from __future__ import annotations

import re

from healer.evidence.wording import clean, first_paragraph

_TYPE = r"[A-Za-z_][\w.]{0,200}"
_EXPLAINED = re.compile(r"E {2,200}(?=\S)")
_RAISED = re.compile(rf"({_TYPE})(?:: |:?$)")
_TYPE_LIKE = re.compile(
    r"[\w.$]{0,300}(?:Error|Exception|Warning|Interrupt|Exit|Failure|Fault|Timeout|Expired|Iteration|Group)\w{0,60}"
)
_LOCATION = re.compile(r"\S.{0,1024}?\.pyi?:\d{1,9}: ([\w.]{1,200})(?=:|$)", re.MULTILINE)
_LINE_STYLE = re.compile(r"(\S.{0,1024}?\.pyi?):(\d{1,9}): (.+)")
_PHASE = re.compile(r'(?:failed on (?:setup|teardown)|test (?:setup|teardown) failure) with "(.*)"\Z', re.DOTALL)
_RUNNER_LINES = re.compile(
    r"^\s{0,40}(?:=== (?:RUN|PAUSE|CONT|NAME)|--- (?:FAIL|PASS|SKIP)|(?:FAIL|PASS)$|exit status).*\n?", re.MULTILINE
)
_NOTHING_SAID = frozenset({"", "failed", "failure", "error", "collection failure", "test failed", "assertion failed"})


def exception_type(text: str) -> str | None:
    """Return the type that a first line such as `pkg.errors.Broken: why` names, or None when it names none."""
    first = text.partition("\n")[0].strip()
    match = _RAISED.match(first)
    if match and (_TYPE_LIKE.fullmatch(match[1]) or "." in match[1]):
        return match[1]
    return None


def final_exception(text: str) -> tuple[str | None, str]:
    """Return type and message of the exception a Python trace ends in; (None, "") when it shows none.

    The message keeps its type as the interpreter prints it (`KeyError: 'a'`). Reads pytest's long, short and line
    styles and the interpreter's own; of several chained exceptions it is the last one.
    """
    lines = text.splitlines()
    explained = _last_explanation(lines)
    if explained:
        kind = exception_type(explained)
        if kind is None and (located := _LOCATION.findall(text)):
            kind = located[-1]
        if kind is None and explained.startswith("assert "):
            kind = "AssertionError"
        return kind, explained
    raised = _last_raised(lines)
    if raised:
        return exception_type(raised) or raised.partition(":")[0], raised
    match = _LINE_STYLE.match(lines[-1]) if lines else None
    if match:
        return exception_type(match[3]) or ("AssertionError" if match[3].startswith("assert ") else None), match[3]
    return None, ""


def described(kind: str | None, message: str, text: str) -> tuple[str | None, str]:
    """Return exception type and one-paragraph message from a report's attributes, or its text where they are silent."""
    message = clean(message)
    if phase := _PHASE.match(message.strip()):
        message = phase[1]
    found_kind, found = final_exception(text)
    paragraph = first_paragraph(message)
    if paragraph.lower() in _NOTHING_SAID:
        paragraph = first_paragraph(found) or first_paragraph(_RUNNER_LINES.sub("", text)) or paragraph
    return clean(kind or "").strip() or exception_type(paragraph) or found_kind, paragraph


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
            if not re.match(rf"{_TYPE}(?::|$)", line.strip()):
                return ""
            paragraph = [line.strip()]
            for following in lines[number + 1 :]:
                if not following.strip():
                    break
                paragraph.append(following.strip())
            return "\n".join(paragraph)
    return ""
