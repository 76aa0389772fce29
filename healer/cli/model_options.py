"""The options that say which models are asked, each named as `MODEL`, or `ENGINE:MODEL` for another provider's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

FREE = ("embedded",)
"""Engines that ask no model."""
BATCHED = "anthropic"
"""The engine whose API takes message batches."""
MOST_CANDIDATES = 8
"""Each costs a call."""


def engine_and_model(named: str, asked: Sequence[str], known: Sequence[str]) -> tuple[str, str] | None:
    """Split a name; a bare model is of the first engine asked that has one. None where no engine can be told.

    A colon in a model's own name stays there.
    """
    engine, colon, model = named.partition(":")
    if colon and engine in known and engine not in FREE:
        return (engine, model) if model else None
    first = next((name for name in asked if name not in FREE), None)
    return (first, named) if first and named else None


def add_model_options(parser: argparse._ArgumentGroup, default: str) -> None:
    """Add what `run` takes on models."""
    parser.add_argument("--model", metavar="ID", help=f"the model to ask ({default})")
    parser.add_argument(
        "--escalate-to", metavar="[ENGINE:]ID", help="a stronger model, asked when the first round failed"
    )
    parser.add_argument(
        "--ensemble", action="append", default=[], metavar="[ENGINE:]ID", help="a further model asked in every round"
    )
    parser.add_argument("--reviewer", metavar="[ENGINE:]ID", help="a model that gives a second opinion on the repair")
    parser.add_argument(
        "--candidates", type=int, metavar="N", help="how many proposals a round asks for (one, then more as they fall)"
    )


def model_problems(given: argparse.Namespace, asked: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return what is wrong with these options, a sentence each."""
    problems = []
    if given.candidates is not None and not 1 <= given.candidates <= MOST_CANDIDATES:
        problems.append(f"--candidates is a number from 1 to {MOST_CANDIDATES}, not {given.candidates}")
    named = (("--escalate-to", [given.escalate_to]), ("--ensemble", given.ensemble), ("--reviewer", [given.reviewer]))
    problems += [
        f"{option} {name} is a model of no engine that is asked; write ENGINE:MODEL, as in openai:{name or 'gpt'}"
        for option, names in named
        for name in names
        if name is not None and engine_and_model(name, asked, known) is None
    ]
    return problems + _batch_problems(given, asked, known)


def _batch_problems(given: argparse.Namespace, asked: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return a sentence where a model would be asked whose provider takes no batches as Anthropic's API does."""
    if not given.batch:
        return []
    named = (
        engine_and_model(name or "", asked, known) for name in (given.escalate_to, *given.ensemble, given.reviewer)
    )
    engines = dict.fromkeys([*asked, *(found[0] for found in named if found)])
    strange = [name for name in engines if name not in {*FREE, BATCHED}]
    if not strange:
        return []
    others = ", ".join(strange)
    return [
        f"--batch asks Anthropic's own API alone, and not {others}; leave --batch out, or ask only --engine {BATCHED}"
    ]
