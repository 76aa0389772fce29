"""From the elements of one failing JUnit test case to a `Failure`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.formats.junit_identity import NOTHING, Place
from healer.evidence.formats.junit_message import telling_message, telling_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from healer.evidence.bounded import BoundedText
    from healer.models.evidence import CaseOutcome, Failure


@dataclass(frozen=True, slots=True)
class ProblemElement:
    """A `<failure>` or `<error>`: its attributes, and its text as it comes in."""

    kind: CaseOutcome
    attributes: Mapping[str, str]
    text: BoundedText


def built_failure(place: Place, problems: Sequence[ProblemElement], *, kind: CaseOutcome, output: str = "") -> Failure:
    """Build the failure of a test case from its place, and what went wrong in it.

    Of several problems the first of the decisive kind gives type and message, and all give the text. `output` is what
    the case printed, for dialects that say everything there.
    """
    decisive = next((problem for problem in problems if problem.kind is kind), None)
    attributes = decisive.attributes if decisive else NOTHING
    texts = [text for problem in problems if (text := str(problem.text)) and not text.isspace()]
    own_text = str(decisive.text) if decisive and len(texts) > 1 else None
    message = attributes.get("message", "")
    text = "\n\n".join(text.strip("\n") for text in texts) if texts else output
    file, line = place.location(attributes)
    failure = failure_of(
        kind,
        name=place.case.get("name", ""),
        suite=place.group,
        identity=place.identity,
        file=file,
        line=line,
        type_name=telling_type(attributes.get("type"), text),
        message=telling_message(message, text),
        text=text,
        decisive=own_text,
    )
    return _at_its_frame(failure) if file else failure


def _at_its_frame(failure: Failure) -> Failure:
    """Take the line that failed, where the trace names it, for the line that the test is defined in."""
    for frame in reversed(failure.frames):
        if frame.file == failure.file and frame.line:
            return failure if frame.line == failure.line else dataclasses.replace(failure, line=frame.line)
    return failure
