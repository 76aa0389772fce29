"""`self-heal doctor`: what a run would find here, what it would do, and what is lacking; changes nothing."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from healer.cli.checkup import examine
from healer.cli.configuration import PATH
from healer.cli.doctor_text import as_text
from healer.cli.layers import DEFAULT, FILE, OPTION, command_of, layered
from healer.cli.repository_settings import RepositorySettings, repository_settings
from healer.cli.settings import parse_run, run_parser, split_command
from healer.errors import RepositoryError

if TYPE_CHECKING:
    from pathlib import Path

    from healer.cli.checkup import Checkup
    from healer.cli.settings import Settings
    from healer.cli.terminal import Terminal

_HIDDEN = frozenset({"format"})
_BY_ENVIRONMENT = {"engine": "keys in the environment", "cache": "HOME or XDG_CACHE_HOME"}


def execute(arguments: list[str], terminal: Terminal) -> int:
    """Look at what a run with these arguments would use; 0 when it could work, 1 when something it needs is lacking."""
    given = run_parser("self-heal doctor").parse_args(split_command(arguments)[0])
    file = _file(given.repo, terminal)
    settings = parse_run(arguments, terminal.environment, program="self-heal doctor", file=file.values)
    checkup = examine(settings, terminal, file.remark)
    configured = configuration(arguments, settings, file)
    if settings.format == "json":
        terminal.print_json(as_json(checkup, configured))
    elif terminal.color:
        # Colours are control characters, which printing makes visible; the words between them are harmless already.
        terminal.stdout.write(as_text(checkup, configured, color=True))
        terminal.stdout.flush()
    else:
        terminal.print(as_text(checkup, configured, color=False))
    return 0 if checkup.ready else 1


def _file(folder: Path, terminal: Terminal) -> RepositorySettings:
    """Return the repository's own settings; none where there is no repository, which the check-up tells."""
    try:
        return repository_settings(folder, terminal)
    except RepositoryError:
        return RepositorySettings()


def configuration(
    arguments: list[str], settings: Settings, file: RepositorySettings
) -> tuple[tuple[str, str, str], ...]:  # fmt: skip
    """Return every setting with its value and where that comes from."""
    options, command = split_command(arguments)
    layers = layered(run_parser(), options, file.values)
    effective: dict[str, Any] = {
        "engine": settings.engines, "cache": settings.cache or "none", "repo": settings.repository.resolve(),
    }  # fmt: skip
    of_file = f"{PATH} of {file.origin}"
    test, source = command_of(command, file.values)
    named = {OPTION: "after --", FILE: of_file, DEFAULT: "default"}
    rows = [("test command", shlex.join(test) or "by detection", named[source])]
    for name, value in vars(layers.values).items():
        if name not in _HIDDEN:
            option = name.replace("_", "-")
            known = {OPTION: f"--{option}", FILE: of_file, DEFAULT: _BY_ENVIRONMENT.get(name, "default")}
            rows.append((option, _shown(effective.get(name, value)), known[layers.sources[name]]))
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
