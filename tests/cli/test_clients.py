"""Which client a run asks, with which credentials, under which caps."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest

from healer.adapters.models.anthropic import AnthropicClient
from healer.adapters.models.federation import FederatedAccount
from healer.adapters.models.openai import OpenAIClient
from healer.adapters.models.platforms import BedrockAccount, VertexAccount
from healer.adapters.spending import DailyLedger
from healer.budget import Budget
from healer.cli.clients import LiveClients, ledger, model_client
from healer.cli.settings import Settings, parse_run
from healer.errors import UsageError
from healer.models.change import Usage
from healer.prices import Price
from healer.redaction import Redactor

FEDERATION = {
    "ANTHROPIC_FEDERATION_RULE_ID": "fdrl_1", "ANTHROPIC_ORGANIZATION_ID": "org", "ANTHROPIC_WORKSPACE_ID": "wrkspc_1",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://run.actions.githubusercontent.com/token?x=1",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the-runner-s-request-token",
}  # fmt: skip
AWS = {"AWS_REGION": "eu-west-1", "AWS_BEARER_TOKEN_BEDROCK": "bedrock-key-0123456789"}
GOOGLE = {"ANTHROPIC_VERTEX_PROJECT_ID": "my-project", "GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.made-up-token"}


def settings(*arguments: str, **environment: str) -> Settings:
    return parse_run(arguments, environment)


def client(name: str, given: Settings) -> AnthropicClient | OpenAIClient:
    made = model_client(name, given.model, given, Budget(1.0, 1))
    assert isinstance(made, AnthropicClient | OpenAIClient)
    return made


def test_a_federation_rule_configures_anthropic_and_a_key_goes_before_it() -> None:
    given = settings(**FEDERATION)
    assert given.engines == ("embedded", "anthropic")
    made = client("anthropic", given)
    assert isinstance(made, AnthropicClient)
    assert isinstance(made.account, FederatedAccount)
    assert (made.account.rule, made.account.organization, made.account.workspace) == ("fdrl_1", "org", "wrkspc_1")
    with_key = client("anthropic", settings(**FEDERATION, ANTHROPIC_API_KEY="k"))
    assert isinstance(with_key, AnthropicClient)
    assert with_key.account is None
    assert "the-runner-s-request-token" in given.keys.secrets
    assert "the-runner-s-request-token" not in repr(given) + repr(made)


RULE_ALONE = {name: value for name, value in FEDERATION.items() if not name.startswith("ACTIONS")}


def test_a_model_that_was_named_and_that_github_does_not_vouch_for_is_told_what_it_lacks() -> None:
    with pytest.raises(UsageError, match="id-token: write"):
        client("anthropic", settings("--engine=anthropic", **RULE_ALONE))


def test_a_rule_that_nobody_vouches_for_is_noted_and_keeps_from_no_other_engine() -> None:
    given = settings(**RULE_ALONE)
    assert given.engines == ("embedded",)
    assert "id-token: write" in (given.keys.note or "")
    assert settings(**FEDERATION).keys.note is None
    assert settings(**RULE_ALONE, ANTHROPIC_API_KEY="k").keys.note is None
    assert settings().keys.note is None


def test_the_end_of_a_run_is_the_end_of_its_calls() -> None:
    unlimited = LiveClients(settings(ANTHROPIC_API_KEY="k"))
    assert unlimited.ends is None
    before = time.monotonic()
    clients = LiveClients(settings("--max-minutes=5", "--model=m", ANTHROPIC_API_KEY="k", OPENAI_API_KEY="k"))
    clients.open(Budget(1.0, 1), "b" * 40, Redactor(()))
    assert clients.ends is not None
    assert before + 300 <= clients.ends <= time.monotonic() + 300
    for name in ("anthropic", "openai"):
        made = clients.client(name, "m")
        assert isinstance(made, AnthropicClient | OpenAIClient)
        assert made.ends == clients.ends


def test_a_rule_whose_token_would_go_elsewhere_is_refused() -> None:
    with pytest.raises(UsageError, match="is not GitHub's"):
        client("anthropic", settings(**{**FEDERATION, "ACTIONS_ID_TOKEN_REQUEST_URL": "https://evil.example/"}))


def test_clouds_are_asked_by_name_alone() -> None:
    assert settings(**AWS, **GOOGLE).engines == ("embedded",)
    bedrock = client("bedrock", settings("--engine=bedrock", "--model=us.anthropic.claude-sonnet-5-5", **AWS))
    assert isinstance(bedrock, AnthropicClient)
    assert isinstance(bedrock.account, BedrockAccount)
    assert bedrock.base_url == "https://bedrock-runtime.eu-west-1.amazonaws.com"
    vertex = client("vertex", settings("--engine=vertex", "--model=claude-sonnet-5-5", **GOOGLE))
    assert isinstance(vertex, AnthropicClient)
    assert isinstance(vertex.account, VertexAccount)
    assert vertex.base_url == "https://aiplatform.googleapis.com/v1"


@pytest.mark.parametrize("engine", ["bedrock", "vertex"])
def test_a_cloud_without_its_keys_is_told_which(engine: str) -> None:
    with pytest.raises(UsageError, match=f"--engine {engine} needs"):
        client(engine, settings(f"--engine={engine}", "--model=m"))
    with pytest.raises(UsageError, match="needs --model"):
        settings(f"--engine={engine}", **AWS, **GOOGLE)


def test_a_price_that_was_given_holds_for_models_that_are_not_listed() -> None:
    given = settings("--engine=openai", "--model=gpt-x", "--model-price=0.5/1.5", OPENAI_API_KEY="k")
    assert client("openai", given).price == Price(0.5, 1.5, 0.5, 0.5)
    assert client("openai", given).cost_note is None
    listed = settings("--model=claude-opus-5-5", "--model-price=0.5/1.5", ANTHROPIC_API_KEY="k")
    assert client("anthropic", listed).price is None
    unlisted = client("openai", settings("--engine=openai", "--model=gpt-x", OPENAI_API_KEY="k"))
    assert "--model-price" in (unlisted.cost_note or "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model-price=1"], "two sums of dollars"),
        (["--model-price=1/x"], "two sums of dollars"),
        (["--model-price=-1/2"], "two sums of dollars"),
        (["--model-price=inf/2"], "two sums of dollars"),
        (["--max-cost-usd-per-day=-1", "--state=x"], "sum of dollars"),
        (["--max-cost-usd-per-day=nan", "--state=x"], "sum of dollars"),
        (["--max-cost-usd-per-day=1"], "--state"),
        (["--max-cost-usd-per-day=1", "--state=none"], "--state"),
        (["--max-cost-usd=inf"], "sum of dollars"),
    ],
    ids=" ".join,
)
def test_sums_that_are_none_are_refused(arguments: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        settings(*arguments)


def test_a_cap_for_the_day_is_kept_below_the_state_folder(tmp_path: Path) -> None:
    arguments = ("--max-cost-usd-per-day=1", f"--state={tmp_path}")
    kept = ledger(settings(*arguments, ANTHROPIC_API_KEY="k"))
    assert kept is not None
    kept.settle(kept.reserve(0.5), Usage(cost_usd=0.5))
    assert DailyLedger(tmp_path, 1.0).spent_usd == 0.5
    assert ledger(settings(*arguments)) is None, "nobody is asked who costs anything"
    assert ledger(settings(ANTHROPIC_API_KEY="k")) is None
    assert settings(HOME="/home/me").spending.state == Path("/home/me/.local/state/self-heal")
    assert settings(HOME="/home/me", XDG_STATE_HOME="/s").spending.state == Path("/s/self-heal")


def test_a_ledger_that_cannot_be_trusted_is_told_before_the_tests_run(tmp_path: Path) -> None:
    day = dt.datetime.now(dt.UTC).date().isoformat()
    (tmp_path / f"spending-{day}.jsonl").write_text("torn", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be trusted"):
        ledger(settings("--max-cost-usd-per-day=1", f"--state={tmp_path}", ANTHROPIC_API_KEY="k"))
