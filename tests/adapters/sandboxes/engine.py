"""An engine as a process of its own: carries out one order on one rung of the ladder, and prints what it saw as JSON.

Arguments: the level, and a JSON object: `program` (a file in tests/data/programs), or `code` (Python to run), `only`
(names of functions to call), `limits`, `seconds`, `network`.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from healer.adapters.folders import surroundings
from healer.adapters.sandbox import Isolation, Level, Limits, Network, Order, execute
from healer.adapters.sandboxes.containers.rung import image_sandbox
from healer.adapters.sandboxes.rungs import LADDER
from tests.adapters.sandboxes.world import World

if TYPE_CHECKING:
    from healer.adapters.sandbox import Execution

PROGRAMS = Path(__file__).parents[2] / "data" / "programs"
PACKAGES = Path(__file__).parents[3] / ".venv" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"


IMAGE = "python:3.12-slim"


def isolation_of(level: str, network: str | None, stack: contextlib.ExitStack) -> Isolation:
    """Return what a rung gives, or none of it, for comparison."""
    asked = Network(network) if network else None
    if level == Level.CONTAINER.value:
        folders = [Path(tempfile.gettempdir())]
        box = image_sandbox(IMAGE, {"DOCKER_HOST": os.environ["DOCKER_HOST"]}, folders, print, network=asked)
        return stack.enter_context(box).isolation
    for rung in LADDER:
        if rung.level is Level(level):
            return rung.isolation(asked)
    return Isolation(own_user=False, confined=False, sentence="")


def run(world: World, order: dict[str, Any]) -> Execution:
    """Run a program in the world."""
    own = world.own
    programs, python, packages = PROGRAMS, sys.executable, PACKAGES
    if world.isolation.container:
        # What the image has, and of this machine only what lies in the run's own folder.
        programs, python, packages = own / "programs", "python3", own / "packages"
        shutil.copytree(PROGRAMS, programs)
        for path in (programs, *programs.iterdir()):
            path.chmod(0o755)
    environment = {
        "HOME": str(own / "home"),
        "TMPDIR": str(own / "tmp"),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
    }
    if order.get("program"):
        found = str(packages) if (packages / "xdist").is_dir() else ""
        named = world.isolation.level in {Level.NAMESPACES, Level.CONTAINER} or own.stat().st_uid in {
            a.pw_uid for a in pwd.getpwall()
        }
        facts = world.facts | {"packages": found, "named": named, "ipv6": Path("/proc/net/if_inet6").exists()}
        (own / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
        (own / "facts.json").chmod(0o644)
        argv = [str(programs / "run_all.py"), str(programs / order["program"]), str(own / "facts.json")]
        argv += order.get("only", [])
    else:
        argv = ["-c", order["code"]]
    for name in ("home", "tmp"):
        (own / name).mkdir(exist_ok=True)
        os.chown(own / name, own.stat().st_uid, own.stat().st_uid)
    asked = Order(
        (python, "-B", *argv), own, environment, order.get("seconds", 120.0), writable=(own,),
        readable=(*surroundings(Path(sys.executable)), PROGRAMS, PACKAGES, world.set_up, world.set_up.parent / "id"),
        channel=world.record if order.get("recorded") else None, limits=Limits(**order.get("limits", {})),
    )  # fmt: skip
    return execute(asked, world.isolation)


def main() -> None:
    """Carry out the order."""
    level, document = sys.argv[1:]
    order = json.loads(document)
    for number in (signal.SIGINT, signal.SIGTERM):  # the first is ignored where tests run in the background
        signal.signal(number, signal.default_int_handler)
    with contextlib.ExitStack() as stack:
        isolation = isolation_of(level, order.get("network"), stack)
        world = stack.enter_context(World.around(isolation, attacked=order.get("attacked", True)))
        ended = run(world, order)
        told = {
            "exit": ended.exit_code,
            "output": ended.output[-20000:],
            "limit": ended.limit,
            "record": len(ended.record),
            "record complete": ended.record_complete,
            "harm": world.harm(),
        }
    print(json.dumps(told))  # noqa: T201 - it is the answer


if __name__ == "__main__":
    main()
