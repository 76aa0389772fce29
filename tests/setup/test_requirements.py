"""Requirements of every tool, as pip takes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.setup.requirements import from_poetry, group, locked, name_of, only_requirements
from tests.setup.manifest import of


@pytest.mark.parametrize(
    ("requirement", "name"),
    [
        ("pytest", "pytest"),
        ("Pytest_Cov >= 4", "pytest-cov"),
        ("zope.interface[test]==5", "zope-interface"),
        ("tomli; python_version < '3.11'", "tomli"),
        ("thing @ https://example.com/thing.whl", "thing"),
        ("-r other.txt", None),
        ("--index-url=https://example.com", None),
        ("./vendored", None),
        ("git+https://example.com/a", None),
        ("", None),
        ("# pytest", None),
    ],
)
def test_a_requirement_names_a_distribution(requirement: str, name: str | None) -> None:
    assert name_of(requirement) == name


def test_options_are_no_requirements() -> None:
    lines = ["pytest", "--index-url=https://example.com", "-e .", "a\n--index-url=x", 5, None]
    assert only_requirements(lines) == ("pytest",)
    assert only_requirements("pytest") == ()


@pytest.mark.parametrize(
    ("version", "requirement"),
    [
        ("*", "a"),
        ("^1.2.3", "a>=1.2.3,<2"),
        ("^0.2.3", "a>=0.2.3,<0.3"),
        ("^0.0.3", "a>=0.0.3,<0.0.4"),
        ("^1.2rc1", "a>=1.2rc1,<2"),
        ("~1.2.3", "a>=1.2.3,<1.3"),
        ("~1", "a>=1,<2"),
        ("1.2.3", "a==1.2.3"),
        (">=1.2,<3", "a>=1.2,<3"),
        (">= 1.2, != 1.5", "a>=1.2,!=1.5"),
        ("~=1.4", "a~=1.4"),
        ("^1 || ^2", "a>=1,<2"),
        ({"version": "^1", "extras": ["x", "y"]}, "a[x,y]>=1,<2"),
        ({"version": "1", "markers": "os_name == 'nt'"}, "a==1; os_name == 'nt'"),
        ([{"version": "^1"}, {"version": "^2"}], "a>=1,<2"),
    ],
)
def test_poetry_s_spellings_are_translated(version: object, requirement: str) -> None:
    assert list(from_poetry({"a": version})) == [requirement]


@pytest.mark.parametrize(
    "entry", [{"path": "../a"}, {"git": "https://example.com"}, {"version": "^1", "optional": True}, 5, None]
)
def test_what_the_index_does_not_have_is_left_out(entry: object) -> None:
    assert list(from_poetry({"python": "^3.9", "a": entry, "b ; rm": "*"})) == []


@given(st.text(max_size=40))
def test_no_version_makes_an_option_or_another_line(version: str) -> None:
    for requirement in from_poetry({"a": version}):
        assert requirement.startswith("a")
        assert requirement.isprintable()


def test_a_group_includes_others_and_never_itself() -> None:
    groups = {
        "Test": ["pytest", {"include-group": "base"}, {"include-group": "test"}],
        "base": ["attrs", {"include-group": "test"}],
    }
    assert group(groups, "test") == ("pytest", "attrs")
    assert group(groups, "missing") == ()


POETRY = """
[[package]]
name = "Attrs"
version = "23.1.0"
[[package]]
name = "numpy"
version = "1.24.0"
[[package]]
name = "numpy"
version = "2.0.0"
[[package]]
name = "mine"
version = "0.1.0"
[package.source]
type = "directory"
url = "."
"""
UV = """
[[package]]
name = "attrs"
version = "23.1.0"
source = { registry = "https://example.com/simple" }
[[package]]
name = "mine"
version = "0.1.0"
source = { editable = "." }
[[package]]
name = "evil\\n--index-url=x"
version = "1"
"""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("poetry.lock", POETRY),
        ("uv.lock", UV),
        ("Pipfile.lock", '{"default": {"attrs": {"version": "==23.1.0"}}, "develop": {"evil": {"version": "1\\n2"}}}'),
    ],
)
def test_what_is_locked_once_becomes_a_constraint(path: str, text: str) -> None:
    assert locked(of({path: text}), path) == "attrs==23.1.0\n"


@pytest.mark.parametrize("text", ["", "package = 5", "[[package]]\nname = 5", "not toml [", "[package]\na = 1"])
def test_a_lock_that_cannot_be_read_constrains_nothing(text: str) -> None:
    assert locked(of({"poetry.lock": text}), "poetry.lock") == ""
