"""From what a report says of one failing test case to a `Failure`: cleaned, capped, with frames, type and place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.evidence.exceptions import described
from healer.evidence.frames import parse_frames, without_causes
from healer.evidence.identity import place_in_test
from healer.evidence.limits import TEXT_CHARACTERS
from healer.evidence.wording import clean, cut_in_the_middle, label
from healer.models.evidence import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from healer.models.evidence import CaseOutcome, StackFrame

UNNAMED = "unnamed test case"


def failure_of(
    kind: CaseOutcome,
    *,
    name: str,
    suite: str = "",
    identity: str | Callable[[tuple[StackFrame, ...]], str] | None = None,
    file: str | None = None,
    line: int | None = None,
    type_name: str | None = None,
    message: str = "",
    text: str = "",
    frames: tuple[StackFrame, ...] | None = None,
    decisive: str | None = None,
) -> Failure:
    """Build a failure from raw strings of a report.

    `identity` is `suite::name` when it is None, and may be told from the frames. Type and message are found in the text
    (in its `decisive` part, if one is given) where they are not given, and so are the frames. `line` is 1-based.
    Without a file the place is the innermost frame of the project, of what was thrown before that of its causes.
    """
    name, suite = label(name), label(suite)
    text = cut_in_the_middle(clean(text).strip("\n"), TEXT_CHARACTERS)
    thrown: tuple[StackFrame, ...] = ()
    if frames is None:
        frames = parse_frames(text) or parse_frames(clean(message))
        if frames and not file:
            decisive_trace = without_causes(text)
            thrown = frames if decisive_trace is text else parse_frames(decisive_trace)
    if callable(identity):
        identity = identity(frames)
    identity = label(identity) if identity else "::".join(filter(None, (suite, name)))
    exception, said = described(type_name, message, text if decisive is None else clean(decisive).strip("\n"))
    if file:
        file = label(file)
    else:
        file, line = place_in_test(identity, thrown)
        if line is None:
            file, line = place_in_test(identity, frames)
    return Failure(
        id=identity or UNNAMED,
        name=name,
        kind=kind,
        suite=suite,
        file=file or None,
        line=line if line and line > 0 else None,
        type=exception,
        message=said,
        text=text,
        frames=frames,
    )
