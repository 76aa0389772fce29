"""The rung of sibling containers, for a suite whose user names an image: found, probed, and put away at the end."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.private_folders import PrivateFolder
from healer.adapters.sandboxes.containers.engine import EngineFault
from healer.adapters.sandboxes.containers.finding import find_engine, find_place, own_container
from healer.adapters.sandboxes.containers.image import Reference, obtain
from healer.adapters.sandboxes.containers.leftovers import clear_leftovers, owner
from healer.adapters.sandboxes.containers.probing import probe
from healer.adapters.sandboxes.containers.survey import survey, with_users
from healer.adapters.sandboxes.order import Container, Isolation, Level, Network
from healer.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from healer.adapters.sandboxes.containers.finding import Found, Place
    from healer.adapters.sandboxes.containers.image import Image
    from healer.adapters.setup.machine import Machine
    from healer.ports import Progress

_NETWORK = {
    Network.NONE: "of the network they have a localhost of their own",
    Network.LOOPBACK: "of the network they have a localhost of their own",
    Network.FULL: "they have the network that the engine gives containers, this machine's own services in reach",
}


@dataclass(frozen=True, slots=True)
class ImageSandbox:
    """Containers of one image, probed."""

    image: Image
    isolation: Isolation
    machine: Machine
    """What the image holds."""


@contextmanager
def image_sandbox(
    reference: str, environment: Mapping[str, str], folders: Sequence[Path], progress: Progress,
    *, network: Network | None = None,
) -> Iterator[ImageSandbox]:  # fmt: skip
    """Open a sandbox of containers of an image; nothing of it is left afterwards.

    `folders` are those that may be visible to the engine, the best first. Raises UsageError for what is no name of an
    image, SuiteError when the image cannot be had, SandboxError when there is no engine or containers do not hold.
    """
    named = Reference.read(reference)
    found = find_engine(environment)
    if isinstance(found, str):
        raise SandboxError(f"the suite cannot be run in {reference}: {found}", code="no_container_engine")
    if found.lacking:
        raise SandboxError(
            f"the suite cannot be run in {reference}: {found.name} cannot keep it in bounds, for {found.lacking}; use "
            "an engine that can, or run self-heal without --test-image"
        )
    place = _place(found, folders)
    clear_leftovers(found.engine)
    image = obtain(found.engine, named, progress)
    private = PrivateFolder("image", place.inside)
    try:
        private.path.chmod(0o711)
        isolation = _isolation(found, place, image, private.path, network)
        if isolation.container:
            escapes = probe(image, isolation, isolation.container)
            if escapes:
                raise SandboxError(
                    f"tests cannot be kept in a container of {reference}: a probe inside could "
                    f"{' and '.join(escapes[:5])}; see that the engine is a usual one, or run without --test-image"
                )
        looked = survey(image, isolation)
        files = _written(private.path, with_users(looked.accounts))
        if isolation.container:
            isolation = replace(isolation, container=replace(isolation.container, files=files))
        yield ImageSandbox(image, isolation, looked.machine)
    except EngineFault as fault:
        raise SandboxError(
            f"the container engine failed: {fault.decisive}; see that it is well (docker info)"
        ) from fault
    finally:
        private.close()


def _place(found: Found, folders: Sequence[Path]) -> Place:
    why = "no folder to try"
    for folder in folders:
        place = find_place(found.engine, folder, own_container())
        if not isinstance(place, str):
            return place
        why = place
    raise SandboxError(f"the suite cannot be run in a container: {why}")


def _isolation(found: Found, place: Place, image: Image, folder: Path, network: Network | None) -> Isolation:
    outside = place.outside / folder.relative_to(place.inside)
    container = Container(
        found.engine.address, image.identity, folder, outside, owner(place.container), found.rootless,
        found.processors, image.volumes,
    )  # fmt: skip
    network = network or Network.LOOPBACK
    by_whom = (
        "root there, who is you outside" if found.rootless else "a user of their own" if os.geteuid() == 0 else "you"
    )
    sentence = (
        f"tests run in a container for each run ({found.name}), as {by_whom}: they see the image, read-only, and their "
        f"own folders; {_NETWORK[network]}; faults of the kernel and of the engine are not stopped"
    )
    own_user = os.geteuid() == 0 and not found.rootless
    return Isolation(
        own_user=own_user, confined=True, sentence=sentence, level=Level.CONTAINER, network=network,
        container=container,
    )  # fmt: skip


def _written(folder: Path, files: Mapping[str, str]) -> tuple[tuple[str, Path], ...]:
    written = []
    for target, text in files.items():
        path = folder / Path(target).name
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
        path.chmod(0o644)
        written.append((target, path))
    return tuple(written)
