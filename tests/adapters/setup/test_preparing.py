"""Setting up in the sandbox: real steps on a real tree, kept for later, nothing half-made, nothing followed."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from healer.adapters.setup.inventory import interpreter_of, inventory
from healer.adapters.setup.machine import Interpreter, Machine
from healer.adapters.setup.preparing import Prepared, Workshop
from healer.adapters.setup.recipe import Recipe, by_plan
from healer.adapters.setup.store import store_for
from healer.adapters.toolchain import Toolchain
from healer.errors import SuiteError
from healer.setup.plan import MADE, Plan, PythonWish, Step
from tests.adapters.outsider import NONE, strictest
from tests.fakes import FakeSource
from tests.projects import Program, project, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from healer.adapters.sandbox import Isolation

FILES = {"shop.py": "total = 1\n", "lib/a.py": ""}


def shell(script: str, **facts: Any) -> Recipe:
    return replace(Recipe((Step(("sh", "-ec", script), "a test"),)), **facts)


@contextmanager
def workshop(tmp_path: Path, isolation: Isolation = NONE) -> Iterator[tuple[Workshop, list[str]]]:
    made = project(tmp_path, FILES)
    told: list[str] = []
    toolchain = Toolchain.inherit({"PATH": "/usr/bin:/bin"}, made.root)
    with made.private() as repository:
        yield Workshop(repository, toolchain, isolation, lambda _, message: told.append(message), 60.0), told


def prepared(shop: Workshop, recipe: Recipe, scratch: Path) -> Prepared:
    scratch.mkdir(exist_ok=True)
    return shop.prepare(recipe, scratch)


def test_steps_run_in_a_private_copy_with_the_plan_s_own_files(tmp_path: Path) -> None:
    script = f'test "$PWD" = "$(pwd)"; test -f shop.py; test ! -e .git; cp {MADE}/names.txt "$TMPDIR/x"; touch new.py'
    with workshop(tmp_path) as (shop, told):
        found = prepared(shop, shell(script, files=(("names.txt", "a\n"),)), tmp_path / "scratch")
    assert len(told) == 1
    assert "(a test)" in told[0]
    assert not (tmp_path / "project" / "new.py").exists()
    assert found.toolchain.made == tmp_path / "scratch" / "setup"
    assert not (tmp_path / "scratch" / "setup" / "home").exists()
    found.release()


def test_a_step_runs_where_the_project_is(tmp_path: Path) -> None:
    with workshop(tmp_path) as (shop, _):
        prepared(shop, shell("test -f a.py", folder="lib"), tmp_path / "scratch")


def test_a_failing_step_is_told_by_its_decisive_lines(tmp_path: Path) -> None:
    script = "echo fetching; echo 'ERROR: No matching distribution found for x'; echo more; exit 1"
    with workshop(tmp_path) as (shop, _), pytest.raises(SuiteError) as refused:
        prepared(shop, shell(script), tmp_path / "scratch")
    assert refused.value.code == "setup_failed"
    assert refused.value.sentence.endswith("could be run: ERROR: No matching distribution found for x")


def test_a_step_that_does_not_end_is_told_with_what_to_do(tmp_path: Path) -> None:
    with workshop(tmp_path) as (shop, _), pytest.raises(SuiteError, match=r"did not end within 1 s .*--time-limit"):
        prepared(replace(shop, seconds=1.0), shell("read forever < /dev/zero"), tmp_path / "scratch")


def test_what_was_made_once_is_not_made_again(tmp_path: Path) -> None:
    store = store_for(tmp_path / "cache", NONE)
    recipe = shell("touch made_here.py", key="k", store=store)
    with workshop(tmp_path) as (shop, told):
        for _ in range(2):
            found = prepared(shop, recipe, tmp_path / "scratch")
            assert (found.furnishing.tree / "made_here.py").exists()
            found.release()
    assert len(told) == 2
    assert "serves again" in told[1]


def test_nothing_of_a_set_up_that_failed_is_kept(tmp_path: Path) -> None:
    store = store_for(tmp_path / "cache", NONE)
    assert store is not None
    with workshop(tmp_path) as (shop, _), pytest.raises(SuiteError):
        prepared(shop, shell("touch half; exit 1", key="k", store=store), tmp_path / "scratch")
    assert [path.suffix for path in store.iterdir()] == [".lock"]


def test_what_somebody_else_is_making_is_made_privately(tmp_path: Path) -> None:
    store = store_for(tmp_path / "cache", NONE)
    recipe = shell("true", key="k", store=store)
    with workshop(tmp_path) as (shop, _):
        first = prepared(shop, recipe, tmp_path / "one")
        (first.furnishing.tree / "changed").touch()  # so that it cannot be shared any more
        second = prepared(shop, recipe, tmp_path / "two")
        assert second.furnishing.tree == tmp_path / "two" / "setup" / "tree"
        for found in (first, second):
            found.release()


def test_under_the_strictest_isolation_what_was_set_up_cannot_be_written_to(tmp_path: Path) -> None:
    isolation, _ = strictest()
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.name.startswith(("pytest", "test_")):
            folder.chmod(0o755)
    with workshop(tmp_path, isolation) as (shop, _):
        found = prepared(shop, shell("touch made_here"), tmp_path / "scratch")
        place = found.furnishing.tree / "made_here"
    assert place.exists()
    if isolation.own_user:
        assert (place.stat().st_uid, place.stat().st_mode & 0o022) == (os.geteuid(), 0)


PLAN = Plan(
    "python", ("python", "-m", "pytest"), ("a reason",), (Step(("python", "-c", "pass"), "x"),),
    python=PythonWish(("3.12", "3.11"), "a file says so"), inputs=("a.txt",),
)  # fmt: skip
SOURCE = FakeSource({"a.txt": b"1", "b.txt": b"1"})


def machine(tmp_path: Path, *versions: str) -> Machine:
    found = []
    for version in versions:
        write(tmp_path / version / "bin" / f"python{version}", Program(""))
        found.append(Interpreter(version, 1, tmp_path / version / "bin" / f"python{version}", "PATH", True))  # noqa: FBT003 - a fact of many
    return Machine(tuple(found), {})


def test_the_first_python_that_is_wished_for_here_and_starts_is_taken(tmp_path: Path) -> None:
    here = machine(tmp_path, "3.11", "3.12", "3.13")
    assert "3.12" in by_plan(PLAN, here, SOURCE).environment[0]
    assert "3.11" in by_plan(PLAN, here, SOURCE, starts=lambda one: one.version != "3.12").environment[0]


def test_a_python_that_is_not_here_is_told_with_what_is(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"wants Python 3.12, 3.11 \(a file says so\).* there is 3.8 here") as refused:
        by_plan(PLAN, machine(tmp_path, "3.8"), SOURCE)
    assert refused.value.code == "python_missing"


def test_a_tool_that_is_not_here_is_told(tmp_path: Path) -> None:
    plan = Plan("node", ("npm", "test"), ("package-lock.json is npm's",), programs=("npm",))
    with pytest.raises(SuiteError, match="which is not on the PATH; install npm") as refused:
        by_plan(plan, machine(tmp_path), SOURCE)
    assert refused.value.code == "tool_missing"


def test_the_name_of_an_environment_follows_what_decides_what_is_in_it(tmp_path: Path) -> None:
    here = machine(tmp_path, "3.11", "3.12")

    def key(plan: Plan = PLAN, source: FakeSource = SOURCE, **facts: object) -> str | None:
        return by_plan(plan, here, source, **facts).key  # type: ignore[arg-type] # any of its keywords

    other = FakeSource({"a.txt": b"1", "b.txt": b"2"})
    assert key() == key(source=other)
    assert key(replace(PLAN, whole=True)) != key(replace(PLAN, whole=True), other)
    different = {
        key(), key(source=FakeSource({"a.txt": b"2", "b.txt": b"1"})), key(replace(PLAN, files=(("x", "y"),))),
        key(version="1.2"), key(starts=lambda one: one.version != "3.12"), key(replace(PLAN, steps=())),
    }  # fmt: skip
    assert len(different) == 6


def test_an_interpreter_tells_what_is_installed_in_it() -> None:
    toolchain = Toolchain.inherit({"PATH": os.environ["PATH"]}, None)
    python = interpreter_of((sys.executable, "-m", "pytest"), toolchain)
    assert python is not None
    found = inventory(python, toolchain, NONE)
    assert found is not None
    assert "pytest" in found.distributions
    assert found.secure


def test_a_program_that_is_no_interpreter_tells_nothing(tmp_path: Path) -> None:
    write(tmp_path / "python", Program("#!/bin/sh\necho '{\"distributions\": 5}'\n"))
    write(tmp_path / "python3", Program("#!/bin/sh\nexit 3\n"))
    toolchain = Toolchain.inherit({"PATH": "/usr/bin:/bin"}, None)
    assert inventory(tmp_path / "python", toolchain, NONE) is None
    assert inventory(tmp_path / "python3", toolchain, NONE) is None


def test_the_interpreter_behind_a_runner_is_the_one_that_its_script_names(tmp_path: Path) -> None:
    write(tmp_path / "a" / "python", Program(""))
    write(tmp_path / "b" / "python3", Program(""))
    write(tmp_path / "a" / "pytest", Program(f"#!{tmp_path}/b/python3 -I\n"))
    write(tmp_path / "a" / "coverage", Program("#!/bin/bash\n"))
    toolchain = Toolchain.inherit({"PATH": f"{tmp_path}/a:/usr/bin:/bin"}, None)
    assert interpreter_of(["pytest"], toolchain) == tmp_path / "b" / "python3"
    assert interpreter_of(["coverage", "run"], toolchain) == tmp_path / "a" / "python"
    assert interpreter_of(["make", "test"], toolchain) is None
    assert interpreter_of(["tox"], toolchain) is None
