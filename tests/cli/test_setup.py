"""Projects that are set up by their own files and repaired, with real virtual environments and real installers."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from healer.adapters.toolchain import INSTALLING
from tests.shop import FILES, MISSPELT, Shop

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

UNIT = (
    "import unittest\n\nfrom pricelist import PRICES\n\nfrom shop.cart import total\n\n\n"
    "class Unit(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(total(PRICES), 3)\n"
)
WHEEL = "vendor/pricelist-1.0-py3-none-any.whl"
SYSTEM = "/usr/local/bin:/usr/bin:/bin"


def wheel(files: Mapping[str, str]) -> bytes:
    """Return a wheel that holds one module, as an index would serve it."""
    info = "pricelist-1.0.dist-info"
    entries = {
        **files,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: pricelist\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: us\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = []
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
            lines.append(f"{name},sha256={digest},{len(text)}\n")
        archive.writestr(f"{info}/RECORD", "".join(lines) + f"{info}/RECORD,,\n")
    return packed.getvalue()


@pytest.fixture
def depending(shop: Shop) -> Shop:
    """Return a shop whose tests need a distribution that only its own repository has."""
    shop.git("rm", "-q", "tests/test_cart.py")
    shop.write("tests/test_unit.py", UNIT)
    (shop.path / "vendor").mkdir()
    (shop.path / WHEEL).write_bytes(wheel({"pricelist.py": "PRICES = [1, 2]\n"}))
    shop.write("requirements.txt", f"pricelist @ file:./{WHEEL}\n")
    shop.commit("Depend on a price list")
    shop.break_it(MISSPELT)
    return shop


def test_a_project_is_set_up_by_its_files_repaired_and_its_environment_used_again(
    depending: Shop, tmp_path: Path
) -> None:
    environment = {"PATH": SYSTEM, "HOME": os.environ["HOME"]}
    options = ("--format=json", "--cache", str(tmp_path / "cache"))
    first = depending.heal(*options, environment=environment)
    again = depending.heal(*options, "--setup=auto", environment=environment)
    assert [ran.document["outcome"] for ran in (first, again)] == ["fixed", "fixed"], first.err
    assert depending.git("show", f"{first.document['branch']}:shop/cart.py") + "\n" == FILES["shop/cart.py"]
    assert "lacks pricelist" in first.err
    assert "a virtual environment of Python 3." in first.err
    assert "serves again" in again.err
    assert not list(depending.path.glob("*.egg-info"))


def test_a_set_up_that_cannot_work_is_the_environment_s_fault_and_no_repair_is_tried(depending: Shop) -> None:
    depending.write("requirements.txt", "pricelist @ file:./vendor/missing.whl\n")
    depending.commit("Depend on something else")
    ran = depending.heal("--format=json", "--cache=none", environment={"PATH": SYSTEM})
    document = ran.document
    assert (ran.code, document["outcome"], document["reason"]) == (1, "environment", "setup_failed")
    assert document["attempts"] == []
    assert "missing.whl" in document["sentence"]


def test_nothing_is_set_up_where_it_is_not_wanted_or_what_is_there_serves(depending: Shop) -> None:
    ran = depending.heal("--format=json", "--setup=none", environment={"PATH": SYSTEM})
    assert (ran.document["outcome"], ran.document["reason"]) == ("environment", "dependency_missing")
    assert "set-up" not in ran.err


@pytest.mark.network
def test_a_distribution_is_built_and_installed_with_its_test_group_from_the_index(shop: Shop) -> None:
    shop.write(
        "pyproject.toml",
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "shop"\nversion = "1"\ndependencies = ["iniconfig"]\n'
        '[dependency-groups]\ntest = ["pytest", "pretend"]\n',
    )
    shop.write("tests/test_more.py", "import iniconfig\nimport pretend\n\n\ndef test_more(): pass\n")
    shop.commit("Declare")
    shop.break_it(MISSPELT)
    ran = shop.heal("--format=json", "--cache=none", environment={"PATH": SYSTEM})
    assert ran.document["outcome"] == "fixed", ran.err


USING = """\
import pretend

from shop.cart import total


def test_stub():
    assert total([pretend.stub(x=1).x]) == 1
"""
HATCHLING = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "shop"
version = "1"

"""
TOX = "[tox]\nskipsdist = true\n\n[testenv]\ndeps =\n    pytest\n    pretend\ncommands = pytest\n"
NOX = """\
import nox


@nox.session
def tests(session):
    session.install("pytest", "pretend")
    session.run("pytest")
"""
DECLARED = {
    "tox.ini": ("tox.ini", TOX),
    "tox.toml": ("tox.toml", '[env_run_base]\ndeps = ["pytest", "pretend"]\ncommands = [["pytest"]]\n'),
    "nox": ("noxfile.py", NOX),
    "hatch": ("pyproject.toml", HATCHLING + '[tool.hatch.envs.default]\ndependencies = ["pytest", "pretend"]\n'),
    "hatch test": ("pyproject.toml", HATCHLING + '[tool.hatch.envs.hatch-test]\nextra-dependencies = ["pretend"]\n'),
    "pipenv": ("Pipfile", '[packages]\n\n[dev-packages]\npytest = "*"\npretend = {version = ">=1"}\n'),
}


@pytest.mark.network
@pytest.mark.parametrize("kind", DECLARED)
def test_what_a_runner_s_own_file_declares_is_set_up_without_that_runner(kind: str, shop: Shop) -> None:
    name, text = DECLARED[kind]
    shop.write(name, text)
    shop.write("tests/test_stub.py", USING)
    shop.commit("Declare")
    shop.break_it(MISSPELT)
    ran = shop.heal("--format=json", "--cache=none", environment={"PATH": SYSTEM})
    assert ran.document["outcome"] == "fixed", ran.document["sentence"]


@pytest.mark.network
@pytest.mark.parametrize("command", [("pytest",), ("tox", "-e", "py3")], ids=" ".join)
def test_uv_installs_into_the_environment_and_tox_s_tests_run_in_it(
    command: tuple[str, ...], shop: Shop, tmp_path: Path
) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "tools"], check=True)
    subprocess.run([tmp_path / "tools/bin/pip", "install", "-q", "uv", "tox"], check=True)
    shop.write(*DECLARED["tox.ini"])
    shop.write("tests/test_stub.py", USING)
    shop.commit("Declare")
    shop.break_it(MISSPELT)
    asked = {name: os.environ[name] for name in (*INSTALLING, "SSL_CERT_FILE") if name in os.environ}
    path = f"{tmp_path}/tools/bin:{SYSTEM}"
    ran = shop.heal("--format=json", "--cache=none", "--", *command, environment={**asked, "PATH": path})
    assert ran.document["outcome"] == "fixed", ran.document["sentence"]
    assert "uv pip install" in ran.err
    assert any("graded by our own record" in line for line in ran.document["proof"])
