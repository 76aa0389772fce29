from __future__ import annotations

import os
from typing import TYPE_CHECKING

from healer.adapters.checkout import Checkout
from healer.adapters.generated import GeneratedFiles
from healer.adapters.git import Git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shop import Shop


def generated(shop: Shop) -> GeneratedFiles:
    tracked = shop.git("ls-files").splitlines()
    return GeneratedFiles.of(Checkout.at(shop.path, Git.find(os.environ["PATH"])), tracked)


def copied(shop: Shop, tree: Path) -> dict[str, str]:
    (tree / "shop").mkdir(parents=True)
    generated(shop).copy_into(tree)
    return {str(path.relative_to(tree)): path.read_text("utf-8") for path in tree.rglob("*") if path.is_file()}


def test_what_a_build_left_beside_tracked_code_is_copied(shop: Shop, tmp_path: Path) -> None:
    shop.write(".gitignore", "_version.py\n*.so\n")
    shop.commit("Ignore what builds leave")
    shop.write("shop/_version.py", "version = '1'\n")
    shop.write("shop/fast.cpython-311.so", "machine code")

    assert copied(shop, tmp_path / "tree") == {
        "shop/_version.py": "version = '1'\n",
        "shop/fast.cpython-311.so": "machine code",
    }


def test_nothing_else_is_copied(shop: Shop, tmp_path: Path) -> None:
    shop.write(".gitignore", "ignored*\n.venv/\n.env\n*.key\n_version.py\n")
    shop.commit("Ignore much")
    (tmp_path / "outside.py").write_text("secret = 1\n", encoding="utf-8")
    shop.write("shop/.env", "TOKEN=x\n")
    shop.write("shop/ignored.key", "x")
    shop.write("shop/ignored_settings.py", "PASSWORD = 'x'\n")
    shop.write("shop/untracked.py", "not ignored, so a change that is left out\n")
    shop.write(".venv/lib/ignored.py", "an environment\n")
    (shop.path / "shop" / "_version.py").symlink_to(tmp_path / "outside.py")
    os.mkfifo(shop.path / "shop" / "ignored.so")

    assert copied(shop, tmp_path / "tree") == {}


def test_a_file_of_the_tree_is_never_overwritten(shop: Shop, tmp_path: Path) -> None:
    shop.write(".gitignore", "_version.py\n")
    shop.commit("Ignore it")
    shop.write("shop/_version.py", "version = 'from the working tree'\n")
    tree = tmp_path / "tree"
    (tree / "shop").mkdir(parents=True)
    (tree / "shop" / "_version.py").write_text("version = 'from the commit'\n", encoding="utf-8")

    generated(shop).copy_into(tree)

    assert "from the commit" in (tree / "shop" / "_version.py").read_text(encoding="utf-8")
