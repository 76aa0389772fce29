"""What was put into batches and is not used yet, in a folder that outlives runs: a small file for each question.

A file says which batch holds the question, and never what was asked or answered: that is at the endpoint.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import stat
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from healer.adapters.locking import is_locked
from healer.errors import ModelUnavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BATCH = re.compile(r"msgbatch_[A-Za-z0-9]{1,100}")
_ENTRY = re.compile(r"\d{4}-\d\d-\d\d/[0-9a-f]{16}")
_LARGEST = 4096
DOUBT_SECONDS = 25 * 3600.0
"""A batch ends within 24 hours: after that nobody waits for one that may never have been taken."""
KEPT_SECONDS = 28 * 24 * 3600.0
"""Results can be had for 29 days."""
_LOCK_SECONDS = 180.0
"""As long as another run may take to submit."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """Where a question is. Without a batch nobody can tell: what put it there was cut off."""

    batch: str | None = None
    entry: str = ""
    """Its entry in the ledger of the day on which it was submitted."""


@dataclass(frozen=True, slots=True)
class Records:
    """The files of one folder, by the names of questions. Raises UsageError when the folder cannot be used."""

    folder: Path
    now: Callable[[], float] = time.time

    def read(self, name: str) -> Submitted | None:
        """Return where a question is; None where it was not put, or so long ago that it does not matter.

        A file that cannot be read counts as one that was cut off.
        """
        path = self._path(name)
        try:
            file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                facts = os.fstat(file)
                content = os.read(file, _LARGEST) if stat.S_ISREG(facts.st_mode) else b""
            finally:
                os.close(file)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(self.folder, error) from None
        kept = _parsed(content)
        if self.now() - facts.st_mtime > (DOUBT_SECONDS if kept.batch is None else KEPT_SECONDS):
            self.forget(name)
            return None
        return kept

    def write(self, name: str, kept: Submitted) -> None:
        """Put down where a question is, all of it or nothing."""
        passing = self._path(f"{name}.{secrets.token_hex(4)}", ".new")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(file, "w", encoding="utf-8") as stream:
                json.dump(asdict(kept), stream)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(passing, self._path(name))  # noqa: PTH105 - the word for it
        except OSError as error:
            with contextlib.suppress(OSError):
                passing.unlink()
            raise _unusable(self.folder, error) from None

    def forget(self, name: str) -> None:
        """Remove what is known of a question."""
        with contextlib.suppress(OSError):
            self._path(name).unlink()

    def tidy(self) -> None:
        """Remove what is too old to be of use."""
        with contextlib.suppress(OSError):
            for path in [*self.folder.glob("*.json"), *self.folder.glob("*.new")]:
                if self.now() - path.stat().st_mtime > KEPT_SECONDS:
                    path.unlink()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs from looking or submitting meanwhile; raise ModelUnavailable when one takes too long."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unusable(self.folder, error) from None
        try:
            _lock(file, self.folder)
            yield
        finally:
            os.close(file)

    def _path(self, name: str, suffix: str = ".json") -> Path:
        return self.folder / f"{name}{suffix}"


def _parsed(content: bytes) -> Submitted:
    try:
        told: Any = json.loads(content)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        return Submitted()
    batch, entry = told.get("batch"), told.get("entry")
    return Submitted(
        batch if isinstance(batch, str) and BATCH.fullmatch(batch) else None,
        entry if isinstance(entry, str) and _ENTRY.fullmatch(entry) else "",
    )


def _lock(file: int, folder: Path) -> None:
    if not is_locked(file, within=_LOCK_SECONDS):
        raise ModelUnavailable(
            f"another run has been submitting a batch for {_LOCK_SECONDS:g} s ({folder} is locked), so nothing "
            "was asked; run again when that one has ended",
            code="batch_locked",
        )


def _unusable(folder: Path, error: OSError) -> UsageError:
    return UsageError(
        f"batches cannot be remembered in {folder} ({error.strerror}), so none was submitted; name another folder with "
        "--state, or leave --batch out",
        code="bad_state",
    )
