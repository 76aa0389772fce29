"""What tests may see of this machine: an environment from an allow-list, programs from known places."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from healer.adapters.toolchain import Toolchain, default_command, import_roots
from healer.errors import SuiteError, UsageError
from tests.projects import Program, project, write

SECRETS = {
    "ANTHROPIC_API_KEY": "k", "GITHUB_TOKEN": "t", "ACTIONS_RUNTIME_TOKEN": "r", "GITHUB_ENV": "/e", "GIT_DIR": "/x",
    "SSH_AUTH_SOCK": "/s", "LD_PRELOAD": "/x.so", "PYTHONSTARTUP": "/x", "PYTHONPATH": "/x", "PYTEST_ADDOPTS": "-x",
    "HOME": "/home/me",
}  # fmt: skip


def test_only_what_finds_tools_is_taken_from_the_environment() -> None:
    kept = {"PATH": "/bin", "LANG": "de_DE.UTF-8", "VIRTUAL_ENV": "/venv", "JAVA_HOME": "/java"}
    assert Toolchain.inherit({**SECRETS, **kept}, None).environment == kept


def test_without_a_path_and_a_language_there_are_defaults() -> None:
    assert Toolchain.inherit({"PATH": ""}, None).environment == {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
    }


def test_variables_are_passed_on_when_the_user_names_them() -> None:
    toolchain = Toolchain.inherit({"PATH": "/bin", "DATABASE": "x", "OTHER": "y"}, None, ("DATABASE", "MISSING"))
    assert set(toolchain.environment) == {"PATH", "LANG", "DATABASE"}


def test_version_managers_below_home_are_told_where_they_are(tmp_path: Path) -> None:
    (tmp_path / ".pyenv").mkdir()
    toolchain = Toolchain.inherit({"HOME": str(tmp_path), "CARGO_HOME": "/cargo", "RUSTUP_HOME": ""}, None)
    assert toolchain.environment["PYENV_ROOT"] == str(tmp_path / ".pyenv")
    assert toolchain.environment["CARGO_HOME"] == "/cargo"
    assert "RUSTUP_HOME" not in toolchain.environment


@pytest.mark.parametrize(
    ("files", "variable", "expected"),
    [
        ({".pyenv/version": "3.11.4\n"}, "", "3.11.4"),
        ({".pyenv/version": "3.11.4\n", "checkout/.python-version": "3.12.1\n"}, "", "3.12.1"),
        ({".pyenv/version": "3.11.4\n", "checkout/.python-version": "3.12.1\n"}, "3.11.4:3.12.1", "3.11.4 3.12.1"),
        ({".pyenv/version": "system\n"}, "", ""),
        ({".pyenv/version": "../../evil\n"}, "", ""),
        ({}, "", ""),
    ],
)
def test_shims_are_replaced_by_what_they_would_start(
    tmp_path: Path, files: dict[str, str], variable: str, expected: str
) -> None:
    for version in ("3.11.4", "3.12.1"):
        (tmp_path / ".pyenv" / "versions" / version / "bin").mkdir(parents=True)
    for name, text in files.items():
        write(tmp_path / name, text)
    shims = f"{tmp_path}/.pyenv/shims"
    environment = {"HOME": str(tmp_path), "PATH": f"/first:{shims}:/last", "PYENV_VERSION": variable}
    toolchain = Toolchain.inherit(environment, tmp_path / "checkout")
    real = [f"{tmp_path}/.pyenv/versions/{version}/bin" for version in expected.split()] or [shims]
    assert toolchain.environment["PATH"] == ":".join(["/first", *real, "/last"])


def test_a_run_has_its_own_home_scratch_and_import_roots(tmp_path: Path) -> None:
    toolchain = Toolchain.inherit({"PATH": "/bin", "PYTHONHASHSEED": "5"}, None, ("PYTHONHASHSEED",))
    found = toolchain.variables(
        tree=tmp_path / "t", home=tmp_path / "h", scratch=tmp_path / "s", roots=[tmp_path / "a", tmp_path / "b"]
    )
    assert (found["HOME"], found["TMPDIR"]) == (str(tmp_path / "h"), str(tmp_path / "s"))
    assert found["PYTHONPATH"] == f"{tmp_path}/a:{tmp_path}/b"
    assert (found["PYTHONHASHSEED"], found["PYTHONDONTWRITEBYTECODE"], found["CI"]) == ("0", "1", "true")


def test_an_environment_that_was_set_up_comes_first_and_its_tree_is_a_checkout(tmp_path: Path) -> None:
    toolchain = Toolchain({"PATH": "/bin"}, (tmp_path / "user",)).with_environment(
        tmp_path / "e", tmp_path / "run" / "tree"
    )
    assert toolchain.environment["PATH"] == f"{tmp_path}/e/bin:/bin"
    assert toolchain.environment["VIRTUAL_ENV"] == str(tmp_path / "e")
    assert toolchain.checkouts == (tmp_path / "user", tmp_path / "run" / "tree")
    assert toolchain.prepared == tmp_path / "e"


def test_what_was_set_up_is_readable_with_what_it_is_based_on(tmp_path: Path) -> None:
    toolchain = Toolchain({"PATH": "/bin"}).prepared_in(tmp_path / "made", [Path("/opt/python")], {"GOMODCACHE": "/m"})
    assert toolchain.origins() == (tmp_path / "made", Path("/opt/python"))
    assert toolchain.environment["GOMODCACHE"] == "/m"
    assert Toolchain({"PATH": "/bin"}).origins() == ()


def test_installers_learn_of_indexes_and_proxies_but_of_no_credentials() -> None:
    indexes = {"PIP_INDEX_URL": "https://index.example/simple", "HTTPS_PROXY": "http://proxy:3128"}
    secret = {"UV_INDEX_URL": "https://me:secret@index.example/simple", "PIP_EXTRA_INDEX_URL": "a https://t@b/c"}
    toolchain = Toolchain.inherit({**SECRETS, **indexes, **secret, "PATH": "/bin"}, None)
    assert toolchain.installing == indexes
    assert not {*indexes, *secret} & toolchain.environment.keys()


def test_a_program_is_looked_for_on_the_path_given(tmp_path: Path) -> None:
    write(tmp_path / "bin" / "tool", Program("#!/bin/sh\n"))
    toolchain = Toolchain({"PATH": str(tmp_path / "bin")})
    assert toolchain.resolved(["tool", "-x"]) == (str(tmp_path / "bin" / "tool"), "-x")
    assert toolchain.resolved(["/usr/bin/env"]) == ("/usr/bin/env",)


def test_a_shell_s_command_mentions_the_programs_that_it_starts(tmp_path: Path) -> None:
    for name in ("tool", "other"):
        write(tmp_path / "bin" / name, Program("#!/bin/sh\n"))
    toolchain = Toolchain({"PATH": f"{tmp_path}/bin"})
    script = f"cd x && tool -q | '{tmp_path}/bin/other'; ./mine none"
    assert toolchain.mentioned(["sh", "-c", script]) == (tmp_path / "bin" / "tool", tmp_path / "bin" / "other")
    assert toolchain.mentioned(["python", "tool"]) == ()


def test_python_may_be_called_python3(tmp_path: Path) -> None:
    write(tmp_path / "python3", Program("#!/bin/sh\n"))
    assert Toolchain({"PATH": str(tmp_path)}).resolved(["python", "-V"]) == (str(tmp_path / "python3"), "-V")


def test_a_relative_program_is_the_tree_s_own_else_the_checkout_s(tmp_path: Path) -> None:
    folder, tree, checkout = (tmp_path / name for name in ("tree/sub", "tree", "checkout"))
    toolchain = Toolchain({"PATH": "/bin"}, (checkout,))
    for place in (checkout, tree, folder):
        write(place / "run.sh", Program("#!/bin/sh\n"))
        assert toolchain.resolved(["./run.sh"], folder, tree) == (f"{place}/run.sh",)


@pytest.mark.parametrize("program", ["no-such-tool", "./no-such-tool", "bin/no-such-tool", "/no/such-tool", "", "sub"])
def test_a_program_that_is_not_there_is_told_in_a_sentence(tmp_path: Path, program: str) -> None:
    (tmp_path / "sub").mkdir()
    with pytest.raises(SuiteError, match=r"the test command .* was not found; install it") as refused:
        Toolchain({"PATH": str(tmp_path)}, (tmp_path,)).resolved([program], tmp_path)
    assert refused.value.code == "command_not_found"


def test_a_relative_program_is_never_taken_from_where_the_engine_stands(tmp_path: Path) -> None:
    here = os.path.relpath("/usr/bin/env")
    with pytest.raises(SuiteError):
        Toolchain({"PATH": "/usr/bin"}).resolved([f"./{here}"], tmp_path)


def test_programs_are_those_that_are_found(tmp_path: Path) -> None:
    write(tmp_path / ".venv" / "bin" / "python", Program("#!/bin/sh\n"))
    toolchain = Toolchain({"PATH": "/usr/bin"}, (tmp_path,))
    commands = [[".venv/bin/python", "-m", "pytest"], ["no-such-tool"], ["env", "true"]]
    assert [str(program) for program in toolchain.programs(commands)] == [
        str(tmp_path / ".venv" / "bin" / "python"),
        "/usr/bin/env",
    ]


@pytest.mark.parametrize(
    ("paths", "roots"),
    [
        ({"shop.py"}, ("",)),
        ({"src/shop/__init__.py"}, ("src", "")),
        ({"src/main.c"}, ("",)),
        ({"src/shop/__init__.py", "src/shop/_fast.pyx"}, ("",)),
        ({"lib/src/x.py"}, ("",)),
        (set(), ("",)),
    ],
)
def test_import_roots_follow_the_layout(paths: set[str], roots: tuple[str, ...]) -> None:
    assert import_roots(frozenset(paths)) == roots


def test_a_python_project_is_tested_by_pytest_of_its_own_environment_if_it_has_one(tmp_path: Path) -> None:
    made = project(tmp_path, {"tests/test_a.py": ""})
    toolchain = Toolchain({"PATH": "/bin"}, (made.root,))
    with made.private() as repository:
        assert default_command(repository.source, toolchain) == ("python", "-m", "pytest")
        write(made.root / "venv" / "bin" / "python", Program(""))
        assert default_command(repository.source, toolchain) == ("venv/bin/python", "-m", "pytest")


def test_where_no_file_tells_how_to_test_the_user_is_asked(tmp_path: Path) -> None:
    with (
        project(tmp_path, {"main.go": ""}).private() as repository,
        pytest.raises(UsageError, match="after --") as refused,
    ):
        default_command(repository.source, Toolchain({"PATH": "/bin"}))
    assert refused.value.code == "no_command"
