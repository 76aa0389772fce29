"""How many patches a second are read and placed, and how that grows with the file."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from bench.patches import content, form
from bench.patches.appliers import Task, ours
from bench.patches.damage import Case
from healer.patches.parse import MOST_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES = ("total", "value", "index", "account", "result", "node", "parser", "token")
_SECONDS = 2.0
_DRAWS = 8


def module(lines: int) -> str:
    """Return a Python module of so many lines, with the repetitions that real code has."""
    dice = random.Random(lines)  # noqa: S311 - no secret
    found: list[str] = []
    number = 0
    while len(found) < lines - 40:
        number += 1
        found += [
            f"def {dice.choice(_NAMES)}_{number}(self, {dice.choice(_NAMES)}=None):",
            '    """Return something."""',
        ]
        for _ in range(dice.randint(3, 12)):
            name, other = dice.choice(_NAMES), dice.choice(_NAMES)
            found += [f"    if {name} is None:", f"        {other} = {name} + {dice.randrange(lines)}"]
        found += ["    return result", "", ""]
    found += [f"# {number}" for number in range(lines - len(found))]
    return "".join(f"{line}\n" for line in found)


def edited(lines: int, dice: random.Random) -> Case:
    """Return a case in which one line in the middle half of the file changes."""
    before = module(lines).split("\n")
    candidates = [index for index, line in enumerate(before) if " + " in line and lines // 4 < index < 3 * lines // 4]
    after = list(before)
    index = dice.choice(candidates)
    after[index] = after[index].replace(" + ", " - ")
    return Case("module.py", "\n".join(before), "\n".join(after))


def show() -> None:
    """Print both tables."""
    kinds = {
        "nothing": form.nothing, "no numbers": form.no_numbers, "outdented": form.outdented,
        "tabs for spaces": form.tabs_for_spaces, "typo in context": content.typo_in_context,
        "a line of context dropped": content.dropped_context, "scope line": content.scope_lines,
        "SEARCH/REPLACE": form.search_replace, "*** Begin Patch": form.apply_patch, "whole file": form.whole_file,
    }  # fmt: skip
    sizes = (1_000, 10_000, 100_000)
    print("| damage | patches a second, 1,000 lines |" + "".join(f" ms, {size:,} lines |" for size in sizes))
    print("|---|---|" + "---|" * len(sizes))
    for name, damage in kinds.items():
        seconds: list[float | None] = []
        for size in sizes:
            case = edited(size, random.Random(size))  # noqa: S311 - no secret
            drawn = [damage(case, random.Random(number)) for number in range(_DRAWS)]  # noqa: S311 - no secret
            tasks = [Task(reply.text, case.path, case.before.encode()) for reply in drawn if reply is not None]
            is_too_large = any(len(task.reply) > MOST_CHARACTERS for task in tasks)
            seconds.append(None if is_too_large else _seconds(tasks))
        cells = "".join(" too large |" if spent is None else f" {1_000 * spent:.2f} |" for spent in seconds)
        print(f"| {name} | {1 / (seconds[0] or 1):,.0f} |{cells}", flush=True)


def _seconds(tasks: Sequence[Task]) -> float:
    """Return the processor time of reading and placing once: the mean of two seconds' worth of runs."""
    for task in tasks:
        ours(task)
    begun, runs = time.process_time(), 0
    while time.process_time() - begun < _SECONDS:
        for task in tasks:
            ours(task)
        runs += len(tasks)
    return (time.process_time() - begun) / runs
