"""Which lines of code passing and failing test cases ran."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Watch(enum.Enum):
    """Whether a run also tells which lines its test cases ran."""

    NO = "no"
    IF_CHEAP = "if-cheap"
    """Only where the interpreter can report lines at next to no cost: `sys.monitoring`, from Python 3.12 on."""
    YES = "yes"
    """By tracing, where there is nothing better, which makes test cases up to three times as slow."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Who ran one line: how many passing test cases, and which failing ones, by their index in `Spectra.failed`."""

    passed: int
    failed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Spectra:
    """Line coverage by outcome. Only lines that some test case ran are in it; `lines` goes by path, then by number."""

    passed: int
    """How many passing test cases were watched."""
    failed: tuple[str, ...]
    """The ids of the failing test cases that were watched."""
    lines: Mapping[str, Mapping[int, Hits]]
