"""The image that a suite runs in: its name checked, fetched where the engine lacks it, and what it says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from healer.adapters.sandboxes.containers.engine import EngineFault
from healer.errors import ImageUnavailable, UsageError

if TYPE_CHECKING:
    from healer.adapters.sandboxes.containers.engine import Engine
    from healer.ports import Progress

PULL_SECONDS = 900.0
_HOST = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]{1,5})?"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?P<name>(?:{_HOST}/)?{_PART}(?:/{_PART})*)(?::(?P<tag>\w[\w.-]{{0,127}}))?(?:@(?P<digest>sha256:[0-9a-f]{{64}}))?",
    re.ASCII,
)
"""https://github.com/distribution/reference"""
_LONGEST = 255
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Reference:
    """The name of an image, taken apart."""

    name: str
    tag: str
    digest: str

    @classmethod
    def read(cls, text: str) -> Reference:
        """Take a name apart; raise UsageError when it is none."""
        match = _REFERENCE.fullmatch(text) if len(text) <= _LONGEST else None
        if match is None:
            raise UsageError(
                f"{text[:_LONGEST]!r} is not the name of an image; give one such as node:22, or REGISTRY/NAME:TAG"
            )
        return cls(match["name"], match["tag"] or "", match["digest"] or "")

    @property
    def version(self) -> str:
        """What chooses among the images of that name, as the engine wants it told."""
        return self.digest or self.tag or "latest"

    @property
    def text(self) -> str:
        """The name as the engine looks it up."""
        return f"{self.name}@{self.digest}" if self.digest else f"{self.name}:{self.version}"


@dataclass(frozen=True, slots=True)
class Image:
    """What an image says of itself."""

    identity: str
    environment: dict[str, str]
    volumes: tuple[str, ...]

    @property
    def path(self) -> str:
        """Where its programs are looked for."""
        return self.environment.get("PATH") or _PATH


def obtain(engine: Engine, reference: Reference, progress: Progress) -> Image:
    """Return the image of a name, fetched if the engine lacks it; raise ImageUnavailable when it cannot be had."""
    try:
        facts = engine.found(f"/images/{reference.text}/json")
        if facts is None:
            progress("set-up", f"fetching the image {reference.text}, which the container engine does not have yet")
            _pull(engine, reference)
            facts = engine.found(f"/images/{reference.text}/json")
    except EngineFault as fault:
        raise _unavailable(reference, fault.decisive) from fault
    if facts is None:
        raise _unavailable(reference, "the engine does not know it")
    if facts.get("Os", "linux") != "linux":
        raise _unavailable(reference, f"it is for {facts['Os']}")
    config = facts.get("Config") or {}
    pairs = (entry.partition("=") for entry in config.get("Env") or ())
    volumes = tuple(place for place in config.get("Volumes") or () if _is_plain(place))
    return Image(str(facts["Id"]), {name: value for name, _, value in pairs}, volumes)


def _pull(engine: Engine, reference: Reference) -> None:
    last: Any = engine.call(
        "POST",
        "/images/create",
        seconds=PULL_SECONDS,
        query={"fromImage": reference.name, "tag": reference.version},
    )
    if isinstance(last, dict) and last.get("error"):
        raise EngineFault(str(last["error"]))


def _is_plain(place: str) -> bool:
    return place.startswith("/") and place != "/" and ":" not in place and ".." not in place.split("/")


def _unavailable(reference: Reference, why: str) -> ImageUnavailable:
    return ImageUnavailable(
        f"the image {reference.text} cannot be had: {why}; check its name, and fetch one that needs a login in a step "
        "before this one (docker pull)"
    )
