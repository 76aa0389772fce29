"""Run one untrusted command to its end, and leave no process of it behind.

Started as `python -I -S supervisor.py` with a JSON order on standard input; see `healer.adapters.sandbox`, which writes
it. The command gets its own session, an empty standard input, exactly the environment ordered, no descriptor but the
standard three, limits, and, where this process may drop rights, another user id and Landlock rules. Every descendant is
adopted by this process (PR_SET_CHILD_SUBREAPER), so that daemons are found and killed as well. The result is one JSON
object on the descriptor ordered: {"exit", "timed_out", "error", "left"}.

Standard library only: it never imports the engine, and the engine never imports it.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
import time
from typing import Any, NoReturn

Order = dict[str, Any]
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER = 1, 38, 36
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
READ_AND_EXECUTE = 1 | 4 | 8
"""LANDLOCK_ACCESS_FS_EXECUTE, READ_FILE, READ_DIR."""
FILE_RIGHTS = 1 | 2 | 4 | 1 << 14 | 1 << 15
"""Those that may be granted on a path that is not a directory: execute, write, read, truncate, ioctl."""
RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
SCOPES, SCOPED_ABI = 1 | 2, 6
"""LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and LANDLOCK_SCOPE_SIGNAL, from ABI 6 on."""
SWEEP_SECONDS, STORM_SECONDS = 20, 2
LIMITS = {
    "core": resource.RLIMIT_CORE,
    "file_bytes": resource.RLIMIT_FSIZE,
    "processes": resource.RLIMIT_NPROC,
    "memory_bytes": resource.RLIMIT_AS,
}
_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int) -> None:
    """Set one process attribute; raise OSError where the kernel will not."""
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        raise OSError(ctypes.get_errno(), f"prctl {option}")


class RulesetAttributes(ctypes.Structure):
    """struct landlock_ruleset_attr of ABI 6; older kernels accept it while the fields they lack are zero."""

    _fields_ = [("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class PathRule(ctypes.Structure):
    """struct landlock_path_beneath_attr."""

    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def landlock_abi() -> int:
    """Return the kernel's Landlock ABI, or 0 where it has none."""
    return max(0, int(_libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, 1)))


def confine(readable: list[str], writable: list[str]) -> None:
    """Allow file access below these paths only, for this process and all that it starts (Landlock)."""
    abi = landlock_abi()
    rights = RIGHTS_BY_ABI[min(abi, 5)]
    attributes = RulesetAttributes(rights, 0, SCOPES if abi >= SCOPED_ABI else 0)
    size = ctypes.sizeof(attributes) if abi >= SCOPED_ABI else 8
    ruleset = _libc.syscall(LANDLOCK_CREATE_RULESET, ctypes.byref(attributes), size, 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    for paths, allowed in ((readable, READ_AND_EXECUTE), (writable, rights)):
        for path in paths:
            try:
                parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            on_file = not os.path.isdir(path)
            rule = PathRule(allowed & (FILE_RIGHTS & rights if on_file else rights), parent)
            if _libc.syscall(LANDLOCK_ADD_RULE, ruleset, 1, ctypes.byref(rule), 0):
                raise OSError(ctypes.get_errno(), "landlock_add_rule " + path)
            os.close(parent)
    if _libc.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0):
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    os.close(ruleset)


def become_the_command(order: Order) -> NoReturn:
    """In the child: give up everything that the order does not grant, then become the command."""
    os.setsid()
    os.chdir(order["cwd"])
    os.umask(0o022)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    for name, wanted in order["limits"].items():
        _, hard = resource.getrlimit(LIMITS[name])
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(LIMITS[name], (limit, limit))
    if order["uid"] is not None:
        os.setgroups([])
        os.setresgid(order["gid"], order["gid"], order["gid"])
        os.setresuid(order["uid"], order["uid"], order["uid"])
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # after the change of user, which would undo it
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    if order["confine"]:
        confine(order["readable"], order["writable"])
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.execvpe(order["argv"][0], order["argv"], order["environment"])  # noqa: S606 - no shell is wanted


def start(order: Order) -> tuple[int, str]:
    """Fork the command; return its process id and, when it could not be started, why."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            os.set_inheritable(writer, False)  # noqa: FBT003 - its signature
            keep = {0, 1, 2, writer}
            for descriptor in map(int, os.listdir("/proc/self/fd")):
                if descriptor not in keep:
                    with contextlib.suppress(OSError):
                        os.close(descriptor)
            become_the_command(order)
        except BaseException as error:  # noqa: BLE001 - the parent reports it, whatever it was
            os.write(writer, str(getattr(error, "strerror", None) or error).encode())
        finally:
            os._exit(127)
    os.close(writer)
    with os.fdopen(reader, "rb") as problem:
        return child, problem.read().decode("utf-8", "replace")


def descendants() -> set[int]:
    """Return all processes below this one."""
    parents: dict[int, int] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stat:
                    parents[int(name)] = int(stat.read().rpartition(b")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
    below: set[int] = set()
    frontier = {os.getpid()}
    while frontier:
        frontier = {child for child, parent in parents.items() if parent in frontier} - below
        below |= frontier
    return below


def kill_all_of(uid: int) -> None:
    """Kill every process of a user at once, which no loop over process ids can do to one that keeps forking."""
    killer = os.fork()
    if killer == 0:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(killer, 0)


def sweep(uid: int | None) -> int:
    """Kill every process below this one; return how many are left.

    All are stopped first, so that fewer can multiply while others are killed. What forks faster than that is killed by
    its user id, where it has one of its own: last, for other runs may go by the same one.
    """
    started = time.monotonic()
    while True:
        left = descendants()
        patience = time.monotonic() - started
        if not left or patience > SWEEP_SECONDS:
            return len(left)
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in left:
                with contextlib.suppress(OSError):
                    os.kill(process, number)
        if uid is not None and patience > STORM_SECONDS:
            kill_all_of(uid)
        reap()


def reap() -> dict[int, int]:
    """Collect every child that has ended, and return what is known of them by process id."""
    ended: dict[int, int] = {}
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if process == 0:
            return ended
        ended[process] = status


def supervise(order: Order) -> dict[str, Any]:
    """Start the command, wait for its end, the time limit or a signal to stop, and sweep."""
    watched = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
    signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    result: dict[str, Any] = {"exit": None, "timed_out": False, "error": None}
    child, problem = start(order)
    if problem:
        reap()
        result["error"] = problem
        return result
    deadline = time.monotonic() + order["seconds"]
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            result["timed_out"] = True
            break
        caught = signal.sigtimedwait(watched, min(left, 60))
        if caught is not None and caught.si_signo != signal.SIGCHLD:
            result["error"] = "stopped"
            break
        status = reap().get(child)
        if status is not None:
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
            result["exit"] = code if code is not None else -os.WTERMSIG(status)
            break
    result["left"] = sweep(order["uid"])
    reap()
    return result


def main() -> None:
    """Read the order, carry it out, report."""
    order = json.loads(sys.stdin.buffer.read())
    try:
        result = supervise(order)
    except OSError as error:
        result = {"exit": None, "timed_out": False, "error": str(error)}
    os.write(order["report_to"], json.dumps(result).encode())


if __name__ == "__main__":
    if sys.argv[1:] == ["--landlock-abi"]:
        print(landlock_abi())  # noqa: T201 - it is the answer
    else:
        main()
