"""The probe of the container rung: a shell looks at what it was given, and the image's Python tries the rest."""

from __future__ import annotations

import contextlib
import json
import os
import re
from typing import TYPE_CHECKING

from healer.adapters.folders import hand_over
from healer.adapters.sandbox import Order, execute
from healer.adapters.sandboxes.order import Network
from healer.adapters.sandboxes.probing import Listeners, canary, fifo, probe_folder, survivors
from healer.errors import SelfHealError

if TYPE_CHECKING:
    from healer.adapters.sandboxes.containers.image import Image
    from healer.adapters.sandboxes.order import Container, Isolation

_SECONDS = 60.0
_SOCKETS = (
    "/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
)  # fmt: skip
_NAMESPACES = ("pid", "mnt", "ipc", "uts", "net")
_USUAL = {"HOSTNAME", "HOME", "PATH", "PWD", "OLDPWD", "SHLVL", "TERM", "container", "_", "USER", "LOGNAME"}
_NAME = re.compile(r"\w+", re.ASCII)
_SCRIPT = """\
say() { printf 'escape %s\\n' "$*"; }
while read -r name value rest; do
  case $name in
    CapInh:|CapPrm:|CapEff:|CapBnd:|CapAmb:) case $value in *[!0]*) say use capabilities;; esac;;
    NoNewPrivs:) [ "$value" = 1 ] && echo 'saw privileges' || say gain privileges by starting programs;;
    Seccomp:) [ "$value" = 2 ] && echo 'saw filter' || say make any system call;;
    Uid:) [ "$value" != 0 ] || [ "$ROOTLESS" = 1 ] || say run as root;;
  esac
done < /proc/self/status
while read -r _ place _ options _; do
  case $place in /) case ,$options, in *,ro,*) echo 'saw root';; *) say write into the image;; esac;; esac
done < /proc/self/mounts
for pair in $APART; do
  kind=${pair%%=*} ours=${pair#*=}
  own=$(readlink "/proc/self/ns/$kind") && [ -n "$own" ] || say not even look at its namespaces
  [ "$own" != "$ours" ] || say "share the $kind namespace of self-heal"
done
if [ "$ALONE" = 1 ]; then
  while read -r name rest; do case $name in Iface|lo|'') ;; *) say reach a network;; esac; done < /proc/net/route
  if [ -r /proc/net/if_inet6 ]; then
    while read -r _ _ _ _ _ name; do case $name in lo) ;; *) say reach a network;; esac; done < /proc/net/if_inet6
  fi
fi
[ ! -e "$CANARY" ] || say read files outside its own folders
for folder in "$OUTSIDE" / /etc /usr /var /opt /root /home /proc/sys/kernel /sys/kernel; do
  if ( : > "$folder/self-heal-probe" ) 2>/dev/null; then say write into the image or the machine; fi
done
for path in $SOCKETS; do [ ! -S "$path" ] || say "talk to $path"; done
for process in /proc/[0-9]*; do
  case ${process#/proc/} in 1|$$) ;; *) [ ! -e "$process/exe" ] || say see other processes;; esac
done
env > names || say not even list its variables
while IFS='=' read -r name rest; do printf 'name %s\\n' "$name"; done < names
echo saw everything
for python in python3 python; do
  if "$python" -I -S -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then
    exec "$python" -I -S -B probe.py facts.json
  fi
done
( trap "" TERM HUP INT; exec > left 2>&1; printf x; : > ready; while :; do sleep 60; done ) < /dev/null &
while [ ! -e ready ]; do sleep 1; done
echo '[]'
"""


def probe(image: Image, isolation: Isolation, container: Container) -> list[str]:
    """Return what a program in a container could do that tests must not; empty when the isolation holds."""
    with contextlib.ExitStack() as stack:
        folder = probe_folder(stack, isolation)
        outside = canary(stack)
        left = stack.enter_context(fifo(folder / "left"))
        listeners = stack.enter_context(Listeners.opened())
        alone = isolation.network is not Network.FULL
        facts = {
            "canary": str(outside / "canary"), "outside": str(outside), "engine": os.getpid(),
            "processes": _namespace("pid"), "user": os.geteuid() if isolation.own_user else None,
            "left": str(folder / "left"), "sockets": [*_SOCKETS, container.engine],
            "listeners": listeners.facts if alone else [], "abstract": listeners.abstract, "own_processes": alone,
            "is_root": container.rootless, "first": 1,
        }  # fmt: skip
        (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
        hand_over(folder, isolation)
        apart = [kind for kind in _NAMESPACES if alone or kind != "net"]
        given = {
            "PATH": image.path, "CANARY": facts["canary"], "OUTSIDE": facts["outside"], "ALONE": str(int(alone)),
            "APART": " ".join(f"{kind}={_namespace(kind)}" for kind in apart),
            "SOCKETS": " ".join({*_SOCKETS, container.engine}), "ROOTLESS": str(int(container.rootless)),
        }  # fmt: skip
        order = Order(
            ("sh", "-c", _SCRIPT),
            folder,
            {name: str(value) for name, value in given.items()},
            _SECONDS,
            writable=(folder,),
        )
        try:
            ended = execute(order, isolation)
        except SelfHealError as error:
            return [f"not even be started ({error.sentence})"]
        found = escapes(ended.output, {*given, *image.environment}, ended.exit_code)
        if listeners.heard():
            found.append("talk to this machine by UDP")
        return found + survivors(left)


def escapes(output: str, given: set[str], exit_code: int | None) -> list[str]:
    """Return what the probe says that worked; a probe that does not say everything has failed."""
    lines = output.splitlines()
    told = {"saw root", "saw privileges", "saw filter", "saw everything"} <= set(lines)
    try:
        tried = json.loads(lines[-1]) if exit_code == 0 and told else None
    except ValueError:
        tried = None
    found = [line.removeprefix("escape ") for line in lines if line.startswith("escape ")]
    names = {line.removeprefix("name ") for line in lines if line.startswith("name ")}
    foreign = sorted(name for name in names - given - _USUAL if _NAME.fullmatch(name))
    if foreign:
        found.append(f"see variables that nobody gave it ({', '.join(foreign)[:100]})")
    if not isinstance(tried, list):
        return [*dict.fromkeys(found), f"not even answer ({output.strip()[-200:] or exit_code})"]
    return sorted({*found, *map(str, tried)})


def _namespace(kind: str) -> str:
    return os.readlink(f"/proc/self/ns/{kind}")  # noqa: PTH115 - no file stands behind it
