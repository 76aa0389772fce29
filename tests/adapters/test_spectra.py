"""Line spectra of real pytest sessions: what the plugin leaves is what localization reads."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from healer.adapters.sandbox import PAYLOAD
from healer.evidence.spectra import parse_spectra
from healer.models.spectra import Hits, Spectra
from tests.projects import write

if TYPE_CHECKING:
    from pathlib import Path

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
MEMBER_LINE, GUEST_LINE, RATE_LINE, THREAD_LINE = 7, 8, 2, 12


def spectra(folder: Path, *options: str) -> Spectra | None:
    """Run the shop's suite with the plugin and read what it leaves."""
    tree, left = folder / "tree", folder / "left"
    write(tree / "shop.py", SHOP)
    write(tree / "tests" / "test_shop.py", TESTS)
    left.mkdir()
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": f"{PAYLOAD}:{tree}", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "SELF_HEAL_SPECTRA": str(left), "SELF_HEAL_TREE": str(tree), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "pytest", "-q", "-p", "self_heal_spectra", *options]
    subprocess.run(command, cwd=tree, env=environment, check=False, capture_output=True)
    return parse_spectra(path.read_bytes() for path in sorted(left.glob("*.json")))


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")], ids=["one process", "workers"])
def test_a_line_knows_who_ran_it(tmp_path: Path, workers: tuple[str, ...]) -> None:
    found = spectra(tmp_path, *workers)
    assert found is not None
    assert found.failed == ("tests/test_shop.py::test_member",)
    assert found.passed == 4  # test cases that were skipped or expected to fail say nothing
    lines = found.lines["shop.py"]
    assert lines[MEMBER_LINE] == Hits(0, (0,))
    assert lines[GUEST_LINE] == Hits(3, ())
    assert lines[THREAD_LINE] == Hits(1, ())


def test_lines_that_run_while_modules_load_belong_to_no_test_case(tmp_path: Path) -> None:
    found = spectra(tmp_path)
    assert found is not None
    assert RATE_LINE not in found.lines["shop.py"]


def test_another_tracer_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "tree" / "conftest.py", "")
    write(tmp_path / "tree" / "sitecustomize.py", "import sys\nsys.settrace(lambda *_: None)\n")
    if sys.version_info >= (3, 12):
        assert spectra(tmp_path) is not None
    else:
        assert spectra(tmp_path) is None
