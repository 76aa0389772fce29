"""Which client stands behind the name of a model engine, and whether what it says is kept, or played."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Protocol

from healer.adapters.models.anthropic import BASE_URL, AnthropicClient
from healer.adapters.models.federation import FederatedAccount, TokenRequest
from healer.adapters.models.openai import OpenAIClient
from healer.adapters.models.platforms import BedrockAccount, VertexAccount
from healer.adapters.models.recording import Recorder
from healer.adapters.spending import DailyLedger
from healer.budget import Budget
from healer.cli.model_options import FREE
from healer.cli.recorded import recorded_settings
from healer.cli.settings import DEFAULT_MODEL
from healer.delivery.document import result_document
from healer.errors import UsageError
from healer.prices import price

if TYPE_CHECKING:
    from healer.cli.keys import Federation
    from healer.cli.settings import Settings
    from healer.models.change import Usage
    from healer.models.outcome import HealResult
    from healer.ports import ModelClient
    from healer.redaction import Redactor


class Clients(Protocol):
    """The models of one run, opened once what it works on is known."""

    @property
    def marker(self) -> str:
        """What fences untrusted text in this run's prompts."""

    def open(self, budget: Budget, base: str, redact: Redactor) -> None:
        """Get ready to ask; raise UsageError where something is lacking."""

    def client(self, engine: str, model: str | None) -> ModelClient:
        """Return the client of an engine's name for a model (None: the one that this release was measured with)."""

    def usage(self) -> Usage:
        """Return what all calls used so far."""

    def conclude(self, result: HealResult) -> str | None:
        """Take note of how the run ended; return what people should know of that."""


class LiveClients:
    """Clients that ask their endpoints; what is said is kept where that was asked for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._budget = Budget(0.0, 0)
        self._recorder: Recorder | None = None
        self.marker = secrets.token_hex(8)

    def open(self, budget: Budget, base: str, redact: Redactor) -> None:
        """Get ready to ask, and to record; see `Clients`."""
        self._budget = budget
        if self._settings.spending.record is not None:
            run = recorded_settings(self._settings, base, self.marker)
            self._recorder = Recorder(self._settings.spending.record, run, redact)

    def client(self, engine: str, model: str | None) -> ModelClient:
        """Return the client; see `Clients`."""
        live = model_client(engine, model, self._settings, self._budget)
        return self._recorder.client(f"{engine}:{live.model}", live) if self._recorder else live

    def usage(self) -> Usage:
        """Return what the budget was charged."""
        return self._budget.usage

    def conclude(self, result: HealResult) -> str | None:
        """Write the record's end; see `Clients`."""
        if self._recorder is None:
            return None
        self._recorder.finish(self._budget.usage, result_document(result))
        self._recorder.close()
        return f"self-heal replay {self._recorder.path} runs this again, offline"


def ledger(settings: Settings) -> DailyLedger | None:
    """Return what remembers the day's spending, if it is capped; raise UsageError when it cannot be read."""
    spending = settings.spending
    if spending.per_day_usd is None or spending.state is None or set(settings.engines) <= set(FREE):
        return None
    kept = DailyLedger(spending.state, spending.per_day_usd)
    _ = kept.spent_usd  # a ledger that cannot be trusted is told before the tests run, not after
    return kept


def model_client(name: str, model: str | None, settings: Settings, budget: Budget) -> ModelClient:
    """Return the client that asks the endpoint of an engine's name; raise UsageError where something is lacking."""
    keys = settings.keys
    known = price(model or DEFAULT_MODEL)
    said = settings.spending.price if known is None else None
    if name == "openai":
        return OpenAIClient(model=model or "", budget=budget, api_key=keys.openai, base_url=keys.openai_url, price=said)
    if name == "anthropic":
        address = keys.anthropic_url or BASE_URL
        account = None if keys.anthropic or keys.federation is None else federated(keys.federation, address)
        return AnthropicClient(
            api_key=keys.anthropic or "", model=model or DEFAULT_MODEL, budget=budget, base_url=address,
            account=account, price=said,
        )  # fmt: skip
    cloud = _bedrock(settings) if name == "bedrock" else _vertex(settings)
    return AnthropicClient(model=model or "", budget=budget, base_url=cloud.address, account=cloud, price=said)


def federated(keys: Federation, address: str) -> FederatedAccount:
    """Return the account that GitHub vouches for; raise UsageError where this job may not have a token."""
    if not keys.request_url or not keys.request_token:
        raise UsageError(
            "a federation rule is given, but GitHub does not vouch for this job: add `permissions: id-token: write` to "
            "it, or give ANTHROPIC_API_KEY (in the action, anthropic-api-key)",
            code="no_identity",
        )
    request = TokenRequest(keys.request_url, keys.request_token, keys.server)
    return FederatedAccount(
        request, keys.rule, keys.organization, address, keys.service_account, keys.workspace
    )  # fmt: skip


def _bedrock(settings: Settings) -> BedrockAccount:
    keys = settings.keys.bedrock
    if keys is None:
        raise UsageError(
            "--engine bedrock needs AWS_REGION, and AWS_BEARER_TOKEN_BEDROCK or AWS_ACCESS_KEY_ID with "
            "AWS_SECRET_ACCESS_KEY, in the environment",
            code="no_key",
        )
    return BedrockAccount(
        keys.region, keys.api_key, keys.access_key, keys.secret_key, keys.session_token, keys.url
    )  # fmt: skip


def _vertex(settings: Settings) -> VertexAccount:
    keys = settings.keys.vertex
    if keys is None:
        raise UsageError(
            "--engine vertex needs ANTHROPIC_VERTEX_PROJECT_ID, CLOUD_ML_REGION and GOOGLE_OAUTH_ACCESS_TOKEN in the "
            "environment",
            code="no_key",
        )
    return VertexAccount(keys.project, keys.region, keys.access_token, keys.url)
