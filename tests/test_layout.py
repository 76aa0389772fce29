"""What a path is for, by name alone."""

from __future__ import annotations

import pytest

from healer import layout


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_a.py", "test/a.py", "Tests/a.py", "src/pkg/tests/data.json", "pkg/test_a.py", "pkg/a_test.py",
        "pkg/tests.py",
        "pkg/conftest.py", "a.test.ts", "src/a.spec.jsx", "a_test.go", "lib/a_spec.rb", "src/tests.rs",
        "src/parser/parser_tests.rs", "src/cart_unittest.cc", "src/cart_test.cpp", "lib/cart_tests.c", "src/ATest.java",
        "src/AIT.java", "ASpec.scala",
        "__snapshots__/a.txt", "a.snap", "a.ambr", "testdata/x.bin", "spec/a.rb", "e2e/a.ts",
    ],
)  # fmt: skip
def test_tests_are_told_by_the_conventions_of_their_language(path: str) -> None:
    assert layout.is_test(path)
    assert not layout.is_source(path)


@pytest.mark.parametrize(
    "path", ["README.md", "docs/index.md", "docs/a.rst", "CHANGES", "pkg/NOTES.txt", "History.txt"]
)
def test_documentation_is_written_for_people_and_holds_no_fault(path: str) -> None:
    assert layout.is_documentation(path)
    assert not layout.is_source(path)


@pytest.mark.parametrize(
    "path",
    ["src/pkg/core.py", "pkg/attest.py", "pkg/contest.py", "pkg/latest.py", "pkg/testing.py", "Fit.java",
     "src/unit.rs", "src/attests.rs", "src/latest.cc", "src/test_support.rs", "a.tsx", "pkg/setup_tools.py",
     "pkg/__init__.py", "Makefile.py", "git.py", "pkg/gitignore.py", "lib/requirements.py",
     "main.go", "pkg/lock.py", "src/tsconfig.py", "src/go_work.go", "pkg/project.cs"],
)  # fmt: skip
def test_source_is_everything_else_however_its_name_sounds(path: str) -> None:
    assert layout.is_source(path)


@pytest.mark.parametrize(
    "path",
    ["conftest.py", "a/b/conftest.py", "pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "PyTest.ini",
     "noxfile.py", "sitecustomize.py",
     "x/usercustomize.py", "a.pth", "Makefile", "package.json", "jest.config.ts", "vitest.config.mts", "pom.xml",
     "Cargo.toml", "build.rs", "pytest.ini.",
     "gradle/wrapper/gradle-wrapper.properties", "settings.gradle.kts", "build.sbt", "mix.exs", "go.work",
     "tsconfig.json", "tsconfig.build.json", "src/Shop.csproj", "vitest.workspace.ts", "jest.setup.js",
     "wdio.conf.ts", "src/setupTests.ts"],
)  # fmt: skip
def test_configuration_of_tests_is_known(path: str) -> None:
    assert layout.is_test_configuration(path)


@pytest.mark.parametrize(
    "path",
    [".git/config", "a/.git/hooks/x", ".GIT/config", ".git./config", ".g\u200cit/config", ".\uff47it/config",
     "git~1/config", ".github/workflows/a.yml",
     ".Github/dependabot.yml", "x/.github/a", ".gitmodules", "a/.gitattributes", "Dockerfile", "action.yaml",
     ".circleci/config.yml", ".husky/pre-commit",
     "CODEOWNERS", "docs/CODEOWNERS", ".pre-commit-config.yaml", ".envrc", ".npmrc", "Dockerfile.dev",
     "compose.yaml", "AGENTS.md", ".mcp.json", "LICENSE", ".cargo/config.toml"],
)  # fmt: skip
def test_what_belongs_to_version_control_ci_and_release_is_protected_in_every_spelling(path: str) -> None:
    assert layout.is_protected(path)


@pytest.mark.parametrize(
    "path",
    ["requirements.txt", "requirements-dev.txt", "requirements/base.txt", "constraints.txt", "Pipfile",
     "poetry.lock", "uv.lock", "pylock.toml",
     "package-lock.json", "yarn.lock", "go.mod", "go.sum", "Cargo.lock", "Gemfile.lock", "composer.json",
     "environment.yml"],
)  # fmt: skip
def test_dependency_manifests_are_known(path: str) -> None:
    assert layout.is_dependency_manifest(path)


def test_an_empty_path_is_no_special_file() -> None:
    assert not layout.is_protected("")
    assert not layout.is_test("")
