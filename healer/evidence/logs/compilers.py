"""What compilers and build tools print: a failure per error, with its notes; warnings are none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.limits import LINE_CHARACTERS
from healer.evidence.logs import linker_output
from healer.evidence.logs.compiler_errors import heading
from healer.evidence.logs.diagnostics import Complaint, complaints_as_failures, is_of_a_library
from healer.models.evidence import CaseOutcome, StackFrame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.models.evidence import Failure

_CONTEXT = re.compile(
    r"In file included from |\s{1,40}from \S"
    r"|\S.{0,1000}: (?:In (?:\w{1,40} ){0,4}"
    r"(?:function|constructor|destructor|instantiation|substitution|lambda|class|struct|member)\b"
    r"|At (?:global scope|top level)|\s{2}required (?:from|by)|\s{2}in .constexpr)"
    r"|In \w{1,40} .{1,200}:$"
)
_OTHER = re.compile(
    r"\S.{0,1000}?(?::\d{1,9}){1,2}: (?:warning|remark|info): |\S.{0,1000}?\(\d{1,9}(?:,\d{1,9})?\) ?: warning "
    r"|warning(?:\[|: )|w: |\[WARN"
)
_STOP = re.compile(
    r"(?:\w{0,8}make(?:\[\d{1,5}\])?: |ninja: |\[ {0,3}\d{1,9}(?:/\d{1,9}|%)\]|FAILED: |\d{1,9} (?:errors?|warnings?)\b"
    r"|collect2: |cc1\w{0,8}: |compilation terminated|gmake|CMake |Found \d|BUILD |\* |> Task |> Compilation"
    r"|\[INFO\]|\[ERROR\] (?!  )|##\[|Error: Process |Some errors have"
    r"|For more information about|error: (?:could not|aborting)|make\b|Compiling )"
)
_PLACE = re.compile(r"(In file included from |\s{1,40}from )?([^\s:][^:\n]{0,1000}):(\d{1,9})[:,]")
_RUST = re.compile(r"error(?:\[(E\d{4})\])?: (.*)$")
_RUST_AT = re.compile(r"\s{0,12}(?:-->|::: ) {0,2}(\S.{0,1000}?):(\d{1,9}):(\d{1,9})$")
_RUST_PLACELESS = re.compile(
    r"error: (?:linking with `|failed to (?:parse manifest|load manifest|select a version for|run custom build command"
    r"|get `|resolve patches|read `\S{1,500}Cargo)|no matching package"
    r"|package `[^`]{1,300}` cannot be built|the lock file \S{1,500} needs to be updated)"
)
_GO_HEADING = re.compile(r"# \[?[\w.\-~/]{1,1000}\]?(?: \[[^\]]{1,500}\])?$")
_GO = re.compile(r"(?:vet: )?([^\s:][^:\n]{0,1000}\.(?:go|s)):(\d{1,9})(?::(\d{1,9}))?: (.*)$")
_GO_MODULES = re.compile(
    r"(?:no required module provides package|cannot find (?:module|package)|package \S{1,500} is not in "
    r"|import cycle not allowed|found packages )"
)
_CMAKE = re.compile(r"CMake Error(?: at (\S.{0,1000}?):(\d{1,9}) \([^()]{1,100}\))?:(?: (.*))?$")
_MAKE = re.compile(
    r"(\w{0,8}make|ninja)(?:\[\d{1,5}\])?: (?:\*\*\* (No rule to make target .{1,1000})|error: (.{1,1000}))$"
)
_MAKE_SYNTAX = re.compile(r"(\S.{0,500}?):(\d{1,9}): \*\*\* (.{1,1000}?)\.?  Stop\.$")


def failures(text: str) -> tuple[Failure, ...]:
    """Return the errors of compilers, build tools and linkers, in order for each of these."""
    found = complaints_as_failures(_complaints(text), CaseOutcome.ERROR)
    return (*found, *linker_output.failures(text))


def tally(text: str) -> None:
    """Return None: compilers run no tests."""
    del text


class _Builds:
    """The state between lines: what stands before an error, and whether a Go package is being built."""

    def __init__(self) -> None:
        self.context: list[str] = []
        self.is_go = False


def _complaints(text: str) -> Iterator[Complaint]:
    builds = _Builds()
    current: Complaint | None = None
    lines = text.split("\n")
    for number, raw in enumerate(lines):
        line = raw[:LINE_CHARACTERS].rstrip()
        begun = _begun(line, lines, number, builds)
        if begun is not None:
            if current is not None:
                yield current
            current = begun
            for earlier in (*builds.context, line):
                _take(current, earlier)
            builds.context.clear()
        elif _CONTEXT.match(line) if line.startswith("In ") or "from" in line or ": " in line else False:
            if current is not None and not line.startswith(" "):
                yield current
                current = None
            builds.context.append(line)
            del builds.context[:-20]
        elif current is not None and (_STOP.match(line) or _OTHER.match(line) or not _belongs(line, current)):
            yield current
            current = None
        elif current is not None:
            _take(current, line)
        else:
            builds.context.clear()
    if current is not None:
        yield current


def _begun(line: str, lines: list[str], number: int, builds: _Builds) -> Complaint | None:
    """Return the complaint that begins at a line, if one does."""
    if not line:
        builds.is_go = False
        return None
    if line.startswith("# ") and _GO_HEADING.match(line):
        builds.is_go = True
        return None
    if ".go:" in line and (match := _GO.match(line)):
        return _go(match) if builds.is_go or _GO_MODULES.match(match[4]) else None
    builds.is_go = builds.is_go and line.startswith(("\t", "too many errors"))
    if line.startswith("error") and (match := _RUST.match(line)):
        return _rust(match, lines, number) or heading(line)
    return _of_a_build(line, lines, number) or heading(line)


def _go(match: re.Match[str]) -> Complaint:
    column = int(match[3]) if match[3] else None
    return Complaint("go", match[1].removeprefix("./"), int(match[2]), column, "", match[4])


def _of_a_build(line: str, lines: list[str], number: int) -> Complaint | None:
    """Read what CMake, make and ninja complain of themselves, not the errors that they only pass on."""
    if line.startswith("CMake Error") and (match := _CMAKE.match(line)):
        following = next((said.strip() for said in lines[number + 1 : number + 4] if said.strip()), "")
        return Complaint("cmake", match[1], int(match[2]) if match[2] else None, None, "", match[3] or following)
    if (": *** No rule" in line or "ninja: error: " in line) and (match := _MAKE.match(line)):
        return Complaint(match[1], None, None, None, "", match[2] or match[3])
    if line.endswith("  Stop.") and (match := _MAKE_SYNTAX.match(line)):
        return Complaint("make", match[1], int(match[2]), None, "", match[3])
    return None


def _rust(match: re.Match[str], lines: list[str], number: int) -> Complaint | None:
    for following in lines[number + 1 : number + 12]:
        if place := _RUST_AT.match(following[:LINE_CHARACTERS].rstrip()):
            return Complaint("rustc", place[1], int(place[2]), int(place[3]), match[1] or "", match[2])
        if not following.strip() or following.startswith("error"):
            break
    return Complaint("cargo", None, None, None, "", match[2]) if _RUST_PLACELESS.match(match[0]) else None


def _belongs(line: str, current: Complaint) -> bool:
    """Whether a line goes on with an error: TypeScript's pretty form, CMake and cargo have blank lines in between."""
    if line.strip():
        return not line.startswith("error") and (current.tool != "cmake" or line.startswith("  ") or not current.lines)
    return current.tool in {"tsc", "cmake", "cargo"} and len(current.lines) < 12  # noqa: PLR2004 - no tool says more


def _take(complaint: Complaint, line: str) -> None:
    """Add a line; places of the project come first when they use a template, and last when they include a header."""
    complaint.add(line)
    if ":" in line and (match := _PLACE.match(line)) and not is_of_a_library(match[2]):
        place = StackFrame(match[2], int(match[3]))
        if match[1]:
            complaint.own.append(place)
        else:
            complaint.own.insert(complaint.used, place)
            complaint.used += 1
