"""The environment and the command that tests run with: rebuilt from an allow-list, never inherited."""

from __future__ import annotations

import contextlib
import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from healer.errors import SuiteError, UsageError
from healer.layout import is_test

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from healer.ports import SourceTree

_KEPT = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "VIRTUAL_ENV", "CONDA_PREFIX", "PYENV_ROOT", "PYENV_VERSION",
    "JAVA_HOME", "GOROOT", "GOPATH", "CARGO_HOME", "RUSTUP_HOME", "NVM_DIR", "ASDF_DIR", "ASDF_DATA_DIR",
    "SSL_CERT_FILE",
)  # fmt: skip
INSTALLING = (
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_DEFAULT_TIMEOUT",
    "PIP_CONSTRAINT", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS",
    "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "npm_config_registry", "NPM_CONFIG_REGISTRY", "NODE_EXTRA_CA_CERTS", "GOPROXY",
    "GOSUMDB", "GONOSUMDB", "GOFLAGS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR", "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "CC", "CXX", "CFLAGS", "LDFLAGS",
)  # fmt: skip
"""Which indexes and proxies installers shall ask; given to the steps of a set-up alone."""
_VERSION_NAME = re.compile(r"[\w][\w.-]{0,80}")
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "env", "make", "timeout", "nice"})
_WORD = re.compile(r"[\w./+-]+")
_MOST_MENTIONED = 20
_CREDENTIALS = re.compile(r"//[^/\s@]*@")
PYTEST = frozenset({"pytest", "py.test"})
_TOOLS_BELOW_HOME = {"PYENV_ROOT": ".pyenv", "CARGO_HOME": ".cargo", "RUSTUP_HOME": ".rustup"}
"""Where version managers keep what their shims start; tests get another HOME, so they must be told."""
_FIXED = {
    "CI": "true",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
    "NO_COLOR": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}


@dataclass(frozen=True, slots=True)
class Toolchain:
    """Which variables, programs and import roots a suite may see."""

    environment: Mapping[str, str]
    checkouts: tuple[Path, ...] = ()
    """Trees that the project may be installed from in place: the user's working tree, the one that was set up.

    Relative programs (`.venv/bin/python`) that the tree under test lacks are taken from them.
    """
    prepared: Path | None = None
    """The virtual environment that was set up, if there was one."""
    installing: Mapping[str, str] = field(default_factory=dict)
    """Variables for the steps of a set-up: none that holds credentials, for a project's own code runs there."""
    made: Path | None = None
    """The folder that the set-up was done in, which its steps wrote to: no link in it is to be followed."""
    readable: tuple[Path, ...] = ()
    """Installations that what was set up is based on."""

    @classmethod
    def inherit(cls, environment: Mapping[str, str], checkout: Path | None, variables: Sequence[str] = ()) -> Toolchain:
        """Take what tests need to find their tools, and the variables the user named, from the environment given."""
        kept = {name: environment[name] for name in (*_KEPT, *variables) if environment.get(name)}
        home = environment.get("HOME")
        for name, folder in _TOOLS_BELOW_HOME.items():
            if home and name not in kept and (Path(home) / folder).is_dir():
                kept[name] = str(Path(home) / folder)
        kept.setdefault("PATH", "/usr/local/bin:/usr/bin:/bin")
        if "PYENV_ROOT" in kept:
            kept["PATH"] = _without_shims(kept["PATH"], Path(kept["PYENV_ROOT"]), kept.get("PYENV_VERSION"), checkout)
        kept.setdefault("LANG", "C.UTF-8")
        installing = {name: value for name in INSTALLING if (value := environment.get(name))}
        harmless = {name: value for name, value in installing.items() if not _CREDENTIALS.search(value)}
        return cls(kept, (checkout,) if checkout else (), installing=harmless)

    def variables(self, *, tree: Path, home: Path, scratch: Path, roots: Sequence[Path]) -> dict[str, str]:
        """Return the environment of one run in a tree, with import roots of its own."""
        return {
            **self.environment,
            **_FIXED,
            "HOME": str(home),
            "GRADLE_USER_HOME": str(home / ".gradle"),  # Java does not ask HOME
            "TMPDIR": str(scratch),
            "PWD": str(tree),
            "PYTHONPATH": ":".join(map(str, roots)),
        }

    def with_environment(self, environment: Path, tree: Path) -> Toolchain:
        """Return the toolchain with a virtual environment first on its path, set up from a tree."""
        path = f"{environment / 'bin'}:{self.environment['PATH']}"
        variables = {**self.environment, "PATH": path, "VIRTUAL_ENV": str(environment)}
        checkouts = tuple(dict.fromkeys((*self.checkouts, tree)))
        return replace(self, environment=variables, checkouts=checkouts, prepared=environment)

    def prepared_in(self, folder: Path, readable: Sequence[Path], variables: Mapping[str, str]) -> Toolchain:
        """Return the toolchain with what a set-up left in a folder, based on installations, found by variables."""
        return replace(
            self, environment={**self.environment, **variables}, made=folder, readable=(*self.readable, *readable)
        )

    def origins(self) -> tuple[Path, ...]:
        """Return the folder that holds what was set up, and what that is based on."""
        return (self.made, *self.readable) if self.made else self.readable

    def programs(self, commands: Sequence[Sequence[str]]) -> list[Path]:
        """Return the programs that commands start, those that are found here."""
        found = []
        for command in commands:
            with contextlib.suppress(SuiteError):
                found.append(Path(self.resolved(command)[0]))
        return found

    def mentioned(self, command: Sequence[str]) -> tuple[Path, ...]:
        """Return the programs that a shell would start for a command, as far as its words tell them."""
        if command[0].rpartition("/")[2] not in _SHELLS:
            return ()
        words = dict.fromkeys(word for part in command[1:] for word in _WORD.findall(part))
        named = (word for word in words if "/" not in word or word.startswith("/"))
        found = (shutil.which(word, path=self.environment["PATH"]) for word in named)
        return tuple(Path(program) for program in found if program)[:_MOST_MENTIONED]

    def resolved(self, argv: Sequence[str], *roots: Path) -> tuple[str, ...]:
        """Return the command with its program as a path; raise SuiteError when there is no such program.

        A relative program is looked for below `roots`, then below the checkouts, and nowhere else.
        """
        program = argv[0]
        relative = "/" in program and not program.startswith("/")
        if relative:
            for root in (*roots, *self.checkouts):
                if (root / program).is_file():
                    return (str(root / program), *argv[1:])
        if program in PYTEST and self.prepared is not None and not (self.prepared / "bin" / program).exists():
            # It is installed outside of the environment, and would run in another Python than the suite's.
            return (str(self.prepared / "bin" / "python"), "-m", "pytest", *argv[1:])
        found = None if relative else shutil.which(program, path=self.environment["PATH"])
        if found is None and program == "python":
            found = shutil.which("python3", path=self.environment["PATH"])
        if found is None:
            raise SuiteError(
                f"the test command {program!r} was not found; install it, put it on the PATH, or give another command "
                "after --",
                code="command_not_found",
            )
        return (found, *argv[1:])


def _without_shims(path: str, pyenv: Path, version: str | None, checkout: Path | None) -> str:
    """Return a search path with pyenv's shims replaced by what they would start.

    They are scripts that read pyenv's own files, which tests do not see.
    """
    said = [version or ""]
    for file in (*([checkout / ".python-version"] if checkout else []), pyenv / "version"):
        with contextlib.suppress(OSError):
            said.append(file.read_text(encoding="utf-8", errors="replace"))
    chosen = next((text for text in said if text.strip()), "")
    names = (name for name in re.split(r"[\s:]+", chosen) if _VERSION_NAME.fullmatch(name))
    folders = [str(pyenv / "versions" / name / "bin") for name in names]
    real = [folder for folder in folders if Path(folder).is_dir()]
    if not real:
        return path
    shims = str(pyenv / "shims")
    parts = (part for entry in path.split(":") for part in (real if entry.rstrip("/") == shims else [entry]))
    return ":".join(dict.fromkeys(parts))


def import_roots(paths: frozenset[str]) -> tuple[str, ...]:
    """Return the folders of a tree that its Python code is imported from, so that an installed copy does not win.

    `src` is left out where it holds extension modules: only the installed copy of those is built.
    """
    sources = [path for path in paths if path.startswith("src/")]
    if not any(path.endswith(".py") for path in sources):
        return ("",)
    if any(path.endswith((".pyx", ".c", ".cpp", ".rs", ".pxd")) for path in sources):
        return ("",)
    return ("src", "")


def default_command(source: SourceTree, toolchain: Toolchain) -> tuple[str, ...]:
    """Return the command that runs a Python project's suite; raise UsageError when the files do not tell one."""
    if any(path.endswith(".py") and is_test(path) for path in source.paths):
        for checkout in toolchain.checkouts:
            for folder in (".venv", "venv"):
                if (checkout / folder / "bin" / "python").exists():
                    return (f"{folder}/bin/python", "-m", "pytest")
        return ("python", "-m", "pytest")
    raise UsageError(
        "there is no telling how this project is tested; give the test command after --", code="no_command"
    )
