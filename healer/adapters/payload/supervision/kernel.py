"""Calls of the kernel that not every Python offers, by number; each raises OSError where it is refused."""

from __future__ import annotations

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)

X86_64, AARCH64 = "x86_64", "aarch64"
MACHINE = {"x86_64": X86_64, "amd64": X86_64, "aarch64": AARCH64, "arm64": AARCH64}.get(os.uname().machine.lower(), "")
"""Empty where system calls have other numbers than those known here: nothing can be confined there."""

NUMBERS = {
    # name: (x86_64, aarch64); from the kernel's unistd.h, which only ever grows.
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "bpf": (321, 280),
    "userfaultfd": (323, 282), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "perf_event_open": (298, 241), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "open_tree_attr": (467, 467),
    "unshare": (272, 97), "setns": (308, 268), "chroot": (161, 51), "kcmp": (312, 272),
    "process_madvise": (440, 440), "memfd_secret": (447, 447), "fanotify_init": (300, 262),
    "open_by_handle_at": (304, 265), "quotactl": (179, 60), "quotactl_fd": (443, 443), "swapon": (167, 224),
    "swapoff": (168, 225), "reboot": (169, 142), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "syslog": (103, 116),
    "acct": (163, 89), "vhangup": (153, 58), "clone": (56, 220), "clone3": (435, 435), "ioctl": (16, 29),
    "socket": (41, 198), "personality": (135, 92), "prlimit64": (302, 261), "mq_open": (240, 180),
    "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "landlock_create_ruleset": (444, 444), "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446), "capset": (126, 91),
}  # fmt: skip

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 22, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
CAPABILITIES = 64
"""More than there are; the kernel says where they end."""


def number(name: str) -> int:
    """Return a system call's number on this machine; raise OSError where it is not known."""
    if not MACHINE:
        raise OSError(0, "no system call numbers for " + os.uname().machine)
    return NUMBERS[name][0 if MACHINE == X86_64 else 1]


def call(name: str, *arguments: object) -> int:
    """Make a system call; strings are passed as paths."""
    passed = [os.fsencode(value) if isinstance(value, str) else value for value in arguments]
    given = [ctypes.c_ulong(value & (2**64 - 1)) if isinstance(value, int) else value for value in passed]
    result = int(_libc.syscall(ctypes.c_long(number(name)), *given))
    if result < 0:
        problem = ctypes.get_errno()
        raise OSError(problem, name + ": " + os.strerror(problem))
    return result


def prctl(option: int, value: int, pointer: object = 0) -> None:
    """Set one process attribute."""
    given = ctypes.c_ulong(pointer) if isinstance(pointer, int) else pointer
    if _libc.prctl(option, ctypes.c_ulong(value), given, ctypes.c_ulong(0), ctypes.c_ulong(0)):
        problem = ctypes.get_errno()
        raise OSError(problem, "prctl %d: %s" % (option, os.strerror(problem)))


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("process", ctypes.c_int)]


def bound_capabilities() -> None:
    """Give up what this process could gain by starting programs, as far as it may give it up."""
    for capability in range(CAPABILITIES):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            return


def drop_capabilities() -> None:
    """Give up every capability of this process."""
    call("capset", ctypes.byref(_Header(0x20080522, 0)), ctypes.byref((ctypes.c_uint32 * 6)()))
