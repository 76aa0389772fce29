"""What the failing tests are about, as far as their reports show: their own literals, and the exceptions they saw."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.evidence import Failure

_FAILURES = 100
_CHARACTERS = 20_000
_LITERALS = 2_000
_NUMBER = r"(?<![\w.\"'])-?(?:\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?)(?![\w])"
_STRING = r"\"(?:[^\"\\\n]|\\.){0,400}\"|'(?:[^'\\\n]|\\.){0,400}'"
_LITERAL = re.compile(f"({_STRING})|({_NUMBER})")
_OTHER_FRAMES = re.compile(r"^(?:_ ){4}", re.MULTILINE)
_PLACE = re.compile(r"^\s*(?:\S+:\d+(?::\d+)?:?(?: |$)|File \"|at \S)")
_TRIVIAL = frozenset({"0", "1", "2", "-1", "10", "100", "''", "' '", "b''", "True", "False", "None", "Ellipsis"})
_TELLING = 4
_TELLING_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Symptoms:
    """The failing tests' literals in the form of `spelt`, and the bare names of the exceptions that failed them."""

    literals: frozenset[str] = frozenset()
    exceptions: frozenset[str] = frozenset()
    analysed: bool = False
    """Whether one of the failures is an analyser's finding."""


def symptoms_of(failures: Sequence[Failure]) -> Symptoms:
    """Return what the reports of these failures show; a bounded share of very long ones."""
    failures = failures[:_FAILURES]
    exceptions = ((failure.type or "").replace("::", ".").rpartition(".")[2] for failure in failures)
    analysed = any(failure.rule is not None for failure in failures)
    return Symptoms(literals_of(failures), frozenset(filter(None, exceptions)), analysed)


def literals_of(failures: Sequence[Failure]) -> frozenset[str]:
    """Return the literals of the tests' own source and of what was expected and met, as the reports show them.

    The source of deeper frames is left out: its literals are those of the code under repair.
    """
    found: set[str] = set()
    for failure in failures[:_FAILURES]:
        for line in _telling_lines(failure):
            for literal in _LITERAL.findall(line):
                found.update(_values(*literal))
            if len(found) >= _LITERALS:
                return frozenset(found)
    return frozenset(found)


def spelt(value: object) -> str:
    """Return one spelling for each constant value; 7 and 7.0 are one, and so are text and bytes of the same letters."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return repr(value)


def is_trivial(literal: str) -> bool:
    """Whether a literal is so common that its standing in a test and in the code says nothing."""
    return literal in _TRIVIAL


def is_telling(literal: str) -> bool:
    """Whether a literal is so particular that it hardly stands in a test and in the code by chance."""
    if literal[0] in "'\"":
        return len(literal) - 2 >= _TELLING
    return sum(map(str.isdigit, literal)) >= _TELLING_DIGITS and literal.strip("-").strip("0") != "1"


def _telling_lines(failure: Failure) -> Iterator[str]:
    yield from failure.message[:_CHARACTERS].splitlines()
    text = failure.text[:_CHARACTERS]
    own, _, deeper = text.partition(cut[0]) if (cut := _OTHER_FRAMES.search(text)) else (text, "", "")
    for line in own.splitlines():
        if not _PLACE.match(line):
            yield line
    yield from (line for line in deeper.splitlines() if line.startswith("E "))


def _values(string: str, number: str) -> Iterator[str]:
    token = string or number
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield spelt(ast.literal_eval(token))
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError):
        yield repr(token.strip("'\""))
