"""The code that may hold the fault, ranked by every signal there is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healer.localization.locate import MOST_LOCATIONS, locate
from healer.models.code import Commit
from healer.models.evidence import CaseOutcome, Failure, FailureCluster, Rule, StackFrame
from tests.localization.failing import FakeSourceTree, changing, failing

CORE = """import re

SIZE = 3


def parse(text):
    return tokens(text)


def tokens(text):
    found = re.split(" ", text)
    return found[:SIZE]


class Reader:
    def __init__(self, text):
        self.text = text

    def read(self):
        return parse(self.text)


def unrelated():
    return None
"""
TEST = """from pkg.core import Reader, parse


def test_it():
    reader = Reader("a b")
    assert parse("a b") == ["b"]


def test_reader():
    assert Reader("a b").read() == []
"""
TREE = FakeSourceTree.of(**{"pkg/core.py": CORE, "tests/test_it.py": TEST, "README.md": "# Read me\n"})


def test_the_innermost_source_frame_comes_before_its_callers() -> None:
    found = locate(failing(("tests/test_it.py", 6), ("pkg/core.py", 7), ("pkg/core.py", 11)), TREE, ())
    assert [(place.path, place.line, place.function) for place in found[:2]] == [
        ("pkg/core.py", 11, "tokens"),
        ("pkg/core.py", 7, "parse"),
    ]
    assert "frame 3 of 3 in the traceback of tests/test_it.py::test_it" in found[0].evidence
    assert found[0].line == found[0].end_line


def test_absolute_paths_of_another_machine_are_understood_and_foreign_ones_ignored() -> None:
    frames = [("/home/ci/work/repo/pkg/core.py", 11), ("/usr/lib/python3.12/re/__init__.py", 11), ("/etc/passwd", 1)]
    found = locate(failing(*frames), TREE, ())
    assert found[0].path == "pkg/core.py"
    assert {place.path for place in found} == {"pkg/core.py"}


def test_a_changed_line_outranks_the_line_that_raised() -> None:
    commit = changing("pkg/core.py", 12, "    return found\n", "    return found[:SIZE]\n")
    found = locate(failing(("tests/test_it.py", 6), ("pkg/core.py", 7), ("pkg/core.py", 11)), TREE, [commit])
    assert (found[0].line, found[0].function) == (12, "tokens")
    assert "changed in 4f2c1a9 'Speed up parsing', the newest commit" in found[0].evidence


def test_newer_changes_are_more_suspicious_than_older_ones() -> None:
    commits = [
        changing("pkg/core.py", 3, "SIZE = 2\n", "SIZE = 3\n", "bbbbbbb"),
        changing("pkg/core.py", 24, "    return 1\n", "    return None\n", "aaaaaaa"),
    ]
    found = locate(failing(file="nowhere.py"), TREE, commits)
    assert [place.line for place in found] == [3, 24]
    assert "1 commit before the newest" in found[1].evidence[0]


def test_a_removed_line_marks_where_it_was() -> None:
    commit = changing("pkg/core.py", 12, "    found.sort()\n", "")
    found = locate(failing(file="nowhere.py"), TREE, [commit])
    assert [(place.line, place.evidence) for place in found] == [
        (11, ("lines were removed here in 4f2c1a9 'Speed up parsing', the newest commit",))
    ]


def test_a_failed_assertion_leads_to_what_its_statement_calls() -> None:
    found = locate(failing(("tests/test_it.py", 6)), TREE, ())
    assert found[0].function == "parse"
    assert (found[0].line, found[0].end_line) == (6, 7)
    assert "called in the statement that failed" in found[0].evidence[0]
    functions = [place.function for place in found]
    assert {"tokens", "Reader.__init__"} < {*functions}
    assert "unrelated" not in functions


def test_a_syntax_error_is_where_python_says() -> None:
    text = (
        "E     File \"/ci/repo/pkg/core.py\", line 7\nE       return tokens(text\nE   SyntaxError: '(' was never closed"
    )
    clusters = failing(("tests/test_it.py", 1), message="SyntaxError: '(' was never closed", text=text)
    found = locate(clusters, TREE, ())
    assert (found[0].path, found[0].line) == ("pkg/core.py", 7)
    assert "Python cannot parse this line" in found[0].evidence[0]


def test_an_import_that_fails_leads_to_the_module_it_asked() -> None:
    message = "ImportError: cannot import name 'prase' from 'pkg.core' (/ci/repo/pkg/core.py)"
    found = locate(failing(("tests/test_it.py", 1), message=message), TREE, ())
    assert found[0].path == "pkg/core.py"
    assert any("misses a name of the module pkg.core" in words for place in found for words in place.evidence)


def test_a_missing_attribute_leads_to_its_class() -> None:
    found = locate(
        failing(file="nowhere.py", message="AttributeError: 'Reader' object has no attribute 'raed'"), TREE, ()
    )
    assert found[0].path == "pkg/core.py"
    assert any("misses an attribute of the class Reader" in words for place in found for words in place.evidence)


def test_tests_and_configuration_appear_only_when_there_is_nothing_else() -> None:
    with_source = locate(failing(("tests/test_it.py", 6), ("pkg/core.py", 7)), TREE, ())
    assert all(place.path == "pkg/core.py" for place in with_source)
    bare = FakeSourceTree.of(**{"tests/test_it.py": TEST, "conftest.py": "x = 1\n"})
    only_tests = locate(failing(("tests/test_it.py", 6)), bare, [changing("conftest.py", 1, "x = 2\n", "x = 1\n")])
    assert [(place.path, place.line, place.function) for place in only_tests] == [("tests/test_it.py", 6, "test_it")]


def test_other_languages_are_ranked_by_frames_and_changes() -> None:
    tree = FakeSourceTree.of(
        **{"src/sum.js": "function sum(a, b) {\n  return a - b\n}\n", "sum.test.js": "sum(1, 2)\n"}
    )
    commit = changing("src/sum.js", 2, "  return a + b\n", "  return a - b\n")
    found = locate(failing(("sum.test.js", 1), ("src/sum.js", 2), file="sum.test.js"), tree, [commit])
    assert (found[0].path, found[0].line, found[0].function) == ("src/sum.js", 2, "sum")
    assert {place.path for place in found} == {"src/sum.js"}


def test_nothing_known_is_nothing_located() -> None:
    assert locate((), TREE, ()) == ()
    assert locate(failing(file="elsewhere.py", name="test_absent"), FakeSourceTree({}), ()) == ()


def test_a_commit_of_thousands_of_lines_leaves_a_bounded_answer() -> None:
    text = "".join(f"x{number} = {number}\n" for number in range(5000))
    tree = FakeSourceTree.of(**{"big.py": text})
    found = locate(failing(("big.py", 77)), tree, [changing("big.py", 1, "", text)])
    assert len(found) == MOST_LOCATIONS
    assert found[0].line == 77


@pytest.mark.parametrize("line", [0, -3, 26, 10**9])
def test_frames_beyond_the_file_are_ignored(line: int) -> None:
    assert locate(failing(("pkg/core.py", line), file="nowhere.py"), TREE, ()) == ()


@pytest.mark.parametrize(
    "source",
    [
        b"\xff\xfe\x00",
        b"def f(:\n",
        b"(" * 5000,
        b"x = " + b"-" * 100_000 + b"1\n",
        b"x = " + b"+".join([b"1"] * 20_000) + b"\n",
        b"\0\0\0",
        b"",
        "\ufeffdef f():\r\n    return 1\r\n".encode(),
    ],
    ids=["not text", "not Python", "nesting", "unary chain", "long sum", "null bytes", "empty", "BOM and CRLF"],
)
def test_hostile_sources_are_ranked_without_a_crash(source: bytes) -> None:
    tree = FakeSourceTree({"pkg/core.py": source, "tests/test_it.py": source})
    found = locate(
        failing(("tests/test_it.py", 1), ("pkg/core.py", 1)), tree, [changing("pkg/core.py", 1, "a\n", "b\n")]
    )
    assert all(place.path == "pkg/core.py" for place in found)


TEXT = st.text(max_size=60)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["pkg/core.py", "tests/test_it.py", "../../etc/passwd", ""]) | TEXT, st.integers())
    ),
    TEXT,
    TEXT,
    st.lists(st.builds(Commit, TEXT, TEXT)),
)
def test_whatever_a_report_says_every_location_is_a_line_of_the_tree(
    frames: list[tuple[str, int]], name: str, message: str, commits: list[Commit]
) -> None:
    stack = tuple(StackFrame(file, line) for file, line in frames)
    failure = Failure(
        f"{name}::{name}", name, CaseOutcome.ERROR, file=name, type=message, message=message, frames=stack
    )
    found = locate((FailureCluster("f", (failure,)),), TREE, commits)
    assert all(1 <= place.line <= place.end_line <= TREE.read(place.path).count(b"\n") for place in found)
    assert [place.suspiciousness for place in found] == sorted((place.suspiciousness for place in found), reverse=True)
    assert all(0 <= place.suspiciousness <= 1 and place.evidence for place in found)


def test_a_finding_is_where_its_analyser_reports_it() -> None:
    finding = Failure(
        "S105",
        "S105",
        CaseOutcome.FAILED,
        file="pkg/core.py",
        line=3,
        rule=Rule("S105"),
        message="a password in the code",
    )
    commit = changing("pkg/core.py", 24, "    return 1\n", "    return None\n")
    found = locate((FailureCluster("f", (finding,)),), TREE, [commit])
    assert (found[0].line, found[0].evidence[0]) == (3, "S105 is reported here")


@pytest.mark.parametrize("line", [None, 0, 25, 10**9])
def test_a_finding_without_a_line_of_the_file_has_no_place(line: int | None) -> None:
    finding = Failure("S105", "S105", CaseOutcome.FAILED, file="pkg/core.py", line=line, rule=Rule("S105"), message="x")
    assert all(
        place.evidence != ("S105 is reported here",) for place in locate((FailureCluster("f", (finding,)),), TREE, ())
    )


def test_a_stub_of_a_file_that_is_there_is_not_suspected() -> None:
    tree = FakeSourceTree.of(**{**{path: data.decode() for path, data in TREE.files.items()}, "pkg/core.pyi": CORE})
    assert {place.path for place in locate(failing(("tests/test_it.py", 6)), tree, ())} == {"pkg/core.py"}


def test_what_only_shares_words_is_left_out_where_something_is_called() -> None:
    tree = FakeSourceTree.of(
        **{"pkg/core.py": CORE, "tests/test_it.py": TEST, "pkg/far.py": "def reader_of_text(reader):\n    return 1\n"}
    )
    assert {place.path for place in locate(failing(("tests/test_it.py", 6)), tree, ())} == {"pkg/core.py"}


def test_what_stands_behind_the_assertion_that_failed_is_not_called() -> None:
    test = TEST.replace('    assert parse("a b")', '    assert reader\n    assert parse("a b")')
    tree = FakeSourceTree.of(**{"pkg/core.py": CORE, "tests/test_it.py": test})
    assert all(place.function != "parse" for place in locate(failing(("tests/test_it.py", 6)), tree, ()))


def test_frames_of_several_tests_of_one_cause_are_told_once() -> None:
    one, other = failing(("pkg/core.py", 11)), failing(("pkg/core.py", 7), ("pkg/core.py", 11), name="test_other")
    cluster = FailureCluster("f", (*one[0].failures, *other[0].failures))
    (best, *_) = locate([cluster], TREE, ())
    assert [words for words in best.evidence if "frame" in words] == [
        "frame 1 of 1 in the traceback of tests/test_it.py::test_it"
    ]


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (
            Failure("a.go", "a.go", CaseOutcome.ERROR, type="compile error", frames=(StackFrame("pkg/core.py", 11),)),
            "named by the compiler in a.go",
        ),
        (
            Failure("S1", "S1", CaseOutcome.FAILED, rule=Rule("S1"), frames=(StackFrame("pkg/core.py", 11),)),
            "step 1 of 1 to what S1 reports",
        ),
    ],
    ids=["a compiler", "an analyser"],
)
def test_places_that_are_no_stack_are_not_called_frames(failure: Failure, words: str) -> None:
    assert words in locate([FailureCluster("f", (failure,))], TREE, ())[0].evidence


@pytest.mark.parametrize(
    "message", ["'shorten(a)' gave 3.0", 'no function "shorten"'], ids=["called in words", "in quotes"]
)
def test_what_is_looked_up_under_a_part_of_its_name_is_found(message: str) -> None:
    functions = "class Functions:\n    def _func_shorten(self, text):\n        return text\n"
    tree = FakeSourceTree.of(**{"pkg/core.py": CORE, "pkg/functions.py": functions})
    (best, *_) = locate(failing(name="test_it", message=message), tree, ())
    assert best.function == "Functions._func_shorten"
    assert "is named like shorten, which stands in the message of" in best.evidence[0]


def test_a_module_that_lacks_a_name_is_shown_from_its_first_statement_on() -> None:
    tree = FakeSourceTree.of(**{"pkg/core.py": '"""Reading.\n\nMore."""\n\nimport re\n'})
    message = "ImportError: cannot import name 'parse' from 'pkg.core' (pkg/core.py)"
    assert [(place.line, place.end_line) for place in locate(failing(message=message), tree, ())] == [(5, 5)]
