"""What the changed files of a candidate may hold: text in the encoding it had, of bounded size, hiding nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.invisible import holds_invisible
from healer.patches.added_secrets import secret_in
from healer.patches.diff import changed_lines
from healer.patches.examples import lost_example
from healer.patches.inner_tests import changed_test
from healer.patches.territory import is_generated
from healer.patches.text import SourceText, UnreadableTextError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.change import FileEdit

Objection = tuple[str, str]
"""A code and a sentence."""


@dataclass(frozen=True, slots=True)
class ContentLimits:
    """How large a change may be; `file_bytes` bounds each file as it would be afterwards."""

    changed_lines: int = 200
    file_bytes: int = 1_000_000
    line_characters: int = 5_000


def oversize(edits: Sequence[FileEdit], limits: ContentLimits) -> Iterator[Objection]:
    """Yield what is larger than anybody should read, told by its length alone."""
    for edit in edits:
        if len(edit.after) > limits.file_bytes:
            yield (
                "too_large",
                f"{edit.path} would have {len(edit.after):,} bytes, at most {limits.file_bytes:,} are allowed.",
            )


def objections(edits: Sequence[FileEdit], limits: ContentLimits) -> Iterator[Objection]:
    """Yield what speaks against the bytes of the changed files, file by file, then against all of them together."""
    total = 0
    for edit in edits:
        if edit.before == edit.after:
            yield "no_op", f"{edit.path} would stay as it is; name only files that change."
        if any_too_large := list(oversize([edit], limits)):
            yield from any_too_large
            continue
        try:
            before = SourceText.decode(edit.path, edit.before or b"")
            after = SourceText.decode(edit.path, edit.after)
        except UnreadableTextError as error:
            yield "binary", f"{edit.path} is or would become something other than text: {error.reason}."
            continue
        # Line ends count: a file whose every line ends differently is a change of every line.
        removed, added = changed_lines(_with_endings(before), _with_endings(after))
        total += max(len(removed), len(added))
        yield from _objections_to_file(edit, before, after)
        yield from _objections_to_added(edit.path, "".join(added), "\n".join(before.lines), limits)
    if total > limits.changed_lines:
        yield (
            "too_large",
            f"The change has {total} changed lines, at most {limits.changed_lines} are allowed; repair only the fault.",
        )


def _with_endings(text: SourceText) -> list[str]:
    return [line + ending for line, ending in zip(text.lines, text.endings, strict=True)]


def _objections_to_file(edit: FileEdit, before: SourceText, after: SourceText) -> Iterator[Objection]:
    if after.encoding != (before.encoding if edit.before else "utf-8"):
        yield (
            "encoding",
            f"{edit.path} would be encoded as {after.encoding}; leave its encoding as it is (new files: plain UTF-8).",
        )
    if is_generated(edit.before):
        yield "outside_source", f"{edit.path} says in its head that it is generated; repair what it is generated from."
    if edit.before is not None and (example := lost_example(edit.path, before.lines, after.lines)):
        yield (
            "test_file",
            f"The example {example[:100]!a} in {edit.path} would change; it is a test, and read-only: repair the code.",
        )
    if reason := changed_test(edit.path, edit.before, edit.after):
        yield "test_file", reason


def _objections_to_added(path: str, added: str, before: str, limits: ContentLimits) -> Iterator[Objection]:
    lines = added.replace("\r\n", "\n").split("\n")
    if any(len(line) > limits.line_characters for line in lines):
        yield "too_large", f"{path} would get a line of more than {limits.line_characters:,} characters."
    if kind := secret_in("\n".join(lines), before):
        yield "secret_detected", f"An added line in {path} looks like {kind}; credentials are not committed."
    # A carriage return inside of a line ends it for Python's parser, and for no viewer of diffs.
    if any(map(holds_invisible, lines)) or any("\r" in line for line in lines):
        yield (
            "hidden_text",
            f"An added line in {path} holds invisible or direction-changing characters; use escapes instead.",
        )
