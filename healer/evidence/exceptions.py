"""The exception that a trace is of: its type, and its message in one paragraph. Each language's is in `thrown`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.thrown import native, python, scripting
from healer.evidence.thrown.headlines import exception_type, headline, message_from
from healer.evidence.wording import clean, first_paragraph, label

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("described", "exception_type", "final_exception")

_PHASE = re.compile(r'(?:failed on (?:setup|teardown)|test (?:setup|teardown) failure) with "(.*)"\Z', re.DOTALL)
_RUNNER_LINES = re.compile(
    r"^[ \t]{0,40}(?:=== (?:RUN|PAUSE|CONT|NAME)|--- (?:FAIL|PASS|SKIP)|(?:FAIL|PASS)$|exit status).*\n?", re.MULTILINE
)
_ONLY_PLACE = re.compile(
    r"(?:[A-Za-z]:)?[^\s:][^:\n]{0,1023}?\.\w{1,8}"
    r"(?:(?::\d{1,9}){1,2}(?:: (?:Failure|error))?:?|\(\d{1,9}\): (?:error|Failure))$"
)
_TEST_NAME = re.compile(r"[\w\\]{1,500}::\w{1,300}(?: with data set .{1,500})?$")
_NOTHING_SAID = frozenset({"", "failed", "failure", "error", "collection failure", "test failed", "assertion failed"})
_NO_TYPE = frozenset(
    {"failure", "failed", "error", "fail", "test failure", "testCodeFailure", "hookFailed", "subtestsFailed"}
)
"""What report writers put where a type should stand; `Error` is JavaScript's."""

_READERS: tuple[Callable[[str], tuple[str | None, str] | None], ...] = (
    native.rust,
    native.go,
    native.cplusplus,
    native.swift,
    scripting.beam,
    scripting.ruby,
    scripting.julia,
    scripting.haskell,
    headline,
    scripting.lua,
    scripting.r,
    scripting.perl,
)


def final_exception(text: str) -> tuple[str | None, str]:
    """Return type and message of the exception a trace is of; (None, "") when it shows none.

    The message keeps its type where the language prints it (`KeyError: 'a'`). Of chained exceptions it is the one that
    the caller saw: the last in Python, the first where causes follow. Panics of Go and Rust have the type `panic`.
    """
    found = python.final_exception(text)
    if found != (None, ""):
        return found
    return _elsewhere(text)


def _elsewhere(text: str) -> tuple[str | None, str]:
    return next((found for reader in _READERS if (found := reader(text))), (None, ""))


def described(kind: str | None, message: str, text: str) -> tuple[str | None, str]:
    """Return exception type and one-paragraph message from a report's attributes, or its text where they are silent."""
    message = clean(message)
    if phase := _PHASE.match(message.strip()):
        message = phase[1]
    paragraph = _without_place(first_paragraph(message))
    stated = label(kind or "")
    named = ("" if stated in _NO_TYPE else stated) or exception_type(paragraph)
    is_silent = paragraph.lower() in _NOTHING_SAID or bool(_ONLY_PLACE.match(paragraph))
    if named and not is_silent:
        return named, paragraph
    found_kind, found = final_exception(text)
    if is_silent:
        paragraph = first_paragraph(found) or _said_by(text) or paragraph
    return named or exception_type(paragraph) or found_kind or stated or None, paragraph


def _said_by(text: str) -> str:
    """Return the first paragraph of a text without the lines of the runner and the frames behind it."""
    paragraph = _without_place(first_paragraph(_RUNNER_LINES.sub("", text)))
    return first_paragraph(message_from(paragraph.splitlines())) if paragraph else ""


def _without_place(paragraph: str) -> str:
    """Leave the place or the name of the test out that googletest, PHPUnit and others put before what they say."""
    first, _, rest = paragraph.partition("\n")
    return rest if rest and (_ONLY_PLACE.match(first) or _TEST_NAME.match(first)) else paragraph
