"""The repository's own settings are those of its default branch, whatever the branch under repair says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.forge import Forge, git
from tests.shop import PYTEST, WRONG_SIGN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.shop import Shop

FILE = ".github/self-heal.yml"
REPOSITORY = "octo/shop"


def rounds(shop: Shop, *arguments: str) -> tuple[str, str]:
    """Return how many rounds `doctor` would have a run take, and where that is said."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME")}
    done = subprocess.run(
        [sys.executable, "-m", "healer", "doctor", "--format=json", *arguments, "--", *PYTEST],
        cwd=shop.path, env=clean, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return next((one["value"], one["source"]) for one in found["configuration"] if one["name"] == "rounds")


@pytest.fixture
def cloned(shop: Shop) -> Shop:
    """Return a shop whose default branch is known, on another branch whose file says something else."""
    shop.write(FILE, "rounds: 2\n")
    shop.commit("Settings")
    shop.git("update-ref", "refs/remotes/origin/main", "HEAD")
    shop.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    shop.git("checkout", "--quiet", "-b", "topic")
    shop.write(FILE, "rounds: 1\n")
    shop.commit("Other settings")
    return shop


def test_the_default_branch_s_file_is_read_and_no_other(cloned: Shop) -> None:
    cloned.write(FILE, "nonsense\n")
    value, source = rounds(cloned)
    assert value == "2"
    assert source.startswith(f"{FILE} of origin's default branch (")
    assert rounds(cloned, "--rounds=3") == ("3", "--rounds")


def test_a_default_branch_without_a_file_has_no_settings(cloned: Shop) -> None:
    cloned.git("update-ref", "refs/remotes/origin/main", "HEAD~2")
    assert rounds(cloned) == ("3", "default")


def test_without_a_known_default_branch_head_counts_and_that_is_said(shop: Shop) -> None:
    shop.write(FILE, "rounds: 2\nproof-runs: 4\n")
    shop.commit("Settings")
    shop.break_it(WRONG_SIGN)
    shop.write(FILE, "rounds: 1\n")
    assert rounds(shop)[0] == "2"
    ran = shop.heal("--format=json", "--deliver=summary", "--", *PYTEST)
    assert ran.document["outcome"] == "fixed"
    assert f"{FILE} was read from HEAD (" in ran.err
    assert "git remote set-head origin --auto" in ran.err
    assert "settings" in ran.err


def test_a_wrong_file_ends_the_run_with_its_line_and_code_two(shop: Shop) -> None:
    shop.write(FILE, "rounds: 2\nunsafe-no-sandbox: true\nround: 1\n")
    shop.commit("Settings")
    ran = shop.heal("--", *PYTEST)
    assert (ran.code, ran.out) == (2, "")
    assert f"{FILE} of HEAD (" in ran.err
    assert "line 2: `unsafe-no-sandbox` is not taken from this file" in ran.err
    assert "line 3: there is no setting 'round'; did you mean `rounds`?" in ran.err


def test_a_file_by_the_other_ending_is_not_passed_over_in_silence(shop: Shop) -> None:
    shop.write(".github/self-heal.yaml", "rounds: 2\n")
    shop.commit("Settings")
    ran = shop.heal("--", *PYTEST)
    assert ran.code == 2
    assert f".github/self-heal.yaml is not read; name it {FILE}" in ran.err


def test_a_link_is_no_settings_file(shop: Shop) -> None:
    (shop.path / ".github").mkdir()
    (shop.path / FILE).symlink_to("/proc/self/environ")
    shop.commit("Settings")
    ran = shop.heal("--", *PYTEST)
    assert ran.code == 2
    assert "is no regular file" in ran.err


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    with Forge(tmp_path / "forge") as server:
        yield server
    assert not server.violations


def on_a_runner(shop: Shop, forge: Forge | None, *arguments: str) -> tuple[int, str]:
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": REPOSITORY}
    if forge is not None:
        environment |= {
            "GITHUB_TOKEN": forge.token, "GITHUB_SERVER_URL": forge.url, "GITHUB_API_URL": forge.api_url,
        }  # fmt: skip
    options = ("--deliver=summary", "--unsafe-no-sandbox", *arguments, "--", *PYTEST)
    ran = shop.heal(*options, environment=environment)
    return ran.code, ran.err


def test_on_a_runner_the_server_s_default_branch_counts_whatever_the_checkout_says(cloned: Shop, forge: Forge) -> None:
    cloned.git("branch", "--force", "main", "topic~1")
    cloned.git("checkout", "--quiet", "main")
    forge.add_repository(REPOSITORY, cloned.path)
    cloned.git("checkout", "--quiet", "topic")
    cloned.git("update-ref", "refs/remotes/origin/main", "HEAD")
    code, said = on_a_runner(cloned, forge)
    assert code == 0, said
    commit = cloned.git("rev-parse", "main")
    assert f"{FILE} of the default branch ({commit[:10]}) is obeyed" in said
    assert "POST /octo/shop.git/git-upload-pack" not in said


def test_on_a_runner_a_default_branch_that_is_not_here_is_fetched(shop: Shop, forge: Forge, tmp_path: Path) -> None:
    forge.add_repository(REPOSITORY, shop.path)
    other = tmp_path / "other"
    git("clone", "--quiet", str(forge.directory(REPOSITORY)), str(other))
    (other / ".github").mkdir()
    (other / FILE).write_text("rounds: 7\n", encoding="utf-8")
    git("add", "--all", cwd=other)
    git("commit", "--quiet", "--message", "Settings", cwd=other)
    git("push", "--quiet", "origin", "HEAD", cwd=other)
    before = shop.state()
    code, said = on_a_runner(shop, forge)
    assert code == 2, said
    assert "line 1: `rounds` is 1, 2 or 3, not 7" in said
    assert shop.state() == before


def test_on_a_runner_without_a_token_the_file_is_not_read_and_that_is_said(shop: Shop) -> None:
    shop.write(FILE, "nonsense\n")
    shop.commit("Settings")
    code, said = on_a_runner(shop, None)
    assert code == 0, said
    assert f"{FILE} was not read: that takes `github-token`" in said


def test_a_server_that_does_not_answer_ends_the_run_in_a_sentence(shop: Shop, forge: Forge) -> None:
    code, said = on_a_runner(shop, forge)
    assert code == 1
    assert "octo/shop could not be read" in said
