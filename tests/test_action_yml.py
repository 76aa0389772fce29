"""action.yml, the code behind it and the image say the same things."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from healer.adapters.actions import OUTPUTS
from healer.adapters.inputs import INPUTS, arguments
from healer.adapters.sandboxes.users import USERS
from healer.cli.configuration import ELSEWHERE, KEYS
from healer.cli.settings import DELIVERIES, ENGINES, parse_run, run_parser
from healer.models.outcome import Outcome

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SAMPLES = {
    "engine": "anthropic", "escalate-to": "x", "ensemble": "x", "reviewer": "x", "candidates": "2",
    "report": "junit.xml", "test-command": "pytest", "setup-command": "true",
    "setup": "none", "cache": "kept", "check": "true",
    "deliver": "patch", "rounds": "2", "proof-runs": "5",
    "workers": "3", "max-cost-usd": "0.1", "time-limit": "60", "case-time-limit": "9", "network": "none",
    "unsafe-no-sandbox": "true", "test-image": "node:22",
    "working-directory": "api", "model": "m", "source-root": "src", "allow-dependencies": "true",
}  # fmt: skip
SAMPLES |= {"max-cost-usd-per-day": "2", "model-price": "1/2", "record": "run.jsonl", "last-green": "HEAD~3"}
SAMPLES |= {"auto-merge": "true", "request-review": "ada"}
SAMPLES |= {"batch": "true", "batch-wait": "60", "max-minutes": "30"}
ELSEWHERE_NEEDED = {
    "max-cost-usd-per-day": {"cache": "kept"},
    "batch": {"cache": "kept"},
    "auto-merge": {"deliver": "pull-request"},
}
SECRETS = {
    "anthropic-federation-rule-id", "anthropic-organization-id", "anthropic-service-account-id",
    "anthropic-workspace-id", "aws-bearer-token-bedrock", "aws-region", "aws-access-key-id", "aws-secret-access-key",
    "aws-session-token", "anthropic-vertex-project-id", "cloud-ml-region", "google-oauth-access-token",
}  # fmt: skip
OF_JOBS = {"mode", "verdict", "proposal", "proposal-digest", "spent-usd"}
SECRETS |= {"github-token", "anthropic-api-key", "openai-api-key", "anthropic-base-url", "openai-base-url"}


def test_the_declared_inputs_are_those_that_are_read() -> None:
    assert set(ACTION["inputs"]) == set(INPUTS)


def test_the_declared_outputs_are_those_that_are_written() -> None:
    assert set(ACTION["outputs"]) == set(OUTPUTS)


@pytest.mark.parametrize("name", sorted(set(INPUTS) - SECRETS - OF_JOBS))
def test_every_input_is_taken_by_the_command_line(name: str) -> None:
    environment = {"ANTHROPIC_API_KEY": "k", "GITHUB_TOKEN": "t"}
    needed = ELSEWHERE_NEEDED.get(name, {})
    with_it, without = arguments({**needed, name: SAMPLES[name]}, "/w"), arguments(needed, "/w")
    assert parse_run(with_it[1:], environment) != parse_run(without[1:], environment)


def test_defaults_are_ones_that_the_command_line_takes() -> None:
    given = {name: spec["default"] for name, spec in ACTION["inputs"].items() if "default" in spec}
    assert given.pop("github-token") == "${{ github.token }}"
    assert parse_run(arguments(given, "/w")[1:], {"GITHUB_TOKEN": "t"}).deliver == "pull-request"


@pytest.mark.parametrize("word", [*Outcome, *DELIVERIES])
def test_descriptions_name_every_choice(word: str) -> None:
    told = ACTION["outputs"]["outcome"]["description"] + ACTION["inputs"]["deliver"]["description"]
    assert word in told


@pytest.mark.parametrize("word", ENGINES)
def test_engines_are_named(word: str) -> None:
    assert word in ACTION["inputs"]["engine"]["description"]


def test_every_input_and_output_is_described_in_a_sentence() -> None:
    for spec in (*ACTION["inputs"].values(), *ACTION["outputs"].values()):
        assert spec["description"].endswith(".")
        assert len(spec["description"]) < 200


def test_no_input_travels_through_arguments_or_fixed_environment() -> None:
    assert ACTION["runs"] == {"using": "docker", "image": "Dockerfile"}


def test_the_users_that_tests_run_as_have_names_in_the_image() -> None:
    assert DOCKERFILE.count(f"seq {USERS.start} {USERS.stop - 1} |") == 2


def test_the_image_starts_isolated_from_the_workspace_and_the_environment() -> None:
    entry = 'ENTRYPOINT ["/opt/self-heal/bin/python", "-I", "-B", "/opt/self-heal/entrypoint.py"]'
    assert DOCKERFILE.rstrip().endswith(entry)
    assert not re.search(r"(?m)^(USER|WORKDIR|VOLUME|# *syntax)", DOCKERFILE)
    assert "--require-hashes" in DOCKERFILE


def test_the_image_knows_the_path_of_its_own_python() -> None:
    [version] = set(re.findall(r"python:?(3\.\d+)", DOCKERFILE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"Programming Language :: Python :: {version}" in project["classifiers"]


@pytest.mark.parametrize("name", sorted({*INPUTS, *OUTPUTS}))
def test_every_input_and_output_stands_in_the_readme(name: str) -> None:
    assert f"| `{name}` |" in (ROOT / "README.md").read_text(encoding="utf-8")


TABLE = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("|")
][2:]
OPTIONS = {f"--{name.replace('_', '-')}" for name in vars(run_parser().parse_args([]))}


def first_word(cell: str) -> str | None:
    match = re.match(r"`([^`]+)`", cell)
    return match[1] if match else None


def test_the_table_of_settings_has_every_option_input_and_key_once() -> None:
    options, inputs, keys = ([word for row in TABLE if (word := first_word(row[column]))] for column in range(3))
    assert sorted(option for option in options if option.startswith("--")) == sorted(OPTIONS)
    assert sorted(dict.fromkeys(inputs)) == sorted(INPUTS)
    assert sorted(keys) == sorted(KEYS)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_a_setting_has_one_name_wherever_it_can_be_given(row: list[str]) -> None:
    option, given, key = (first_word(cell) for cell in row[:3])
    name = (given or option or "").removeprefix("--")
    if key:
        assert key == name
    if option and given and option.isupper():
        assert name.replace("-", "_").upper() in {option, "GITHUB_TOKEN"}
    assert row[3]


def test_every_setting_is_taken_from_the_file_or_refused_there_by_name() -> None:
    assert {*KEYS, *ELSEWHERE} == {*INPUTS, *(option.removeprefix("--") for option in OPTIONS)}


@pytest.mark.parametrize("row", [row for row in TABLE if row[0].startswith("`--")], ids=lambda row: row[0])
def test_the_default_in_the_table_is_the_parser_s(row: list[str]) -> None:
    default = getattr(run_parser().parse_args([]), row[0].strip("`-").replace("-", "_"))
    told = {"localhost", "all", "the", "source", "a", "none", "off", "`$XDG_CACHE_HOME/self-heal`,", "standard"}
    if default is None or default is False or default == []:
        assert row[3].split()[0] in told
    elif isinstance(default, float):
        assert float(row[3]) == default
    elif isinstance(default, Path):
        assert row[3].startswith("the current folder")
    else:
        assert re.split(r"[,;]", row[3])[0] == str(default)
