"""The locks: complete, hashed, of one mind, and free of anything that belongs to one machine."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ("build", "fuzz", "lint", "runtime", "test")
ENTRY = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>[^ ;]+)( ;[^\\]*)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n"
)
COMMENT = re.compile(r" *#.*\n")


def text_of(lock: str) -> str:
    return (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8")


def pins(lock: str) -> dict[str, set[str]]:
    """Return the versions of each package: several where that depends on the version of Python."""
    found: dict[str, set[str]] = {}
    for match in ENTRY.finditer(text_of(lock)):
        found.setdefault(match["name"], set()).add(match["version"])
    return found


def wanted(lock: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    dependencies = project["project"]["dependencies"] if lock in {"runtime", "test"} else []
    return [Requirement(line) for line in dependencies + project["dependency-groups"].get(lock, [])]


every_lock = pytest.mark.parametrize("lock", LOCKS)


@every_lock
def test_a_lock_holds_nothing_but_hashed_exact_versions_and_comments(lock: str) -> None:
    assert COMMENT.sub("", ENTRY.sub("", text_of(lock))) == ""


@every_lock
def test_a_lock_names_no_place_to_install_from(lock: str) -> None:
    assert re.findall(r"https?:|file:|--(?:extra-)?index|--find-links|(?:^|\s)/\w+", text_of(lock)) == []


@every_lock
def test_a_lock_satisfies_what_the_project_asks_for(lock: str) -> None:
    locked = pins(lock)
    unmet = [
        str(need)
        for need in wanted(lock)
        if not any(version in need.specifier for version in locked.get(canonicalize_name(need.name), ()))
    ]
    assert unmet == []


@every_lock
def test_one_environment_can_hold_every_lock(lock: str) -> None:
    others = {name: versions for other in LOCKS for name, versions in pins(other).items()}
    assert {name: versions for name, versions in pins(lock).items() if others[name] != versions} == {}
