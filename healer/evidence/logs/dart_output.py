"""What Dart's and Flutter's test runners print, for people and for GitHub: a block per failing test, and counts."""

from __future__ import annotations

import itertools
import re

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES
from healer.evidence.logs.blocks import blocks, line_in, own_frame, said
from healer.models.evidence import CaseOutcome, Failure, Tally

_PROGRESS = r"\d{1,3}:\d\d \+(\d{1,9})(?: ~(\d{1,9}))?(?: -(\d{1,9}))?: "
_FAILED = re.compile(
    rf"{_PROGRESS}(?=.{{0,4096}} \[E\]\s{{0,200}}$)(?:(\S.{{0,1024}}?_test\.dart): )?(\S.{{0,3000}}?) \[E\]\s{{0,200}}$"
)
_LINE = re.compile(rf"{_PROGRESS}|To run this test again: |\S")
_CLOSING = re.compile(
    rf"^{_PROGRESS}(All tests passed!|Some tests failed\.|All other tests passed!|All tests skipped\."
    rf"|No tests ran\.)\s*$",
    re.MULTILINE,
)
_GITHUB = re.compile(
    r"(?:::group::|##\[group\])?\u274c (?=.{0,4096}\)$)(?:(\S.{0,1024}?\.dart): )?(\S.{0,3000}?) \((?:failed"
    r"|failed to load)[^)]{0,60}\)$"
)
_GITHUB_END = re.compile(
    r"(?:::endgroup::|##\[endgroup\]|(?:::group::|##\[group\])?[\u2705\u274c\u274e\u23ed]|::error::|##\[error\])"
)
_GITHUB_COUNTS = re.compile(
    r"^(?:::error::|##\[error\]|\U0001F389 )(\d{1,9}) tests? passed(?:, (\d{1,9}) failed)?(?:, (\d{1,9}) skipped)?\.$",
    re.MULTILINE,
)
_LOADING = "loading "
_STACK = re.compile(
    r"\s{0,8}(?:\S{1,1024}\.dart \d{1,9}:\d{1,9} |package:\S{1,1024}(?: \d{1,9}:\d{1,9})? {1,60}\S|dart:\S{1,200} "
    r"|#\d{1,6} |Which:\s{0,4}$)"
)


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `file::title`; files that do not load are errors."""
    found: dict[tuple[str, str], list[str]] = {}
    if " [E]" in text and (_CLOSING.search(text) or "\n  Expected: " in text or ": loading " in text):
        for block in blocks(text.splitlines(), _FAILED, _LINE):
            found.setdefault((block.header[4] or "", block.header[5]), []).append(block.text)
    elif "\u274c " in text and _GITHUB_COUNTS.search(text):
        for block in blocks(text.splitlines(), _GITHUB, _GITHUB_END):
            found.setdefault((block.header[1] or "", block.header[2]), []).append(block.text)
    kept = itertools.islice(found.items(), FAILURES)
    return tuple(_failure(file, title, "\n\n".join(texts)) for (file, title), texts in kept)


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what all count."""
    position, total = -1, Tally()
    for pattern in (_CLOSING, _GITHUB_COUNTS) if " test" in text else ():
        for match in pattern.finditer(text):
            numbers = [int(number or 0) for number in match.groups()[:3]]
            passed, skipped, failed = numbers if pattern is _CLOSING else (numbers[0], numbers[2], numbers[1])
            total += Tally(passed, failed, 0, skipped)
            position = max(position, match.start())
    if position < 0:
        return None
    loading = min(total.failed, sum(failure.kind is CaseOutcome.ERROR for failure in failures(text)))
    return position, Tally(total.passed, total.failed - loading, loading, total.skipped)


def _failure(file: str, title: str, text: str) -> Failure:
    """Build a failure; what a test says in several blocks is together in its text."""
    is_loading = title.startswith(_LOADING) and title.endswith(".dart")
    if is_loading:
        file = title.removeprefix(_LOADING)
    frames = parse_frames(text)
    own = next((frame for frame in reversed(frames) if frame.file.endswith("_test.dart")), None) or own_frame(frames)
    place = file or (own.file if own else None)
    return failure_of(
        CaseOutcome.ERROR if is_loading else CaseOutcome.FAILED,
        name=file or title if is_loading else title,
        suite="" if is_loading else file,
        file=place,
        line=line_in(place, frames) if place else None,
        message=said(text, _STACK),
        text=text,
        frames=frames,
    )
