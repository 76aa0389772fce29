"""Which command runs a Python project's tests, and which pytest plugins its configuration takes for granted."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from healer.layout import is_test
from healer.setup.manifests import table, words
from healer.setup.requirements import name_of
from healer.setup.runners import tox_commands

if TYPE_CHECKING:
    from healer.setup.declared import Declared
    from healer.setup.manifests import Manifests

PYTEST = ("python", "-m", "pytest")
_READ_AT_MOST = 40
_PLUGINS = (
    (re.compile(r"--cov\b|--no-cov\b"), "pytest-cov"),
    (re.compile(r"(?<!\S)(?:-n[\s=]?(?:auto|logical|\d)|--numprocesses|--dist)"), "pytest-xdist"),
    (re.compile(r"\basyncio_(?:mode|default_\w+)\b|--asyncio-mode"), "pytest-asyncio"),
    (re.compile(r"--timeout\b|^timeout\s*=|\ntimeout\s*="), "pytest-timeout"),
    (re.compile(r"--benchmark-"), "pytest-benchmark"),
    (re.compile(r"\bDJANGO_SETTINGS_MODULE\b|--ds\b|--reuse-db"), "pytest-django"),
    (re.compile(r"--reruns\b"), "pytest-rerunfailures"),
    (re.compile(r"--randomly-|-p no:randomly"), "pytest-randomly"),
    (re.compile(r"--strict-data|--doctest-plus|--remote-data"), "pytest-doctestplus"),
)
_TAKEN = r"def test_\w+\([^)]{0,300}\b"
_MARKED = (
    (re.compile(r"\bmark\.trio\b"), "pytest-trio"),
    (re.compile(r"\bmark\.asyncio\b"), "pytest-asyncio"),
    (re.compile(r"\bmark\.anyio\b"), "anyio"),
    (re.compile(r"\bmark\.django_db\b"), "pytest-django"),
    (re.compile(r"\bmark\.timeout\b"), "pytest-timeout"),
    (re.compile(rf"{_TAKEN}mocker\b"), "pytest-mock"),
    (re.compile(rf"{_TAKEN}httpbin(_secure)?\b"), "pytest-httpbin"),
    (re.compile(rf"{_TAKEN}httpx_mock\b"), "pytest-httpx"),
    (re.compile(rf"{_TAKEN}benchmark\b"), "pytest-benchmark"),
)
"""Marks and fixtures of plugins, as tests use them."""
_USED_BY_TESTS = {
    "hypothesis": "hypothesis", "mock": "mock", "pytest_mock": "pytest-mock", "parameterized": "parameterized",
    "freezegun": "freezegun", "responses": "responses", "requests_mock": "requests-mock", "pretend": "pretend",
    "pytest_asyncio": "pytest-asyncio", "trio": "trio", "time_machine": "time-machine", "faker": "Faker",
    "factory": "factory-boy", "pyfakefs": "pyfakefs", "httpretty": "httpretty", "ddt": "ddt", "testfixtures":
    "testfixtures", "syrupy": "syrupy",
    "testpath": "testpath", "inline_snapshot": "inline-snapshot", "dirty_equals": "dirty-equals",
}  # fmt: skip
"""A closed list: guessing a distribution from the name of a module would let anybody be installed."""


def test_command(manifests: Manifests, declared: Declared) -> tuple[tuple[str, ...], str]:
    """Return the command and the reason for it; pytest, unless the project plainly has another runner."""
    if why := _asks_for_pytest(manifests, declared):
        return PYTEST, why
    if "manage.py" in manifests and "django" in manifests.text("manage.py").lower():
        return ("python", "manage.py", "test"), "manage.py is Django's"
    for command in tox_commands(manifests):
        words_of = " ".join(command)
        if "unittest" in words_of and command[0].startswith("python"):
            return ("python", *command[1:]), "tox runs unittest"
    if (found := _unittest(manifests)) is not None:
        return found, "the tests are unittest's, and nothing names pytest"
    return PYTEST, "tests are Python files, and pytest runs them all"


def _asks_for_pytest(manifests: Manifests, declared: Declared) -> str:
    if configured := pytest_configuration(manifests)[0]:
        return f"{configured} configures pytest"
    if any(name_of(one) == "pytest" for one in declared.requirements):
        return "pytest is among what tests need"
    for path in declared.files:
        if re.search(r"(?mi)^pytest\b", manifests.text(path)):
            return f"{path} lists pytest"
    if any(path.rpartition("/")[2] == "conftest.py" for path in manifests.paths):
        return "there is a conftest.py"
    for command in tox_commands(manifests):
        if "pytest" in command or "py.test" in command:
            return "tox runs pytest"
    return ""


def pytest_configuration(manifests: Manifests) -> tuple[str, str]:
    """Return the file that configures pytest and what it says, both empty when there is none."""
    for path in ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml"):
        if path in manifests:
            return path, manifests.text(path)
    options = table(manifests.toml("pyproject.toml"), "tool", "pytest")
    if options:
        inner = table(options, "ini_options") or options
        said = "\n".join(f"{key} = {' '.join(words(one)) or one}" for key, one in inner.items())
        return "pyproject.toml", said
    for path, section in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        configured = manifests.ini(path).get(section)
        if configured is not None:
            return path, "\n".join(f"{key} = {one}" for key, one in configured.items())
    return "", ""


def plugins(manifests: Manifests, declared: Declared) -> tuple[tuple[str, str], ...]:
    """Return what the tests plainly use and nothing declares, each with the reason; well-known distributions only."""
    named = {name_of(one) for one in (*declared.requirements, *declared.of_extras)}
    path, said = pytest_configuration(manifests)
    found = {name: f"{path} has options of {name}" for pattern, name in _PLUGINS if pattern.search(said)}
    texts = [manifests.text(path) for path in _test_files(manifests)]
    for pattern, name in _MARKED:
        if any(pattern.search(text) for text in texts):
            found.setdefault(name, f"tests use what {name} provides")
    for module in sorted(imported_by_tests(manifests)):
        if module in _USED_BY_TESTS:
            found.setdefault(_USED_BY_TESTS[module], f"tests import {module}")
    return tuple((name, why) for name, why in found.items() if name_of(name) not in named)


def imported_by_tests(manifests: Manifests) -> set[str]:
    """Return the top-level names that test files import."""
    found: set[str] = set()
    for path in _test_files(manifests):
        for match in re.finditer(r"(?m)^(?:from|import) +(\w+)", manifests.text(path)):
            found.add(match[1])
    return found


def _test_files(manifests: Manifests) -> list[str]:
    found = (path for path in manifests.paths if path.endswith(".py") and is_test(path))
    return sorted(found, key=lambda path: (path.count("/"), path))[:_READ_AT_MOST]


def _unittest(manifests: Manifests) -> tuple[str, ...] | None:
    """Return how unittest finds the tests, when they are all of its kind; None when some are not, or cannot be read."""
    cases = 0
    files = [path for path in _test_files(manifests) if not path.endswith("__init__.py")]
    for path in files:
        try:
            body = ast.parse(manifests.text(path)).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        if any(isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name.startswith("test") for one in body):
            return None
        imported = {alias.name for one in body if isinstance(one, ast.Import) for alias in one.names}
        imported |= {one.module or "" for one in body if isinstance(one, ast.ImportFrom)}
        if any(name.split(".")[0] == "pytest" for name in imported):
            return None
        cases += any(name.split(".")[0] == "unittest" for name in imported)
    if not cases:
        return None
    roots = {path.rpartition("/")[0] for path in files if path.rpartition("/")[2].startswith("test")}
    top = min(roots, key=lambda folder: (folder.count("/"), folder), default="")
    if not top:
        return ("python", "-m", "unittest")
    package = f"{top}/__init__.py" in manifests
    return ("python", "-m", "unittest", "discover", "-s", top, *(("-t", ".") if package else ()))
