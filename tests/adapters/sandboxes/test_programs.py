"""Hostile programs get nothing on any rung of the ladder, and honest ones notice nothing of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from healer.adapters.sandbox import Level
from tests.adapters.sandboxes.offered import Offer, available, on_every_rung

KNOWN = {
    # A line taken out of the record makes a run incomplete, never green.
    Level.NAMESPACES: {"read_the_record"},
    # Landlock knows no owners within /dev/shm, which semaphores need, and does not judge changes of modes; see above.
    Level.LANDLOCK: {"read_the_record", "change_what_was_set_up", "named_shared_memory_of_the_engine"},
}
"""What those rungs do not stop where tests run as the same user; docs/security.md says so."""
POTENT = [
    "environment_of_any_process", "root_folder_of_the_engine", "open_files_of_the_engine", "signal_the_engine",
    "credential_in_the_temporary_folder", "credential_by_its_path", "credential_through_a_symbolic_link",
    "credential_by_climbing", "home_of_the_engine", "shared_memory_of_the_engine",
    "named_shared_memory_of_the_engine", "container_engine", "abstract_socket", "be_traced", "read_memory_by_call",
    "keys_of_the_session", "write_outside", "append_to_the_file_commands", "write_into_what_was_set_up",
    "terminal_of_the_user", "read_the_record", "crypto_sockets", "odd_personality", "newer_clone", "kernel_events",
]  # fmt: skip


def outcomes(told: dict[str, Any]) -> dict[str, Any]:
    """Return what each program said."""
    assert told["exit"] == 0, told["output"]
    found: dict[str, Any] = json.loads(told["output"].splitlines()[-1])
    return found


@on_every_rung()
def test_hostile_programs_get_nothing_and_end_nothing_early(offer: Offer) -> None:
    told = available(offer).run(program="hostile.py")
    found = outcomes(told)
    assert len(found) > 80
    got = {name for name, value in found.items() if value}
    assert got - (KNOWN.get(offer.level, set()) if not offer.as_root else set()) == set()
    assert told["harm"] == {}


@pytest.mark.parametrize("network", ["none", "loopback"])
@on_every_rung()
def test_nothing_is_reached_over_the_network_where_tests_have_none(offer: Offer, network: str) -> None:
    if network == "loopback" and offer.level is not Level.NAMESPACES:
        network = "none"  # the only other one that such a rung can keep
    attempts = [
        "tcp_to_every_address", "udp_to_every_address", "container_engine", "abstract_socket", "raw_packets",
        "raw_protocol", "virtual_machine_sockets", "kernel_events", "audit", "crypto_sockets",
    ]  # fmt: skip
    told = available(offer).run(program="hostile.py", network=network, only=attempts)
    assert not any(outcomes(told).values())
    assert told["harm"] == {}


def test_the_same_programs_get_through_where_there_is_no_sandbox() -> None:
    told = Offer(Level.NONE, as_root=True).run(program="hostile.py", network="none", only=POTENT)
    found = outcomes(told)
    missed = {name for name, value in found.items() if not value and name != "signal_the_engine"}
    # Not every kernel has the doors that a filter shuts.
    assert missed <= {"crypto_sockets", "newer_clone", "kernel_events", "keys_of_the_session"}
    assert {"signals", "outside", "commands", "set-up"} <= set(told["harm"])


@on_every_rung()
def test_honest_programs_notice_nothing(offer: Offer) -> None:
    told = available(offer).run(program="benign.py", attacked=False)
    found = outcomes(told)
    assert len(found) > 40
    assert {name: value for name, value in found.items() if not value or "raised" in str(value)} == {}
