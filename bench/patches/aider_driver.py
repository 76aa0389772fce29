"""Runs where aider-chat is installed: has its coders apply replies, and nothing else of it.

Usage: `aider_driver.py ASKED ANSWERED`; each line of the first is a JSON list (reply, path, the file's bytes as
Latin-1), each of the second the new bytes or null.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import sys
import tempfile
import types
from pathlib import Path
from typing import Any


class Files:
    """What coders read and write files through."""

    def read_text(self, path: str) -> str | None:
        """Return a file as text, as aider's own does."""
        try:
            return Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def write_text(self, path: str, text: str) -> None:
        """Write a file as aider's own does by default."""
        with Path(path).open("w", encoding="utf-8", newline=None) as file:
            file.write(text)

    def tool_warning(self, *_: object) -> None:
        """Say nothing."""

    tool_error = tool_output = tool_warning


class Coder:
    """Stands in for aider's base coder, which talks to models; only what applying needs."""

    fence = ("```", "```")

    def __init__(self, root: str, path: str, reply: str) -> None:
        self.root, self.path, self.partial_response_content = root, path, reply
        self.io = Files()
        self.abs_fnames = {str(Path(root, path))}
        self.shell_commands: list[str] = []

    def abs_root_path(self, path: str) -> str:
        """Return the path in the folder."""
        return str(Path(self.root, path))

    def get_inchat_relative_files(self) -> list[str]:
        """Return the one file there is."""
        return [self.path]

    def get_rel_fname(self, path: str) -> str:
        """Return the path as replies spell it."""
        return str(Path(path).relative_to(self.root))


def coders() -> dict[str, Any]:
    """Return aider's coders by the format that they read, loaded without the rest of the program."""
    found = importlib.util.find_spec("aider")
    if found is None or found.submodule_search_locations is None:
        sys.exit("aider-chat is not installed here")
    package = types.ModuleType("aider.coders")
    package.__path__ = [str(Path(found.submodule_search_locations[0], "coders"))]
    stubs = {"aider.coders": package, "aider.utils": types.ModuleType("aider.utils")}
    stubs["aider.utils"].GitTemporaryDirectory = None  # type: ignore[attr-defined] # a strategy that is not among those used
    base = types.ModuleType("aider.coders.base_coder")
    base.Coder = Coder  # type: ignore[attr-defined] # a module made up here
    sys.modules.update(stubs)
    aider = importlib.import_module("aider")
    aider.utils = stubs["aider.utils"]  # type: ignore[attr-defined] # as importing it would
    sys.modules["aider.coders.base_coder"] = base
    return {
        "udiff": importlib.import_module("aider.coders.udiff_coder").UnifiedDiffCoder,
        "editblock": importlib.import_module("aider.coders.editblock_coder").EditBlockCoder,
        "patch": importlib.import_module("aider.coders.patch_coder").PatchCoder,
    }


def applied(known: dict[str, Any], reply: str, path: str, before: bytes) -> bytes | None:
    """Return the file after a coder has applied the reply, or None when it says no or changes nothing."""
    if "<<<<<<< SEARCH" in reply:
        name = "editblock"
    elif "*** Begin Patch" in reply:
        name = "patch"
    else:
        name = "udiff"
        if not re.search(r"^`{3,}diff", reply, re.MULTILINE):
            reply = f"```diff\n{reply.rstrip()}\n```\n"
    with tempfile.TemporaryDirectory() as root:
        file = Path(root, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(before)
        coder = known[name](root, path, reply)
        try:
            coder.apply_edits(coder.get_edits())
        except Exception:  # noqa: BLE001 - however it says no
            return None
        after = file.read_bytes()
    return None if after == before else after


def main() -> None:
    """Answer what is asked."""
    known = coders()
    with Path(sys.argv[1]).open(encoding="utf-8") as asked, Path(sys.argv[2]).open("w", encoding="utf-8") as answered:
        for line in asked:
            reply, path, before = json.loads(line)
            after = applied(known, reply, path, before.encode("latin-1"))
            answered.write(json.dumps(None if after is None else after.decode("latin-1")) + "\n")


if __name__ == "__main__":
    main()
