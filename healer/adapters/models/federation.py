"""Anthropic's API without a stored key: GitHub vouches for the job, Anthropic answers with a token of some minutes.

OpenID Connect by GitHub (docs.github.com, "OpenID Connect reference"), exchanged as RFC 7523 says by Anthropic's SDK.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from healer.adapters.models import transport
from healer.adapters.models.addresses import checked, is_loopback
from healer.adapters.models.faults import Answer, AnswerTooLong, NoIdentity
from healer.adapters.models.sdk import QUIET
from healer.errors import UsageError

if TYPE_CHECKING:
    from anthropic.lib.credentials import WorkloadIdentityCredentials

AUDIENCE = "https://api.anthropic.com"
"""What GitHub's token is for, unless the federation rule says otherwise."""
_GITHUB = ("actions.githubusercontent.com",)
_SECONDS = 20.0
_LONGEST_TOKEN = 16 * 1024


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """Where this job may ask for an identity token, and what it shows there."""

    url: str
    bearer: str = field(repr=False)
    server: str = "https://github.com"
    """GitHub's own address: the token is asked for there, or at its actions service, and nowhere else."""

    def __post_init__(self) -> None:
        checked(self.url, query=True)
        host, server = urlsplit(self.url).hostname or "", urlsplit(self.server).hostname or ""
        is_its_own = any(host == known or host.endswith(f".{known}") for known in (*_GITHUB, server))
        if not is_its_own and not is_loopback(self.url):
            raise UsageError(
                f"the address for identity tokens, at {host}, is not GitHub's, so nothing was sent there; an earlier "
                "step of this job must have set ACTIONS_ID_TOKEN_REQUEST_URL",
                code="bad_identity_url",
            )


@dataclass(frozen=True, slots=True)
class FederatedAccount:
    """Anthropic's own API for a service account, by what GitHub says of this job; satisfies `Account`."""

    request: TokenRequest
    rule: str
    organization: str
    base_url: str
    service_account: str | None = None
    workspace: str | None = None
    audience: str = AUDIENCE
    streams: bool = True
    counts: bool = True
    price_factor: float = 1.0
    _made: list[Any] = field(default_factory=list, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What GitHub is shown; the tokens themselves are known by their shape."""
        return (self.request.bearer,)

    def client(self) -> Any:
        """Return the SDK's client, which asks for a token when it has none or an old one."""
        import anthropic  # noqa: PLC0415 - takes a second, see `sdk`

        with self._lock:
            if not self._made:
                http = transport.client({})
                self._made.append(
                    anthropic.Anthropic(
                        credentials=self._credentials(), base_url=self.base_url, http_client=http, **QUIET
                    )
                )
            return self._made[0]

    def _credentials(self) -> WorkloadIdentityCredentials:
        from anthropic.lib.credentials import WorkloadIdentityCredentials  # noqa: PLC0415 - as above

        http = transport.client({}, limit=1024 * 1024)
        http.timeout = transport.timeout(_SECONDS)
        return WorkloadIdentityCredentials(
            identity_token_provider=self.identity_token,
            federation_rule_id=self.rule,
            organization_id=self.organization,
            service_account_id=self.service_account,
            workspace_id=self.workspace,
            http_client=http,
        )

    def identity_token(self) -> str:
        """Return what GitHub says of this job, signed; raise NoIdentity."""
        import httpx2  # noqa: PLC0415 - takes a tenth of a second, and few runs ask a model

        separator = "&" if urlsplit(self.request.url).query else "?"
        url = f"{self.request.url}{separator}audience={quote(self.audience, safe='')}"
        fixed = {"authorization": f"Bearer {self.request.bearer}"}
        try:
            with transport.client(fixed, limit=1024 * 1024) as http:
                response = http.get(url, headers={"accept": "application/json"}, timeout=transport.timeout(_SECONDS))
        except (httpx2.HTTPError, AnswerTooLong, OSError) as error:
            raise NoIdentity(f"GitHub was not reached: {type(error).__name__}") from None
        token = Answer(response.status_code, response.content).parsed.get("value")
        if response.status_code != 200 or not isinstance(token, str) or not 0 < len(token) <= _LONGEST_TOKEN:  # noqa: PLR2004 - the one status that is an answer
            raise NoIdentity(f"GitHub answered {response.status_code} without a token")
        return token
