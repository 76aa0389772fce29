"""Where CTest shows what its tests printed, so that a framework's counts inside a test are not added to CTest's own."""

from __future__ import annotations

import re

ENDED = re.compile(
    r"\s{0,8}\d{1,9}/\d{1,9} Test {1,9}#(\d{1,9}): (.{1,1000}?) \.{2,1000} {0,3}"
    r"(Passed|\*\*\*(?:Failed|Timeout|Not Run(?: \(Disabled\))?|Skipped|Exception: \w{1,40})"
    r"|.{1,100}\*\*\*Exception:|\*\*\*.{1,60}?) {1,30}\d{1,9}\.\d\d sec"
)
STARTED = re.compile(r"\s{1,12}Start {1,9}(\d{1,9}): (\S.{0,1000})$")
CLOSING = re.compile(r"^ {0,4}\d{1,3}% tests passed, (\d{1,9}) tests failed out of (\d{1,9})$", re.MULTILINE)
VERBOSE = re.compile(r"(\d{1,9}): (.*)$")


def blanked(text: str) -> str:
    """Return the text with what CTest's tests printed replaced by as many spaces, so that positions stay."""
    if " Test " not in text or not CLOSING.search(text):
        return text
    kept: list[str] = []
    is_inside = False
    for line in text.split("\n"):
        head = line[:4096].rstrip()
        if ENDED.match(head) or STARTED.match(head) or CLOSING.match(head):
            is_inside = not CLOSING.match(head)
            kept.append(line)
        else:
            kept.append(" " * len(line) if is_inside or VERBOSE.match(head) else line)
    return "\n".join(kept)
