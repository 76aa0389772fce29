"""Where a SARIF result points to: files, lines and flows, by URI, base and index (SARIF 2.1.0, §3.4, §3.28-§3.38)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from healer.evidence.formats.json_documents import number_of, objects, text_of
from healer.evidence.formats.sarif_messages import message_text
from healer.evidence.limits import NAME_CHARACTERS, SHORT_TEXT_CHARACTERS
from healer.evidence.wording import clean, shortened
from healer.models.evidence import StackFrame

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LONGEST_CHAIN = 20
_MOST_BASES = 20
_MOST_STEPS = 100
"""Of one data flow: half from its source, half from its sink."""
_COUNTED_CHARACTERS = 64 * 1024 * 1024
"""Of files' texts in one log, in which lines are counted."""
_FILE_SCHEME = re.compile(r"file:(?://(?:localhost(?=/))?)?", re.IGNORECASE)
_DRIVE = re.compile(r"/(?=[A-Za-z]:)")
_ABSOLUTE = re.compile(r"/|[A-Za-z]:/|[A-Za-z][A-Za-z0-9+.-]{1,20}:")


@dataclass(frozen=True, slots=True)
class Place:
    """One location; what it does not tell is "" or None."""

    file: str = ""
    line: int | None = None
    column: int | None = None
    thing: str = ""
    snippet: str = ""
    message: str = ""

    def __str__(self) -> str:
        known = [self.file or self.thing, *(str(number) for number in (self.line, self.column) if number)]
        return ":".join(filter(None, known))


class Places:
    """Resolves the locations of one run."""

    def __init__(self, run: Mapping[str, Any]) -> None:
        self._bases = {name: base for name, base in _pairs(run.get("originalUriBaseIds")) if isinstance(base, dict)}
        self._artifacts = _list(run.get("artifacts"))
        self._things = _list(run.get("logicalLocations"))
        self._steps = _list(run.get("threadFlowLocations"))
        self._shared: dict[int, Place] = {}
        self._uncounted = _COUNTED_CHARACTERS
        self._absolute_bases = sorted(
            {base for name in list(self._bases)[:_MOST_BASES] if _ABSOLUTE.match(base := self._base(name))}, key=len
        )

    def place(self, location: object) -> Place:
        """Return a `location` object's place."""
        if not isinstance(location, dict):
            return Place()
        physical = _object(location.get("physicalLocation"))
        artifact = _object(physical.get("artifactLocation"))
        region, context = _object(physical.get("region")), _object(physical.get("contextRegion"))
        line = number_of(region.get("startLine"))
        if line is None and not region:
            line = number_of(context.get("startLine"))
        return Place(
            file=self.file(artifact),
            line=line if line is not None else self._line_of_offset(artifact, region),
            column=number_of(region.get("startColumn")),
            thing=self._thing(location),
            snippet=_snippet(region) or _snippet(context),
            message=message_text(location.get("message")),
        )

    def file(self, artifact: object) -> str:
        r"""Return the path that an `artifactLocation` names, relative to its base where it has one.

        Bases are the machine's own: a path below an absolute one stays relative, so that it is the same everywhere.
        """
        artifact = _object(artifact)
        uri = text_of(artifact.get("uri"))
        if not uri:
            known = _object(_object(self._artifact(artifact)).get("location"))
            uri, artifact = text_of(known.get("uri")), known
        path = _path(uri)
        if not path:
            return ""
        base = text_of(artifact.get("uriBaseId"))
        if not _ABSOLUTE.match(path):
            above = self._base(base) if base else ""
            path = _joined(above, path)
        for prefix in self._absolute_bases:
            if path.startswith(prefix.rstrip("/") + "/"):
                return path[len(prefix.rstrip("/")) + 1 :]
        return path

    def flow(self, result: Mapping[str, Any]) -> list[Place]:
        """Return the first data flow from its source to its sink, else the first stack from its outermost caller."""
        for code_flow in objects(result.get("codeFlows")):
            for thread in objects(code_flow.get("threadFlows")):
                steps = [self._step(step) for step in _ends(thread.get("locations"))]
                if steps:
                    return steps
        for stack in objects(result.get("stacks")):
            frames = [self.place(frame.get("location")) for frame in _ends(stack.get("frames"))]
            if frames:
                return frames[::-1]
        return []

    def _step(self, step: Mapping[str, Any]) -> Place:
        """Return the place of a step, which may stand in a list that the flows of a run share."""
        index = number_of(step.get("index"))
        if "location" in step or index is None:
            return self.place(step.get("location"))
        if index not in self._shared:
            self._shared[index] = self.place(_at(self._steps, index).get("location"))
        return self._shared[index]

    def _base(self, name: str) -> str:
        """Return the path of a base with those above it; one without a URI is a root that nothing is known of."""
        path, seen = "", 0
        while name in self._bases and seen < _LONGEST_CHAIN and not _ABSOLUTE.match(path):
            base = self._bases[name]
            path = _joined(_path(text_of(base.get("uri"))), path)
            name, seen = text_of(base.get("uriBaseId")), seen + 1
        return path

    def _artifact(self, artifact: Mapping[str, Any]) -> Mapping[str, Any]:
        index = number_of(artifact.get("index"))
        return {} if index is None else _at(self._artifacts, index)

    def _line_of_offset(self, artifact: Mapping[str, Any], region: Mapping[str, Any]) -> int | None:
        """Count the lines before a character offset where the log holds the file's text."""
        offset = number_of(region.get("charOffset"))
        text = text_of(_object(self._artifact(artifact).get("contents")).get("text"))
        if not text or offset is None or not 0 <= offset <= min(len(text), self._uncounted):
            return None
        self._uncounted -= offset
        return text.count("\n", 0, offset) + 1

    def _thing(self, location: Mapping[str, Any]) -> str:
        for thing in objects(location.get("logicalLocations")):
            index = number_of(thing.get("index"))
            for known in (thing, _at(self._things, index) if index is not None else {}):
                name = text_of(known.get("fullyQualifiedName")) or text_of(known.get("name"))
                if name:
                    return shortened(clean(name[:NAME_CHARACTERS]), NAME_CHARACTERS)
        return ""


def frames_of(steps: list[Place]) -> tuple[StackFrame, ...]:
    """Return the steps that name a file and a line as frames."""
    return tuple(
        StackFrame(clean(step.file), step.line, step.thing or None) for step in steps if step.file and step.line
    )


def _path(uri: str) -> str:
    """Return the path of a URI: decoded, `/`-separated, without `file:`; other schemes stay."""
    uri = uri[:NAME_CHARACTERS]
    path = unquote(uri).replace("\\", "/")
    if (scheme := _FILE_SCHEME.match(path)) and uri[:5].lower() == "file:":
        path = path[scheme.end() :]
    path = _DRIVE.sub("", path, count=1) if path.startswith("/") else path
    while path.startswith("./"):
        path = path[2:].lstrip("/")
    return path


def _joined(base: str, path: str) -> str:
    return f"{base.rstrip('/')}/{path}" if base and path else path or base


def _snippet(region: Mapping[str, Any]) -> str:
    said = _object(region.get("snippet"))
    return (text_of(said.get("text")) or message_text(said.get("rendered")))[:SHORT_TEXT_CHARACTERS].strip("\r\n")


def _ends(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of an array, of a long one those at both ends."""
    found = list(objects(value))
    half = _MOST_STEPS // 2
    return found if len(found) <= _MOST_STEPS else [*found[:half], *found[-half:]]


def _at(values: list[Any], index: int) -> Mapping[str, Any]:
    return _object(values[index]) if 0 <= index < len(values) else {}


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _pairs(value: object) -> Iterator[tuple[str, object]]:
    yield from _object(value).items()
