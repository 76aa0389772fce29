"""From the runner's environment to a command line and a clean environment."""

from __future__ import annotations

import shlex

import pytest

from healer.adapters.inputs import arguments, clean_environment, inputs, words

WORKSPACE = "/github/workspace"


def test_inputs_keep_their_hyphens_and_lose_their_blanks() -> None:
    assert inputs({"INPUT_TEST-COMMAND": " pytest \n", "INPUT_ROUNDS": "", "INPUT_TEST_COMMAND": "no"}) == {
        "test-command": "pytest"
    }


def test_an_input_that_is_not_declared_is_not_read() -> None:
    assert inputs({"INPUT_ENTRYPOINT": "sh", "INPUT_REPO": "/", "INPUT_OUTPUT": "/etc/passwd"}) == {}


def test_without_inputs_the_workspace_is_repaired() -> None:
    assert arguments({}, WORKSPACE) == ["run", "--repo", WORKSPACE, "--state=none"]


def test_every_input_finds_its_argument() -> None:
    given = {
        "working-directory": "services/api", "model": "m", "setup-command": "pip install -e . && true",
        "deliver": "patch", "rounds": "2", "max-cost-usd": "1.5", "time-limit": "60", "engine": "embedded\nopenai\n",
        "report": "a/*.xml\n\n b.json ", "check": "ruff check", "unsafe-no-sandbox": "true",
        "source-root": "src\nlib", "allow-dependencies": "TRUE", "test-command": "pytest -q",
        "github-token": "secret", "anthropic-api-key": "secret", "openai-api-key": "secret",
    }  # fmt: skip
    assert arguments(given, WORKSPACE) == [
        "run", "--repo", f"{WORKSPACE}/services/api", "--model=m", "--setup-command=pip install -e . && true",
        "--deliver=patch", "--rounds=2", "--max-cost-usd=1.5", "--time-limit=60", "--engine=embedded",
        "--engine=openai", "--report=a/*.xml", "--report=b.json", "--check=ruff check",
        "--source-root=src", "--source-root=lib", "--state=none", "--unsafe-no-sandbox", "--allow-dependencies",
        "--", "pytest", "-q",
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["false", "no", "1", "yes"])
def test_only_true_gives_up_the_sandbox(value: str) -> None:
    assert "--unsafe-no-sandbox" not in arguments({"unsafe-no-sandbox": value}, WORKSPACE)


@pytest.mark.parametrize("value", ["--deliver=branch", "-x", "a b", "$(id)", "--"])
def test_a_value_never_becomes_an_option(value: str) -> None:
    assert f"--model={value}" in arguments({"model": value}, WORKSPACE)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("pytest -q", ["pytest", "-q"]),
        ("python -m pytest 'tests/a b.py'", ["python", "-m", "pytest", "tests/a b.py"]),
        ("make test && make lint", ["sh", "-c", "make test && make lint"]),
        ("CI=1 pytest", ["sh", "-c", "CI=1 pytest"]),
        ("pytest tests/*.py", ["sh", "-c", "pytest tests/*.py"]),
        ("pytest $ARGS", ["sh", "-c", "pytest $ARGS"]),
        ("cd api\npytest", ["sh", "-c", "cd api\npytest"]),
        ("pytest 'unfinished", ["sh", "-c", "pytest 'unfinished"]),
    ],
)
def test_a_command_is_split_unless_it_needs_a_shell(command: str, expected: list[str]) -> None:
    assert words(command) == expected


def test_keys_and_addresses_come_from_inputs_alone() -> None:
    planted = {
        "ANTHROPIC_API_KEY": "planted", "ANTHROPIC_BASE_URL": "http://192.0.2.1", "OPENAI_BASE_URL": "http://192.0.2.1",
        "GITHUB_TOKEN": "planted", "INPUT_ANTHROPIC-API-KEY": "given",
    }  # fmt: skip
    kept = clean_environment(planted, inputs(planted))
    assert kept["ANTHROPIC_API_KEY"] == "given"
    assert not {"ANTHROPIC_BASE_URL", "OPENAI_BASE_URL", "GITHUB_TOKEN"} & set(kept)


@pytest.mark.parametrize(
    "name",
    [
        "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "LD_PRELOAD", "LD_LIBRARY_PATH", "BASH_ENV", "GIT_DIR",
        "GIT_CONFIG_COUNT", "GIT_SSH_COMMAND", "TMPDIR", "HTTPS_PROXY", "REQUESTS_CA_BUNDLE", "ACTIONS_RUNTIME_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SELF_HEAL_DEBUG", "NODE_OPTIONS", "GITHUB_ENV", "GITHUB_PATH",
    ],
)  # fmt: skip
def test_what_an_earlier_step_could_plant_is_dropped(name: str) -> None:
    assert name not in clean_environment({name: "planted"}, {})


def test_paths_are_the_images_own() -> None:
    kept = clean_environment({"PATH": "/github/workspace", "HOME": "/github/home"}, {})
    assert kept["PATH"].split(":")[-1] == "/bin"
    assert "/github" not in shlex.join(kept.values())


def test_what_the_runner_says_of_the_job_is_kept() -> None:
    facts = {"GITHUB_REPOSITORY": "octo/shop", "GITHUB_EVENT_PATH": "/github/workflow/event.json", "RUNNER_TEMP": "/t"}
    assert facts.items() <= clean_environment(facts, {}).items()


def test_the_runners_debug_mode_is_ours() -> None:
    assert clean_environment({"RUNNER_DEBUG": "1"}, {})["SELF_HEAL_DEBUG"] == "1"


def test_the_runner_s_identity_is_taken_only_where_a_federation_rule_says_what_for() -> None:
    runner = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x.actions.githubusercontent.com/",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t",
    }
    assert not runner.items() & clean_environment(runner, {}).items()
    kept = clean_environment(runner, {"anthropic-federation-rule-id": "fdrl_1", "anthropic-organization-id": "org"})
    assert {
        **runner,
        "ANTHROPIC_FEDERATION_RULE_ID": "fdrl_1",
        "ANTHROPIC_ORGANIZATION_ID": "org",
    }.items() <= kept.items()


def test_what_outlives_the_job_lies_below_the_cache_and_a_record_below_the_runner_s_own_folder() -> None:
    assert "--state=/kept/state" in arguments({"max-cost-usd-per-day": "1", "cache": "/kept"}, "/w")
    assert "--state=none" in arguments({"max-cost-usd-per-day": "1"}, "/w")
    assert "--record=/t/passwd" in arguments({"record": "../../etc/passwd"}, "/w", "/t")
