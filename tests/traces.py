"""Frames of a trace as tests compare them."""

from __future__ import annotations

from healer.evidence.frames import parse_frames

Frames = list[tuple[str, int, str | None]]


def frames(text: str) -> Frames:
    return [(frame.file, frame.line, frame.function) for frame in parse_frames(text)]
