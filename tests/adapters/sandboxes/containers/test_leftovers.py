"""A container is taken away only when its owner is known to be dead."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from healer.adapters.sandboxes.containers.leftovers import clear_leftovers, is_dead, owner
from tests.adapters.sandboxes.containers.answering import answering

BOOT = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
HERE = f"{BOOT}/{Path('/proc/self/ns/pid').stat().st_ino}"
CONTAINERS = {
    "GET /containers/aa/json": {"State": {"Running": True}},
    "GET /containers/bb/json": {"State": {"Running": False}},
    "GET /containers/dd/json": {"State": None},
}


@pytest.mark.parametrize(
    ("label", "dead"),
    [
        pytest.param(owner(""), False, id="this process"),
        pytest.param(f"process {HERE} {os.getpid()} 1", True, id="an earlier process with this id"),
        pytest.param(f"process {HERE} 4194999 1", True, id="a process that is no more"),
        pytest.param(f"process {BOOT}/1 4194999 1", False, id="a process of another container"),
        pytest.param("process another/1 1 1", True, id="before the machine was started anew"),
        pytest.param("container aa", False, id="a container that runs"),
        pytest.param("container bb", True, id="a container that has ended"),
        pytest.param("container cc", True, id="a container that is no more"),
        pytest.param("container dd", False, id="a container that nothing is known of"),
        pytest.param("container ../x", False, id="no container"),
        pytest.param("process", False, id="cut short"),
        pytest.param("", False, id="nothing"),
        pytest.param(f"process {HERE} x 1", False, id="no process"),
    ],
)
def test_only_who_is_known_to_be_dead_is(tmp_path: Path, label: str, dead: bool) -> None:  # noqa: FBT001 - a table's column
    with answering(tmp_path, CONTAINERS) as (engine, _):
        assert is_dead(engine, label) is dead


def test_what_dead_owners_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    listed = [{"Id": "1", "Labels": {"self-heal.owner": "container bb"}}, {"Id": "2", "Labels": {}}, {"Id": "3"}]
    replies = CONTAINERS | {"GET /containers/json": listed, "DELETE /containers/1": (204, b"")}
    with answering(tmp_path, replies) as (engine, server):
        assert clear_leftovers(engine) == 1
    assert [request for request, _ in server.seen if request.startswith("DELETE")] == [
        "DELETE /containers/1?force=1&v=1"
    ]
