"""Java, Kotlin, Scala, Groovy and Clojure: `at [loader/][module/]package.Class.method(File.java:6)`."""

from __future__ import annotations

import re

from healer.evidence.stacks.marks import Said, inward

_FILE = re.compile(r"[\w$-][\w$.-]{0,200}\.\w{1,8}")
_ANYWHERE_FILE = re.compile(r"(?:classpath:|file:)?[^\s():]{1,1024}\.\w{1,8}")
_PACKAGED = re.compile(r"\) ~?\[")
_CLOJURE = re.compile(r"\.cljc?:\d{1,9}\)$")
_CLOJURE_FUNCTION = re.compile(r"[^$]{1,200}\$([^$.]{1,200})")
_CLOJURE_TEST = re.compile(r"(?:FAIL|ERROR) in \(([^()]{1,300})\) \(([^():]{1,1024}):(\d{1,9})\)$")


def frame(line: str) -> Said | None:
    """Read a line that begins with `at `; the file's directory is taken from the package of its class."""
    end = len(line) - 1
    if line[end] != ")":
        packaged = _PACKAGED.search(line)
        if packaged is None:
            return None
        end = packaged.start()
    start = line.rfind("(", 0, end)
    file, _, number = line[start + 1 : end].rpartition(":")
    if start <= len("at ") or not number.isdecimal():
        return None
    if not _FILE.fullmatch(file):
        is_path = "/" in file and _ANYWHERE_FILE.fullmatch(file) and not line[start - 1].isspace()
        return inward(file, number, line[3:start]) if is_path else None
    qualified = line[3:start].rpartition("/")[2].rstrip()
    owner, _, method = qualified.rpartition(".")
    if not owner or "\\" in owner:
        return None
    package = owner.rpartition(".")[0].replace(".", "/")
    if file.endswith((".clj", ".cljc")) and (function := _CLOJURE_FUNCTION.match(owner)):
        method = function[1]
        package = owner.partition("$")[0].rpartition(".")[0].replace(".", "/")
    return inward(f"{package}/{file}" if package else file, number, method)


def clojure(line: str) -> Said | None:
    """Read `my.ns/f (ns.clj:6)`, as Clojure's own printer writes it, and the head of a failure of its tests."""
    if not _CLOJURE.search(line):
        return None
    if match := _CLOJURE_TEST.match(line):
        return inward(match[2], match[3], match[1])
    named, _, rest = line.rpartition(" (")
    namespace, _, function = named.partition("/")
    file, _, number = rest[:-1].rpartition(":")
    if not function or " " in named:
        return None
    package = namespace.rpartition(".")[0].replace(".", "/").replace("-", "_")
    return inward(f"{package}/{file}" if package else file, number, function.partition("/")[0])
