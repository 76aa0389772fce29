"""How tests are kept apart: as strictly as this process can, probed, said; beside a secret strictly or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from healer.adapters.isolation import choose
from healer.adapters.sandbox import SANDBOX_ID
from healer.errors import SandboxError
from tests.adapters.outsider import outsiders_python, strictest

UNREACHABLE = Path("/nowhere/python")
"""A program that keeps tests from being isolated even where this process is root."""

PROGRAM = """
import json, os, sys
from pathlib import Path
from healer.adapters.isolation import choose, probe
from healer.adapters.sandbox import SANDBOX_ID, Isolation
chosen = choose([Path("/usr/bin/env")], unsafe=False, forced=False)
unconfined = Isolation(SANDBOX_ID, confined=False, sentence="")
print(json.dumps({
    "user": chosen.user, "confined": chosen.confined, "sentence": chosen.sentence,
    "unconfined": probe(unconfined) if chosen.user else None,
    "left": [name for name in os.listdir("/var/lib") if name.startswith("self-heal-canary-")] if chosen.user else [],
}))
"""


def test_the_strongest_isolation_to_be_had_is_chosen_and_the_probe_notices_less() -> None:
    isolation, python = strictest()
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [python, "-B", "-c", PROGRAM], env={"PYTHONPATH": str(root)}, capture_output=True, check=False, text=True
    )
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["user"] == isolation.user
    assert found["confined"] == isolation.confined
    assert found["left"] == []
    if isolation.user is not None:
        assert found["sentence"].startswith(f"tests run as user {SANDBOX_ID} and see only")
        assert found["unconfined"] == ["read files outside its own folders", "write outside its own folders"]
    else:
        assert found["sentence"].startswith("tests are not isolated (")


def test_without_isolation_it_says_why_and_what_tests_can_read() -> None:
    isolation = choose([UNREACHABLE], unsafe=False, forced=False)
    why = f"another user could not run {UNREACHABLE}" if os.geteuid() == 0 else "only root can start programs"
    assert (isolation.user, isolation.confined) == (None, False)
    assert isolation.sentence.startswith(f"tests are not isolated ({why}")
    assert isolation.sentence.endswith("they run as this user, who can read what you can read")


def test_on_a_runner_nothing_runs_unisolated() -> None:
    with pytest.raises(SandboxError, match=r"kept away from the keys and tokens .*unsafe-no-sandbox: true") as refused:
        choose([UNREACHABLE], unsafe=False, forced=True)
    assert refused.value.code == "sandbox_unavailable"


@pytest.mark.parametrize(("unsafe", "forced"), [(False, False), (True, True), (True, False)])
def test_off_a_runner_or_with_the_users_word_it_runs_all_the_same(*, unsafe: bool, forced: bool) -> None:
    assert choose([UNREACHABLE], unsafe=unsafe, forced=forced).user is None


def test_a_python_out_of_reach_of_others_is_an_obstacle_too() -> None:
    isolation = choose([], unsafe=False, forced=False)
    assert (isolation.user is not None) == (outsiders_python() == Path(sys.executable))
