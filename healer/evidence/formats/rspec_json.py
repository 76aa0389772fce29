"""RSpec's JSON (`--format json`), with the errors outside of its examples, which it keeps apart as messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from healer.evidence.failures import failure_of
from healer.evidence.formats.json_documents import number_of, objects, read_report_of, strings_of, text_of
from healer.evidence.wording import clean, without_blank_lines
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.gathered import Gathered
    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "rspec_json"
_KEYS = re.compile(r'"(examples|version|messages|seed|summary|summary_line|full_description|file_path)"\s{0,20}:')
_ENOUGH_KEYS = 3
_OUTSIDE = re.compile(r"An error occurred (?:while loading|in an?) ([^\n]{1,1024}?)\.?\s*$", re.MULTILINE)
_PLACE = re.compile(r"^\s{0,20}# (\./[^:\n]{1,1024}|[^:\n]{1,1024}\.rb):(\d{1,9})", re.MULTILINE)
_EMPTY_EXAMPLES = re.compile(r'"examples"\s{0,20}:\s{0,20}\[')


def recognises(head: Head) -> bool:
    """Whether a JSON object begins as RSpec's."""
    text = head.json
    return bool(_EMPTY_EXAMPLES.search(text)) and len(set(_KEYS.findall(text))) >= _ENOUGH_KEYS


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read one or several documents; of a truncated one, the examples before the break."""
    return read_report_of(chunks, source, FORMAT, is_wanted=_is_wanted, gather=_gather)


def _is_wanted(document: object) -> bool:
    return isinstance(document, dict) and isinstance(document.get("examples"), list)


def _gather(document: Mapping[str, Any], gathered: Gathered) -> str | None:
    before = gathered.tally.failing
    for message in strings_of(document.get("messages")):
        if "rror" in message:
            _gather_message(message, gathered)
    for example in objects(document["examples"]):
        _gather_example(example, gathered)
    summary = document.get("summary")
    counts = summary if isinstance(summary, dict) else {}
    claimed = sum(number_of(counts.get(key)) or 0 for key in ("failure_count", "errors_outside_of_examples_count"))
    if claimed > 0 and gathered.tally.failing == before:
        return f"the run counts {claimed} failures and errors, but its examples show none"
    return None


def _gather_example(example: Mapping[str, Any], gathered: Gathered) -> None:
    word = example.get("status")
    file = text_of(example.get("file_path")).removeprefix("./")
    title = text_of(example.get("full_description")) or text_of(example.get("description"))
    name = "::".join(filter(None, (file, title)))
    if word in {"passed", "pending"}:
        gathered.count(CaseOutcome.PASSED if word == "passed" else CaseOutcome.SKIPPED, names=(name,))
        return
    raised = example.get("exception")
    exception = raised if isinstance(raised, dict) else {}
    type_name, message = text_of(exception.get("class")), text_of(exception.get("message"))
    backtrace = strings_of(exception.get("backtrace"))
    shown = [entry.strip().removeprefix("# ") for entry in clean(message).split("\n") if ".rb:" in entry]
    own = [int(line) for path, line in _places((*shown, *backtrace)) if path.endswith(file)] if file else []
    outcome = CaseOutcome.FAILED if word == "failed" else CaseOutcome.ERROR
    said = clean(message).strip() or (text_of(example.get("pending_message")) and "Expected to be pending, but passed")
    gathered.add(
        outcome,
        lambda: failure_of(
            outcome,
            name=title,
            suite=file,
            file=file or None,
            line=own[0] if own else number_of(example.get("line_number")),
            type_name=type_name or None,
            message=without_blank_lines(said),
            text="\n".join((*filter(None, (type_name, message.strip("\n"))), *(f"  # {at}" for at in backtrace))),
        ),
        name=name,
    )


def _places(entries: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        path, _, rest = entry.partition(":")
        line = rest.partition(":")[0]
        if line.isdecimal() and len(line) < 10:  # noqa: PLR2004 - any sane bound
            yield path, line


def _gather_message(message: str, gathered: Gathered) -> None:
    """Take a message such as `An error occurred while loading ./spec/a_spec.rb.` with the error below it."""
    plain = clean(message).strip("\n")
    outside = _OUTSIDE.search(plain)
    if outside is None:
        return
    subject = outside[1].removeprefix("./")
    place = _PLACE.search(plain)
    body = plain[outside.end() :].strip("\n")
    error = re.search(r"^([A-Z][\w:]{1,200}):\s", body, re.MULTILINE)
    said = body[error.start() :].partition("\n# ")[0] if error else ""
    is_file = subject.endswith(".rb")
    gathered.add(
        CaseOutcome.ERROR,
        lambda: failure_of(
            CaseOutcome.ERROR,
            name=subject,
            file=subject if is_file else place[1].removeprefix("./") if place else None,
            line=int(place[2]) if place and (not is_file or place[1].endswith(subject)) else None,
            type_name=error[1] if error else None,
            message=without_blank_lines(said),
            text=plain,
        ),
    )
