"""The rung of sibling containers, with a real engine: what attacks it gets nothing, what is honest notices nothing."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from healer.adapters.sandbox import Network, Order, execute
from healer.adapters.sandboxes.containers.creation import LABEL
from healer.adapters.sandboxes.containers.rung import image_sandbox
from healer.errors import ImageUnavailable, SandboxError
from tests.adapters.sandboxes.engine import IMAGE
from tests.adapters.sandboxes.offered import CANARY, ENGINE, LONG, ROOT
from tests.adapters.sandboxes.test_limits import FLOODS, HOLD, SMALL
from tests.adapters.sandboxes.test_surviving import LASTING, LEAVING, MARK, survivors
from tests.adapters.sandboxes.world import forget
from tests.container.loosening import loosened
from tests.container.shop import check_out, push_history
from tests.container.test_action import failed_run
from tests.forge import git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from healer.adapters.sandboxes.containers.rung import ImageSandbox
    from tests.container.conftest import RunAction
    from tests.forge import Forge

pytestmark = pytest.mark.container

KNOWN = {"limit_the_supervisor"} | ({"read_the_record"} if os.geteuid() else set())
"""The parent of a container's processes is a process of that container: who limits it limits himself.

Without root, tests run as this user: a line taken out of the record makes a run incomplete, never green.
"""
BARE = """\
FROM python:3.12-slim
RUN rm -f /usr/local/bin/python* /usr/bin/python*
ENV FROM_THE_IMAGE=1
VOLUME /data
HEALTHCHECK CMD false
ENTRYPOINT ["/bin/false"]
"""


def start(order: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start an engine of ours that carries out an order in a container."""
    environment = {"CANARY": CANARY, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    environment["DOCKER_HOST"] = os.environ["DOCKER_HOST"]
    return subprocess.Popen(
        [sys.executable, "-B", str(ENGINE), "container", json.dumps(order)], env=environment, cwd="/",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run(**order: Any) -> dict[str, Any]:
    with start(order) as engine:
        told, complaint = engine.communicate(timeout=LONG)
    assert engine.returncode == 0, complaint.decode()
    found: dict[str, Any] = json.loads(told)
    return found


def outcomes(told: dict[str, Any]) -> dict[str, Any]:
    assert told["exit"] == 0, told["output"]
    found: dict[str, Any] = json.loads(told["output"].splitlines()[-1])
    return found


def containers() -> list[str]:
    """Return the containers that are ours, running or not."""
    command = ["docker", "ps", "--all", "--quiet", "--filter", f"label={LABEL}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def volumes() -> list[str]:
    command = ["docker", "volume", "ls", "--quiet"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


@pytest.fixture(scope="module")
def bare(gateway: str) -> Iterator[str]:
    """Build an image without a Python, and with everything that an image can ask for."""
    assert gateway
    name = "self-heal-test-bare:1"
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", name, "-"], input=BARE.encode(), check=True, capture_output=True
    )
    yield name
    subprocess.run(["docker", "image", "rm", "--no-prune", name], check=False, capture_output=True)


def opened(image: str, folder: Path, network: Network | None = None) -> Any:
    environment = {"DOCKER_HOST": os.environ["DOCKER_HOST"]}
    return image_sandbox(image, environment, [folder], lambda *_: None, network=network)


def said(box: ImageSandbox, script: str, **options: Any) -> str:
    """Return what a shell script says in a container."""
    ended = execute(Order(("sh", "-c", script), Path("/"), {"PATH": box.image.path}, 60.0, **options), box.isolation)
    assert ended.exit_code == 0, ended.output
    return ended.output


@pytest.mark.parametrize("network", ["full", "loopback", "none"])
def test_hostile_programs_get_nothing(gateway: str, network: str) -> None:
    assert gateway
    told = run(program="hostile.py", network=network)
    found = outcomes(told)
    assert len(found) > 80
    assert {name for name, value in found.items() if value} - KNOWN == set()
    assert told["harm"] == {}
    assert containers() == []


def test_honest_programs_notice_nothing(gateway: str) -> None:
    assert gateway
    found = outcomes(run(program="benign.py", attacked=False))
    assert len(found) > 40
    assert {name: value for name, value in found.items() if not value or "raised" in str(value)} == {}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_ends_at_its_limit(gateway: str, flood: str) -> None:
    assert gateway
    limit, program = FLOODS[flood]
    told = run(code=program + HOLD, limits=SMALL, seconds=60.0)
    assert told["limit"] == limit, told["output"]
    assert told["exit"] == -signal.SIGKILL
    assert told["harm"] == {}


@pytest.mark.parametrize("end", ["", "\nwhile True: signal.pause()"], ids=["at its end", "at its deadline"])
def test_no_process_outlasts_its_run(gateway: str, end: str) -> None:
    assert gateway
    mark = f"{MARK}-{os.getpid()}"
    told = run(code=LASTING.replace(MARK, mark) + end, seconds=3.0 if end else 60.0)
    assert told["exit"] == (None if end else 0), told["output"]
    assert survivors(mark) == []
    assert containers() == []


def test_nothing_is_left_for_the_next_run(gateway: str) -> None:
    assert gateway
    mark = f"{MARK}-{os.getpid()}"
    assert run(code=LEAVING.replace(MARK, mark))["exit"] == 0
    places = [Path(place) for place in ("/tmp", "/var/tmp", "/dev/shm")]  # noqa: S108 - looked at
    assert [path for place in places for path in place.glob(f"{mark}-*")] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_cancelled_run_leaves_no_container(gateway: str, number: signal.Signals) -> None:
    assert gateway
    mark = f"{MARK}-{os.getpid()}-{number.value}"
    with start({"code": LASTING.replace(MARK, mark) + "\nsignal.pause()", "seconds": 600.0}) as engine:
        while len(survivors(mark)) < 5 and engine.poll() is None:
            select.select([], [], [], 0.05)
        engine.send_signal(number)
        engine.communicate(timeout=LONG)
    deadline = time.monotonic() + LONG
    while (survivors(mark) or containers()) and time.monotonic() < deadline:  # after SIGKILL, nobody waits for them
        select.select([], [], [], 0.05)
    forget(engine.pid)
    assert survivors(mark) == []
    assert containers() == []


def test_a_container_whose_keeper_is_killed_is_taken_away_all_the_same(gateway: str) -> None:
    assert gateway
    mark = f"{MARK}-{os.getpid()}-keeper"
    with start({"code": LASTING.replace(MARK, mark) + "\nsignal.pause()", "seconds": 600.0}) as engine:
        while len(survivors(mark)) < 5 and engine.poll() is None:
            select.select([], [], [], 0.05)
        [keeper] = Path(f"/proc/{engine.pid}/task/{engine.pid}/children").read_text("ascii").split()
        os.kill(int(keeper), signal.SIGKILL)
        told, complaint = engine.communicate(timeout=LONG)
    assert engine.returncode == 0, complaint.decode()
    assert json.loads(told)["exit"] == -signal.SIGKILL
    assert survivors(mark) == []
    assert containers() == []


def test_what_a_dead_owner_left_is_taken_away_by_the_next_start(gateway: str, tmp_path: Path) -> None:
    assert gateway
    boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    here = f"{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    dead = (f"process {here} {os.getpid()} 1", "process another-start/1 1 1", f"container {'0' * 64}")
    living = ("process", "unreadable", f"process {boot}/1 1 1")
    made = {
        label: subprocess.run(
            ["docker", "create", "--label", f"{LABEL}={label}", IMAGE, "true"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()[:12]
        for label in (*dead, *living)
    }
    try:
        with opened(IMAGE, tmp_path):
            assert set(containers()) == {made[label] for label in living}
    finally:
        subprocess.run(["docker", "rm", "--force", *made.values()], check=False, capture_output=True)


def test_an_image_without_python_is_probed_by_its_shell_and_asks_for_nothing(bare: str, tmp_path: Path) -> None:
    before = volumes()
    with opened(bare, tmp_path) as box:
        assert box.machine.interpreters == ()
        told = said(box, "echo $FROM_THE_IMAGE; id -u; : > /data/new && echo in memory; env")
    assert told.splitlines()[0] == "1"
    assert "in memory" in told
    assert told.splitlines()[1] != "0"
    assert "DOCKER_HOST" not in told
    assert volumes() == before


def test_a_user_of_a_run_has_a_name_in_the_image(gateway: str, tmp_path: Path) -> None:
    assert gateway
    with opened(IMAGE, tmp_path) as box:
        assert said(box, "whoami").startswith(("tests", "root") if os.geteuid() else "tests")


def test_the_network_is_the_containers_own_unless_all_of_it_is_asked_for(gateway: str, tmp_path: Path) -> None:
    assert gateway
    look = "cat /proc/net/dev | grep -c eth0 || true"
    with opened(IMAGE, tmp_path) as box:
        assert said(box, look).strip() == "0"
        assert said(box, look, network=Network.FULL).strip() == "1"
    with opened(IMAGE, tmp_path, Network.FULL) as box:
        assert said(box, look).strip() == "1"
        assert "this machine's own services in reach" in box.isolation.sentence


def test_a_program_that_the_image_lacks_is_named(gateway: str, tmp_path: Path) -> None:
    assert gateway
    with (
        opened(IMAGE, tmp_path) as box,
        pytest.raises(Exception, match="no-such-program: the image has no such program"),
    ):
        execute(Order(("no-such-program",), Path("/"), {}, 60.0), box.isolation)


def test_an_image_that_cannot_be_had_says_why(gateway: str, tmp_path: Path) -> None:
    assert gateway
    with pytest.raises(ImageUnavailable, match=r"127\.0\.0\.1:1/no/such:image cannot be had: .*connection refused"):
        opened("127.0.0.1:1/no/such:image", tmp_path).__enter__()


def test_a_probe_that_gets_through_means_no_run(gateway: str, tmp_path: Path) -> None:
    """An image whose shell lies is not believed."""
    assert gateway
    name = "self-heal-test-lying:1"
    text = f'FROM {IMAGE}\nRUN ["/bin/cp", "--remove-destination", "/bin/true", "/bin/sh"]\n'
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", name, "-"], input=text.encode(), check=True, capture_output=True
    )
    try:
        with pytest.raises(SandboxError, match="a probe inside could not even answer"):
            opened(name, tmp_path).__enter__()
    finally:
        subprocess.run(["docker", "image", "rm", "--no-prune", name], check=False, capture_output=True)


UNITTESTS = """\
import os
import sys
import unittest

from shop.cart import is_free_of_charge


class Cart(unittest.TestCase):
    def test_free(self):
        self.assertTrue(is_free_of_charge(50, 50))

    def test_it_runs_in_the_image_and_sees_nothing_of_the_job(self):
        self.assertFalse(os.path.exists("/opt/self-heal"))
        self.assertEqual(os.listdir("/github"), ["runner_temp"])
        self.assertEqual(len(os.listdir("/github/runner_temp")), 1)
        self.assertFalse(os.path.exists("/var/run/docker.sock"))
        self.assertNotEqual(os.getuid(), 0)
        self.assertFalse([name for name in os.environ if name.startswith(("INPUT_", "GITHUB_", "ACTIONS_"))])

    def test_what_was_set_up_is_there_and_cannot_be_changed(self):
        import installed

        self.assertEqual(installed.answer, 42)
        self.assertRaises(OSError, open, installed.__file__, "a")
        self.assertRaises(OSError, open, os.path.join(sys.prefix, "new"), "w")
"""
SET_UP = 'echo "answer = 42" > "$VIRTUAL_ENV/lib/python3.12/site-packages/installed.py"'


def test_the_action_runs_a_suite_in_a_sibling_container(run_action: RunAction, forge: Forge, tmp_path: Path) -> None:
    source = push_history(tmp_path / "source", "return amount >=", "return amount >")
    shutil.rmtree(source / "tests")
    (source / "tests").mkdir()
    (source / "tests" / "__init__.py").touch()
    (source / "tests" / "test_in_image.py").write_text(UNITTESTS, encoding="utf-8")
    git("add", "--all", ".", cwd=source)
    git("commit", "--quiet", "--message", "Test by unittest", cwd=source)
    forge.add_repository("octo/shop", source)
    workspace = check_out(forge, "octo/shop", tmp_path / "workspace")

    done = run_action(
        workspace, event=failed_run(forge), forge=forge, test_image=IMAGE,
        setup_command=SET_UP, test_command="python -m unittest -q", deliver="summary",
    )  # fmt: skip

    assert done.outputs.get("outcome") == "fixed", done.log
    assert "3 test cases: 2 passed, 1 failing" in done.log
    assert "tests run in a container for each run" in done.log
    assert containers() == []


RUN_SH = """\
#!/bin/sh
. ./cart.sh
failed=""
[ "$(total 1 2)" = 3 ] || failed="<failure message='total 1 2 is not 3'>run.sh:4</failure>"
command -v python3 && failed="<failure message='there is a Python'/>"
printf '<testsuite name="shop"><testcase classname="shop" name="total">%s</testcase></testsuite>' "$failed" > junit.xml
[ -z "$failed" ]
"""


def test_a_suite_of_another_language_is_graded_by_its_fresh_report(bare: str, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    git("init", "--quiet", "--initial-branch=main", str(checkout))
    (checkout / "run.sh").write_text(RUN_SH, encoding="utf-8")
    for sign, message in (("+", "Add the shop"), ("-", "Tidy up")):
        (checkout / "cart.sh").write_text(f"total() {{\n  echo $(($1 {sign} $2))\n}}\n", encoding="utf-8")
        git("add", ".", cwd=checkout)
        git("commit", "--quiet", "--message", message, cwd=checkout)
    environment = {name: os.environ[name] for name in ("DOCKER_HOST", "PATH")}

    done = subprocess.run(
        [sys.executable, "-m", "healer", "run", f"--test-image={bare}", "--report=junit.xml", "--deliver=summary",
         "--format=json", "--", "sh", "run.sh"],
        cwd=checkout, env=environment | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert json.loads(done.stdout)["outcome"] == "fixed", done.stderr
    assert "by its report" in done.stderr or "by the runner's report" in done.stderr
    assert containers() == []


def host(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda document: document["HostConfig"].update(changes)


@pytest.mark.parametrize(
    ("alter", "could"),
    [
        pytest.param(host(NetworkMode="default"), "reach a network", id="network"),
        pytest.param(host(NetworkMode="host"), "share the net namespace of self-heal", id="network of the machine"),
        pytest.param(host(PidMode="host"), "share the pid namespace of self-heal", id="processes of the machine"),
        pytest.param(host(IpcMode="host"), "share the ipc namespace of self-heal", id="memory of the machine"),
        pytest.param(host(SecurityOpt=["no-new-privileges", "seccomp=unconfined"]), "make any system call", id="calls"),
        pytest.param(host(SecurityOpt=["no-new-privileges"]), "call ptrace", id="the engine's own filter"),
        pytest.param(host(SecurityOpt=[]), "gain privileges by starting programs", id="privileges"),
        pytest.param(host(CapDrop=[]), "use capabilities", id="capabilities"),
        pytest.param(host(ReadonlyRootfs=False), "write into the image", id="the image"),
        pytest.param(
            host(Binds=["/var/lib:/var/lib", "/srv:/srv", "/home:/home"]), "outside its own folders", id="files"
        ),
        pytest.param(lambda document: document.update(User="0:0"), "run as root", id="root"),
        pytest.param(lambda document: document["Env"].append("TOKEN=x"), "nobody gave it (TOKEN)", id="variables"),
    ],
)
@pytest.mark.parametrize("with_python", [True, False], ids=["probed by Python too", "probed by the shell"])
def test_an_engine_that_gives_more_than_it_is_asked_for_is_not_used(
    bare: str, tmp_path: Path, alter: Callable[[dict[str, Any]], object], could: str, with_python: bool  # noqa: FBT001 - a table's column
) -> None:  # fmt: skip
    if not with_python and could == "call ptrace":
        return  # a shell makes no such call
    real = os.environ["DOCKER_HOST"].removeprefix("unix://")
    (tmp_path / "runs").mkdir()
    with loosened(real, tmp_path, alter) as address:
        environment = {"DOCKER_HOST": f"unix://{address}"}
        box = image_sandbox(IMAGE if with_python else bare, environment, [tmp_path / "runs"], lambda *_: None)
        with pytest.raises(SandboxError, match="a probe inside could") as raised:
            box.__enter__()
    assert could in raised.value.sentence
    assert containers() == []
    assert list((tmp_path / "runs").iterdir()) == []
