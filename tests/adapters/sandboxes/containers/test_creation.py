"""What a container is given: nothing of ours but the run's own folders, and limits on everything."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.adapters.sandbox import Isolation, Level, Limits, Network, Order
from healer.adapters.sandboxes.containers.creation import specification
from healer.adapters.sandboxes.containers.filter import profile
from healer.adapters.sandboxes.containers.keeper import Frames
from healer.adapters.sandboxes.containers.probing import escapes
from healer.adapters.sandboxes.order import Container
from healer.adapters.sandboxes.supervision import limits_of

PLACE = Path("/tmp/place")  # noqa: S108 - only its name
CONTAINER = Container(
    "/engine.sock", "sha256:1", PLACE, Path("/outside"), "me", rootless=False, processors=2, volumes=("/data",),
    files=(("/etc/passwd", PLACE / "passwd"),),
)  # fmt: skip
ISOLATION = Isolation(
    own_user=True, confined=True, sentence="", level=Level.CONTAINER, network=Network.LOOPBACK, container=CONTAINER
)
ORDER = Order(
    ("pytest", "-q"), PLACE / "run" / "tree", {"A": "b"}, 60.0, writable=(PLACE / "run",),
    readable=(Path("/usr"), Path("/root/.pyenv"), PLACE, PLACE / "setup", PLACE / "run" / "tree"),
    limits=Limits(memory_bytes=1000),
)  # fmt: skip


def specified(order: Order = ORDER, container: Container = CONTAINER, user: int | None = 60800) -> dict[str, Any]:
    return specification(order, ISOLATION, container, user, limits_of(order.limits))


def test_only_the_runs_own_folders_and_what_was_set_up_are_shown() -> None:
    assert [(one["Source"], one["Target"], one["ReadOnly"]) for one in specified()["HostConfig"]["Mounts"]] == [
        ("/outside/run", "/tmp/place/run", False),  # noqa: S108 - only its name
        ("/outside/setup", "/tmp/place/setup", True),  # noqa: S108 - only its name
        ("/outside/passwd", "/etc/passwd", True),
    ]


def test_nothing_of_our_environment_is_given() -> None:
    assert specified()["Env"] == ["A=b"]
    assert specified()["Entrypoint"] == ["pytest", "-q"]
    assert specified()["Cmd"] == []


def test_everything_is_taken_away_that_can_be() -> None:
    host = specified()["HostConfig"]
    assert (host["CapDrop"], host["ReadonlyRootfs"], host["IpcMode"]) == (["ALL"], True, "private")
    assert "no-new-privileges" in host["SecurityOpt"]
    assert (host["Memory"], host["MemorySwap"]) == (1000, 1000)
    assert set(host["Tmpfs"]) == {"/tmp", "/var/tmp", "/run", "/data"}  # noqa: S108 - the container's own
    assert not {"Privileged", "CapAdd", "Devices", "PidMode", "UsernsMode", "Binds", "VolumesFrom"} & set(host)


@pytest.mark.parametrize(
    ("asked", "given"), [(None, "none"), (Network.NONE, "none"), (Network.LOOPBACK, "none"), (Network.FULL, "default")]
)
def test_the_network_is_the_containers_own_unless_an_order_asks_for_all(asked: Network | None, given: str) -> None:
    assert specified(replace(ORDER, network=asked))["HostConfig"]["NetworkMode"] == given


def test_the_user_is_the_runs_own_or_this_one_and_root_only_where_that_is_this_one() -> None:
    assert specified()["User"] == "60800:60800"
    assert specified(user=None)["User"] == f"{os.geteuid()}:{os.getegid()}"
    assert specified(container=replace(CONTAINER, rootless=True))["User"] == "0:0"


def test_the_filter_refuses_what_the_other_rungs_refuse() -> None:
    whole = {name for rule in profile()["syscalls"] if not rule["args"] for name in rule["names"]}
    assert {"ptrace", "bpf", "unshare", "setns", "io_uring_setup", "keyctl", "mount", "clone3", "move_pages"} <= whole
    judged = {name for rule in profile()["syscalls"] if rule["args"] for name in rule["names"]}
    assert judged == {"clone", "ioctl", "personality", "socket"}
    assert {rule["action"] for rule in profile()["syscalls"]} == {"SCMP_ACT_ERRNO"}


@given(st.lists(st.binary(max_size=300), max_size=8), st.integers(1, 64))
def test_output_is_taken_out_of_frames_however_they_arrive(pieces: list[bytes], size: int) -> None:
    sent = b"".join(b"\x01\0\0\0" + len(piece).to_bytes(4, "big") + piece for piece in pieces)
    frames = Frames()
    assert b"".join(frames.add(sent[at : at + size]) for at in range(0, len(sent), size)) == b"".join(pieces)


SEEN = "saw root\nsaw privileges\nsaw filter\nname PATH\nname GIVEN\n"


@pytest.mark.parametrize(
    ("output", "exit_code", "found"),
    [
        pytest.param(f"{SEEN}saw everything\n[]", 0, [], id="holds"),
        pytest.param(f"escape run as root\n{SEEN}saw everything\n[]", 0, ["run as root"], id="the shell could"),
        pytest.param(f'{SEEN}saw everything\n["call bpf"]', 0, ["call bpf"], id="Python could"),
        pytest.param(
            f"{SEEN}name TOKEN\nsaw everything\n[]", 0, ["see variables that nobody gave it (TOKEN)"], id="a variable"
        ),
        pytest.param(f"{SEEN}[]", 0, None, id="broke off"),
        pytest.param("[]", 0, None, id="saw nothing"),
        pytest.param("", 0, None, id="silent"),
        pytest.param(f"{SEEN}saw everything\n[]", 1, None, id="failed"),
        pytest.param(f"{SEEN}saw everything\n[]", None, None, id="did not end"),
        pytest.param(f"{SEEN}saw everything\n{{}}", 0, None, id="no list"),
    ],
)
def test_a_probe_that_does_not_say_everything_has_failed(
    output: str, exit_code: int | None, found: list[str] | None
) -> None:  # fmt: skip
    told = escapes(output, {"GIVEN"}, exit_code)
    if found is None:
        assert told[-1].startswith("not even answer")
    else:
        assert told == found
