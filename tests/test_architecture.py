"""The direction of imports, the place of effects and the size of modules, checked in the source of every module."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.layers import EXCEPTIONS, LONGEST, MODULES, PAYLOAD, ROOT, imported_by, violations


@pytest.mark.parametrize("module", MODULES)
def test_a_module_keeps_to_its_layer(module: str) -> None:
    assert violations(module, MODULES[module].read_text("utf-8")) == []


def test_every_exception_is_still_needed() -> None:
    used = {(name, imported) for name, _ in EXCEPTIONS for imported in imported_by(MODULES[name].read_text("utf-8"))}
    assert used >= EXCEPTIONS


@pytest.mark.parametrize(
    ("module", "source", "why"),
    [
        ("healer.models.code", "import healer.errors", "models may not know foundation"),
        ("healer.errors", "from healer.evidence import paths", "foundation may not know stages"),
        ("healer.ports", "import requests", "requests is not for foundation"),
        ("healer.evidence.formats.junit", "from healer.adapters import process", "stages may not know adapters"),
        ("healer.evidence.formats.junit", "from healer.patches.gate import judge", "belongs to another stage"),
        ("healer.evidence.formats.junit", "def f():\n    import subprocess", "only adapters reach out"),
        ("healer.evidence.formats.junit", "from urllib import request", "only adapters reach out"),
        ("healer.evidence.formats.junit", "from http.client import HTTPConnection", "only adapters reach out"),
        ("healer.evidence.formats.junit", "import importlib", "touch nothing of the machine"),
        ("healer.evidence.formats.junit", "import tempfile", "touch nothing of the machine"),
        ("healer.evidence.formats.junit", "open('report.xml')", "no input or output (open)"),
        ("healer.evidence.formats.junit", "from pathlib import Path", "only pure paths"),
        ("healer.evidence.formats.junit", "import pathlib as p\np.Path('x')", "only pure paths"),
        ("healer.evidence.formats.junit", "import os as system\nsystem.listdir()", "no input or output (os.listdir)"),
        ("healer.evidence.formats.junit", "import sys\nsys.stdout.write('x')", "do not use sys.stdout"),
        ("healer.pipeline", "from healer.adapters.git import Git", "pipeline may not know adapters"),
        ("healer.pipeline", "import time", "touch nothing of the machine"),
        ("healer.adapters.git", "from healer.pipeline import heal", "adapters may not know pipeline"),
        ("healer.adapters.git", "from healer.cli import main", "adapters may not know cli"),
        ("healer.adapters.git", "import os\nos.environ['HOME']", "only cli reads the environment"),
        ("healer.adapters.git", "from os import getenv", "only cli reads the environment"),
        ("healer.cli.run", "import subprocess", "only adapters reach out"),
        ("healer.cli.run", "import os\nos.fork()", "only adapters start or end processes"),
        ("entrypoint", "from healer.pipeline import heal", "entry may not know pipeline"),
        ("healer.utils", "", "in no layer"),
        ("healer.errors", "from healer.utils import f", "healer.utils is in no layer"),
        (
            "healer.pipeline",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from healer.adapters.git import Git",
            "pipeline may not know adapters",
        ),
        ("healer.models.code", "\n" * (LONGEST + 1), "wants splitting"),
        (f"{PAYLOAD}.recorder", "match 1:\n    case 1: pass", "not Python 3.8"),
        (f"{PAYLOAD}.recorder", "import tomllib", "not in every Python"),
        (f"{PAYLOAD}.recorder", "from healer.errors import SelfHealError", "not in every Python"),
    ],
)
def test_a_violation_is_noticed(module: str, source: str, why: str) -> None:
    assert why in "\n".join(violations(module, source))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("healer.evidence.formats.junit", "from healer.models.evidence import Failure\nfrom healer import layout"),
        ("healer.localization.frames", "from healer.evidence.paths import RepositoryPaths"),
        ("healer.engines.revert", "if TYPE_CHECKING:\n    from healer.localization.pysource import SourceIndex"),
        ("healer.engines.model.templates", "import importlib.resources"),
        ("healer.patches.diff", "import unidiff\nfrom pathlib import PurePosixPath\nimport os\nos.fspath('x')"),
        ("healer.adapters.git", "import subprocess\nfrom healer.localization.history import LOG_FORMAT"),
        ("healer.adapters.git", "if TYPE_CHECKING:\n    import anything_at_all"),
        ("healer.cli.run", "import os\nos.environ\nfrom healer.pipeline import heal\nprint()"),
        ("entrypoint", "from healer.cli import main"),
        (f"{PAYLOAD}.recorder", "import os\nimport pytest\nos.environ"),
    ],
)
def test_what_a_layer_may_do_is_no_violation(module: str, source: str) -> None:
    assert violations(module, source) == []


def run_python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a fresh interpreter with warnings as errors, at the root of the repository."""
    command = [sys.executable, "-W", "error", "-c", program, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_importing_any_module_has_no_visible_effect_and_asks_no_model_sdk_in() -> None:
    program = (
        "import importlib, os, sys, threading\n"
        "before = dict(os.environ), os.getcwd(), threading.active_count()\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "assert before == (dict(os.environ), os.getcwd(), threading.active_count())\n"
        "assert 'anthropic' not in sys.modules\n"
    )
    done = run_python(program, *(module for module in MODULES if not module.startswith(PAYLOAD)))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_command_line_starts_without_any_third_party_module() -> None:
    done = run_python(
        "import healer.cli, sys\n"
        "print(*sorted({'anthropic', 'requests', 'tree_sitter', 'unidiff', 'yaml'} & {*sys.modules}))"
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
