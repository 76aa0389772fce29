"""What a JUnit failure says, where the message attribute says nothing, only the place, or only half of it."""

from __future__ import annotations

import re

_OWN_LOCATION = re.compile(r"\s{0,100}\S{1,1024}:\d{1,9}:?[ \t]{0,100}(?:\n|\Z)")
"""What gtest begins its messages with."""

_LOCATION_END = re.compile(r":\d{1,9}:?[ \t]{0,100}(?:\n|\Z)")
"""What there must be for `_OWN_LOCATION` to be found, and is found sooner."""

_TITLE = re.compile(r"\S{1,1024}\.[cm]?[jt]sx?:\d{1,9}:\d{1,9} ")
"""What Playwright's messages consist of: the place of the test, and its title."""

_NOTHING_SAID = frozenset({"exception", "unexpected exception", "failure", "mypy produced messages"})
_BOOST = re.compile(r"^- message: (.{1,2000})", re.MULTILINE)
_BOOST_EXCEPTION = re.compile(r"EXCEPTION STACK TRACE: -{1,40}\n(.{1,2000})")
_EXPANSION = "\nwith expansion:\n"
_NODE_TYPES = frozenset(
    {
        *("testCodeFailure", "subtestsFailed", "hookFailed", "testTimeoutFailure", "uncaughtException"),
        *("unhandledRejection", "cancelledByParent", "parentAlreadyFinished", "testAborted"),
    }
)
_NODE_CAUSE = re.compile(r"^\s{0,40}cause: ([A-Za-z_][\w.]{0,200})(?: \[\w{1,100}\])?(?::|$)", re.MULTILINE)
_BANDIT_LEVELS = frozenset({"LOW", "MEDIUM", "HIGH", "UNDEFINED"})
_BANDIT = re.compile(r"\s{0,100}Test ID: (B\d{3}) ")
_MYPY = re.compile(r"[^\n]{1,2000}: error: [^\n]{1,2000}  \[([\w-]{1,100})\](?:\n|\Z)")
_TESTED = 16 * 1024


def telling_message(message: str, text: str) -> str:
    """Return the message, without the place that some tools put first; "" where the text tells more than it."""
    if ":" in message:
        if _LOCATION_END.search(message):
            message = _OWN_LOCATION.sub("", message, count=1)
        if _TITLE.match(message) and text:
            return _after_title(text)
    if message.strip() in _NOTHING_SAID:
        found = _BOOST_EXCEPTION.search(text[:_TESTED]) or _BOOST.search(text[:_TESTED])
        return found[1] if found else ""
    if _EXPANSION in text:
        expansion = text.partition(_EXPANSION)[2].partition("\nat ")[0].strip()
        return f"{message}\nwith expansion:\n{expansion}" if message and expansion not in message else message
    return message


def telling_type(kind: str | None, text: str) -> str | None:
    """Return the type: a linter's rule, and for node's own words for a failure the type of its cause."""
    if kind in _BANDIT_LEVELS and (rule := _BANDIT.match(text)):
        return rule[1]
    if not kind and ": error: " in text[:_TESTED] and (rule := _MYPY.match(text)):
        return rule[1]
    if kind not in _NODE_TYPES:
        return kind
    found = _NODE_CAUSE.search(text[:_TESTED])
    return found[1] if found else None


def _after_title(text: str) -> str:
    """Return the first paragraph that follows the title in Playwright's text."""
    lines = text.strip().splitlines()
    return "\n".join(lines[1:]).strip() if len(lines) > 1 else ""
