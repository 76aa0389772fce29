"""What holds for any texts, bytes and replies: never wrong, never half, never an exception."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from healer.models.change import FileChange, FileEdit, Hunk, Rejection
from healer.patches.diff import unified_diff
from healer.patches.match import ladder
from healer.patches.parse import parse_reply
from healer.patches.place import place

_LINES = st.sampled_from(
    ["a", "b", "    a", "     a", "\ta", "  b", "", " ", "a  ", "&lt;a", "<a", "...", "# ...", "def f():", "class A:",
     "\x0c", "é", "total = 1", "totla = 1"]
)  # fmt: skip
_TEXTS = st.lists(_LINES, max_size=12)
_HUNKS = st.builds(
    Hunk,
    _TEXTS.map(tuple),
    _TEXTS.map(tuple),
    scope=st.sampled_from([None, "def f", "A.f", "class A", "("]),
    final_newline=st.sampled_from([None, True, False]),
)
_HEADS = st.sampled_from(["", "\ufeff", "# coding: latin-1\n"])
_MARK = b"\xef\xbb\xbf"
_ENDINGS = st.sampled_from(["\n", "\r\n"])
_BYTES = st.binary(max_size=40) | st.tuples(_HEADS, _TEXTS, _ENDINGS, st.sampled_from(["", "z"])).map(
    lambda parts: (parts[0] + "".join(f"{line}{parts[2]}" for line in parts[1]) + parts[3]).encode()
)


@given(_BYTES, st.lists(_HUNKS, max_size=4), st.sampled_from(["m.py", "m.txt"]), st.none() | _TEXTS.map(tuple))
def test_placing_any_hunks_on_any_bytes_gives_edits_or_a_short_refusal(
    data: bytes, hunks: list[Hunk], path: str, whole: tuple[str, ...] | None
) -> None:
    edits = place((FileChange(path, tuple(hunks), whole=whole),), {path: data}.get)
    if isinstance(edits, Rejection):
        assert 0 < len(edits.message) <= 600
    else:
        assert [(edit.path, edit.before) for edit in edits] == [(path, data)]
        assert edits[0].after != data


@given(_BYTES, _BYTES, st.lists(_HUNKS, max_size=3), st.lists(_HUNKS, max_size=3))
def test_one_refused_file_refuses_all(one: bytes, other: bytes, ours: list[Hunk], theirs: list[Hunk]) -> None:
    changes = (FileChange("a.py", tuple(ours)), FileChange("b.py", tuple(theirs)))
    files = {"a.py": one, "b.py": other}
    alone = [place((change,), files.get) for change in changes]
    together = place(changes, files.get)
    if any(isinstance(edits, Rejection) and edits.code != "no_op" for edits in alone):
        assert isinstance(together, Rejection)
    else:
        assert isinstance(together, Rejection) == all(isinstance(edits, Rejection) for edits in alone)


@given(_TEXTS, _HUNKS)
def test_doubt_on_one_rung_is_never_settled_by_a_looser_one(lines: list[str], hunk: Hunk) -> None:
    if not hunk.before:
        return
    rungs = list(ladder(lines, hunk))
    first = next((places for places in rungs if places), [])
    data = "".join(f"{line}\n" for line in lines).encode()
    edits = place((FileChange("m.txt", (hunk,)),), {"m.txt": data}.get)
    if len(first) != 1:
        assert isinstance(edits, Rejection)
    elif not isinstance(edits, Rejection):
        (place_found,) = first
        expected = [*lines[: place_found.start], *place_found.lines, *lines[place_found.end :]]
        assert edits[0].after.decode().split("\n") in ([*expected, ""], expected)


@given(_BYTES, _BYTES)
@example(b"", _MARK)
@example(_MARK, b"a\n")
@example(_MARK + b"a\n", _MARK)
def test_the_diff_of_any_two_files_gives_the_second_or_is_refused(before: bytes, after: bytes) -> None:
    changes = parse_reply(unified_diff([FileEdit("m.txt", before, after)]))
    edits = changes if isinstance(changes, Rejection) else place(changes, {"m.txt": before}.get)
    assert isinstance(edits, Rejection) or edits == (FileEdit("m.txt", before, after),)


@given(
    st.lists(st.integers(0, 999), unique=True, min_size=1, max_size=40),
    st.data(),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from(["", "\ufeff"]),
)
def test_the_diff_of_texts_without_repetitions_is_always_placed(
    numbers: list[int], data: st.DataObject, ending: str, is_ended: bool, mark: str  # noqa: FBT001 - drawn
) -> None:  # fmt: skip
    lines = [f"value_{number} = {number}" for number in numbers]
    actions = data.draw(st.lists(st.sampled_from("kkkkdri"), min_size=len(lines), max_size=len(lines)))
    after = [
        new
        for line, action in zip(lines, actions, strict=True)
        for new in {"k": [line], "d": [], "r": [line.upper()], "i": [line, f"{line} + 1"]}[action]
    ]
    one, other = (
        (mark + ending.join(text) + (ending if is_ended and text else "")).encode() for text in (lines, after)
    )
    changes = parse_reply(unified_diff([FileEdit("m.py", one, other)]))
    edits = changes if isinstance(changes, Rejection) else place(changes, {"m.py": one}.get)
    if one == other:
        assert isinstance(edits, Rejection)
    else:
        assert edits == (FileEdit("m.py", one, other),)
