"""The change that broke it, by experiment, comes before everything else."""

from __future__ import annotations

from healer.localization.locate import locate
from healer.models.code import ChangedHunk, ChangedRange, Commit, Culprit
from tests.localization.failing import FakeSourceTree, changing, failing

TREE = FakeSourceTree.of(**{"shop.py": "".join(f"price_{number} = {number}\n" for number in range(30))})
COMMITS = [changing("shop.py", 3, "price_2 = 0\n", "price_2 = 2\n"), changing("shop.py", 20, "x\n", "price_19 = 19\n")]


def test_a_change_that_was_put_back_with_success_is_first_whatever_is_newer_or_on_the_stack() -> None:
    culprit = Culprit(COMMITS[1], 1, (ChangedRange("shop.py", 20, 20, ("x\n",)),))
    found = locate(failing(("shop.py", 9)), TREE, COMMITS, culprit=culprit)
    assert found[0].line == 20
    which = "4f2c1a9 'Speed up parsing', 1 commit before the newest"
    assert found[0].evidence[0] == f"what fails passes with what {which}, changed here put back"


def test_without_a_part_that_matters_the_whole_commit_is_suspected() -> None:
    commit = Commit("abcdef0123", "Clean up", (
        ChangedHunk("shop.py", 5, ("x\n",), 5, ("price_4 = 4\n", "price_5 = 5\n")),
        ChangedHunk("tests/test_it.py", 1, (), 1, ("x\n",)),
    ))  # fmt: skip
    found = locate(failing(("elsewhere.py", 9)), TREE, [], culprit=Culprit(commit, 0, ()))
    assert [(place.path, place.line, place.end_line) for place in found] == [("shop.py", 5, 6)]
    assert found[0].evidence == ("what fails passes with the code before abcdef0 'Clean up', the newest commit",)
