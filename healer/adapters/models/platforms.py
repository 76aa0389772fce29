"""Claude on Amazon Bedrock and on Google Cloud, through the SDK's clients; credentials are handed in, never found."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass, field
from typing import Any

from healer.adapters.models import transport
from healer.adapters.models.sdk import QUIET
from healer.errors import UsageError
from healer.prices import REGIONAL_FACTOR

_REGION = re.compile(r"[a-z][a-z0-9-]{1,40}")
_PROJECT = re.compile(r"[a-z][a-z0-9:.-]{4,60}")


@dataclass(frozen=True, slots=True)
class BedrockAccount:
    """Amazon Bedrock in one region, by an API key of Bedrock's or by AWS keys; satisfies `Account`.

    AWS keys sign each request, which takes boto3. Answers come in one piece. Raises UsageError for what cannot work.
    """

    region: str
    api_key: str | None = field(default=None, repr=False)
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    base_url: str | None = None
    streams: bool = False
    counts: bool = False
    price_factor: float = REGIONAL_FACTOR
    _made: list[Any] = field(default_factory=list, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _REGION.fullmatch(self.region):
            raise UsageError("Bedrock needs the name of an AWS region, such as us-east-1", code="no_region")
        if self.api_key:
            return
        if not (self.access_key and self.secret_key):
            raise UsageError(
                "Bedrock needs an API key of Bedrock's own, or an AWS access key with its secret", code="no_key"
            )
        if importlib.util.find_spec("boto3") is None:
            raise UsageError(
                "Bedrock with AWS keys needs boto3, which is not installed; install self-heal-action[bedrock], or give "
                "an API key of Bedrock's own, which needs nothing more",
                code="not_installed",
            )

    @property
    def address(self) -> str:
        """Where requests go."""
        return self.base_url or f"https://bedrock-runtime.{self.region}.amazonaws.com"

    @property
    def secrets(self) -> tuple[str, ...]:
        """All keys."""
        return tuple(filter(None, (self.api_key, self.access_key, self.secret_key, self.session_token)))

    def client(self) -> Any:
        """Return the SDK's client."""
        if not self._made:
            import anthropic  # noqa: PLC0415 - takes a second, see `sdk`

            keys: dict[str, Any] = {"api_key": self.api_key}
            if not self.api_key:
                keys = {
                    "aws_access_key": self.access_key, "aws_secret_key": self.secret_key,
                    "aws_session_token": self.session_token,
                }  # fmt: skip
            plain = {"Accept-Encoding": "identity"}
            self._made.append(
                anthropic.AnthropicBedrock(
                    aws_region=self.region, base_url=self.address, http_client=transport.client({}),
                    default_headers=plain, **keys, **QUIET,
                )
            )  # fmt: skip
        return self._made[0]


@dataclass(frozen=True, slots=True)
class VertexAccount:
    """Google Cloud in one project and region, by an access token; satisfies `Account`.

    A token lives for an hour. Raises UsageError for what cannot work.
    """

    project: str
    region: str
    access_token: str = field(repr=False)
    base_url: str | None = None
    streams: bool = True
    counts: bool = True
    price_factor: float = REGIONAL_FACTOR
    _made: list[Any] = field(default_factory=list, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _PROJECT.fullmatch(self.project) or not _REGION.fullmatch(self.region):
            raise UsageError(
                "Vertex needs the id of a Google Cloud project and the name of a region, such as global or us-east5",
                code="no_region",
            )
        if not self.access_token:
            raise UsageError(
                "Vertex needs an access token, as google-github-actions/auth or `gcloud auth print-access-token` gives",
                code="no_key",
            )

    @property
    def address(self) -> str:
        """Where requests go."""
        if self.base_url:
            return self.base_url
        if self.region == "global":
            return "https://aiplatform.googleapis.com/v1"
        if self.region in {"us", "eu"}:
            return f"https://aiplatform.{self.region}.rep.googleapis.com/v1"
        return f"https://{self.region}-aiplatform.googleapis.com/v1"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The token."""
        return (self.access_token,)

    def client(self) -> Any:
        """Return the SDK's client."""
        if not self._made:
            import anthropic  # noqa: PLC0415 - takes a second, see `sdk`

            self._made.append(
                anthropic.AnthropicVertex(
                    region=self.region, project_id=self.project, access_token=self.access_token,
                    base_url=self.address, http_client=transport.client({}), **QUIET,
                )
            )  # fmt: skip
        return self._made[0]
