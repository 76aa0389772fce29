"""How test runners that our recorders do not know are made to write a report, each to a fresh place: a table.

The command is the user's; what is added is an option that makes the runner tell machines what it tells people anyway.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PREFIXES = frozenset({"bunx", "c8", "cross-env", "env", "npx", "nyc"})
_PAIRS = (("bundle", "exec"), ("npm", "exec"), ("pnpm", "exec"), ("pnpm", "dlx"), ("yarn", "run"), ("yarn", "exec"))
_SCRIPTED = re.compile(r"(npm|pnpm|yarn|bun(?= run)) (?:run )?(test(?::\S+)?|t|tst)(?: |\Z)")
_INTERPRETERS = frozenset({"node", "php", "ruby"})


@dataclass(frozen=True, slots=True)
class Reporting:
    """A test command that leaves a report."""

    argv: tuple[str, ...]
    reports: tuple[str, ...]
    """Patterns of where the reports will be; relative ones below the folder that the command runs in."""
    stdout: str | None = None
    """The file that standard output is written to, for a runner whose report that is."""


def reporting(argv: tuple[str, ...], folder: str, scripts: Mapping[str, str]) -> Reporting | None:
    """Return the command that leaves a report in (or through) a folder that is new; None for an unknown runner.

    `scripts` are those of the project's package.json, by name.
    """
    if (scripted := _SCRIPTED.match(" ".join(argv))) and not (set(argv) & {"--", "--workspaces", "-ws"}):
        return _of_script(argv, scripted[1], scripts.get(scripted[2] if ":" in scripted[2] else "test", ""), folder)
    start = _program(argv)
    if start is None:
        return None
    name = argv[start].rpartition("/")[2].removesuffix(".cmd").removesuffix(".js").removesuffix(".phar")
    make = _TABLE.get(name)
    made = make(argv[start:], folder) if make else None
    return replace(made, argv=(*argv[:start], *made.argv)) if made else None


def _program(argv: tuple[str, ...]) -> int | None:
    """Return where the runner itself stands behind what only starts it."""
    place = 0
    while place < len(argv):
        if argv[place : place + 2] in _PAIRS:
            place += 2
        elif argv[place] in _PREFIXES or _ASSIGNMENT.match(argv[place]):
            place += 1
        elif argv[place] in _INTERPRETERS and "--test" not in argv:
            script = next((number for number in range(place + 1, len(argv)) if argv[number][:1] != "-"), place)
            return script if "/" in argv[script] else place
        else:
            return place
    return None


def _of_script(argv: tuple[str, ...], manager: str, script: str, folder: str) -> Reporting | None:
    """Add the options of the script's last command to the command that runs the script."""
    try:
        words = tuple(shlex.split(script.rpartition("&&")[2]))
    except ValueError:
        return None
    if not words or any(word in {"||", "|", ";", "&", ">"} or word.endswith(";") for word in words):
        return None
    made = reporting(words, folder, {})
    if made is None or made.stdout is not None or made.argv[: len(words)] != words:
        return None
    added = made.argv[len(words) :]
    separator = ("--",) if manager == "npm" and added else ()
    return Reporting((*argv, *separator, *added), made.reports)


def _go(argv: tuple[str, ...], folder: str) -> Reporting | None:
    if argv[1:2] != ("test",) or "-args" in argv:
        return None
    file = f"{folder}/go.jsonl"
    return Reporting(argv if "-json" in argv else (*argv[:2], "-json", *argv[2:]), (file,), stdout=file)


def _node(argv: tuple[str, ...], folder: str) -> Reporting | None:
    if "--test" not in argv or any(word.startswith("--test-reporter") for word in argv):
        return None
    file = f"{folder}/node.xml"
    first = ("--test-reporter=junit", f"--test-reporter-destination={file}")
    second = ("--test-reporter=spec", "--test-reporter-destination=stdout")
    has_files = any(not word.startswith("-") for word in argv[1:])  # options behind these are the tests' own
    ordered = (argv[0], *first, *second, *argv[1:]) if has_files else (*argv, *first, *second)
    return Reporting(ordered, (file,))


def _vitest(argv: tuple[str, ...], folder: str) -> Reporting | None:
    file = f"{folder}/vitest.json"
    return Reporting((*argv, "--reporter=default", "--reporter=json", f"--outputFile.json={file}"), (file,))


def _maven(argv: tuple[str, ...], _folder: str) -> Reporting:
    return Reporting(argv, ("**/target/surefire-reports/TEST-*.xml", "**/target/failsafe-reports/TEST-*.xml"))


def _gradle(argv: tuple[str, ...], _folder: str) -> Reporting:
    return Reporting(argv, ("**/build/test-results/**/TEST-*.xml",))


def _dotnet(argv: tuple[str, ...], folder: str) -> Reporting | None:
    if argv[1:2] != ("test",) or "--" in argv:
        return None
    return Reporting((*argv, "--logger", "trx", "--results-directory", folder), (f"{folder}/**/*.trx",))


def _bats(argv: tuple[str, ...], folder: str) -> Reporting:
    added = ("--report-formatter", "junit", "--output", folder)
    return Reporting((argv[0], *added, *argv[1:]), (f"{folder}/report.xml",))


def _appended(name: str, *options: str, only: str = "") -> Callable[[tuple[str, ...], str], Reporting | None]:
    """Return what appends options, with the report's file for `{}`, when the command begins with `only`."""

    def make(argv: tuple[str, ...], folder: str) -> Reporting | None:
        if (only and argv[1:2] != (only,)) or "--" in argv:
            return None
        file = f"{folder}/{name}"
        return Reporting((*argv, *(option.replace("{}", file) for option in options)), (file,))

    return make


_TABLE: Mapping[str, Callable[[tuple[str, ...], str], Reporting | None]] = {
    "bats": _bats,
    "bun": _appended("bun.xml", "--reporter=junit", "--reporter-outfile={}", only="test"),
    "ctest": _appended("ctest.xml", "--output-junit", "{}"),
    "deno": _appended("deno.xml", "--junit-path={}", only="test"),
    "dotnet": _dotnet,
    "go": _go,
    "gradle": _gradle,
    "gradlew": _gradle,
    "jest": _appended("jest.json", "--json", "--testLocationInResults", "--outputFile={}"),
    "mocha": _appended("mocha.json", "--reporter", "json", "--reporter-option", "output={}"),
    "mvn": _maven,
    "mvnw": _maven,
    "node": _node,
    "phpunit": _appended("phpunit.xml", "--log-junit", "{}"),
    "rspec": _appended("rspec.json", "--format", "progress", "--format", "json", "--out", "{}"),
    "swift": _appended("swift.xml", "--xunit-output", "{}", only="test"),
    "vitest": _vitest,
}
