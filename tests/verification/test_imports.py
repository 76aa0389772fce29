"""A module that is missing: misspelt by the code, or not there."""

from __future__ import annotations

import pytest

from healer.models.code import ChangedHunk, Commit
from healer.verification.imports import imports_of, is_one_edit
from tests.fakes import FakeSource

ELSEWHERE = b"import json, os.path as path\nfrom yaml.loader import Loader\nimport requests\n"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("jsn", "json", True),
        ("json", "jsn", True),
        ("jsom", "json", True),
        ("josn", "json", True),
        ("jsno", "json", True),
        ("xjson", "json", True),
        ("jsonx", "json", True),
        ("json", "json", False),
        ("jn", "json", False),
        ("nosj", "json", False),
        ("jxxn", "json", False),
        ("sjno", "json", False),
        ("", "j", True),
        ("", "", False),
    ],
)
def test_an_edit_is_one_letter_or_two_swapped(one: str, other: str, *, expected: bool) -> None:
    assert is_one_edit(one, other) is expected


@pytest.mark.parametrize(
    ("missing", "code", "meant"),
    [
        ("jsn", b"import jsn\n", "json"),
        ("jsn", b"def f():\n    from jsn import loads\n", "json"),
        ("reqests", b"import os, reqests\n", "requests"),
        ("yamll", b"from yamll.loader import Loader\n", "yaml"),
        ("yaml.laoder", b"import yaml.laoder\n", "yaml.loader"),
        ("json.decodr", b"import json.decodr\n", "json"),
        ("colections", b"from colections import deque\n", "collections"),
        ("ymal", b"import ymal\n", "yaml"),
    ],
)
def test_a_name_near_a_known_one_is_misspelt(missing: str, code: bytes, meant: str) -> None:
    imports = imports_of(FakeSource({"a.py": code, "b.py": ELSEWHERE}), ())
    assert imports.meant(missing) == meant


@pytest.mark.parametrize(
    ("missing", "files"),
    [
        ("numpy", {"a.py": b"import numpy\n"}),
        ("jsn", {"b.py": ELSEWHERE}),
        ("jsn", {"a.py": b"import jsn\n", "requirements.txt": b"jsn>=1\n"}),
        ("jsn", {"a.py": b"import jsn\n", "pyproject.toml": b'[project]\ndependencies = ["JSN"]\n'}),
        ("jsn", {"a.py": b"import jsn\n", "setup.py": b"setup(install_requires=['py-jsn[x]>2'])\n"}),
        ("jsn", {"a.py": b"import jsn\n", "c.py": b"import jsn\n"}),
        ("ujson", {"a.py": b"import ujson\n"}),
        ("attr", {"a.py": b"import attr\n", "b.py": b"import attrs\n"}),
        ("tomllib", {"a.py": b"import tomllib\n"}),
        ("asyncio.taskgroups", {"a.py": b"import asyncio.taskgroups\n"}),
        ("yaml.other", {"a.py": b"import yaml.other\n", "b.py": ELSEWHERE}),
        ("oz", {"a.py": b"import oz\n"}),
        ("jsn", {"a.md": b"import jsn\n"}),
    ],
    ids=[
        "like nothing", "imported by others only", "required", "declared in another case", "declared in part",
        "imported twice", "a real one", "a real one of nearly its own name", "of a later Python",
        "in a package that grows", "another part of a package", "too short", "only documented",
    ],
)  # fmt: skip
def test_any_other_name_is_what_the_environment_lacks(missing: str, files: dict[str, bytes]) -> None:
    assert imports_of(FakeSource(files), ()).meant(missing) is None


def test_what_the_last_green_commit_imported_was_meant() -> None:
    source = FakeSource({"a.py": b"import simplejsn\n"})
    hunk = ChangedHunk("a.py", 1, ("import simplejson\n",), 1, ("import simplejsn\n",))
    assert imports_of(source, ()).meant("simplejsn") is None
    assert imports_of(source, [Commit("c", "change", (hunk,))]).meant("simplejsn") == "simplejson"
