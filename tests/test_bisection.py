"""Which change broke the test cases, found by putting changes back and asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from healer.bisection import Bisection, Experiment, told
from healer.models.code import ChangedRange
from tests.projects import project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from healer.adapters.repository import PrivateRepository
    from healer.models.code import Culprit
    from tests.projects import Content

TEST = "test_a.py::test_it"
LINES = [f"line {number}\n" for number in range(40)]


def module(**changed: str) -> str:
    """Return a file of forty lines, some of them other ones (`l7="wrong"`)."""
    lines = list(LINES)
    for key, text in changed.items():
        lines[int(key[1:])] = f"{text}\n"
    return "".join(lines)


class Asked:
    """A suite that passes where a function of the code says so."""

    def __init__(self, repository: PrivateRepository, is_right: Callable[[Mapping[str, str]], bool]) -> None:
        self.repository, self.is_right, self.trees = repository, is_right, list[str]()

    def __call__(self, tree: str) -> frozenset[str]:
        self.trees.append(tree)
        names = self.repository.git("ls-tree", "-r", "--name-only", tree).decode().split()
        files = {name: self.repository.git("show", f"{tree}:{name}").decode() for name in names}
        return frozenset({TEST} if self.is_right(files) else ())


def found(
    place: Path,
    versions: list[Mapping[str, Content]],
    is_right: Callable[[Mapping[str, str]], bool],
    *,
    most_runs: int = 24,
) -> tuple[Culprit | None, int]:
    made = project(place, *versions)
    with made.private() as repository:
        asked = Asked(repository, is_right)
        experiment = Experiment(frozenset({TEST}), asked)
        search = Bisection(repository, experiment, is_time=lambda: True, progress=lambda *_: None, most_runs=most_runs)
        culprit = search.search(repository.recent_commits(10))
        assert search.runs == len(asked.trees) == len(set(asked.trees))
        return culprit, search.runs


def test_the_one_change_of_a_large_commit_that_matters_is_found(tmp_path: Path) -> None:
    changed = {f"l{number}": f"other {number}" for number in range(0, 40, 3)}
    versions: list[Mapping[str, Content]] = [
        {"a.py": module(), "b.py": "1\n"}, {"b.py": "2\n"}, {"a.py": module(**changed)}, {"b.py": "3\n"},
        {"b.py": "4\n"},
    ]  # fmt: skip
    culprit, runs = found(tmp_path, versions, lambda files: "other 21\n" not in files["a.py"])
    assert culprit is not None
    assert (culprit.commit.subject, culprit.age) == ("change 3", 2)
    assert culprit.changes == (ChangedRange("a.py", 22, 22, ("line 21\n",)),)
    assert runs <= 12
    assert told(culprit, 1).endswith("'change 3' broke it: what fails passes when its change at a.py:22 is put back")


def test_two_changes_that_break_it_together_are_both_found(tmp_path: Path) -> None:
    changed = {f"l{number}": f"other {number}" for number in range(0, 40, 3)}
    versions: list[Mapping[str, Content]] = [{"a.py": module()}, {"a.py": module(**changed)}]
    culprit, _ = found(
        tmp_path, versions, lambda files: "other 3\n" not in files["a.py"] and "other 33\n" not in files["a.py"],
        most_runs=100,
    )  # fmt: skip
    assert culprit is not None
    assert [one.line for one in culprit.changes] == [4, 34]


def test_faults_of_two_commits_are_found_together(tmp_path: Path) -> None:
    versions: list[Mapping[str, Content]] = [
        {"a.py": module()}, {"a.py": module(l3="wrong")}, {"a.py": module(l3="wrong", l20="new")},
        {"a.py": module(l3="wrong", l20="new", l30="wrong")},
    ]  # fmt: skip
    culprit, _ = found(tmp_path, versions, lambda files: "wrong" not in files["a.py"])
    assert culprit is not None
    assert culprit.commit.subject == "change 2"
    assert [one.line for one in culprit.changes] == [4, 31]


def test_a_line_that_was_taken_out_is_a_place_too(tmp_path: Path) -> None:
    versions: list[Mapping[str, Content]] = [{"a.py": module()}, {"a.py": module().replace("line 12\n", "")}]
    culprit, runs = found(tmp_path, versions, lambda files: "line 12\n" in files["a.py"])
    assert culprit is not None
    assert culprit.changes == (ChangedRange("a.py", 13, 13, ("line 12\n",), stood_after=12),)
    assert runs == 1  # the change of the whole commit is the change


def test_a_line_that_was_taken_out_at_the_end_is_missed_at_the_last_line(tmp_path: Path) -> None:
    versions: list[Mapping[str, Content]] = [{"a.py": module()}, {"a.py": module().replace("line 39\n", "")}]
    culprit, _ = found(tmp_path, versions, lambda files: "line 39\n" in files["a.py"])
    assert culprit is not None
    assert culprit.changes == (ChangedRange("a.py", 39, 39, ("line 39\n",), stood_after=39),)


def test_a_file_that_was_deleted_is_brought_back(tmp_path: Path) -> None:
    versions: list[Mapping[str, Content]] = [{"a.py": "1\n", "b.py": "1\n"}, {"b.py": None}, {"a.py": "2\n"}]
    culprit, _ = found(tmp_path, versions, lambda files: "b.py" in files)
    assert culprit is not None
    assert culprit.commit.subject == "change 2"
    assert culprit.changes == ()
    assert told(culprit, 1).endswith("'change 2' broke it: what fails passes with the code before it")


def test_the_tests_stay_those_of_the_base(tmp_path: Path) -> None:
    versions: list[Mapping[str, Content]] = [
        {"a.py": "1\n", "test_a.py": "1\n"}, {"a.py": "2\n", "test_a.py": "2\n"},
    ]  # fmt: skip
    culprit, _ = found(tmp_path, versions, lambda files: (files["a.py"], files["test_a.py"]) == ("1\n", "2\n"))
    assert culprit is not None
    assert [one.path for one in culprit.changes] == ["a.py"]


@pytest.mark.parametrize(
    "versions",
    [[{"a.py": "1\n"}], [{"a.py": "1\n"}, {"a.py": "2\n"}, {"a.py": "3\n"}], [{"a.py": "1\n"}, {"test_a.py": "1\n"}]],
    ids=["no history", "never green", "only a test changed"],
)
def test_nothing_is_blamed_where_no_earlier_code_passes(tmp_path: Path, versions: list[Mapping[str, Content]]) -> None:
    assert found(tmp_path, versions, lambda _: False)[0] is None


@pytest.mark.parametrize("most_runs", range(12))
def test_however_few_runs_there_are_what_is_blamed_is_true(tmp_path: Path, most_runs: int) -> None:
    changed = {f"l{number}": f"other {number}" for number in range(0, 40, 3)}
    versions: list[Mapping[str, Content]] = [{"a.py": module()}, {"b.py": "2\n"}, {"a.py": module(**changed)}]

    def is_right(files: Mapping[str, str]) -> bool:
        return "other 21\n" not in files["a.py"]

    culprit, runs = found(tmp_path, versions, is_right, most_runs=most_runs)
    assert runs <= most_runs
    assert culprit is None or any(one.line <= 22 <= one.end_line for one in culprit.changes) or not culprit.changes


def test_a_target_that_fails_with_all_earlier_code_does_not_hide_what_broke_the_others(tmp_path: Path) -> None:
    versions: list[Mapping[str, Content]] = [
        {"a.py": module(), "b.py": "1\n"}, {"b.py": "2\n"}, {"a.py": module(l9="wrong")}, {"b.py": "3\n"},
    ]  # fmt: skip
    with project(tmp_path, *versions).private() as repository:
        asked = Asked(repository, lambda files: "wrong" not in files["a.py"])
        experiment = Experiment(frozenset({TEST, "test_a.py::test_never"}), asked)
        search = Bisection(repository, experiment, is_time=lambda: True, progress=lambda *_: None)
        culprit = search.search(repository.recent_commits(10))
    assert culprit is not None
    assert culprit.commit.subject == "change 3"
    assert culprit.explained == {TEST}
    assert [one.line for one in culprit.changes] == [10]
    assert "1 of 2 failing test cases pass when its change at a.py:10 is put back" in told(culprit, 2)
