"""Handing a fix over without a forge: a branch in the user's repository, a patch file, or the summary alone."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from healer.delivery.commit import branch_name, commit_message
from healer.errors import DeliveryError
from healer.models.outcome import Delivered

if TYPE_CHECKING:
    from healer.adapters.checkout import Checkout
    from healer.adapters.repository import PrivateRepository
    from healer.models.code import Diagnosis
    from healer.models.outcome import Fix


@dataclass(frozen=True, slots=True)
class BranchDelivery:
    """Adds one branch with one commit to the user's repository; nothing else of it changes."""

    checkout: Checkout
    repository: PrivateRepository

    def deliver(self, fix: Fix, diagnosis: Diagnosis) -> Delivered:
        """Commit the proven tree on the base and add the branch; raise DeliveryError when it cannot be written."""
        commit = self.repository.commit(fix.tree, commit_message(fix, diagnosis))
        return Delivered(branch=self.checkout.add_branch(branch_name(diagnosis), commit, self.repository.pack(commit)))


@dataclass(frozen=True, slots=True)
class PatchDelivery:
    """Writes the canonical diff to a file, whole or not at all; without a file the result itself carries it."""

    file: Path | None

    def deliver(self, fix: Fix, _: Diagnosis) -> Delivered:
        """Write the patch; raise DeliveryError when it cannot be written."""
        if self.file is not None:
            try:
                write_whole(self.file, fix.diff)
            except OSError as error:
                raise DeliveryError(
                    f"the patch could not be written to {self.file} ({error.strerror}); give another --output",
                    code="patch_not_written",
                ) from None
        return Delivered()


@dataclass(frozen=True, slots=True)
class SummaryDelivery:
    """Changes nothing anywhere: the result is the summary."""

    def deliver(self, _: Fix, __: Diagnosis) -> Delivered:
        """Hand nothing over."""
        return Delivered()


def write_whole(path: Path, text: str) -> None:
    """Write a file so that readers see the old content or the new, never a part. Raises OSError.

    No link is followed. What is no file (`/dev/stdout`, a pipe) is written to as it is.
    """
    is_device = path.absolute().parts[1:2] in (("dev",), ("proc",))
    if is_device or (path.exists() and not path.is_file()):
        with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
            stream.write(text)
        return
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
            stream.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
