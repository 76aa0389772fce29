"""How compilers head an error: one line that says where it is and what is wrong, in the shapes of many languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.logs.diagnostics import Complaint

if TYPE_CHECKING:
    from collections.abc import Callable

_SOURCES = (
    r"c|cc|cpp|cxx|c\+\+|h|hh|hpp|hxx|inc|inl|ipp|tcc|cu|cuh|m|mm|S|s|java|kt|kts|swift|scala|rs|zig|hs|dart|groovy|pyx|glsl"
    r"|cppm|ixx"
)
_PATH = rf"((?:[A-Za-z]:)?[^\s:()\[\]*][^:()\n]{{0,1000}}?\.(?:{_SOURCES}))"

_GNU = re.compile(
    rf"{_PATH}:(\d{{1,9}})(?::(\d{{1,9}}))?: (?:fatal |internal compiler )?[Ee]rror(?:\[(E\d{{4}})\])?:(?: (.*))?$"
)
"""gcc, clang, javac, kotlinc, swiftc, rustc's short form, Zig, GHC, Dart."""

_MSVC = re.compile(
    r"\s{0,8}(?:\d{1,4}>)?((?:[A-Za-z]:)?[^\s:()*][^:()\n]{0,1000}?|LINK)"
    r"(?:\((\d{1,9})(?:,(\d{1,9})(?:,\d{1,9},\d{1,9})?)?\))?"
    r" ?: (?:fatal )?error ([A-Z]{1,6}\d{3,5}): (.*)$"
)
_CLANG_MSVC = re.compile(rf"{_PATH}\((\d{{1,9}}),(\d{{1,9}})\): (?:fatal )?error: (.*)$")
_TSC_PRETTY = re.compile(
    r"((?:[A-Za-z]:)?[^\s:][^:\n]{0,1000}?\.\w{1,6}):(\d{1,9}):(\d{1,9}) - error (TS\d{1,6}): (.*)$"
)
_TSC_PLAIN = re.compile(r"error (TS\d{1,6}): (.*)$")
_MAVEN = re.compile(
    r"\[ERROR\] ((?:[A-Za-z]:)?[^\s:\[\]][^:\[\]\n]{0,1000}?\.(?:java|kt|scala|groovy))"
    r":(?:\[| \()(\d{1,9}),\s?(\d{1,9})[\])] (.*)$"
)
_KOTLIN = re.compile(
    r"e: (?:file://)?((?:[A-Za-z]:)?[^\s:][^:\n]{0,1000}?\.kts?):"
    r"(?: ?\((\d{1,9}), (\d{1,9})\):|(\d{1,9}):(\d{1,9}):?) (.*)$"
)
_SBT = re.compile(
    r"\[error\] ((?:[A-Za-z]:)?/?[^\s:][^:\n]{0,1000}?\.(?:scala|java|sbt)):(\d{1,9})(?::(\d{1,9}))?: (.*)$"
)
_SCALA3 = re.compile(
    r"(?:\[error\] )?-- (?:\[(E\d{1,5})\] )?(.{0,100}?)Error: (\S.{0,1000}?\.scala):(\d{1,9}):(\d{1,9}) -{1,200}$"
)
_NVCC = re.compile(r"(\S.{0,1000}?\.cuh?)\((\d{1,9})\): (?:catastrophic )?error(?: #[\w-]{1,20})?: (.*)$")
_DRIVER = re.compile(
    r"(?:\S{0,300}/)?(cc1(?:plus|objc?)?|gcc|g\+\+|cc|c\+\+|clang(?:\+\+)?|as|kotlinc|swiftc|rustc|nvcc)(?:-\d{1,3})?: "
    r"(?:fatal error|error|internal compiler error): (.*)$"
)
_WERROR = re.compile(r" \[(-Werror[=,][\w+=,-]{1,200}|-W[\w+=-]{1,100})\]$")
_PROJECT = re.compile(r" \[[^\[\]\n]{1,1000}\.\w{2,4}proj(?:::[^\[\]\n]{1,300})?\]$")
_TOOLS = {"java": "javac", "kt": "kotlinc", "kts": "kotlinc", "swift": "swiftc", "scala": "scalac", "rs": "rustc"}


def heading(line: str) -> Complaint | None:
    """Return the complaint that a line heads, or None; warnings that count as errors call themselves errors."""
    if line.startswith("e: "):
        return _kotlin(line)
    if line.startswith(("[ERROR] ", "[error] ", "-- ")):
        return _jvm(line)
    if "rror" not in line:
        return None
    for shape, read in _SHAPES:
        if (match := shape.match(line)) and (complaint := read(match)):
            return complaint
    return None


def _gnu(match: re.Match[str]) -> Complaint:
    message = match[5] or ""
    code = _WERROR.search(message)
    ending = match[1].rpartition(".")[2]
    rule = match[4] or (code[1] if code else "")
    column = int(match[3]) if match[3] else None
    return Complaint(
        _TOOLS.get(ending, "cc"), match[1], int(match[2]), column, rule, message[: code.start()] if code else message
    )


def _msvc(match: re.Match[str]) -> Complaint | None:
    file = None if match[1] == "LINK" else match[1].strip()
    if file and not match[2] and not file.lower().endswith((".obj", ".lib", ".cpp", ".c", ".exe", ".dll", ".csproj")):
        return None
    tool = {"TS": "tsc", "CS": "csc", "FS": "fsc", "LNK": "link"}.get(match[4].rstrip("0123456789"), "cl")
    line, column = (int(number) if number else None for number in (match[2], match[3]))
    return Complaint(tool, file, line, column, match[4], _PROJECT.sub("", match[5]))


def _kotlin(line: str) -> Complaint | None:
    match = _KOTLIN.match(line)
    if match is None:
        return None
    return Complaint("kotlinc", match[1], int(match[2] or match[4]), int(match[3] or match[5]), "", match[6])


def _jvm(line: str) -> Complaint | None:
    if match := _MAVEN.match(line):
        tool = _TOOLS.get(match[1].rpartition(".")[2], "javac")
        return Complaint(tool, match[1], int(match[2]), int(match[3]), "", match[4])
    if match := _SBT.match(line):
        column = int(match[3]) if match[3] else None
        return Complaint("scalac", match[1], int(match[2]), column, "", match[4])
    if match := _SCALA3.match(line):
        return Complaint("scalac", match[3], int(match[4]), int(match[5]), match[1] or "", f"{match[2]}Error")
    return None


def _driver(match: re.Match[str]) -> Complaint | None:
    if match[2].startswith("linker command failed"):
        return None
    return Complaint(match[1], None, None, None, "", match[2])


_SHAPES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Complaint | None]], ...] = (
    (_GNU, _gnu),
    (_TSC_PRETTY, lambda match: Complaint("tsc", match[1], int(match[2]), int(match[3]), match[4], match[5])),
    (_MSVC, _msvc),
    (_CLANG_MSVC, lambda match: Complaint("cc", match[1], int(match[2]), int(match[3]), "", match[4])),
    (_NVCC, lambda match: Complaint("nvcc", match[1], int(match[2]), None, "", match[3])),
    (_TSC_PLAIN, lambda match: Complaint("tsc", None, None, None, match[1], match[2])),
    (_DRIVER, _driver),
)
