"""How large the prompts of seeded regressions are, and whether the faulty code is inside: `python -m bench.prompts`.

Beside each stands the plain prompt that a person would paste: the trace, and the whole files that it names.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.regressions.cases import failures_in
from healer.adapters.checkout import Checkout
from healer.adapters.git import Git
from healer.adapters.repository import PrivateRepository
from healer.cli.engines import CONTEXT_TOKENS, read_change
from healer.engines.model.engine import ModelEngine
from healer.engines.model.fencing import Fence
from healer.engines.model.ladder import Ladder
from healer.engines.model.prompt import CHARACTERS_PER_TOKEN
from healer.engines.model.reading import Reader
from healer.evidence.paths import RepositoryPaths
from healer.evidence.spectra import parse_spectra
from healer.localization.context import gather
from healer.pipeline import diagnose
from healer.ports import RepairTask
from healer.trials import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.code import Diagnosis
    from healer.ports import SourceTree


@dataclass(frozen=True, slots=True)
class Measured:
    """One case's prompt of a round; sizes in tokens, estimated at four characters each."""

    case: str
    variant: str
    tokens: int
    sections: dict[str, int]
    holds_fault: bool
    plain_tokens: int
    plain_holds_fault: bool
    choosing: float
    composing: float
    """Milliseconds for choosing the code, and for making the prompt of a first round of it."""


def measured(folder: Path, green: frozenset[str], tokens: int, number: int) -> Measured:
    """Make the prompt of a case."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["faults"]
    failures = [failure for failure in failures_in(folder / "report.xml") if failure.id not in green]
    ran = parse_spectra(path.read_bytes() for path in sorted((folder / "spectra").glob("*.json")))
    checkout = Checkout.at(folder / "repository", Git.find(os.environ["PATH"]))
    with PrivateRepository(checkout, checkout.resolve("HEAD")) as repository:
        source = repository.source
        diagnosis = diagnose(failures, repository, ran, commits=Limits().commits, progress=lambda *_: None)
        reader = Reader(gather, tokens)
        engine = ModelEngine(Ladder(()), "model", reader, read_change, Fence("0123456789abcdef", str))
        started = time.perf_counter()
        shown = reader.read(diagnosis, source, number).all
        chosen = time.perf_counter()
        prompt = engine.prompt(RepairTask(diagnosis, source, number))
        composed = time.perf_counter()
        files, plain = _plain(diagnosis, source)
        return Measured(
            f"{folder.parent.name}/{folder.name}",
            prompt.variant,
            prompt.tokens,
            {section.name: section.tokens for section in prompt.sections},
            all(
                any(one.path == fault["path"] and one.line <= fault["line"] <= one.end_line for one in shown)
                for fault in truth
            ),
            plain,
            all(fault["path"] in files for fault in truth),
            1_000 * (chosen - started),
            1_000 * (composed - chosen),
        )


def _plain(diagnosis: Diagnosis, source: SourceTree) -> tuple[set[str], int]:
    """Return the files that traces name, the tests' own among them, and the size of all that."""
    known = RepositoryPaths(source.paths)
    shown = [cluster.representative for cluster in diagnosis.clusters]
    named = [failure.file for failure in shown if failure.file]
    named += [frame.file for failure in shown for frame in failure.frames]
    files = {path for file in named if (path := known.resolve(file))}
    characters = sum(len(failure.text) for failure in shown) + sum(len(source.read(path)) for path in files)
    return files, characters // CHARACTERS_PER_TOKEN


def table(found: Sequence[Measured]) -> Iterator[str]:
    """Yield the lines of two tables: sizes of whole prompts, and of their sections."""
    yield "| prompt | median | p90 | largest | faulty code inside |"
    yield "|---|---|---|---|---|"
    ours, plain = [one.tokens for one in found], [one.plain_tokens for one in found]
    for name, sizes, inside in (
        ("ours", ours, sum(one.holds_fault for one in found)),
        ("trace and the whole files it names", plain, sum(one.plain_holds_fault for one in found)),
    ):
        share = f"{inside} of {len(found)} ({100 * inside / len(found):.0f} %)"
        yield f"| {name} | {statistics.median(sizes):.0f} | {_p90(sizes)} | {max(sizes)} | {share} |"
    sections: dict[str, list[int]] = defaultdict(list)
    for one in found:
        for name, size in one.sections.items():
            sections[name].append(size)
    yield ""
    yield "| section | in prompts | median | p90 |"
    yield "|---|---|---|---|"
    for name, sizes in sections.items():
        yield f"| {name} | {len(sizes)} | {statistics.median(sizes):.0f} | {_p90(sizes)} |"
    yield ""
    kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(one.variant for one in found).most_common())
    choosing, composing = (statistics.median(getattr(one, name) for one in found) for name in ("choosing", "composing"))
    yield f"variants: {kinds}"
    yield f"median time: {choosing:.0f} ms for choosing the code, {composing:.0f} ms for the rest"


def _p90(sizes: Sequence[int]) -> int:
    return sorted(sizes)[min(len(sizes) - 1, int(0.9 * len(sizes)))]


def main() -> None:
    """Measure every case that `python -m bench.regressions` has built, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.prompts", description="Measure the prompts of the cases.")
    parser.add_argument("--cache", type=Path, default=Path(".cache/regressions"), help="where the cases are kept")
    parser.add_argument("--seed", type=int, default=7, help="which cases (default: 7)")
    parser.add_argument("--tokens", type=int, default=CONTEXT_TOKENS, help="of code in the first round")
    parser.add_argument("--round", type=int, default=1, help="the prompt of which round (default: 1)")
    parser.add_argument("--each", action="store_true", help="a line for each case as well")
    options = parser.parse_args()
    found = []
    for truth in sorted((options.cache / f"cases-{options.seed}").glob("*/*/truth.json")):
        baseline = options.cache / "baselines" / f"{truth.parent.parent.name}.xml"
        green = frozenset(failure.id for failure in failures_in(baseline))
        one = measured(truth.parent, green, options.tokens, options.round)
        found.append(one)
        if options.each:
            inside = "inside" if one.holds_fault else "MISSING"
            print(f"{one.tokens:>6} {inside:8} {one.variant:15} {one.case}")
    if found:
        print("\n".join(table(found)))


if __name__ == "__main__":
    main()
