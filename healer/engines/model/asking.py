"""Questions one by one, where nothing was passed in that puts them side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from healer.ports import ModelClient, ModelReply, ModelRequest


@dataclass(frozen=True, slots=True)
class Later:
    """A question that is put when its reply is wanted; satisfies `PendingReply`."""

    client: ModelClient
    request: ModelRequest

    def result(self) -> ModelReply:
        """Ask, and return the reply."""
        return self.client.complete(self.request)


class OneByOne:
    """Satisfies `Asking`."""

    def start(self, client: ModelClient, request: ModelRequest) -> Later:
        """Return the question; see `Asking`."""
        return Later(client, request)
