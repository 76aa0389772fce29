"""Finding the settings that a repository keeps for self-heal, on a laptop and on a runner."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from healer.adapters.checkout import Checkout
from healer.adapters.configuration import from_the_server, on_a_laptop
from healer.adapters.git import Git
from healer.adapters.repository import PrivateRepository
from healer.cli.configuration import LARGEST, PATH, read_configuration

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from healer.adapters.configuration import FoundFile
    from healer.cli.terminal import Terminal


@dataclass(frozen=True, slots=True)
class RepositorySettings:
    """What the file says, where it was read, and what the reader should know of that."""

    values: Mapping[str, Any] = field(default_factory=dict)
    origin: str = ""
    remark: str = ""


def repository_settings(folder: Path, terminal: Terminal) -> RepositorySettings:
    """Return the settings of the repository that holds a folder; none when it has no such file.

    Raises UsageError when the file is wrong, RepositoryError without a repository, DeliveryError when a runner's
    server does not tell.
    """
    checkout = Checkout.at(folder, Git.find(terminal.environment.get("PATH", "")))
    if terminal.on_runner:
        return _on_a_runner(checkout, terminal.environment)
    found = on_a_laptop(checkout, PATH, LARGEST)
    if found is None or found.is_default_branch:
        return _read(found)
    remark = (
        f"{PATH} was read from {found.origin}, for nothing here says which branch is the default one "
        "(`git remote set-head origin --auto` does)"
    )
    return _read(found, remark)


def obeyed(folder: Path, terminal: Terminal) -> Mapping[str, Any]:
    """Return what the repository's own settings say, and tell where they were read. Raises as above."""
    file = repository_settings(folder, terminal)
    for remark in (f"{PATH} of {file.origin} is obeyed" if file.origin else "", file.remark):
        if remark:
            terminal.progress("settings", remark)
    return file.values


def _on_a_runner(checkout: Checkout, environment: Mapping[str, str]) -> RepositorySettings:
    name, token = environment.get("GITHUB_REPOSITORY"), environment.get("GITHUB_TOKEN")
    if not name or not token:
        present = on_a_laptop(checkout, PATH, LARGEST) is not None
        return RepositorySettings(remark=f"{PATH} was not read: that takes `github-token`" if present else "")
    from healer.adapters.push import Remote  # noqa: PLC0415 - it imports requests, which takes long and few runs need

    server = environment.get("GITHUB_SERVER_URL") or "https://github.com"
    with PrivateRepository(checkout, checkout.resolve()) as repository:
        return _read(from_the_server(Remote(server, name, token), repository, PATH, LARGEST))


def _read(found: FoundFile | None, remark: str = "") -> RepositorySettings:
    if found is None:
        return RepositorySettings()
    return RepositorySettings(read_configuration(found.data, f"{PATH} of {found.origin}"), found.origin, remark)
