"""From a project's files to what is installed and what is run, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healer.setup.detect import detect
from tests.fakes import FakeSource

if TYPE_CHECKING:
    from healer.setup.plan import Plan

TEST = {"tests/test_a.py": "def test_a(): pass\n"}
PIP = ("python", "-I", "-m", "pip", "install")
BUILT = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
STATIC = (
    BUILT
    + '[project]\nname = "shop"\nversion = "1"\ndependencies = ["attrs>=20", "tomli; python_version < \'3.11\'"]\n'
)
EXTRAS, GROUPS = "[project.optional-dependencies]\n", "[dependency-groups]\n"
POETRY = (
    BUILT
    + """
[tool.poetry]
name = "shop"
version = "1"
[tool.poetry.group.test.dependencies]
pytest = "^8"
[tool.poetry.group.dev.dependencies]
mock = "*"
"""
)
TOX = "[testenv]\ndeps =\n  pytest\n  py38: old\n  -rdev.txt\nextras = x\n"
NOX = "def tests(session):\n  session.install('.[x]', 'pytest', f'{y}')\n"
LOCK = '[[package]]\nname = "attrs"\nversion = "23.1.0"\n'


def plan(files: dict[str, str], *tools: str, folder: str = "") -> Plan:
    found = detect(FakeSource({path: text.encode() for path, text in files.items()}), tools, folder)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("files", "words", "lines", "reason"),
    [
        (TEST, "-r REQ", "pytest", "pytest runs them all"),
        ({**TEST, "pyproject.toml": STATIC}, "--editable . -r REQ", "pytest", "pytest runs"),
        (
            {**TEST, "pyproject.toml": STATIC + EXTRAS + 'test = ["pytest"]\ndocs = ["sphinx"]\n'},
            "--editable .[test]", "", "test in [project.optional-dependencies]",
        ),
        (
            {**TEST, "pyproject.toml": STATIC + GROUPS + 'tests = ["pytest", "trio"]\nlint = ["ruff"]\n'},
            "--editable . -r REQ", "pytest trio", "tests in [dependency-groups]",
        ),
        (
            {**TEST, "pyproject.toml": POETRY, "poetry.lock": LOCK},
            "--editable . -r REQ -c CON", "pytest>=8,<9 mock", "poetry.lock decides the versions",
        ),
        (
            {**TEST, "pyproject.toml": STATIC + '[tool.pdm.dev-dependencies]\ntest = ["pytest"]\n', "pdm.lock": LOCK},
            "--editable . -r REQ -c CON", "pytest", "test in [tool.pdm.dev-dependencies]",
        ),
        (
            {**TEST, "pyproject.toml": STATIC + '[tool.hatch.envs.test]\ndependencies = ["pytest", "pretend"]\n'},
            "--editable . -r REQ", "pytest pretend", "the hatch environment test has dependencies",
        ),
        (
            {**TEST, "Pipfile": '[packages]\nattrs = "*"\n[dev-packages]\npytest = "*"\n'},
            "-r REQ", "attrs pytest", "Pipfile lists packages",
        ),
        (
            {**TEST, "requirements.txt": "attrs\n", "requirements-dev.txt": "pytest\n"},
            "-r requirements-dev.txt -r requirements.txt -r REQ", "attrs pytest", "list requirements",
        ),
        (
            {**TEST, "setup.py": "setup(extras_require={'tests': ['pytest']})"},
            "--editable .[tests] -r REQ", "pytest", "tests",
        ),
        (
            {**TEST, "setup.py": "setup()", "tox.ini": TOX, "dev.txt": "a\n"},
            "--editable .[x] -r dev.txt -r REQ", "pytest", "tox installs what tests need",
        ),
        (
            {**TEST, "setup.py": "setup()", "noxfile.py": NOX},
            "--editable .[x] -r REQ", "pytest", "nox installs what tests need",
        ),
        ({**TEST, "setup.cfg": "[metadata]\nname = a\n[options]\ntests_require =\n  mock\n"}, "--editable . -r REQ",
         "mock pytest", "setup.cfg has tests_require"),
        (
            {**TEST, "pyproject.toml": STATIC + EXTRAS + 'fast = ["x"]\ndocs = ["y"]\n'},
            "--editable .[fast] -r REQ", "pytest", "nothing says what the tests need",
        ),
        ({**TEST, "pyproject.toml": "[tool.black]\n"}, "-r REQ", "pytest", "pytest"),
    ],
    ids=["nothing", "declared", "extras", "groups", "poetry", "pdm", "hatch", "pipenv", "requirements", "setup.py",
         "tox", "nox", "setup.cfg", "features", "no project"],
)  # fmt: skip
def test_a_python_project_is_installed_with_what_its_tests_need(
    files: dict[str, str], words: str, lines: str, reason: str
) -> None:
    found = plan(files)
    expected = words.replace("REQ", "@made@/requirements.txt").replace("CON", "@made@/constraints.txt")
    assert [step.argv for step in found.steps] == [(*PIP, *expected.split())]
    assert dict(found.files).get("requirements.txt", "").split() == lines.split()
    assert any(reason in one for one in found.reasons)
    assert found.test == ("python", "-m", "pytest")


def test_uv_installs_a_locked_project_its_own_way_and_others_as_pip_would() -> None:
    files = {**TEST, "pyproject.toml": STATIC + GROUPS + 'test = ["trio"]\n', "uv.lock": LOCK}
    with_uv = plan(files, "uv")
    assert [step.argv for step in with_uv.steps] == [
        ("uv", "sync", "--frozen", "--group", "test"), ("uv", "pip", "install", "pytest"),
    ]  # fmt: skip
    without = plan(files)
    assert without.steps[0].argv == (
        *PIP, "--editable", ".", "-r", "@made@/requirements.txt", "-c", "@made@/constraints.txt",
    )  # fmt: skip
    assert dict(without.files) == {"constraints.txt": "attrs==23.1.0\n", "requirements.txt": "trio\npytest\n"}
    del files["uv.lock"]
    assert plan(files, "uv").steps[0].argv[:3] == ("uv", "pip", "install")


def test_files_that_demand_hashes_are_installed_by_themselves() -> None:
    files = {**TEST, "setup.py": "", "requirements.txt": "attrs==1 --hash=sha256:00\n"}
    first, second = plan(files).steps
    assert first.argv == (*PIP, "-r", "requirements.txt")
    assert "--editable" in second.argv


UNITTEST = {"tests/test_a.py": "import unittest\nclass A(unittest.TestCase):\n    def test_a(self): pass\n"}


@pytest.mark.parametrize(
    ("files", "command"),
    [
        (UNITTEST, "python -m unittest discover -s tests"),
        ({**UNITTEST, "tests/__init__.py": ""}, "python -m unittest discover -s tests -t ."),
        ({"test_a.py": UNITTEST["tests/test_a.py"]}, "python -m unittest"),
        ({**UNITTEST, "tox.ini": "[testenv]\ncommands = python -m unittest {posargs:-v}\n"}, "python -m unittest -v"),
        ({**UNITTEST, "manage.py": "import django"}, "python manage.py test"),
        ({**UNITTEST, "manage.py": "import django", "pytest.ini": "[pytest]\n"}, "python -m pytest"),
        ({**UNITTEST, "conftest.py": ""}, "python -m pytest"),
        ({**UNITTEST, "tests/test_b.py": "def test_b(): pass"}, "python -m pytest"),
        ({**UNITTEST, "tests/test_b.py": "import pytest"}, "python -m pytest"),
        ({**UNITTEST, "tests/test_b.py": "def ("}, "python -m pytest"),
        ({**UNITTEST, "requirements-test.txt": "pytest==8\n"}, "python -m pytest"),
        ({**UNITTEST, "tox.ini": "[testenv]\ncommands = pytest {posargs}\n"}, "python -m pytest"),
        ({**UNITTEST, "setup.cfg": "[tool:pytest]\ntestpaths = tests\n"}, "python -m pytest"),
        ({"tests/test_a.py": ""}, "python -m pytest"),
    ],
)
def test_the_command_is_pytest_unless_the_project_plainly_has_another(files: dict[str, str], command: str) -> None:
    assert " ".join(plan(files).test) == command


@pytest.mark.parametrize(
    ("configuration", "plugin"),
    [
        ("[pytest]\naddopts = --cov=shop --cov-report=xml\n", "pytest-cov"),
        ("[pytest]\naddopts = -ra -n auto\n", "pytest-xdist"),
        ("[pytest]\nasyncio_mode = auto\n", "pytest-asyncio"),
        ("[pytest]\ntimeout = 60\n", "pytest-timeout"),
        ("[pytest]\nDJANGO_SETTINGS_MODULE = a.b\n", "pytest-django"),
        ("[pytest]\naddopts = -ra --strict-markers\n", ""),
    ],
)
def test_plugins_that_the_configuration_takes_for_granted_are_installed(configuration: str, plugin: str) -> None:
    found = plan({**TEST, "pytest.ini": configuration})
    assert dict(found.files)["requirements.txt"].split() == ["pytest", *([plugin] if plugin else [])]


@pytest.mark.parametrize(
    ("test", "plugin"),
    [
        ("import pytest\n@pytest.mark.trio\nasync def test_a(): pass\n", "pytest-trio"),
        ("def test_a(tmp_path, mocker): pass\n", "pytest-mock"),
        ("def test_a(\n    httpbin,\n): pass\n", "pytest-httpbin"),
        ("def test_mocker(): pass\n# mark.trios\n", ""),
    ],
)
def test_plugins_that_tests_use_are_installed(test: str, plugin: str) -> None:
    found = plan({"tests/test_a.py": test})
    assert dict(found.files)["requirements.txt"].split() == ["pytest", *([plugin] if plugin else [])]


def test_of_undeclared_imports_only_well_known_ones_are_guessed() -> None:
    files = {"tests/test_a.py": "import hypothesis\nimport left_pad\nfrom freezegun import freeze_time\n"}
    assert dict(plan(files).files)["requirements.txt"].split() == ["pytest", "freezegun", "hypothesis"]


def test_no_file_of_a_project_puts_an_option_into_the_installer_s_command() -> None:
    evil = "--index-url=https://evil.example"
    files = {
        **TEST,
        "pyproject.toml": STATIC + GROUPS + f'test = ["{evil}", "a\\n{evil}", "pytest"]\n',
        "tox.ini": f"[testenv]\ndeps =\n  {evil}\n",
        "uv.lock": f'[[package]]\nname = "a"\nversion = "1\\n{evil}"\n',
    }
    found = plan(files)
    assert not [word for step in found.steps for word in step.argv if "evil" in word]
    assert "evil" not in "".join(text for _, text in found.files)


def test_what_an_environment_must_hold_is_what_is_used() -> None:
    test = "import trio\n" + TEST["tests/test_a.py"]
    files = {
        "tests/test_a.py": test,
        "pyproject.toml": STATIC + GROUPS + 'test = ["trio", "ruff", "pytest"]\n',
    }
    assert plan(files).needs == {"attrs", "trio", "pytest"}


@pytest.mark.parametrize(
    ("pyproject", "files", "whole"),
    [
        (STATIC, {}, False),
        (STATIC.replace('version = "1"', 'dynamic = ["version"]'), {}, True),
        (STATIC.replace("hatchling.build", "mesonpy"), {}, True),
        (STATIC, {"hatch_build.py": ""}, True),
        (STATIC, {"setup.py": ""}, True),
        (STATIC + "[tool.hatch.build.hooks.custom]\n", {}, True),
        (STATIC + '[tool.uv.sources]\na = { path = "b" }\n', {}, True),
        (STATIC, {"requirements-test.txt": "-e ./plugin\n"}, True),
        (STATIC, {"requirements-test.txt": "pytest\n"}, False),
        ("", {"requirements.txt": "pytest\n"}, False),
    ],
)
def test_only_a_set_up_that_runs_no_code_of_the_project_depends_on_its_manifests_alone(
    pyproject: str,
    files: dict[str, str],
    whole: bool,  # noqa: FBT001 - a column of the table
) -> None:
    found = plan({**TEST, **files, "pyproject.toml": pyproject})
    assert found.whole is whole
    assert "pyproject.toml" in found.inputs


def test_requirement_files_decide_with_all_that_they_include() -> None:
    files = {
        **TEST, "requirements.txt": "-r requirements/base.in\n", "requirements/base.in": "-c limits.txt\n-r ../../x\n",
        "requirements/limits.txt": "", "other.txt": "",
    }  # fmt: skip
    assert plan(files).inputs == ("requirements.txt", "requirements/base.in", "requirements/limits.txt")


def test_a_project_in_a_folder_is_read_from_there() -> None:
    files = {f"api/{path}": text for path, text in {**TEST, "setup.py": "setup()"}.items()}
    assert plan({**files, "web/package.json": "{}"}, folder="api").steps[0].argv[5:7] == ("--editable", ".")


NODE = '{"scripts": {"test": "node --test"}}'
MAVEN = "-q -B -Dmaven.test.failure.ignore=true -Dmaven.compiler.failOnError=false test"
GRADLE = "--console=plain --continue --init-script @made@/lenient.gradle test"


@pytest.mark.parametrize(
    ("files", "tools", "install", "test"),
    [
        ({"package.json": NODE, "package-lock.json": "{}"}, ["npm"], "npm ci --no-audit --no-fund", "npm test"),
        ({"package.json": NODE}, ["npm"], "npm install --no-audit --no-fund --no-package-lock", "npm test"),
        ({"package.json": NODE, "pnpm-lock.yaml": ""}, ["pnpm"], "pnpm install --frozen-lockfile", "pnpm test"),
        (
            {"package.json": NODE, "pnpm-lock.yaml": ""}, ["npm"],
            "npm install --no-audit --no-fund --no-package-lock", "npm test",
        ),
        ({"package.json": NODE, "yarn.lock": ""}, ["yarn"], "yarn install --frozen-lockfile", "yarn test"),
        ({"package.json": NODE, "yarn.lock": "", ".yarnrc.yml": ""}, ["yarn"], "yarn install --immutable", "yarn test"),
        ({"go.mod": "module a\n"}, [], "go mod download", "go test ./..."),
        ({"Cargo.toml": ""}, [], "cargo fetch", "cargo test"),
        ({"Cargo.toml": "", "Cargo.lock": ""}, [], "cargo fetch --locked", "cargo test --locked"),
        (
            {"package.json": NODE, "yarn.lock": "__metadata:\n  version: 8\n"}, ["yarn"],
            "yarn install --immutable", "yarn test",
        ),
        ({"pom.xml": ""}, [], f"mvn {MAVEN}", "mvn -q -B test"),
        ({"pom.xml": "", "mvnw": ""}, [], f"./mvnw {MAVEN}", "./mvnw -q -B test"),
        ({"build.gradle.kts": "", "gradlew": ""}, [], f"./gradlew {GRADLE}", "./gradlew --console=plain test"),
        ({"settings.gradle": ""}, [], f"gradle {GRADLE}", "gradle --console=plain test"),
    ],
)  # fmt: skip
def test_other_languages_are_set_up_and_tested_by_their_own_commands(
    files: dict[str, str], tools: list[str], install: str, test: str
) -> None:
    found = plan(files, *tools)
    assert " ".join(word for step in found.steps for word in step.argv) == install
    assert " ".join(found.test) == test


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"README.md": ""},
        {"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'},
        {"package.json": "[1]"},
        {"package.json": "{"},
        {"pyproject.toml": STATIC},
    ],
)
def test_where_no_file_tells_there_is_no_plan(files: dict[str, str]) -> None:
    assert detect(FakeSource({path: text.encode() for path, text in files.items()}), ()) is None


NAMES = ("pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "noxfile.py", "Pipfile", "requirements.txt", "uv.lock",
         "poetry.lock", "package.json", "pytest.ini", "tests/test_a.py", "Pipfile.lock", "tox.toml")  # fmt: skip
PIECES = st.sampled_from(
    ["[project]\n", "[tool.poetry]\n", "[testenv]\ndeps = {[a]deps}\n[a]\ndeps = {[a]deps}\n", "dependencies = 5\n",
     "version = [1]\n", "[dependency-groups]\ntest = 5\n", "[tool]\nuv = 5\n",
     '"a": {', "def tests(s): s.install(*x)\n",
     "[build-system]\n", "dynamic = 1\n", "[[package]]\n", "%(a)s = %(b)s\n", "[options]\ninstall_requires = x\n",
     "[project.optional-dependencies]\ntest = {}\n", "[tool.hatch.envs]\ntest = 1\n", "extras = 1\n"]
)  # fmt: skip


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(NAMES), st.lists(PIECES | st.text(max_size=30), max_size=5).map("".join)))
def test_whatever_files_hold_ends_in_a_plan_or_in_none(files: dict[str, str]) -> None:
    found = detect(FakeSource({path: text.encode() for path, text in files.items()}), {"npm", "uv"})
    assert found is None or found.test
