"""`--test-image`: what is decided for a suite in an image, and how a run ends when there is none to be had."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from healer.adapters.sandboxes.containers.image import Image
from healer.adapters.sandboxes.containers.rung import ImageSandbox
from healer.adapters.sandboxes.containers.survey import ImageInterpreter, with_users
from healer.adapters.sandboxes.users import USERS
from healer.adapters.setup.image_toolchain import ImageToolchain
from healer.adapters.setup.machine import Machine
from healer.cli.grounds import command_in_image, wanted_in_image
from healer.cli.settings import parse_run
from healer.errors import SuiteError
from healer.setup.plan import Plan, Step
from tests.adapters.outsider import NONE
from tests.adapters.sandboxes.containers.answering import INFO, VERSION, answering
from tests.shop import PYTEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.shop import Shop

PYTHON = ImageInterpreter(
    "3.12", 1, Path("/usr/local/bin/python3"), "the image", makes_environments=True, image="sha256:1"
)
BOX = ImageSandbox(Image("sha256:1", {"PATH": "/image/bin", "LANG": "C"}, ()), NONE, Machine((PYTHON,), {}))
BARE = replace(BOX, machine=Machine((), {}))
NODE = Plan("node", ("npm", "test"), (), (Step(("npm", "ci"), "package.json"),))
HERE = {
    "PATH": "/usr/bin", "LANG": "de_DE.UTF-8", "VIRTUAL_ENV": "/venv", "PYENV_ROOT": "/pyenv", "HOME": "/home/me",
    "ANTHROPIC_API_KEY": "k", "GITHUB_TOKEN": "t", "LENT": "x", "PIP_INDEX_URL": "https://index/simple",
    "PIP_CERT": "/cert.pem", "HTTPS_PROXY": "http://user:secret@proxy", "PIP_FIND_LINKS": "/wheels", "CC": "gcc",
}  # fmt: skip


def toolchain(box: ImageSandbox = BOX, environment: Mapping[str, str] = HERE) -> ImageToolchain:
    return ImageToolchain.of(box, environment, ("LENT", "MISSING"))


def test_a_suite_in_an_image_sees_nothing_of_this_machines_environment() -> None:
    assert toolchain().environment == {"PATH": "/image/bin", "LANG": "C", "LENT": "x"}
    assert toolchain().installing == {"PIP_INDEX_URL": "https://index/simple"}


@pytest.mark.parametrize(
    ("box", "command", "found"),
    [
        (BOX, ("pytest", "-q"), ("pytest", "-q")),
        (BOX, ("/opt/tool", "x"), ("/opt/tool", "x")),
        (BOX, ("python", "-m", "pytest"), ("python3", "-m", "pytest")),
        (BARE, ("python", "-m", "pytest"), ("python", "-m", "pytest")),
    ],
)
def test_programs_are_left_for_the_container_to_find(
    box: ImageSandbox, command: tuple[str, ...], found: tuple[str, ...]
) -> None:  # fmt: skip
    assert toolchain(box).resolved(command) == found
    assert toolchain(box).programs([command]) == []


def test_a_script_of_the_repository_is_taken_from_the_tree(tmp_path: Path) -> None:
    (tmp_path / "run.sh").touch()
    assert toolchain().resolved(("./run.sh",), tmp_path) == (str(tmp_path / "run.sh"),)
    with pytest.raises(SuiteError, match="only what is committed or installed there"):
        toolchain().resolved((".venv/bin/python",), tmp_path)


@pytest.mark.parametrize(
    ("plan", "test", "arguments", "wanted"),
    [
        pytest.param(None, ("x",), (), False, id="nothing tells how"),
        pytest.param(NODE, ("npm", "test"), ("--setup=none",), False, id="not wanted"),
        pytest.param(NODE, ("x",), ("--setup=always",), True, id="always wanted"),
        pytest.param(NODE, ("npm", "test"), (), True, id="the plan's own command"),
        pytest.param(NODE, ("make",), (), False, id="another command"),
        pytest.param(replace(NODE, language="python"), ("make",), ("--", "make"), False, id="who knows what it needs"),
    ],
)
def test_what_is_set_up_in_an_image(
    plan: Plan | None, test: tuple[str, ...], arguments: tuple[str, ...], wanted: bool  # noqa: FBT001 - a table's column
) -> None:  # fmt: skip
    decided, why = wanted_in_image(plan, test, parse_run(arguments, {}), toolchain(), BOX)
    assert (decided, bool(why)) == (wanted, True)


def test_a_python_suite_is_set_up_where_the_image_has_no_python() -> None:
    told = wanted_in_image(replace(NODE, language="python"), ("pytest",), parse_run([], {}), toolchain(BARE), BARE)
    assert told == (True, "the image has no Python that starts")


def test_a_set_up_command_gets_a_virtual_environment_only_where_the_image_can_make_one() -> None:
    assert command_in_image("true", BOX).environment[:3] == ("python3", "-m", "venv")
    assert command_in_image("true", BARE).environment == ()


def test_who_tests_run_as_is_added_to_the_images_accounts_once() -> None:
    accounts = {"/etc/passwd": "root:x:0:0::/:/bin/sh\nodd\n", "/etc/group": "root:x:0:"}
    told = with_users(accounts)
    own = USERS.start if os.geteuid() == 0 else os.geteuid()
    assert told["/etc/passwd"].startswith("root:x:0:0::/:/bin/sh\nodd\n")
    assert f"\ntests{own}:x:{own}:{own}:tests:/tmp:/bin/sh\n" in told["/etc/passwd"]
    assert with_users(told) == told


def healed(shop: Shop, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "HOME": str(shop.path)}
    return subprocess.run(
        [sys.executable, "-m", "healer", *arguments, "--", *PYTEST], cwd=shop.path, env=clean | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_an_image_that_cannot_be_had_is_the_environments_fault(shop: Shop, tmp_path: Path) -> None:
    replies = {
        "GET /info": INFO,
        "GET /version": VERSION,
        "GET /containers/json": [],
        "POST /images/create": b'{"error": "no route"}',
    }
    with answering(tmp_path, replies) as (engine, _):
        host = f"unix://{engine.address}"
        done = healed(shop, "run", "--test-image=node:22", "--format=json", "--deliver=summary", DOCKER_HOST=host)
    told: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, told["outcome"]) == (1, "environment")
    assert "the image node:22 cannot be had: no route" in done.stderr + done.stdout


def test_without_an_engine_nothing_is_run_and_it_says_what_to_do(shop: Shop) -> None:
    before = shop.state()
    done = healed(shop, "run", "--test-image=node:22", DOCKER_HOST="unix:///nowhere/docker.sock")
    assert done.returncode == 2
    assert "no container engine answers" in done.stderr
    assert "Traceback" not in done.stderr
    assert shop.state() == before


@pytest.mark.parametrize(
    ("changes", "state", "says"),
    [
        ({}, "ok", "--test-image IMAGE runs the suite in its containers"),
        ({"PidsLimit": False}, "note", "it cannot limit processes"),
    ],
)
def test_doctor_tells_whether_containers_can_be_had(
    shop: Shop, tmp_path: Path, changes: dict[str, object], state: str, says: str
) -> None:  # fmt: skip
    with answering(tmp_path, {"GET /info": INFO | changes, "GET /version": VERSION}) as (engine, _):
        done = healed(shop, "doctor", "--format=json", DOCKER_HOST=f"unix://{engine.address}")
    findings = json.loads(done.stdout)["findings"]
    [found] = [one for one in findings if (one["area"], one["name"]) == ("sandbox", "container")]
    assert found["state"] == state
    assert says in found["detail"]
