"""The change that broke it, by experiment, comes before everything else."""

from __future__ import annotations

from healer.localization import culprits
from healer.localization.locate import locate
from healer.models.code import ChangedHunk, ChangedRange, Commit, Culprit
from tests.localization.failing import FakeSourceTree, changing, failing

TREE = FakeSourceTree.of(**{"shop.py": "".join(f"price_{number} = {number}\n" for number in range(30))})
CULPRITS = ((culprits.rank, 1.0),)
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
    found = locate(failing(("elsewhere.py", 9)), TREE, [commit], culprit=Culprit(commit, 0, ()), rankers=CULPRITS)
    assert [(place.path, place.line, place.end_line) for place in found] == [("shop.py", 5, 6)]
    assert found[0].evidence == ("what fails passes with the code before abcdef0 'Clean up', the newest commit",)


def test_a_commit_that_newer_ones_pushed_down_is_suspected_where_its_lines_stand_now() -> None:
    newer = Commit("0123456789", "Say more", (ChangedHunk("shop.py", 0, (), 1, ("price_0 = 0\n", "price_1 = 1\n")),))
    older = changing("shop.py", 3, "x\n", "price_4 = 4\n")
    found = locate(failing(), TREE, [newer, older], culprit=Culprit(older, 1, ()), rankers=CULPRITS)
    assert [(place.line, place.end_line) for place in found] == [(5, 5)]


def test_lines_of_a_commit_that_are_gone_are_suspected_nowhere() -> None:
    commit = changing("shop.py", 5, "x\n", "price = None\n")
    assert locate(failing(), TREE, [commit], culprit=Culprit(commit, 0, ()), rankers=CULPRITS) == ()


def test_lines_taken_out_at_the_end_of_a_file_are_missed_at_its_last_line() -> None:
    commit = changing("shop.py", 31, "price_30 = 30\n", "")
    found = locate(failing(), TREE, [commit], culprit=Culprit(commit, 0, ()), rankers=CULPRITS)
    assert [(place.line, place.end_line) for place in found] == [(30, 30)]
