"""A small real project in a real repository, and `self-heal` run on it as a user would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILES = {
    "shop/__init__.py": "",
    "shop/cart.py": (
        "def total(prices, discount=0):\n"
        "    amount = 0\n"
        "    for price in prices:\n"
        "        amount += price\n"
        "    return amount - discount\n"
    ),
    "tests/test_cart.py": (
        "from shop.cart import total\n\n\n"
        "def test_sum():\n    assert total([1, 2]) == 3\n\n\n"
        "def test_discount():\n    assert total([5], discount=2) == 3\n"
    ),
    "job.py": "from shop.cart import total\n\nprint(total([1, 2, 3]))\n",
}
MISSPELT = ("amount += price\n", "amount += prize\n")
WRONG_SIGN = ("amount - discount", "amount + discount")
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Ran:
    """How one `self-heal` process ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document


@dataclass(frozen=True)
class Shop:
    """The project in its checkout."""

    path: Path

    def git(self, *arguments: str) -> str:
        identity = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        environment = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        argv = ["git", "-C", str(self.path), *arguments]
        return subprocess.run(argv, env=environment, capture_output=True, text=True, check=True).stdout.rstrip("\n")

    def write(self, name: str, text: str) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_text(text, encoding="utf-8")

    def commit(self, subject: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", subject)
        return self.git("rev-parse", "HEAD")

    def break_it(self, change: tuple[str, str], name: str = "shop/cart.py") -> str:
        text = (self.path / name).read_text(encoding="utf-8")
        assert change[0] in text
        self.write(name, text.replace(*change))
        return self.commit("Tidy up")

    def heal(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        largest_file: int | None = None,
        command: str = "run",
    ) -> Ran:
        """Run `self-heal run` (or another command) in the checkout, without keys but those given.

        With `largest_file` (bytes), writing a larger file fails as it does on a full disk.
        """
        limited = () if largest_file is None else ("prlimit", f"--fsize={largest_file}", "--")
        clean = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        done = subprocess.run(
            [*limited, sys.executable, "-m", "healer", command, *arguments],
            cwd=self.path, env={**clean, **(environment or {})}, input="", capture_output=True, text=True, check=False,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    def state(self) -> tuple[str, ...]:
        """Return what must never change: branch, index, working tree, configuration."""
        files = {
            str(path.relative_to(self.path)): path.read_bytes()
            for path in sorted(self.path.rglob("*"))
            if path.is_file() and ".git" not in path.parts
        }
        git = self.path / ".git"
        kept = [(git / name).read_bytes() for name in ("HEAD", "config") if (git / name).exists()]
        return (repr(files), repr(kept), self.git("status", "--porcelain", "--branch"), self.git("rev-parse", "HEAD"))
