from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.paths import RepositoryPaths, is_foreign

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


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("/usr/lib/python3.11/json/decoder.py", True),
        ("/v/lib/python3.12/site-packages/x.py", True),
        ("node:internal/process", True),
        ("/w/node_modules/a.js", True),
        ("<string>", True),
        ("/w/lib/python_tools/a.py", False),
        ("pkg/core.py", False),
        ("/home/me/project/a.py", False),
    ],
)
def test_libraries_are_told_from_the_project_by_where_they_lie(file: str, *, expected: bool) -> None:
    assert is_foreign(file) is expected
