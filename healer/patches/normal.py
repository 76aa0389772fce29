"""One name for all edits that mean the same, so that no candidate is tested twice."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from healer.patches.pysyntax import dumped, is_python, parsed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.change import FileEdit


def normal_form(edits: Sequence[FileEdit]) -> str:
    """Return a hash (hex) that is equal for edits of one base whose results differ in layout and comments only."""
    digest = hashlib.sha256()
    for edit in sorted(edits, key=lambda edit: edit.path):
        for part in (edit.path.encode("utf-8", "surrogatepass"), _meaning(edit)):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def _meaning(edit: FileEdit) -> bytes:
    if is_python(edit.path):
        tree = parsed(edit.after)
        text = None if isinstance(tree, SyntaxError) else dumped(tree)
        if text is not None:
            return b"tree " + text.encode("utf-8", "surrogatepass")
    return b"text " + b"\n".join(line.rstrip() for line in edit.after.replace(b"\r\n", b"\n").split(b"\n"))
