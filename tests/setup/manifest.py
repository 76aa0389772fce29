"""Projects of a few files, for tests of detection."""

from __future__ import annotations

from healer.setup.manifests import Manifests
from tests.fakes import FakeSource


def of(files: dict[str, str], folder: str = "") -> Manifests:
    """Return a project's files by their paths."""
    return Manifests(FakeSource({path: text.encode() for path, text in files.items()}), folder)
