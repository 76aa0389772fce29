"""A view of the machine made for one run: its own processes, network, devices and, of the files, what it is granted.

The order of things: the supervisor calls `separate` and forks; the child is the first process of the new process
namespace, calls `furnish`, and starts the command. When it ends, the kernel ends all that it started.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct

from healer.adapters.payload.supervision.kernel import call

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
MNT_DETACH = 2
AT_RECURSIVE = 0x8000
ATTR_READ_ONLY, ATTR_NO_SUID, ATTR_NO_DEVICES = 1, 2, 4
BUILT_IN = "/proc"
"""Where the new view is built: a folder that is always there and of which nothing is taken over."""
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
DEVICE_LINKS = {
    "fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}  # fmt: skip
LINKS = 40
"""As many symbolic links as the kernel follows in one path."""
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


class Attributes(ctypes.Structure):
    """struct mount_attr."""

    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "user_namespace")]


def separate() -> None:
    """Make the next child the first process of a process namespace; without root's rights, in a user namespace."""
    if os.geteuid() == 0:
        call("unshare", CLONE_NEWPID)
        return
    uid, gid = os.geteuid(), os.getegid()
    call("unshare", CLONE_NEWUSER | CLONE_NEWPID)
    itself = {"setgroups": "deny", "uid_map": "%d %d 1" % (uid, uid), "gid_map": "%d %d 1" % (gid, gid)}
    for name, content in itself.items():
        with open("/proc/self/" + name, "w") as file:
            file.write(content)


def furnish(
    readable: list[str], writable: list[str], private: list[str], files: dict[str, str], *, network: str,
    bytes_in_memory: int,
) -> None:  # fmt: skip
    """Replace the view of this process: granted paths where they were, private folders, own devices and processes.

    `files` are shown with another content than they have. A path that stands below another one is granted as itself.
    """
    spaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS
    call("unshare", spaces if network == "full" else spaces | CLONE_NEWNET)
    if network == "loopback":
        bring_up_loopback()
    call("mount", None, "/", None, MS_REC | MS_PRIVATE, None)
    call("mount", "self-heal", BUILT_IN, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=16m")
    view = View(BUILT_IN)
    in_memory = "mode=1777,size=%d" % bytes_in_memory
    for path in private:
        view.mount_new(path, "tmpfs", in_memory)
    view.mount_new("/proc", "proc", None)
    devices(view, in_memory)
    granted = {**dict.fromkeys(readable, False), **dict.fromkeys(writable, True)}
    for path in sorted(granted, key=len):
        view.show(path, writable=granted[path])
    for path, content in files.items():
        view.put(path, content)
    os.chdir(BUILT_IN)
    call("pivot_root", ".", ".")
    call("umount2", ".", MNT_DETACH)
    os.chdir("/")
    for path in ("/", "/dev"):
        protect(path, ATTR_READ_ONLY, recursive=False)


def devices(view: View, in_memory: str) -> None:
    """Put the harmless devices and their own terminals and shared memory into a view."""
    view.mount_new("/dev", "tmpfs", "mode=0755,size=64k")
    for name in DEVICES:
        view.show("/dev/" + name, writable=True, devices=True)
    for name, target in DEVICE_LINKS.items():
        os.symlink(target, view.at("/dev/" + name))
    view.mount_new("/dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=0620")
    view.mount_new("/dev/shm", "tmpfs", in_memory)  # noqa: S108 - it is a new one


class View:
    """A tree of mounts below one folder, in the making."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._shown: list[str] = []

    def at(self, path: str) -> str:
        """Return where a path of the new view is for now."""
        return self._root + path

    def mount_new(self, path: str, kind: str, options: str | None) -> None:
        """Mount a new file system."""
        os.makedirs(self.at(path), mode=0o755, exist_ok=True)
        execute = 0 if kind == "tmpfs" else MS_NOEXEC
        call("mount", kind, self.at(path), kind, (0 if kind == "devpts" else MS_NODEV) | MS_NOSUID | execute, options)
        if kind != "tmpfs":
            self._shown.append(path)

    def show(self, path: str, *, writable: bool, devices: bool = False) -> None:
        """Show a path of the machine, with the symbolic links that lead to it; one that is not there is left out."""
        real = self._lead_to(path)
        if not os.path.lexists(real) or real == "/":
            return
        if os.path.isdir(real):
            os.makedirs(self.at(real), mode=0o755, exist_ok=True)
        elif not os.path.exists(self.at(real)):
            os.makedirs(os.path.dirname(self.at(real)), mode=0o755, exist_ok=True)
            os.close(os.open(self.at(real), os.O_CREAT | os.O_WRONLY, 0o644))
        try:
            call("mount", real, self.at(real), None, MS_BIND | MS_REC, None)
        except PermissionError:  # a folder above it is closed to this user, who could not have read it before either
            return
        limits = ATTR_NO_SUID | (0 if devices else ATTR_NO_DEVICES) | (0 if writable else ATTR_READ_ONLY)
        protect(self.at(real), limits, recursive=True)
        self._shown.append(real)

    def put(self, path: str, content: str) -> None:
        """Show a content in place of a file's own, where there is one."""
        if os.path.isfile(self.at(path)):
            staged = self.at("/.content")
            with open(staged, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(content)
            call("mount", staged, self.at(path), None, MS_BIND, None)
            protect(self.at(path), ATTR_READ_ONLY, recursive=False)
            os.unlink(staged)

    def _lead_to(self, path: str) -> str:
        """Return the path without symbolic links, having made those that are not below something shown already."""
        current, waiting, links = "/", path.split("/"), 0
        while waiting:
            part = waiting.pop(0)
            following = os.path.dirname(current) if part == ".." else os.path.join(current, part)
            if part in ("", "."):
                continue
            if part == ".." or not os.path.islink(following) or links > LINKS:
                current = following
                continue
            links += 1
            target = os.readlink(following)
            if not self._covers(following) and not os.path.lexists(self.at(following)):
                os.makedirs(os.path.dirname(self.at(following)), mode=0o755, exist_ok=True)
                os.symlink(target, self.at(following))
            waiting = target.split("/") + waiting
            current = "/" if target.startswith("/") else current
        return current

    def _covers(self, path: str) -> bool:
        return any(path == shown or path.startswith(shown + "/") for shown in self._shown)


def protect(path: str, limits: int, *, recursive: bool) -> None:
    """Restrict what may be done below a mount."""
    attributes = Attributes(limits, 0, 0, 0)
    flags = AT_RECURSIVE if recursive else 0
    call("mount_setattr", -100, path, flags, ctypes.byref(attributes), ctypes.sizeof(attributes))


def bring_up_loopback() -> None:
    """Give a new network namespace its own localhost."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh22x", b"lo", 0)
        flags = struct.unpack("16sh22x", fcntl.ioctl(control, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", flags | IFF_UP))
