"""What a record may ask for when it is replayed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from healer.cli.recorded import played_environment, recorded_settings, replayed_arguments
from healer.cli.settings import parse_run
from healer.errors import UsageError

BASE = "b" * 40
RUN = {"options": ["--rounds=2"], "command": ["pytest", "-q"], "base": BASE, "seeds": {"marker": "0" * 16}}


def test_a_run_is_made_again_from_its_record_but_delivers_nothing() -> None:
    arguments = [
        "--engine=openai", "--model=local", "--rounds=2", "--check=ruff check 'my file.py'", "--report=*.xml",
        "--source-root=src", "--allow-dependencies", "--deliver=pull-request", "--network=full", "--env=TOKEN",
        "--unsafe-no-sandbox", "--reviewer=openai:other", "--max-cost-usd=2.5", "--", "pytest", "-k", "a or b",
    ]  # fmt: skip
    keys = {"OPENAI_API_KEY": "sk-secret", "GITHUB_TOKEN": "ghs_secret", "HOME": "/home/me"}
    first = parse_run(arguments, keys)
    record = recorded_settings(first, BASE, "0" * 16)
    assert "secret" not in repr(record)
    again = parse_run(replayed_arguments(record, Path("/repo")), played_environment({"HOME": "/home/me"}))
    for name in (
        "engines",
        "model",
        "rounds",
        "checks",
        "reports",
        "source_roots",
        "reviewer",
        "command",
        "max_cost_usd",
    ):
        assert getattr(again, name) == getattr(first, name)
    assert (again.deliver, again.base, again.repository) == ("summary", BASE, Path("/repo"))
    assert (again.network, again.variables, again.unsafe_no_sandbox) == (None, (), False)
    assert again.allow_dependencies
    assert again.spending.state is None


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ({"options": ["--unsafe-no-sandbox"]}, "asks for '--unsafe-no-sandbox'"),
        ({"options": ["--env=ANTHROPIC_API_KEY"]}, "asks for '--env=ANTHROPIC_API_KEY'"),
        ({"options": ["--network=full"]}, "asks for '--network=full'"),
        ({"options": ["--deliver=branch"]}, "asks for '--deliver=branch'"),
        ({"options": ["--record=/tmp/x"]}, "asks for '--record=/tmp/x'"),
        ({"options": ["--cache=/tmp/x"]}, "asks for '--cache=/tmp/x'"),
        ({"options": ["--", "--deliver=branch"]}, "asks for '--'"),
        ({"options": ["rm"]}, "asks for 'rm'"),
        ({"options": "--rounds=3"}, "does not say what the run was"),
        ({"command": [7]}, "does not say what the run was"),
        ({"command": None}, "does not say what the run was"),
        ({"base": "--upload-pack=x"}, "does not say what the run was"),
        ({"base": "main"}, "does not say what the run was"),
    ],
    ids=str,
)
def test_a_forged_record_can_ask_for_nothing_that_loosens(run: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        replayed_arguments({**RUN, **run}, Path())
