"""The canonical unified diff of edits: what people are shown, generated from bytes and never from a model's words."""

from __future__ import annotations

import codecs
from bisect import bisect_left
from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from healer.patches.text import SourceText, UnreadableTextError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.change import FileEdit

_CONTEXT = 3
_MOST_PAIRS = 1_000_000
"""Above this many pairs of lines, two texts are not compared line by line but split where lines are unique to both."""
_MOST_EQUAL_PAIRS = 100_000
"""The same for pairs of equal lines, which cost more; ordinary code repeats little but blank lines."""
_DEEPEST = 8
_MARK = "\ufeff"

Opcode = tuple[str, int, int, int, int]
"""As in difflib: a tag (`equal`, `replace`, `insert`, `delete`) and half-open ranges of the old and the new lines."""
Ends = tuple[int, int, int, int]
"""Half-open ranges of the old and the new lines."""


def opcodes(before: Sequence[str], after: Sequence[str]) -> list[Opcode]:
    """Return how to turn one sequence of lines into the other, in bounded time and as few lines as that allows."""
    found: list[Opcode] = []
    for tag, i, j, k, m in _compared(before, after, (0, len(before), 0, len(after)), _DEEPEST):
        if found and found[-1][0] == tag == "equal":
            found[-1] = ("equal", found[-1][1], j, found[-1][3], m)
        else:
            found.append((tag, i, j, k, m))
    return found


def _is_quick(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether comparing takes little time: there are few pairs of lines, and few of them are equal."""
    pairs = len(before) * len(after)
    if pairs <= _MOST_EQUAL_PAIRS or pairs > _MOST_PAIRS:
        return pairs <= _MOST_EQUAL_PAIRS
    theirs = Counter(after)
    return sum(count * theirs[line] for line, count in Counter(before).items()) <= _MOST_EQUAL_PAIRS


def _compared(before: Sequence[str], after: Sequence[str], ends: Ends, depth: int) -> Iterator[Opcode]:
    """Cut off common rims; compare the rest if it is small, or else what is left between lines unique to both sides."""
    i, j, k, m = ends
    head = next((n for n, (a, b) in enumerate(zip(before[i:j], after[k:m], strict=False)) if a != b), min(j - i, m - k))
    most = min(j - i, m - k) - head
    tail = next((n for n in range(most) if before[j - 1 - n] != after[m - 1 - n]), most)
    if head:
        yield ("equal", i, i + head, k, k + head)
    i, j, k, m = i + head, j - tail, k + head, m - tail
    if _is_quick(before[i:j], after[k:m]):
        matcher = SequenceMatcher(None, before[i:j], after[k:m], autojunk=False)
        yield from ((tag, a + i, b + i, c + k, d + k) for tag, a, b, c, d in matcher.get_opcodes())
    elif anchors := _anchors(before, after, (i, j, k, m)) if depth else []:
        for old, new in anchors:
            yield from _compared(before, after, (i, old, k, new), depth - 1)
            yield ("equal", old, old + 1, new, new + 1)
            i, k = old + 1, new + 1
        yield from _compared(before, after, (i, j, k, m), depth - 1)
    else:
        yield ("replace", i, j, k, m)
    if tail:
        yield ("equal", j, j + tail, m, m + tail)


def _anchors(before: Sequence[str], after: Sequence[str], ends: Ends) -> list[tuple[int, int]]:
    """Return where lines stand that occur once on each side, the longest run of them in the order of both.

    This is what makes Bram Cohen's patience diff; the run is found by patience sorting.
    """
    i, j, k, m = ends
    old_counts, new_counts = Counter(before[i:j]), Counter(after[k:m])
    places = {line: index for index, line in enumerate(after[k:m], start=k) if new_counts[line] == 1}
    tops: list[int] = []
    piles: list[int] = []
    cards: list[tuple[int, int, int]] = []
    for index, line in enumerate(before[i:j], start=i):
        if old_counts[line] == 1 and line in places:
            at = bisect_left(tops, places[line])
            cards.append((index, places[line], piles[at - 1] if at else -1))
            tops[at : at + 1] = [places[line]]
            piles[at : at + 1] = [len(cards) - 1]
    run: list[tuple[int, int]] = []
    card = piles[-1] if piles else -1
    while card >= 0:
        old, new, card = cards[card]
        run.append((old, new))
    return run[::-1]


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


def _shown_lines(path: str, data: bytes | None) -> list[str] | None:
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
    before, after = _shown_lines(edit.path, edit.before), _shown_lines(edit.path, edit.after)
    if before is not None and _has_mark(edit.before) and not _has_mark(edit.after):
        before[:1] = [_MARK + "".join(before[:1])]
    elif after is not None and _has_mark(edit.after) and not _has_mark(edit.before):
        after[:1] = [_MARK + "".join(after[:1])]
    if before is None or after is None:
        return f"{head}Binary files {old} and {new} differ\n"
    body = "".join(_hunks(before, after))
    # As git does: a tab ends a name that holds a space, so that no reader takes the rest for a timestamp.
    old, new = (f"{name}\t" if " " in name else name for name in (old, new))
    return f"{head}--- {old}\n+++ {new}\n{body}" if body else head


def _has_mark(data: bytes | None) -> bool:
    return data is not None and data.startswith(codecs.BOM_UTF8)


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
        keep = min(j - i, _CONTEXT)
        is_first, is_last = position == 0, position == len(codes) - 1
        if is_first:
            group = [(tag, j - keep, j, m - keep, m)]
        elif is_last:
            group.append((tag, i, i + keep, k, k + keep))
        elif j - i > 2 * _CONTEXT:
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
