"""Who places replies: this project, git, patch, and a coding tool in an environment of its own."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from healer.models.change import Rejection
from healer.patches.parse import parse_reply
from healer.patches.place import place

if TYPE_CHECKING:
    from collections.abc import Sequence

_DRIVER = Path(__file__).with_name("aider_driver.py")
_SECONDS = 30
_QUIETLY = ("--force", "--silent", "--no-backup-if-mismatch", "--reject-file=-")
COMMANDS = {
    "git apply": ["git", "apply", "-"],
    "git apply --recount -C1 --ignore-whitespace": ["git", "apply", "--recount", "-C1", "--ignore-whitespace", "-"],
    "patch -p1": ["patch", "-p1", *_QUIETLY],
    "patch -p1 -F3 -l": ["patch", "-p1", "-F3", "-l", *_QUIETLY],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Task:
    """A reply and the one file that is there."""

    reply: str
    path: str
    before: bytes


def ours(task: Task) -> bytes | Rejection:
    """Return the bytes that this project makes of the file, or its refusal."""
    changes = parse_reply(task.reply)
    edits = changes if isinstance(changes, Rejection) else place(changes, {task.path: task.before}.get)
    if isinstance(edits, Rejection):
        return edits
    if [edit.path for edit in edits] != [task.path]:
        return b"\0another file was written"
    return edits[0].after


def by_command(task: Task, command: Sequence[str]) -> bytes | None:
    """Return the bytes that a command leaves of the file, or None when it ends in an error."""
    with tempfile.TemporaryDirectory(prefix="placing-") as folder:
        file = Path(folder, task.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(task.before)
        try:
            ended = subprocess.run(
                command, cwd=folder, input=task.reply.encode(), capture_output=True, timeout=_SECONDS, check=False,
                env={"PATH": "/usr/bin:/bin", "GIT_CEILING_DIRECTORIES": str(Path(folder).parent), "LC_ALL": "C.UTF-8"},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return None
        after = file.read_bytes() if file.exists() else b""
        return None if ended.returncode or after == task.before else after


def by_aider(tasks: Sequence[Task], python: Path) -> list[bytes | None]:
    """Return what aider's coders make of the files, in an environment where aider-chat is installed."""
    with tempfile.TemporaryDirectory(prefix="placing-") as folder:
        asked, answered = Path(folder, "asked"), Path(folder, "answered")
        lines = (json.dumps([task.reply, task.path, task.before.decode("latin-1")]) for task in tasks)
        asked.write_text("\n".join(lines), encoding="utf-8")
        subprocess.run([str(python), str(_DRIVER), str(asked), str(answered)], check=True)
        answers = [json.loads(line) for line in answered.read_text(encoding="utf-8").splitlines()]
    return [None if answer is None else answer.encode("latin-1") for answer in answers]
