"""What tries to outlast its run does not, and an engine that ends, however it does, takes its run with it."""

from __future__ import annotations

import os
import select
import signal
import tempfile
import time
from pathlib import Path

import pytest

from healer.adapters.sandbox import Level
from tests.adapters.sandboxes.offered import LONG, Offer, available, on_every_rung
from tests.adapters.sandboxes.world import forget

MARK = "self-heal-survivor"
LASTING = """
import signal, subprocess
def detached(*command): subprocess.Popen(command, start_new_session=True)
for _ in range(3): detached("sh", "-c", "while :; do sleep 9; done", "MARK")
detached("sh", "-c", "trap '' TERM HUP INT; kill -STOP $$; sleep 9", "MARK")
detached("sh", "-c", "exec 0<&- 1>&- 2>&-; while :; do sleep 9; done", "MARK")
detached("setsid", "sh", "-c", "(while :; do sleep 9; done) & (while :; do sleep 9; done) &", "MARK")
""".replace("MARK", MARK)
LEAVING = """
import ctypes, os
libc = ctypes.CDLL(None)
for folder in ("/tmp", "/var/tmp", "/dev/shm"):
    try: open(folder + "/MARK-%d" % os.getuid(), "w").close()
    except OSError: pass
libc.shmget(0x5e1f, 4096, 0o1666)
libc.semget(0x5e1f, 1, 0o1666)
libc.msgget(0x5e1f, 0o1666)
os.mkdir("deep")
for _ in range(1500):
    os.mkdir("deep/d") if os.getcwd().count("/d") == 0 else os.mkdir("d")
    os.chdir("deep/d" if os.getcwd().count("/d") == 0 else "d")
os.chmod(".", 0)
""".replace("MARK", MARK)


def survivors(mark: str) -> list[str]:
    """Return the processes that were called with a mark."""
    found = []
    for process in Path("/proc").glob("[1-9]*"):
        try:
            if mark.encode() in (process / "cmdline").read_bytes():
                found.append(process.name)
        except OSError:
            continue
    return found


@pytest.mark.parametrize("end", ["", "\nwhile True: signal.pause()"], ids=["at its end", "at its deadline"])
@on_every_rung()
def test_no_process_outlasts_its_run(offer: Offer, end: str) -> None:
    mark = f"{MARK}-{os.getpid()}"
    told = available(offer).run(code=LASTING.replace(MARK, mark) + end, seconds=2.0 if end else 60.0)
    assert told["exit"] == (None if end else 0), told["output"]
    assert survivors(mark) == []


@on_every_rung()
def test_nothing_is_left_for_the_next_run(offer: Offer) -> None:
    mark = f"{MARK}-{os.getpid()}"
    told = available(offer).run(code=LEAVING.replace(MARK, mark))
    assert told["exit"] == 0, told["output"]
    kinds = [Path("/proc/sysvipc") / kind for kind in ("shm", "sem", "msg")]
    assert [kind.name for kind in kinds if f" {0x5E1F} " in f" {kind.read_text('ascii')} "] == []
    left = [path for place in ("/tmp", "/var/tmp") for path in Path(place).glob(f"{mark}-*")]  # noqa: S108 - looked at
    assert left == []
    for path in Path("/dev/shm").glob(f"{mark}-*"):  # noqa: S108 - where tests of this user share what this user has
        assert offer.level is Level.LANDLOCK
        path.unlink()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@on_every_rung()
def test_a_cancelled_run_leaves_no_process(offer: Offer, number: signal.Signals) -> None:
    mark = f"{MARK}-{os.getpid()}-{number.value}"
    code = LASTING.replace(MARK, mark) + "\nprint('ready', flush=True)\nopen('ready', 'w').close()\nsignal.pause()"
    with available(offer).start({"code": code, "seconds": 600.0}) as engine:
        while len(survivors(mark)) < 5 and engine.poll() is None:
            select.select([], [], [], 0.05)
        engine.send_signal(number)
        engine.communicate(timeout=LONG)
    if number is not signal.SIGKILL:
        assert list(Path(tempfile.gettempdir()).glob(f"self-heal-test-{engine.pid}-*")) == []
    deadline = time.monotonic() + LONG
    while survivors(mark) and time.monotonic() < deadline:  # after SIGKILL, nobody waits for them
        select.select([], [], [], 0.05)
    forget(engine.pid)
    assert survivors(mark) == []
