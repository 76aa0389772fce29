"""`self-heal apply`: placed and written, or refused and nothing touched."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from healer.cli.apply import execute
from healer.cli.terminal import Terminal
from healer.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "def f(x):\n    return x\n"
REPLY = (
    "The sign is wrong.\n\n"
    "```diff\n--- a/{path}\n+++ b/{path}\n@@ def f @@\n def f(x):\n-    return x\n+    return -x\n```\n"
)
DIFF = "diff --git a/m.py b/m.py\n--- a/m.py\n+++ b/m.py\n@@ -1,2 +1,2 @@\n def f(x):\n-    return x\n+    return -x\n"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    (root / "tests").mkdir(parents=True)
    (root / ".github" / "workflows").mkdir(parents=True)
    (root / ".git").mkdir()
    for path in ("m.py", "tests/test_m.py", ".git/config", ".github/workflows/ci.yml"):
        (root / path).write_text(SOURCE, encoding="utf-8")
    return root


def apply(repo: Path, reply: str, *options: str) -> tuple[int, str, str]:
    file = repo.parent / "reply.md"
    file.write_text(reply, encoding="utf-8")
    terminal = Terminal(io.StringIO(), io.StringIO())
    code = execute(["--repo", str(repo), *options, str(file)], terminal)
    return code, terminal.stdout.getvalue(), terminal.stderr.getvalue()  # type: ignore[attr-defined] # both are StringIO


def test_a_change_is_placed_and_shown(repo: Path) -> None:
    assert apply(repo, REPLY.format(path="m.py")) == (0, DIFF, "")
    assert (repo / "m.py").read_text(encoding="utf-8") == "def f(x):\n    return -x\n"


def test_checking_shows_the_same_and_writes_nothing(repo: Path) -> None:
    assert apply(repo, REPLY.format(path="m.py"), "--check") == (0, DIFF, "")
    assert (repo / "m.py").read_text(encoding="utf-8") == SOURCE


def test_json_says_what_was_placed(repo: Path) -> None:
    code, out, _ = apply(repo, REPLY.format(path="m.py"), "--format", "json")
    assert code == 0
    assert json.loads(out) == {"placed": True, "files": ["m.py"], "diff": DIFF, "rejection": None}


def test_json_says_why_a_change_was_refused(repo: Path) -> None:
    code, out, err = apply(repo, "Sorry.", "--format", "json")
    document = json.loads(out)
    assert (code, err) == (1, "")
    assert (document["placed"], document["files"], document["diff"]) == (False, [], "")
    assert (document["rejection"]["by"], document["rejection"]["code"]) == ("reply", "no_change")


def test_a_refusal_is_a_sentence_on_standard_error(repo: Path) -> None:
    code, out, err = apply(repo, REPLY.format(path="n.py"))
    assert (code, out) == (1, "")
    assert err.startswith("self-heal: nothing was written (no_file): There is no file n.py")


def test_tests_are_the_users_own_to_change(repo: Path) -> None:
    assert apply(repo, REPLY.format(path="tests/test_m.py"))[0] == 0


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (".git/config", "protected_path"), (".GIT/config", "protected_path"),
        (".github/workflows/ci.yml", "protected_path"),
        ("../outside.py", "path"), ("tests/../m.py", "path"), ("/etc/passwd", "path"), ("link.py", "type"),
        ("linked/m.py", "type"), ("tests", "type"),
    ],
)  # fmt: skip
def test_what_is_never_written_is_refused(repo: Path, path: str, code: str) -> None:
    (repo.parent / "outside.py").write_text(SOURCE, encoding="utf-8")
    (repo / "link.py").symlink_to("m.py")
    (repo / "linked").symlink_to(".")
    status, out, _ = apply(repo, REPLY.format(path=path), "--format", "json")
    assert status == 1
    assert json.loads(out)["rejection"]["code"] == code
    for file in (repo / "m.py", repo / ".git/config", repo / ".github/workflows/ci.yml", repo.parent / "outside.py"):
        assert file.read_text(encoding="utf-8") == SOURCE


CREATION = "--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x = 1\n"


def test_a_new_file_is_written(repo: Path) -> None:
    assert apply(repo, CREATION.format(path="pkg/n.py"))[0] == 0
    assert (repo / "pkg" / "n.py").read_text(encoding="utf-8") == "x = 1\n"


@pytest.mark.parametrize(
    ("path", "code"), [("M.py", "path"), ("Tests/n.py", "path"), ("dangling.py", "type"), ("m.py/n.py", "type")]
)
def test_a_new_file_takes_the_place_of_nothing(repo: Path, path: str, code: str) -> None:
    (repo / "dangling.py").symlink_to("nowhere.py")
    status, out, _ = apply(repo, CREATION.format(path=path), "--format", "json")
    assert status == 1
    assert json.loads(out)["rejection"]["code"] == code


def test_one_refused_file_leaves_all_untouched(repo: Path) -> None:
    code, *_ = apply(repo, REPLY.format(path="m.py") + REPLY.format(path="n.py"))
    assert code == 1
    assert (repo / "m.py").read_text(encoding="utf-8") == SOURCE


def test_a_reply_that_is_no_text_is_refused_and_not_half_read(repo: Path) -> None:
    file = repo.parent / "reply.bin"
    file.write_bytes(REPLY.format(path="m.py").encode().replace(b"-x\n", b"\xff\xfe\n"))
    terminal = Terminal(io.StringIO(), io.StringIO())
    assert execute(["--repo", str(repo), str(file)], terminal) == 1
    assert (repo / "m.py").read_text(encoding="utf-8") == SOURCE


@pytest.mark.parametrize(
    "arguments", [["nowhere.md"], ["."], ["--repo", "nowhere", __file__]], ids=["no file", "a directory", "no repo"]
)
def test_input_that_cannot_be_read_is_wrong_usage(arguments: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        execute(arguments, Terminal(io.StringIO(), io.StringIO()))
    assert caught.value.exit_code == 2


def test_standard_input_is_read_by_a_dash(repo: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "healer", "apply", "--repo", str(repo), "-"],
        input=REPLY.format(path="m.py").encode(),
        capture_output=True,
        check=True,
    )
    assert run.stdout.decode() == DIFF
    assert run.stderr == b""


def test_wrong_options_end_in_two() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "healer", "apply", "--format", "yaml", "-"], capture_output=True, check=False
    )
    assert run.returncode == 2
