"""What came of the runs, from their results and their records of what models were asked."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from healer.adapters.models.cassette import read_cassette
from healer.engines.model.prompt import CHARACTERS_PER_TOKEN
from healer.engines.model.templates import template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from bench.variants.cases import Case
    from healer.adapters.models.cassette import Exchange

SECTIONS = {
    "code": "# Code", "tests": "# The failing tests", "failures": "# What fails", "locations": "# Where the fault",
    "history": "# The change that|# What changed", "further": "# More code", "attempts": "# What was tried",
    "change": "# The change\n|# What its author", "task": "# Your task",
}  # fmt: skip
_HEADING = re.compile(rf"^(?:{'|'.join(SECTIONS.values())})", re.MULTILINE)


def table(folder: Path, cases: Sequence[Case]) -> Iterator[str]:
    """Yield the lines of the table, then its sums."""
    yield "| case | variant | outcome | rounds | calls | input tokens | dollars | opinion | of the first prompt |"
    yield "|---|---|---|---|---|---|---|---|---|"
    outcomes: Counter[str] = Counter()
    calls = first = 0
    for case in cases:
        result = folder / case.name / "result.json"
        if not result.exists():
            yield f"| {case.name} | {case.variant} | not run | | | | | | |"
            continue
        told = json.loads(result.read_text("utf-8"))
        record = folder / case.name / "record.jsonl"
        exchanges = read_cassette(record).exchanges if record.exists() else ()
        outcomes[told["outcome"]] += 1
        calls += len(exchanges)
        rounds = max((attempt["round"] for attempt in told["attempts"]), default=0)
        first += told["outcome"] == "fixed" and rounds == 1
        yield _row(case, told, rounds, exchanges)
    yield ""
    yield f"{outcomes['fixed']} of {sum(outcomes.values())} repaired, {first} of them in one round; {calls} calls"


def _row(case: Case, told: dict[str, Any], rounds: int, exchanges: Sequence[Exchange]) -> str:
    tokens, dollars = told.get("tokens", {}).get("input", 0), told.get("cost_usd") or 0.0
    opinion = "; ".join(reason for reason in told.get("confidence_reasons") or () if "review" in str(reason))
    sizes = sections(exchanges[0]) if exchanges else {}
    listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
    variant = variant_of(exchanges)
    if variant != case.variant:
        variant = f"{variant}, not {case.variant}"
    return (
        f"| {case.name} | {variant} | {told['outcome']} | {rounds} | {len(exchanges)} | {tokens} | {dollars:.4f} | "
        f"{opinion} | {listed} |"
    )


def variant_of(exchanges: Iterable[Exchange]) -> str:
    """Return the variant of the first prompt, by the approach that it asks for."""
    message = next((one.request.messages[0].text for one in exchanges), "")
    names = ("exception", "wrong_result", "collection", "finding", "security", "script", "other_language", "general")
    return next((name for name in names if template(f"approach_{name}").text[:60] in message), "none")


def sections(exchange: Exchange) -> dict[str, int]:
    """Return the size of each section of a question, in tokens of four characters; the rules by themselves."""
    asked = exchange.request
    text = f"{asked.context}\n\n{asked.messages[0].text}"
    starts = [match.start() for match in _HEADING.finditer(text)]
    sizes = {"rules": len(asked.system), "frame": starts[0] if starts else len(text)}
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        name = next(name for name, heading in SECTIONS.items() if re.match(heading, text[start:]))
        sizes[name] = sizes.get(name, 0) + end - start
    return {name: -(-size // CHARACTERS_PER_TOKEN) for name, size in sizes.items()}
