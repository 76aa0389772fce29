"""How many honest changes the detectors take for cheating: `python -m bench.honest_fixes`.

Honest changes are small ones that people made to one source file between two releases of a package. The literals of the
"failing tests" are those of the test lines that came with the same release: more than a real failure would show.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from bench.honest_fixes.changes import changes_of
from bench.honest_fixes.releases import Releases
from healer.patches.cheating.findings import Cheat, Level
from healer.patches.cheating.verdict import judge_change
from healer.patches.checks import check
from healer.patches.diff import unified_diff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.honest_fixes.changes import HonestChange
    from healer.patches.cheating.findings import Finding

_CACHE = Path(".cache/releases")


def main() -> None:
    """Print one table for the packages that the detectors were written with, and one for those held out."""
    parser = argparse.ArgumentParser(description="Measure how many honest changes are taken for cheating.")
    parser.add_argument("--cache", type=Path, default=_CACHE, help="where releases are kept")
    parser.add_argument("--most", type=int, default=400, help="changes a table, drawn by the seed (default: 400)")
    parser.add_argument("--seed", type=int, default=7, help="which changes are drawn (default: 7)")
    parser.add_argument("--show", choices=tuple(Level), help="print the changes that have findings of this level")
    parser.add_argument("--only", choices=("seen", "held out"), help="one table only")
    options = parser.parse_args()
    releases = Releases(options.cache)
    releases.fetch()
    for title, held_out in (("seen", False), ("held out", True)):
        if options.only not in {None, title}:
            continue
        found = [change for step in releases.steps(held_out=held_out) for change in changes_of(step)]
        dice = random.Random(options.seed)  # noqa: S311 - a reproducible sample
        drawn = sorted(dice.sample(found, min(options.most, len(found))), key=lambda one: one.name)
        _table(title, drawn, options.show)


def _table(title: str, changes: Sequence[HonestChange], show: str | None) -> None:
    rejected, flagged = Counter[Cheat](), Counter[Cheat]()
    any_rejected = any_flagged = refused_by_checks = 0
    for change in changes:
        findings = judge_change([change.edit], change.failures)
        levels = {level: {one.cheat for one in findings if one.level is level} for level in Level}
        rejected.update(levels[Level.REJECT])
        flagged.update(levels[Level.FLAG])
        any_rejected += bool(levels[Level.REJECT])
        any_flagged += bool(findings) and not levels[Level.REJECT]
        if refusal := check([change.edit]):
            refused_by_checks += 1
            print(f"checks refuse {change.name}: {refusal.message}")
        if show:
            _show(change, [one for one in findings if one.level == show])
    count = len(changes)
    with_tests = sum(bool(change.failures) for change in changes)
    packages = len({change.name.partition(" ")[0] for change in changes})
    print(f"\n{title}: {count} changes of {packages} packages, {with_tests} of them with tests\n")
    print("| detector | rejected | flagged |\n|---|---|---|")
    for cheat in Cheat:
        print(f"| {cheat.value.replace('_', ' ')} | {rejected[cheat]} | {flagged[cheat]} |")
    total = max(1, count)
    print(f"| any | {any_rejected} ({any_rejected / total:.1%}) | {any_flagged} ({any_flagged / total:.1%}) |")
    print(f"\nrefused by the checks before any test runs: {refused_by_checks}\n")


def _show(change: HonestChange, findings: Sequence[Finding]) -> None:
    if findings:
        print(f"=== {change.name}")
        for finding in findings:
            print(f"  {finding.level} {finding.cheat}: {finding.message}")
        print(unified_diff([change.edit]))


if __name__ == "__main__":
    main()
