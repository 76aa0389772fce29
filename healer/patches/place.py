"""Place changes into files by content alone: the only place that fits, or a refusal that says what would help."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from healer.models.change import FileChange, FileEdit, Hunk, RejectedBy, Rejection
from healer.patches.diff import opcodes
from healer.patches.guidance import ambiguous, elsewhere, not_found, shortened
from healer.patches.match import ladder
from healer.patches.scope import Definition, definitions, enclosing_ranges, headed_ranges, stands_in
from healer.patches.splice import Splice, spliced
from healer.patches.spots import MOST_PLACES, Place, occurrences
from healer.patches.text import PYTHON_SUFFIXES, SourceText, UnreadableTextError
from healer.patches.whole_file import whole_file_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from healer.patches.diff import Opcode

_LONGEST_REST = 3
_MARK = "\ufeff"


def place(changes: Sequence[FileChange], read: Callable[[str], bytes | None]) -> tuple[FileEdit, ...] | Rejection:
    """Return the edits that the changes mean for the files that `read` gives (None: no such file), or why not.

    All or nothing. Every hunk is matched against the original text; bytes outside of changed lines stay as they are.
    """
    edits: list[FileEdit] = []
    for change in changes:
        edit = _edited(change, read(change.path))
        if isinstance(edit, Rejection):
            return replace(edit, message=shortened(edit.message))
        edits.append(edit)
    if len({edit.path for edit in edits}) != len(edits):
        return _refused("conflict", "Two changes are about the same file; put all of its hunks into one.")
    if all(edit.before == edit.after for edit in edits):
        return _refused("no_op", "The change leaves every file exactly as it is.")
    return tuple(edit for edit in edits if edit.before != edit.after)


def _edited(change: FileChange, data: bytes | None) -> FileEdit | Rejection:
    path = change.path
    if change.deletes:
        return _refused("delete", f"{path} would be deleted; a repair changes files and keeps them.")
    if data is None:
        return _created(change)
    if change.creates:
        return _refused("exists", f"{path} would be created but exists; change its lines instead.")
    try:
        text = SourceText.decode(path, data)
        splices = _splices(path, text, change.hunks) if change.whole is None else _whole(path, text, change.whole)
        return splices if isinstance(splices, Rejection) else spliced(path, data, text, splices)
    except UnreadableTextError as error:
        return _refused(error.code, f"{path} cannot be edited: {error.reason}.")


def _created(change: FileChange) -> FileEdit | Rejection:
    if change.whole is not None or not (change.creates or (len(change.hunks) == 1 and not change.hunks[0].before)):
        return _refused("no_file", f"There is no file {change.path}; write its path from the root of the repository.")
    if len(change.hunks) > 1 or any(hunk.before for hunk in change.hunks):
        return _refused("no_file", f"{change.path} does not exist yet, so it must be one hunk of added lines.")
    text = "".join(f"{line}\n" for hunk in change.hunks for line in hunk.after)
    if any(hunk.final_newline is False for hunk in change.hunks):
        text = text.removesuffix("\n")
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return _refused("encoding", f"{change.path} would hold characters that cannot be written as UTF-8.")
    return FileEdit(change.path, None, data)


def _splices(path: str, text: SourceText, hunks: Sequence[Hunk]) -> list[Splice] | Rejection:
    known = _Definitions(text.lines if path.endswith(PYTHON_SUFFIXES) else ())
    splices: list[Splice] = []
    for number, hunk in enumerate(hunks, 1):
        where = f"{path}, hunk {number} of {len(hunks)}" if len(hunks) > 1 else path
        found = (
            _behind_mark(text, hunk, known, where) if _shows_mark(text, hunk) else _located(text, hunk, known, where)
        )
        if isinstance(found, Rejection):
            return found
        if found.start < found.end or found.lines or found.final_newline is not None:
            splices.append(found)
    return splices


def _whole(path: str, text: SourceText, lines: Sequence[str]) -> list[Splice] | Rejection:
    """Return what changes when the file becomes these lines."""
    codes = whole_file_codes(path, text.lines, lines)
    if isinstance(codes, Rejection):
        return codes
    return [
        Splice(i, j, tuple(lines[k:m]), range(max(0, i - 1), min(len(text.lines), j + 1)))
        for tag, i, j, k, m in codes
        if tag != "equal"
    ]


def _shows_mark(text: SourceText, hunk: Hunk) -> bool:
    return text.encoding == "utf-8-sig" and any(line.startswith(_MARK) for line in hunk.before[:1])


def _behind_mark(text: SourceText, hunk: Hunk, known: _Definitions, where: str) -> Splice | Rejection:
    """Place a hunk that shows the byte order mark, as git does, at the beginning of the file; the mark stays."""
    if not (hunk.after and hunk.after[0].startswith(_MARK)):
        return _refused("encoding", f"{where}: the byte order mark would be taken away; leave it where it is.")
    before, after = ((side[0].removeprefix(_MARK), *side[1:]) for side in (hunk.before, hunk.after))
    found = _located(text, replace(hunk, before=before, after=after), known, where)
    if isinstance(found, Splice) and found.region.start:
        return _refused("no_match", f"{where}: a byte order mark stands only at the beginning of the file.")
    return found


def _located(text: SourceText, hunk: Hunk, known: _Definitions, where: str) -> Splice | Rejection:
    if not hunk.before:
        return _without_anchor(text, hunk, where)
    for places in ladder(text.lines, hunk):
        if not places:
            continue
        is_alone = len(places) == 1 and hunk.scope and stands_in(text.lines, places[0].start, hunk.scope)
        ranges = [] if is_alone or not hunk.scope else enclosing_ranges(known.found, hunk.scope)
        inside = [spot for spot in places if _touches(spot, ranges)] if ranges else places
        if len(inside) == 1 and len(places) < MOST_PLACES:
            return _accepted(text, inside[0], hunk, where)
        if not inside:
            return _refused("no_match", elsewhere(where, text.lines, places, hunk.scope or ""))
        return _refused("ambiguous", ambiguous(where, text.lines, inside))
    return _nowhere(text, hunk, known, where)


class _Definitions:
    """A file's definitions, looked for when they are first asked for."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines

    @cached_property
    def found(self) -> list[Definition]:
        """The definitions; none where the file is not Python."""
        return definitions(self._lines)


def _without_anchor(text: SourceText, hunk: Hunk, where: str) -> Splice | Rejection:
    if text.lines:
        message = f"{where}: nothing says where the new lines go; give at least three lines around them."
        return _refused("no_anchor", message)
    return Splice(0, 0, hunk.after, range(0), hunk.final_newline)


def _nowhere(text: SourceText, hunk: Hunk, known: _Definitions, where: str) -> Rejection:
    if any(line.strip() for line in hunk.after) and len(occurrences(text.lines, hunk.after)) == 1:
        message = (
            f"{where}: the old lines are not there but the new ones are: the change is made already, or its + and - "
            "are exchanged; leave it out or turn it round."
        )
        return _refused("already_applied", message)
    own = (enclosing_ranges(known.found, hunk.scope) or headed_ranges(text.lines, hunk.scope)) if hunk.scope else []
    return _refused("no_match", not_found(where, text.lines, hunk.before, own))


def _touches(spot: Place, ranges: Sequence[range]) -> bool:
    return any(spot.start < scope.stop and scope.start < spot.end for scope in ranges)


def _accepted(text: SourceText, spot: Place, hunk: Hunk, where: str) -> Splice | Rejection:
    """Cut the context off a placed hunk; refuse an insertion at its rim whose lines already stand beside it."""
    old = text.lines[spot.start : spot.end]
    if _stands_already(text.lines, spot):
        return _refused("already_applied", f"{where}: the added lines already stand there; leave this change out.")
    if hunk.lacking and spot.end + hunk.lacking >= len(text.lines):
        # Elsewhere a change that was cut off would have had its context behind it, which is more than is missing.
        message = f"{where}: the hunk is shorter than its header says, up to the end of the file; send it again, whole."
        return _refused("truncated", message)
    if _may_lack_a_line(text, spot, hunk):
        message = f"{where}: there is one more line behind the place of the new lines; show it on its side of them."
        return _refused("ambiguous", message)
    head = 0
    while head < min(len(old), len(spot.lines)) and old[head] == spot.lines[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(spot.lines)) - head and old[-1 - tail] == spot.lines[-1 - tail]:
        tail += 1
    return Splice(
        spot.start + head,
        spot.end - tail,
        spot.lines[head : len(spot.lines) - tail],
        range(spot.start, spot.end),
        hunk.final_newline if spot.end == len(text.lines) else None,
    )


def _stands_already(lines: Sequence[str], spot: Place) -> bool:
    """Whether all that a hunk does is to add lines behind or before its context, and there they are."""
    old = lines[spot.start : spot.end]
    number = len(spot.lines) - len(old)
    if number <= 0:
        return False
    behind, before = lines[spot.end : spot.end + number], lines[max(0, spot.start - number) : spot.start]
    return spot.lines in {(*old, *behind), (*before, *old)}


def _may_lack_a_line(text: SourceText, spot: Place, hunk: Hunk) -> bool:
    """Whether lines are added at the rim of a hunk, all but one line from the rim of the file.

    A diff that shows context on one side shows none on the other only at the end of a file: its last line may have
    been left out.
    """
    behind, before = (
        0 < len(rest) <= _LONGEST_REST and sum(bool(text.lines[index].strip()) for index in rest) == 1
        for rest in (range(spot.end, len(text.lines)), range(spot.start))
    )
    if not (behind or before):
        return False
    codes = opcodes(hunk.before, hunk.after)
    first, last = codes[0], codes[-1]
    return (behind and _adds(last) and first[0] == "equal") or (before and _adds(first) and last[0] == "equal")


def _adds(code: Opcode) -> bool:
    tag, i, j, k, m = code
    return tag != "equal" and m - k > j - i


def _refused(code: str, message: str) -> Rejection:
    return Rejection(RejectedBy.PLACEMENT, code, message)
