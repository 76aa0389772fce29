"""The system calls that tests may not make, as a filter that stays with a process and all that it starts."""

from __future__ import annotations

import ctypes
import errno

from healer.adapters.payload.supervision.kernel import (
    AARCH64,
    MACHINE,
    PR_SET_SECCOMP,
    X86_64,
    number,
    prctl,
)

FORBIDDEN = (
    # Other processes' memory and descriptors.
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "process_madvise",
    # Ways round this filter, and large doors into the kernel.
    "io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "userfaultfd", "perf_event_open", "fanotify_init",
    # Keys of the session that the engine belongs to.
    "keyctl", "add_key", "request_key",
    # Other views of the machine.
    "mount", "umount2", "pivot_root", "move_mount", "open_tree", "open_tree_attr", "fsopen", "fsconfig", "fsmount",
    "fspick", "mount_setattr", "unshare", "setns", "chroot", "open_by_handle_at",
    # The machine itself.
    "quotactl", "quotactl_fd", "swapon", "swapoff", "reboot", "kexec_load", "kexec_file_load", "init_module",
    "finit_module", "delete_module", "syslog", "acct", "vhangup",
    # Memory that no meter sees.
    "memfd_secret",
)  # fmt: skip
FORBIDDEN_BESIDE_THE_USER = ("shmget", "semget", "msgget", "mq_open")
"""What reaches other programs of the same user: tests that run as that user may not use it at all."""
OWN_PROCESS_ONLY = ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr")
"""As above, where the first argument is not 0, the caller itself."""
KIND_AND_OWN_PROCESS_ONLY = {"setpriority": 0, "ioprio_set": 1}
"""As above, where the first argument says of what the second is an id: it must be this, for a process."""
NEW_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET."""
TERMINAL_INPUT = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX: typing into a terminal."""
PERSONALITIES = (0, 8, 0x20000, 0x20008, 0x40000, 0xFFFFFFFF)
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
ARCHITECTURE = {X86_64: 0xC000003E, AARCH64: 0xC00000B7}
X32_BIT = 0x40000000

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16
KILL, ALLOW, FAIL = 0x80000000, 0x7FFF0000, 0x00050000


class Instruction(ctypes.Structure):
    """struct sock_filter."""

    _fields_ = [("code", ctypes.c_uint16), ("then", ctypes.c_uint8), ("other", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = [("length", ctypes.c_uint16), ("filter", ctypes.POINTER(Instruction))]


def argument(index: int) -> Instruction:
    """Load the low half of an argument: all of it that the calls judged here look at."""
    return Instruction(LOAD, 0, 0, ARGUMENTS_AT + 8 * index)


def fail(code: int) -> Instruction:
    """End with an error number."""
    return Instruction(RETURN, 0, 0, FAIL | code)


def allow() -> Instruction:
    """Let it pass."""
    return Instruction(RETURN, 0, 0, ALLOW)


def when(name: str, body: list[Instruction]) -> list[Instruction]:
    """Run `body`, which must end, for one system call; skip it for others."""
    return [Instruction(JUMP_EQUAL, 0, len(body), number(name)), *body]


def only(index: int, allowed: tuple[int, ...], code: int) -> list[Instruction]:
    """Allow certain values of an argument, fail for others."""
    tests = [Instruction(JUMP_EQUAL, len(allowed) - at, 0, value) for at, value in enumerate(allowed)]
    return [argument(index), *tests, fail(code), allow()]


def never(index: int, values: tuple[int, ...]) -> list[Instruction]:
    """Fail for certain values of an argument, allow others."""
    tests = [Instruction(JUMP_EQUAL, len(values) - at, 0, value) for at, value in enumerate(values)]
    return [argument(index), *tests, allow(), fail(errno.EPERM)]


def rules(*, internet: bool, beside_the_user: bool) -> list[Instruction]:
    """Return the filter."""
    made = [
        Instruction(LOAD, 0, 0, ARCHITECTURE_AT),
        Instruction(JUMP_EQUAL, 1, 0, ARCHITECTURE[MACHINE]),
        Instruction(RETURN, 0, 0, KILL),
        Instruction(LOAD, 0, 0, NUMBER_AT),
    ]
    if MACHINE == X86_64:
        made += [Instruction(JUMP_AT_LEAST, 0, 1, X32_BIT), Instruction(RETURN, 0, 0, KILL)]
    # What cannot be judged by its argument (it is in memory) is said not to be there; C libraries then use clone.
    made += when("clone3", [fail(errno.ENOSYS)])
    made += when("clone", [argument(0), Instruction(JUMP_ANY_BIT, 0, 1, NEW_NAMESPACES), fail(errno.EPERM), allow()])
    families = (AF_UNIX, AF_INET, AF_INET6) if internet else (AF_UNIX,)
    made += when("socket", _socket(families, internet=internet))
    made += when("ioctl", never(1, TERMINAL_INPUT))
    made += when("personality", only(0, PERSONALITIES, errno.EPERM))
    for name in FORBIDDEN + (FORBIDDEN_BESIDE_THE_USER if beside_the_user else ()):
        made += when(name, [fail(errno.EPERM)])
    for name in OWN_PROCESS_ONLY if beside_the_user else ():
        made += when(name, only(0, (0,), errno.EPERM))
    for name, kind in KIND_AND_OWN_PROCESS_ONLY.items() if beside_the_user else ():
        of_processes = [argument(0), Instruction(JUMP_EQUAL, 1, 0, kind), fail(errno.EPERM)]
        made += when(name, [*of_processes, *only(1, (0,), errno.EPERM)])
    return [*made, allow()]


def _socket(families: tuple[int, ...], *, internet: bool) -> list[Instruction]:
    """Of netlink, only what tells addresses and routes: C libraries ask it before they resolve a name."""
    allowed = only(0, families, errno.EAFNOSUPPORT)
    if not internet:
        return allowed
    routes = only(2, (0,), errno.EAFNOSUPPORT)
    return [argument(0), Instruction(JUMP_EQUAL, 0, len(routes), AF_NETLINK), *routes, *allowed]


def forbid(*, internet: bool, beside_the_user: bool) -> None:
    """Put the filter on this process; it must have given up new privileges before."""
    made = rules(internet=internet, beside_the_user=beside_the_user)
    listed = (Instruction * len(made))(*made)
    prctl(PR_SET_SECCOMP, 2, ctypes.byref(Program(len(made), listed)))
