"""Which client stands behind the name of a model engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.adapters.models.anthropic import AnthropicClient
from healer.adapters.models.openai import OpenAIClient
from healer.cli.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from healer.budget import Budget
    from healer.cli.settings import Settings
    from healer.ports import ModelClient


def model_client(name: str, model: str | None, settings: Settings, budget: Budget) -> ModelClient:
    """Return the client of an engine's name for a model (None: the one that this release was measured with)."""
    keys = settings.keys
    if name == "anthropic":
        return AnthropicClient(
            api_key=keys.anthropic or "", model=model or DEFAULT_MODEL, budget=budget, base_url=keys.anthropic_url
        )
    return OpenAIClient(model=model or "", budget=budget, api_key=keys.openai, base_url=keys.openai_url)
