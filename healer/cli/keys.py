"""Secrets, the addresses they are sent to, and who else vouches for this run; found in the environment once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Federation:
    """A service account of Anthropic's that this job may act for, and where GitHub vouches for the job."""

    rule: str
    organization: str
    service_account: str | None
    workspace: str | None
    request_url: str | None
    """None: the job may not have an identity token."""
    request_token: str | None = field(repr=False)
    server: str

    @property
    def is_vouched_for(self) -> bool:
        """Whether GitHub can be asked to vouch for this run, as it can in a job with `id-token: write`."""
        return bool(self.request_url and self.request_token)


@dataclass(frozen=True, slots=True)
class Bedrock:
    """Amazon Bedrock: a region, and a key of its own or AWS keys."""

    region: str
    api_key: str | None = field(repr=False)
    access_key: str | None = field(repr=False)
    secret_key: str | None = field(repr=False)
    session_token: str | None = field(repr=False)
    url: str | None


@dataclass(frozen=True, slots=True)
class Vertex:
    """Google Cloud: a project, a region, and an access token."""

    project: str
    region: str
    access_token: str = field(repr=False)
    url: str | None


@dataclass(frozen=True, slots=True)
class Keys:
    """Secrets and the addresses they are sent to."""

    anthropic: str | None = field(default=None, repr=False)
    anthropic_url: str | None = None
    openai: str | None = field(default=None, repr=False)
    openai_url: str | None = None
    github: str | None = field(default=None, repr=False)
    federation: Federation | None = None
    bedrock: Bedrock | None = None
    vertex: Vertex | None = None

    @classmethod
    def found_in(cls, environment: Mapping[str, str]) -> Keys:
        """Take what is set and not empty."""
        return cls(
            anthropic=environment.get("ANTHROPIC_API_KEY") or None,
            anthropic_url=environment.get("ANTHROPIC_BASE_URL") or None,
            openai=environment.get("OPENAI_API_KEY") or None,
            openai_url=environment.get("OPENAI_BASE_URL") or None,
            github=environment.get("GITHUB_TOKEN") or None,
            federation=_federation(environment),
            bedrock=_bedrock(environment),
            vertex=_vertex(environment),
        )

    @property
    def of_anthropic(self) -> bool:
        """Whether Anthropic's API can be asked."""
        return self.anthropic is not None or (self.federation is not None and self.federation.is_vouched_for)

    @property
    def note(self) -> str | None:
        """What the reader must know of keys that are there and serve for nothing, or None."""
        if self.federation is None or self.of_anthropic:
            return None
        return (
            "a federation rule is given, but GitHub does not vouch for this run, so Anthropic's models are left out: "
            "that takes a job with `permissions: id-token: write`, or ANTHROPIC_API_KEY"
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that must never leave but in the header it is meant for."""
        found = [self.anthropic, self.openai, self.github]
        if self.federation:
            found.append(self.federation.request_token)
        if self.bedrock:
            found += [self.bedrock.api_key, self.bedrock.secret_key, self.bedrock.session_token]
        if self.vertex:
            found.append(self.vertex.access_token)
        return tuple(filter(None, found))


def _federation(environment: Mapping[str, str]) -> Federation | None:
    rule = environment.get("ANTHROPIC_FEDERATION_RULE_ID")
    organization = environment.get("ANTHROPIC_ORGANIZATION_ID")
    if not rule or not organization:
        return None
    return Federation(
        rule,
        organization,
        environment.get("ANTHROPIC_SERVICE_ACCOUNT_ID") or None,
        environment.get("ANTHROPIC_WORKSPACE_ID") or None,
        environment.get("ACTIONS_ID_TOKEN_REQUEST_URL") or None,
        environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN") or None,
        environment.get("GITHUB_SERVER_URL") or "https://github.com",
    )


def _bedrock(environment: Mapping[str, str]) -> Bedrock | None:
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    api_key, access_key = environment.get("AWS_BEARER_TOKEN_BEDROCK"), environment.get("AWS_ACCESS_KEY_ID")
    if not region or not (api_key or access_key):
        return None
    return Bedrock(
        region,
        api_key or None,
        access_key or None,
        environment.get("AWS_SECRET_ACCESS_KEY") or None,
        environment.get("AWS_SESSION_TOKEN") or None,
        environment.get("ANTHROPIC_BEDROCK_BASE_URL") or None,
    )


def _vertex(environment: Mapping[str, str]) -> Vertex | None:
    project, token = environment.get("ANTHROPIC_VERTEX_PROJECT_ID"), environment.get("GOOGLE_OAUTH_ACCESS_TOKEN")
    if not project or not token:
        return None
    region = environment.get("CLOUD_ML_REGION") or "global"
    return Vertex(project, region, token, environment.get("ANTHROPIC_VERTEX_BASE_URL") or None)
