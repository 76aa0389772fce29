"""What a path in a repository is for: source, test, test configuration, or protected from any repair."""

from __future__ import annotations

import re
import unicodedata

_TEST_DIRECTORY = re.compile(
    r"^(unit_?tests?|tests?|specs?|__tests__|__snapshots__|e2e|testdata|fixtures)$", re.IGNORECASE
)
_TEST_FILE = re.compile(
    r"^(test_.*|.*_test|tests?|conftest)\.pyi?$"
    r"|^.*\.(test|spec|e2e|cy)\.[cm]?[jt]sx?$"
    r"|^.*_test\.(go|dart|exs?)$"
    r"|^.*_(spec|test)\.rb$"
    r"|^(.*_)?tests?\.rs$"
    r"|^.*_(unit)?tests?\.(c|cc|cpp|cxx)$"
    r"|^.*(Tests?|IT|Spec)\.(java|kt|scala|groovy|cs|swift|php)$"
    r"|^.*\.(snap|ambr|approved\.\w+)$"
)
_TEST_CONFIGURATION = frozenset(
    {
        "conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini", "tox.toml",
        "setup.cfg", "pyproject.toml", "setup.py", ".coveragerc", "noxfile.py", "sitecustomize.py",
        "usercustomize.py", "makefile", "gnumakefile", "justfile", "taskfile.yml", "package.json", "deno.json",
        "karma.conf.js", ".mocharc.json", ".mocharc.yml", ".rspec", "rakefile", "phpunit.xml", "phpunit.xml.dist",
        "build.gradle", "build.gradle.kts", "pom.xml", "cargo.toml", "build.rs", "cmakelists.txt",
        "ctesttestfile.cmake", "settings.gradle", "settings.gradle.kts", "gradle.properties",
        "gradle-wrapper.properties", "build.sbt", "mix.exs", "rebar.config", "package.swift", "meson.build",
        "build.bazel", "module.bazel", "workspace.bazel", "directory.build.props", "directory.build.targets",
        "nuget.config", "global.json", "go.work", "bunfig.toml", "turbo.json", "nx.json", "cypress.json",
        "setuptests.js", "setuptests.ts", "hatch.toml",
    }
)  # fmt: skip
_TEST_CONFIGURATION_PATTERN = re.compile(
    r"^(jest|vitest|playwright|cypress|babel|vite|webpack|rollup|swc|ava|metro)\.(config|setup|workspace)\.\w+$"
    r"|^(wdio|nightwatch|protractor)[\w.]*\.conf\.\w+$|^tsconfig[\w.-]*\.json$|\.(cs|fs|vb)proj$|\.pth$"
)
_PROTECTED_FILES = frozenset(
    {
        ".gitattributes", ".gitmodules", ".gitignore", ".lfsconfig", ".mailmap", "codeowners", "action.yml",
        "action.yaml", ".gitlab-ci.yml", "jenkinsfile", "azure-pipelines.yml", ".travis.yml", "appveyor.yml",
        "dockerfile", "containerfile", ".dockerignore", "renovate.json", ".pre-commit-config.yaml", ".envrc",
        ".npmrc", ".pypirc", ".netrc", "claude.md", "agents.md", ".mcp.json", ".self-heal.yml", "license",
        "license.md", "license.txt", "security.md", "cloudbuild.yaml", "buildspec.yml", "netlify.toml", "procfile",
        "gemini.md", "lefthook.yml", "mypy.ini", "ruff.toml", "versioneer.py", "hatch_build.py",
        "bitbucket-pipelines.yml", ".drone.yml", ".woodpecker.yml", "gradlew", "mvnw", "docker-compose.yml",
        "docker-compose.yaml", "compose.yml", "compose.yaml",
    }
)  # fmt: skip
_BUILT = re.compile(r"\.(egg-info|dist-info)$")
_DEPENDENCIES = re.compile(
    r"^(requirements[\w.-]*\.(txt|in)|constraints[\w.-]*\.txt|pipfile(\.lock)?|poetry\.lock|uv\.lock|pdm\.lock|pylock.*\.toml"
    r"|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|go\.(mod|sum)|cargo\.lock|gemfile(\.lock)?"
    r"|composer\.(json|lock)|environment\.ya?ml)$"
)
_DOCUMENTATION = re.compile(
    r"\.(md|markdown|rst|adoc|asciidoc)$|(^|/)(readme|changelog|changes|history|news|authors|contributing|notes)(\.txt)?$",
    re.IGNORECASE,
)
_IGNORABLE = dict.fromkeys(
    (0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2061, 0x2070))
)


def _folded(component: str) -> str:
    """Return a component as the most forgiving file systems compare it."""
    return unicodedata.normalize("NFKC", component.translate(_IGNORABLE)).casefold().rstrip(". ")


def is_test(path: str) -> bool:
    """Whether the path is a test, a fixture or a snapshot by the conventions of its language."""
    *directories, name = path.split("/")
    return any(_TEST_DIRECTORY.match(directory) for directory in directories) or bool(_TEST_FILE.match(name))


def is_test_configuration(path: str) -> bool:
    """Whether the path can change which tests run, or how."""
    name = _folded(path.rsplit("/", 1)[-1])
    return name in _TEST_CONFIGURATION or bool(_TEST_CONFIGURATION_PATTERN.search(name))


def is_dependency_manifest(path: str) -> bool:
    """Whether the path decides which third-party code is installed."""
    *directories, name = (_folded(component) for component in path.split("/"))
    return bool(_DEPENDENCIES.match(name)) or ("requirements" in directories[-1:] and name.endswith((".txt", ".in")))


def is_protected(path: str) -> bool:
    """Whether the path belongs to version control, CI, release or editor set-up: never a repair's to change."""
    components = [_folded(component) for component in path.split("/")]
    return (
        any(component.startswith((".", "git~")) for component in components)
        or components[-1] in _PROTECTED_FILES
        or any(_BUILT.search(component) for component in components)
        or components[-1].startswith(("dockerfile.", "containerfile."))
    )


def is_documentation(path: str) -> bool:
    """Whether the path is written for people: no code reads it, but for the tests of its own examples."""
    return bool(_DOCUMENTATION.search(path))


def is_source(path: str) -> bool:
    """Whether a repair may look for its fault here."""
    return not (
        is_test(path)
        or is_test_configuration(path)
        or is_protected(path)
        or is_dependency_manifest(path)
        or is_documentation(path)
    )
