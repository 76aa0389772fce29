"""What a run was, in a form that another one can be made from: written into a cassette, read for a replay."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from healer import __version__
from healer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from healer.cli.settings import Settings

_TEXTS = (
    ("model", "model"), ("escalate-to", "escalate_to"), ("reviewer", "reviewer"), ("candidates", "candidates"),
    ("setup-command", "setup"), ("setup", "provision"), ("rounds", "rounds"), ("proof-runs", "proof_runs"),
    ("workers", "workers"), ("max-cost-usd", "max_cost_usd"), ("time-limit", "time_limit"),
    ("case-time-limit", "case_time_limit"), ("test-image", "test_image"), ("last-green", "last_green"),
)  # fmt: skip
_LISTS = (
    ("engine", "engines"), ("ensemble", "ensemble"), ("report", "reports"), ("log", "logs"),
    ("source-root", "source_roots"),
)  # fmt: skip
_ALLOWED = frozenset({*(f"--{name}" for name, _ in (*_TEXTS, *_LISTS)), "--check", "--allow-dependencies"})
"""What a record may ask for. What lets tests do more (--env, --network=full) is asked for by who replays it."""
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_KEYS = (
    "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "AWS_REGION", "AWS_BEARER_TOKEN_BEDROCK", "ANTHROPIC_VERTEX_PROJECT_ID",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
)  # fmt: skip


def recorded_settings(settings: Settings, base: str, marker: str) -> dict[str, Any]:
    """Return the run's settings as JSON-ready values: no key, and no folder of this machine's but those of reports."""
    options = [f"--{name}={value}" for name, field in _TEXTS if (value := getattr(settings, field)) is not None]
    options += [f"--{name}={value}" for name, field in _LISTS for value in getattr(settings, field)]
    options += [f"--check={shlex.join(check)}" for check in settings.checks]
    options += ["--allow-dependencies"] if settings.allow_dependencies else []
    return {
        "self_heal": __version__,
        "base": base,
        "options": options,
        "command": list(settings.command),
        "seeds": {"marker": marker},
    }


def replayed_arguments(run: Mapping[str, Any], repository: Path) -> list[str]:
    """Return the arguments that make the recorded run again and deliver nothing; raise UsageError for a bad record."""
    options, command, base = _texts(run.get("options")), _texts(run.get("command")), run.get("base")
    if options is None or command is None or not isinstance(base, str) or not _COMMIT.fullmatch(base):
        raise UsageError("the cassette does not say what the run was; record it again", code="bad_cassette")
    strange = [option for option in options if option.partition("=")[0] not in _ALLOWED]
    if strange:
        raise UsageError(f"the cassette asks for {strange[0][:60]!r}, which a record cannot; record it again")
    fixed = ["--deliver=summary", "--state=none", f"--base={base}", f"--repo={repository}"]
    return [*options, *fixed, *(["--", *command] if command else [])]


def played_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with a word in the place of every key: nothing is sent."""
    return {**environment, **dict.fromkeys(_KEYS, "played")}


def _texts(value: Any) -> list[str] | None:
    return value if isinstance(value, list) and all(isinstance(each, str) for each in value) else None
