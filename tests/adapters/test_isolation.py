"""How tests are kept apart: as strictly as this process can, probed, said; beside a secret strictly or not at all."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from healer.adapters.isolation import choose, obstacles, probe
from healer.adapters.sandbox import Isolation, Level, Network
from healer.adapters.sandboxes.rungs import LADDER, OwnUser
from healer.errors import SandboxError
from tests.adapters.outsider import NONE, strictest

ESCAPES = {
    "read files outside its own folders", "write outside its own folders", "make any system call",
    "call ptrace", "call keyctl", "type into terminals",
}  # fmt: skip


@dataclass(frozen=True)
class Broken:
    """A rung that claims more than it does."""

    given: Isolation
    obstacle_here: str | None = None

    @property
    def level(self) -> Level:
        return self.given.level

    def obstacle(self, programs: object, network: object) -> str | None:
        del programs, network
        return self.obstacle_here

    def isolation(self, network: Network | None) -> Isolation:
        return replace(self.given, network=network or Network.FULL)


NOTHING = Broken(NONE)
ABSENT = Broken(replace(NONE, level=Level.USER), "it is not to be had")


def test_the_strongest_isolation_to_be_had_is_chosen() -> None:
    isolation, python = strictest()
    if python != sys.executable:
        return  # the tests of the rungs choose as a process that can
    chosen = choose([Path("/usr/bin/env")], unsafe=False, forced=False)
    assert (chosen.level, chosen.own_user, chosen.confined) == (isolation.level, isolation.own_user, isolation.confined)


def test_the_probe_notices_a_rung_that_keeps_nothing_apart() -> None:
    assert set(probe(NONE)) >= ESCAPES


def test_a_rung_that_does_not_hold_is_not_used_but_the_next_one() -> None:
    rungs = dict(obstacles([], ladder=(NOTHING, ABSENT)))
    assert (rungs[NOTHING] or "").startswith("a probe inside could ")
    assert rungs[ABSENT] == "it is not to be had"


def test_without_isolation_it_says_why_and_what_tests_can_read() -> None:
    isolation = choose([], unsafe=False, forced=False, ladder=(ABSENT,))
    assert (isolation.own_user, isolation.confined, isolation.level) == (False, False, Level.NONE)
    assert isolation.sentence == (
        "tests are not isolated (user: it is not to be had): they run as this user, who can read what you can read"
    )


@pytest.mark.parametrize("rung", [ABSENT, NOTHING])
def test_on_a_runner_nothing_runs_unisolated(rung: Broken) -> None:
    with pytest.raises(SandboxError, match=r"kept away from the keys and tokens .*unsafe-no-sandbox: true") as refused:
        choose([], unsafe=False, forced=True, ladder=(rung,))
    assert refused.value.code == "sandbox_unavailable"


@pytest.mark.parametrize("network", [Network.NONE, Network.LOOPBACK])
def test_a_network_that_was_asked_for_and_cannot_be_had_is_refused(network: Network) -> None:
    with pytest.raises(SandboxError, match=f"network: {network.value} was asked for"):
        choose([], unsafe=False, forced=False, network=network, ladder=(ABSENT,))
    assert OwnUser().obstacle([], Network.LOOPBACK) is not None


@pytest.mark.parametrize(("unsafe", "forced"), [(False, False), (True, True), (True, False)])
def test_off_a_runner_or_with_the_users_word_it_runs_all_the_same(*, unsafe: bool, forced: bool) -> None:
    assert choose([], unsafe=unsafe, forced=forced, ladder=(ABSENT,)).level is Level.NONE


def test_a_program_out_of_reach_of_others_is_an_obstacle_to_running_as_another_user() -> None:
    obstacle = OwnUser().obstacle([Path("/nowhere/python")], None)
    why = "another user could not run /nowhere/python" if os.geteuid() == 0 else "only root can start programs"
    assert (obstacle or "").startswith(why)


@pytest.mark.parametrize("rung", LADDER, ids=lambda rung: rung.level.value)
def test_each_rung_says_what_it_does_not_stop(rung: OwnUser) -> None:
    isolation = rung.isolation(None)
    assert isolation.level is rung.level
    assert isolation.sentence.startswith("tests run ")
    assert "not stopped" in isolation.sentence
    assert isolation.own_user == (os.geteuid() == 0 and rung.level is not Level.LANDLOCK)
