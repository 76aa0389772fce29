"""Line spectra of real pytest sessions: what the plugin leaves is what localization reads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from healer.adapters.sandbox import PAYLOAD
from healer.adapters.setup.machine import Machine
from healer.adapters.spectra_files import MOST_BYTES, MOST_FILES, read_spectra
from healer.models.spectra import Hits, Spectra
from tests.projects import write

SHOP = """
RATE = 2


def price(amount, member):
    if member:
        return amount - RATE
    return amount


def threaded(found):
    found.append(1)
"""
TESTS = """
import threading
import pytest
from shop import price, threaded

def test_member(): assert price(5, True) == 4
def test_guest(): assert price(5, False) == 5
def test_free(): assert price(0, False) == 0

@pytest.mark.skip
def test_skipped(): price(1, True)

@pytest.mark.xfail
def test_expected(): assert price(1, True) == 7

@pytest.fixture
def sold(): return price(3, False)

def test_fixture(sold): assert sold == 3

def test_thread():
    found = []
    worker = threading.Thread(target=threaded, args=(found,))
    worker.start()
    worker.join()
    assert found
"""
PRICED = """
class Priced:
    def __init__(self, price):
        self.price = price

    def __repr__(self):
        return str(self.price)
"""
MEMBER_LINE, GUEST_LINE, RATE_LINE, THREAD_LINE = 7, 8, 2, 12


UNITTESTS = """
import unittest
from shop import price, threaded

class Shop(unittest.TestCase):
    def test_member(self): self.assertEqual(price(5, True), 4)
    def test_guest(self): self.assertEqual(price(5, False), 5)
    def test_parts(self):
        for amount in (1, 2):
            with self.subTest(amount): self.assertEqual(price(amount, False), 1)

    @unittest.skip("later")
    def test_skipped(self): price(1, True)

    @unittest.expectedFailure
    def test_expected(self): self.assertEqual(price(1, True), 7)
"""
SITE_PACKAGES = str(Path(pytest.__file__).parents[1])
"""Pytest and what it needs are plain Python, which others can import from here as well."""


def other_pythons() -> list[str]:
    """Return a Python of each kind of tracing, where there is one beside ours."""
    machine = Machine.look(os.environ)
    newer = [str(found.path) for version in ("3.12", "3.13", "3.14") for found in machine.pythons(version)]
    return [sys.executable, *newer[:1]]


def left_by(folder: Path, python: str, *command: str, **variables: str) -> Spectra | None:
    """Run a command of a Python in the shop with our recorders, and read what it leaves."""
    tree, left = folder / "tree", folder / "left"
    write(tree / "shop.py", SHOP)
    write(tree / "tests" / "test_shop.py", TESTS)
    write(tree / "unit_shop.py", UNITTESTS)
    left.mkdir()
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": f"{PAYLOAD}:{tree}:{SITE_PACKAGES}",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "SELF_HEAL_RECORD": "/dev/null", "SELF_HEAL_SPECTRA": str(left),
        "SELF_HEAL_TREE": str(tree), "PYTHONDONTWRITEBYTECODE": "1", **variables,
    }  # fmt: skip
    subprocess.run([python, "-m", *command], cwd=tree, env=environment, check=False, capture_output=True)
    return read_spectra(left)


def spectra(folder: Path, *options: str, python: str = sys.executable, **variables: str) -> Spectra | None:
    """Run the shop's suite by pytest."""
    return left_by(folder, python, "pytest", "-q", "-p", "self_heal_spectra", *options, **variables)


@pytest.mark.parametrize("python", other_pythons(), ids=lambda path: Path(path).name)
@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")], ids=["one process", "workers"])
def test_a_line_knows_who_ran_it(tmp_path: Path, workers: tuple[str, ...], python: str) -> None:
    found = spectra(tmp_path, *workers, python=python)
    assert found is not None
    assert found.failed == ("tests/test_shop.py::test_member",)
    assert found.passed == 4  # test cases that were skipped or expected to fail say nothing
    lines = found.lines["shop.py"]
    assert lines[MEMBER_LINE] == Hits(0, (0,))
    assert lines[GUEST_LINE] == Hits(3, ())
    assert lines[THREAD_LINE] == Hits(1, ())


@pytest.mark.parametrize("python", other_pythons(), ids=lambda path: Path(path).name)
def test_what_shows_a_failure_ran_in_no_test_case(tmp_path: Path, python: str) -> None:
    write(tmp_path / "tree" / "priced.py", PRICED)
    tests = "from priced import Priced\ndef test_shown():\n    priced = Priced(3)\n    raise ValueError(priced)\n"
    write(tmp_path / "tree" / "tests" / "test_priced.py", tests)
    found = spectra(tmp_path, "--showlocals", python=python)
    assert found is not None
    assert found.lines["priced.py"].keys() == {4}


@pytest.mark.parametrize("python", other_pythons(), ids=lambda path: Path(path).name)
def test_what_shows_a_failure_of_unittest_ran_in_no_test_case(tmp_path: Path, python: str) -> None:
    write(tmp_path / "tree" / "priced.py", PRICED)
    tests = (
        "import unittest\nfrom priced import Priced\nclass Shown(unittest.TestCase):\n"
        "    def test_shown(self):\n        raise ValueError(Priced(3))\n    def test_after(self): Priced(4)\n"
    )
    write(tmp_path / "tree" / "unit_priced.py", tests)
    found = left_by(tmp_path, python, "unittest", "--locals", "unit_priced")
    assert found is not None
    assert found.lines["priced.py"].keys() == {4}
    assert found.passed == 1


def test_lines_that_run_while_modules_load_belong_to_no_test_case(tmp_path: Path) -> None:
    found = spectra(tmp_path)
    assert found is not None
    assert RATE_LINE not in found.lines["shop.py"]


@pytest.mark.parametrize("python", other_pythons(), ids=lambda path: Path(path).name)
def test_what_a_conftest_imports_is_watched_too(tmp_path: Path, python: str) -> None:
    write(tmp_path / "tree" / "conftest.py", "import shop\n")
    found = spectra(tmp_path, python=python)
    assert found is not None
    assert found.lines["shop.py"][MEMBER_LINE] == Hits(0, (0,))


@pytest.mark.parametrize("python", other_pythons(), ids=lambda path: Path(path).name)
def test_test_cases_of_unittest_are_told_apart_as_well(tmp_path: Path, python: str) -> None:
    found = left_by(tmp_path, python, "unittest", "unit_shop")
    assert found is not None
    assert sorted(found.failed) == ["unit_shop.py::Shop::test_member", "unit_shop.py::Shop::test_parts"]
    assert found.passed == 1
    member, parts = (found.failed.index(f"unit_shop.py::Shop::{name}") for name in ("test_member", "test_parts"))
    assert found.lines["shop.py"][MEMBER_LINE] == Hits(0, (member,))
    assert found.lines["shop.py"][GUEST_LINE] == Hits(1, (parts,))


def test_nothing_is_traced_where_only_cheap_ways_are_asked_for(tmp_path: Path) -> None:
    found = spectra(tmp_path, SELF_HEAL_CHEAP="1")
    assert (found is not None) == (sys.version_info >= (3, 12))


def test_another_tracer_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "tree" / "conftest.py", "import sys\nother = lambda *_: None\nsys.settrace(other)\n")
    check = "def pytest_sessionfinish(): assert sys.gettrace() is other\n"
    write(tmp_path / "tree" / "tests" / "conftest.py", f"import sys\nfrom conftest import other\n{check}")
    found = spectra(tmp_path)
    assert (found is not None) == (sys.version_info >= (3, 12))


@pytest.mark.parametrize(
    "left",
    [{"1.json": "{"}, {"1.json": "x" * (MOST_BYTES + 1)}, {f"{number}.json": "{}" for number in range(MOST_FILES + 1)}],
    ids=["no JSON", "too much", "too many"],
)
def test_what_tests_could_have_left_there_is_not_read(tmp_path: Path, left: dict[str, str]) -> None:
    for name, text in left.items():
        write(tmp_path / name, text)
    assert read_spectra(tmp_path) is None


def test_a_link_or_a_pipe_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", "{}")
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "1.json").symlink_to(tmp_path / "elsewhere")
    assert read_spectra(tmp_path / "left") is None
    (tmp_path / "left" / "1.json").unlink()
    os.mkfifo(tmp_path / "left" / "1.json")
    assert read_spectra(tmp_path / "left") is None
