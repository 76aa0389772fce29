"""Choosing how tests are kept apart from this process, and probing that it holds before anything untrusted runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.adapters.sandboxes.order import Isolation, Network
from healer.adapters.sandboxes.probing import probe
from healer.adapters.sandboxes.rungs import LADDER
from healer.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from healer.adapters.sandboxes.rungs import Rung

__all__ = ["LADDER", "choose", "obstacles", "probe"]


def choose(
    programs: Sequence[Path], *, unsafe: bool, forced: bool, network: Network | None = None,
    ladder: Sequence[Rung] = LADDER,
) -> Isolation:  # fmt: skip
    """Return the strongest isolation to be had here, probed.

    `programs` are what tests will start. `network` is what tests may talk to, None for the least that leaves them a
    localhost; a rung that cannot give it is not used. `forced` (on a runner, where a job always holds tokens of its
    own) means that without isolation nothing runs: SandboxError is raised, unless the user said `unsafe`.
    """
    found: list[str] = []
    for rung, obstacle in obstacles(programs, network=network, ladder=ladder):
        if obstacle is None:
            return rung.isolation(network)
        found.append(f"{rung.level.value}: {obstacle}")
    why = "; ".join(found)
    if forced and not unsafe:
        raise SandboxError(
            f"tests cannot be kept away from the keys and tokens of this job ({why}); run self-heal where it can "
            "isolate them (the published container image), or accept the risk with unsafe-no-sandbox: true"
        )
    if network in {Network.NONE, Network.LOOPBACK} and not unsafe:
        raise SandboxError(
            f"tests cannot be kept from the network here ({why}), and network: {network.value} was asked for; run "
            "self-heal where it can, or ask for network: full"
        )
    sentence = f"tests are not isolated ({why}): they run as this user, who can read what you can read"
    return Isolation(own_user=False, confined=False, sentence=sentence)


def obstacles(
    programs: Sequence[Path], *, network: Network | None = None, ladder: Sequence[Rung] = LADDER
) -> Iterator[tuple[Rung, str | None]]:
    """Yield the rungs, strongest first, each with why it is not to be had here; None when a probe found nothing."""
    for rung in ladder:
        obstacle = rung.obstacle(programs, network)
        if obstacle is None:
            escapes = probe(rung.isolation(network))
            obstacle = f"a probe inside could {escapes[0]}" if escapes else None
        yield rung, obstacle
