"""`self-heal doctor`: what a run would find here, what it would do, and what is lacking; changes nothing."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from healer.cli.checkup import examine
from healer.cli.doctor_text import as_text
from healer.cli.settings import parse_run, run_parser, split_command

if TYPE_CHECKING:
    from healer.cli.checkup import Checkup
    from healer.cli.settings import Settings
    from healer.cli.terminal import Terminal

_HIDDEN = frozenset({"format"})
_BY_ENVIRONMENT = {"engine": "keys in the environment", "cache": "HOME or XDG_CACHE_HOME"}


def execute(arguments: list[str], terminal: Terminal) -> int:
    """Look at what a run with these arguments would use; 0 when it could work, 1 when something it needs is lacking."""
    settings = parse_run(arguments, terminal.environment, program="self-heal doctor")
    checkup = examine(settings, terminal)
    configured = configuration(arguments, settings)
    if settings.format == "json":
        terminal.print_json(as_json(checkup, configured))
    elif terminal.color:
        # Colours are control characters, which printing makes visible; the words between them are harmless already.
        terminal.stdout.write(as_text(checkup, configured, color=True))
        terminal.stdout.flush()
    else:
        terminal.print(as_text(checkup, configured, color=False))
    return 0 if checkup.ready else 1


def configuration(arguments: list[str], settings: Settings) -> tuple[tuple[str, str, str], ...]:
    """Return every setting with its value and where that comes from."""
    options, command = split_command(arguments)
    parser = run_parser()
    defaults = vars(parser.parse_args([]))
    parser.set_defaults(**dict.fromkeys(defaults))
    given = vars(parser.parse_args(options))
    effective: dict[str, Any] = {
        "engine": settings.engines, "cache": settings.cache or "none", "repo": settings.repository.resolve(),
    }  # fmt: skip
    rows = [("test command", shlex.join(command) or "by detection", "after --" if command else "default")]
    for name in defaults:
        if name not in _HIDDEN:
            option = f"--{name.replace('_', '-')}"
            source = option if given[name] is not None else _BY_ENVIRONMENT.get(name, "default")
            value = effective.get(name, given[name] if given[name] is not None else defaults[name])
            rows.append((name.replace("_", "-"), _shown(value), source))
    return tuple(rows)


def _shown(value: Any) -> str:
    match value:
        case None | [] | () | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(str, value))
    return str(value)


def as_json(checkup: Checkup, configured: tuple[tuple[str, str, str], ...]) -> dict[str, Any]:
    """Return the one document of `--format json`."""
    arranged = checkup.arrangement
    plan = arranged.plan if arranged else None
    return {
        "ready": checkup.ready,
        "findings": [
            {"area": one.area, "name": one.name, "state": one.state, "detail": one.detail, "advice": one.advice or None}
            for one in checkup.findings
        ],
        "configuration": [{"name": name, "value": value, "source": source} for name, value, source in configured],
        "suite": {
            "test": list(arranged.test),
            "set_up": arranged.recipe is not None,
            "why": arranged.why,
            "steps": [list(step.argv) for step in arranged.recipe.steps] if arranged.recipe else [],
            "reasons": list(plan.reasons) if plan else [],
        }
        if arranged
        else None,
    }
