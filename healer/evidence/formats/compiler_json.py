"""What compilers say as JSON: GCC's `-fdiagnostics-format=json`, rustc's lines, and cargo's around them.

`cargo test --message-format=json` prints what the tests say as text behind its JSON, which is read as a log.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from healer.evidence.formats.json_documents import number_of, objects, read_documents, text_of
from healer.evidence.formats.json_lines import JsonLines
from healer.evidence.gathered import Gathered
from healer.evidence.limits import OUTPUT_CHARACTERS
from healer.evidence.logs.diagnostics import Complaint, complaints_as_failures
from healer.evidence.wording import clean, label
from healer.models.evidence import CaseOutcome, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.logs.console import Heard
    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "compiler_json"
_GCC = re.compile(
    r'\[\s{0,9}\{(?=[^\n]{0,8192}"column-origin"\s{0,9}:)(?=[^\n]{0,8192}"kind"\s{0,9}:)(?=[^\n]{0,8192}"locations"\s{0,9}:)'
)
_CARGO = re.compile(
    r'^\{"reason":"(?:compiler-(?:artifact|message)|build-(?:script-executed|finished))"'
    r'|^\{"\$message_type":"diagnostic"|^\{"message":"[^\n]{0,8192}"level":"(?:error|warning)","spans":\[',
    re.MULTILINE,
)
_GCC_ERRORS = frozenset({"error", "fatal error", "sorry, unimplemented", "internal compiler error"})
_SUMMARY = re.compile(r"aborting due to |could not compile |\d{1,9} errors? emitted")
_EXPANSIONS = 50


def recognises(head: Head) -> bool:
    """Whether a compiler's array, or a line of cargo or rustc, begins the file."""
    if _GCC.match(head.json):
        return True
    line = _CARGO.search(head.text)
    return line is not None and head.lines_before(line.start()) <= 100  # noqa: PLR2004 - as for any JSON below other lines


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read the errors; a build that only has warnings ran no test, which is no pass."""
    first = next(chunks, b"")
    pieces = _again(first, chunks)
    if not _CARGO.search(first[:65536].decode("utf-8", "replace")):
        return _read_gcc(pieces, source)
    return _read_cargo(pieces, source)


def _again(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from chunks


def _read_gcc(chunks: Iterator[bytes], source: str) -> Report:
    reading = read_documents(chunks, lambda value: isinstance(value, list))
    complaints = (_of_gcc(entry) for document in reading.values for entry in objects(document))
    gathered = Gathered()
    gathered.extend(complaints_as_failures(filter(None, complaints), CaseOutcome.ERROR))
    return gathered.report(source, FORMAT, cut_off=reading.cut_off)


def _read_cargo(chunks: Iterator[bytes], source: str) -> Report:
    gathered, lines = Gathered(), JsonLines(chunks)
    complaints: list[Complaint] = []
    printed: list[str] = []
    room, success = OUTPUT_CHARACTERS, True
    for value, line in lines:
        if value is None:
            room -= len(line) + 1
            if room > 0:
                printed.append(line)
        elif value.get("reason") == "build-finished":
            success = success and value.get("success") is not False
        else:
            message = value.get("message") if "reason" in value else value
            if isinstance(message, dict) and (complaint := _of_rustc(message)):
                complaints.append(complaint)
    gathered.extend(complaints_as_failures(complaints, CaseOutcome.ERROR))
    heard = _heard("\n".join(printed))
    tally = heard.tally or Tally()
    gathered.count(CaseOutcome.PASSED, tally.passed)
    gathered.count(CaseOutcome.SKIPPED, tally.skipped)
    known = {failure.id for failure in gathered.failures}
    gathered.extend(failure for failure in heard.failures if failure.id not in known)
    unnamed = max(0, tally.failing - len(heard.failures))
    gathered.count(CaseOutcome.FAILED, unnamed)
    cut_off = lines.cut_off or (None if room > 0 else "what is printed between the JSON is too long to be read")
    claimed = None if success else "cargo states that the build failed, and no error of the compiler says why"
    return gathered.report(source, FORMAT, cut_off=cut_off, claimed=None if gathered.failures else claimed)


def _heard(text: str) -> Heard:
    from healer.evidence.logs.console import hear  # noqa: PLC0415 - thirty parsers that no other report needs

    return hear(clean(text))


def _of_gcc(entry: Mapping[str, Any]) -> Complaint | None:
    if text_of(entry.get("kind")) not in _GCC_ERRORS:
        return None
    caret = next((at for at in map(_caret, objects(entry.get("locations"))) if at), {})
    said = clean(text_of(entry.get("message")))
    complaint = Complaint(
        "gcc",
        label(text_of(caret.get("file"))).removeprefix("./") or None,
        number_of(caret.get("line")),
        number_of(caret.get("display-column")) or number_of(caret.get("column")),
        "",
        said,
    )
    place = ":".join(str(part) for part in (complaint.file, complaint.line, complaint.column) if part)
    complaint.add(f"{place}: {entry['kind']}: {said}")
    for note in objects(entry.get("children")):
        complaint.add(f"note: {clean(text_of(note.get('message')))}")
    return complaint


def _caret(location: Mapping[str, Any]) -> Mapping[str, Any]:
    caret = location.get("caret")
    return caret if isinstance(caret, dict) else {}


def _of_rustc(message: Mapping[str, Any]) -> Complaint | None:
    said = clean(text_of(message.get("message")))
    spans = list(objects(message.get("spans")))
    if not text_of(message.get("level")).startswith("error") or (not spans and _SUMMARY.match(said)):
        return None
    code = message.get("code")
    span = _own(next((one for one in spans if one.get("is_primary") is True), spans[0] if spans else {}))
    complaint = Complaint(
        "rustc",
        label(text_of(span.get("file_name"))) or None,
        number_of(span.get("line_start")),
        number_of(span.get("column_start")),
        label(text_of(code.get("code"))) if isinstance(code, dict) else "",
        said,
    )
    for line in clean(text_of(message.get("rendered"))).rstrip("\n").split("\n") if message.get("rendered") else [said]:
        complaint.add(line)
    return complaint


def _own(span: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return where in the project the macro was used that a span lies in."""
    for _ in range(_EXPANSIONS):
        expansion = span.get("expansion")
        outer = expansion.get("span") if isinstance(expansion, dict) else None
        if not isinstance(outer, dict) or not text_of(span.get("file_name")).startswith(("/", "<")):
            break
        span = outer
    return span
