"""The policy gate: what a candidate's resulting tree may differ in from its base. What is not allowed is refused.

It judges the facts of `git diff-tree`, never the text of a patch, because a patch can mean something else to the tool
that applies it than to the tool that checks it; and it holds the bytes it reads against the tree's object ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer import layout
from healer.models.change import RejectedBy, Rejection
from healer.patches import contents, pathnames
from healer.patches.contents import ContentLimits
from healer.patches.manifests import lists_dependencies, objection_to_manifest
from healer.patches.territory import homeless, outside
from healer.patches.tree_facts import difference

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from healer.models.change import FileEdit
    from healer.ports import TreeChange

_KINDS = {"120000": "a symbolic link", "160000": "a submodule", "040000": "a directory"}
_ABSENT = "000000"
_FILE, _EXECUTABLE = "100644", "100755"


@dataclass(frozen=True, slots=True)
class GatePolicy(ContentLimits):
    """How much a repair may change, and where."""

    files: int = 5
    source_roots: tuple[str, ...] = ()
    """Directories that a repair must stay below; without any, what is source by the layout of repositories."""
    dependencies: bool = False
    """Whether files that decide which third-party code is installed may change; a change of them is marked."""
    read_only: frozenset[str] = frozenset()
    """Paths that no name gives away, but which hold tests or are run by the test command."""


def judge(
    changes: Sequence[TreeChange],
    edits: Sequence[FileEdit],
    base_paths: Collection[str],
    policy: GatePolicy = GatePolicy(),
) -> Rejection | None:
    """Return why this tree must not be tested nor delivered, or None. The first reason found is the one given.

    `changes` is all that differs between the base's tree and the candidate's, `base_paths` every entry of the base.
    """
    return next(_objections(changes, edits, frozenset(base_paths), policy), None)


def too_large(edits: Sequence[FileEdit], policy: GatePolicy) -> Rejection | None:
    """Return why a change is too large to be looked into at all, or None: no file is decoded, compared or parsed."""
    found = (*_objections_to_number(len(edits), policy), *contents.oversize(edits, policy))
    return _refused(*found[0]) if found else None


def marks(paths: Collection[str]) -> tuple[str, ...]:
    """Return a sentence for each changed path that was let through by configuration only: a person must see it."""
    return tuple(
        f"It changes {path}, which decides what third-party code is installed: look at that before merging."
        for path in sorted(paths)
        if layout.is_dependency_manifest(path) or lists_dependencies(path)
    )


def _objections(
    changes: Sequence[TreeChange], edits: Sequence[FileEdit], base_paths: frozenset[str], policy: GatePolicy
) -> Iterator[Rejection]:
    if not changes:
        yield _refused("no_op", "The change leaves the tree as it is.")
    for change in changes:
        yield from _objections_to_name(change.path)
    by_path = {edit.path: edit for edit in edits}
    for change in changes:
        yield from _objections_to_entry(change)
        yield from _objections_to_purpose(change.path, by_path.get(change.path), policy)
    for code, message in _objections_to_number(len(changes), policy):
        yield _refused(code, message)
    everything = base_paths | {change.path for change in changes}
    for change in changes:
        if change.status == "A":
            yield from _objections_to_new_file(change.path, base_paths, everything)
    if reason := difference(changes, edits):
        yield _refused("tree", reason)
    for code, message in contents.objections(edits, policy):
        yield _refused(code, message)


def _objections_to_number(files: int, policy: GatePolicy) -> Iterator[contents.Objection]:
    if files > policy.files:
        yield (
            "too_large",
            f"The change touches {files} files, at most {policy.files} are allowed; repair only the fault.",
        )


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
    if change.status == "M" and (change.old_mode != change.new_mode or change.old_mode == _ABSENT):
        yield _refused("mode", f"The mode of {path} would change; leave it as it is.")


def _objections_to_purpose(path: str, edit: FileEdit | None, policy: GatePolicy) -> Iterator[Rejection]:
    mixed = edit if policy.dependencies and lists_dependencies(path) else None
    if layout.is_protected(path):
        yield _refused(
            "protected_path",
            f"{path} belongs to version control, CI or release set-up, which is read-only: repair the code instead.",
        )
    # Configuration before test: a conftest.py is both, and what it configures is the graver matter.
    if mixed is not None:
        if reason := objection_to_manifest(path, mixed.before, mixed.after):
            yield _refused("test_configuration", reason)
    elif layout.is_test_configuration(path):
        yield _refused(
            "test_configuration",
            f"{path} decides which tests run and how; it is read-only: repair the code under test instead.",
        )
    if layout.is_test(path) or path in policy.read_only:
        yield _refused("test_file", f"{path} is a test; tests are read-only: repair the code under test instead.")
    is_manifest = layout.is_dependency_manifest(path)
    if is_manifest and not policy.dependencies:
        yield _refused(
            "dependency_manifest",
            f"{path} decides which third-party code is installed; repair the code without changing dependencies.",
        )
    # Manifests stand beside the source roots, but not in other people's code.
    if reason := outside(path, () if is_manifest or mixed else policy.source_roots):
        yield _refused("outside_source", reason)


def _objections_to_new_file(path: str, base_paths: frozenset[str], everything: frozenset[str]) -> Iterator[Rejection]:
    if other := pathnames.collision(path, everything):
        yield _refused(
            "path", f"{path} and {other} would be the same file on systems that do not know case; choose another name."
        )
    if reason := pathnames.disguise(path):
        yield _refused("path", f"The path {path!a} is refused: {reason}.")
    if reason := homeless(path, base_paths):
        yield _refused("outside_source", reason)


def _refused(code: str, message: str) -> Rejection:
    return Rejection(RejectedBy.GATE, code, message)
