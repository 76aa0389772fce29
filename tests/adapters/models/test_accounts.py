"""Who asks, and how that is proved: federation, Bedrock, Vertex, over real HTTP in the formats of each."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from healer.adapters.models.anthropic import MAX_UNSTREAMED_TOKENS, AnthropicClient
from healer.adapters.models.federation import FederatedAccount, TokenRequest
from healer.adapters.models.platforms import BedrockAccount, VertexAccount
from healer.budget import Budget
from healer.errors import ModelUnavailable, UsageError
from healer.models.change import Usage
from healer.ports import Message, ModelRequest
from healer.prices import FREE
from tests.model_server import Fails, HangsUp, Raw, Says, model_server

if TYPE_CHECKING:
    from healer.adapters.models.sdk import Account
    from tests.model_server import ModelServer, Reply

QUESTION = ModelRequest("You repair.", (Message("user", "Repair this."),), 100_000)
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvOm8vcjpyZWYifQ.c2lnbmF0dXJl"
BEARER = "the-runner-s-own-request-token"
VOUCHED = Raw(json.dumps({"count": 1, "value": JWT}).encode())


SHORT_LIVED = "sk-ant-oat01-short-lived-0123456789"


def granted(token: str = SHORT_LIVED, seconds: int = 3_600) -> Raw:
    return Raw(json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": seconds}).encode())


def asking(account: Account, server: ModelServer, **options: Any) -> AnthropicClient:
    usual = {"model": "claude-sonnet-5-5", "budget": Budget(9.0, 50), "sleep": lambda _: None, "base_url": server.url}
    return AnthropicClient(account=account, **{**usual, **options})


def federated(server: ModelServer, **options: Any) -> AnthropicClient:
    request = TokenRequest(f"{server.url}/github/token?api-version=2.0", BEARER)
    account = FederatedAccount(request, "fdrl_1", "org-uuid", server.url, "svac_1", "wrkspc_1")
    return asking(account, server, **options)


def test_a_job_is_vouched_for_by_github_and_asks_with_a_token_of_anthropic_s() -> None:
    with model_server(VOUCHED, granted(), Says("fine"), Says("again"), counting=False) as server:
        client = federated(server)
        assert [client.complete(QUESTION).text for _ in range(2)] == ["fine", "again"]
        github, exchange, first, second = server.requests
    assert github.path == "/github/token?api-version=2.0&audience=https%3A%2F%2Fapi.anthropic.com"
    assert github.headers["authorization"] == f"Bearer {BEARER}"
    assert exchange.path == "/v1/oauth/token"
    assert "authorization" not in exchange.headers
    assert exchange.body == {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": JWT, "federation_rule_id": "fdrl_1",
        "organization_id": "org-uuid", "service_account_id": "svac_1", "workspace_id": "wrkspc_1",
    }  # fmt: skip
    for request in (first, second):
        assert request.headers["authorization"] == "Bearer sk-ant-oat01-short-lived-0123456789"
        assert BEARER not in json.dumps(request.headers)
        assert request.headers["anthropic-beta"].startswith("oauth-")


def test_a_token_that_is_about_to_end_is_replaced() -> None:
    script: list[Reply] = [VOUCHED, granted("sk-ant-oat01-first-0123456789", 5), Says("a")]
    script += [VOUCHED, granted("sk-ant-oat01-second-0123456789"), Says("b")]
    with model_server(*script) as server:
        client = federated(server, price=FREE)  # a price of nothing needs no counting before
        assert [client.complete(QUESTION).text for _ in range(2)] == ["a", "b"]
        used = [request.headers["authorization"] for request in server.requests if request.path == "/v1/messages"]
    assert used == ["Bearer sk-ant-oat01-first-0123456789", "Bearer sk-ant-oat01-second-0123456789"]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ([Fails(403, "no")], "GitHub answered 403"),
        ([Raw(b"{}")], "without a token"),
        ([Raw(b'{"value": 7}')], "without a token"),
        ([Raw(b'{"value": "' + b"x" * 20_000 + b'"}')], "without a token"),
        ([Raw(b"<html>")], "without a token"),
        ([Raw(b"", 302, (("location", "https://elsewhere.example"),))], "GitHub answered 302"),
        ([Raw(b" " * 2_000_000)], "GitHub was not reached"),
        ([HangsUp()], "GitHub was not reached"),
        ([VOUCHED, Fails(401, "no such rule")] * 2, "Token exchange failed"),
        ([VOUCHED, Raw(b"{}")], "missing required fields"),
        ([VOUCHED, Raw(b"[]")], "JSON"),
        ([VOUCHED, Raw(b"<html>")], "non-JSON"),
        ([VOUCHED, Raw(JWT.encode(), 400)], "redacted"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_job_that_nobody_vouches_for_asks_nothing_and_pays_nothing(script: list[Reply], words: str) -> None:
    budget = Budget(9.0, 50)
    with model_server(*script, counting=False) as server:
        with pytest.raises(ModelUnavailable) as raised:
            federated(server, budget=budget, price=FREE).complete(QUESTION)
        assert not [request for request in server.requests if request.path.startswith("/v1/messages")]
    error = raised.value
    assert (error.code, words in error.sentence) == ("no_identity", True), error.sentence
    assert "id-token: write" in error.sentence
    assert JWT not in error.sentence
    assert BEARER not in error.sentence + repr(error)
    assert (budget.usage, budget.calls) == (Usage(), 0)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("http://pipelines.actions.githubusercontent.com/token", "https://github.com"),
        ("https://actions.githubusercontent.com.evil.example/token", "https://github.com"),
        ("https://evilactions.githubusercontent.com/token", "https://github.com"),
        ("https://evil.example/?x=actions.githubusercontent.com", "https://github.com"),
        ("https://user@pipelines.actions.githubusercontent.com/token", "https://github.com"),
        ("https://ghe.example.evil/token", "https://ghe.example"),
        ("https://evil.example/token", ""),
        ("", "https://github.com"),
    ],
)
def test_the_request_token_goes_to_github_and_nowhere_else(url: str, server: str) -> None:
    with pytest.raises(UsageError) as refused:
        TokenRequest(url, BEARER, server)
    assert BEARER not in refused.value.sentence


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://pipelinesghubeus1.actions.githubusercontent.com/x//idtoken?api-version=2.0", "https://github.com"),
        ("https://run-actions-1.actions.githubusercontent.com/", "https://github.com"),
        ("https://ghe.example/_services/pipelines/idtoken?x=1", "https://ghe.example"),
        ("https://actions.corp.ghe.com/token", "https://corp.ghe.com"),
    ],
)
def test_github_s_own_addresses_are_known(url: str, server: str) -> None:
    assert TokenRequest(url, BEARER, server).url == url


def test_a_request_token_is_not_shown() -> None:
    assert BEARER not in repr(TokenRequest("https://pipelines.actions.githubusercontent.com/x", BEARER))


def bedrock(server: ModelServer, **keys: Any) -> BedrockAccount:
    return BedrockAccount("us-east-1", base_url=server.url, **(keys or {"api_key": "bedrock-api-key-0123456789"}))


def test_bedrock_is_asked_in_its_own_form_in_one_piece() -> None:
    budget = Budget(9.0, 50)
    with model_server(Raw(json.dumps(MESSAGE).encode())) as server:
        client = asking(bedrock(server), server, model="us.anthropic.claude-sonnet-5-5-v1:0", budget=budget)
        assert client.cost_note is None
        assert client.complete(QUESTION).text == "fine"
        (request,) = server.requests
    assert request.path == "/model/us.anthropic.claude-sonnet-5-5-v1:0/invoke"
    assert request.headers["authorization"] == "Bearer bedrock-api-key-0123456789"
    assert request.body["max_tokens"] == MAX_UNSTREAMED_TOKENS
    assert set(request.body) == {"anthropic_version", "max_tokens", "messages", "system"}
    assert budget.usage.cost_usd == pytest.approx(1.1 * (20 * 2 + 3 * 10) / 1e6)


MESSAGE = {
    "content": [{"type": "text", "text": "fine"}], "stop_reason": "end_turn",
    "usage": {"input_tokens": 20, "output_tokens": 3},
}  # fmt: skip


def test_aws_keys_sign_the_request_and_are_not_in_it() -> None:
    keys = {"access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": "wJalrXUtnFEMI/K7MDENG", "session_token": "session"}
    with model_server(Raw(json.dumps(MESSAGE).encode())) as server:
        assert asking(bedrock(server, **keys), server).complete(QUESTION).text == "fine"
        headers = server.requests[0].headers
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/")
    signed = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert set(signed) <= set(headers)
    assert "wJalrXUtnFEMI" not in json.dumps(headers)


WITHOUT_BOTO3 = """
import sys
sys.modules["boto3"] = sys.modules["botocore"] = None
from healer.adapters.models.platforms import BedrockAccount
from healer.errors import UsageError
try:
    BedrockAccount("us-east-1", access_key="AKIAIOSFODNN7EXAMPLE", secret_key="secret-of-aws-0123456789")
except UsageError as refused:
    print(refused.sentence)
"""


def test_aws_keys_without_boto3_are_refused_with_what_to_do() -> None:
    told = subprocess.run([sys.executable, "-c", WITHOUT_BOTO3], capture_output=True, check=True, text=True).stdout
    assert "install self-heal-action[bedrock]" in told
    assert "secret-of-aws" not in told


def test_vertex_is_asked_in_its_own_form_in_events() -> None:
    with model_server(Says("fine")) as server:
        account = VertexAccount("my-project", "us-east5", "ya29.made-up-token", f"{server.url}/v1")
        client = asking(account, server, model="claude-sonnet-5-5@20260915")
        reply = client.complete(QUESTION)
        (request,) = server.requests
    assert reply.text == "fine"
    project = "/v1/projects/my-project/locations/us-east5/publishers/anthropic/models"
    assert request.path == f"{project}/claude-sonnet-5-5@20260915:streamRawPredict"
    assert request.headers["authorization"] == "Bearer ya29.made-up-token"
    assert reply.usage.cost_usd == pytest.approx(
        1.1 * (reply.usage.input_tokens * 2 + reply.usage.output_tokens * 10) / 1e6
    )


@pytest.mark.parametrize(
    ("make", "address"),
    [
        (lambda: BedrockAccount("eu-west-1", "k"), "https://bedrock-runtime.eu-west-1.amazonaws.com"),
        (lambda: VertexAccount("my-project", "us-east5", "t"), "https://us-east5-aiplatform.googleapis.com/v1"),
        (lambda: VertexAccount("my-project", "global", "t"), "https://aiplatform.googleapis.com/v1"),
        (lambda: VertexAccount("my-project", "eu", "t"), "https://aiplatform.eu.rep.googleapis.com/v1"),
    ],
)
def test_a_region_names_the_host(make: Any, address: str) -> None:
    assert make().address == address


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: BedrockAccount("", "k"), "AWS region"),
        (lambda: BedrockAccount("evil.example/x", "k"), "AWS region"),
        (lambda: BedrockAccount("us-east-1"), "an API key"),
        (lambda: BedrockAccount("us-east-1", access_key="a"), "with its secret"),
        (lambda: VertexAccount("my-project", "evil.example/", "t"), "region"),
        (lambda: VertexAccount("../x", "global", "t"), "project"),
        (lambda: VertexAccount("my-project", "global", ""), "access token"),
    ],
)
def test_what_cannot_work_is_told_before_anything_is_sent(make: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        make()
