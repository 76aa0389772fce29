"""What an image holds that set-up and tests can use: its Pythons, its tools, its lists of accounts."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from healer.adapters.folders import hand_over, take_away
from healer.adapters.sandbox import Order, execute
from healer.adapters.sandboxes.users import USERS
from healer.adapters.setup.machine import TOOLS, Interpreter, Machine
from healer.errors import SandboxError
from healer.setup.specifiers import SUPPORTED

if TYPE_CHECKING:
    from healer.adapters.sandboxes.containers.image import Image
    from healer.adapters.sandboxes.order import Isolation

_SECONDS = 60.0
_LARGEST = 1024 * 1024
_ASK = """\
import json, sys
from importlib.util import find_spec
whole = all(map(find_spec, ("ensurepip", "venv")))
print("python " + json.dumps([sys.version_info[0], sys.version_info[1], sys.version_info[2], sys.executable, whole]))
"""
_SCRIPT = """\
cat /etc/passwd > passwd; cat /etc/group > group
for name in $1; do path=$(command -v "$name") && printf 'tool %s %s\\n' "$name" "$path"; done
known=
for name in $2; do
  path=$(command -v "$name") && real=$(readlink -f "$path") || continue
  case " $known " in *" $real "*) ;; *) known="$known $real"; "$name" -I -S -c "$3";; esac
done
echo end
"""


@dataclass(frozen=True, slots=True)
class ImageInterpreter(Interpreter):
    """A Python of an image, which is as unchanging as that."""

    image: str = ""

    @property
    def identity(self) -> tuple[object, ...]:
        """What tells it from any other."""
        return (str(self.path), self.image)


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found."""

    machine: Machine
    accounts: dict[str, str]
    """By file: the image's lists of accounts, with the users that tests may run as."""


def survey(image: Image, isolation: Isolation) -> Survey:
    """Look round in a container of an image; raise SandboxError when that tells nothing."""
    folder = Path(tempfile.mkdtemp(prefix="self-heal-survey-", dir=isolation.place)).resolve()
    try:
        hand_over(folder, isolation)
        names = ("python3", "python", *(f"python{version}" for version in SUPPORTED))
        order = Order(
            ("sh", "-c", _SCRIPT, "sh", " ".join(TOOLS), " ".join(names), _ASK), folder, {"PATH": image.path},
            _SECONDS, writable=(folder,),
        )  # fmt: skip
        ended = execute(order, isolation)
        lines = ended.output.splitlines()
        if not lines or lines[-1] != "end":
            raise SandboxError(
                f"a shell in the image said nothing of use ({ended.output.strip()[-200:] or ended.exit_code}); take an "
                "image that has a usual sh"
            )
        tools = dict(line.split(" ")[1:3] for line in lines if line.startswith("tool ") and line.count(" ") == 2)  # noqa: PLR2004 - its words
        pythons = [json.loads(line[7:]) for line in lines if line.startswith("python ")]
        return Survey(
            Machine(tuple(_interpreters(pythons, image)), {name: Path(path) for name, path in tools.items()}),
            {f"/etc/{name}": text for name in ("passwd", "group") if (text := _read(folder / name))},
        )
    except (ValueError, TypeError):
        raise SandboxError("the image's Python told nothing of use; take another image") from None
    finally:
        take_away(folder)


def _interpreters(told: list[Any], image: Image) -> list[Interpreter]:
    found: dict[str, Interpreter] = {}
    for major, minor, patch, path, whole in told:
        version = f"{int(major)}.{int(minor)}"
        if version in SUPPORTED and str(path).startswith("/"):
            one = ImageInterpreter(version, int(patch), Path(path), "the image", bool(whole), image.identity)
            found.setdefault(version, one)
    return sorted(found.values(), key=lambda one: -int(one.version.split(".")[1]))


def _read(path: Path) -> str:
    """Return what the container's shell wrote, as long as that is a plain file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    with open(descriptor, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123 - it is a descriptor
        return file.read(_LARGEST)


def with_users(accounts: dict[str, str]) -> dict[str, str]:
    """Return lists of accounts in which the users that tests run as have a name, for programs that ask who they are."""
    users = USERS if os.geteuid() == 0 else [os.geteuid()]
    line = {"/etc/passwd": "tests{0}:x:{0}:{0}:tests:/tmp:/bin/sh\n", "/etc/group": "tests{0}:x:{0}:\n"}
    known = {
        path: {entry.split(":")[2] for entry in text.splitlines() if entry.count(":") > 1}
        for path, text in accounts.items()
    }
    return {
        path: text.rstrip("\n")
        + "\n"
        + "".join(line[path].format(user) for user in users if str(user) not in known[path])
        for path, text in accounts.items()
    }
