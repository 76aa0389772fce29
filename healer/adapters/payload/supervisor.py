"""Run one untrusted command to its end, and leave no process of it behind.

Started by `healer.adapters.sandbox`, which writes its order as JSON on standard input. The command gets its own
session, an empty standard input, exactly the environment ordered, no descriptor but the standard three, limits, and as
much confinement as ordered: namespaces, another user id, Landlock, a filter on system calls. The result is one JSON
object on the descriptor ordered: {"exit", "timed_out", "error", "left", "limit"}.

Standard library only: it never imports the engine, and the engine never imports it.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import sys
import time
from typing import Any, NoReturn

from healer.adapters.payload.supervision.ipc import remove_ipc
from healer.adapters.payload.supervision.kernel import (
    PR_SET_CHILD_SUBREAPER,
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    bound_capabilities,
    drop_capabilities,
    prctl,
)
from healer.adapters.payload.supervision.landlock import confine, keep_to_own_processes, landlock_abi
from healer.adapters.payload.supervision.namespaces import furnish, separate
from healer.adapters.payload.supervision.processes import become, descendants, reap, sweep
from healer.adapters.payload.supervision.seccomp import forbid
from healer.adapters.payload.supervision.watchdog import Watchdog

Order = dict[str, Any]
WATCHED = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - measured, never written to
TICK_SECONDS = 0.2
FIRST_PROCESS_SECONDS = 10
"""What the first process of a namespace may take beyond the command's time, to look after its limits and to report."""
LIMITS = {
    "core": resource.RLIMIT_CORE,
    "file_bytes": resource.RLIMIT_FSIZE,
    "own_processes": resource.RLIMIT_NPROC,
    "open_files": resource.RLIMIT_NOFILE,
    "data_bytes": resource.RLIMIT_DATA,
    "message_bytes": resource.RLIMIT_MSGQUEUE,
}


def become_the_command(order: Order) -> NoReturn:
    """In the child: give up everything that the order does not grant, then become the command."""
    os.setsid()
    os.chdir(order["cwd"])
    os.umask(0o022)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    for name, wanted in order["rlimits"].items():
        soft, hard = resource.getrlimit(LIMITS[name])
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(LIMITS[name], (limit if soft == resource.RLIM_INFINITY else min(soft, limit), limit))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as badness:
        badness.write("500")  # if memory runs out all the same, it is tests that are ended
    if order["forbid"]:
        bound_capabilities()
    if order["uid"] is not None:
        become(order["uid"], order["uid"])
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # after the change of user, which would undo it
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    if order["forbid"]:
        drop_capabilities()
    if order["namespaces"]:
        keep_to_own_processes()
    if order["confine"]:
        confine(order["readable"], order["writable"], tcp=order["network"] != "none")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    if order["forbid"]:
        internet = order["namespaces"] or order["network"] != "none"
        forbid(internet=internet, beside_the_user=order["uid"] is None)
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


def supervise(order: Order) -> dict[str, Any]:
    """Start the command, wait for its end, a limit or a signal to stop, and sweep."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    result: dict[str, Any] = {"exit": None, "timed_out": False, "error": None, "left": 0, "limit": None}
    watchdog = Watchdog(
        order["limits"], order["uid"], folders=order["folders"], shared=order["shared"],
        private=[*order["private"], SHARED_MEMORY] if order["namespaces"] else [],
    )  # fmt: skip
    child, problem = start(order)
    if problem:
        reap()
        result["error"] = problem
        return result
    deadline = time.monotonic() + order["seconds"]
    next_look = time.monotonic() + TICK_SECONDS
    while True:
        now = time.monotonic()
        left = deadline - now
        if left <= 0:
            result["timed_out"] = True
            break
        caught = signal.sigtimedwait(WATCHED, min(left, TICK_SECONDS))
        if caught is not None and caught.si_signo != signal.SIGCHLD:
            result["error"] = "stopped"
            break
        status = reap().get(child)
        if status is not None:
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
            result["exit"] = code if code is not None else -os.WTERMSIG(status)
            break
        if now >= next_look:  # and not only when nothing else happens: children may end without pause
            result["limit"] = watchdog.exceeded(descendants())
            if result["limit"]:
                break
            next_look = time.monotonic() + TICK_SECONDS
    if not order["namespaces"]:
        result["left"] = sweep(order["uid"])
        reap()
        if order["uid"] is not None:
            remove_ipc(order["uid"])
    return result


def supervise_inside(order: Order) -> dict[str, Any]:
    """Supervise in namespaces of the run's own, by a first process there; with its end, the kernel ends all others."""
    separate()
    reader, writer = os.pipe()
    first = os.fork()
    if first == 0:
        os.close(reader)
        try:
            result = first_process(order, writer)
        except OSError as problem:
            result = {"exit": None, "timed_out": False, "error": str(problem.strerror or problem)}
        finally:
            with contextlib.suppress(NameError):
                os.write(writer, json.dumps(result).encode())
            os._exit(0)
    os.close(writer)
    deadline = time.monotonic() + order["seconds"] + FIRST_PROCESS_SECONDS
    stopped = False
    while not reap():
        caught = signal.sigtimedwait(WATCHED, max(0.0, deadline - time.monotonic()))
        if caught is None or caught.si_signo != signal.SIGCHLD:
            stopped = True
            os.kill(first, signal.SIGKILL)
            os.waitpid(first, 0)
            break
    with os.fdopen(reader, "rb") as answer:
        told = answer.read()
    if stopped or not told:
        why = "stopped" if stopped else "its first process ended"
        return {"exit": None, "timed_out": time.monotonic() >= deadline, "error": why}
    found: dict[str, Any] = json.loads(told)
    return found


def first_process(order: Order, report_to: int) -> dict[str, Any]:
    """Furnish the namespaces, then supervise in them."""
    die_with_the_parent(signal.SIGKILL, report_to)
    prctl(PR_SET_DUMPABLE, 0)
    furnish(
        order["readable"], order["writable"], order["private"], order["files"],
        network=order["network"], bytes_in_memory=2 * order["limits"]["memory_bytes"],  # so that the limit is met first
    )  # fmt: skip
    return supervise(order)


def die_with_the_parent(number: int, report_to: int) -> None:
    """Ask for a signal when the parent ends; leave at once if it has ended already, when nobody reads our report."""
    prctl(PR_SET_PDEATHSIG, number)
    poll = select.poll()
    poll.register(report_to, 0)
    if poll.poll(0):
        os._exit(1)


def main() -> None:
    """Read the order, carry it out, report; or say what of Landlock there is."""
    if sys.argv[1:] == ["--landlock-abi"]:
        print(landlock_abi())  # noqa: T201 - it is the answer
        return
    order = json.loads(sys.stdin.buffer.read())
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    die_with_the_parent(signal.SIGTERM, order["report_to"])
    try:
        result = supervise_inside(order) if order["namespaces"] else supervise(order)
    except OSError as error:
        result = {"exit": None, "timed_out": False, "error": str(error.strerror or error)}
    with contextlib.suppress(OSError):
        os.write(order["report_to"], json.dumps(result).encode())
