"""The gate judges real trees: what git says of them, and not what the edits claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from healer.models.change import FileEdit
from healer.patches.gate import judge
from tests.projects import Link, Program, project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.adapters.repository import PrivateRepository
    from tests.projects import Content

LARGE = b"x = 1\n" * 400_000


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateRepository]:
    files: dict[str, Content] = {
        "src/core.py": "x = 1\n",
        "src/tool.py": Program("#!/usr/bin/env python3\n"),
        "src/linked.py": Link("core.py"),
        "src/folder": Link("."),
        "src/large.py": LARGE,
        "tests/test_core.py": "assert 1\n",
    }
    with project(tmp_path_factory.mktemp("gate"), files).private() as opened:
        yield opened


@pytest.mark.parametrize(
    ("edits", "code"),
    [
        pytest.param([FileEdit("src/core.py", b"x = 1\n", b"x = 2\n")], None, id="a repair"),
        pytest.param([FileEdit("src/new.py", None, b"y = 1\n")], None, id="a new module"),
        pytest.param(
            [FileEdit("src/tool.py", b"#!/usr/bin/env python3\n", b"#!/usr/bin/env python3\nx = 1\n")], None,
            id="a program stays one",
        ),
        pytest.param([FileEdit("src/core.py", b"x = 0\n", b"x = 2\n")], "tree", id="an edit of another version"),
        pytest.param([FileEdit("src/core.py", None, b"x = 2\n")], "tree", id="a new file that is there"),
        pytest.param([FileEdit("src/linked.py", None, b"x = 2\n")], "type", id="in place of a link"),
        pytest.param([FileEdit("src/folder/new.py", None, b"x = 2\n")], "type", id="behind a link"),
        pytest.param([FileEdit("src/Linked.py", None, b"x = 2\n")], "path", id="the name of a link in other letters"),
        pytest.param([FileEdit("src/large.py", None, b"x = 2\n")], "tree", id="a file too large to be source"),
        pytest.param([FileEdit("tests/test_core.py", b"assert 1\n", b"\n")], "test_file", id="a test"),
        pytest.param([FileEdit("src/core.py", b"x = 1\n", b"x = 1\n")], "no_op", id="nothing"),
        pytest.param(
            [FileEdit("src/core.py", b"x = 1\n", b"x = 2\n"), FileEdit("src/core.py", b"x = 1\n", b"x = 3\n")], "tree",
            id="one file twice",
        ),
    ],
)  # fmt: skip
def test_a_tree_is_judged_by_what_git_finds_in_it(
    repository: PrivateRepository, edits: list[FileEdit], code: str | None
) -> None:
    tree = repository.write_tree(edits)
    rejection = judge(repository.changes(tree), edits, repository.names)
    assert (rejection.code if rejection else None) == code


def test_a_tree_with_more_in_it_than_was_said_is_refused(repository: PrivateRepository) -> None:
    said = [FileEdit("src/core.py", b"x = 1\n", b"x = 2\n")]
    tree = repository.write_tree([*said, FileEdit("src/other.py", None, b"evil = 1\n")])
    rejection = judge(repository.changes(tree), said, repository.names)
    assert rejection is not None
    assert rejection.code == "tree"
