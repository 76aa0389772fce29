"""What linkers print: symbols that are missing or defined twice, with the object's source, and libraries not found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.limits import LINE_CHARACTERS
from healer.evidence.logs.diagnostics import Complaint, complaints_as_failures
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.models.evidence import Failure

_LD = r"(?:(?:\S{0,300}/)?(?:ld(?:\.\w{1,10})?|collect2|mold|[\w-]{1,60}-ld(?:\.\w{1,10})?)(?:\.exe)?: )?"
_WITHIN = re.compile(rf"{_LD}(\S{{1,1000}}\.(?:o|obj|a|so)(?:\([^()]{{1,300}}\))?): in function [`'\u2018]")
_UNDEFINED = re.compile(
    rf"{_LD}(?:(\S{{1,1000}}?):\([^()]{{1,200}}\): |(\S{{1,1000}}?):(\d{{1,9}}): |(\S{{1,1000}}?): )?"
    r"(?:more )?undefined reference to [`'\u2018](.{1,2000}?)['\u2019](?: follow)?$"
)
_DUPLICATE = re.compile(
    rf"{_LD}(\S{{1,1000}}?)(?::\([^()]{{1,200}}\)|:(\d{{1,9}}))?: "
    rf"multiple definition of [`'\u2018](.{{1,2000}}?)['\u2019]"
)
_LLD = re.compile(
    r"(?:\S{0,300}/)?(?:ld\.lld|lld|lld-link|wasm-ld|mold|ld64\.lld)(?:-\d{1,3})?: error: "
    r"(undefined (?:hidden )?symbol|duplicate symbol|.{1,300}?): (.{1,2000})$"
)
_REFERENCED = re.compile(
    r">>> (?:referenced by|defined (?:at|in)) (\S.{0,1000}?)(?: \((.{1,1000}?):(\d{1,9})\)|:(\d{1,9}))?$"
)
_NOT_FOUND = re.compile(
    rf"{_LD}(?:cannot find (?:-l)?(\S{{1,300}}?)(?:: .{{1,200}})?"
    r"|library not found for -l(\S{1,300})|library '(\S{1,300}?)' not found)$"
)
_MAC = re.compile(r' {2}"(.{1,2000})", referenced from:$')
_MAC_HEAD = re.compile(r"Undefined symbols for architecture \w{1,30}:$")
_OBJECT = re.compile(r"(?:.{0,1000}?\.dir/)?(.{1,1000}?)(?:\.o|\.obj)?(?:\([^()]{1,300}\))?$")
_TEMPORARY = re.compile(r"(?:/tmp|/var/folders)/")
_WORDS = ("undefined reference to ", "multiple definition of ", "cannot find ", "ld", "Undefined symbols for", "mold: ")


def failures(text: str) -> tuple[Failure, ...]:
    """Return a failure for each symbol and source that a linker complains of."""
    if not any(words in text for words in _WORDS):
        return ()
    return complaints_as_failures(_complaints(text), CaseOutcome.ERROR)


def tally(text: str) -> None:
    """Return None: linkers count nothing."""
    del text


def _complaints(text: str) -> Iterator[Complaint]:
    within, is_mac = "", False
    current: Complaint | None = None
    for raw in text.split("\n"):
        line = raw[:LINE_CHARACTERS].rstrip()
        if current is not None and line.startswith(">>> "):
            _place(current, line)
            continue
        if current is not None:
            yield current
            current = None
        if "in function" in line and (match := _WITHIN.match(line)):
            within = match[1]
        elif is_mac or _MAC_HEAD.match(line):
            current = _mac(line)
            is_mac = current is not None or line.startswith(("   ", "Undefined"))
        else:
            current = _heading(line, within)
        if current is not None:
            current.add(line)
    if current is not None:
        yield current


def _mac(line: str) -> Complaint | None:
    if match := _MAC.match(line):
        return Complaint("ld", None, None, None, f"undefined symbol `{match[1]}'", f"undefined symbol: {match[1]}")
    return None


def _place(complaint: Complaint, line: str) -> None:
    """Add what lld says of a symbol; the first place that refers to it is the complaint's."""
    complaint.add(line)
    if complaint.file is None and (match := _REFERENCED.match(line)):
        complaint.file = match[2] or match[1]
        complaint.line = int(match[3] or match[4]) if match[3] or match[4] else None


def _heading(line: str, within: str) -> Complaint | None:
    if "undefined reference to " in line and (match := _UNDEFINED.match(line)):
        return _symbol("undefined reference to", match[5], match[1] or match[2] or match[4], match[3], within)
    if "multiple definition of " in line and (match := _DUPLICATE.match(line)):
        return _symbol("multiple definition of", match[3], match[1], match[2], within)
    if "error: " in line and (match := _LLD.match(line)):
        return Complaint("ld", None, None, None, f"{match[1]} `{match[2]}'", f"{match[1]}: {match[2]}")
    if ("cannot find -l" in line or "library" in line or "cannot find " in line) and (match := _NOT_FOUND.match(line)):
        if not re.match(r"(?:\S{0,300}/)?(?:[\w.-]{0,60}ld|[\w-]{0,60}ld\.\w{1,10}|mold): ", line):
            return None
        library = match[1] or match[2] or match[3]
        return Complaint("ld", None, None, None, f"cannot find {library}", f"cannot find {library}")
    return None


def _symbol(what: str, symbol: str, place: str | None, number: str | None, within: str) -> Complaint:
    """Return a complaint about a symbol; the source is the line's, else the one that the object was made from."""
    file = place if number and place else None
    if file is None and (made := _OBJECT.match(within or place or "")) and not _TEMPORARY.match(made[1]):
        file = made[1]
    if file is None or not re.search(r"\.\w{1,4}$", file):
        file = place or file
    rule = f"{what} `{symbol}'"
    return Complaint("ld", file, int(number) if number else None, None, rule, rule)
