"""The options that say which models are asked."""

from __future__ import annotations

import pytest

from healer.budget import Budget
from healer.cli.clients import LiveClients
from healer.cli.engines import Cast, most_calls
from healer.cli.model_options import engine_and_model
from healer.cli.settings import ENGINES, parse_run
from healer.engines.model.engine import ModelEngine
from healer.engines.model.review import ModelReviewer
from healer.errors import UsageError
from healer.redaction import Redactor

KEYS = {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"}
ONE = ("--engine", "anthropic")


@pytest.mark.parametrize(
    ("named", "asked", "found"),
    [
        ("claude-x", ("embedded", "anthropic"), ("anthropic", "claude-x")),
        ("openai:gpt-x", ("embedded", "anthropic"), ("openai", "gpt-x")),
        ("llama3:70b", ("openai",), ("openai", "llama3:70b")),
        ("embedded:x", ("openai",), ("openai", "embedded:x")),
        ("claude-x", ("embedded",), None),
        ("openai:", ("openai",), None),
        ("", ("openai",), None),
    ],
)
def test_a_model_is_named_with_or_without_its_engine(
    named: str, asked: tuple[str, ...], found: tuple[str, str] | None
) -> None:
    assert engine_and_model(named, asked, ENGINES) == found


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--candidates", "0"), "--candidates is a number from 1 to 8, not 0"),
        (("--candidates", "9"), "--candidates is a number from 1 to 8, not 9"),
        (("--engine", "embedded", "--escalate-to", "big"), "--escalate-to big is a model of no engine that is asked"),
        (("--engine", "embedded", "--reviewer", "big"), "--reviewer big is a model of no engine that is asked"),
        (("--engine", "embedded", "--ensemble", "a", "--ensemble", "b"), "--ensemble b is a model of no engine"),
    ],
)
def test_what_names_no_model_is_refused_at_once(options: tuple[str, ...], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        parse_run(options, KEYS)


def test_the_models_of_a_run_are_those_that_were_asked_for() -> None:
    given = (*ONE, "--model", "claude-a", "--ensemble", "openai:gpt-b", "--escalate-to", "claude-c", "--reviewer", "d")
    settings = parse_run((*given, "--candidates", "4"), KEYS)
    clients = LiveClients(settings)
    clients.open(Budget(1.0, 9), "b" * 40, Redactor(()))
    cast = Cast(settings, clients, Redactor(()))
    (engine,) = cast.engines()
    reviewer = cast.reviewer()
    assert isinstance(engine, ModelEngine)
    assert [engine.asked(number) for number in (1, 2)] == [{"claude-a", "gpt-b"}, {"claude-c"}]
    assert (engine.candidates, engine.rivals) == (4, 3)
    assert isinstance(reviewer, ModelReviewer)
    assert reviewer.client.model == "d"
    assert reviewer.fence is engine.fence
    assert reviewer.reader is engine.reader


def test_without_a_reviewer_nobody_is_asked_for_an_opinion() -> None:
    settings = parse_run(ONE, KEYS)
    assert Cast(settings, LiveClients(settings), Redactor(())).reviewer() is None


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        ((), 12),
        (("--rounds", "1"), 4),
        (("--candidates", "3"), 18),
        (("--reviewer", "x"), 15),
        (("--ensemble", "x"), 12),
    ],
    ids=["usual", "one round", "candidates", "reviewer", "ensemble"],
)  # fmt: skip
def test_the_number_of_calls_is_capped_by_what_was_asked_for(options: tuple[str, ...], calls: int) -> None:
    assert most_calls(parse_run((*ONE, *options), KEYS)) == calls
