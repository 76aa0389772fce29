from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.paths import RepositoryPaths

PATHS = (
    "setup.py",
    "pkg/core.py",
    "pkg/utils.py",
    "src/app/models/user.py",
    "src/app/utils.py",
    "tests/unit/test_calc.py",
    "tests/a b/test_é.py",
    "services/a/tests/test_same.py",
    "services/b/tests/test_same.py",
    "src/main/java/com/acme/Outer.java",
    "src/test/kotlin/com/acme/OuterTest.kt",
    "web/src/index.ts",
)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param("pkg/core.py", "pkg/core.py", id="as it is"),
        pytest.param("./pkg/core.py", "pkg/core.py", id="dot"),
        pytest.param("tests/../pkg/core.py", "pkg/core.py", id="dot dot"),
        pytest.param("/home/runner/work/p/p/pkg/core.py", "pkg/core.py", id="foreign root"),
        pytest.param("C:\\work\\p\\pkg\\core.py", "pkg/core.py", id="windows"),
        pytest.param("/C:/work/pkg/core.py", "pkg/core.py", id="windows in a URI"),
        pytest.param("pkg\\core.py", "pkg/core.py", id="backslashes"),
        pytest.param("file:///w/pkg/core.py", "pkg/core.py", id="file URI"),
        pytest.param("file:///w/tests/a%20b/test_%C3%A9.py", "tests/a b/test_é.py", id="percent-encoded URI"),
        pytest.param("/w/tests/a%20b/test_%C3%A9.py", "tests/a b/test_é.py", id="percent-encoded path"),
        pytest.param("webpack:///./web/src/index.ts", "web/src/index.ts", id="webpack"),
        pytest.param("models/user.py", "src/app/models/user.py", id="ran in a subdirectory"),
        pytest.param("/app/models/user.py", "src/app/models/user.py", id="mounted elsewhere"),
        pytest.param("core.py", "pkg/core.py", id="base name only"),
        pytest.param("setup.py", "setup.py", id="at the root"),
        pytest.param("/w/setup.py", "setup.py", id="at a foreign root"),
        pytest.param("com/acme/Outer.java", "src/main/java/com/acme/Outer.java", id="java frame"),
        pytest.param("com.acme.Outer$Inner", "src/main/java/com/acme/Outer.java", id="java class"),
        pytest.param("com.acme.OuterTest", "src/test/kotlin/com/acme/OuterTest.kt", id="kotlin class"),
        pytest.param("tests.unit.test_calc", "tests/unit/test_calc.py", id="python module"),
        pytest.param("/v/lib/python3.11/site-packages/pkg/core.py", "pkg/core.py", id="installed from here"),
        pytest.param("/v/lib/python3.11/site-packages/app/utils.py", "src/app/utils.py", id="installed from src"),
        pytest.param("utils.py", None, id="ambiguous base name"),
        pytest.param("tests/test_same.py", None, id="ambiguous suffix"),
        pytest.param("/x/b/tests/test_same.py", "services/b/tests/test_same.py", id="the longest suffix decides"),
        pytest.param("/opt/other/core.py", None, id="only the base name in common"),
        pytest.param("/usr/lib/python3.11/pkg/core.py", None, id="standard library"),
        pytest.param("/v/lib/python3.11/site-packages/other/utils.py", None, id="another package"),
        pytest.param("/w/node_modules/x/web/src/index.ts", None, id="node_modules"),
        pytest.param("<frozen importlib._bootstrap>", None, id="frozen"),
        pytest.param("/proc/self/environ", None, id="not ours"),
        pytest.param("../../../etc/passwd", None, id="climbing out"),
        pytest.param("", None, id="nothing"),
        pytest.param("pkg/core.py\0", None, id="NUL"),
    ],
)
def test_a_reported_path_is_found_by_its_longest_matching_suffix(file: str, expected: str | None) -> None:
    assert RepositoryPaths(PATHS).resolve(file) == expected


@given(st.text(max_size=60))
def test_only_paths_of_the_repository_ever_come_back(file: str) -> None:
    assert RepositoryPaths(PATHS).resolve(file) in {None, *PATHS}


@given(st.sampled_from([path for path in PATHS if "/" in path]), st.from_regex(r"(/[a-z]{1,5}){0,4}/", fullmatch=True))
def test_a_whole_repository_path_is_found_below_any_root(path: str, root: str) -> None:
    assert RepositoryPaths(PATHS).resolve(f"{root}{path}") == path


WORKSPACE = (
    "Readme.md",
    "calc_test.go",
    "pkg/calc_test.go",
    "crates/one-thing/src/lib.rs",
    "crates/other/src/lib.rs",
    "backend/api/handler_test.go",
    "src/test/java/com/acme/CalcTest.java",
    "src/test/java/com/other/CalcTest.java",
    "vendor_tools/org/junit/Own.java",
    "web/src/App.vue",
    "doc/caf\u00e9.py",
    "app/(group)/[id]/page.tsx",
    "packages/foo/lib/src/a.dart",
    "lib/main.dart",
    "features/a.feature",
    "Pkg/Upper.py",
    "pkg2/upper.py",
)


@pytest.mark.parametrize(
    ("file", "suite", "expected"),
    [
        pytest.param("calc_test.go", "example.com/m/pkg", "pkg/calc_test.go", id="go: the package of the test"),
        pytest.param("calc_test.go", "example.com/m", "calc_test.go", id="as it is"),
        pytest.param("handler_test.go", "example.com/m/api", "backend/api/handler_test.go", id="a module below"),
        pytest.param("src/lib.rs", "one_thing", "crates/one-thing/src/lib.rs", id="rust: the crate of the test"),
        pytest.param("src/lib.rs", "one_thing::tests", "crates/one-thing/src/lib.rs", id="rust: a module of it"),
        pytest.param("src/lib.rs", "", None, id="rust: any crate"),
        pytest.param("src/lib.rs", "third", None, id="rust: another crate"),
        pytest.param("CalcTest.java", "com.acme.CalcTest", "src/test/java/com/acme/CalcTest.java", id="java class"),
        pytest.param("CalcTest.java", "com.acme", "src/test/java/com/acme/CalcTest.java", id="java package"),
        pytest.param("CalcTest.java", "", None, id="java: any package"),
        pytest.param("com/other/CalcTest.java", "", "src/test/java/com/other/CalcTest.java", id="java frame"),
        pytest.param("org/junit/Own.java", "", "vendor_tools/org/junit/Own.java", id="the project is that library"),
        pytest.param("org/junit/Other.java", "", None, id="a library"),
        pytest.param("webpack://app/./web/src/App.vue?1a2b", "", "web/src/App.vue", id="source map with a query"),
        pytest.param("webpack-internal:///./web/src/App.vue", "", "web/src/App.vue", id="source map in memory"),
        pytest.param("http://localhost:9876/base/web/src/App.vue?t=1", "", "web/src/App.vue", id="served by karma"),
        pytest.param("http://localhost:1/__cypress/tests?p=web/src/App.vue", "", "web/src/App.vue", id="cypress"),
        pytest.param("/w/doc/cafe\u0301.py", "", "doc/caf\u00e9.py", id="another form of Unicode"),
        pytest.param("file:///w/doc/caf%C3%A9.py", "", "doc/caf\u00e9.py", id="percent-encoded"),
        pytest.param("C:\\W\\DOC\\CAF\u00c9.PY", "", "doc/caf\u00e9.py", id="another case"),
        pytest.param("/W/PKG2/UPPER.py", "", "pkg2/upper.py", id="case differs, the directory decides"),
        pytest.param("UPPER.py", "", None, id="case differs, ambiguous"),
        pytest.param("upper.py", "", "pkg2/upper.py", id="the exact case first"),
        pytest.param("/w/app/(group)/[id]/page.tsx", "", "app/(group)/[id]/page.tsx", id="brackets"),
        pytest.param("package:foo/src/a.dart", "", "packages/foo/lib/src/a.dart", id="dart package"),
        pytest.param("package:mine/main.dart", "", "lib/main.dart", id="dart, the package at the root"),
        pytest.param("package:http/http.dart", "", None, id="dart library"),
        pytest.param("classpath:features/a.feature", "", "features/a.feature", id="class path"),
        pytest.param("(elixir 1.14.0) lib/main.dart", "", None, id="elixir's own"),
    ],
)
def test_a_path_is_found_in_a_repository_of_many_languages(file: str, suite: str, expected: str | None) -> None:
    assert RepositoryPaths(WORKSPACE).resolve(file, suite) == expected


COMPONENTS = st.sampled_from(["a", "b", "A", "src", "lib", "core.py", "Core.py", "util.py", "x%20y.py", "x y.py"])
FILES = st.lists(COMPONENTS, min_size=1, max_size=4).map("/".join)


@given(st.sets(FILES, max_size=8), FILES, FILES, st.sampled_from(["", "/", "C:\\w\\", "file:///w/"]), FILES)
def test_another_file_in_the_repository_never_turns_one_answer_into_a_third(
    paths: set[str], extra: str, file: str, root: str, suite: str
) -> None:
    before = RepositoryPaths(paths).resolve(root + file, suite)
    after = RepositoryPaths(paths | {extra}).resolve(root + file, suite)
    assert before in {None, *paths}
    assert after in {before, extra, None}


@pytest.mark.parametrize("unit", ["a/", "../", "%41", "\\", ".", "a.", "?", "$", "package:a/", "http://a?p="])
def test_a_path_of_a_megabyte_is_answered(unit: str) -> None:
    assert RepositoryPaths(PATHS).resolve(unit * (1_000_000 // len(unit)), unit * 1000) is None
