"""Ids of unittest's test cases in the form of pytest's, as logs of both are read: `pkg/test_a.py::TestA::test_b`."""

from __future__ import annotations

import inspect
import os
import re
import sys
from typing import Any

_FIXTURE = re.compile(r"(setUp|tearDown)(Class|Module) \((.*)\)\Z", re.DOTALL)


def is_holder(test: Any) -> bool:
    """Whether this stands for tests that did not come to run: a fixture of a class or module, or a failed import."""
    return type(test).__module__ in ("unittest.suite", "unittest.loader")


def identity(test: Any) -> str:
    """Return the id of a test case, or of the class or module that it stands for."""
    kind = type(test)
    if kind.__module__ == "unittest.loader":
        return _of_module(str(getattr(test, "_testMethodName", "")))
    if kind.__module__ == "unittest.suite":
        found = _FIXTURE.match(str(test.id()))
        return _of_fixture(found[2], found[3]) if found else str(test.id())
    documented = getattr(test, "_dt_test", None)
    if documented is not None:
        return "%s::%s" % (_spelt(_globals_name(documented), documented.filename), documented.name)
    return "::".join((_file_of(kind.__module__), *_names(test, kind)))


def place(test: Any) -> tuple[str | None, int | None]:
    """Return the file of a test case, and its line counted from 0, where they are known."""
    try:
        if is_holder(test):
            return None, None
        method = getattr(test, "_testMethodName", None)
        function = inspect.unwrap(getattr(type(test), method) if method else test._testFunc)  # noqa: SLF001
        code = function.__code__
    except (AttributeError, TypeError, ValueError):
        return None, None
    else:
        return code.co_filename, code.co_firstlineno - 1


def _names(test: Any, kind: type) -> list[str]:
    """Return class and method; what a test says of itself beyond that (a scenario, say) stays behind its name."""
    said = str(test.id())
    method = getattr(test, "_testMethodName", None)
    if method is None:
        return [said]
    names = [*kind.__qualname__.split("."), method]
    usual = "%s.%s" % (kind.__module__, ".".join(names))
    if said.startswith(usual):
        names[-1] += said[len(usual) :]
    elif said != usual:
        names[-1] = said
    return names


def _of_fixture(level: str, name: str) -> str:
    if level == "Module":
        return _of_module(name)
    module = name
    while module and module not in sys.modules:
        module = module.rpartition(".")[0]
    classes = name[len(module) + 1 :] if module else name
    return "::".join((_file_of(module), *classes.split("."))) if module else name


def _of_module(name: str) -> str:
    """Return the file that a module's name spells, also of one that could not be imported; else the name."""
    if name in sys.modules:
        return _file_of(name)
    spelt = name.replace(".", "/")
    for file in (spelt + ".py", spelt + "/__init__.py"):
        if any(os.path.isfile(os.path.join(entry, file)) for entry in sys.path):
            return file
    return name


def _file_of(module: str) -> str:
    return _spelt(module, getattr(sys.modules.get(module), "__file__", None))


def _spelt(module: str, file: str | None) -> str:
    """Return a module's file as its name spells it: that is how logs and reports tell of it too."""
    if not file:
        return module.replace(".", "/") + ".py"
    spelt = module.replace(".", "/")
    for end in (spelt + ".py", spelt + "/__init__.py"):
        if os.path.abspath(file).endswith("/" + end):
            return end
    relative = os.path.relpath(file)
    return os.path.basename(file) if relative.startswith("..") else relative


def _globals_name(documented: Any) -> str:
    return str((documented.globs or {}).get("__name__") or documented.name.rpartition(".")[0] or documented.name)
