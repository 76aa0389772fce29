"""`self-heal apply`: place a model-written change on the files of a directory, or refuse and say why."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from healer import layout
from healer.adapters.worktree import WorkTree
from healer.cli.parsing import Parser
from healer.errors import UsageError
from healer.models.change import FileChange, FileEdit, RejectedBy, Rejection
from healer.patches import pathnames
from healer.patches.diff import opcodes, unified_diff
from healer.patches.parse import MOST_CHARACTERS, parse_reply
from healer.patches.place import place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.cli.terminal import Terminal

_DESCRIPTION = """\
Reads a model's reply (a unified diff in any state of repair, SEARCH/REPLACE blocks and the like, with or without prose
around), finds the one place where each hunk fits by its content, and writes all of it; or writes nothing and says why.
The diff goes to standard output; the folder need not be a git repository. Links are never followed."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why one file, or one hunk of it (counted from 1), could not be placed."""

    rejection: Rejection
    file: str | None = None
    hunk: int | None = None


def execute(arguments: list[str], terminal: Terminal) -> int:
    """Return 0 when the change was placed, 1 when it was refused and nothing was written; wrong usage ends in 2."""
    options = _parser().parse_args(arguments)
    reply = _reply(options.file)
    tree = WorkTree.at(options.repo)
    edits, refusals = _edits(reply, tree)
    if not refusals and not options.check:
        refusals = _written(edits, tree)
    show = _show_json if options.format == "json" else _show_text
    show(() if refusals else edits, refusals, terminal, is_written=not refusals and not options.check)
    return 1 if refusals else 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="self-heal apply",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 placed, 1 refused and nothing written, 2 wrong usage or unreadable input",
    )
    parser.add_argument(
        "file", metavar="FILE", nargs="?", help="the reply or diff; -, or nothing, reads standard input"
    )
    parser.add_argument(
        "--repo", metavar="DIR", default=".", help="the directory that its paths start from (default: .)"
    )
    parser.add_argument("--check", action="store_true", help="place it and print the diff, but write nothing")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="what to print (default: text)")
    return parser


def _reply(file: str | None) -> str:
    if file is None and sys.stdin.isatty():
        raise UsageError("there is nothing to read; give a file with a change in it, or pipe one in")
    most = 4 * MOST_CHARACTERS
    try:
        if file is None or file == "-":
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


def _edits(reply: str, tree: WorkTree) -> tuple[tuple[FileEdit, ...], list[_Refusal]]:
    """Return what the reply comes to in this directory, or everything that speaks against it."""
    changes = parse_reply(reply)
    if isinstance(changes, Rejection):
        return (), [_Refusal(changes)]
    refusals = [
        _Refusal(rejection, change.path)
        for change in changes
        if (rejection := _objection(change.path) or _objection_to_kind(change.path, tree))
    ]
    edits: tuple[FileEdit, ...] = ()
    if not refusals:
        placed = place(changes, tree.read)
        if isinstance(placed, Rejection):
            refusals = _blamed(changes, tree) or [_Refusal(placed, changes[0].path if len(changes) == 1 else None)]
        else:
            edits = placed
    for edit in edits:
        if edit.before is None and (rejection := _objection_to_new(edit.path, tree)):
            refusals.append(_Refusal(rejection, edit.path))
    return edits, refusals


def _blamed(changes: Sequence[FileChange], tree: WorkTree) -> list[_Refusal]:
    """Find out which files, and which of their hunks, cannot be placed, each by itself."""
    found: list[_Refusal] = []
    for change in changes:
        whole = place([change], tree.read)
        if not isinstance(whole, Rejection) or whole.code == "no_op":
            continue
        is_there = tree.read(change.path) is not None
        parts = [place([replace(change, hunks=(hunk,))], tree.read) for hunk in change.hunks if is_there]
        refused = [
            _Refusal(part, change.path, number)
            for number, part in enumerate(parts, 1)
            if isinstance(part, Rejection) and part.code != "no_op"
        ]
        if len(parts) > 1 and refused:
            found += refused
        else:
            found.append(_Refusal(_with_hint(whole, change.path, tree), change.path))
    return found


def _with_hint(rejection: Rejection, path: str, tree: WorkTree) -> Rejection:
    """Add where the file is if this is a directory below the one that its path starts from."""
    parts = path.split("/")
    for depth in range(1, len(parts) if rejection.code == "no_file" else 0):
        nearer = "/".join(parts[depth:])
        if tree.read(nearer) is not None:
            hint = f" There is {nearer}: if that is meant, add `--repo {'/'.join(['..'] * depth)}`."
            return replace(rejection, message=rejection.message + hint)
    return rejection


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


def _written(edits: Sequence[FileEdit], tree: WorkTree) -> list[_Refusal]:
    try:
        tree.write(edits)
    except UsageError as error:
        return [_Refusal(Rejection(RejectedBy.PLACEMENT, "not_written", error.sentence))]
    return []


def _show_text(
    edits: Sequence[FileEdit], refusals: Sequence[_Refusal], terminal: Terminal, *, is_written: bool
) -> None:
    """Print the diff on standard output, and on standard error what was done where, or why not."""
    terminal.print(unified_diff(edits))
    for facts in map(_facts, edits):
        lines = ", ".join(str(first) if first >= last else f"{first}-{last}" for first, last in facts["lines"])
        noun = "line" if lines.isdecimal() else "lines"
        where = f"{facts['file']}: {noun} {lines} (+{facts['added']} -{facts['removed']})"
        terminal.progress("written" if is_written else "fits", where)
    for refusal in refusals:
        hunk = f"hunk {refusal.hunk}: " if refusal.hunk else ""
        terminal.complain(f"nothing was written ({refusal.rejection.code}): {hunk}{refusal.rejection.message}")


def _show_json(
    edits: Sequence[FileEdit], refusals: Sequence[_Refusal], terminal: Terminal, *, is_written: bool
) -> None:
    """Print one document; the lists of files and of refusals are never both filled."""
    document = {
        "placed": not refusals,
        "written": is_written,
        "files": [_facts(edit) for edit in edits],
        "diff": unified_diff(edits),
        "refusals": [
            {
                "file": refusal.file,
                "hunk": refusal.hunk,
                "by": refusal.rejection.by,
                "code": refusal.rejection.code,
                "reason": refusal.rejection.message,
            }
            for refusal in refusals
        ],
    }
    terminal.print_json(document)


def _facts(edit: FileEdit) -> dict[str, Any]:
    """Tell how many places of a file changed, how many lines, and where they are now (first and last, from 1)."""
    before, after = ((data or b"").decode("latin-1").splitlines(keepends=True) for data in (edit.before, edit.after))
    places = [code for code in opcodes(before, after) if code[0] != "equal"]
    return {
        "file": edit.path,
        "hunks": len(places),
        "added": sum(m - k for _, _, _, k, m in places),
        "removed": sum(j - i for _, i, j, _, _ in places),
        "lines": [[k + 1, m] for _, _, _, k, m in places],
    }
