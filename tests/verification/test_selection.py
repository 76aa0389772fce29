from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from healer.models.change import Analysis, CandidatePatch, FileEdit
from healer.verification.selection import ranked

if TYPE_CHECKING:
    from collections.abc import Sequence

BEFORE = b"a = 1\nb = 2\nc = 3\n"


@dataclass(frozen=True)
class Named:
    name: str
    patch: CandidatePatch
    flags: int = 0


def candidate(name: str, *afters: bytes) -> Named:
    edits = tuple(FileEdit(f"f{number}.py", BEFORE, after) for number, after in enumerate(afters))
    return Named(name, CandidatePatch("embedded", edits, Analysis()))


def order(candidates: Sequence[Named]) -> list[str]:
    return [each.name for each in ranked(candidates)]


def test_the_smaller_change_comes_first() -> None:
    two_lines = candidate("lines", b"a = 9\nb = 9\nc = 3\n")
    one_line = candidate("line", b"a = 1234567\nb = 2\nc = 3\n")
    two_files = candidate("files", b"a = 12\nb = 2\nc = 3\n", b"a = 12\nb = 2\nc = 3\n")

    assert order([two_files, two_lines, one_line]) == ["line", "lines", "files"]


def test_of_equal_changes_the_earlier_one_comes_first() -> None:
    assert order([candidate("x", b"a = 7\nb = 2\nc = 3\n"), candidate("y", b"a = 8\nb = 2\nc = 3\n")]) == ["x", "y"]


def test_what_others_propose_too_comes_before_what_is_smaller() -> None:
    small, shared = candidate("small", b"a = 2\nb = 2\nc = 3\n"), candidate("shared", b"a = 9\nb = 9\nc = 3\n")
    agreeing = {"small": 0, "shared": 2}
    assert [each.name for each in ranked([small, shared], lambda one: agreeing[one.name])] == ["shared", "small"]


def test_what_a_reviewer_need_not_look_at_comes_before_what_is_smaller() -> None:
    flagged = replace(candidate("flagged", b"a = 2\nb = 2\nc = 3\n"), flags=1)
    assert order([flagged, candidate("larger", b"a = 9\nb = 9\nc = 3\n")]) == ["larger", "flagged"]


def test_a_new_file_counts_all_its_lines() -> None:
    created = Named("new", CandidatePatch("e", (FileEdit("n.py", None, b"x = 1\n" * 5),), Analysis()))

    assert order([created, candidate("edit", b"a = 2\nb = 2\nc = 3\n")]) == ["edit", "new"]
