"""Which client stands behind the name of a model engine, and whether what it says is kept, or played."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Protocol

from healer.adapters.models.anthropic import BASE_URL, AnthropicClient
from healer.adapters.models.asking import Calls
from healer.adapters.models.batched import Batching
from healer.adapters.models.batches import MessageBatches
from healer.adapters.models.federation import FederatedAccount, TokenRequest
from healer.adapters.models.openai import OpenAIClient
from healer.adapters.models.platforms import BedrockAccount, VertexAccount
from healer.adapters.models.recording import Recorder
from healer.adapters.models.sdk import KeyAccount
from healer.adapters.models.submitted import Records
from healer.adapters.spending import DailyLedger
from healer.budget import Budget
from healer.cli.model_options import BATCHED, FREE
from healer.cli.recorded import recorded_settings
from healer.cli.settings import DEFAULT_MODEL
from healer.delivery.document import result_document
from healer.errors import UsageError
from healer.prices import price

if TYPE_CHECKING:
    from collections.abc import Callable

    from healer.adapters.models.sdk import Account
    from healer.cli.keys import Federation
    from healer.cli.settings import Settings
    from healer.models.change import Usage
    from healer.models.outcome import HealResult
    from healer.ports import Asking, ModelClient, Progress
    from healer.redaction import Redactor


class Clients(Protocol):
    """The models of one run, opened once what it works on is known."""

    @property
    def marker(self) -> str:
        """What fences untrusted text in this run's prompts."""

    @property
    def asking(self) -> Asking:
        """How several of them are asked."""

    @property
    def ends(self) -> float | None:
        """When the run is to end, in seconds of `time.monotonic`: no call goes on after it. None: whenever it does."""

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

    def __init__(self, settings: Settings, progress: Progress = lambda _stage, _line: None) -> None:
        self._settings = settings
        self._progress = progress
        self._budget = Budget(0.0, 0)
        self._recorder: Recorder | None = None
        self._batching: Batching | None = None
        self.marker = secrets.token_hex(8)
        self.asking = Calls()
        minutes = settings.spending.max_minutes
        self.ends = None if minutes is None else time.monotonic() + 60.0 * minutes

    def open(self, budget: Budget, base: str, redact: Redactor) -> None:
        """Get ready to ask, and to record; see `Clients`."""
        self._budget = budget
        if self._settings.spending.batch:
            batches = message_batches(self._settings, budget, self.ends, lambda line: self._progress("batch", line))
            self._batching = Batching(batches, base, self.marker) if batches else None
        if self._settings.spending.record is not None:
            run = recorded_settings(self._settings, base, self.marker)
            self._recorder = Recorder(self._settings.spending.record, run, redact)

    def client(self, engine: str, model: str | None) -> ModelClient:
        """Return the client; see `Clients`."""
        live: ModelClient
        if self._batching is not None and engine == BATCHED:
            named = model or DEFAULT_MODEL
            live = self._batching.client(named, self._settings.spending.price if price(named) is None else None)
        else:
            live = model_client(engine, model, self._settings, self._budget, self.ends)
        return self._recorder.client(f"{engine}:{live.model}", live) if self._recorder else live

    def usage(self) -> Usage:
        """Return what the budget was charged."""
        return self._budget.usage

    def conclude(self, result: HealResult) -> str | None:
        """Forget what batches held, and write the record's end; see `Clients`."""
        self.settle()
        if self._recorder is None:
            return None
        self._recorder.finish(self._budget.usage, result_document(result))
        self._recorder.close()
        return f"self-heal replay {self._recorder.path} runs this again, offline"

    def settle(self) -> None:
        """Forget which batches held this run's answers, unless one of them is still to come."""
        if self._batching is not None:
            self._batching.batches.conclude()


def ledger(settings: Settings) -> DailyLedger | None:
    """Return what remembers the day's spending, if it is capped; raise UsageError when it cannot be read."""
    spending = settings.spending
    if spending.per_day_usd is None or spending.state is None or set(settings.engines) <= set(FREE):
        return None
    kept = DailyLedger(spending.state, spending.per_day_usd)
    _ = kept.spent_usd  # a ledger that cannot be trusted is told before the tests run, not after
    return kept


def message_batches(
    settings: Settings, budget: Budget, ends: float | None, tell: Callable[[str], None]
) -> MessageBatches | None:
    """Return the batches of Anthropic's API, if that is asked; raise UsageError where something is lacking."""
    state = settings.spending.state
    if BATCHED not in settings.engines or state is None:
        return None
    address = settings.keys.anthropic_url or BASE_URL
    account: Account | None = anthropic_account(settings, address)
    return MessageBatches(
        account=account or KeyAccount(settings.keys.anthropic or "", address), budget=budget, base_url=address,
        records=Records(state / "batches"), seconds=settings.spending.batch_seconds, ends=ends, tell=tell,
    )  # fmt: skip


def anthropic_account(settings: Settings, address: str) -> FederatedAccount | None:
    """Return who asks Anthropic's API, where not by a key."""
    keys = settings.keys
    return None if keys.anthropic or keys.federation is None else federated(keys.federation, address)


def model_client(
    name: str, model: str | None, settings: Settings, budget: Budget, ends: float | None = None
) -> ModelClient:
    """Return the client that asks the endpoint of an engine's name; raise UsageError where something is lacking."""
    keys = settings.keys
    known = price(model or DEFAULT_MODEL)
    said = settings.spending.price if known is None else None
    if name == "openai":
        return OpenAIClient(
            model=model or "", budget=budget, api_key=keys.openai, base_url=keys.openai_url, price=said, ends=ends
        )
    if name == "anthropic":
        address = keys.anthropic_url or BASE_URL
        return AnthropicClient(
            api_key=keys.anthropic or "", model=model or DEFAULT_MODEL, budget=budget, base_url=address,
            account=anthropic_account(settings, address), price=said, ends=ends,
        )  # fmt: skip
    cloud = _bedrock(settings) if name == "bedrock" else _vertex(settings)
    return AnthropicClient(
        model=model or "", budget=budget, base_url=cloud.address, account=cloud, price=said, ends=ends
    )


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
