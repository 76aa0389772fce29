"""What is worth reading before a repair, and no more than fits."""

from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.localization.context import CHARACTERS_PER_TOKEN, gather
from healer.localization.locate import locate
from healer.localization.skeleton import NOWHERE
from healer.models.code import Diagnosis, Excerpt, Location
from tests.localization.failing import FakeSourceTree, changing, failing

FILLER = "\n\n".join(f"    def method_{number}(self):\n        return {number}\n" for number in range(20))
CORE = f'''"""The core."""

import re
from os import path

SIZE = 3


@property
def decorated():
    return SIZE


def parse(text):
    """Split."""
    return tokens(text)


def tokens(text):
    def inner():
        return re.split(" ", text)

    return inner()[:SIZE]


class Reader:
    """Reads."""

    kind = "reader"

    def __init__(self, text):
        self.text = text

{FILLER}

    @staticmethod
    def fault(text):
        return parse(text)
'''
TEST = """import pytest

from pkg.core import Reader, parse

EXPECTED = ["b"]


@pytest.fixture
def text():
    return "a b"


@pytest.fixture
def unused():
    return None


@pytest.mark.parametrize("extra", [1, 2])
def test_it(text, extra):
    assert parse(text) == EXPECTED
"""
TREE = FakeSourceTree.of(**{"pkg/core.py": CORE, "tests/test_it.py": TEST, "data/rules.txt": "rule\n" * 100})
ASSERTION = TEST[: TEST.index("assert parse")].count("\n") + 1
FAULT = CORE[: CORE.index("return parse(text)")].count("\n") + 1


def gathered(*frames: tuple[str, int], budget: int = 4000) -> tuple[Excerpt, ...]:
    clusters = failing(*frames)
    return gather(Diagnosis(clusters, locate(clusters, TREE, ())), TREE, token_budget=budget)


def test_the_failing_test_comes_first_and_whole_with_the_fixtures_it_names() -> None:
    found = gathered(("tests/test_it.py", ASSERTION))
    assert found[0].text.startswith("@pytest.mark.parametrize")
    assert found[0].text.endswith("== EXPECTED\n")
    assert found[1].text == '@pytest.fixture\ndef text():\n    return "a b"\n'
    shown = "".join(excerpt.text for excerpt in found)
    assert "unused" not in shown
    assert "from pkg.core import Reader, parse" in shown
    assert "EXPECTED =" in shown


def test_a_suspicious_method_of_a_large_class_is_shown_with_its_header() -> None:
    found = gathered(("tests/test_it.py", ASSERTION), ("pkg/core.py", FAULT))
    texts = [excerpt.text for excerpt in found if excerpt.line != NOWHERE]
    method = next(text for text in texts if "def fault" in text)
    assert method.lstrip().startswith("@staticmethod")
    assert any(text.startswith("class Reader:") and 'kind = "reader"' in text for text in texts)
    assert not any("method_7" in text for text in texts)


def test_what_else_the_file_defines_is_told_by_its_heads() -> None:
    found = gathered(("tests/test_it.py", ASSERTION), ("pkg/core.py", FAULT))
    (heads,) = [excerpt.text for excerpt in found if excerpt.line == NOWHERE]
    assert "    def method_7(self):\n" in heads
    assert "def fault" not in heads  # it is shown whole
    assert "return" not in heads


def test_a_function_nested_in_another_is_shown_with_it() -> None:
    line = CORE[: CORE.index("return re.split")].count("\n") + 1
    found = gathered(("tests/test_it.py", ASSERTION), ("pkg/core.py", line))
    assert any(text.startswith("def tokens") and "return inner()" in text for text in (item.text for item in found))


def test_what_suspicious_code_calls_and_imports_is_shown_too() -> None:
    shown = "".join(excerpt.text for excerpt in gathered(("tests/test_it.py", ASSERTION)))
    assert "def tokens" in shown
    assert "import re\nfrom os import path\n\nSIZE = 3\n" in shown


def test_all_imports_of_a_file_are_shown_around_one_that_fails() -> None:
    imports = [f"from pkg.part{number} import name{number}" for number in range(40)]
    source = FakeSourceTree({"pkg/core.py": "\n".join([*imports[:20], "", *imports[20:], "", "x = 1"]).encode()})
    diagnosis = Diagnosis((), (Location("pkg/core.py", 39, 39, None, 0.9),))
    (found,) = gather(diagnosis, source, token_budget=2000)
    assert found.text.split("\n")[:-1] == [*imports[:20], "", *imports[20:]]


def test_what_another_test_defines_for_itself_is_not_shown() -> None:
    tests = [f"def test_{name}():\n    def y():\n        return {name}\n    assert y()\n" for name in ("one", "two")]
    source = FakeSourceTree({"tests/test_it.py": "\n\n".join(tests).encode()})
    diagnosis = Diagnosis(failing(("tests/test_it.py", 10), name="test_two"), ())
    shown = "".join(one.text for one in gather(diagnosis, source, token_budget=2000))
    assert "return two" in shown
    assert "return one" not in shown


def test_files_without_structure_are_shown_as_a_window_of_lines() -> None:
    clusters = failing(file="nowhere")
    commit = changing("data/rules.txt", 50, "old\n", "rule\n")
    diagnosis = Diagnosis(clusters, locate(clusters, TREE, [commit]), (commit,))
    found = gather(diagnosis, TREE, token_budget=1000)
    assert [(item.path, item.line, item.end_line) for item in found] == [("data/rules.txt", 35, 65)]


def test_a_definition_that_does_not_fit_makes_room_for_the_next() -> None:
    found = gathered(("tests/test_it.py", ASSERTION), ("pkg/core.py", FAULT), budget=60)
    assert found
    assert all("def test_it" not in item.text or "EXPECTED" in item.text for item in found)


@pytest.mark.parametrize("budget", [0, -5, 10])
def test_no_budget_is_no_context(budget: int) -> None:
    assert gathered(("tests/test_it.py", ASSERTION), budget=budget) == ()


@given(st.integers(0, 2000), st.sampled_from([ASSERTION, 1, 9, 14]), st.integers(1, CORE.count("\n")))
def test_excerpts_are_whole_distinct_true_and_within_the_budget(budget: int, in_test: int, in_core: int) -> None:
    found = gathered(("tests/test_it.py", in_test), ("pkg/core.py", in_core), budget=budget)
    assert sum(len(item.text) for item in found) <= budget * CHARACTERS_PER_TOKEN
    shown = [(item.path, line) for item in found for line in range(item.line, item.end_line + 1)]
    assert len(shown) == len(set(shown))
    for item in [item for item in found if item.line != NOWHERE]:
        lines = TREE.read(item.path).decode().splitlines(keepends=True)
        assert item.text == "".join(lines[item.line - 1 : item.end_line])
        body = item.text if not item.reason.startswith("the class") else item.text + "    pass\n"
        ast.parse(textwrap.dedent(body))


def test_nothing_known_is_nothing_shown() -> None:
    assert gather(Diagnosis((), ()), TREE, token_budget=1000) == ()
