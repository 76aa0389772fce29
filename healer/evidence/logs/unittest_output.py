"""What unittest and the runners that print like it (Django, nose2, xmlrunner) leave: failing tests, then a count."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.exceptions import final_exception
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES, MESSAGE_CHARACTERS, TEXT_CHARACTERS
from healer.evidence.logs.traceback_output import without_margins
from healer.evidence.paths import is_foreign
from healer.evidence.wording import cut_in_the_middle, first_paragraph, shortened
from healer.models.evidence import CaseOutcome, Failure, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

_RULE = "=" * 70
_THIN_RULE = "-" * 70
_HEADER = re.compile(
    r"(FAIL|ERROR|UNEXPECTED SUCCESS)(?: \[\d{1,9}\.\d{1,9}s\])?: "
    r"(?:<.{1,300}>\n)?(.{1,1000}?) \(([\w.<>\-]{1,1000})\)(.{0,1000})"
)
_FIXTURES = frozenset({"setUpClass", "tearDownClass", "setUpModule", "tearDownModule"})
_CAPTURED = re.compile(r"\n\n?Std(?:out|err):\n")
_FUNCTION = re.compile(r"(FAIL|ERROR): ((?:[A-Za-z_]\w{0,200}\.){1,40})([A-Za-z_]\w{0,200}(?::\d{1,9})?)()\n")
_LOADERS = ("unittest.loader._FailedTest", "unittest.loader.ModuleImportFailure", "nose2.loader.LoadTestsFailure")
_COUNTED = ("failures", "errors", "skipped", "expected failures", "unexpected successes")
_RAN = re.compile(r"^Ran (\d{1,9}) tests? in ", re.MULTILINE)
_RESULT = re.compile(r"\s{0,8}(OK|FAILED|NO TESTS RAN)(?: \(([^()\n]{1,300})\))?[ \t]*(?:\n|\Z)")


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests with ids as unittest takes them (`module.Class.test`); a subtest has its test's id."""
    return tuple(_failure(match, body) for match, body in _blocks(text))[:FAILURES]


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and the sum of all; None if there is none."""
    total, start, last = Tally(), 0, None
    # A test may print such a line, the runner itself prints a rule above it.
    ruled = [ran for ran in _RAN.finditer(text) if text.endswith(f"{_THIN_RULE}\n", 0, ran.start())]
    for last in ruled or _RAN.finditer(text):
        total += _counted(text, start, last)
        start = last.end()
    return (last.start(), total) if last else None


def _counted(text: str, start: int, ran: re.Match[str]) -> Tally:
    """Read one run's count, which says how many tests ran but not how many of them passed.

    A test may fail more than once (subtests, teardown), and a fixture that fails is an error but no test.
    """
    following = text.find("\n", ran.end()) + 1
    result = _RESULT.match(text, following) if following else None
    counts = dict.fromkeys(_COUNTED, 0)
    for part in (result[2] or "").split(", ") if result else ():
        key, _, number = part.partition("=")
        if key in counts and number.isdecimal() and len(number) < 10:  # noqa: PLR2004 - any sane bound
            counts[key] = int(number)
    failed = counts["failures"] + counts["unexpected successes"]
    skipped = counts["skipped"] + counts["expected failures"]
    if result is None or (result[1] == "FAILED" and not failed + counts["errors"]):
        failed = 1  # the run was cut short, or failed in a way that it does not count
    failing = failed + counts["errors"]
    named = [(match[3], match[2]) for match, _ in _blocks(text[start : ran.start()])]
    if len(named) == failing:
        failing = len({one for one in named if one[1] not in _FIXTURES})
    return Tally(max(0, int(ran[1]) - failing - skipped), failed, counts["errors"], skipped)


def _blocks(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Yield each block's header and what stands below its thin rule."""
    for part in text.split(f"{_RULE}\n")[1:]:
        match = _HEADER.match(part) or _FUNCTION.match(part)
        if match:
            _, rule, body = part.partition(f"\n{_THIN_RULE}\n")
            yield match, body.partition(f"\n{_THIN_RULE}\nRan ")[0] if rule else ""


def _failure(match: re.Match[str], body: str) -> Failure:
    is_function = match.re is _FUNCTION
    word, name, dotted, subtest = (match[1], match[3], match[2], "") if is_function else match.groups()
    suite = dotted.rstrip(".").removesuffix(f".{name}")
    is_loader = suite in _LOADERS
    text = cut_in_the_middle(body.strip("\n"), TEXT_CHARACTERS)
    trace = without_margins(_CAPTURED.split(f"\n{text}", maxsplit=1)[0])
    frames = parse_frames(trace)
    own = [frame for frame in frames if not is_foreign(frame.file)]
    exception, message = final_exception(trace)
    said = first_paragraph(message) or first_paragraph(trace) or word.capitalize()
    subtest = f" (subtest{shortened(subtest, MESSAGE_CHARACTERS // 2)})" if subtest.strip() else ""
    return Failure(
        id=_module(name, trace) if is_loader else f"{suite}.{name}",
        name=name,
        kind=CaseOutcome.ERROR if word == "ERROR" else CaseOutcome.FAILED,
        suite="" if is_loader else suite,
        file=own[-1].file if own else None,
        line=(own[-1].line or None) if own else None,
        type=exception,
        message=shortened(said, MESSAGE_CHARACTERS - len(subtest)) + subtest,
        text=text,
        frames=frames,
    )


def _module(name: str, trace: str) -> str:
    """Return the full name of a module that could not be loaded, where the trace tells it."""
    found = re.search(rf"'([\w.]{{1,500}}\.{re.escape(name)})'", trace)
    return found[1] if found else name
