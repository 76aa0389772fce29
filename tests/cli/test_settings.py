"""Options, the repository's own settings and defaults become one run's settings, or one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from healer.cli.settings import parse_run
from healer.errors import UsageError

if TYPE_CHECKING:
    from tests.shop import Shop

WRONG = {
    "--rounds=0": "--rounds is 1, 2 or 3, not 0",
    "--rounds=many": "argument --rounds: invalid int value: 'many'",
    "--proof-runs=1": "--proof-runs is a number from 2 to 20, not 1",
    "--proof-runs=21": "--proof-runs is a number from 2 to 20, not 21",
    "--proof-runs=3.5": "argument --proof-runs: invalid int value",
    "--workers=-1": "--workers is a number up to 64, or 0 for one a processor, not -1",
    "--workers=65": "--workers is a number up to 64",
    "--workers=all": "argument --workers: invalid int value: 'all'",
    "--time-limit=0": "--time-limit is a number of seconds, not 0",
    "--time-limit=nan": "--time-limit is a number of seconds, not nan",
    "--case-time-limit=0": "--case-time-limit is a number of seconds, not 0",
    "--case-time-limit=-3": "--case-time-limit is a number of seconds, not -3",
    "--case-time-limit=inf": "--case-time-limit is a number of seconds, not inf",
    "--case-time-limit=soon": "argument --case-time-limit: invalid float value: 'soon'",
    "--max-cost-usd=-1": "--max-cost-usd is a sum of dollars, not -1",
    "--network=some": "argument --network: invalid choice: 'some' (choose from",
    "--network=": "argument --network: invalid choice: ''",
    "--setup=maybe": "argument --setup: invalid choice: 'maybe'",
    "--check=": "--check needs a command",
    "--engine=anthropic": "--engine anthropic needs ANTHROPIC_API_KEY",
}


@pytest.mark.parametrize(("option", "said"), WRONG.items(), ids=WRONG)
def test_a_wrong_value_is_told_in_a_sentence(option: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_run([option], {})
    assert said in caught.value.sentence


def test_several_wrong_values_are_told_at_once_and_end_in_two(shop: Shop) -> None:
    ran = shop.heal("--rounds=9", "--workers=99", "--case-time-limit=0", "--proof-runs=0")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count(" is ") == 4
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("options", "file", "expected"),
    [
        ([], {}, 3),
        ([], {"rounds": 2}, 2),
        (["--rounds=3"], {"rounds": 2}, 3),
    ],
    ids=["the default", "the file over the default", "an option over the file"],
)
def test_what_is_said_nearest_to_the_call_wins(options: list[str], file: dict[str, Any], expected: int) -> None:
    assert parse_run(options, {}, file=file).rounds == expected


def test_a_list_that_is_given_replaces_the_file_s() -> None:
    file = {"source-root": ["src"], "check": ["mypy src"]}
    settings = parse_run(["--source-root=lib"], {}, file=file)
    assert settings.source_roots == ("lib",)
    assert settings.checks == (("mypy", "src"),)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [([], ("sh", "-c", "pytest | cat")), (["--", "make", "test"], ("make", "test"))],
    ids=["the file's", "the call's"],
)
def test_the_test_command_of_the_file_is_for_calls_without_one(
    arguments: list[str], expected: tuple[str, ...]
) -> None:  # fmt: skip
    assert parse_run(arguments, {}, file={"test-command": "pytest | cat"}).command == expected


KEYS = {"ANTHROPIC_API_KEY": "k"}


@pytest.mark.parametrize(
    ("options", "environment", "allowed", "expected"),
    [
        ([], KEYS, ["embedded"], ("embedded",)),
        ([], KEYS, ["anthropic", "embedded"], ("embedded", "anthropic")),
        ([], {}, ["anthropic", "embedded"], ("embedded",)),
        (["--engine=anthropic"], KEYS, ["embedded"], ("anthropic",)),
    ],
    ids=["fewer", "in order of cost", "one without its key", "the call asks for another"],
)
def test_the_file_says_which_of_the_configured_engines_may_be_asked(
    options: list[str], environment: dict[str, str], allowed: list[str], expected: tuple[str, ...]
) -> None:
    assert parse_run(options, environment, file={"engine": allowed}).engines == expected


def test_a_file_that_leaves_no_engine_is_told() -> None:
    with pytest.raises(UsageError, match="allows only engines that nothing here configures"):
        parse_run([], {}, file={"engine": ["anthropic"]})
