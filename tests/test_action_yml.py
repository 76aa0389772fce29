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
from healer.adapters.sandbox import SANDBOX_ID
from healer.cli.settings import DELIVERIES, ENGINES, parse_run
from healer.models.outcome import Outcome

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SAMPLES = {
    "engine": "anthropic", "report": "junit.xml", "test-command": "pytest", "setup-command": "true",
    "setup": "none", "cache": "kept", "check": "true",
    "deliver": "patch", "rounds": "2", "proof-runs": "5",
    "workers": "3", "max-cost-usd": "0.1", "time-limit": "60", "case-time-limit": "9", "network": "none",
    "unsafe-no-sandbox": "true",
    "working-directory": "api", "model": "m", "source-root": "src", "allow-dependencies": "true",
}  # fmt: skip
SECRETS = {"github-token", "anthropic-api-key", "openai-api-key", "anthropic-base-url", "openai-base-url"}


def test_the_declared_inputs_are_those_that_are_read() -> None:
    assert set(ACTION["inputs"]) == set(INPUTS)


def test_the_declared_outputs_are_those_that_are_written() -> None:
    assert set(ACTION["outputs"]) == set(OUTPUTS)


@pytest.mark.parametrize("name", sorted(set(INPUTS) - SECRETS))
def test_every_input_is_taken_by_the_command_line(name: str) -> None:
    environment = {"ANTHROPIC_API_KEY": "k"}
    with_it, without = arguments({name: SAMPLES[name]}, "/w"), arguments({}, "/w")
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


def test_the_image_has_the_sandbox_user() -> None:
    assert f"useradd --uid {SANDBOX_ID} --gid {SANDBOX_ID}" in DOCKERFILE


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
