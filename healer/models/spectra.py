"""Which lines of code passing and failing test cases ran."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


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
