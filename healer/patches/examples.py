"""Examples in documentation that are run as tests (`>>>`, Python's doctest): a repair may add some, and change none."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PROMPT = ">>>"
_HOLD_EXAMPLES = (".py", ".pyi", ".pyx", ".md", ".markdown", ".rst", ".txt", ".adoc")


def lost_example(path: str, before: Sequence[str], after: Sequence[str]) -> str | None:
    """Return the first line of an example that is there before and not, in the same words, after; None if all are."""
    if not path.lower().endswith(_HOLD_EXAMPLES):
        return None
    kept = Counter(_examples(after))
    for example in _examples(before):
        if not kept[example]:
            return example[0]
        kept[example] -= 1
    return None


def _examples(lines: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield each example: its prompt lines and the output that it promises, down to a blank line or the next one."""
    example: list[str] = []
    for line in lines:
        text = line.strip()
        is_prompt = text == _PROMPT or text.startswith(f"{_PROMPT} ")
        is_end = not text or text.startswith(('"""', "'''", "```"))
        if example and (is_prompt or is_end):
            yield tuple(example)
            example = []
        if is_prompt or (example and not is_end):
            example.append(text)
    if example:
        yield tuple(example)
