"""The policy gate: what a candidate's resulting tree may differ in from its base. What is not allowed is refused.

It judges the facts of `git diff-tree`, never the text of a patch, because a patch can mean something else to the tool
that applies it than to the tool that checks it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from healer import layout
from healer.credentials import kind_of_secret
from healer.invisible import holds_invisible
from healer.models.change import RejectedBy, Rejection
from healer.patches import pathnames
from healer.patches.diff import changed_lines
from healer.patches.shadowing import shadowed_module
from healer.patches.text import SourceText, UnreadableTextError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from healer.models.change import FileEdit
    from healer.ports import TreeChange

_KINDS = {"120000": "a symbolic link", "160000": "a submodule", "040000": "a directory"}
_ABSENT = "000000"
_FILE, _EXECUTABLE = "100644", "100755"
# What only a change that means to escape its trial has a use for.
_EVASION = re.compile(r"\bos\._exit\b|\bSELF_HEAL_[A-Z]+|/proc/self/(?:fd|mem|environ)|\b_pytest\b")


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """How much a repair may change; `file_bytes` bounds each file as it would be afterwards."""

    files: int = 5
    changed_lines: int = 200
    file_bytes: int = 1_000_000
    line_characters: int = 5_000
    read_only: frozenset[str] = frozenset()
    """Paths that no name gives away, but which hold tests or are run by the test command."""


def judge(
    changes: Sequence[TreeChange],
    edits: Sequence[FileEdit],
    base_paths: Collection[str],
    policy: GatePolicy = GatePolicy(),
) -> Rejection | None:
    """Return why this tree must not be tested nor delivered, or None. The first reason found is the one given.

    `changes` is all that differs between the base's tree and the candidate's, `base_paths` every file of the base.
    """
    return next(_objections(changes, edits, frozenset(base_paths), policy), None)


def _objections(
    changes: Sequence[TreeChange], edits: Sequence[FileEdit], base_paths: frozenset[str], policy: GatePolicy
) -> Iterator[Rejection]:
    if not changes:
        yield _refused("no_op", "The change leaves the tree as it is.")
    for change in changes:
        yield from _objections_to_name(change.path)
    for change in changes:
        yield from _objections_to_entry(change)
        yield from _objections_to_purpose(change.path, policy)
    if len(changes) > policy.files:
        yield _refused(
            "too_large",
            f"The change touches {len(changes)} files, at most {policy.files} are allowed; repair only the fault.",
        )
    for change in changes:
        if change.status == "A":
            yield from _objections_to_new_file(change.path, base_paths)
    if {change.path for change in changes} != {edit.path for edit in edits} or len(changes) != len(edits):
        yield _refused("path", "The resulting tree differs in other files than those that the change names.")
    yield from _objections_to_content(edits, policy)


def _objections_to_name(path: str) -> Iterator[Rejection]:
    if reason := pathnames.defect(path):
        yield _refused("path", f"The path {path!a} is refused: {reason}.")


def _objections_to_entry(change: TreeChange) -> Iterator[Rejection]:
    path = change.path
    for mode in (change.old_mode, change.new_mode):
        if mode not in {_FILE, _EXECUTABLE, _ABSENT}:
            yield _refused(
                "type",
                f"{path} is or would become {_KINDS.get(mode, 'a special file')}; change only regular files.",
            )
    if change.status not in {"A", "M"}:
        yield _refused(
            "type", f"{path} would be deleted, renamed or change its type; change the text of files that exist."
        )
    if change.status == "A" and (change.old_mode, change.new_mode) != (_ABSENT, _FILE):
        yield _refused("mode", f"{path} would be created with mode {change.new_mode}; new files have mode 100644.")
    if change.status == "M" and change.old_mode != change.new_mode:
        yield _refused("mode", f"The mode of {path} would change; leave it as it is.")


def _objections_to_purpose(path: str, policy: GatePolicy) -> Iterator[Rejection]:
    if layout.is_protected(path):
        yield _refused(
            "protected_path",
            f"{path} belongs to version control, CI or release set-up, which is read-only: repair the code instead.",
        )
    # Configuration before test: a conftest.py is both, and what it configures is the graver matter.
    if layout.is_test_configuration(path):
        yield _refused(
            "test_configuration",
            f"{path} decides which tests run and how; it is read-only: repair the code under test instead.",
        )
    if layout.is_test(path) or path in policy.read_only:
        yield _refused("test_file", f"{path} is a test; tests are read-only: repair the code under test instead.")
    if layout.is_dependency_manifest(path):
        yield _refused(
            "dependency_manifest",
            f"{path} decides which third-party code is installed; repair the code without changing dependencies.",
        )


def _objections_to_new_file(path: str, base_paths: frozenset[str]) -> Iterator[Rejection]:
    if other := pathnames.collision(path, base_paths):
        yield _refused(
            "path", f"{path} and {other} would be the same file on systems that do not know case; choose another name."
        )
    new = PurePosixPath(path)
    homes = {
        known.parent
        for known in map(PurePosixPath, base_paths)
        if known.suffix == new.suffix and layout.is_source(str(known))
    }
    is_hidden = any(part.startswith(".") for part in new.parts)
    is_at_home = new.parent in homes or any(home in homes for home in new.parents if home != PurePosixPath())
    if is_hidden or not new.suffix or not is_at_home:
        yield _refused(
            "outside_source",
            f"{path} is new and not below a directory of source files like it; put new code beside existing code.",
        )
    if module := shadowed_module(path, base_paths):
        yield _refused(
            "outside_source", f"{path} would be imported in place of the module {module}; choose another name."
        )


def _objections_to_content(edits: Sequence[FileEdit], policy: GatePolicy) -> Iterator[Rejection]:
    total = 0
    for edit in edits:
        if edit.before == edit.after:
            yield _refused("no_op", f"{edit.path} would stay as it is; name only files that change.")
        if len(edit.after) > policy.file_bytes:
            yield _refused(
                "too_large",
                f"{edit.path} would have {len(edit.after):,} bytes, at most {policy.file_bytes:,} are allowed.",
            )
            continue
        try:
            before = SourceText.decode(edit.path, edit.before or b"").lines
            after = SourceText.decode(edit.path, edit.after).lines
        except UnreadableTextError as error:
            yield _refused("binary", f"{edit.path} is or would become something other than text: {error.reason}.")
            continue
        removed, added = changed_lines(before, after)
        total += max(len(removed), len(added))
        yield from _objections_to_added(edit.path, added, policy)
    if total > policy.changed_lines:
        yield _refused(
            "too_large",
            f"The change has {total} changed lines, at most {policy.changed_lines} are allowed; repair only the fault.",
        )


def _objections_to_added(path: str, added: Sequence[str], policy: GatePolicy) -> Iterator[Rejection]:
    if any(len(line) > policy.line_characters for line in added):
        yield _refused("too_large", f"{path} would get a line of more than {policy.line_characters:,} characters.")
    if kind := kind_of_secret("\n".join(added)):
        yield _refused("secret_detected", f"An added line in {path} looks like {kind}; credentials are not committed.")
    if found := _EVASION.search("\n".join(added)):
        yield _refused(
            "evasion", f"An added line in {path} uses {found[0]!a}, which could silence its own trial; do without it."
        )
    if any(map(holds_invisible, added)):
        yield _refused(
            "hidden_text",
            f"An added line in {path} holds invisible or direction-changing characters; use escapes instead.",
        )


def _refused(code: str, message: str) -> Rejection:
    return Rejection(RejectedBy.GATE, code, message)
