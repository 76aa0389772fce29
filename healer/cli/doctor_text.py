"""A check-up for people: what is there, what is lacking and what to do, the configuration, and what would be run."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from healer.cli.terminal import harmless
from healer.setup.plan import MADE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.cli.arrangement import Arrangement
    from healer.cli.checkup import Checkup, Finding

_COLORS = {"ok": "32", "note": "33", "lacking": "31"}
_BOLD = "1"
_LONGEST = 400


def as_text(checkup: Checkup, configured: tuple[tuple[str, str, str], ...], *, color: bool) -> str:
    """Return the whole check-up; every text from outside stands in one line that commands nothing."""
    lines: list[str] = []
    for area in dict.fromkeys(finding.area for finding in checkup.findings):
        lines += [_colored(area, _BOLD, color=color)]
        lines += [line for one in checkup.findings if one.area == area for line in _finding(one, color=color)]
    lines += [_colored("configuration", _BOLD, color=color)]
    widest = max(len(name) for name, _, _ in configured)
    lines += [f"  {name:<{widest}}  {_plain(value)}  ({source})" for name, value, source in configured]
    if checkup.arrangement:
        lines += [_colored("what would be run", _BOLD, color=color), *_suite(checkup.arrangement)]
    lacking = [one for one in checkup.findings if one.state == "lacking"]
    lines += ["", _colored(_closing(lacking), _BOLD, color=color)]
    return "\n".join(lines) + "\n"


def _finding(one: Finding, *, color: bool) -> Iterator[str]:
    state = _colored(f"{one.state:<7}", _COLORS[one.state], color=color)
    yield f"  {state}  {_plain(one.name)}: {_plain(one.detail)}"
    if one.advice:
        yield f"           {_plain(one.advice)}"


def _suite(arranged: Arrangement) -> Iterator[str]:
    if arranged.recipe is None:
        yield f"  nothing is set up: {_plain(arranged.why)}"
    else:
        yield f"  set-up: {_plain(arranged.why)}"
        if arranged.recipe.environment:
            yield f"    {_plain(arranged.recipe.label)}"
        for step in arranged.recipe.steps:
            yield f"    {_plain(shlex.join(step.argv).replace(f'{MADE}/', ''))}  ({_plain(step.why)})"
    yield f"  tests: {_plain(shlex.join(arranged.test))}"
    for reason in arranged.plan.reasons if arranged.plan else ():
        yield f"    because {_plain(reason)}"


def _closing(lacking: list[Finding]) -> str:
    if not lacking:
        return "a run could work"
    return f"a run could not work: {len(lacking)} {'thing is' if len(lacking) == 1 else 'things are'} lacking"


def _plain(text: str) -> str:
    folded = harmless(" ".join(text.split()))
    return folded if len(folded) <= _LONGEST else f"{folded[: _LONGEST - 1]}…"


def _colored(text: str, code: str, *, color: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if color else text
