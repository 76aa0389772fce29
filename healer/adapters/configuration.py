"""A repository's settings file, read by object id from its default branch: never from a working tree or the base.

On a runner the server says which commit that is: what the checkout calls `origin/main` could have been moved by
whatever ran in the job before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from healer.adapters.checkout import Checkout
    from healer.adapters.push import Remote
    from healer.adapters.repository import PrivateRepository

_REGULAR = frozenset({"100644", "100755"})
_KNOWN = "refs/remotes/origin/HEAD"
_FETCHED = "refs/self-heal/default"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """The file's content, and what it was read from in words."""

    data: bytes
    origin: str
    is_default_branch: bool = True


def on_a_laptop(checkout: Checkout, path: str, most: int) -> FoundFile | None:
    """Return the file as the default branch has it where that is known, else as HEAD has it; None when it is not there.

    `most` bytes and one more are read. Raises UsageError when it is no regular file.
    """

    def git(*arguments: str) -> bytes:
        return checkout.git("--git-dir", str(checkout.store), *arguments).stdout

    commit = _commit(checkout, _KNOWN)
    if commit is not None:
        return _at(git, commit, path, most, f"origin's default branch ({commit[:10]})")
    commit = _commit(checkout, "HEAD", "-C", str(checkout.directory))
    found = _at(git, commit, path, most, f"HEAD ({commit[:10]})") if commit else None
    return FoundFile(found.data, found.origin, is_default_branch=False) if found else None


def from_the_server(remote: Remote, repository: PrivateRepository, path: str, most: int) -> FoundFile | None:
    """Return the file as the server's default branch has it; None when it is not there.

    What the checkout has of that commit is not fetched again. Raises DeliveryError when the server does not answer,
    UsageError when it is no regular file.
    """
    commit = remote.default_commit(repository)
    if commit is None:
        return None
    here = ("--git-dir", str(repository.directory))
    if repository.runner.line(*here, "ls-tree", commit, "--", path) is None:
        remote.fetch(repository, f"+{commit}:{_FETCHED}")
    object_id = _entry(repository.git, commit, path)
    if object_id and repository.runner.line(*here, "cat-file", "-e", object_id) is None:
        remote.fetch(repository, object_id)
    return _at(repository.git, commit, path, most, f"the default branch ({commit[:10]})")


def _commit(checkout: Checkout, name: str, *where: str) -> str | None:
    place = where or ("--git-dir", str(checkout.store))
    return checkout.git.line(*place, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")


def _entry(git: Callable[..., bytes], commit: str, path: str) -> str | None:
    """Return the object id of the file, None where there is none; raise UsageError for a link or a folder."""
    listed = git("ls-tree", "-z", "--full-tree", commit, "--", path).split(b"\0")[0]
    if not listed:
        return None
    mode, _, object_id = listed.partition(b"\t")[0].decode("ascii").split(" ")
    if mode not in _REGULAR:
        raise UsageError(
            f"{path} is no regular file on the default branch; write the settings into the file itself",
            code="configuration",
        )
    return object_id


def _at(git: Callable[..., bytes], commit: str, path: str, most: int, origin: str) -> FoundFile | None:
    object_id = _entry(git, commit, path)
    if object_id is None:
        other = f"{path.removesuffix('.yml')}.yaml"
        if _entry(git, commit, other) is not None:
            raise UsageError(f"{other} is not read; name it {path}", code="configuration")
        return None
    size = int(git("cat-file", "-s", object_id))
    # Of a file that is too large only as much is read as shows that.
    return FoundFile(git("cat-file", "blob", object_id) if size <= most else b" " * (most + 1), origin)
