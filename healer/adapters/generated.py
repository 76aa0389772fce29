"""Files that a build left in the working tree and git ignores, but the project's own code imports.

`_version.py` of a version taken from git, or extension modules built in place, are part of the environment that tests
need and of no commit. They are copied beside the tracked files of a tree under test, and never delivered.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from healer.adapters.checkout import Checkout

_IMPORTABLE = re.compile(r"(^|/)(__version__|_?version|_?version_info|_build_info|[^/]*\.(so|pyd)|[^/]*_pb2)(\.py)?$")
"""Known kinds only: what else is ignored there may be settings and secrets of an earlier step."""
_MOST_FILES = 200
_MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class GeneratedFiles:
    """Such files of one checkout, by their paths relative to its root."""

    top: Path
    paths: tuple[str, ...] = ()

    @classmethod
    def of(cls, checkout: Checkout, tracked: Collection[str]) -> GeneratedFiles:
        """Find importable files that git ignores in folders where it tracks Python code: never in environments."""
        if checkout.top is None:
            return cls(Path())
        packages = {path.rpartition("/")[0] for path in tracked if path.endswith(".py")}
        ignored = checkout.git(
            "-C", str(checkout.top), "ls-files", "--others", "--ignored", "--exclude-standard", "-z", "--directory"
        )
        names = ignored.stdout.decode("utf-8", "surrogateescape").split("\0")
        wanted = (name for name in names if _IMPORTABLE.search(name) and name.rpartition("/")[0] in packages)
        return cls(checkout.top.resolve(), tuple(sorted(wanted))[:_MOST_FILES])

    def copy_into(self, tree: Path) -> None:
        """Put them into a tree. Nothing is overwritten, no link is followed, no file from elsewhere is read."""
        for path in self.paths:
            with contextlib.suppress(OSError):
                content = self._read(path)
                if content is None:
                    continue
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                with open(os.open(tree / path, flags, 0o644), "wb") as copy:  # noqa: PTH123 - it is a descriptor
                    copy.write(content)

    def _read(self, path: str) -> bytes | None:
        place = self.top / path
        if not Path(os.path.realpath(place)).is_relative_to(self.top):
            return None
        with open(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123 - as above
            facts = os.fstat(file.fileno())
            return file.read() if stat.S_ISREG(facts.st_mode) and facts.st_size <= _MOST_BYTES else None
