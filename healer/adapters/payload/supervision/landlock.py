"""Landlock: file access below certain paths only, no signals and no abstract sockets beyond the own processes."""

from __future__ import annotations

import ctypes
import os

from healer.adapters.payload.supervision.kernel import MACHINE, call

CREATE_VERSION = 1
"""LANDLOCK_CREATE_RULESET_VERSION."""
READ_AND_EXECUTE = 1 | 4 | 8
"""LANDLOCK_ACCESS_FS_EXECUTE, READ_FILE, READ_DIR."""
FILE_RIGHTS = 1 | 2 | 4 | 1 << 14 | 1 << 15
"""Those that may be granted on a path that is not a directory: execute, write, read, truncate, ioctl."""
RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
TCP, TCP_ABI = 1 | 2, 4
"""LANDLOCK_ACCESS_NET_BIND_TCP and CONNECT_TCP."""
SCOPES, SCOPED_ABI = 1 | 2, 6
"""LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and LANDLOCK_SCOPE_SIGNAL."""


class RulesetAttributes(ctypes.Structure):
    """struct landlock_ruleset_attr of ABI 6; older kernels are given as much of it as they know."""

    _fields_ = [("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class PathRule(ctypes.Structure):
    """struct landlock_path_beneath_attr."""

    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def landlock_abi() -> int:
    """Return the kernel's Landlock ABI, or 0 where it has none."""
    try:
        return call("landlock_create_ruleset", None, 0, CREATE_VERSION) if MACHINE else 0
    except OSError:
        return 0


def confine(readable: list[str], writable: list[str], *, tcp: bool) -> None:
    """Allow file access below these paths only, for this process and all that it starts."""
    abi = landlock_abi()
    rights = RIGHTS_BY_ABI[min(abi, 5)]
    scopes = SCOPES if abi >= SCOPED_ABI else 0
    ruleset = _ruleset(abi, RulesetAttributes(rights, 0 if tcp or abi < TCP_ABI else TCP, scopes))
    for paths, allowed in ((readable, READ_AND_EXECUTE), (writable, rights)):
        for path in paths:
            try:
                parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            on_file = not os.path.isdir(path)
            rule = PathRule(allowed & (FILE_RIGHTS & rights if on_file else rights), parent)
            call("landlock_add_rule", ruleset, 1, ctypes.byref(rule), 0)
            os.close(parent)
    _enter(ruleset)


def keep_to_own_processes() -> None:
    """Allow signals and abstract sockets among this process and all that it starts only, as far as the kernel can."""
    abi = landlock_abi()
    if abi >= SCOPED_ABI:
        _enter(_ruleset(abi, RulesetAttributes(0, 0, SCOPES)))


def _ruleset(abi: int, attributes: RulesetAttributes) -> int:
    size = 24 if abi >= SCOPED_ABI else 16 if abi >= TCP_ABI else 8
    return call("landlock_create_ruleset", ctypes.byref(attributes), size, 0)


def _enter(ruleset: int) -> None:
    call("landlock_restrict_self", ruleset, 0)
    os.close(ruleset)
