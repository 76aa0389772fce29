"""The engine as the pipeline meets it: lazy, ordered, distinct, and never outside source files."""

from __future__ import annotations

import ast
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer import layout
from healer.engines.embedded.complaint import Complaint, complaints
from healer.engines.embedded.engine import EmbeddedEngine
from healer.engines.embedded.registry import TEMPLATES
from healer.engines.embedded.repair import Splice, spliced
from healer.engines.embedded.similarity import close_names
from healer.localization.locate import locate
from healer.models.change import CandidatePatch
from healer.models.code import Diagnosis
from healer.models.evidence import CaseOutcome, Failure, FailureCluster, StackFrame
from healer.ports import Engine, RepairTask
from tests.engines.embedded.broken_project import FakeSourceTree, Project
from tests.engines.embedded.history import commit_of

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """import json


def load(text, limit=3):
    values = json.loads(text)
    if len(values) > limit and not text:
        return vales[:limit]
    return values[0:limit]


class Reader:
    def __init__(self):
        self.text = ""

    def read(self):
        return load(self.txt)
"""
FILES = {"core.py": SOURCE.encode(), "tests/test_core.py": b"from core import load\n\ndef test_it():\n    load('1')\n"}


def failure(kind: str = "AssertionError", message: str = "no", text: str = "", *frames: tuple[str, int]) -> Failure:
    stack = tuple(StackFrame(*frame) for frame in frames)
    return Failure("t::test_it", "test_it", CaseOutcome.FAILED, type=kind, message=message, text=text, frames=stack)


def task(*failures: Failure, files: dict[str, bytes] | None = None) -> RepairTask:
    source = FakeSourceTree(FILES if files is None else files)
    clusters = tuple(FailureCluster(str(number), (found,)) for number, found in enumerate(failures))
    return RepairTask(Diagnosis(clusters, locate(clusters, source, ())), source)


def test_it_is_an_engine_that_learns_nothing_from_failure() -> None:
    engine: Engine = EmbeddedEngine()
    assert (engine.name, engine.rounds) == ("embedded", 1)


def test_proposals_are_distinct_parse_and_say_what_and_why() -> None:
    found = list(
        EmbeddedEngine().propose(task(failure("NameError", "name 'vales' is not defined", "", ("core.py", 7))))
    )
    assert len(found) > 5
    assert len({candidate.edits for candidate in found}) == len(found)
    for candidate in found:
        assert candidate.engine == "embedded"
        assert candidate.analysis.root_cause
        assert candidate.analysis.strategy
        assert 0 <= (candidate.analysis.confidence or 0) <= 1
        assert [edit.before for edit in candidate.edits] == [SOURCE.encode()]
        ast.parse(candidate.edits[0].after)
    assert found[0].edits[0].after == SOURCE.replace("vales", "values").encode()
    assert found[0].analysis.strategy == "use values instead of vales"


def test_every_failure_of_every_cluster_is_heard() -> None:
    first = failure("NameError", "name 'vales' is not defined", "", ("core.py", 7))
    second = failure("AttributeError", "'Reader' object has no attribute 'txt'", "", ("core.py", 16))
    after = [candidate.edits[0].after for candidate in islice(EmbeddedEngine().propose(task(first, second)), 4)]
    assert SOURCE.replace("vales", "values").encode() in after
    assert SOURCE.replace("txt", "text").encode() in after


def test_the_best_repairs_of_several_clusters_are_tried_together_first() -> None:
    first = failure("NameError", "name 'vales' is not defined", "", ("core.py", 7))
    second = failure("AttributeError", "'Reader' object has no attribute 'txt'", "", ("core.py", 16))
    found = next(EmbeddedEngine().propose(task(first, second)))
    assert found.edits[0].after == SOURCE.replace("vales", "values").replace("txt", "text").encode()
    assert found.analysis.strategy.count(";") == 1


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_there_are_never_more_than_the_limit(limit: int) -> None:
    found = EmbeddedEngine(limit).propose(task(failure("AssertionError", "no", "", ("core.py", 6))))
    assert len(list(found)) == limit


def test_nothing_is_read_before_it_is_asked_for() -> None:
    class Unreadable:
        paths = frozenset({"core.py"})

        def read(self, path: str) -> bytes:
            raise AssertionError(path)

    proposals = EmbeddedEngine().propose(RepairTask(Diagnosis((), ()), Unreadable()))
    assert list(islice(proposals, 0)) == []


def test_what_exception_and_history_both_say_comes_first(tmp_path: Path) -> None:
    before = "def total(values):\n    amount = sum(values)\n    return amount + 1\n"
    after = before.replace("amount = ", "amuont = ").replace("values", "numbers")
    commit = commit_of("Rename", {"core.py": before}, {"core.py": after})
    test = "from core import total\ndef test_it():\n    assert total([1, 2]) == 4\n"
    project = Project.of(tmp_path, {"core.py": after, "tests/test_it.py": test}, (commit,))
    assert project.results(1) == [{"core.py": before.replace("values", "numbers")}]


def test_a_repair_of_a_syntax_error_must_parse(tmp_path: Path) -> None:
    before = "def one():\n    return 1\n\n\ndef two():\n    return [2]\n"
    after = "def one():\n    return 1)\n\n\ndef two():\n    return [2\n"
    commit = commit_of("Tidy", {"core.py": before}, {"core.py": after})
    test = "from core import one\ndef test_it():\n    assert one() == 1\n"
    project = Project.of(tmp_path, {"core.py": after, "tests/test_it.py": test}, (commit,))
    assert project.results() == [{"core.py": before}]


def test_comments_and_docstrings_are_not_put_back(tmp_path: Path) -> None:
    before = '"""One."""\n\n\ndef one():\n    """Return 1."""\n    return None  # so far\n'
    after = before.replace("One", "Two").replace("Return 1", "Return it").replace("so far", "for now")
    commit = commit_of("Explain", {"core.py": before}, {"core.py": after})
    test = "from core import one\ndef test_it():\n    assert one() == 1\n"
    project = Project.of(tmp_path, {"core.py": after, "tests/test_it.py": test}, (commit,))
    assert project.results() == []


def test_no_diagnosis_is_no_proposal() -> None:
    assert list(EmbeddedEngine().propose(task())) == []
    assert list(EmbeddedEngine().propose(task(failure(), files={}))) == []


MESSAGES = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        [
            "name 'vales' is not defined",
            "module 'core' has no attribute 'laod'",
            "'Reader' object has no attribute 'txt'",
            "type object 'Reader' has no attribute 'raed'",
            "cannot import name 'laod' from 'core' (core.py)",
            "No module named 'cor'",
            "load() got an unexpected keyword argument 'limt'",
            "load() missing 1 required positional argument: 'text'",
            "Reader.read() takes 0 positional arguments but 1 was given",
            "'str' object is not callable",
            "'text'",
            "local variable 'values' referenced before assignment",
            "invalid syntax",
        ]
    ),
)
KINDS = st.sampled_from(
    ["NameError", "AttributeError", "ImportError", "ModuleNotFoundError", "TypeError", "KeyError", "SyntaxError", "x.Y"]
)
PATHS = st.sampled_from(["core.py", "tests/test_core.py", "/ci/core.py", "/etc/passwd", "nowhere.py"])


@given(KINDS, MESSAGES, st.lists(st.tuples(PATHS, st.integers(-1, 20)), max_size=4), st.binary(max_size=60))
def test_whatever_fails_candidates_are_real_changes_of_source_files(
    kind: str, message: str, frames: list[tuple[str, int]], odd: bytes
) -> None:
    files = {**FILES, "odd.py": odd, "broken.py": b"def f(:\n"}
    found = list(islice(EmbeddedEngine().propose(task(failure(kind, message, message, *frames), files=files)), 12))
    for candidate in found:
        assert isinstance(candidate, CandidatePatch)
        assert candidate.edits
        for edit in candidate.edits:
            assert layout.is_source(edit.path)
            assert edit.before == files[edit.path]
            assert edit.after != edit.before


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            failure("NameError", "NameError: name 'a' is not defined"),
            [Complaint("NameError", "name 'a' is not defined")],
        ),
        (failure("builtins.KeyError", "'a'"), [Complaint("KeyError", "'a'")]),
        (failure("AssertionError", "assert 1 == 2\nE  more"), [Complaint("AssertionError", "assert 1 == 2")]),
        (
            failure("NameError", "name 'lod'", "NameError: name 'lod'. Did you mean: 'load'?\n"),
            [Complaint("NameError", "name 'lod'", "load")],
        ),
        (
            failure("collection failure", "", "E   ModuleNotFoundError: No module named 'a'"),
            [Complaint("collection failure", ""), Complaint("ModuleNotFoundError", "No module named 'a'")],
        ),
        (
            failure("ValueError", "ValueError: b", "KeyError: 'a'\n\nDuring handling\n\nValueError: b\n"),
            [Complaint("ValueError", "b"), Complaint("KeyError", "'a'")],
        ),
        (failure("", "", ""), []),
    ],
)
def test_complaints_are_what_was_raised_and_then_its_causes(found: Failure, expected: list[Complaint]) -> None:
    assert list(complaints(found)) == expected


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("vlaue", ["value", "values", "other"], ["value", "values"]),
        ("getSize", ["get_size", "set_size"], ["get_size", "set_size"]),
        ("x", ["y", "z"], []),
        ("x", ["X"], ["X"]),
        ("value", ["value"], []),
        ("frobnicate", ["value", "print"], []),
        ("a" * 1000, ["a" * 999], []),
    ],
)
def test_close_names_are_close(name: str, known: list[str], expected: list[str]) -> None:
    assert [other for other, _ in close_names(name, known)] == expected


def test_splices_that_overlap_are_refused_and_others_leave_all_else_alone() -> None:
    assert spliced(b"abcdef", [Splice("f", 4, 5, b"E"), Splice("f", 0, 1, b""), Splice("f", 2, 2, b"__")]) == b"b__cdEf"
    assert spliced(b"abcdef", [Splice("f", 1, 3, b""), Splice("f", 2, 4, b"")]) is None
    assert spliced(b"abc", [Splice("f", 2, 9, b"")]) is None


def test_every_template_is_named_and_documented() -> None:
    assert all(template.__doc__ for template in TEMPLATES.values())
