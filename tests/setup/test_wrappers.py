"""Runners that make environments themselves, and what they would run for tests."""

from __future__ import annotations

import pytest

from healer.setup.plan import Plan
from healer.setup.wrappers import unwrapped
from tests.fakes import FakeSource

PLAN = Plan("python", ("python", "-m", "pytest"), ())
TOX = {"tox.ini": b"[testenv]\ncommands = pytest -W error {posargs}\n"}
SEVERAL = {"tox.ini": b"[testenv]\ncommands =\n    ruff check\n    pytest\n"}
OTHER = {"tox.ini": b"[testenv]\ncommands = make test\n"}


@pytest.mark.parametrize(
    ("command", "files", "expected"),
    [
        ("tox", TOX, "pytest -W error"),
        ("tox -e py311", TOX, "pytest -W error"),
        ("tox run -e test", TOX, "pytest -W error"),
        (".venv/bin/tox -e 3.12", TOX, "pytest -W error"),
        ("tox", SEVERAL, "python -m pytest"),
        ("tox", OTHER, "python -m pytest"),
        ("nox", {}, "python -m pytest"),
        ("nox -s tests", {}, "python -m pytest"),
        ("nox -s tests-3.12", {}, "python -m pytest"),
        ("hatch test", {}, "python -m pytest"),
    ],
)
def test_what_they_run_for_tests_is_taken_out(command: str, files: dict[str, bytes], expected: str) -> None:
    found = unwrapped(tuple(command.split()), PLAN, FakeSource(files))
    assert found == tuple(expected.split())


@pytest.mark.parametrize(
    "command",
    [
        "tox -e lint", "tox -e py311,lint", "tox -- -k one", "nox -s docs", "nox --python 3.12", "hatch run lint",
        "hatch", "hatch test --cover", "pytest", "toxic", "make tox",
    ],
)  # fmt: skip
def test_every_other_command_is_left_as_it_is(command: str) -> None:
    assert unwrapped(tuple(command.split()), PLAN, FakeSource(TOX)) is None


def test_a_project_of_another_language_is_none_of_theirs() -> None:
    assert unwrapped(("tox",), Plan("node", ("npm", "test"), ()), FakeSource(TOX)) is None
