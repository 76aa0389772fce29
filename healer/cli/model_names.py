"""Models as options name them: `MODEL`, or `ENGINE:MODEL` for one of another provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FREE = ("embedded",)
"""Engines that ask no model."""


def engine_and_model(named: str, asked: Sequence[str], known: Sequence[str]) -> tuple[str, str] | None:
    """Split a name; a bare model is of the first engine asked that has one. None where no engine can be told.

    A colon in a model's own name stays there.
    """
    engine, colon, model = named.partition(":")
    if colon and engine in known and engine not in FREE:
        return (engine, model) if model else None
    first = next((name for name in asked if name not in FREE), None)
    return (first, named) if first and named else None
