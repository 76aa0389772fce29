from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.identity import node_id, rebuilt
from healer.models.evidence import CaseOutcome, Failure

PATHS = frozenset(
    {
        "tests/unit/test_calc.py",
        "tests/unit.py",
        "my.dir/test_dots.py",
        "pkg/core.py",
        "app.py",
        "backend/tests/test_api.py",
        "README.rst",
    }
)


def failure(suite: str, name: str, identity: str | None = None) -> Failure:
    return Failure(id=identity or f"{suite}::{name}", name=name, kind=CaseOutcome.FAILED, suite=suite)


@pytest.mark.parametrize(
    ("suite", "name", "expected"),
    [
        pytest.param(
            "tests.unit.test_calc.TestUnit",
            "test_a[x.y]",
            "tests/unit/test_calc.py::TestUnit::test_a[x.y]",
            id="class and dotted parameter",
        ),
        pytest.param(
            "tests.unit.test_calc", "test_a[p::q/r]", "tests/unit/test_calc.py::test_a[p::q/r]", id="function"
        ),
        pytest.param(
            "tests.unit.test_calc.TestA.TestB", "test_c", "tests/unit/test_calc.py::TestA::TestB::test_c", id="nested"
        ),
        pytest.param("tests.unit.Test", "test_c", "tests/unit.py::Test::test_c", id="the longest module wins"),
        pytest.param("my.dir.test_dots", "test_c", "my.dir/test_dots.py::test_c", id="dots in a directory"),
        pytest.param("tests.test_api.T", "test_c", "tests/test_api.py::T::test_c", id="ran in a subdirectory"),
        pytest.param("pkg.core", "pkg.core.f", "pkg/core.py::pkg.core.f", id="doctest in a module"),
        pytest.param("README.rst", "README.rst", "README.rst::README.rst", id="doctest in a text"),
        pytest.param("pytest", "tests.unit.test_calc", "tests/unit/test_calc.py", id="collection error"),
        pytest.param("com.acme.FooTest", "works", "com.acme.FooTest::works", id="java stays"),
        pytest.param("core", "app works", "core::app works", id="a base name alone is no proof"),
        pytest.param("", "", "::", id="nothing"),
    ],
)
def test_node_ids_are_rebuilt_where_the_paths_tell_them(suite: str, name: str, expected: str) -> None:
    assert node_id(failure(suite, name), PATHS) == expected


@pytest.mark.parametrize("identity", ["tests/x/test_other.py::test_a", "tests/x/test_other.py"])
def test_a_node_id_stays_as_it_is(identity: str) -> None:
    assert node_id(failure("tests.unit.test_calc", "test_a", identity), PATHS) == identity


def test_unittest_ids_become_node_ids() -> None:
    found = failure("tests.unit.test_calc.TestU", "test_u", "tests.unit.test_calc.TestU.test_u")
    assert node_id(found, PATHS) == "tests/unit/test_calc.py::TestU::test_u"


PARTS = st.sampled_from(
    ["tests", "test_a", "a", "src", "x-y", "\N{GREEK SMALL LETTER ALPHA}", "..", ".", "", "a b", "d.e"]
)
MODULES = st.tuples(st.lists(PARTS, max_size=3), st.sampled_from(["test_a.py", "a.py", "c.txt", "py"])).map(
    lambda parts: "/".join((*parts[0], parts[1]))
)
CLASSES = st.sampled_from(["", ".", "x", ".T", ".T.U", ".test_a"])
NAMES = st.sampled_from(["test_a", "test_x", "a", "", "tests.test_a", "test_x[a.b]"])


@given(MODULES, CLASSES, NAMES, st.sampled_from(["{suite}::{name}", "{name}"]))
def test_the_only_path_of_a_module_tells_what_it_tells_among_others(
    path: str, classes: str, name: str, form: str
) -> None:
    suite = path.removesuffix(".py").replace("/", ".") + classes
    identity = form.format(suite=suite, name=name)
    alone = rebuilt(identity, name, suite, [path])
    assert alone == rebuilt(identity, name, suite, [path, "else/where.py"])
