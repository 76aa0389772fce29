"""The canonical unified diff of edits: what people are shown, generated from bytes and never from a model's words."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from healer.patches.text import SourceText, UnreadableTextError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.change import FileEdit

CONTEXT = 3
_MOST_PAIRS = 1_000_000
"""Above this many pairs of lines, the middle of two texts is called replaced as a whole rather than compared."""

Opcode = tuple[str, int, int, int, int]
"""As in difflib: a tag (`equal`, `replace`, `insert`, `delete`) and half-open ranges of the old and the new lines."""


def opcodes(before: Sequence[str], after: Sequence[str]) -> list[Opcode]:
    """Return how to turn one sequence of lines into the other; common rims are cut off first, which bounds the cost."""
    head = 0
    for old, new in zip(before, after, strict=False):
        if old != new:
            break
        head += 1
    tail = 0
    most = min(len(before), len(after)) - head
    while tail < most and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    old_middle, new_middle = before[head : len(before) - tail], after[head : len(after) - tail]
    found: list[Opcode] = [("equal", 0, head, 0, head)] if head else []
    if len(old_middle) * len(new_middle) <= _MOST_PAIRS:
        matcher = SequenceMatcher(None, old_middle, new_middle, autojunk=False)
        found += [(tag, i + head, j + head, k + head, m + head) for tag, i, j, k, m in matcher.get_opcodes()]
    elif old_middle or new_middle:
        found.append(("replace", head, len(before) - tail, head, len(after) - tail))
    if tail:
        found.append(("equal", len(before) - tail, len(before), len(after) - tail, len(after)))
    return found


def changed_lines(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the removed and the added lines."""
    removed: list[str] = []
    added: list[str] = []
    for tag, i, j, k, m in opcodes(before, after):
        if tag != "equal":
            removed += before[i:j]
            added += after[k:m]
    return removed, added


def unified_diff(edits: Sequence[FileEdit]) -> str:
    """Return the edits as one git-style unified diff, ordered by path; edits that change nothing are left out."""
    return "".join(_file_diff(edit) for edit in sorted(edits, key=lambda edit: edit.path) if edit.before != edit.after)


def shown_lines(path: str, data: bytes | None) -> list[str] | None:
    """Return a file's lines with their endings as text to be shown, or None when it is not text."""
    try:
        text = SourceText.decode(path, data or b"")
    except UnreadableTextError:
        return None
    return [line + ending for line, ending in zip(text.lines, text.endings, strict=True)]


def _file_diff(edit: FileEdit) -> str:
    old, new = _quoted(f"a/{edit.path}"), _quoted(f"b/{edit.path}")
    head = f"diff --git {old} {new}\n"
    if edit.before is None:
        head += "new file mode 100644\n"
        old = "/dev/null"
    before, after = shown_lines(edit.path, edit.before), shown_lines(edit.path, edit.after)
    if before is None or after is None:
        return f"{head}Binary files {old} and {new} differ\n"
    body = "".join(_hunks(before, after))
    # As git does: a tab ends a name that holds a space, so that no reader takes the rest for a timestamp.
    old, new = (f"{name}\t" if " " in name else name for name in (old, new))
    return f"{head}--- {old}\n+++ {new}\n{body}" if body else head


def _hunks(before: list[str], after: list[str]) -> Iterator[str]:
    for group in _groups(opcodes(before, after)):
        old_start, old_end, new_start, new_end = group[0][1], group[-1][2], group[0][3], group[-1][4]
        yield f"@@ -{_range(old_start, old_end)} +{_range(new_start, new_end)} @@\n"
        for tag, i, j, k, m in group:
            if tag == "equal":
                yield from (_line(" ", line) for line in before[i:j])
            else:
                yield from (_line("-", line) for line in before[i:j])
                yield from (_line("+", line) for line in after[k:m])


def _groups(codes: list[Opcode]) -> Iterator[list[Opcode]]:
    """Split at unchanged stretches longer than two contexts, and cut the rims to one context."""
    group: list[Opcode] = []
    for position, (tag, i, j, k, m) in enumerate(codes):
        if tag != "equal":
            group.append((tag, i, j, k, m))
            continue
        keep = min(j - i, CONTEXT)
        is_first, is_last = position == 0, position == len(codes) - 1
        if is_first:
            group = [(tag, j - keep, j, m - keep, m)]
        elif is_last:
            group.append((tag, i, i + keep, k, k + keep))
        elif j - i > 2 * CONTEXT:
            yield [*group, (tag, i, i + keep, k, k + keep)]
            group = [(tag, j - keep, j, m - keep, m)]
        else:
            group.append((tag, i, j, k, m))
    if any(tag != "equal" for tag, *_ in group):
        yield group


def _range(start: int, end: int) -> str:
    length = end - start
    first = start + 1 if length else start
    return str(first) if length == 1 else f"{first},{length}"


def _line(prefix: str, line: str) -> str:
    return prefix + line if line.endswith("\n") else f"{prefix}{line}\n\\ No newline at end of file\n"


def _quoted(name: str) -> str:
    """Quote a path as git does when it holds a character that would break a header."""
    if not any(character < " " or character in '"\\\x7f' for character in name):
        return name
    special = {"\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
    return '"' + "".join(special.get(c, f"\\{ord(c):03o}" if c < " " or c == "\x7f" else c) for c in name) + '"'
