"""The filter on system calls that containers get: what the other rungs forbid, and what engines forbid by themselves.

In the form of https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp
"""

from __future__ import annotations

import errno
from typing import Any

from healer.adapters.payload.supervision.seccomp import (
    AF_INET,
    AF_INET6,
    AF_NETLINK,
    AF_UNIX,
    FORBIDDEN,
    NEW_NAMESPACES,
    TERMINAL_INPUT,
)

_BY_ENGINES = (
    "_sysctl", "clock_adjtime", "clock_adjtime64", "clock_settime", "clock_settime64", "create_module",
    "get_kernel_syms", "get_mempolicy", "ioperm", "iopl", "lookup_dcookie", "mbind", "move_pages", "nfsservctl",
    "query_module", "set_mempolicy", "settimeofday", "stime", "sysfs", "umount", "uselib", "ustat", "vm86", "vm86old",
)  # fmt: skip
"""What Docker's default profile refuses beyond that: https://docs.docker.com/engine/security/seccomp/"""
_LARGEST = 0xFFFFFFFF
_READ_IMPLIES_EXEC = 0x0400000
_SIGN = 0x80000000


def profile() -> dict[str, Any]:
    """Return the profile; calls of other architectures than the machine's are never allowed."""
    rules = [_refused(*sorted({*FORBIDDEN, *_BY_ENGINES}))]
    # Its argument is in memory and cannot be judged; C libraries then use clone.
    rules.append(_refused("clone3", code=errno.ENOSYS))
    rules += [_refused("clone", _masked(0, bit, bit)) for bit in _bits(NEW_NAMESPACES)]
    rules += [_refused("ioctl", _masked(1, _LARGEST, request)) for request in TERMINAL_INPUT]
    # All bits set asks for the present one and changes nothing.
    rules.append(_refused("personality", _masked(0, _SIGN | _READ_IMPLIES_EXEC, _READ_IMPLIES_EXEC)))
    for bit in (0x0080000, 0x0100000, 0x0200000, 0x0800000, 0x1000000, 0x2000000, 0x4000000):
        rules.append(_refused("personality", _masked(0, _SIGN | bit, bit)))
    allowed = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}
    families = [_compared(0, "SCMP_CMP_EQ", family) for family in range(AF_NETLINK) if family not in allowed]
    families.append(_compared(0, "SCMP_CMP_GT", AF_NETLINK))
    rules += [_refused("socket", condition, code=errno.EAFNOSUPPORT) for condition in families]
    # Of netlink, only what tells addresses and routes.
    netlink = (_compared(0, "SCMP_CMP_EQ", AF_NETLINK), _compared(2, "SCMP_CMP_NE", 0))
    rules.append(_refused("socket", *netlink, code=errno.EAFNOSUPPORT))
    return {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": rules}


def _refused(*parts: str | dict[str, Any], code: int = errno.EPERM) -> dict[str, Any]:
    names = [part for part in parts if isinstance(part, str)]
    conditions = [part for part in parts if not isinstance(part, str)]
    return {"names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": code, "args": conditions}


def _compared(index: int, how: str, value: int) -> dict[str, Any]:
    return {"index": index, "op": how, "value": value, "valueTwo": 0}


def _masked(index: int, mask: int, value: int) -> dict[str, Any]:
    return {"index": index, "op": "SCMP_CMP_MASKED_EQ", "value": mask, "valueTwo": value}


def _bits(number: int) -> list[int]:
    return [1 << at for at in range(32) if number >> at & 1]
