"""`self-heal apply`: place a model-written change on the files of a directory, or refuse and say why."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from healer import layout
from healer.adapters.worktree import WorkTree
from healer.cli.parsing import Parser
from healer.errors import UsageError
from healer.models.change import FileEdit, RejectedBy, Rejection
from healer.patches import pathnames
from healer.patches.diff import unified_diff
from healer.patches.parse import MOST_CHARACTERS, parse_reply
from healer.patches.place import place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.cli.terminal import Terminal

_DESCRIPTION = """\
Reads a model's reply (a unified diff in any state of repair, or SEARCH/REPLACE blocks, with or without prose around),
finds the one place where each hunk fits by its content, and writes the result; or writes nothing and says why."""


def execute(arguments: list[str], terminal: Terminal) -> int:
    """Return 0 when the change was placed, 1 when it was refused and nothing was written; wrong usage ends in 2."""
    options = _parser().parse_args(arguments)
    reply = _reply(options.file)
    tree = WorkTree.at(options.repo)
    edits, rejection = _edits(reply, tree)
    if rejection is None and not options.check:
        rejection = _written(edits, tree)
    _show(edits, rejection, options.format, terminal)
    return 0 if rejection is None else 1


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="self-heal apply",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 placed, 1 refused and nothing written, 2 wrong usage or unreadable input",
    )
    parser.add_argument("file", metavar="FILE", help="the reply or diff; - reads standard input")
    parser.add_argument(
        "--repo", metavar="DIR", default=".", help="the directory that its paths start from (default: .)"
    )
    parser.add_argument("--check", action="store_true", help="place it and print the diff, but write nothing")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="what to print (default: text)")
    return parser


def _reply(file: str) -> str:
    most = 4 * MOST_CHARACTERS
    try:
        if file == "-":
            data = sys.stdin.buffer.read(most)
        else:
            with Path(file).open("rb") as stream:
                data = stream.read(most)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}; give a file with a change in it, or - for standard input"
        ) from error
    # Bytes that are no UTF-8 survive as lone surrogates: they match nothing and cannot be written, so they are refused.
    return data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def _edits(reply: str, tree: WorkTree) -> tuple[tuple[FileEdit, ...], Rejection | None]:
    changes = parse_reply(reply)
    if isinstance(changes, Rejection):
        return (), changes
    for change in changes:
        if rejection := _objection(change.path) or _objection_to_kind(change.path, tree):
            return (), rejection
    edits = place(changes, tree.read)
    if isinstance(edits, Rejection):
        return (), edits
    for edit in edits:
        if edit.before is None and (rejection := _objection_to_new(edit.path, tree)):
            return (), rejection
    return edits, None


def _objection(path: str) -> Rejection | None:
    """Apply the gate's rules for paths; tests and their set-up are the user's own to change, and so they may be."""
    if reason := pathnames.defect(path):
        return Rejection(RejectedBy.GATE, "path", f"The path {path!a} is refused: {reason}.")
    if layout.is_protected(path):
        message = f"{path} belongs to version control, CI or release set-up; change it by hand."
        return Rejection(RejectedBy.GATE, "protected_path", message)
    return None


def _objection_to_kind(path: str, tree: WorkTree) -> Rejection | None:
    if tree.read(path) is None and tree.exists(path):
        message = f"{path} is not a regular file, or is reached through a link; change only regular files."
        return Rejection(RejectedBy.GATE, "type", message)
    return None


def _objection_to_new(path: str, tree: WorkTree) -> Rejection | None:
    if other := pathnames.collision(path, tree.neighbours(path)):
        message = f"{path} and {other} would be the same file on systems that do not know case; choose another name."
        return Rejection(RejectedBy.GATE, "path", message)
    return None


def _written(edits: Sequence[FileEdit], tree: WorkTree) -> Rejection | None:
    try:
        tree.write(edits)
    except UsageError as error:
        return Rejection(RejectedBy.PLACEMENT, "not_written", error.sentence)
    return None


def _show(edits: Sequence[FileEdit], rejection: Rejection | None, form: str, terminal: Terminal) -> None:
    placed = () if rejection else edits
    if form == "json":
        document = {
            "placed": rejection is None,
            "files": [edit.path for edit in placed],
            "diff": unified_diff(placed),
            "rejection": {"by": rejection.by, "code": rejection.code, "message": rejection.message}
            if rejection
            else None,
        }
        terminal.print(json.dumps(document, indent=2) + "\n")
    elif rejection is None:
        terminal.print(unified_diff(placed))
    else:
        terminal.complain(f"nothing was written ({rejection.code}): {rejection.message}")
