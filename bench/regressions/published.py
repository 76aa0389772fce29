"""FauxPy, a fault-localization tool from the index (Rezaalipour and Furia, 2024), on the cases: for comparison."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import tempfile
import venv
from pathlib import Path
from typing import TYPE_CHECKING

from healer.models.code import Location

if TYPE_CHECKING:
    from bench.regressions.cases import Case
    from bench.regressions.workshop import Package, Workshop

_REQUIREMENT = "fauxpy==0.7.0"
_SECONDS = 900


def suspected(workshop: Workshop, package: Package, case: Case) -> tuple[Location, ...]:
    """Return the lines that it suspects, by its Ochiai scores; an earlier answer is used again."""
    answer = case.folder / "fauxpy.json"
    if not answer.exists():
        found = _ask(_python(workshop), package, case)
        answer.write_text(json.dumps(found), encoding="utf-8")
    return tuple(
        Location(path, line, line, None, score) for path, line, score in json.loads(answer.read_text(encoding="utf-8"))
    )


def _python(workshop: Workshop) -> Path:
    folder = workshop.cache / "published"
    done = folder / "done"
    if not done.exists():
        venv.create(folder, with_pip=True, clear=True)
        command = [str(folder / "bin" / "python"), "-m", "pip", "-qq", "--disable-pip-version-check", "install"]
        subprocess.run([*command, _REQUIREMENT, *workshop.environment], check=True)
        done.touch()
    return folder / "bin" / "python"


def _ask(python: Path, package: Package, case: Case) -> list[tuple[str, int, float]]:
    with tempfile.TemporaryDirectory(prefix="published-") as folder:
        tree = Path(folder).resolve() / "tree"
        shutil.copytree(case.repository, tree, ignore=shutil.ignore_patterns(".git"))
        environment = {
            "PATH": os.environ["PATH"], "PYTHONPATH": str(tree / Path(package.source).parent),
            "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        # It warns at its own start, which the settings of some packages take for an error.
        command = [
            str(python), "-W", "ignore", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "filterwarnings=",
            "--src", package.source, "--family", "sbfl", "--granularity", "statement", "--top-n", "-1",
        ]  # fmt: skip
        subprocess.run(
            [*command, *package.tests], cwd=tree, env=environment, timeout=_SECONDS, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        scores = next(Path(folder).glob("FauxPyReport*/Scores_Ochiai.csv"), None)
        if scores is None:
            return []
        with scores.open(encoding="utf-8", newline="") as stream:
            return [_entry(row, tree) for row in csv.DictReader(stream)]


def _entry(row: dict[str, str], tree: Path) -> tuple[str, int, float]:
    path, _, line = row["Entity"].rpartition("::")
    return Path(path).relative_to(tree).as_posix(), int(line), float(row["Score"])
