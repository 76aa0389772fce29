"""Environments that are kept: complete or not there, unchanged or made anew, never two makers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from healer.adapters.setup.store import kept, store_for
from tests.adapters.outsider import NONE
from tests.projects import write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    found = store_for(tmp_path / "cache", NONE)
    assert found is not None
    return found


def make(store: Path, key: str = "k") -> Path:
    """Make an environment of one file."""
    place = kept(store, key)
    assert place is not None
    assert not place.complete
    write(place.folder / "lib" / "a.py", "a = 1\n")
    place.finish()
    place.release()
    return place.folder


def is_complete(store: Path, key: str = "k") -> bool:
    place = kept(store, key)
    assert place is not None
    place.release()
    return place.complete


def test_what_was_finished_is_there_again_with_all_it_holds(store: Path) -> None:
    folder = make(store)
    assert is_complete(store)
    assert (folder / "lib" / "a.py").read_text("utf-8") == "a = 1\n"


def test_what_was_abandoned_or_left_half_made_is_never_used(store: Path) -> None:
    place = kept(store, "k")
    assert place is not None
    write(place.folder / "a.py", "")
    place.abandon()
    assert not place.folder.exists()
    half = kept(store, "k")
    assert half is not None
    write(half.folder / "a.py", "")
    half.release()  # as when the process was killed
    again = kept(store, "k")
    assert again is not None
    assert not again.complete
    assert list(again.folder.iterdir()) == []
    again.release()


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "lib" / "a.py").write_text("a = 2\n", "utf-8"),
        lambda folder: (folder / "lib" / "b.py").touch(),
        lambda folder: (folder / "lib" / "a.py").unlink(),
        lambda folder: (folder / "lib").chmod(0o777),
        lambda folder: (folder / "lib" / "a.py").rename(folder / "lib" / "c.py"),
        lambda folder: folder.with_suffix(".complete").write_text("", "utf-8"),
    ],
    ids=["written to", "added to", "taken from", "opened up", "renamed in", "mark damaged"],
)
def test_what_was_changed_since_is_made_anew(store: Path, change: object) -> None:
    folder = make(store)
    assert callable(change)
    change(folder)
    place = kept(store, "k")
    assert place is not None
    assert (place.complete, list(folder.iterdir())) == (False, [])
    place.release()


def test_nobody_uses_what_somebody_makes_and_nobody_remakes_what_somebody_uses(store: Path) -> None:
    making = kept(store, "k")
    assert making is not None
    assert kept(store, "k") is None
    making.finish()
    using = kept(store, "k")
    assert using is not None
    assert using.complete
    (making.folder / "new").touch()
    assert kept(store, "k") is None
    making.release()
    using.release()


def test_only_so_many_are_kept_the_last_used_ones(store: Path) -> None:
    folders = [make(store, f"k{number}") for number in range(14)]
    assert is_complete(store, "k13")
    left = [folder.name for folder in folders if folder.exists()]
    assert left == [f"k{number}" for number in range(1, 14)]


def test_a_store_that_others_may_write_to_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments").chmod(0o777)
    assert store_for(tmp_path, NONE) != tmp_path / "environments"


def test_a_store_that_is_a_link_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "environments").symlink_to("elsewhere")
    assert store_for(tmp_path, NONE) != tmp_path / "elsewhere"
    assert not (tmp_path / "elsewhere" / "environments").exists()
