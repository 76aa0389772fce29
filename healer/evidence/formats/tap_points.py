"""The lines of the Test Anything Protocol, versions 12 to 14, and what its producers say below a point that failed.

The grammar is that of testanything.org; the diagnostics are those of node, tap, tape, ava, Vitest, Mocha, bats, Perl.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.formats.javascript_errors import before_stack, type_of
from healer.evidence.frames import parse_frames
from healer.evidence.paths import in_checkout, is_foreign, normalised
from healer.evidence.wording import clean, without_blank_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.evidence import CaseOutcome, Failure

VERSION = re.compile(r"TAP version 1[2-4]\s{0,8}$", re.MULTILINE)
PLAN = re.compile(r"1\.\.(\d{1,9})(?:\s{0,8}#\s{0,8}(.{0,1024}))?\s{0,8}$", re.MULTILINE)
_POINT = re.compile(r"(not )?ok(?: (\d{1,9})(?![\w.,:%/]))?(?=\s|$)(?: -(?= |$))? ?(.*)")
_DIRECTIVE = re.compile(r"(?<!\\)#\s{0,8}(SKIP|TODO|cancelled)\S{0,16}(?:\s|$)", re.IGNORECASE)
_TIME = re.compile(r"\s{1,8}# time=[\d.]{1,16}\w{0,2}\s{0,8}$| in \d{1,9}ms$")
_FILE = re.compile(r"\S{1,1024}\.(?:[cm]?[jt]sx?|t|bats|py|rb|php|pl)")
_KEY = re.compile(r"(\s{0,200})'?([A-Za-z_]\w{0,60})'?:(?:\s{1,20}(.*))?$")
_PLACE = re.compile(
    r"in test file (?P<bats>[^,\n]{1,1024}), line (?P<at>\d{1,9})"
    r"|(?P<shell>/[^\s:]{1,1024}\.(?:bats|sh)): line (?P<row>\d{1,9}): "
    r"|\bat (?P<perl>[^\n]{1,1024}?) line (?P<line>\d{1,9})\."
)
_TIMED_OUT = re.compile(r"Timeout of \d{1,9}ms exceeded\.[^\n]{1,300} \((\S[^()\n]{1,1024})\)")
_WHERE = re.compile(r"^\s{0,40}(?:at [^\n]{1,1024} line \d{1,9}\.|\((?:in|from) [^()]{1,2048}\))$\n?", re.MULTILINE)
_LOCATION = re.compile(r"(?:file://)?(.{1,1024}?):(\d{1,9})(?::\d{1,9})?\)?$")
_BLOCK = re.compile(r".{0,1024}: {1,8}[|>][-+\d]{0,3}$")
_ERROR_LINE = re.compile(
    r"^\s{0,40}((?:[A-Za-z_$][\w$.]{0,100})?(?:Error|Exception)\w{0,40}(?: \[\w{1,100}\])?: .*)", re.MULTILINE
)
_WANTED = frozenset(
    {
        *("message", "error", "name", "stack", "diff", "expected", "actual", "failureType", "exitCode"),
        *("location", "at", "fileName", "lineNumber", "file", "line"),
    }
)
_OTHER_BLOCK = "block"
_SUMMARY = re.compile(
    r"(?:tests|pass|fail|failed|suites|cancelled|skipped|skip|todo|duration_ms|time=|Looks like you|No coverage)\b"
)


@dataclass(frozen=True, slots=True)
class Point:
    """A test point; `opens` says that its subtests follow it in braces."""

    is_ok: bool
    number: int | None
    description: str
    written: str
    is_excused: bool
    is_skipped: bool
    opens: bool


def point_in(text: str, *, needs_number: bool = False) -> Point | None:
    """Read a line without its indentation."""
    found = _POINT.match(text) if text.startswith(("ok", "not ok")) else None
    if found is None or (needs_number and found[2] is None):
        return None
    description = found[3].strip()
    opens = description.endswith("{") and (description == "{" or description[-2] == " ")
    if opens:
        description = description[:-1].rstrip()
    written = description
    directive = _DIRECTIVE.search(description)
    if directive:
        description = description[: directive.start()].rstrip()
    description = _TIME.sub("", description).replace("\\#", "#").replace("\\\\", "\\")
    is_excused = directive is not None and directive[1].lower() != "cancelled"
    is_skipped = directive is not None and directive[1].lower() == "skip"
    number = int(found[2]) if found[2] else None
    return Point(not found[1], number, description, written, is_excused, is_skipped, opens)


def is_summary(comment: str) -> bool:
    """Whether a comment is a producer's count at the end, which belongs to no point."""
    return _SUMMARY.match(comment) is not None


def is_file(name: str) -> bool:
    """Whether a subtest is named after the file that it runs."""
    return _FILE.fullmatch(name) is not None


def said_of_failure(diagnostics: str, key: str) -> str:
    """Return the value of a key in YAML diagnostics, empty if there is none."""
    return _read_yaml(diagnostics).get(key, "")


def failure_at(
    outcome: CaseOutcome, names: Sequence[str], diagnostics: str, *, file: str = "", is_yaml: bool = False
) -> Failure:
    """Build the failure of a point; `names` are those of its subtests and its own, outermost first."""
    plain = clean(diagnostics).strip("\n")
    told = _read_yaml(plain) if is_yaml else {}
    stack = told.get("stack", "")
    frames = parse_frames("\n".join(_as_frame(line) for line in stack.splitlines())) if stack else parse_frames(plain)
    path, line = _place(told, plain)
    if len(names) == 1 and is_file(names[0].partition(" > ")[0]):
        names = names[0].split(" > ")
    if names and is_file(names[0]) and (len(names) > 1 or not file):
        file, names = file or names[0], names[1:]
    if (not path or not told) and (own := [frame for frame in frames if not is_foreign(frame.file)]):
        path, line = own[-1].file, own[-1].line
        path = normalised(path)[0] if "/../" in path else path
    own_lines = [at.line for at in frames if at.file.removeprefix("file://") == path]
    if own_lines and (stack or line is None or "exitCode" in told):
        line = own_lines[-1]
    name = " > ".join(filter(None, names))
    known = in_checkout(file or _test_file(plain))
    return failure_of(
        outcome,
        name=name or known or "TAP",
        suite=known,
        identity="::".join(filter(None, (known, name))) or "TAP",
        file=path or file or None,
        line=line,
        type_name=_type(told, stack, plain),
        message=_message(told, stack, plain) or name,
        text=plain,
        frames=frames,
    )


def _message(told: dict[str, str], stack: str, plain: str) -> str:
    said = told.get("message") or told.get("error")
    if "exitCode" in told and (raised := _ERROR_LINE.search(plain)):
        said = raised[1]  # of a process that died, what it printed says more than its exit code
    if not said and "    at " in stack:
        said = before_stack(stack)
    if not said and told.keys() & {"diff", _OTHER_BLOCK}:
        said = told.get("diff") or told.get(_OTHER_BLOCK)
    if not said and "expected" in told and "actual" in told:
        said = f"expected {told['expected']}, got {told['actual']}"
    if not said and not told:
        said = before_stack(_WHERE.sub("", plain))
    return without_blank_lines(_WHERE.sub("", said or ""))


def _type(told: dict[str, str], stack: str, plain: str) -> str | None:
    name = told.get("name", "")
    if not told and (raised := _ERROR_LINE.search(plain)):
        return type_of(raised[1])
    if re.fullmatch(r"[A-Za-z_]\w{0,80}", name):
        return name
    return type_of(stack) or ("Error" if stack and "failureType" in told else None)  # node leaves the plain name out


def _place(told: dict[str, str], plain: str) -> tuple[str, int | None]:
    for key in ("location", "at"):
        if (found := _LOCATION.search(told.get(key, ""))) and not is_foreign(found[1].rpartition("(")[2]):
            return found[1].rpartition("(")[2].removeprefix("file://"), int(found[2])
    for file, line in (("fileName", "lineNumber"), ("file", "line")):
        if told.get(file):
            digits = told.get(line, "")
            return told[file], int(digits) if digits.isdecimal() and len(digits) < 10 else None  # noqa: PLR2004 - any sane bound
    if found := _PLACE.search(plain):
        file, row = found["bats"] or found["shell"] or found["perl"], found["at"] or found["row"] or found["line"]
        return file, int(row)
    late = _TIMED_OUT.search(plain)
    return (late[1] if late else ""), None


def _test_file(plain: str) -> str:
    """Return the test's file where the words of bats or Perl tell it, which each of their failures does."""
    found = _PLACE.search(plain)
    file = (found["bats"] or found["shell"] or found["perl"]) if found else ""
    return file if file.endswith((".bats", ".t")) else ""


def _as_frame(line: str) -> str:
    stripped = line.strip()
    return line if stripped.startswith("at ") else f"    at {stripped.removeprefix('async ')}"


def _read_yaml(text: str) -> dict[str, str]:
    """Read the first value of each wanted key, at any depth, from what is meant to be YAML."""
    told: dict[str, str] = {}
    lines = text.split("\n")
    position = 0
    while position < len(lines):
        line = lines[position]
        key = _KEY.match(line) if ":" in line else None
        position += 1
        is_wanted = key is not None and key[2] in _WANTED
        is_block = _BLOCK.match(line) is not None
        value = (key[3] or "").strip() if key and is_wanted else ""
        if is_block:
            start, depth = position, _indent(line)
            while position < len(lines) and (not lines[position].strip() or _indent(lines[position]) > depth):
                position += 1
            value = "\n".join(lines[start:position]).strip("\n")
        if value:
            told.setdefault(key[2] if key and is_wanted else _OTHER_BLOCK, value if is_block else _unquoted(value))
    return told


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _unquoted(value: str) -> str:
    if value[:1] == value[-1:] == "'" and len(value) > 1:
        return value[1:-1].replace("''", "'")
    if value[:1] == '"':
        try:
            read = json.loads(value, strict=False)
        except ValueError:
            return value.strip('"')
        return read if isinstance(read, str) else value
    return value
