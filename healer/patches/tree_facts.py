"""Whether a tree holds the very bytes that a change was judged by, told by object ids, which git computed itself."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.change import FileEdit
    from healer.ports import TreeChange

_HASHES = {40: "sha1", 64: "sha256"}


def blob_id(data: bytes | None, like: str) -> str:
    """Return the object id of a file's bytes in the format of another id; of None, the id of nothing, all zeros."""
    if data is None:
        return "0" * len(like)
    kind = _HASHES.get(len(like))
    if kind is None:
        return ""
    digest = hashlib.new(kind, b"blob %d\0" % len(data), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


def difference(changes: Sequence[TreeChange], edits: Sequence[FileEdit]) -> str | None:
    """Say where a tree differs from its base otherwise than the edits say, or None when they say all of it.

    An edit that is not of the base's bytes counts as well: it was made for another file.
    """
    by_path = {edit.path: edit for edit in edits}
    if {change.path for change in changes} != by_path.keys() or not len(changes) == len(edits) == len(by_path):
        return "The resulting tree differs in other files than those that the change names."
    for change in changes:
        edit = by_path[change.path]
        if not change.old_id or change.old_id != blob_id(edit.before, change.old_id):
            return f"The change of {change.path!a} was made for another version of it than the base's."
        if not change.new_id or change.new_id != blob_id(edit.after, change.new_id):
            return f"The resulting tree holds other bytes in {change.path!a} than the change that was judged."
    return None
