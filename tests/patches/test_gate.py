"""The gate judges what the tree differs in; each refusal has its code and a sentence that helps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from healer.credentials import kind_of_secret
from healer.models.change import FileEdit, RejectedBy
from healer.patches.gate import GatePolicy, judge, marks
from healer.patches.tree_facts import blob_id
from healer.ports import TreeChange
from tests.fakes import tree_change

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
        pytest.param(TreeChange("M", "src/pkg/l.py", "120000", "120000", OLD, NEW), "type", id="link changes its target"),
        pytest.param(TreeChange("T", "src/pkg/l.py", "120000", "100644", OLD, NEW), "type", id="link becomes a file"),
        pytest.param(TreeChange("A", "src/pkg/l.py", ABSENT, "160000", OLD, NEW), "type", id="submodule"),
        pytest.param(TreeChange("D", "src/pkg/l.py", "100644", ABSENT, OLD, NEW), "type", id="deletion"),
        pytest.param(TreeChange("R100", "src/pkg/l.py", "100644", "100644", OLD, NEW), "type", id="rename"),
        pytest.param(TreeChange("M", "src/pkg/l.py", "100644", "100755", OLD, NEW), "mode", id="becomes executable"),
        pytest.param(TreeChange("A", "src/pkg/l.py", ABSENT, "100755", OLD, NEW), "mode", id="new and executable"),
        pytest.param(TreeChange("M", "src/pkg/l.py", "100644", "104755", OLD, NEW), "type", id="a mode that git does not know"),
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


_SECRETS = {
    "classic GitHub token": "ghp_" + "a" * 36,
    "installation token since 2026": "ghs_123456_eyJhbGciOiJ.eyJpc3M-" + "Ab_9." * 90,
    "fine-grained GitHub token": "github_pat_" + "A1" * 41,
    "Anthropic": "sk-ant-api03-" + "x" * 40,
    "OpenAI": "sk-proj-" + "x" * 40,
    "AWS": "AKIA" + "ABCD2345" * 2,
    "PEM": "-----BEGIN RSA PRIVATE KEY-----",
    "OpenSSH": "-----BEGIN OPENSSH PRIVATE KEY-----",
    "Slack": "xoxb-" + "1234567890-abcdef",
    "Google": "AIza" + "b" * 35,
    "GitLab": "glpat-" + "c" * 20,
    "npm": "npm_" + "d" * 36,
    "Stripe": "sk_live_" + "e" * 24,
    "JWT": "eyJ" + "a" * 12 + ".eyJ" + "b" * 12 + "." + "c" * 12,
}


@pytest.mark.parametrize("secret", _SECRETS.values(), ids=_SECRETS)
def test_added_lines_hold_no_credentials(secret: str) -> None:
    assert code_of(modified("src/pkg/core.py", b"a\n", f"a\nKEY = '{secret}'\n".encode())) == "secret_detected"


def test_the_refusal_of_a_credential_does_not_repeat_it() -> None:
    secret = _SECRETS["Anthropic"]
    change, edit = modified("src/pkg/core.py", b"a\n", f"a\nKEY = '{secret}'\n".encode())
    rejection = judge([change], [edit], BASE)
    assert rejection is not None
    assert secret not in rejection.message


def test_a_credential_that_was_there_before_is_not_the_changes_fault() -> None:
    line = f"KEY = '{_SECRETS['AWS']}'\n".encode()
    assert code_of(modified("src/pkg/core.py", line, line + b"x = 1\n")) is None


def test_a_refused_name_is_shown_without_its_effect() -> None:
    change, edit = modified("src/x\x1b[2J\n::error::.py")
    rejection = judge([change], [edit], BASE)
    assert rejection is not None
    assert "\x1b" not in rejection.message
    assert "\n" not in rejection.message


def test_the_search_for_credentials_is_linear_in_hostile_text() -> None:
    assert kind_of_secret("eyJ-" * 500_000) is None


@pytest.mark.parametrize(
    "line", ["os._exit(0)", "os.environ['SELF_HEAL_RECORD']", "open('/proc/self/fd/9', 'w')", "import _pytest"]
)
def test_a_change_that_could_silence_its_own_trial_is_refused(line: str) -> None:
    assert code_of(modified("src/pkg/core.py", b"a\n", f"a\n{line}\n".encode())) == "evasion"


def test_paths_that_the_suite_stands_on_are_read_only() -> None:
    change = modified("src/pkg/core.py")
    policy = GatePolicy(read_only=frozenset({"src/pkg/core.py"}))
    assert code_of(change, policy=policy) == "test_file"
