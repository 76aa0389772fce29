"""What functions in other languages call: by what a call is made on, by imports, and across files."""

from __future__ import annotations

import pytest

from healer.localization.locate import locate
from healer.localization.outlined_calls import reached
from healer.localization.outlined_imports import imports, linked
from healer.localization.outlined_steps import steps
from healer.localization.pysource import SourceIndex
from tests.localization.failing import FakeSourceTree, failing

SEMVER = {
    "package.json": '{"name": "versions"}',
    "index.js": "const intersects = require('./ranges/intersects')\nmodule.exports = { intersects }\n",
    "ranges/intersects.js": "const Range = require('../classes/range')\n"
    "const intersects = (one, two) => {\n  one = new Range(one)\n  return one.intersects(two)\n}\n"
    "module.exports = intersects\n",
    "classes/range.js": "class Range {\n  intersects (range) {\n    return this.set.some((thisComparator) => {\n"
    "      return thisComparator.intersects(range)\n    })\n  }\n\n  test (version) {\n    return true\n  }\n}\n"
    "module.exports = Range\nconst Comparator = require('./comparator')\n",
    "classes/comparator.js": "class Comparator {\n  intersects (other) {\n    return this.test(other)\n  }\n\n"
    "  test (other) {\n    return false\n  }\n}\nmodule.exports = Comparator\n",
}
CSV = {
    "go.mod": "module example.org/csv\n",
    "reader.go": 'package csv\n\nimport "strings"\n\ntype Reader struct{}\n\nfunc (r *Reader) Read() string {\n'
    '\treturn r.record()\n}\n\nfunc (r *Reader) record() string {\n\treturn strings.Trim(trim("x"), " ")\n}\n',
    "text.go": "package csv\n\nfunc trim(text string) string {\n\treturn text\n}\n\n"
    "func Trim(text string) string {\n\treturn text\n}\n\ntype Writer struct{}\n\nfunc (w *Writer) record() {\n}\n",
}


def callees(files: dict[str, str], path: str, name: str) -> list[tuple[str, str, int]]:
    index = SourceIndex(FakeSourceTree.of(**files))
    outline = index.outline(path)
    assert outline
    one = next(one for one in outline.named(name) if not one.is_container)
    return [(home.path, other.qualname, depth) for home, other, _, _, depth in reached(index, outline, one)]


def test_calls_are_followed_across_files_by_what_they_are_made_on() -> None:
    assert callees(SEMVER, "ranges/intersects.js", "intersects") == [
        ("classes/range.js", "Range.intersects", 1),
        ("classes/comparator.js", "Comparator.intersects", 2),
        ("classes/comparator.js", "Comparator.test", 3),
    ]


def test_in_go_a_call_on_the_receiver_is_of_its_type_and_a_package_is_one_file() -> None:
    assert callees(CSV, "reader.go", "Read") == [("reader.go", "Reader.record", 1), ("text.go", "trim", 2)]


@pytest.mark.parametrize(
    ("path", "text", "own"),
    [
        pytest.param("a.js", "const test = require('node:test')\n", {"test": False}, id="of the runtime"),
        pytest.param("a.js", "const { ok, is: same } = require('assert')\n", {"ok": False, "same": False}, id="parts"),
        pytest.param("a.js", "const a = require('..')\n", {"a": True}, id="by path"),
        pytest.param("a.js", "import v from 'versions'\n", {"v": True}, id="itself by name"),
        pytest.param("a.ts", "import type { T, U as W } from 'src/t'\n", {"T": True, "W": True}, id="by a folder"),
        pytest.param("a.ts", "import * as far from '@org/far'\n", {"far": False}, id="another package"),
        pytest.param(
            "a.go", 'package a\n\nimport (\n\tx "example.org/csv/in"\n\t"io/v2"\n)\n', {"x": True, "io": False},
            id="Go",
        ),
        pytest.param(
            "T.java", "import static org.junit.Assert.fail;\nimport shop.Cart;\n", {"fail": False, "Cart": True},
            id="Java",
        ),
        pytest.param("a.rs", "use std::collections::{HashMap};\nuse crate::cart::total;\n", None, id="Rust"),
        pytest.param("a.rb", "require 'json'\n", {}, id="a language without a reader"),
    ],
)  # fmt: skip
def test_imports_are_told_to_be_the_repositorys_own_or_not(path: str, text: str, own: dict[str, bool] | None) -> None:
    tree = FakeSourceTree.of(
        **SEMVER, **{"go.mod": "module example.org/csv\n", "src/t.ts": "", "shop/Cart.java": "", path: text}
    )
    index = SourceIndex(tree)
    outline = index.outline(path)
    assert outline
    found = imports(index, outline)
    assert found == own if own is not None else found.get("HashMap") is False and "total" not in found


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param("require('..')", ("index.js",), id="a folder"),
        pytest.param("require('./comparator')", ("classes/comparator.js",), id="a file"),
        pytest.param("require('../../../etc/passwd')", (), id="out of the repository"),
        pytest.param("require('node:fs')", (), id="of the runtime"),
    ],
)
def test_files_are_led_to_by_path_and_only_within_the_repository(said: str, expected: tuple[str, ...]) -> None:
    index = SourceIndex(FakeSourceTree.of(**{**SEMVER, "classes/x.js": f"const x = {said}\n"}))
    outline = index.outline("classes/x.js")
    assert outline
    assert linked(index, outline) == expected


def test_what_gave_the_failing_lines_their_values_is_told_from_the_rest() -> None:
    code = "package a\n\nfunc TestIt(t *testing.T) {\n\told := Old()\n\tin := Input()\n\tgot, err := Parse(in)\n"
    code += '\tif got != "x" {\n\t\tt.Errorf("bad %v", got)\n\t}\n\tClose()\n}\n'
    outline = SourceIndex(FakeSourceTree.of(**{"a_test.go": code})).outline("a_test.go")
    assert outline
    found = {
        number: step.value
        for step, first, last in steps(outline, outline.named("TestIt")[0], 8)
        for number in range(first, last + 1)
    }
    assert [found[number] for number in range(4, 11)] == ["other", "made", "made", "failed", "failed", "other", "other"]


def test_a_test_of_the_runner_is_no_method_of_the_repository() -> None:
    test = (
        "const test = require('node:test')\nconst assert = require('node:assert')\nconst versions = require('..')\n\n"
    )
    test += "test('ranges that touch do not meet', () => {\n  assert.ok(!versions.intersects('<1', '>=1'))\n})\n"
    tree = FakeSourceTree.of(**{**SEMVER, "test/ranges.test.js": test})
    (cluster,) = failing(("test/ranges.test.js", 6), name="ranges that touch do not meet", file="test/ranges.test.js")
    ranked = [place.function for place in locate([cluster], tree, ())]
    assert ranked.index("Comparator.intersects") < 3
    assert "Range.test" not in ranked


def test_the_work_that_a_short_method_hands_on_is_as_suspicious_as_itself() -> None:
    body = "".join(f"\tn += {number}\n" for number in range(60))
    code = "package a\n\ntype Reader struct{}\n\nfunc New() *Reader {\n\treturn &Reader{}\n}\n\n"
    code += "func (r *Reader) Read() int {\n\treturn r.record(0)\n}\n\nfunc (r *Reader) Name() int {\n\treturn 1\n}\n\n"
    code += f"func (r *Reader) record(n int) int {{\n{body}\treturn n\n}}\n"
    test = "package a\n\nfunc TestIt(t *testing.T) {\n\tr := New()\n\tr.Name()\n\tgot := r.Read()\n\tif got != 1 {\n"
    test += '\t\tt.Errorf("got %v", got)\n\t}\n}\n'
    tree = FakeSourceTree.of(**{"go.mod": "module a\n", "a.go": code, "a_test.go": test})
    (cluster,) = failing(("a_test.go", 8), name="TestIt", file="a_test.go")
    functions = [place.function for place in locate([cluster], tree, ())]
    assert functions[0] == "Reader.record"
    assert functions.index("Reader.Read") < functions.index("Reader.Name")
