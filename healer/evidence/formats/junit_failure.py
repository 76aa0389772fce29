"""From the elements of one failing JUnit test case to a `Failure`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.evidence.exceptions import described
from healer.evidence.frames import parse_frames
from healer.evidence.identity import node_id, place_in_test
from healer.evidence.limits import NAME_CHARACTERS
from healer.evidence.paths import is_foreign
from healer.evidence.wording import clean, shortened
from healer.models.evidence import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from healer.evidence.bounded import BoundedText
    from healer.models.evidence import CaseOutcome

_LINE_DIGITS = 10


@dataclass(frozen=True, slots=True)
class ProblemElement:
    """A `<failure>` or `<error>`: its attributes, and its text as it comes in."""

    kind: CaseOutcome
    attributes: Mapping[str, str]
    text: BoundedText


def built_failure(
    case: Mapping[str, str],
    suite: Mapping[str, str],
    problems: Sequence[ProblemElement],
    *,
    kind: CaseOutcome,
    output: str = "",
) -> Failure:
    """Build the failure of a test case from its attributes, its suite's, and what went wrong in it.

    Of several problems the first of the decisive kind gives type and message, and all give the text. `output` is what
    the case printed, for dialects that say everything there.
    """
    decisive = next((problem for problem in problems if problem.kind is kind), None)
    attributes: Mapping[str, str] = decisive.attributes if decisive else {}
    texts = [clean(str(problem.text)).strip("\n") for problem in problems]
    text = "\n\n".join(text for text in texts if text.strip()) or clean(output).strip("\n")
    frames = parse_frames(text) or parse_frames(clean(attributes.get("message", "")))
    own_text = clean(str(decisive.text)).strip("\n") if decisive else ""
    exception, message = described(attributes.get("type"), attributes.get("message", ""), own_text or text)
    name, classname, suite_name = (
        shortened(clean(words).strip(), NAME_CHARACTERS)
        for words in (case.get("name", ""), case.get("classname", ""), suite.get("name", ""))
    )
    file, line = _location(case, attributes, suite)
    failure = Failure(
        id="::".join(filter(None, (classname or suite_name, name))) or "unnamed test case",
        name=name,
        kind=kind,
        suite=classname or suite_name,
        file=file,
        line=line,
        type=exception,
        message=message,
        text=text,
        frames=frames,
    )
    return _located(failure)


def _location(*elements: Mapping[str, str]) -> tuple[str | None, int | None]:
    """Return file and 1-based line from the first element that names a file: the case, its failure, its suite.

    pytest's own line is 0-based; only its xunit1 family writes one.
    """
    case, _, suite = elements
    for attributes in elements:
        file = clean(attributes.get("file", "")).strip()
        if file:
            digits = attributes.get("line", "")
            line = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < _LINE_DIGITS else None
            if line is not None and attributes is case and suite.get("name") == "pytest":
                line += 1
            return shortened(file, NAME_CHARACTERS), line or None
    return None, None


def _located(failure: Failure) -> Failure:
    """Rebuild the node id from the paths that the case itself names; its place, where none is named, from its trace."""
    own = [frame.file for frame in failure.frames if not is_foreign(frame.file)]
    identity = node_id(failure, [failure.file, *own] if failure.file else own)
    if failure.file is None:
        file, line = place_in_test(identity, failure.frames)
        return dataclasses.replace(failure, id=identity, file=file, line=line)
    return failure if identity == failure.id else dataclasses.replace(failure, id=identity)
