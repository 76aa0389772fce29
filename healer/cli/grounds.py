"""Where a suite runs and what is there: this machine, or the image that --test-image names."""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.sandboxes.containers.rung import image_sandbox
from healer.adapters.sandboxes.order import Network
from healer.adapters.setup.image_toolchain import ImageToolchain
from healer.adapters.setup.inventory import inventory
from healer.adapters.setup.machine import Machine
from healer.adapters.setup.recipe import by_command
from healer.adapters.toolchain import Toolchain
from healer.setup.serving import lacking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.adapters.checkout import Checkout
    from healer.adapters.sandboxes.containers.rung import ImageSandbox
    from healer.adapters.setup.recipe import Recipe
    from healer.cli.settings import Settings
    from healer.cli.terminal import Terminal
    from healer.setup.plan import Plan

_PYTHONS = re.compile(r"\b(python[\d.]*|py\.?test|unittest|coverage|tox|nox)\b")


@dataclass(frozen=True, slots=True)
class Grounds:
    """The toolchain and the machine that a suite runs with, and the image that they are of, if any."""

    toolchain: Toolchain
    machine: Machine
    box: ImageSandbox | None = None


@contextmanager
def grounds(settings: Settings, checkout: Checkout, terminal: Terminal) -> Iterator[Grounds]:
    """Find them; with an image, a sandbox of its containers is open meanwhile. Raises as `image_sandbox`."""
    environment = terminal.environment
    if settings.test_image is None:
        toolchain = Toolchain.inherit(environment, checkout.top, settings.variables)
        yield Grounds(toolchain, Machine.look(environment))
        return
    # A runner mounts its own temporary folder into a container action, where only that is visible to the engine.
    folders = [
        Path(tempfile.gettempdir()),
        *(Path(place) for name in ("RUNNER_TEMP",) if (place := environment.get(name))),
    ]
    network = Network(settings.network) if settings.network else None
    with image_sandbox(settings.test_image, environment, folders, terminal.progress, network=network) as box:
        yield Grounds(ImageToolchain.of(box, environment, settings.variables), box.machine, box)


def command_in_image(command: str, box: ImageSandbox) -> Recipe:
    """Return the recipe of a user's own set-up command; without a virtual environment where the image can make none."""
    recipe = by_command(command)
    able = any(one.makes_environments for one in box.machine.interpreters)
    return recipe if able else replace(recipe, environment=(), label="")


def wanted_in_image(
    plan: Plan | None, test: tuple[str, ...], settings: Settings, toolchain: Toolchain, box: ImageSandbox
) -> tuple[bool, str]:
    """Return whether to set the project up in the image, and why; nothing is, where what the image holds serves."""
    mode = settings.provision
    if mode == "none" or plan is None or not plan.steps:
        return False, "--setup none" if mode == "none" else "no file tells how this project is set up"
    if mode == "always":
        return True, "--setup always"
    if plan.language != "python":
        program = plan.test[0]
        return test[0] == program, f"the command is{'' if test[0] == program else ' not'} {program}'s"
    said = " ".join(test)
    if settings.command and not _PYTHONS.search(said):
        return False, f"nobody can tell what {test[0]} needs"
    python = next(iter(box.machine.interpreters), None)
    told = inventory(python.path, toolchain, box.isolation) if python else None
    if python is None or told is None:
        return True, "the image has no Python that starts"
    missing = lacking(plan, told.distributions, with_pytest=not settings.command or "test" in said)
    return (True, f"the image lacks {missing}") if missing else (False, "the image has what the tests need")
