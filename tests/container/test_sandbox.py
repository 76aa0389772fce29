"""The programs that attack the sandbox, and those that must not notice it, in our own image under Docker's profile."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.sandboxes.world import CANARY

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.container

TESTS = Path(__file__).parents[1]
PYTHON = "/opt/self-heal/bin/python"


@pytest.fixture(scope="module")
def image(gateway: str, action: Path) -> Iterator[str]:
    assert gateway
    name = "self-heal-test-sandbox"
    subprocess.run(["docker", "build", "--quiet", "--tag", name, str(action)], check=True, capture_output=True)
    yield name
    subprocess.run(["docker", "image", "rm", "--no-prune", name], check=False, capture_output=True)


def run(image: str, *command: str, options: tuple[str, ...] = ()) -> str:
    """Run a command of the image as a runner would: as root, with Docker's default capabilities and filter."""
    argv = [
        "docker", "run", "--rm", "--env", f"CANARY={CANARY}", "--env", "PYTHONPATH=/checkout",
        "--volume", f"{TESTS}:/checkout/tests:ro", *options, "--entrypoint", PYTHON, image, *command,
    ]  # fmt: skip
    done = subprocess.run(argv, capture_output=True, check=False, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def order(image: str, level: str, **asked: Any) -> dict[str, Any]:
    """Carry out an order inside the image."""
    told = run(image, "-B", "/checkout/tests/adapters/sandboxes/engine.py", level, json.dumps(asked))
    found: dict[str, Any] = json.loads(told)
    return found


def test_the_level_is_the_one_that_dockers_profile_leaves(image: str) -> None:
    program = """
from healer.adapters.isolation import obstacles
for rung, obstacle in obstacles([]):
    print(rung.level.value, obstacle, sep=": ")
"""
    namespaces, user, landlock = run(image, "-c", program).splitlines()
    assert namespaces.startswith("namespaces: a probe inside could not even be started")
    assert user == "user: None"
    assert landlock == "landlock: root owns what it would have to be kept from"


@pytest.mark.parametrize("network", ["full", "none"])
def test_hostile_programs_get_nothing(image: str, network: str) -> None:
    told = order(image, "user", program="hostile.py", network=network)
    assert told["exit"] == 0, told["output"]
    assert {name for name, value in json.loads(told["output"].splitlines()[-1]).items() if value} == set()
    assert told["harm"] == {}


def test_honest_programs_notice_nothing(image: str) -> None:
    told = order(image, "user", program="benign.py", attacked=False)
    found = json.loads(told["output"].splitlines()[-1])
    assert {name: value for name, value in found.items() if not value or "raised" in str(value)} == {}


def test_a_flood_ends_at_its_limit(image: str) -> None:
    flood = "x = bytearray(10**9)\nx[::4096] = b'x' * len(x[::4096])\nwhile True: pass"
    assert (
        order(image, "user", code=flood, limits={"memory_bytes": 200 * 1024**2})["limit"]
        == "memory limit 200 MB reached"
    )
