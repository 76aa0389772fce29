"""What a compiler said of a package that its report only calls broken: the report has no more room for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from healer.evidence.logs.console import read_output
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.evidence import Failure

_MOST = 20


def with_diagnostics(failures: Sequence[Failure], output: str) -> tuple[Failure, ...]:
    """Return the failures, those that tell no place with what compilers printed beside the report.

    `go test -json` before Go 1.24 is such a runner: compilers speak on standard error alone.
    """
    if not any(map(_is_bare, failures)):
        return tuple(failures)
    said = [one for one in read_output(output) if one.frames and one.file and one.rule is None][:_MOST]
    return tuple(_told(failure, said) if said and _is_bare(failure) else failure for failure in failures)


def _is_bare(failure: Failure) -> bool:
    return failure.kind is CaseOutcome.ERROR and failure.file is None and not failure.frames


def _told(failure: Failure, said: Sequence[Failure]) -> Failure:
    first = said[0]
    frames = tuple(frame for one in said for frame in one.frames)
    text = "\n".join([failure.text, *(one.text for one in said)])
    return replace(
        failure, file=first.file, line=first.line, type=first.type, message=first.message, text=text, frames=frames
    )
