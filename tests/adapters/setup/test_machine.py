"""What is found on a machine, by places alone."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from healer.adapters.setup.machine import Machine
from tests.projects import Link, Program, write

if TYPE_CHECKING:
    from pathlib import Path

BINARY = Program("\x7fELF")


def install(prefix: Path, version: str, *, ensurepip: bool = True) -> Path:
    """Put something that looks like an interpreter in place."""
    minor = ".".join(version.split(".")[:2])
    program = prefix / "bin" / f"python{minor}"
    write(program, BINARY)
    write(prefix / "bin" / "python3", Link(program.name))
    (prefix / "lib" / f"python{minor}" / ("ensurepip" if ensurepip else "")).mkdir(parents=True)
    return program


@pytest.fixture
def home(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    return tmp_path


def look(home: Path, **environment: str) -> Machine:
    hidden = {"RUNNER_TOOL_CACHE": str(home / "tools"), "PATH": ""}
    return Machine.look({**hidden, "HOME": str(home), **environment})


def test_version_managers_and_runners_are_known(home: Path) -> None:
    pyenv = install(home / ".pyenv/versions/3.11.4", "3.11")
    uv = install(home / ".local/share/uv/python/cpython-3.12.1-linux-x86_64-gnu", "3.12")
    hosted = install(home / "tools/Python/3.13.0/x64", "3.13")
    install(home / ".pyenv/versions/3.6.15", "3.6")
    install(home / ".pyenv/versions/pypy3.10-7.3", "3.10")
    machine = look(home)
    found = {one.version: (one.path, one.origin) for one in machine.interpreters}
    assert found == {"3.11": (pyenv, "pyenv"), "3.12": (uv, "uv"), "3.13": (hosted, "tool cache")}
    assert machine.versions == ("3.11", "3.12", "3.13")


def test_on_the_path_every_folder_is_looked_at_and_shims_are_no_interpreters(home: Path) -> None:
    system = install(home / "usr", "3.11")
    write(home / "shims" / "python3", Program("#!/bin/sh\n"))
    write(home / "shims" / "python3.12", Program("#!/bin/sh\n"))
    machine = look(home, PATH=f"{home}/shims:relative:{home}/usr/bin:{home}/none")
    assert [(one.path, one.version, one.origin) for one in machine.interpreters] == [(system, "3.11", "PATH")]


def test_an_interpreter_is_listed_once(home: Path) -> None:
    program = install(home / ".pyenv/versions/3.11.4", "3.11")
    machine = look(home, PATH=str(program.parent))
    assert [(one.path, one.patch) for one in machine.interpreters] == [(program, 4)]


def test_the_newest_patch_release_comes_first(home: Path) -> None:
    for patch in (2, 10, 4):
        install(home / f".pyenv/versions/3.11.{patch}", "3.11")
    assert [one.patch for one in look(home).pythons("3.11")] == [10, 4, 2]


def test_a_python_without_pip_of_its_own_serves_only_where_uv_is(home: Path) -> None:
    install(home / "usr", "3.11", ensurepip=False)
    assert look(home, PATH=f"{home}/usr/bin").versions == ()
    write(home / "bin" / "uv", Program("#!/bin/sh\n"))
    machine = look(home, PATH=f"{home}/usr/bin:{home}/bin")
    assert machine.versions == ("3.11",)
    assert machine.tools["uv"] == home / "bin" / "uv"


def test_a_link_that_leads_nowhere_is_no_interpreter(home: Path) -> None:
    write(home / "bin" / "python3", Link("python3.11"))
    shutil.copytree(home / "bin", home / ".pyenv/versions/3.11.4/bin", symlinks=True)
    assert look(home, PATH=str(home / "bin")).interpreters == ()
