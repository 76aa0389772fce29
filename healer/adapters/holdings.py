"""What a job holds that code of the repository could want: the probe of the rung that is a job of its own."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from healer.adapters.checkout import Checkout
from healer.adapters.git import Git
from healer.adapters.process import ProcessFailed
from healer.credentials import SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from healer.ports import Environment

_READ_ONLY = frozenset({"GITHUB_TOKEN"})
"""Needed for the repository's own settings; what it may do, the job's `permissions:` say and no environment does."""
_KEYS = frozenset(
    {
        *("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID"),
        *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GOOGLE_OAUTH_ACCESS_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    }
)
_CREDENTIAL = re.compile(r"http\.(.*\.)?(extraheader|cookiefile|sslkey)|credential\..*|core\.sshcommand", re.DOTALL)
_INCLUDED = re.compile(r"include(if\..*)?\.path", re.DOTALL)
_LOGIN = re.compile(r"://[^/@\s]*:[^/@\s]+@")


def held(environment: Environment, folder: Path) -> tuple[str, ...]:
    """Return what is there to steal, each with how to be without it; nothing of it is repeated.

    `folder` lies in the checkout. Raises RepositoryError where there is none.
    """
    return (*_variables(environment), *_in_the_checkout(environment, folder))


def _variables(environment: Environment) -> Iterator[str]:
    for name, value in sorted(environment.items()):
        if name in _READ_ONLY or not value:
            continue
        if name in _KEYS:
            remedy = "take `id-token: write` from its permissions" if name.startswith("ACTIONS_") else "do not give it"
            yield f"{name} ({remedy})"
        elif kind := next((kind for kind, shape in SHAPES.items() if re.search(shape, value[:10_000])), None):
            yield f"{kind} in the variable {name} (do not give it)"


def _in_the_checkout(environment: Environment, folder: Path) -> Iterator[str]:
    """Yield that the checkout keeps a credential: actions/checkout leaves one, or where it is, for later steps."""
    checkout = Checkout.at(folder, Git.find(environment.get("PATH", "")))
    try:
        listed = checkout.git("--git-dir", str(checkout.store), "config", "--local", "-z", "--list")
    except ProcessFailed as failed:
        yield f"a git configuration that cannot be read ({failed.said})"
        return
    entries = (entry.partition("\n") for entry in os.fsdecode(listed.stdout).split("\0") if entry)
    if any(_is_credential(key, value) for key, _, value in entries):
        yield "a git credential in the checkout (check out with `persist-credentials: false`)"


def _is_credential(key: str, value: str) -> bool:
    """Whether a setting is a credential, tells where one is, or has one in an address."""
    if _INCLUDED.fullmatch(key):
        return "credential" in value
    told = f"{key}\n{value}"[:10_000]
    return bool(_CREDENTIAL.fullmatch(key) or _LOGIN.search(told)) or any(
        re.search(shape, told) for shape in SHAPES.values()
    )
