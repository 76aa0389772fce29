"""Which engine is used, whether it can bound what it runs, and which folder it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from healer.adapters.sandboxes.containers.finding import Found, Place, find_engine, find_place, own_container
from healer.adapters.sandboxes.containers.rung import image_sandbox
from healer.errors import SandboxError, UsageError
from tests.adapters.sandboxes.containers.answering import INFO, VERSION, answering

if TYPE_CHECKING:
    from pathlib import Path

OWN = "0" * 64


def found_with(folder: Path, **changes: object) -> Found:
    with answering(folder, {"GET /info": INFO | changes, "GET /version": VERSION}) as (engine, _):
        found = find_engine({"DOCKER_HOST": f"unix://{engine.address}"})
    assert isinstance(found, Found)
    return found


def test_an_engine_that_answers_is_found_and_named(tmp_path: Path) -> None:
    found = found_with(tmp_path)
    assert (found.name, found.rootless, found.processors, found.lacking) == ("Docker Engine 26.1.5", False, 2, None)
    assert found_with(tmp_path, CpuCfsQuota=False).processors == 0
    assert found_with(tmp_path, SecurityOptions=["name=seccomp", "name=rootless"]).rootless


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"MemoryLimit": False}, "it cannot limit memory"),
        ({"MemoryLimit": False, "PidsLimit": None}, "it cannot limit memory and processes"),
        ({"SecurityOptions": []}, "it cannot filter system calls"),
        ({"SecurityOptions": None}, "it cannot filter system calls"),
        ({"OSType": "windows"}, "its containers are not Linux's"),
    ],
)
def test_an_engine_that_cannot_bound_containers_is_not_used(
    tmp_path: Path, changes: dict[str, object], why: str
) -> None:  # fmt: skip
    assert found_with(tmp_path, **changes).lacking == why
    with answering(tmp_path, {"GET /info": INFO | changes, "GET /version": VERSION}) as (engine, _):
        environment = {"DOCKER_HOST": f"unix://{engine.address}"}
        with pytest.raises(SandboxError, match="cannot keep it in bounds"):
            image_sandbox("node:22", environment, [tmp_path], lambda *_: None).__enter__()


def test_podman_is_told_from_docker_and_not_used(tmp_path: Path) -> None:
    version = VERSION | {"Components": [{"Name": "Podman Engine"}]}
    with answering(tmp_path, {"GET /info": INFO, "GET /version": version}) as (engine, _):
        found = find_engine({"DOCKER_HOST": f"unix://{engine.address}"})
    assert isinstance(found, Found)
    assert "Podman" in (found.lacking or "")


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("tcp://127.0.0.1:2375", "not reached by a socket of this machine"),
        ("ssh://host", "not reached by a socket of this machine"),
        ("unix://relative", "not reached by a socket of this machine"),
        ("unix:///nowhere/docker.sock", "there is no socket unix:///nowhere/docker.sock"),
    ],
)
def test_without_an_engine_on_this_machine_it_says_what_to_do(host: str, why: str) -> None:
    told = find_engine({"DOCKER_HOST": host})
    assert isinstance(told, str)
    assert why in told
    assert "start Docker, or set DOCKER_HOST" in told


def test_a_name_that_is_none_is_refused_before_any_engine_is_asked(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        image_sandbox("--privileged", {"DOCKER_HOST": "unix:///nowhere"}, [tmp_path], lambda *_: None).__enter__()


def test_without_an_engine_the_suite_is_not_run_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="cannot be run in node:22: no container engine answers") as raised:
        image_sandbox("node:22", {"DOCKER_HOST": "unix:///nowhere"}, [tmp_path], lambda *_: None).__enter__()
    assert raised.value.code == "no_container_engine"


def test_a_server_that_is_no_engine_is_not_used(tmp_path: Path) -> None:
    with answering(tmp_path, {"GET /info": (500, {"message": "no"})}) as (engine, _):
        told = find_engine({"DOCKER_HOST": f"unix://{engine.address}"})
    assert isinstance(told, str)
    assert f"{engine.address}: no" in told


def test_on_a_machine_of_its_own_the_engine_sees_what_we_see(tmp_path: Path) -> None:
    with answering(tmp_path, {}) as (engine, _):
        assert find_place(engine, tmp_path, "") == Place(tmp_path.resolve(), tmp_path.resolve(), "")
        # A container of another engine, such as one that this machine itself is: this engine is inside of it as well.
        assert find_place(engine, tmp_path, OWN) == Place(tmp_path.resolve(), tmp_path.resolve(), "")


def test_in_a_container_a_folder_has_the_name_that_it_was_mounted_by(tmp_path: Path) -> None:
    top = tmp_path.resolve()
    inside = top / "temp" / "inner"
    inside.mkdir(parents=True)
    mounts = [
        {"Type": "bind", "Source": "/host", "Destination": str(top), "RW": True},
        {"Type": "bind", "Source": "/host/_temp", "Destination": str(top / "temp"), "RW": True},
    ]
    with answering(tmp_path, {f"GET /containers/{OWN}/json": {"Mounts": mounts}}) as (engine, _):
        place = find_place(engine, inside, OWN)
    assert isinstance(place, Place)
    assert (place.inside, str(place.outside), place.container) == (inside, "/host/_temp/inner", OWN)


@pytest.mark.parametrize(
    "mount",
    [
        None,
        {"Type": "volume", "Source": "/var/lib/docker/volumes/x/_data", "RW": True},
        {"Type": "bind", "Source": "/host", "RW": False},
        {"Type": "tmpfs", "Source": "", "RW": True},
    ],
    ids=["not mounted", "a volume", "read-only", "in memory"],
)
def test_in_a_container_other_folders_are_not_seen(tmp_path: Path, mount: dict[str, object] | None) -> None:
    mounts = [mount | {"Destination": str(tmp_path.resolve())}] if mount else []
    with answering(tmp_path, {f"GET /containers/{OWN}/json": {"Mounts": mounts}}) as (engine, _):
        told = find_place(engine, tmp_path, OWN)
    assert isinstance(told, str)
    assert "is not mounted from outside" in told


def test_who_is_in_no_container_knows() -> None:
    assert own_container() == "" or len(own_container()) == len(OWN)
