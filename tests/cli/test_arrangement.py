"""Which commands need what a set-up brings."""

from __future__ import annotations

import pytest

from healer.cli.arrangement import uses
from healer.setup.plan import Plan


@pytest.mark.parametrize(
    ("language", "command", "expected"),
    [
        ("node", "npm test", True),
        ("node", "npx vitest run", True),
        ("node", "node --test", True),
        ("node", "node_modules/.bin/jest", True),
        ("node", "sh -c yarn test && true", True),
        ("node", "make test", False),
        ("node", "sh -c make test", False),
        ("java", "mvn -q test", True),
        ("java", "./mvnw test", True),
        ("java", "./gradlew check", True),
        ("java", "javac A.java", False),
        ("go", "go test ./...", True),
        ("go", "gofmt -l .", False),
        ("rust", "cargo test", True),
        ("rust", "rustc a.rs", False),
    ],
)
def test_commands_of_a_language_s_own_tools_need_its_set_up(language: str, command: str, *, expected: bool) -> None:
    assert uses(Plan(language, ("x",), ()), tuple(command.split())) is expected
