"""The options on what models may cost, in money and time, at which price, and on keeping what was said to them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from healer.prices import Price

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Spending:
    """What models may cost beyond one run's cap, and where that is remembered."""

    per_day_usd: float | None
    """None: no cap."""
    state: Path | None
    """The folder that remembers across runs; None: there is none."""
    price: Price | None
    """The price of models that are not listed; None: not known."""
    record: Path | None
    """Where the run's exchanges are kept, if they are."""
    batch: bool
    """Whether questions go as message batches."""
    batch_seconds: float
    """How long a run waits for batches in all."""
    max_minutes: float | None
    """How long a run goes on asking for repairs; None: as long as it takes."""


def add_spending_options(parser: argparse._ArgumentGroup) -> None:
    """Add what `run` takes on money and records."""
    parser.add_argument(
        "--max-cost-usd", type=float, default=0.5, metavar="X", help="cap on model calls in dollars (0.50)"
    )
    parser.add_argument(
        "--max-cost-usd-per-day", type=float, metavar="X", help="the same for all runs of a day that share --state"
    )
    parser.add_argument(
        "--state", metavar="DIR", help="what is remembered across runs, none: nothing (~/.local/state/self-heal)"
    )
    parser.add_argument(
        "--model-price", metavar="IN/OUT", help="dollars per million tokens of a model whose price is not known"
    )
    parser.add_argument(
        "--max-minutes", type=float, metavar="M", help="no round and no call goes on after so many minutes (no limit)"
    )
    parser.add_argument(
        "--batch", action="store_true", help="ask by message batches: half the price, and it may take hours"
    )
    parser.add_argument(
        "--batch-wait", type=float, default=3600.0, metavar="S", help="seconds to wait for batches in all (3600); a "
        "later run picks up what is answered after that"
    )  # fmt: skip
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="keep all that models are asked and answer, for self-heal replay"
    )


def spending_of(given: argparse.Namespace, environment: Mapping[str, str]) -> Spending:
    """Return what these options say; they were found to be without problems."""
    return Spending(
        given.max_cost_usd_per_day,
        state_folder(given.state, environment),
        _price(given.model_price) if given.model_price else None,
        given.record,
        given.batch,
        given.batch_wait,
        given.max_minutes,
    )


def spending_problems(given: argparse.Namespace, environment: Mapping[str, str]) -> list[str]:
    """Return what is wrong with these options, a sentence each."""
    problems = []
    if not 0 <= given.max_cost_usd < float("inf"):
        problems.append(f"--max-cost-usd is a sum of dollars, not {given.max_cost_usd}")
    if given.max_cost_usd_per_day is not None:
        if not 0 <= given.max_cost_usd_per_day < float("inf"):
            problems.append(f"--max-cost-usd-per-day is a sum of dollars, not {given.max_cost_usd_per_day}")
        if state_folder(given.state, environment) is None:
            problems.append(
                "--max-cost-usd-per-day needs a folder that outlives the run; name one with --state (in the action, "
                "with the input cache)"
            )
    if given.batch and state_folder(given.state, environment) is None:
        problems.append(
            "--batch needs a folder that outlives the run, to pick answers up later; name one with --state (in the "
            "action, with the input cache)"
        )
    if not 0 <= given.batch_wait < float("inf"):
        problems.append(f"--batch-wait is a number of seconds, not {given.batch_wait}")
    if given.max_minutes is not None and not 0 < given.max_minutes < float("inf"):
        problems.append(f"--max-minutes is a number of minutes, not {given.max_minutes}")
    if given.model_price and _price(given.model_price) is None:
        problems.append(
            f"--model-price is two sums of dollars for a million tokens, of prompt and of answer, as in 0.5/1.5, "
            f"not {given.model_price}"
        )
    return problems


def state_folder(given: str | None, environment: Mapping[str, str]) -> Path | None:
    """Return what outlives the run: as given (`none`: nothing), else the user's own folder for state."""
    if given is not None:
        return None if given == "none" else Path(given).absolute()
    home = environment.get("HOME")
    root = environment.get("XDG_STATE_HOME") or (f"{home}/.local/state" if home else "")
    return Path(root) / "self-heal" if root.startswith("/") else None


def _price(text: str) -> Price | None:
    """Read dollars of prompt and answer; what a cache costs is not asked for, and taken as the prompt."""
    try:
        asked, answered = (float(part) for part in text.split("/"))
    except ValueError:
        return None
    if not all(math.isfinite(part) and part >= 0 for part in (asked, answered)):
        return None
    return Price(asked, answered, asked, asked)
