"""Which Python a project wants, and by which of its files."""

from __future__ import annotations

import pytest

from healer.setup.pythons import wished
from tests.setup.manifest import of

REQUIRES = '[project]\nrequires-python = ">=3.9"\n'
CLASSIFIED = (
    REQUIRES + 'classifiers = ["Programming Language :: Python :: 3.11", "Programming Language :: Python :: 3"]\n'
)
MATRIX = "jobs:\n  a:\n    strategy:\n      matrix:\n        python-version: ['3.9', \"3.10\", 3.12]\n"
LISTED = "matrix:\n  python-version:\n    - '3.8'\n    - '3.13'\n  os: [ubuntu-22.04]\n"


@pytest.mark.parametrize(
    ("files", "best", "why"),
    [
        ({}, "3.14", "no file says which Python"),
        ({"pyproject.toml": REQUIRES}, "3.14", "requires Python >=3.9"),
        ({"pyproject.toml": CLASSIFIED}, "3.11", "classifiers name up to Python 3.11"),
        ({"pyproject.toml": CLASSIFIED, ".github/workflows/a.yml": MATRIX}, "3.12", "workflows test up to Python 3.12"),
        ({"pyproject.toml": REQUIRES, ".github/workflows/a.yml": LISTED}, "3.13", "workflows test up to Python 3.13"),
        ({"pyproject.toml": CLASSIFIED, ".python-version": "3.10.4\n"}, "3.10", ".python-version says 3.10"),
        ({"pyproject.toml": REQUIRES, ".python-version": "3.8\n"}, "3.14", "requires Python >=3.9"),
        ({".tool-versions": "nodejs 20.1.0\npython 3.9.18\n"}, "3.9", ".tool-versions says 3.9"),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "~3.10"\n'}, "3.10", "poetry"),
        ({"Pipfile": '[requires]\npython_version = "3.11"\n'}, "3.11", "Pipfile requires Python 3.11"),
        ({"setup.cfg": "[options]\npython_requires = <3.10\n"}, "3.9", "setup.cfg requires Python <3.10"),
        ({"setup.py": "setup(python_requires='>=3.6, <3.9')"}, "3.8", "setup.py requires Python >=3.6, <3.9"),
        ({".github/workflows/a.yml": "python-version: 3.x\n"}, "3.14", "no file says"),
        ({"docs/a.yml": MATRIX}, "3.14", "no file says"),
        ({"pyproject.toml": "this is [not toml"}, "3.14", "no file says"),
    ],
)
def test_the_best_python_is_the_one_that_the_project_is_tested_with(files: dict[str, str], best: str, why: str) -> None:
    wish = wished(of(files))
    assert wish.versions[0] == best
    assert why in wish.why


def test_what_is_required_bounds_all_else_and_others_follow_in_order() -> None:
    wish = wished(of({"pyproject.toml": CLASSIFIED, ".github/workflows/a.yml": LISTED}))
    assert wish.versions == ("3.13", "3.11", "3.14", "3.12", "3.10", "3.9")


def test_a_requirement_that_no_python_meets_leaves_none() -> None:
    assert wished(of({"setup.cfg": "[options]\npython_requires = >=3.99\n"})).versions == ()
