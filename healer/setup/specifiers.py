"""Python versions: which minor versions a specifier in any of the usual spellings admits."""

from __future__ import annotations

import re

SUPPORTED = tuple(f"3.{minor}" for minor in range(8, 15))
"""Minor versions that suites can be recorded under, oldest first."""

_LONGEST = 500
_CLAUSE = re.compile(r"(===|==|!=|~=|<=|>=|<|>|\^|~|=)?\s*v?(\d{1,4}(?:\.\d{1,4}){0,3})(\.\*|\.x)?[^\s,]*")
_ANY = frozenset({"", "*", "x"})
_NEWEST_PATCH = 999


def admitted(specifier: str) -> tuple[str, ...]:
    """Return the supported minor versions that a specifier admits, oldest first; all of them when it says nothing.

    A minor version is admitted when some patch release of it is: `>=3.8.2` admits 3.8. Alternatives are joined by `||`.
    What cannot be read admits all.
    """
    alternatives = [part.strip() for part in specifier[:_LONGEST].split("||")]
    if any(part in _ANY for part in alternatives):
        return SUPPORTED
    return tuple(version for version in SUPPORTED if any(_admits(part, version) for part in alternatives))


def _admits(specifier: str, version: str) -> bool:
    minor = int(version.split(".")[1])
    low, high = (3, minor, 0), (3, minor, _NEWEST_PATCH)
    return all(_holds(match, low, high) for match in _CLAUSE.finditer(specifier))


def _holds(clause: re.Match[str], low: tuple[int, ...], high: tuple[int, ...]) -> bool:
    """Whether a clause holds for some patch release of a minor version, given as its first and its last."""
    operator, numbers, star = clause[1] or "==", clause[2], clause[3]
    given = tuple(map(int, numbers.split(".")))
    bound = (*given, 0, 0)[:3]
    patch = len(given) > 2  # noqa: PLR2004 - major, minor, patch
    within = low[: min(len(given), 2)] == given[:2]
    results = {
        "!=": not within or (patch and not star),
        ">=": high >= bound,
        ">": high > bound if patch else low > (*given, _NEWEST_PATCH, _NEWEST_PATCH)[:3],
        "<=": low <= bound,
        "<": low < bound,
        "^": high >= bound and low[0] == given[0],
        # ~=3.8 means at least 3.8 and below 4; ~=3.8.1 and ~3.8 stay within that minor version.
        "~=": high >= bound and (within if patch else low[0] == given[0]),
        "~": high >= bound and within,
    }
    return results.get(operator, within)


def newest_first(versions: set[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return minor versions by their number, not their spelling."""
    return tuple(sorted(versions, key=lambda version: int(version.split(".")[1]), reverse=True))
