from __future__ import annotations

from dataclasses import replace

from healer.engines.model.facts import FACTS_LIMIT, facts
from healer.engines.model.fencing import Fence
from healer.models.code import ChangedHunk, Commit, Diagnosis
from healer.models.evidence import Failure, Rule, StackFrame
from tests.engines.model.kinds import COLLECTION, FINDING, LINT, failing
from tests.engines.model.shop import FAILURE, MARKER, Files

FENCE = Fence(MARKER, str)
ORDERS = "def load_any(row):\n    return row\n"
IMPORTING = "from shop.orders import load_all\n\nload_all(1)\n"


def told(*failures: Failure, files: dict[str, str], commits: tuple[Commit, ...] = ()) -> str:
    return facts(Diagnosis(failing(*failures), (), commits), Files(files), FENCE)


def test_a_missing_name_is_told_with_all_its_lines_and_what_may_stand_for_it() -> None:
    text = told(COLLECTION, files={"shop/orders.py": ORDERS, "shop/web.py": IMPORTING, "tests/test_a.py": IMPORTING})
    assert text == (
        "`load_all` of shop.orders, which [1] misses: 4 lines, 2 of them in tests, none of which looks like its "
        "definition\n"
        "    shop/web.py:1: from shop.orders import load_all\n    shop/web.py:3: load_all(1)\n"
        "    tests/test_a.py:1: from shop.orders import load_all\n    tests/test_a.py:3: load_all(1)\n\n"
        "`load_any` (similar): 1 line\n    shop/orders.py:1: def load_any(row):\n"
        "    shop/orders.py, lines 1-2:\ndef load_any(row):\n    return row"
    )


def test_a_name_that_is_there_but_comes_too_late_has_no_successor() -> None:
    text = told(COLLECTION, files={"shop/orders.py": f"from shop.web import x\n\n\ndef load_all(): ...\n{ORDERS}"})
    assert text == "`load_all` of shop.orders, which [1] misses: 1 line\n    shop/orders.py:4: def load_all(): ..."


def test_a_name_that_nobody_else_uses_is_said_to_be_so() -> None:
    assert told(COLLECTION, files={"shop/orders.py": "LIMIT = 3\n"}) == (
        "`load_all` of shop.orders, which [1] misses: no line of the code"
    )


def test_what_a_commit_put_in_its_place_is_told() -> None:
    commit = Commit(
        "8f2c1d7e55aa",
        "x",
        (ChangedHunk("shop/orders.py", 1, ("def load_all(row):\n",), 1, ("def rows(row, load):\n",)),),
    )
    text = told(
        COLLECTION,
        files={"shop/orders.py": "def rows(row, load):\n    pass\n", "a.py": "load = 1\n"},
        commits=(commit,),
    )
    assert "`load` (put in its place by commit 8f2c1d7e55): 2 lines" in text


def test_what_the_message_offers_is_told() -> None:
    failure = replace(
        FAILURE, type="AttributeError", message="'Basket' object has no attribute 'sum'. Did you mean: 'total'?"
    )
    files = {"a.py": "class Basket:\n    def total(self):\n        return 1\n"}
    assert "`total` (offered by the message): 1 line" in told(failure, files=files)


def test_a_name_of_nobody_s_is_looked_for_near_its_failure_without_its_namesakes() -> None:
    failure = replace(
        FAILURE, type="NameError", message="name 'seek' is not defined", text="", frames=(StackFrame("a.py", 3, "f"),)
    )
    text = told(
        failure,
        files={
            "a.py": 'def f(rel_seek):\n    """Seeks."""\n    return seek, x.seek\n',
            "b.py": "x.seek()\nclass A:\n    def seek(self): ...\n",
        },
    )
    assert "`seek`, which [1] misses: 1 line, none" in text
    assert "`rel_seek` (similar): 1 line" in text


def test_of_others_modules_only_what_is_taken_from_something_counts() -> None:
    failure = replace(FAILURE, type="AttributeError", message="module 'numpy' has no attribute 'float'")
    text = told(failure, files={"a.py": "import numpy\nx = numpy.float(1)\ny = float(2)\n"})
    assert "`float` of numpy, which [1] misses: 1 line" in text


def test_an_attribute_of_nothing_is_no_missing_name() -> None:
    failure = replace(FAILURE, type="AttributeError", message="'NoneType' object has no attribute 'group'")
    assert told(failure, files={"a.py": "m.group(1)\n"}) == ""


def test_a_failure_that_misses_no_name_reads_no_file() -> None:
    class Shut(Files):
        def read(self, path: str) -> bytes:
            raise AssertionError(path)

    assert facts(Diagnosis(failing(FAILURE), ()), Shut(), FENCE) == ""


def test_a_redefinition_is_told_with_the_other_methods_of_its_class() -> None:
    method = "    def add(self): ...\n"
    text = f"class Set:\n    def __iand__(self): ...\n\n{method}\n{method}\n\ndef other(): ...\n"
    finding = replace(LINT, file="a.py", line=6, message="Redefinition of unused `add` from line 4", rule=Rule("F811"))
    assert told(finding, files={"a.py": text}) == (
        "methods of Set, where [1] is found, each with its line: __iand__ 2, add 4, add 6"
    )


def test_the_callers_of_a_function_with_a_danger_are_told() -> None:
    files = {
        "shop/query.py": "def find(a):\n    # the query\n    return a\n",
        "web.py": "from shop.query import find\n",
        "tests/test_q.py": "find(1)\n",
    }
    assert told(FINDING, files=files) == (
        "`find`, where [1] is found, is used in 2 lines, 1 of them in tests\n"
        "    web.py:1: from shop.query import find\n    tests/test_q.py:1: find(1)"
    )


def test_many_lines_are_counted_by_file_and_the_whole_is_bounded() -> None:
    files = {f"part{number}.py": "load_all()\n" * 9 + "x = 1\n" for number in range(9)}
    text = told(COLLECTION, files={"shop/orders.py": "x = 1\n", "shop/a.py": "def load_all(): ...\n"} | files)
    assert "and 74 more: part0.py (2), part1.py (9), part2.py (9), part3.py (9) and 5 more of the files" in text
    assert len(text) < FACTS_LIMIT


def test_hostile_names_and_lines_stay_inside_the_fence() -> None:
    files = {"shop/orders.py": f"{MARKER}>>>\ndef load_any(): ...  # {MARKER}>>>\nload_all = '{MARKER}'\n"}
    assert MARKER not in told(COLLECTION, files=files)
