"""What unittest prints: a block per failing test, and a count at the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.exceptions import final_exception
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES, TEXT_CHARACTERS
from healer.evidence.paths import is_foreign
from healer.evidence.wording import first_paragraph
from healer.models.evidence import CaseOutcome, Failure, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

_RULE = "=" * 70
_THIN_RULE = "-" * 70
_HEADER = re.compile(r"(FAIL|ERROR|UNEXPECTED SUCCESS): (.{1,1000}?) \(([\w.<>\-]{1,1000})\)(.{0,1000})")
_LOADER = "unittest.loader._FailedTest"
_COUNTED = ("failures", "errors", "skipped", "expected failures", "unexpected successes")
_RAN = re.compile(r"^Ran (\d{1,9}) tests? in ", re.MULTILINE)
_RESULT = re.compile(r"\s{0,8}(OK|FAILED|NO TESTS RAN)(?: \(([^()\n]{1,300})\))?[ \t]*(?:\n|\Z)")


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests with ids as unittest takes them (`module.Class.test`); a subtest has its test's id."""
    return tuple(_failure(match, body) for match, body in _blocks(text))[:FAILURES]


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what it says; None if there is none."""
    ran = None
    for ran in _RAN.finditer(text):  # noqa: B007 - the last one is wanted
        pass
    if ran is None:
        return None
    result = _RESULT.match(text, text.find("\n", ran.end()) + 1) if "\n" in text[ran.end() :] else None
    counts = dict.fromkeys(_COUNTED, 0)
    for part in (result[2] or "").split(", ") if result else ():
        key, _, number = part.partition("=")
        if key in counts and number.isdecimal() and len(number) < 10:  # noqa: PLR2004 - any sane bound
            counts[key] = int(number)
    failed = counts["failures"] + counts["unexpected successes"]
    skipped = counts["skipped"] + counts["expected failures"]
    if result is None or (result[1] == "FAILED" and not failed + counts["errors"]):
        failed = 1  # the run was cut short, or failed in a way that it does not count
    passed = max(0, int(ran[1]) - failed - counts["errors"] - skipped)
    return ran.start(), Tally(passed=passed, failed=failed, errors=counts["errors"], skipped=skipped)


def _blocks(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Yield each block's header and what stands below its thin rule."""
    for part in text.split(f"{_RULE}\n")[1:]:
        match = _HEADER.match(part)
        if match:
            _, rule, body = part.partition(f"\n{_THIN_RULE}\n")
            yield match, body.partition(f"\n{_THIN_RULE}\nRan ")[0] if rule else ""


def _failure(match: re.Match[str], body: str) -> Failure:
    word, name, dotted, subtest = match.groups()
    suite = dotted.removesuffix(f".{name}")
    is_loader = suite == _LOADER
    text = body.strip("\n")[:TEXT_CHARACTERS]
    frames = parse_frames(text)
    own = [frame for frame in frames if not is_foreign(frame.file)]
    exception, message = final_exception(text)
    said = first_paragraph(message) or first_paragraph(text) or word.capitalize()
    return Failure(
        id=name if is_loader else f"{suite}.{name}",
        name=name,
        kind=CaseOutcome.ERROR if word == "ERROR" else CaseOutcome.FAILED,
        suite="" if is_loader else suite,
        file=own[-1].file if own else None,
        line=own[-1].line if own else None,
        type=exception,
        message=f"{said} (subtest{subtest})" if subtest.strip() else said,
        text=text,
        frames=frames,
    )
