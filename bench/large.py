"""Localization at size: 10,000 files, 20,000 test cases, a million lines that ran: `python -m bench.large`."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from healer.adapters.checkout import Checkout
from healer.adapters.git import Git
from healer.adapters.repository import PrivateRepository
from healer.evidence.clusters import cluster
from healer.evidence.paths import RepositoryPaths
from healer.evidence.spectra import parse_spectra
from healer.localization.locate import locate
from healer.models.evidence import CaseOutcome, Failure, StackFrame

_FILES, _FUNCTIONS, _FAILING, _PASSING, _LINES = 10_000, 20, 100, 19_900, 100
_IDENTITY = ("-c", "user.name=x", "-c", "user.email=x@example.org")


def main() -> None:
    """Make the repository and what its tests ran, rank its code, and print seconds and megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        _write(place)
        (place / "spectra.json").write_bytes(_spectra())
        checkout = Checkout.at(place, Git.find(os.environ["PATH"]))
        with PrivateRepository(checkout, checkout.resolve("HEAD")) as repository:
            started = time.process_time()
            spectra = parse_spectra([(place / "spectra.json").read_bytes()])
            read = time.process_time()
            clusters = cluster(_failures(), RepositoryPaths(repository.source.paths))
            found = locate(clusters, repository.source, repository.recent_commits(10), spectra)
            ranked = time.process_time()
            locate(clusters, repository.source, repository.recent_commits(10))
            without = time.process_time()
        lines = sum(map(len, spectra.lines.values())) if spectra else 0
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{_FILES} files, {_FAILING + _PASSING} test cases, {lines} lines; {len(found)} places suspected")
        print(f"reading {read - started:.1f} s; ranking {ranked - read:.1f} s, without lines {without - ranked:.1f} s")
        print(f"peak: {peak:.0f} MB")


def _write(place: Path) -> None:
    for number in range(_FILES):
        folder = place / "package" / f"part_{number // 100}"
        folder.mkdir(parents=True, exist_ok=True)
        functions = (
            f"def work_{number}_{each}(value, other):\n    if value > {each}:\n        other = value * {each}\n"
            f"    return other + {number}\n\n\n"
            for each in range(_FUNCTIONS)
        )
        (folder / f"module_{number}.py").write_text(f'"""Module {number}."""\n\n\n' + "".join(functions))
    (place / "tests").mkdir()
    for number in range(_FAILING):
        called = number * (_FILES // _FAILING)
        module = f"package.part_{called // 100}.module_{called}"
        test = f"def test_{number}():\n    assert work_{called}_1(1, 2) == 3\n"
        (place / "tests" / f"test_{number}.py").write_text(f"from {module} import work_{called}_1\n\n\n{test}")
    for arguments in (("init", "--quiet"), ("add", "--all"), (*_IDENTITY, "commit", "--quiet", "--message", "x")):
        subprocess.run(["git", *arguments], cwd=place, check=True)


def _spectra() -> bytes:
    """Return a document as the recorder writes it."""
    files = {
        f"package/part_{number // 100}/module_{number}.py": [
            [line, line * number % _PASSING, line % 3 if number % 100 == 0 else 0] for line in range(4, 4 + _LINES)
        ]
        for number in range(_FILES)
    }
    failed = [f"tests/test_{number}.py::test_{number}" for number in range(_FAILING)]
    groups = [[], list(range(_FAILING)), [0, 1, 2]]
    document = {"core": "monitoring", "passed": _PASSING, "failed": failed, "groups": groups, "files": files}
    return json.dumps(document).encode()


def _failures() -> list[Failure]:
    return [
        Failure(
            f"tests/test_{number}.py::test_{number}", f"test_{number}", CaseOutcome.FAILED,
            file=f"tests/test_{number}.py", type="AssertionError", message=f"assert {number} == 3",
            frames=(StackFrame(f"tests/test_{number}.py", 5, f"test_{number}"),),
        )
        for number in range(_FAILING)
    ]  # fmt: skip


if __name__ == "__main__":
    main()
