"""A small project with a history: green, then a regression, then checked out as a workflow would have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.forge import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.forge import Forge

CART = '''\
"""A cart and what it costs."""


def total(items):
    amount = 0
    for price, count in items:
        amount += price * count
    return amount


def with_discount(amount, percent):
    return amount - amount * percent // 100


def is_free_of_charge(amount, limit=50):
    return amount >= limit
'''

TESTS = """\
from shop.cart import is_free_of_charge, total, with_discount


def test_total():
    assert total([(3, 2), (4, 1)]) == 10


def test_discount():
    assert with_discount(200, 10) == 180


def test_free_of_charge_from_the_limit_on():
    assert is_free_of_charge(50)
    assert not is_free_of_charge(49)
"""

CURIOUS = '''\
"""Passes only where it can reach nothing of the job that it runs in."""

import os
import socket
import pathlib

import pytest

PRIVATE = [
    "/proc/1/environ",
    "/proc/1/fd",
    "/github/file_commands",
    "/github/runner_temp",
    "/github/home",
    "/github/workflow/event.json",
    "/github/workspace/.git/config",
    "/github/workspace/shop/cart.py",
]


@pytest.mark.parametrize("path", PRIVATE)
def test_what_belongs_to_the_job_cannot_be_read(path):
    with pytest.raises(OSError):
        if os.path.isdir(path):
            os.listdir(path)
        else:
            open(path, "rb").read(1)
        raise AssertionError(path + " can be read")


def test_tests_are_nobody():
    assert os.getuid() in range(60736, 61184)
    assert (os.getgid(), os.getgroups()) == (os.getuid(), [])


def test_the_engine_of_the_host_cannot_be_reached():
    with socket.socket(socket.AF_UNIX) as client, pytest.raises(OSError):
        client.connect("/var/run/docker.sock")
        raise AssertionError("connected")


def test_no_process_shows_a_secret():
    seen = [" ".join(os.environ), " ".join(os.environ.values())]
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        for name in ("environ", "cmdline"):
            try:
                seen.append((process / name).read_bytes().decode("utf-8", "replace"))
            except OSError:
                pass
    text = chr(10).join(seen)
    for word in ("ghs" + "_", "INPUT" + "_", "ACTIONS_RUNTIME" + "_TOKEN", "GITHUB" + "_"):
        assert word not in text


def test_the_job_cannot_be_written_to():
    for path in ("/github/workspace/mine", "/opt/self-heal/mine", "/usr/local/lib/mine", "/github/runner_temp/mine"):
        with pytest.raises(OSError):
            open(path, "w")
'''


def push_history(folder: Path, before: str, after: str) -> Path:
    """Make a repository whose newest commit replaces one piece of the source by another."""
    files = {
        "shop/__init__.py": "",
        "shop/cart.py": CART,
        "tests/test_cart.py": TESTS,
        "tests/test_curious.py": CURIOUS,
        "conftest.py": "",
    }
    git("init", "--quiet", "--initial-branch=main", str(folder))
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git("add", ".", cwd=folder)
    git("commit", "--quiet", "-m", "Add the shop", cwd=folder)
    assert before in CART
    (folder / "shop/cart.py").write_text(CART.replace(before, after), encoding="utf-8")
    git("commit", "--quiet", "--all", "-m", "Tidy up", cwd=folder)
    return folder


def check_out(forge: Forge, repository: str, workspace: Path) -> Path:
    """Check out main with the token left in the configuration, as a workflow's checkout step leaves it."""
    git("clone", "--quiet", str(forge.directory(repository)), str(workspace))
    git("remote", "set-url", "origin", f"{forge.url}/{repository}.git", cwd=workspace)
    git("config", f"http.{forge.url}/.extraheader", f"AUTHORIZATION: basic {forge.token}", cwd=workspace)
    return workspace


def contents(folder: Path) -> dict[str, bytes | str]:
    """Everything below a folder, links as what they point at."""
    return {
        str(path.relative_to(folder)): path.readlink().as_posix() if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }
