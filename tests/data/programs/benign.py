"""What honest tests do: each returns something true, on every rung of the ladder."""

import asyncio
import concurrent.futures
import ctypes
import fcntl
import getpass
import locale
import mmap
import multiprocessing
import multiprocessing.shared_memory
import os
import pathlib
import pty
import pwd
import resource
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time


def use_server_on_localhost(facts):
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: socket.create_connection(server.getsockname()).sendall(b"hello")).start()
        client, _ = server.accept()
        with client:
            return client.recv(5) == b"hello"


def use_localhost_by_name(facts):
    with socket.create_server(("localhost", 0)) as server:
        return socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close() is None


def use_ipv6_on_localhost(facts):
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        return not facts["ipv6"]
    with server:
        return socket.create_connection(server.getsockname()[:2], timeout=5).close() is None


def use_datagrams(facts):
    one, two = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    one.bind(("127.0.0.1", 0))
    two.sendto(b"x", one.getsockname())
    return one.recv(1) == b"x"


def use_unix_sockets(facts):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("own.sock")
        server.listen()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect("own.sock")
            return server.accept()[0].close() is None


def use_abstract_sockets(facts):
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("\0self-heal-benign-%d" % os.getpid())
        server.listen()
        return client.connect(server.getsockname()) is None


def use_network_interfaces(facts):
    return socket.if_nameindex()


def use_temporary_files(facts):
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as file:
        file.write(b"x" * 100000)
        return pathlib.Path(folder, "new").write_text("x") == 1


def use_a_fixed_temporary_folder(facts):
    if facts["level"] == "landlock":
        return True  # this user's other programs keep their files there
    path = pathlib.Path("/tmp/self-heal-benign-%d" % os.getpid())
    path.write_text("x")
    return path.unlink() is None


def use_files_in_home(facts):
    place = pathlib.Path.home() / ".config" / "tool"
    place.mkdir(parents=True)
    (place / "settings.ini").write_text("x")
    return os.path.expanduser("~") == os.environ["HOME"]


def use_odd_names(facts):
    names = ["na\u00efve caf\u00e9 \u2713.txt", "new\nline", "-rf", "$(x)", "a" * 255, "\udcff", "tab\t", "'\""]
    for name in names:
        pathlib.Path("odd-" + name[:250]).write_text("x", errors="ignore")
    return len([name for name in os.listdir() if name.startswith("odd-")]) == len(names)


def use_subprocess(facts):
    done = subprocess.run([sys.executable, "-c", "print(input())"], input=b"x", stdout=subprocess.PIPE, check=True)
    return done.stdout == b"x\n"


def use_a_shell(facts):
    return subprocess.check_output("echo $((1 + 1)) | cat && uname > /dev/null", shell=True) == b"2\n"


def use_a_program_of_its_own(facts):
    path = pathlib.Path("tool")
    path.write_text("#!/bin/sh\necho own\n")
    path.chmod(0o755)
    return subprocess.check_output([os.path.abspath("tool")]) == b"own\n"


def use_fork_and_wait(facts):
    child = os.fork()
    if child == 0:
        os._exit(7)
    return os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 7


def use_multiprocessing(facts):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map(abs, [-1, 2]) == [1, 2]


def use_spawned_processes(facts):
    pathlib.Path("spawning.py").write_text(
        "import multiprocessing\n"
        "if __name__ == '__main__':\n"
        "    for method in ('spawn', 'forkserver'):\n"
        "        with multiprocessing.get_context(method).Pool(2) as pool: assert pool.map(abs, [-1]) == [1]\n"
        "    with multiprocessing.Manager() as manager: assert manager.list([1])[0] == 1\n"
    )
    return subprocess.run([sys.executable, "spawning.py"]).returncode == 0


def use_semaphores(facts):
    context = multiprocessing.get_context("fork")
    lock, queue = context.Lock(), context.Queue()
    process = context.Process(target=lambda: (lock.acquire(), queue.put(1)))
    process.start()
    return queue.get(timeout=10) == 1 and process.join() is None


def use_shared_memory(facts):
    shared = multiprocessing.shared_memory.SharedMemory(create=True, size=4096)
    shared.buf[0] = 1
    again = multiprocessing.shared_memory.SharedMemory(shared.name)
    found = again.buf[0]
    again.close()
    shared.close()
    shared.unlink()
    return found


def use_memory_maps(facts):
    with open("mapped", "w+b") as file:
        file.truncate(8192)
        with mmap.mmap(file.fileno(), 8192) as whole:
            whole[:4] = b"abcd"
        return file.read(4) == b"abcd"


def use_executable_memory(facts):
    return mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close() is None


def use_500_megabytes(facts):
    block = bytearray(500 * 1024 * 1024)
    block[::4096] = b"x" * len(range(0, len(block), 4096))
    time.sleep(0.3)  # as long as it takes to be measured
    return len(block)


def use_threads(facts):
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        return sum(pool.map(abs, range(500))) == 124750


def use_asyncio_subprocess(facts):
    async def main():
        process = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
        return (await process.communicate(b"x"))[0] == b"x"

    return asyncio.run(main())


def use_asyncio_servers(facts):
    async def main():
        async def answer(reader, writer):
            writer.write(await reader.read(1))
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"x")
        found = await reader.read(1)
        writer.close()
        server.close()
        return found == b"x"

    return asyncio.run(main())


def use_signals(facts):
    caught = []
    signal.signal(signal.SIGUSR1, lambda *_: caught.append(1))
    signal.signal(signal.SIGALRM, lambda *_: caught.append(2))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    os.kill(os.getpid(), signal.SIGUSR1)
    while len(caught) < 2:
        time.sleep(0.01)
    return sorted(caught) == [1, 2]


def use_signals_to_children(facts):
    child = subprocess.Popen(["sleep", "60"])
    child.terminate()
    return child.wait() == -signal.SIGTERM


def use_process_groups(facts):
    child = subprocess.Popen(["sh", "-c", "sleep 60 & sleep 60"], start_new_session=True)
    os.killpg(child.pid, signal.SIGKILL)
    return child.wait() == -signal.SIGKILL


def use_terminals(facts):
    child, master = pty.fork()
    if child == 0:
        os.execvp("sh", ["sh", "-c", "test -t 0 && echo terminal"])
    told = b""
    while b"terminal" not in told:
        told += os.read(master, 100)
    return os.waitpid(child, 0)[1] == 0


def use_sqlite(facts):
    with sqlite3.connect("own.db") as base:
        base.execute("pragma journal_mode = wal")
        base.execute("create table t (x)")
        base.execute("insert into t values (1)")
        return base.execute("select * from t").fetchall() == [(1,)]


def use_file_locks(facts):
    with open("locked", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        return fcntl.lockf(file, fcntl.LOCK_EX) is None


def use_links_and_modes(facts):
    pathlib.Path("origin").write_text("x")
    os.symlink("origin", "soft")
    os.link("origin", "hard")
    os.chmod("origin", 0o600)
    os.mkfifo("queue")
    os.utime("origin", (1, 1))
    os.rename("hard", "renamed")
    return os.stat("origin").st_nlink == 2


def use_a_read_only_checkout(facts):
    os.makedirs("checkout/deep")
    pathlib.Path("checkout/deep/file").write_text("x")
    for path in ("checkout/deep/file", "checkout/deep", "checkout"):
        os.chmod(path, 0o555)
    try:
        open("checkout/new", "w")
    except PermissionError:
        return pathlib.Path("checkout/deep/file").read_text() == "x"


def use_locale(facts):
    return locale.setlocale(locale.LC_ALL, "C.UTF-8") and "\u00e4".upper() == "\u00c4"


def use_time_zones(facts):
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    return time.localtime(0).tm_hour == 1 or not os.path.exists("/usr/share/zoneinfo/Europe/Berlin")


def use_large_output(facts):
    sys.stderr.write("x" * 3_000_000 + "\n")
    return True


def use_user_name(facts):
    os.environ.pop("USER", None)
    if not facts["named"]:
        return True  # told by the test
    return getpass.getuser() and pwd.getpwuid(os.getuid())


def use_random_numbers(facts):
    return len(os.urandom(16)) == len(open("/dev/urandom", "rb").read(16))


def use_null_device(facts):
    subprocess.run(["echo"], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=True)
    return open("/dev/null", "w").write("x")


def use_own_process_facts(facts):
    return pathlib.Path("/proc/self/status").read_text() and os.cpu_count() and os.getloadavg()


def use_own_limits(facts):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    return os.nice(1) and os.sched_setaffinity(0, os.sched_getaffinity(0)) is None


def use_anonymous_files(facts):
    descriptor = os.memfd_create("own")
    return os.write(descriptor, b"x") and ctypes.CDLL(None).getpid() == os.getpid()


def use_polling(facts):
    reader, writer = os.pipe()
    poll = select.epoll()
    poll.register(reader, select.EPOLLIN)
    os.write(writer, b"x")
    return poll.poll(1)


def use_big_trees(facts):
    for number in range(200):
        os.makedirs("tree/%d/deep" % number)
    shutil.copytree("tree", "copy")
    return shutil.rmtree("tree") is None


def use_xdist(facts):
    if not facts["packages"]:
        return True  # told by the test
    pathlib.Path("suite").mkdir()
    pathlib.Path("suite/test_it.py").write_text("import pytest\n@pytest.mark.parametrize('n', range(4))\ndef test_n(n): pass\n")
    environment = {**os.environ, "PYTHONPATH": facts["packages"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "xdist.plugin", "-n", "2", "-q", "--rootdir=suite", "suite"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return b"4 passed" in done.stdout or "raised: " + done.stdout.decode()
