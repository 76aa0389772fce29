"""What a set-up leaves for the trees under test, and where a project is imported from in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.adapters.setup.furnishing import Furnishing, import_roots_of
from tests.projects import Link, write

if TYPE_CHECKING:
    from pathlib import Path

TRACKED = ("src/shop/__init__.py", "README.md", "package.json")


def test_modules_that_a_build_made_are_copied_and_nothing_else(tmp_path: Path) -> None:
    made, tree = tmp_path / "made", tmp_path / "tree"
    for path in (*TRACKED, "src/shop/_version.py", "src/shop/_fast.cpython-312-x86_64-linux-gnu.so"):
        write(made / path, path)
    for path in ("build/lib/shop/x.py", "src/shop.egg-info/x.py", "src/shop/notes.txt", "src/shop/__pycache__/a.py"):
        write(made / path, path)
    write(made / "src" / "shop" / "secret.py", Link("/etc/hostname"))
    write(tree / TRACKED[0], "patched")
    Furnishing.of(made, "", TRACKED).copy_into(tree)
    assert sorted(path.name for path in (tree / "src" / "shop").iterdir()) == [
        "__init__.py", "_fast.cpython-312-x86_64-linux-gnu.so", "_version.py",
    ]  # fmt: skip
    assert (tree / TRACKED[0]).read_text("utf-8") == "patched"


def test_installed_packages_are_linked_to_and_a_workspace_is_the_tree_s_own(tmp_path: Path) -> None:
    made, tree = tmp_path / "made", tmp_path / "tree"
    write(made / "web/node_modules/ms/index.js", "ms")
    write(made / "web/node_modules/@types/node/index.d.ts", "")
    write(made / "web/node_modules/.bin/ms", Link("../ms/index.js"))
    write(made / "web/node_modules/mine", Link("../packages/mine"))
    write(tree / "web/packages/mine/index.js", "patched")
    Furnishing.of(made, "web", TRACKED).copy_into(tree)
    modules = tree / "web" / "node_modules"
    assert (modules / "ms" / "index.js").read_text("utf-8") == "ms"
    assert (modules / ".bin" / "ms").read_text("utf-8") == "ms"
    assert (modules / "@types" / "node" / "index.d.ts").exists()
    assert (modules / "mine" / "index.js").read_text("utf-8") == "patched"
    write(modules / ".cache" / "x", "written to the tree alone")
    assert not (made / "web/node_modules/.cache").exists()


def test_packages_that_a_commit_holds_are_left_alone(tmp_path: Path) -> None:
    made, tree = tmp_path / "made", tmp_path / "tree"
    write(made / "node_modules/ms/index.js", "installed")
    write(tree / "node_modules/ms/index.js", "committed")
    Furnishing.of(made, "", TRACKED).copy_into(tree)
    assert (tree / "node_modules/ms/index.js").read_text("utf-8") == "committed"


def test_import_roots_are_read_from_what_installs_in_place(tmp_path: Path) -> None:
    tree, packages = tmp_path / "tree", tmp_path / "environment/lib/python3.12/site-packages"
    write(packages / "_a.pth", f"{tree}/lib\nimport os\n{tmp_path}/other\n{tree}/../x\n")
    write(packages / "__editable___b_finder.py", f"MAPPING: dict[str, str] = {{'b': '{tree}/code/b'}}\n")
    write(packages / "__editable___c_finder.py", "MAPPING = {oh no\n")
    write(packages / "d.pth", f"{tree}\n")
    assert import_roots_of(tmp_path / "environment", tree) == ("lib", "", "code")
    assert import_roots_of(tmp_path / "none", tree) == ()


def test_every_package_of_a_workspace_gets_what_was_installed_for_it(tmp_path: Path) -> None:
    made, tree = tmp_path / "made", tmp_path / "tree"
    for folder in ("", "packages/a/", "packages/b/"):
        write(made / f"{folder}node_modules/ms/index.js", folder)
    write(made / "node_modules/ms/node_modules/deep/index.js", "")
    write(tree / "packages/a/index.js", "")
    (tmp_path / "elsewhere").mkdir()
    write(tree / "packages/b", Link(str(tmp_path / "elsewhere")))
    Furnishing.of(made, "", TRACKED).copy_into(tree)
    assert (tree / "packages/a/node_modules/ms/index.js").read_text("utf-8") == "packages/a/"
    assert (tree / "node_modules/ms/node_modules/deep").is_dir()
    assert not list((tmp_path / "elsewhere").iterdir())


def test_yarn_s_note_of_what_it_installed_comes_along_and_never_through_a_link(tmp_path: Path) -> None:
    made, tree, other = tmp_path / "made", tmp_path / "tree", tmp_path / "other"
    write(made / ".yarn/install-state.gz", "state")
    tree.mkdir()
    Furnishing.of(made, "", TRACKED).copy_into(tree)
    assert (tree / ".yarn/install-state.gz").read_text("utf-8") == "state"
    (tmp_path / "elsewhere").mkdir()
    write(other / ".yarn", Link(str(tmp_path / "elsewhere")))
    Furnishing.of(made, "", TRACKED).copy_into(other)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_home_of_tests_begins_with_what_gradle_fetched(tmp_path: Path) -> None:
    made, home = tmp_path / "made", tmp_path / "home"
    write(made / "gradle/caches/modules-2/a.jar", "jar")
    write(made / "gradle/caches/modules-2/modules-2.lock", "")
    write(made / "gradle/daemon/8/x.log", "")
    home.mkdir()
    Furnishing.of(tmp_path, "", TRACKED, made).settle_in(home)
    files = [str(path.relative_to(home)) for path in sorted(home.rglob("*")) if path.is_file()]
    assert files == [".gradle/caches/modules-2/a.jar"]
    Furnishing.of(tmp_path, "", TRACKED, tmp_path).settle_in(home)
