"""What a JUnit test case is called, by the habits of the tool that wrote it, and where it stands.

The habits were read off the reports of the tools themselves; what none of them claims is `classname::name`.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import TYPE_CHECKING

from healer.evidence.identity import rebuilt
from healer.evidence.paths import in_checkout, is_foreign

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from healer.models.evidence import StackFrame

_SCRIPTS = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte")
_CPP = (".c", ".cc", ".cpp", ".cxx", ".c++", ".mm", ".h", ".hh", ".hpp")
_ANGLE = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
"""What Playwright writes between titles."""

_LOADER = "unittest.loader._FailedTest"
_HOLDER = re.compile(r"(\w{1,100}) \(([\w.]{1,4096})\)")
_LINE_DIGITS = 9

NOTHING: Mapping[str, str] = {}


@dataclasses.dataclass(slots=True)
class Place:
    """A test case among its suites: its own attributes, its suite's, its root's, and the names of all suites above."""

    case: Mapping[str, str]
    suite: Mapping[str, str]
    root: Mapping[str, str]
    ancestors: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """The class name as its language writes it, or the suite's name where there is none."""
        return self.case.get("class") or self.case.get("classname", "").strip() or self.suite.get("name", "").strip()

    def identity(self, frames: Sequence[StackFrame] = ()) -> str:
        """Return the canonical id, in which pytest's node ids are rebuilt from paths that case and frames name."""
        name = self.case.get("name", "").strip()
        classname = self.case.get("classname", "").strip()
        suite = self.suite.get("name", "").strip()
        if suite == "pytest":
            return self._of_pytest(name, classname, frames)
        if classname == name or self._is_known_by_name(classname, suite):
            return name or self.group
        file = self.case.get("file", "").strip() or self.suite.get("file", "").strip()
        return (
            _of_native(self.case, self.suite, classname, name)
            or self._of_script(name, classname, file)
            or _of_unittest(suite, classname, name)
            or _of_rspec(classname, name, file)
            or self._rebuilt("::".join(filter(None, (self.group, name))), file, frames)
        )

    def location(self, problem: Mapping[str, str]) -> tuple[str | None, int | None]:
        """Return file and 1-based line from the first that names a file: the case, its failure, its suite.

        pytest's own line is 0-based; only its xunit1 family writes one.
        """
        for attributes in (self.case, problem, self.suite):
            file = attributes.get("file", "").strip()
            if file:
                digits = attributes.get("line", "")
                line = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _LINE_DIGITS else None
                if line is not None and attributes is self.case and self.suite.get("name") == "pytest":
                    line += 1
                return file, line or None
        classname = self.case.get("classname", "").strip()
        return (classname if _is_path(classname, _SCRIPTS + _CPP) else None), None

    def _is_known_by_name(self, classname: str, suite: str) -> bool:
        """Whether names are whole by themselves: of nextest, Catch2, doctest, and libtest outside of any module."""
        if "uuid" in self.root and self.root.get("name") == "nextest-run":
            return True
        if classname in {"crate", "integration"} and suite == self.suite.get("package") == "test":
            return True
        return self.suite.get("hostname") == "tbd" or _is_path(classname, _CPP)

    def _of_pytest(self, name: str, classname: str, frames: Sequence[StackFrame]) -> str:
        """Rebuild the node id from paths, or else by where pytest looks for tests: modules `test_*` and `*_test`."""
        if classname == name and name.endswith((".txt", ".rst", ".md")):
            return f"{name}::{name}"
        identity = "::".join(filter(None, (classname, name)))
        found = self._rebuilt(identity, self.case.get("file", "").strip(), frames)
        if found != identity or not classname:
            return found
        parts = classname.split(".")
        for number, part in enumerate(parts):
            if part.startswith("test_") or part.endswith("_test"):
                return "::".join(("/".join(parts[: number + 1]) + ".py", *parts[number + 1 :], name))
        return found

    def _of_script(self, name: str, classname: str, file: str) -> str | None:
        """Return the id of a JavaScript test: its file, where it is known, and its titles."""
        if _is_path(classname, _SCRIPTS):
            is_spaced = self.root.get("name") != "vitest tests"
            return f"{classname}::{name.replace(_ANGLE, ' > ') if is_spaced else name}"
        if classname == "Test suite failed to run":
            return name
        file = in_checkout(file)
        if classname == "test" and not self.suite.get("classname"):
            title = " > ".join((*self.ancestors, in_checkout(name)))
            return f"{file}::{title}" if file else title
        if not _is_path(file, _SCRIPTS):
            return None
        if name.endswith(f" {classname}"):
            classname, name = name.removesuffix(classname).strip(), classname
        return f"{file}::" + " > ".join(filter(None, (classname, name)))

    def _rebuilt(self, identity: str, file: str, frames: Sequence[StackFrame]) -> str:
        group, name = self.group, self.case.get("name", "").strip()
        files = {frame.file: _stem(frame.file) for frame in frames}
        own = [path for path, stem in files.items() if (stem in group or stem in name) and not is_foreign(path)]
        return rebuilt(identity, name, group, [file, *own] if file else own)


def _of_native(case: Mapping[str, str], suite: Mapping[str, str], classname: str, name: str) -> str | None:
    """Return the id of a test of Boost (`suite/case`) or of libtest's documentation (`src/lib.rs - f (line 5)`)."""
    if "assertions" in case and "id" in suite and "class" not in case and "file" not in case:
        return f"{classname}/{name}" if classname else name
    is_documentation = classname.endswith(".rs") and suite.get("package") == "test"
    return f"{classname} - {name}" if is_documentation else None


def _of_unittest(suite: str, classname: str, name: str) -> str | None:
    """Return the id of unittest's tests as unittest-xml-reporting writes them, subtests under their test's id."""
    if classname.startswith(_LOADER):
        return ".".join(filter(None, (classname.removeprefix(_LOADER).strip("."), name)))
    if (held := _HOLDER.fullmatch(name)) and held[1] in {
        "setUpClass",
        "tearDownClass",
        "setUpModule",
        "tearDownModule",
    }:
        return f"{held[2]}.{held[1]}"
    before, _, time = suite.rpartition("-")
    return f"{classname}.{name.partition(' ')[0]}" if before == classname and time.isdecimal() and before else None


def _of_rspec(classname: str, name: str, file: str) -> str | None:
    path = file.removeprefix("./")
    is_spec = path.endswith(".rb") and classname == path.removesuffix(".rb").replace("/", ".")
    return f"{path}::{name}" if is_spec else None


@functools.lru_cache(maxsize=2048)
def _stem(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].partition(".")[0]


def _is_path(text: str, endings: tuple[str, ...]) -> bool:
    return text.endswith(endings) and not any(sign.isspace() for sign in text)
