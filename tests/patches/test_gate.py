"""The gate judges what the tree differs in; each refusal has its code and a sentence that helps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.models.change import FileEdit, RejectedBy
from healer.patches.gate import GatePolicy, judge, marks, too_large
from healer.patches.tree_facts import blob_id
from healer.ports import TreeChange
from tests.fakes import tree_change
from tests.patches.test_added_secrets import random_text

BASE = (
    "src/pkg/__init__.py",
    "src/pkg/core.py",
    "src/pkg/data.json",
    "tests/test_core.py",
    "README.md",
    "setup.py",
    "flat.py",
)
ABSENT = "000000"
NOTHING = "0" * 40
OLD, NEW = blob_id(b"a\n", NOTHING), blob_id(b"b\n", NOTHING)


def modified(path: str, before: bytes = b"x = 1\n", after: bytes = b"x = 2\n") -> tuple[TreeChange, FileEdit]:
    return tree_change(path, before, after), FileEdit(path, before, after)


def added(path: str, after: bytes = b"x = 2\n") -> tuple[TreeChange, FileEdit]:
    return tree_change(path, None, after), FileEdit(path, None, after)


def code_of(*pairs: tuple[TreeChange, FileEdit], policy: GatePolicy | None = None) -> str | None:
    changes, edits = [change for change, _ in pairs], [edit for _, edit in pairs]
    rejection = judge(changes, edits, BASE, policy or GatePolicy())
    if rejection is None:
        return None
    assert rejection.by is RejectedBy.GATE
    assert rejection.message.endswith(".")
    return rejection.code


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(modified("src/pkg/core.py"), id="source"),
        pytest.param(modified("flat.py"), id="a module at the root"),
        pytest.param(modified("README.md"), id="documentation"),
        pytest.param(added("src/pkg/more.py"), id="a module beside others"),
        pytest.param(added("src/pkg/sub/more.py"), id="a module of a new package"),
        pytest.param(added("src/pkg/json.py"), id="the name of a library module, but inside of a package"),
        pytest.param(added("other.py"), id="a module at a root that has modules"),
        pytest.param(modified("src/pkg/attestation.py"), id="a name that only begins like a test's"),
        pytest.param(
            (
                replace(tree_change("src/pkg/core.py", b"a\n", b"b\n"), old_mode="100755", new_mode="100755"),
                FileEdit("src/pkg/core.py", b"a\n", b"b\n"),
            ),
            id="an executable that stays one",
        ),
        pytest.param(
            modified("src/pkg/core.py", b"", b"password = getenv('sk-key')\nx = 'AKIA'\n"),
            id="words that look like no secret",
        ),
        pytest.param(
            modified("src/pkg/core.py", b"# coding: latin-1\n\xe9\n", b"# coding: latin-1\n\xe8\n"),
            id="declared encoding",
        ),
    ],
)
def test_a_change_to_source_passes(pair: tuple[TreeChange, FileEdit]) -> None:
    assert code_of(pair) is None


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (".github/workflows/ci.yml", "protected_path"), (".GitHub/workflows/ci.yml", "protected_path"),
        (".git/hooks/pre-commit", "protected_path"), ("sub/.git/config", "protected_path"),
        (".GIT/config", "protected_path"),
        (".gitattributes", "protected_path"), ("sub/.gitmodules", "protected_path"), ("action.yml", "protected_path"),
        ("Dockerfile", "protected_path"), ("Jenkinsfile", "protected_path"), ("CODEOWNERS", "protected_path"),
        ("LICENSE", "protected_path"), ("CLAUDE.md", "protected_path"), (".vscode/tasks.json", "protected_path"),
        ("tests/test_core.py", "test_file"), ("src/pkg/test_inner.py", "test_file"),
        ("src/pkg/core_test.py", "test_file"),
        ("tests/helpers.py", "test_file"), ("web/app.test.tsx", "test_file"), ("pkg/core_test.go", "test_file"),
        ("conftest.py", "test_configuration"), ("tests/conftest.py", "test_configuration"),
        ("pyproject.toml", "test_configuration"),
        ("setup.cfg", "test_configuration"), ("PyProject.toml", "test_configuration"),
        ("src/evil.pth", "test_configuration"),
        ("sitecustomize.py", "test_configuration"), ("Makefile", "test_configuration"),
        ("package.json", "test_configuration"),
        ("requirements.txt", "dependency_manifest"), ("requirements-dev.txt", "dependency_manifest"),
        ("uv.lock", "dependency_manifest"),
        ("go.sum", "dependency_manifest"), ("Cargo.lock", "dependency_manifest"),
        ("package-lock.json", "dependency_manifest"),
        ("", "path"), ("/etc/passwd", "path"), ("../x.py", "path"), ("src/../../x.py", "path"),
        ("src//x.py", "path"), ("./x.py", "path"),
        ("src\\x.py", "path"), ("C:x.py", "path"), ("x.py::$DATA", "path"), ("src/x.py.", "path"),
        ("src/ x.py", "path"), ("src /x.py", "path"),
        (".g\u200cit/config", "path"), ("src/x\n.py", "path"), ("src/x\x1b.py", "path"), ("src/x\u202e.py", "path"),
        ("src/e\u0301.py", "path"),
        ("src/CON", "path"), ("src/nul.txt", "path"), ("COM1.py", "path"), ("git~1/config", "path"),
        ("PROGRA~1/x.py", "path"),
        ("src/con .py", "path"), ("src/aux.tar.gz", "path"), ("src/what?.py", "path"), ("src/a|b.py", "path"),
        ("src/a\ufe0f.py", "path"), ("src/\u3164.py", "path"), ("src/a\u00a0", "path"), (".git./config", "path"),
        (".git::$INDEX_ALLOCATION/config", "path"), ("\uff0egit/config", "protected_path"), ("...", "path"),
        ("src/\udcff.py", "path"), ("x" * 500, "path"),
    ],
)  # fmt: skip
def test_what_is_not_source_is_refused_by_its_kind(path: str, code: str) -> None:
    assert code_of(modified(path)) == code


@pytest.mark.parametrize(
    ("path", "code"),
    [
        pytest.param("src/pkg/Core.py", "path", id="differs only in case"),
        pytest.param("SRC/pkg/more.py", "path", id="a directory that differs only in case"),
        pytest.param("src/pkg/core.py/x.py", "path", id="below a file"),
        pytest.param("src/pkg/\uff43ore.py", "path", id="differs only in width"),
        pytest.param("src/pkg/\ufb01le.py", "path", id="a ligature, which an import reads as two letters"),
        pytest.param("src/pkg/r\u0435quests.py", "path", id="a Cyrillic letter among Latin ones"),
        pytest.param("docs/notes.py", "outside_source", id="where there is no such source"),
        pytest.param("src/pkg/script", "outside_source", id="without a suffix"),
        pytest.param("src/pkg/.hidden/x.py", "protected_path", id="hidden"),
        pytest.param("src/pkg/evil.so", "outside_source", id="another kind of file"),
        pytest.param("pytest.py", "outside_source", id="in place of the test runner"),
        pytest.param("json.py", "outside_source", id="in place of the standard library"),
        pytest.param("src/random.py", "outside_source", id="in place of a library module below a source root"),
        pytest.param("src/pkg/test_new.py", "test_file", id="a test"),
    ],
)
def test_a_new_file_must_stand_beside_its_like_under_a_name_of_its_own(path: str, code: str) -> None:
    assert code_of(added(path)) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(TreeChange("A", "src/pkg/l.py", ABSENT, "120000", OLD, NEW), "type", id="symbolic link"),
        pytest.param(TreeChange("T", "src/pkg/l.py", "100644", "120000", OLD, NEW), "type", id="file becomes a link"),
        pytest.param(
            TreeChange("M", "src/pkg/l.py", "120000", "120000", OLD, NEW), "type", id="link changes its target"
        ),
        pytest.param(TreeChange("T", "src/pkg/l.py", "120000", "100644", OLD, NEW), "type", id="link becomes a file"),
        pytest.param(TreeChange("A", "src/pkg/l.py", ABSENT, "160000", OLD, NEW), "type", id="submodule"),
        pytest.param(TreeChange("D", "src/pkg/l.py", "100644", ABSENT, OLD, NEW), "type", id="deletion"),
        pytest.param(TreeChange("R100", "src/pkg/l.py", "100644", "100644", OLD, NEW), "type", id="rename"),
        pytest.param(TreeChange("M", "src/pkg/l.py", "100644", "100755", OLD, NEW), "mode", id="becomes executable"),
        pytest.param(TreeChange("A", "src/pkg/l.py", ABSENT, "100755", OLD, NEW), "mode", id="new and executable"),
        pytest.param(
            TreeChange("M", "src/pkg/l.py", "100644", "104755", OLD, NEW), "type", id="a mode that git does not know"
        ),
    ],
)
def test_only_regular_files_change_and_only_their_text(change: TreeChange, code: str) -> None:
    assert code_of((change, FileEdit(change.path, b"a\n", b"b\n"))) == code


def test_the_tree_may_differ_only_where_the_edits_say() -> None:
    change, edit = modified("src/pkg/core.py")
    more, other = modified("src/pkg/data.json")
    for changes, edits in (
        ([change, more], [edit]),
        ([change], [edit, other]),
        ([change], [other]),
        ([change, change], [edit]),
    ):
        rejection = judge(changes, edits, BASE)
        assert rejection is not None
        assert rejection.code == "tree"


def test_a_tree_like_the_base_is_no_change() -> None:
    rejection = judge([], [], BASE)
    assert rejection is not None
    assert rejection.code == "no_op"


def test_an_edit_that_changes_nothing_is_refused() -> None:
    assert code_of(modified("src/pkg/core.py", b"a\n", b"a\n")) == "no_op"


def numbered(first: int, count: int) -> bytes:
    return b"".join(b"x%d = 1\n" % number for number in range(first, first + count))


@pytest.mark.parametrize(
    ("pairs", "policy"),
    [
        pytest.param([modified(f"src/pkg/m{n}.py") for n in range(6)], GatePolicy(), id="files"),
        pytest.param([modified("src/pkg/core.py", b"", numbered(0, 201))], GatePolicy(), id="added lines"),
        pytest.param([modified("src/pkg/core.py", numbered(0, 201), b"")], GatePolicy(), id="removed lines"),
        pytest.param([modified("src/pkg/core.py", b"", b"1\n")], GatePolicy(changed_lines=0), id="stricter policy"),
        pytest.param([modified("src/pkg/core.py", b"", b"#" * 99)], GatePolicy(file_bytes=98), id="bytes"),
        pytest.param([modified("src/pkg/core.py", b"", b"#" * 5_001)], GatePolicy(), id="one long line"),
    ],
)
def test_a_change_has_limits(pairs: list[tuple[TreeChange, FileEdit]], policy: GatePolicy) -> None:
    assert code_of(*pairs, policy=policy) == "too_large"


def test_the_limits_themselves_are_allowed() -> None:
    assert code_of(*[modified(f"src/pkg/m{n}.py") for n in range(5)]) is None
    assert code_of(modified("src/pkg/core.py", b"", numbered(0, 200))) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"a\n", b"a\0\n", id="NUL"),
        pytest.param(b"\0\n", b"a\n", id="was binary"),
        pytest.param(b"a\n", b"\xff\n", id="not UTF-8"),
        pytest.param(b"a\n", "a\n".encode("utf-16"), id="UTF-16"),
    ],
)
def test_only_text_becomes_text(before: bytes, after: bytes) -> None:
    assert code_of(modified("src/pkg/core.py", before, after)) == "binary"


@pytest.mark.parametrize(
    "character",
    ["\u202e", "\u2066", "\u200b", "\x1b", "\U000e0041"],
    ids=["override", "isolate", "zero width", "escape", "tag"],
)
def test_added_lines_hide_nothing(character: str) -> None:
    assert code_of(modified("src/pkg/core.py", b"a\n", f"a\nb{character}\n".encode())) == "hidden_text"


SECRET = "sk-ant-api03-" + random_text(40)


def test_added_lines_hold_no_credentials_and_the_refusal_does_not_repeat_them() -> None:
    change, edit = modified("src/pkg/core.py", b"a\n", f"a\nKEY = '{SECRET}'\n".encode())
    rejection = judge([change], [edit], BASE)
    assert rejection is not None
    assert rejection.code == "secret_detected"
    assert SECRET not in rejection.message


def test_a_credential_that_was_there_before_is_not_the_changes_fault() -> None:
    line = f"KEY = '{SECRET}'\n".encode()
    assert code_of(modified("src/pkg/core.py", line, b"x = 1\nif x:\n    " + line)) is None


def test_a_refused_name_is_shown_without_its_effect() -> None:
    change, edit = modified("src/x\x1b[2J\n::error::.py")
    rejection = judge([change], [edit], BASE)
    assert rejection is not None
    assert "\x1b" not in rejection.message
    assert "\n" not in rejection.message


def test_what_is_too_large_is_told_without_a_look_inside() -> None:
    huge = FileEdit("src/pkg/core.py", b"x = 1\n", b"(" * 10_000_000)
    rejection = too_large([huge], GatePolicy())
    assert rejection is not None
    assert (rejection.by, rejection.code) == (RejectedBy.GATE, "too_large")
    assert "10,000,000 bytes, at most 1,000,000" in rejection.message
    many = [FileEdit(f"src/pkg/m{number}.py", b"", b"x = 1\n") for number in range(6)]
    assert too_large(many, GatePolicy()) == judge([modified(edit.path)[0] for edit in many], many, BASE)
    assert too_large(many[:5], GatePolicy()) is None


def test_paths_that_the_suite_stands_on_are_read_only() -> None:
    change = modified("src/pkg/core.py")
    policy = GatePolicy(read_only=frozenset({"src/pkg/core.py"}))
    assert code_of(change, policy=policy) == "test_file"


def test_source_roots_confine_a_repair_to_what_is_below_them() -> None:
    policy = GatePolicy(source_roots=("src/", "./lib"))
    assert code_of(modified("src/pkg/core.py"), policy=policy) is None
    assert code_of(modified("lib/core.py"), policy=policy) is None
    for path in ("flat.py", "srcs/core.py", "README.md"):
        assert code_of(modified(path), policy=policy) == "outside_source"
    assert code_of(modified("flat.py"), policy=GatePolicy(source_roots=(".",))) is None


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(modified("vendor/github.com/x/y.go"), id="vendored"),
        pytest.param(modified("src/pip/_vendor/requests.py"), id="a vendored package"),
        pytest.param(modified("web/node_modules/x/index.js"), id="installed"),
        pytest.param(modified("api/shop_pb2.py"), id="generated by its name"),
        pytest.param(modified("web/app.min.js"), id="minified"),
        pytest.param(
            modified("api/shop.go", b"// Code generated by x. DO NOT EDIT.\na\n", b"// Code\nb\n"), id="by its head"
        ),
    ],
)
def test_other_peoples_and_generated_code_is_not_repaired(pair: tuple[TreeChange, FileEdit]) -> None:
    assert code_of(pair) == "outside_source"


def test_dependencies_change_only_by_configuration_and_are_marked() -> None:
    pair = modified("requirements.txt", b"a==1\n", b"a==2\n")
    assert code_of(pair) == "dependency_manifest"
    assert code_of(pair, policy=GatePolicy(dependencies=True)) is None
    assert marks(["src/pkg/core.py", "requirements.txt"]) == (
        "It changes requirements.txt, which decides what third-party code is installed: look at that before merging.",
    )


PYPROJECT = b'[project]\nname = "a"\ndependencies = ["b"]\n[tool.pytest.ini_options]\naddopts = "-x"\n'


def test_what_configures_tests_as_well_may_change_in_its_dependencies_only() -> None:
    newer = modified("pyproject.toml", PYPROJECT, PYPROJECT.replace(b'["b"]', b'["b>=2", "c"]'))
    quieter = modified("pyproject.toml", PYPROJECT, PYPROJECT.replace(b"-x", b"--deselect tests/test_core.py"))
    allowed = GatePolicy(dependencies=True, source_roots=("src",))
    assert code_of(newer) == "test_configuration"
    assert code_of(newer, policy=allowed) is None
    assert code_of(quieter, policy=allowed) == "test_configuration"
    assert code_of(added("sub/pyproject.toml", b""), policy=allowed) == "test_configuration"
    assert marks(["pyproject.toml"]) == (
        "It changes pyproject.toml, which decides what third-party code is installed: look at that before merging.",
    )


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("tests/package.json", "test_file"), ("node_modules/a/package.json", "outside_source"),
        ("vendor/requirements.txt", "outside_source"), (".github/package.json", "protected_path"),
        ("setup.cfg", "test_configuration"), ("PyProject.toml", "test_configuration"),
    ],
)  # fmt: skip
def test_other_peoples_and_the_tests_own_dependencies_stay_as_they_are(path: str, code: str) -> None:
    pair = modified(path, b'{"dependencies": {}}', b'{"dependencies": {"a": "1"}}')
    assert code_of(pair, policy=GatePolicy(dependencies=True)) == code


@pytest.mark.parametrize(
    ("change", "edit"),
    [
        pytest.param(
            tree_change("src/pkg/core.py", b"x = 1\n", b"x = 3\n"), FileEdit("src/pkg/core.py", b"x = 1\n", b"x = 2\n"),
            id="the tree holds other bytes",
        ),
        pytest.param(
            tree_change("src/pkg/core.py", b"x = 0\n", b"x = 2\n"), FileEdit("src/pkg/core.py", b"x = 1\n", b"x = 2\n"),
            id="the base holds other bytes",
        ),
        pytest.param(
            tree_change("src/pkg/core.py", b"x = 0\n", b"x = 2\n"), FileEdit("src/pkg/core.py", None, b"x = 2\n"),
            id="a file that is there is called new",
        ),
        pytest.param(
            TreeChange("M", "src/pkg/core.py", "100644", "100644", "", ""), FileEdit("src/pkg/core.py", b"1\n", b"2\n"),
            id="no object ids",
        ),
        pytest.param(
            TreeChange("M", "src/pkg/core.py", "100644", "100644", "5626abf", "d00491f"),
            FileEdit("src/pkg/core.py", b"1\n", b"2\n"), id="shortened object ids",
        ),
    ],
)  # fmt: skip
def test_the_bytes_that_are_judged_are_those_of_the_tree(change: TreeChange, edit: FileEdit) -> None:
    assert code_of((change, edit)) == "tree"


def test_object_ids_of_either_format_are_known() -> None:
    ids = [blob_id(content, "0" * 64) for content in (b"a\n", b"b\n")]
    change = TreeChange("M", "src/pkg/core.py", "100644", "100644", *ids)
    assert code_of((change, FileEdit("src/pkg/core.py", b"a\n", b"b\n"))) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"a = 1\n", b"# coding: utf-7\na = 1\n", id="another declaration"),
        pytest.param(b"a = 1\n", b"\xef\xbb\xbfa = 1\n", id="a byte order mark"),
        pytest.param(b"\xef\xbb\xbfa = 1\n", b"a = 2\n", id="a byte order mark less"),
        pytest.param(None, b"# coding: utf-7\na = 1\n", id="a new file"),
    ],
)
def test_an_encoding_stays_what_it_was(before: bytes | None, after: bytes) -> None:
    pair = added("src/pkg/new.py", after) if before is None else modified("src/pkg/core.py", before, after)
    assert code_of(pair) == "encoding"


def test_other_line_ends_are_a_change_of_every_line() -> None:
    before = numbered(0, 201)
    assert code_of(modified("src/pkg/core.py", before, before.replace(b"\n", b"\r\n"))) == "too_large"


def test_a_carriage_return_inside_of_a_line_hides_what_follows() -> None:
    assert code_of(modified("src/pkg/core.py", b"a\n", b"a  # note\rimport os\n")) == "hidden_text"
    assert code_of(modified("src/pkg/core.py", b"a\r\n", b"b\r\n")) is None


DOCUMENTED = b'def f(x):\n    """Double.\n\n    >>> f(1)\n    2\n\n    """\n    return x\n'


@pytest.mark.parametrize(
    ("path", "after", "code"),
    [
        pytest.param("src/pkg/core.py", DOCUMENTED.replace(b"    2\n", b"    1\n"), "test_file", id="its result"),
        pytest.param("src/pkg/core.py", DOCUMENTED.replace(b"f(1)\n", b"f(2)\n"), "test_file", id="its call"),
        pytest.param("src/pkg/core.py", b"def f(x):\n    return 2 * x\n", "test_file", id="removed"),
        pytest.param(
            "README.md", DOCUMENTED.replace(b">>> f(1)", b">>> f(1)  # doctest: +SKIP"), "test_file", id="skipped"
        ),
        pytest.param("src/pkg/core.py", DOCUMENTED.replace(b"return x", b"return 2 * x"), None, id="the code itself"),
        pytest.param("src/pkg/core.py", DOCUMENTED.replace(b"Double.", b"Twice."), None, id="the words around it"),
        pytest.param(
            "src/pkg/core.py", DOCUMENTED.replace(b"    2\n", b"    2\n    >>> f(2)\n    4\n"), None, id="another one"
        ),
        pytest.param("src/pkg/core.c", DOCUMENTED.replace(b"    2\n", b"    1\n"), None, id="no such language"),
    ],
)
def test_examples_are_tests(path: str, after: bytes, code: str | None) -> None:
    assert code_of(modified(path, DOCUMENTED, after)) == code


def test_new_files_do_not_collide_with_each_other_nor_with_links() -> None:
    assert code_of(added("src/pkg/One.py"), added("src/pkg/one.py")) == "path"


PATHS = st.one_of(
    st.text(max_size=30), st.sampled_from(["src/pkg/core.py", "src/pkg/new.py", "README.md", ".git", "a/..", "\udcff"])
)
CONTENT = st.one_of(st.none(), st.binary(max_size=60), st.sampled_from([b"# coding: x\n", b"a\r\rb\n", b"\xff\xfe\0"]))


@given(
    facts=st.lists(
        st.tuples(
            st.sampled_from(["A", "M", "D", "T", "R100", ""]), PATHS,
            st.sampled_from(["100644", "100755", ABSENT, "120000", "x"]),
            st.sampled_from(["100644", "100755", ABSENT, "160000", ""]), CONTENT, CONTENT,
        ),
        max_size=3,
    ),
    is_true=st.booleans(),
)  # fmt: skip
def test_whatever_git_or_a_model_says_there_is_an_answer_and_what_passes_is_regular(
    *, facts: list[tuple[str, str, str, str, bytes | None, bytes | None]], is_true: bool
) -> None:
    changes = [
        TreeChange(status, path, old, new, blob_id(before, NOTHING), blob_id(after, NOTHING) if is_true else NEW)
        for status, path, old, new, before, after in facts
    ]
    edits = [FileEdit(path, before, after or b"") for _, path, _, _, before, after in facts]
    rejection = judge(changes, edits, BASE)
    if rejection is None:
        for change, edit in zip(changes, edits, strict=True):
            assert (change.status, change.old_mode) in {("A", ABSENT), ("M", "100644"), ("M", "100755")}
            assert change.new_mode in {"100644", "100755"}
            assert change.new_id == blob_id(edit.after, NOTHING)
            assert not change.path.startswith((".", "/"))
