from __future__ import annotations

import pytest

from healer.engines.model.fencing import Fence
from healer.engines.model.naming import Short
from healer.engines.model.pieces import code
from healer.models.code import Excerpt
from tests.engines.model.shop import MARKER, Files

LINES = ["import a", "", "import b", "", "", "def f():", "    return 1", "x = 1", "def g():", "    return 2"]
SOURCE = Files({"shop/a.py": "\n".join(LINES) + "\n", "shop/b.py": "y = 1\n"})


def piece(first: int, last: int, reason: str = "", path: str = "shop/a.py") -> Excerpt:
    text = "".join(f"{line}\n" for line in SOURCE.files[path].split("\n")[first - 1 : last])
    return Excerpt(path, first, last, text, reason)


def shown(*excerpts: Excerpt, limit: int = 10_000) -> str:
    return code(excerpts, SOURCE, Short(()), Fence(MARKER, str), limit)


def test_pieces_that_only_blank_lines_part_are_one_with_those_lines() -> None:
    assert shown(piece(6, 7, "called by g"), piece(1, 1, "imports"), piece(3, 3, "imports")) == (
        "=== shop/a.py, lines 1-7: 1-1 imports; 3-3 imports; 6-7 called by g\n"
        "import a\n\nimport b\n\n\ndef f():\n    return 1"
    )


def test_one_reason_for_all_parts_is_given_once() -> None:
    assert shown(piece(1, 1, "imports"), piece(3, 3, "imports")).startswith(
        "=== shop/a.py, lines 1-3: imports\nimport a\n"
    )


@pytest.mark.parametrize(
    "excerpts",
    [
        (piece(6, 7), piece(9, 10)),
        (piece(1, 1), piece(6, 7)),
        (piece(1, 1), piece(1, 1, path="shop/b.py")),
        (piece(1, 1), Excerpt("shop/a.py", 3, 3, "import b\n# more than the line\n", "")),
    ],
    ids=["code between", "too far apart", "another file", "text that is not those lines"],
)
def test_other_pieces_stand_apart(excerpts: tuple[Excerpt, Excerpt]) -> None:
    assert shown(*excerpts).count("=== ") == 2


def test_heads_of_what_is_shown_in_full_are_left_out() -> None:
    heads = Excerpt("shop/a.py", 0, 0, "def f():\ndef g():\n", "heads only")
    assert (
        shown(heads, piece(6, 7))
        == "=== shop/a.py: heads only\ndef g():\n\n=== shop/a.py, lines 6-7\ndef f():\n    return 1"
    )
    assert "heads only" not in shown(heads, piece(6, 7), piece(9, 10))


def test_what_does_not_fit_makes_room_for_the_next() -> None:
    assert shown(piece(6, 7), piece(1, 1), limit=12) == "=== shop/a.py, lines 1-1\nimport a"
