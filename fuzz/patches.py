"""Fuzzing of reading and placing replies: `python -m fuzz reply`, `python -m fuzz diff`.

`reply` takes a file and a reply about it: edits or a short refusal, and never a half. `diff` takes two texts: placing
their diff gives the second, or is refused. Damaged replies of `bench.patches` are where it starts from.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import atheris

from fuzz.seeds import Target

with atheris.instrument_imports(include=["healer"]):
    from healer.models.change import FileEdit, Rejection
    from healer.patches.diff import unified_diff
    from healer.patches.parse import parse_reply
    from healer.patches.place import place

from bench.patches.damage import Case
from bench.patches.matrix import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_REFUSAL = 600
_BETWEEN = b"\n%%%%\n"
_BEFORE = '''\
"""Sums."""

import math


class Total:
    def __init__(self, items):
        self.items = items

    def sum(self):
        total = 0
        for item in self.items:
            total += item

        return total


def mean(items):
    return Total(items).sum() / len(items)
'''
_AFTER = _BEFORE.replace("    total += item", "    total += item or 0").replace("/ len", "/ max(1, len").replace(
    "import math\n", "import math\nimport sys\n"
)  # fmt: skip
_WORDS = (
    *(b"--- a/m.py\n+++ b/m.py\n@@\n", b"@@ -1,2 +1,2 @@\n", b"@@ def mean @@\n", b"```diff\n", b"```\n"),
    b"`m.py`\n\n```python\n",
    *(b"<<<<<<< SEARCH\n", b"=======\n", b">>>>>>> REPLACE\n", b"*** Begin Patch\n", b"*** Update File: m.py\n"),
    *(b"*** End Patch\n", b"*** Add File: n.py\n", b"\\ No newline at end of file\n", b" # ... existing code ...\n"),
    *(b"# coding: latin-1\n", b"\xef\xbb\xbf", b"\r\n", b"\t", b"    ", b"/dev/null", b"diff --git a/m.py b/m.py\n"),
    *(b"&quot;", b"\xc2\xa0", b"\xe2\x80\x9d", b"new file mode 100644\n", _BETWEEN),
)  # fmt: skip


def reply(data: bytes) -> None:
    """Place a reply on a file, whatever path it names."""
    before, _, rest = data.partition(_BETWEEN)
    text = rest.decode("utf-8", "surrogateescape")
    changes = parse_reply(text)
    if isinstance(changes, Rejection):
        _check_refusal(changes)
        return
    edits = place(changes, lambda path: None if path.startswith("new") else before)
    if isinstance(edits, Rejection):
        _check_refusal(edits)
        return
    paths = [edit.path for edit in edits]
    if not paths or len(set(paths)) != len(paths) or not set(paths) <= {change.path for change in changes}:
        raise AssertionError(paths)
    if any(edit.before == edit.after or edit.before not in {before, None} for edit in edits):
        raise AssertionError("an edit is none, or of other bytes than were read")
    if place(changes, lambda path: None if path.startswith("new") else before) != edits:
        raise AssertionError("placing it again gives something else")


def diff(data: bytes) -> None:
    """Place the diff between two files on the first."""
    before, _, after = data.partition(_BETWEEN)
    text = unified_diff([FileEdit("m.py", before, after)])
    changes = parse_reply(text)
    edits = changes if isinstance(changes, Rejection) else place(changes, {"m.py": before}.get)
    if isinstance(edits, Rejection):
        _check_refusal(edits)
    elif edits != (FileEdit("m.py", before, after),):
        raise AssertionError("the diff of two texts does not give the second")


def _check_refusal(refusal: Rejection) -> None:
    if not 0 < len(refusal.message) <= _LONGEST_REFUSAL:
        raise AssertionError(refusal.message)


def targets() -> dict[str, Target]:
    """Return both targets by name."""
    return {
        "reply": Target(reply, lambda _: False, tuple(_replies()), _WORDS),
        "diff": Target(diff, lambda _: False, tuple(_pairs()), _WORDS),
    }


def _pairs() -> Iterator[bytes]:
    yield _BEFORE.encode() + _BETWEEN + _AFTER.encode()
    yield _AFTER.encode() + _BETWEEN + _BEFORE.replace("\n", "\r\n").encode()


def _replies() -> Iterator[bytes]:
    for kind, damage in KINDS.items():
        damaged = damage(Case("m.py", _BEFORE, _AFTER), random.Random(kind))  # noqa: S311 - a draw of damage
        if damaged is not None:
            yield (damaged.before or _BEFORE).encode() + _BETWEEN + damaged.text.encode()
