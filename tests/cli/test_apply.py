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
    assert apply(repo, REPLY.format(path="m.py")) == (0, DIFF, "   written  m.py: line 2 (+1 -1)\n")
    assert (repo / "m.py").read_text(encoding="utf-8") == "def f(x):\n    return -x\n"


def test_checking_shows_the_same_and_writes_nothing(repo: Path) -> None:
    assert apply(repo, REPLY.format(path="m.py"), "--check") == (0, DIFF, "      fits  m.py: line 2 (+1 -1)\n")
    assert (repo / "m.py").read_text(encoding="utf-8") == SOURCE


def test_json_says_what_was_placed(repo: Path) -> None:
    code, out, err = apply(repo, REPLY.format(path="m.py"), "--format", "json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "placed": True,
        "written": True,
        "files": [{"file": "m.py", "hunks": 1, "added": 1, "removed": 1, "lines": [[2, 2]]}],
        "diff": DIFF,
        "refusals": [],
    }


def test_json_says_when_nothing_was_written_because_it_was_only_checked(repo: Path) -> None:
    document = json.loads(apply(repo, REPLY.format(path="m.py"), "--format", "json", "--check")[1])
    assert (document["placed"], document["written"]) == (True, False)


def test_json_says_why_a_change_was_refused(repo: Path) -> None:
    code, out, err = apply(repo, "Sorry.", "--format", "json")
    document = json.loads(out)
    assert (code, err) == (1, "")
    assert (document["placed"], document["files"], document["diff"]) == (False, [], "")
    assert document["refusals"] == [
        {"file": None, "hunk": None, "by": "reply", "code": "no_change", "reason": document["refusals"][0]["reason"]}
    ]


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
    assert json.loads(out)["refusals"][0]["code"] == code
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
    assert json.loads(out)["refusals"][0]["code"] == code


SEVERAL = """\
Two things are wrong.

```diff
--- a/m.py
+++ b/m.py
@@
 def f(x):
-    return y
+    return -y
@@ def f @@
-    return x
+    return -x
@@
-    return z
+    return -z
```

src/n.py
```python
<<<<<<< SEARCH
a = 1
=======
a = 2
>>>>>>> REPLACE
```
"""


def test_everything_that_does_not_fit_is_told_at_once(repo: Path) -> None:
    code, out, err = apply(repo, SEVERAL, "--format", "json")
    assert (code, err) == (1, "")
    document = json.loads(out)
    assert (document["placed"], document["written"], document["files"], document["diff"]) == (False, False, [], "")
    assert [(each["file"], each["hunk"], each["code"]) for each in document["refusals"]] == [
        ("m.py", 1, "no_match"),
        ("m.py", 3, "no_match"),
        ("src/n.py", None, "no_file"),
    ]
    assert (repo / "m.py").read_text(encoding="utf-8") == SOURCE


def test_each_refusal_is_a_line_for_people_too(repo: Path) -> None:
    code, out, err = apply(repo, SEVERAL)
    assert (code, out) == (1, "")
    assert err.count("nothing was written (no_match): hunk ") == 2
    assert "nothing was written (no_file): There is no file src/n.py" in err


def test_hunks_that_fit_each_but_not_together_are_refused_as_a_file(repo: Path) -> None:
    both = "--- a/m.py\n+++ b/m.py\n@@\n-    return x\n+    return -x\n@@\n def f(x):\n-    return x\n+    return +x\n"
    code, out, _ = apply(repo, both, "--format", "json")
    assert code == 1
    assert [(each["file"], each["hunk"]) for each in json.loads(out)["refusals"]] == [("m.py", None)]


def test_changes_in_several_formats_are_placed_together(repo: Path) -> None:
    (repo / "src").mkdir()
    (repo / "src" / "n.py").write_bytes(b"a = 1\r\nb = 1\r\n")
    reply = SEVERAL.replace("@@\n def f(x):\n-    return y\n+    return -y\n", "")
    reply = reply.replace("@@\n-    return z\n+    return -z\n", "")
    code, _, err = apply(repo, reply)
    assert (code, err) == (0, "   written  m.py: line 2 (+1 -1)\n   written  src/n.py: line 1 (+1 -1)\n")
    assert (repo / "src" / "n.py").read_bytes() == b"a = 2\r\nb = 1\r\n"


def test_who_stands_below_the_root_is_told_so(repo: Path) -> None:
    code, _, err = apply(repo, REPLY.format(path="repo/sub/m.py").replace("sub/", ""))
    assert code == 1
    assert "There is m.py: if that is meant, add `--repo ..`" in err


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


@pytest.mark.parametrize("named", [["-"], []], ids=["a dash", "nothing"])
def test_standard_input_is_read_by_a_dash_or_without_a_name(repo: Path, named: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "healer", "apply", "--repo", str(repo), *named],
        input=REPLY.format(path="m.py").encode(),
        capture_output=True,
        check=True,
    )
    assert run.stdout.decode() == DIFF
    assert run.stderr == b"   written  m.py: line 2 (+1 -1)\n"


def test_wrong_options_end_in_two() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "healer", "apply", "--format", "yaml", "-"], capture_output=True, check=False
    )
    assert run.returncode == 2
