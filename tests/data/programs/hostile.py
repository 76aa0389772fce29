"""What tests might try against the machine that runs them: each attempt returns something true when it got through.

The comment above each group names the kinds in the catalogue of attacks that it stands for.
"""

import array
import ctypes
import errno
import fcntl
import glob
import mmap
import os
import platform
import pty
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios

libc = ctypes.CDLL(None, use_errno=True)
ARM = platform.machine() in ("aarch64", "arm64")


def syscall(on_intel, on_arm, *arguments):
    passed = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(on_arm if ARM else on_intel), *passed)
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result


def passes(on_intel, on_arm, *arguments):
    """Whether a call gets past a filter: it then fails for its silly arguments."""
    try:
        syscall(on_intel, on_arm, *arguments)
    except OSError as error:
        return error.errno not in (errno.EPERM, errno.ENOSYS)
    return True


def content(path):
    with open(path, "rb") as stream:
        return stream.read(4096)


def others():
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]


# --- stealing: EX1, EX2, EX3, EX5, EX7


def attempt_own_environment(facts):
    return facts["canary"] in repr(dict(os.environ))


def attempt_environment_of_any_process(facts):
    for process in others():
        try:
            if facts["canary"].encode() in content("/proc/%d/environ" % process):
                return True
        except OSError:
            continue
    return False


def attempt_command_line_of_any_process(facts):
    for process in others():
        try:
            if facts["canary"].encode() in content("/proc/%d/cmdline" % process):
                return True
        except OSError:
            continue
    return False


def attempt_memory_of_the_engine(facts):
    with open("/proc/%d/maps" % facts["engine"]) as maps:
        start = int(next(line for line in maps if "rw-p" in line).split("-")[0], 16)
    with open("/proc/%d/mem" % facts["engine"], "rb") as memory:
        memory.seek(start)
        return len(memory.read(16))


def attempt_root_folder_of_the_engine(facts):
    return os.listdir("/proc/%d/root/" % facts["engine"]) and os.readlink("/proc/%d/exe" % facts["engine"])


def attempt_open_files_of_the_engine(facts):
    folder = "/proc/%d/fd/" % facts["engine"]
    return [os.readlink(folder + name) for name in os.listdir(folder)]


def attempt_inherited_descriptors(facts):
    held = [int(name) for name in os.listdir("/proc/self/fd")]
    return [number for number in held if number > 2 and facts["canary"] in os.readlink("/proc/self/fd/%d" % number)]


def attempt_credential_in_the_temporary_folder(facts):
    return [content(path) for path in glob.glob(facts["outside"] + "/git-credentials-*.config")]


def attempt_credential_by_its_path(facts):
    return content(facts["outside"] + "/git-credentials-1.config")


def attempt_credential_through_a_symbolic_link(facts):
    os.symlink(facts["outside"] + "/git-credentials-1.config", "link")
    return content("link")


def attempt_credential_through_a_hard_link(facts):
    os.link(facts["outside"] + "/git-credentials-1.config", "hard")
    return content("hard")


def attempt_credential_by_climbing(facts):
    return content("../" * 20 + facts["outside"] + "/git-credentials-1.config")


def attempt_credential_through_another_process(facts):
    for process in others():
        try:
            return content("/proc/%d/root%s/git-credentials-1.config" % (process, facts["outside"]))
        except OSError:
            continue
    return False


def attempt_home_of_the_engine(facts):
    return content(facts["outside"] + "/home/.netrc")


def attempt_folder_of_another_run(facts):
    return content(facts["other_run"] + "/tree/secret")


def attempt_name_of_another_run(facts):
    return os.listdir(facts["other_run"])


def attempt_shared_memory_of_the_engine(facts):
    libc.shmat.restype = ctypes.c_void_p
    segment = libc.shmget(facts["segment"], 0, 0)
    if segment < 0:
        return False
    address = libc.shmat(segment, None, 0)
    return address not in (None, ctypes.c_void_p(-1).value) and ctypes.string_at(address, 6)


def attempt_named_shared_memory_of_the_engine(facts):
    return content("/dev/shm/" + facts["shared"])


def attempt_system_accounts(facts):
    return content("/etc/shadow")


def attempt_kernel_log(facts):
    buffer = ctypes.create_string_buffer(64)
    return libc.klogctl(3, buffer, 64) > 0


def attempt_memory_of_the_machine(facts):
    with open("/dev/mem", "rb") as memory:
        return memory.read(1)


def attempt_disk_of_the_machine(facts):
    return [open(path, "rb").read(1) for path in glob.glob("/dev/[vsn][dv]*")]


# --- other processes: EX4, EX17


def attempt_attach_to_the_engine(facts):
    return syscall(101, 117, 16, facts["engine"], 0, 0) == 0


def attempt_be_traced(facts):
    return passes(101, 117, 0, 0, 0, 0)


def attempt_read_memory_by_call(facts):
    return passes(310, 270, os.getpid(), 0, 0, 0, 0, 0)


def attempt_write_memory_by_call(facts):
    return passes(311, 271, os.getpid(), 0, 0, 0, 0, 0)


def attempt_take_a_descriptor(facts):
    handle = os.pidfd_open(facts["engine"])
    return syscall(438, 438, handle, 0, 0)


def attempt_signal_the_engine(facts):
    os.kill(facts["engine"], signal.SIGUSR1)  # whether it arrives, the engine knows


def attempt_signal_everyone(facts):
    os.kill(-1, signal.SIGUSR1)


def attempt_stop_the_supervisor(facts):
    parent = int(next(line for line in open("/proc/%d/status" % os.getppid()) if line.startswith("PPid")).split()[1])
    for number in (signal.SIGSTOP, signal.SIGKILL):
        os.kill(parent, number)
    return parent > 1


def attempt_limit_the_engine(facts):
    resource.prlimit(facts["engine"], resource.RLIMIT_NOFILE, (8, 8))


def attempt_limit_the_supervisor(facts):
    parent = int(next(line for line in open("/proc/%d/status" % os.getppid()) if line.startswith("PPid")).split()[1])
    resource.prlimit(parent, resource.RLIMIT_FSIZE, (0, 0))
    return True


def attempt_slow_the_engine_down(facts):
    os.setpriority(os.PRIO_PROCESS, facts["engine"], 19)


def attempt_pin_the_engine(facts):
    os.sched_setaffinity(facts["engine"], {0})


# --- sockets: EX6, EX8


def attempt_container_engine(facts):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(facts["socket"])
        return True


def attempt_abstract_socket(facts):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("\0" + facts["abstract"])
        return True


def attempt_tcp_to_every_address(facts):
    for address, port, _ in facts["listeners"]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family) as client:
            client.settimeout(1)
            if client.connect_ex((address.partition("%")[0], port)) == 0:
                return True
    return False


def attempt_udp_to_every_address(facts):
    for address, _, port in facts["listeners"]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as client:
            try:
                client.sendto(b"x", (address.partition("%")[0], port))
            except OSError:
                continue


def attempt_raw_packets(facts):
    return socket.socket(socket.AF_PACKET, socket.SOCK_RAW)


def attempt_raw_protocol(facts):
    return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).fileno()


def attempt_virtual_machine_sockets(facts):
    return socket.socket(40, socket.SOCK_STREAM).fileno()


def attempt_kernel_events(facts):
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15).fileno()


def attempt_audit(facts):
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9).fileno()


def attempt_crypto_sockets(facts):
    return socket.socket(38, socket.SOCK_SEQPACKET).fileno()


# --- doors into the kernel: EX8, EX10


def attempt_io_uring(facts):
    return passes(425, 425, 1, 0)


def attempt_bpf(facts):
    return passes(321, 280, 0, 0, 0)


def attempt_user_faults(facts):
    return passes(323, 282, 1)


def attempt_performance_events(facts):
    return passes(298, 241, 0, 0, -1, -1, 0)


def attempt_keys_of_the_session(facts):
    return passes(250, 219, 0, -3, 0)


def attempt_add_a_key(facts):
    return passes(248, 217, 0, 0, 0, 0, 0)


def attempt_secret_memory(facts):
    return passes(447, 447, 0)


def attempt_other_architecture(facts):
    if ARM:
        return False
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(bytes.fromhex("b814000000cd80c3"))  # mov eax, 20; int 0x80; ret: the 32-bit getpid
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    return ctypes.CFUNCTYPE(ctypes.c_int)(address)() > 0


def attempt_other_numbers(facts):
    return False if ARM else syscall(0x40000000 + 39, 0) > 0


def attempt_odd_personality(facts):
    return libc.personality(0x0400000) >= 0


# --- other views of the machine: EX9, EX10


def attempt_become_root(facts):
    os.setuid(0)
    return os.getuid() == 0 and facts["user"] != 0


def attempt_become_the_runner(facts):
    os.setuid(1001)
    return True


def attempt_join_a_group(facts):
    os.setgroups([0])
    return True


def attempt_use_a_setuid_program(facts):
    told = subprocess.run([facts["setuid"], "-u"], stdout=subprocess.PIPE).stdout.strip()
    return told == b"0" and os.getuid() != 0


def attempt_regain_capabilities(facts):
    header = struct.pack("Ii", 0x20080522, 0)
    data = struct.pack("6I", 1 << 21, 1 << 21, 0, 0, 0, 0)
    return libc.capset(header, data) == 0


def attempt_user_namespace(facts):
    return libc.unshare(0x10000000) == 0


def attempt_user_namespace_by_clone(facts):
    child = syscall(56, 220, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    return True


def attempt_newer_clone(facts):
    arguments = struct.pack("11Q", 0x10000000, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, 0)
    child = syscall(435, 435, arguments, 88)
    if child == 0:
        os._exit(0)
    return True


def attempt_namespaces_of_the_engine(facts):
    handle = os.open("/proc/%d/ns/mnt" % facts["engine"], os.O_RDONLY)
    return libc.setns(handle, 0) == 0


def attempt_mount(facts):
    os.mkdir("mounted")
    return libc.mount(b"none", b"mounted", b"tmpfs", 0, None) == 0


def attempt_newer_mount(facts):
    return passes(430, 430, 0, 0)


def attempt_unmount(facts):
    return libc.umount2(b"/tmp", 2) == 0


def attempt_change_root(facts):
    os.chroot(".")
    return True


def attempt_open_by_handle(facts):
    return passes(304, 265, -100, 0, 0)


def attempt_device_node(facts):
    os.mknod("disk", 0o600 | 0o060000, os.makedev(254, 0))
    return content("disk")


# --- writing: EX9, EX18, RC4


def attempt_write_outside(facts):
    with open(facts["outside"] + "/new", "x"):
        return True


def attempt_append_to_the_file_commands(facts):
    with open(facts["outside"] + "/set_env", "a") as file:
        file.write("LD_PRELOAD=/tmp/evil.so\n")
    return True


def attempt_rename_something_in(facts):
    os.rename("facts.json", facts["outside"] + "/renamed")
    return True


def attempt_write_into_what_was_set_up(facts):
    with open(facts["set_up"] + "/evil.pth", "x"):
        return True


def attempt_change_what_was_set_up(facts):
    os.chmod(facts["set_up"], 0o777)
    return True


def attempt_remove_what_was_set_up(facts):
    os.rename(facts["set_up"], facts["set_up"] + "-gone")
    return True


def attempt_write_into_the_interpreter(facts):
    with open(os.path.dirname(os.__file__) + "/self_heal_evil.py", "x"):
        return True


def attempt_write_into_the_system(facts):
    for folder in ("/", "/etc", "/usr/local", "/usr/local/lib", "/opt", "/var/lib", "/run"):
        try:
            with open(folder + "/self-heal-evil", "x"):
                os.unlink(folder + "/self-heal-evil")
                return True
        except OSError:
            continue
    return False


def attempt_write_kernel_settings(facts):
    with open("/proc/sys/kernel/core_pattern", "r+") as setting:
        setting.write(setting.read())
    return True


def attempt_dump_core(facts):
    return resource.getrlimit(resource.RLIMIT_CORE)[1] != 0


# --- terminals: EX19


def attempt_terminal_of_the_user(facts):
    with open(facts["terminal"], "w"):
        return True


def attempt_type_into_a_terminal(facts):
    child, master = pty.fork()
    if child == 0:
        try:
            fcntl.ioctl(0, termios.TIOCSTI, b"x")
        except OSError:
            os._exit(0)
        os._exit(7)
    _, status = os.waitpid(child, 0)
    return os.WEXITSTATUS(status) == 7


def attempt_console(facts):
    with open("/dev/console", "w"):
        return True


# --- the record: EX18, RD


def attempt_read_the_record(facts):
    return os.open(facts["record"], os.O_RDONLY | os.O_NONBLOCK)
