"""`Type: message`, as most languages begin or end a trace, and where such a message ends."""

from __future__ import annotations

import re

_TYPE = r"[A-Za-z_][\w.$\\]{0,200}(?:::\w{1,200}){0,8}"
_NAMED = re.compile(rf"({_TYPE})(?:<[\w., ]{{1,200}}>)?(?: \[(\w{{1,100}})\])?(?: ?: |:?$)")
_TYPE_LIKE = re.compile(
    r"[\w.$\\:]{0,300}(?:Error|Exception|Warning|Interrupt|Exit|Failure|Fault|Timeout|Expired|Iteration|Group)\w{0,60}"
)
_QUALIFIED = re.compile(r"[A-Za-z_]\w{0,100}(?:(?:\.|\\|::)[A-Za-z_$][\w$]{0,100}){1,20}")
_DOTTED = re.compile(r"[A-Za-z_]\w{0,100}(?:\.[A-Za-z_$][\w$]{0,100}){1,20}")
_HEADLINE = re.compile(
    r"[ \t]{0,40}(Uncaught |Unhandled [Ee]xception[.:] |Exception in thread \"[^\"\n]{0,200}\" "
    r"|cause: |PHP Fatal error:  Uncaught |Fatal error: Uncaught |\*\* )?(\S[^\n]{0,4000})"
)
_FRAME = re.compile(
    r"\s{0,40}(?:at \S|from \S|# \S{1,1024}:\d|\u276f \S|#\d|\.\.\. \d|in \S{1,1024}:\d|[Ss]tack ?trace(?:back)?:"
    r"|Backtrace:|\[\d{1,4}\] |Traceback|goroutine \d|--- End of|Caused by|Suppressed:|note: run with|stack backtrace:"
    r"|\S{1,1024}\.\w{1,8}:\d{1,9}$)"
)
_THROWN_IN = re.compile(r" in (?:phar:|[A-Za-z]:)?[^\s:]{1,1024}(?::| on line )\d{1,9}$")
_PARAGRAPH_LINES = 40
_HEADLINE_LINES = 200
_SIGNS_TRIED = 16


def exception_type(text: str) -> str | None:
    """Return the type that a first line such as `pkg.errors.Broken: why` names, or None when it names none."""
    match = _NAMED.match(text.partition("\n")[0].strip())
    if match is None:
        return None
    if not _TYPE_LIKE.fullmatch(match[1]) and not (_DOTTED if match.end() == match.end(1) else _QUALIFIED).fullmatch(
        match[1]
    ):
        return None
    return match[2] if match[2] and _TYPE_LIKE.fullmatch(match[2]) else match[1]


def headline(text: str) -> tuple[str, str] | None:
    """Return type and message of the first line that names an exception, up to the first frame or blank line."""
    lines = text.splitlines()
    for number, line in enumerate(lines[:_HEADLINE_LINES]):
        said = _HEADLINE.match(line)
        if said is None or not (": " in line or _TYPE_LIKE.fullmatch(said[2].rstrip(": "))):
            continue
        if kind := exception_type(said[2]):
            first = _THROWN_IN.sub("", said[2]) if said[1] and "Uncaught" in said[1] else said[2]
            return kind, message_from([first, *lines[number + 1 : number + _PARAGRAPH_LINES]])
    return None


def match_at(sign: str, pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return the first match of a pattern that begins with the sign, of which only the first few are tried."""
    start, tried = text.find(sign), 0
    while start >= 0 and tried < _SIGNS_TRIED:
        if match := pattern.match(text, start):
            return match
        start, tried = text.find(sign, start + 1), tried + 1
    return None


def message_from(lines: list[str]) -> str:
    """Return the lines of a message that begins with the first of them: up to a blank line or a stack frame."""
    message = [lines[0].strip()]
    for line in lines[1:]:
        if not line.strip() or _FRAME.match(line):
            break
        message.append(line.strip())
    return "\n".join(message)
