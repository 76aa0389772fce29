"""Untrusted programs: run to their end or deadline, with nothing that they were not given, and nothing left of them."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from healer.adapters.folders import (
    closed_to_others,
    hand_over,
    make_channel,
    reachable_by_others,
    surroundings,
    take_away,
    take_back,
)
from healer.adapters.sandbox import Limits, Order, execute
from healer.errors import SuiteError
from tests.adapters.outsider import NONE, STRICT, has_landlock
from tests.projects import snapshot, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.adapters.sandbox import Execution

LONG = 60.0


def run(program: str, folder: Path, *, seconds: float = LONG, **order: Any) -> Execution:
    """Run a Python program without isolation."""
    argv = (sys.executable, "-I", "-S", "-c", textwrap.dedent(program))
    return execute(Order(argv, folder, order.pop("environment", {}), seconds, **order), NONE)


def is_gone(process: int) -> bool:
    """Whether a process has ended, if only just."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in "ZX"


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("pass", 0),
        ("raise SystemExit(3)", 3),
        ("raise SystemExit(255)", 255),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
        ("os.abort()", -signal.SIGABRT),
    ],
)
def test_how_a_command_ended_is_told(tmp_path: Path, end: str, code: int) -> None:
    ended = run(f"import os, signal\nprint('said', flush=True)\n{end}", tmp_path)
    assert (ended.exit_code, ended.output) == (code, "said\n")


def test_both_streams_arrive_in_order(tmp_path: Path) -> None:
    ended = run("import os\nfor n in range(5): os.write(1 + n % 2, b'%d\\n' % n)", tmp_path)
    assert ended.output == "0\n1\n2\n3\n4\n"


def test_output_that_is_not_utf_8_is_replaced(tmp_path: Path) -> None:
    assert run(r"import os; os.write(1, b'caf\xe9\n')", tmp_path).output == "caf\N{REPLACEMENT CHARACTER}\n"


def test_the_environment_is_exactly_the_one_ordered(tmp_path: Path) -> None:
    environment = {"ONLY": "this", "ODD": "th\xe4t = \n"}
    ended = execute(Order(("/usr/bin/env", "-0"), tmp_path, environment, LONG), NONE)
    assert dict(line.split("=", 1) for line in ended.output.split("\0")[:-1]) == environment


def test_a_command_starts_with_nothing_of_ours(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    for descriptor in (reader, writer):
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - its signature
    program = """
        import json, os, resource, signal, sys
        held = [int(name) for name in os.listdir("/proc/self/fd")]
        held = [number for number in held if os.path.exists("/proc/self/fd/%d" % number)]
        print(json.dumps({
            "descriptors": sorted(held),
            "input": sys.stdin.read(),
            "leads its session": os.getsid(0) == os.getpid(),
            "cwd": os.getcwd(),
            "umask": os.umask(0),
            "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
            "ignored": [int(n) for n in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) != signal.SIG_DFL],
            "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        }))
    """
    try:
        found = json.loads(run(program, tmp_path).output)
    finally:
        os.close(reader)
        os.close(writer)
    assert found == {
        "descriptors": [0, 1, 2],
        "input": "",
        "leads its session": True,
        "cwd": str(tmp_path),
        "umask": 0o022,
        "blocked": 0,
        "ignored": [],
        "core": 0,
    }


def test_this_process_keeps_what_it_had_and_no_more(tmp_path: Path) -> None:
    before = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208 - of a process
    run("pass", tmp_path)
    with pytest.raises(SuiteError):
        execute(Order(("/nowhere/pytest",), tmp_path, {}, LONG), NONE)
    with pytest.raises(FileNotFoundError):
        run("pass", tmp_path, channel=tmp_path / "missing")
    assert sorted(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - of a process


@pytest.mark.parametrize("content", [None, "#!/bin/sh\n", "no program\n", "#!/nowhere/python\n"])
def test_a_program_that_cannot_be_started_is_told_in_a_sentence(tmp_path: Path, content: str | None) -> None:
    program = tmp_path / "tool"
    if content is not None:
        program.write_text(content, encoding="utf-8")
        program.chmod(0o644 if content.startswith("#!/bin") else 0o755)
    why = {None: "No such file", "#!/bin/sh\n": "Permission denied", "no program\n": "Exec format"}
    expected = rf"the test command could not be started: .*tool: {why.get(content, 'No such file')}.*; check that it is"
    with pytest.raises(SuiteError, match=expected) as refused:
        execute(Order((str(program),), tmp_path, {}, LONG), NONE)
    assert refused.value.code == "suite_not_started"


def test_a_folder_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="No such file or directory"):
        run("pass", tmp_path / "missing")


@pytest.mark.parametrize(
    "program",
    [
        "signal.pause()",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()",
        "os.kill(os.getpid(), signal.SIGSTOP)",
        "os.close(1); os.close(2); signal.pause()",
        "while True: os.write(1, b'x' * 65536)",
        "while True: os.fork() or os._exit(0)",
    ],
    ids=["waiting", "immune to SIGTERM", "stopped", "silent", "flooding", "ever another process"],
)
def test_a_command_that_does_not_end_is_ended(tmp_path: Path, program: str) -> None:
    unlimited = Limits(processes=1_000_000)  # so that nothing but the deadline ends it
    started = f"import os, signal\nos.write(1, b'%d\\n' % os.getpid())\n{program}"
    ended = run(started, tmp_path, seconds=0.3, limits=unlimited)
    assert ended.exit_code is None
    assert is_gone(int(ended.output.split()[0]))


def test_a_daemon_that_holds_the_output_is_found_and_ended(tmp_path: Path) -> None:
    program = """
        import os, signal
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for number in range(1, 65):
                    try: signal.signal(number, signal.SIG_IGN)
                    except (OSError, ValueError): pass
                print(os.getpid(), flush=True)
                os.write(writer, b"x")
                while True: signal.pause()
            os._exit(0)
        os.read(reader, 1)
        os._exit(7)
    """
    ended = run(program, tmp_path)
    assert ended.exit_code == 7
    assert is_gone(int(ended.output))


def test_a_storm_of_forks_leaves_no_process(tmp_path: Path) -> None:
    isolation = STRICT if os.geteuid() == 0 and has_landlock() else NONE
    tmp_path.chmod(0o755)
    storm = "for n in $(seq 60); do (while :; do sleep 86421 & sleep 86421; done) & done; wait"
    ended = execute(Order(("/bin/sh", "-c", storm), Path("/"), {"PATH": "/usr/bin:/bin"}, 1.5), isolation)
    assert ended.exit_code is None
    assert [process.name for process in Path("/proc").glob("[1-9]*") if b"86421" in command_line(process.name)] == []


def command_line(process: str) -> bytes:
    """Return how a process was called, or nothing when it has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def test_of_a_flood_the_beginning_and_the_end_are_kept(tmp_path: Path) -> None:
    program = (
        "import os; os.write(1, b'first\\n'); [os.write(1, b'x' * 2**16) for _ in range(100)]; os.write(1, b'last')"
    )
    output = run(program, tmp_path).output
    assert output.startswith("first\nxxx")
    assert output.endswith("xxxlast")
    assert "\n[... " in output
    assert len(output) < 2 * 1024 * 1024


def test_a_short_output_is_whole(tmp_path: Path) -> None:
    size = (256 + 1024) * 1024
    assert run(f"import os, sys; sys.stdout.write('x' * {size})", tmp_path).output == "x" * size


def test_a_record_travels_beside_the_output(tmp_path: Path) -> None:
    channel = tmp_path / "record"
    make_channel(channel, NONE)
    program = f"import os; os.write(os.open({str(channel)!r}, os.O_WRONLY), b'line\\n' * 50000); print('said')"
    ended = run(program, tmp_path, channel=channel)
    assert (ended.output, ended.record, ended.record_complete) == ("said\n", b"line\n" * 50000, True)


def test_a_record_that_nobody_writes_is_empty_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    make_channel(tmp_path / "record", NONE)
    assert run("pass", tmp_path, channel=tmp_path / "record").record == b""


def test_a_channel_is_for_its_reader_alone(tmp_path: Path) -> None:
    make_channel(tmp_path / "own", NONE)
    assert oct((tmp_path / "own").stat().st_mode) == "0o10600"
    make_channel(tmp_path / "other", STRICT)
    assert oct((tmp_path / "other").stat().st_mode) == "0o10622"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """Start a process that runs a command; yield it with the ids of what this started."""
    inner = (
        "import os, signal; os.fork(); signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        f"os.write(os.open({str(tmp_path / 'channel')!r}, os.O_WRONLY), b'%d ' % os.getpid()); signal.pause()"
    )
    program = f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parents[2])!r})
        from pathlib import Path
        from healer.adapters.sandbox import Isolation, Order, execute
        inner = {inner!r}
        argv = (sys.executable, "-I", "-S", "-c", inner)
        try:
            execute(Order(argv, Path("/"), {{}}, 600.0), Isolation(own_user=False, confined=False, sentence=""))
        except KeyboardInterrupt:
            sys.exit(130)
    """
    os.mkfifo(tmp_path / "channel")
    channel = os.open(tmp_path / "channel", os.O_RDWR | os.O_NONBLOCK)
    with subprocess.Popen([sys.executable, "-B", "-c", textwrap.dedent(program)], start_new_session=True) as process:
        told = b""
        while told.count(b" ") < 2:
            assert select.select([channel], [], [], LONG)[0]
            told += os.read(channel, 99)
        yield process, [int(number) for number in told.split()]
        process.kill()
    os.close(channel)


def wait_until_gone(process: int) -> None:
    """Wait for the end of a process that is no child of ours."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return
    assert select.select([handle], [], [], LONG)[0]
    os.close(handle)


def test_an_interruption_leaves_no_process(engine: tuple[subprocess.Popen[bytes], list[int]]) -> None:
    process, started = engine
    process.send_signal(signal.SIGINT)
    assert process.wait(LONG) == 130
    assert all(map(is_gone, started))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_the_sudden_death_of_the_engine_leaves_no_process(
    engine: tuple[subprocess.Popen[bytes], list[int]], number: signal.Signals
) -> None:
    process, started = engine
    process.send_signal(number)
    for pid in started:
        wait_until_gone(pid)
    assert process.wait(LONG) == -number


def test_a_command_that_kills_its_supervisor_dies_with_it(tmp_path: Path) -> None:
    program = (
        "import os, signal; os.write(1, b'%d\\n' % os.getpid()); os.kill(os.getppid(), signal.SIGKILL); signal.pause()"
    )
    ended = run(program, tmp_path)
    assert ended.exit_code == -signal.SIGKILL
    wait_until_gone(int(ended.output))


def test_handing_over_changes_owners_and_never_what_links_point_at(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").touch()
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "file").touch()
    (folder / "to-folder").symlink_to(outside)
    (folder / "to-file").symlink_to(outside / "file")
    (folder / "to-nothing").symlink_to("/nowhere")
    wanted = STRICT if os.geteuid() == 0 else NONE
    hand_over(folder, wanted)
    owners = {path.lstat().st_uid for path in (folder, *folder.rglob("*"))}
    assert len(owners) == 1
    assert owners != {os.geteuid()} if wanted.own_user else owners == {os.geteuid()}
    assert {path.lstat().st_uid for path in (outside, outside / "file")} == {os.geteuid()}


def test_what_tests_locked_is_taken_away_all_the_same(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o500)
    (tmp_path / "run" / "locked" / "deep").mkdir(parents=True)
    (tmp_path / "run" / "locked" / "deep" / "file").touch()
    (tmp_path / "run" / "locked" / "link").symlink_to(outside)
    for folder in ("run/locked/deep", "run/locked", "run"):
        (tmp_path / folder).chmod(0)
    take_away(tmp_path / "run")
    take_away(tmp_path / "never-was")
    assert snapshot(tmp_path) == {"outside": ("0o40500", None)}


def test_what_is_taken_back_can_be_read_by_the_command_and_not_changed(tmp_path: Path) -> None:
    isolation = STRICT if os.geteuid() == 0 else NONE
    folder = tmp_path / "environment"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "tool").write_text("#!/bin/sh\n", encoding="utf-8")
    (folder / "bin" / "tool").chmod(0o700)
    (folder / "bin" / "link").symlink_to("/etc/hostname")
    before = Path("/etc/hostname").stat()
    hand_over(folder, isolation)
    take_back(folder, isolation)
    assert {path.lstat().st_uid for path in (folder, *folder.rglob("*"))} == {os.geteuid()}
    assert Path("/etc/hostname").stat().st_uid == before.st_uid
    if isolation.own_user:
        assert (folder / "bin" / "tool").stat().st_mode & 0o777 == 0o755


def test_a_folder_deeper_than_any_recursion_is_taken_away(tmp_path: Path) -> None:
    program = "import os\nfor _ in range(3000):\n    os.mkdir('d')\n    os.chdir('d')\n"
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    take_away(tmp_path / "d")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("is_copy", [False, True], ids=["a link to its base", "a copy that names its base"])
def test_surroundings_are_an_installation_and_its_base(tmp_path: Path, *, is_copy: bool) -> None:
    for name in ("base/bin/python3", "base/lib/python3.12/os.py", "venv/lib/python3.12/site-packages/x.py"):
        write(tmp_path / name, "")
    write(tmp_path / "venv/pyvenv.cfg", f"home = {tmp_path}/base/bin\nversion = 3.12.1\n")
    write(tmp_path / "venv/bin/pytest", "")
    if is_copy:
        write(tmp_path / "venv/bin/python", "")
    else:
        (tmp_path / "venv/bin/python").symlink_to(tmp_path / "base/bin/python3")
    for program in ("python", "pytest"):
        assert set(surroundings(tmp_path / "venv/bin" / program)) == {tmp_path / "base", tmp_path / "venv"}


def test_an_environment_that_names_somebody_s_home_as_its_base_does_not_open_it(tmp_path: Path) -> None:
    for name in ("home/bin/python3", "home/lib/x", "venv/bin/pytest", "venv/lib/x"):
        write(tmp_path / name, "")
    write(tmp_path / "venv/pyvenv.cfg", f"home = {tmp_path}/home/bin\n")
    assert surroundings(tmp_path / "venv/bin/pytest") == (tmp_path / "venv",)


def test_surroundings_of_a_tool_below_node_modules_are_all_modules(tmp_path: Path) -> None:
    (tmp_path / "node_modules/.bin").mkdir(parents=True)
    (tmp_path / "node_modules/jest/bin").mkdir(parents=True)
    (tmp_path / "node_modules/jest/bin/jest.js").touch()
    (tmp_path / "node_modules/.bin/jest").symlink_to("../jest/bin/jest.js")
    assert tmp_path / "node_modules" in surroundings(tmp_path / "node_modules/.bin/jest")


@pytest.mark.parametrize("program", ["/bin/sh", "/entrypoint", "/root/run", "/home/somebody/run", "/srv/bin/run"])
def test_surroundings_are_never_everything_or_a_home(program: str) -> None:
    granted = {str(path) for path in surroundings(Path(program))}
    assert granted.isdisjoint({"/", "/root", "/home", "/home/somebody", "/srv"})


def test_a_program_is_reachable_when_all_above_it_is_open(tmp_path: Path) -> None:
    assert reachable_by_others(Path("/usr/bin/env"))
    assert not reachable_by_others(tmp_path / "missing")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "tool").touch(mode=0o755)
    assert not reachable_by_others(closed / "tool")
    assert closed_to_others(closed / "tool") == next(
        p for p in (*reversed(closed.parents), closed) if not p.stat().st_mode & 1
    )
    (tmp_path / "link").symlink_to(closed / "tool")
    assert not reachable_by_others(tmp_path / "link")
