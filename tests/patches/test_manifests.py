"""A manifest changes in its lists of dependencies, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.patches.manifests import lists_dependencies, objection_to_manifest

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "shop"
dependencies = ["requests>=2"]

[project.scripts]
shop = "shop:main"

[tool.uv]
dev-dependencies = ["pytest"]
package = true

[tool.poetry.group.dev]
optional = true

[tool.poetry.group.dev.dependencies]
pytest = "*"

[tool.pytest.ini_options]
addopts = "-ra"
"""
PACKAGE = """{
  "name": "shop",
  "scripts": {"test": "jest"},
  "dependencies": {"a": "^1"},
  "devDependencies": {"jest": "^29"}
}
"""


def objection(path: str, before: str, *replacement: str) -> str | None:
    after = before.replace(*replacement)  # type: ignore[arg-type] # a pair, always
    assert after != before
    return objection_to_manifest(path, before.encode(), after.encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('["requests>=2"]', '["requests>=2.32", "attrs"]', id="a dependency"),
        pytest.param('["hatchling"]', '["hatchling>=1"]', id="what builds it"),
        pytest.param('["pytest"]', '["pytest>=8"]', id="of development"),
        pytest.param('pytest = "*"', 'pytest = "^8"', id="of a group"),
        pytest.param("[tool.uv]", '[project.optional-dependencies]\nx = ["y"]\n\n[tool.uv]', id="optional"),
        pytest.param("[tool.uv]", '[dependency-groups]\ntest = ["pytest"]\n\n[tool.uv]', id="a group of its own"),
        pytest.param("[tool.uv]", "[tool.pdm]\ndev-dependencies = {}\n\n[tool.uv]", id="a tool's only entry"),
        pytest.param("[tool.uv]", "# why\n[tool.uv]", id="a comment"),
    ],
)  # fmt: skip
def test_dependencies_of_a_python_project_may_change(old: str, new: str) -> None:
    assert objection("pyproject.toml", PYPROJECT, old, new) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('"-ra"', '"--ignore=tests"', id="options of the test runner"),
        pytest.param("[tool.pytest.ini_options]", "[tool.pytest]", id="another name for them"),
        pytest.param('"hatchling.build"', '"backend"\nbackend-path = ["."]', id="the build backend"),
        pytest.param("shop:main", "shop:other", id="an entry point"),
        pytest.param("package = true", "package = 1", id="a value that compares equal"),
        pytest.param("package = true", "", id="a setting beside dependencies"),
        pytest.param("optional = true", "optional = false", id="a setting of a group"),
        pytest.param("[tool.uv]", "[tool.uv", id="no TOML any more"),
        pytest.param("[tool.uv]", f"[tool.{'a.' * 2_000}b]\n[tool.uv]", id="a line too long to be read"),
        pytest.param("[tool.uv]", "[tool.coverage]\n[tool.uv]", id="an empty table"),
    ],
)
def test_nothing_else_of_a_python_project_may_change(old: str, new: str) -> None:
    reason = objection("pyproject.toml", PYPROJECT, old, new)
    assert reason is not None
    assert reason.startswith("pyproject.toml ")
    assert reason.endswith(".")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('"^1"', '"^2"', id="a dependency"),
        pytest.param('{"jest": "^29"}', "{}", id="of development"),
        pytest.param('"scripts"', '"overrides": {"b": "1"}, "scripts"', id="an override"),
        pytest.param('  "scripts"', '"scripts"', id="layout"),
    ],
)
def test_dependencies_of_a_package_may_change(old: str, new: str) -> None:
    assert objection("web/package.json", PACKAGE, old, new) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('"jest"}', '"true"}', id="the test command"),
        pytest.param('"name"', '"scripts": {"test": "true"}, "name"', id="a command that stands twice"),
        pytest.param('"name"', '"jest": {"bail": true}, "name"', id="configuration of the test runner"),
        pytest.param("{\n", "[\n", id="no JSON any more"),
    ],
)
def test_nothing_else_of_a_package_may_change(old: str, new: str) -> None:
    assert objection("package.json", PACKAGE, old, new) is not None


def test_a_manifest_is_not_created() -> None:
    assert objection_to_manifest("pyproject.toml", None, b"") is not None


@pytest.mark.parametrize(
    ("path", "expected"),
    [("pyproject.toml", True), ("a/package.json", True), ("PACKAGE.JSON", False), ("package.json/a", False)],
)
def test_manifests_are_known_by_their_exact_names(path: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert lists_dependencies(path) is expected


@given(st.sampled_from(["pyproject.toml", "package.json"]), st.binary(max_size=60), st.binary(max_size=60))
def test_nothing_escapes_whatever_a_manifest_holds(path: str, before: bytes, after: bytes) -> None:
    reason = objection_to_manifest(path, before, after)
    assert reason is None or reason.startswith(path)
