"""The rungs of the ladder as this machine offers them: to root, and to an ordinary user.

What is offered is found by other means than the engine's own probe, so that a defect of it cannot pass for a lack of
the machine. A rung that is not offered is skipped, and the reason is in the summary of the tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from healer.adapters.folders import reachable_by_others
from healer.adapters.sandbox import Level
from healer.adapters.sandboxes.rungs import landlock_abi
from tests.adapters.outsider import can_make_namespaces, outsiders_python

ROOT = Path(__file__).parents[3]
ENGINE = Path(__file__).with_name("engine.py")
ORDINARY = 50000 + os.getpid() % 5000
"""A user id that owns nothing, and that no other process of these tests uses at the same time."""
CANARY = "canary-in-the-environment"
LONG = 300.0
_SCOPED = 6


@dataclass(frozen=True)
class Offer:
    """A rung, and whether root or an ordinary user climbs it."""

    level: Level
    as_root: bool

    @property
    def name(self) -> str:
        return f"{self.level.value} as {'root' if self.as_root else 'an ordinary user'}"

    @property
    def lacking(self) -> str | None:
        """Why this machine does not offer it."""
        if self.as_root and os.geteuid() != 0:
            return "these tests do not run as root"
        if not self.as_root and os.geteuid() == 0 and not _ordinary_python():
            return "no Python and no checkout that an ordinary user could read"
        match self.level:
            case Level.NAMESPACES:
                return None if _namespaces(as_root=self.as_root) else "namespaces cannot be made"
            case Level.USER:
                return None if outsiders_python() else "no Landlock, or no Python that another user could run"
            case _:
                return None if landlock_abi() >= _SCOPED else "no Landlock that keeps signals in"

    @property
    def python(self) -> str:
        if self.as_root and self.level is Level.NAMESPACES:
            return sys.executable  # wherever it is
        return str(outsiders_python() or sys.executable)

    def command(self, *arguments: str) -> list[str]:
        return [self.python, "-B", str(ENGINE), self.level.value, *arguments]

    def start(self, order: dict[str, Any], **options: Any) -> subprocess.Popen[bytes]:
        """Start an engine that carries out an order on this rung."""
        if not self.as_root and os.geteuid() == 0:
            options |= {"user": ORDINARY, "group": ORDINARY, "extra_groups": []}
        environment = {"CANARY": CANARY, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
        return subprocess.Popen(
            self.command(json.dumps(order)), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd="/", **options,
        )  # fmt: skip

    def run(self, **order: Any) -> dict[str, Any]:
        """Carry out an order on this rung, and return what its engine saw."""
        with self.start(order) as engine:
            told, complaint = engine.communicate(timeout=LONG)
        assert engine.returncode == 0, complaint.decode()
        found: dict[str, Any] = json.loads(told)
        return found


OFFERS = (
    Offer(Level.NAMESPACES, as_root=True),
    Offer(Level.NAMESPACES, as_root=False),
    Offer(Level.USER, as_root=True),
    Offer(Level.LANDLOCK, as_root=False),
)


def on_every_rung() -> pytest.MarkDecorator:
    """Run a test on each rung that this machine offers."""
    return pytest.mark.parametrize("offer", [pytest.param(offer, id=offer.name) for offer in OFFERS])


def available(offer: Offer) -> Offer:
    """Return the offer, or skip the test and say why."""
    if offer.lacking:
        pytest.skip(f"{offer.name}: {offer.lacking}")
    return offer


@cache
def _ordinary_python() -> bool:
    return outsiders_python() is not None and reachable_by_others(ENGINE.parent)


@cache
def _namespaces(*, as_root: bool) -> bool:
    if as_root or os.geteuid() != 0:
        return can_make_namespaces()
    command = ["unshare", "--user", "--map-current-user", "--mount", "--pid", "--net", "--fork", "--mount-proc", "true"]
    done = subprocess.run(
        command, user=ORDINARY, group=ORDINARY, extra_groups=[], capture_output=True, check=False, cwd="/"
    )
    return done.returncode == 0
