"""`self-heal doctor` on real checkouts: what is there, what is lacking and what to do, no secret ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from healer.cli.checkup import Checkup, Finding
from healer.cli.doctor_text import as_text
from tests.shop import PYTEST, Shop

SECRETS = {"ANTHROPIC_API_KEY": "sk-ant-made-up", "GITHUB_TOKEN": "ghs_made_up", "OPENAI_API_KEY": "sk-made-up"}


def doctor(place: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(place)}
    return subprocess.run(
        [sys.executable, "-m", "healer", "doctor", *arguments],
        cwd=place, env={**clean, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def document(place: Path, *arguments: str, **environment: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(doctor(place, "--format=json", *arguments, **environment).stdout)
    return found


def states(found: dict[str, Any], area: str) -> dict[str, str]:
    return {one["name"]: one["state"] for one in found["findings"] if one["area"] == area}


def test_a_project_that_can_be_run_is_ready(shop: Shop) -> None:
    before = shop.state()
    done = doctor(shop.path, "--", *PYTEST)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("a run could work\n")
    assert "\x1b" not in done.stdout
    assert "nothing is set up: the test command names a program of its own" in done.stdout
    assert shop.state() == before


def test_keys_are_present_or_absent_and_never_shown(shop: Shop) -> None:
    done = doctor(shop.path, "--", *PYTEST, **SECRETS)
    assert not [secret for secret in SECRETS.values() if secret in done.stdout + done.stderr]
    found = document(shop.path, "--", *PYTEST, **SECRETS)
    assert set(states(found, "key").values()) == {"ok"}
    assert set(states(document(shop.path, "--", *PYTEST), "key").values()) == {"note"}


@pytest.mark.parametrize(
    ("environment", "state", "said"),
    [
        pytest.param({}, "note", "only a workflow has one", id="a laptop"),
        pytest.param({"GITHUB_ACTIONS": "true"}, "ok", "nothing worth stealing", id="a job with nothing"),
        pytest.param(
            {"GITHUB_ACTIONS": "true", "OPENAI_API_KEY": "made-up"},
            "note",
            "holds OPENAI_API_KEY",
            id="a job with a key",
        ),
    ],
)
def test_whether_this_is_a_job_that_tests_may_run_in_is_told(
    shop: Shop, environment: dict[str, str], state: str, said: str
) -> None:
    found = document(shop.path, "--unsafe-no-sandbox", "--", *PYTEST, **environment)
    [job] = [one for one in found["findings"] if one["name"] == "separate job"]
    assert (job["state"], said in job["detail"]) == (state, True)


def test_what_would_be_run_is_told_with_its_reasons(shop: Shop) -> None:
    shop.write("pyproject.toml", '[project]\nname = "shop"\ndependencies = ["no-such-thing-anywhere"]\n')
    shop.commit("Depend on something")
    found = document(shop.path)
    assert found["suite"]["set_up"] is True
    assert "no-such-thing-anywhere" in found["suite"]["why"]
    assert found["suite"]["test"] == ["python", "-m", "pytest"]
    assert "-r" in found["suite"]["steps"][0]
    assert any("pytest" in reason for reason in found["suite"]["reasons"])


@pytest.mark.parametrize(
    ("arguments", "set_up", "why"),
    [
        (["--", "make", "test"], False, "nobody can tell what make needs"),
        (["--", *PYTEST], False, "names a program of its own"),
        (["--", "sh", "-c", f"'{sys.executable}' -m pytest"], False, "names a Python of its own"),
        (["--", "sh", "-c", "cd . && pytest"], False, "has what the tests need"),
        (["--setup=always", "--", *PYTEST], True, "--setup always"),
        (["--setup=none"], False, "--setup none"),
        (["--setup-command", "true"], True, "--setup-command was given"),
        ([], False, "has what the tests need"),
    ],
    ids=[
        "opaque",
        "by path",
        "by path in a shell",
        "by name in a shell",
        "always",
        "none",
        "a command",
        "what is there",
    ],
)
def test_something_is_set_up_only_where_it_has_to_be(
    shop: Shop, arguments: list[str], *, set_up: bool, why: str
) -> None:
    found = document(shop.path, *arguments)["suite"]
    assert (found["set_up"], why in found["why"]) == (set_up, True), found


def test_every_setting_tells_where_it_comes_from(shop: Shop) -> None:
    found = document(shop.path, "--rounds=2", "--unsafe-no-sandbox", "--", *PYTEST, ANTHROPIC_API_KEY="k")
    sources = {one["name"]: (one["value"], one["source"]) for one in found["configuration"]}
    assert sources["rounds"] == ("2", "--rounds")
    assert sources["unsafe-no-sandbox"] == ("yes", "--unsafe-no-sandbox")
    assert sources["deliver"] == ("branch", "default")
    assert sources["engine"] == ("embedded, anthropic", "keys in the environment")
    assert sources["cache"] == (f"{shop.path}/.cache/self-heal", "HOME or XDG_CACHE_HOME")
    assert sources["test command"][1] == "after --"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--", "no-such-runner"], "command_not_found"),
        (["--base", "no-such-commit", "--", "true"], "no_commit"),
    ],
)
def test_what_is_lacking_ends_in_one_with_what_to_do(shop: Shop, arguments: list[str], code: str) -> None:
    done = doctor(shop.path, "--format=json", *arguments)
    found = json.loads(done.stdout)
    assert (done.returncode, found["ready"]) == (1, False)
    (lacking,) = (one for one in found["findings"] if one["state"] == "lacking")
    assert lacking["name"] == code
    assert "; " in lacking["detail"]


def test_outside_of_a_repository_the_rest_is_told_all_the_same(tmp_path: Path) -> None:
    done = doctor(tmp_path, "--", "true")
    assert done.returncode == 1
    assert "not_a_repository: " in done.stdout
    assert "run `git init` and commit" in done.stdout
    assert "git: /" in done.stdout


def test_without_git_nothing_works_and_that_is_said(tmp_path: Path) -> None:
    done = doctor(tmp_path, "--", "true", PATH=str(tmp_path))
    assert done.returncode == 1
    assert "install git" in done.stdout


def test_wrong_usage_is_told_by_the_command_s_own_name(tmp_path: Path) -> None:
    done = doctor(tmp_path, "--no-such-option")
    assert done.returncode == 2
    assert "self-heal doctor --help" in done.stderr


def test_on_a_terminal_states_are_coloured_and_text_from_outside_commands_nothing() -> None:
    checkup = Checkup((Finding("tool", "git\x1b[2J", "lacking", "a\nb", "do"),), None)
    text = as_text(checkup, (("repo", "x\x1b", "default"),), color=True)
    assert "\x1b[31mlacking\x1b[0m" in text
    assert "\x1b[2J" not in text
    assert "a b" in text
