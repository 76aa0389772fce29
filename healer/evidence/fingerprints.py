"""Fingerprints: the same cause gets the same name from run to run, whatever lines, times and addresses do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.masking import message_shape
from healer.evidence.paths import is_foreign, normalised
from healer.layout import is_test

if TYPE_CHECKING:
    from healer.evidence.paths import RepositoryPaths
    from healer.models.evidence import Failure, StackFrame

_KEPT_COMPONENTS = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A function of the project, as stable as a trace can name it."""

    path: str
    function: str
    line: int = field(default=0, compare=False)

    @property
    def is_test(self) -> bool:
        """Whether it stands in a test, by the conventions of its language."""
        return is_test(self.path)

    def __str__(self) -> str:
        return f"{self.path}:{self.function}"


def fingerprint(failure: Failure, paths: RepositoryPaths | None = None) -> str:
    """Return 16 hexadecimal digits over exception type, top frame in the repository and shape of the message.

    The top frame is the innermost outside of tests, else the innermost; without frames the test case's id stands in,
    its parameters left off. Without `paths`, frames of libraries are told by where they lie. Of an analyser's finding
    it is the rule, the file and the shape of the message: its line moves, and so does the flow that leads to it.
    """
    if failure.rule:
        return _digest(failure.rule.id, _file_of(failure, paths) or failure.id, shape_of(failure))
    places = places_of(failure, paths)
    top = next((place for place in reversed(places) if not place.is_test), places[-1] if places else None)
    return _digest(type_name(failure), str(top) if top else unparametrised(failure), shape_of(failure))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _file_of(failure: Failure, paths: RepositoryPaths | None) -> str:
    """Return the file of a finding in the repository's spelling, or what stays of it when its root is not known."""
    if not failure.file:
        return ""
    return (paths.resolve(failure.file) if paths else None) or _last_components(failure.file)


def places_of(failure: Failure, paths: RepositoryPaths | None) -> tuple[Place, ...]:
    """Return the frames that lie in the repository, outermost first."""
    found = []
    for frame in failure.frames:
        path = paths.resolve(frame.file, failure.suite) if paths else _shortened(frame)
        if path is not None:
            found.append(Place(path, (frame.function or "").rpartition(".")[2], frame.line))
    return tuple(found)


def _shortened(frame: StackFrame) -> str | None:
    """Return what stays of a path when its root is not known: a few last components."""
    if is_foreign(frame.file):
        return None
    return _last_components(frame.file)


def _last_components(file: str) -> str:
    return "/".join(normalised(file)[0].split("/")[-_KEPT_COMPONENTS:])


def type_name(failure: Failure) -> str:
    """Return the exception's type without its module, or the kind of failure if no type is known."""
    return (failure.type or failure.kind.value).rpartition(".")[2]


def bare_message(failure: Failure) -> str:
    """Return the message without the type that some reports put before it."""
    message = failure.message.strip()
    for prefix in {failure.type or "", type_name(failure)} - {""}:
        if message == prefix:
            return ""
        if message.startswith(f"{prefix}:"):
            message = message[len(prefix) + 1 :].lstrip()
    return message


def shape_of(failure: Failure) -> str:
    """Return the shape of the failure's message."""
    return message_shape(bare_message(failure))


def unparametrised(failure: Failure) -> str:
    """Return the id of the test without its parameters: one test function, however often it ran."""
    return failure.id.partition("[")[0]
